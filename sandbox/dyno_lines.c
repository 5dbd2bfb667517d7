/* SPDX-License-Identifier: MIT */
#include "dyno_lines.h"

static void put(struct dyno_lines *l, dyno_lines_fn fn, void *arg)
{
	size_t n = l->tail.len;

	if (n && l->tail.p[n - 1] == '\r')
		n--;
	fn(arg, buf_str(&l->tail), n);
	buf_clear(&l->tail);
}

void dyno_lines_finish(struct dyno_lines *l, dyno_lines_fn fn, void *arg)
{
	if (l->tail.len)
		put(l, fn, arg);
}

void dyno_lines_feed(struct dyno_lines *l, const char *p, size_t n, dyno_lines_fn fn, void *arg)
{
	while (n) {
		const char *nl = memchr(p, '\n', n);
		size_t room = l->tail.max - l->tail.len, part = nl ? (size_t)(nl - p) : n;
		bool whole = nl && part <= room, end_of_cut = l->split && nl == p;

		l->split = false;
		part = part < room ? part : room;
		fe_assert(buf_add(&l->tail, p, part) == 0);
		if (!end_of_cut && (whole || l->tail.len == l->tail.max)) {
			l->split = !whole;
			put(l, fn, arg);
		}
		part += whole;
		p += part;
		n -= part;
	}
}
