/* SPDX-License-Identifier: MIT */
/* lines: cutting a stream at newlines. */
#include "lines.h"

#include "xmem.h"

static void append(struct lines *l, const char *p, size_t n)
{
	if (l->len + n > l->cap) {
		l->cap = l->len + n;
		if (l->len) /* it grows again and again: a long line */
			l->cap = l->cap * 2 > LINES_MAX ? LINES_MAX : l->cap * 2;
		l->tail = xrealloc(l->tail, l->cap);
	}
	memcpy(l->tail + l->len, p, n);
	l->len += n;
}

/* Add to the tail, passing on full pieces. */
static void keep(struct lines *l, const char *p, size_t n, lines_fn fn, void *arg)
{
	while (l->len + n > LINES_MAX) {
		size_t room = LINES_MAX - l->len;

		append(l, p, room);
		fn(arg, l->tail, l->len, LINES_PIECE);
		l->len = 0;
		p += room;
		n -= room;
	}
	if (n)
		append(l, p, n);
}

void lines_feed(struct lines *l, const char *p, size_t n, lines_fn fn, void *arg)
{
	const char *end = p + n;
	const char *nl;

	if (n && l->len) {
		nl = memchr(p, '\n', n);
		keep(l, p, (size_t)((nl ? nl : end) - p), fn, arg);
		if (!nl)
			return;
		fn(arg, l->tail, l->len, LINES_WHOLE);
		lines_done(l);
		p = nl + 1;
	}
	for (; p < end && (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1)
		fn(arg, p, (size_t)(nl - p), LINES_WHOLE);
	if (p < end)
		keep(l, p, (size_t)(end - p), fn, arg);
}

void lines_finish(struct lines *l, lines_fn fn, void *arg)
{
	if (l->len)
		fn(arg, l->tail, l->len, LINES_TAIL);
	lines_done(l);
}

void lines_done(struct lines *l)
{
	free(l->tail);
	*l = (struct lines){0};
}
