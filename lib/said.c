/* SPDX-License-Identifier: MIT */
#include "said.h"

#include <string.h>

#include "strv.h"
#include "xmem.h"

#define WHY_LINES 4UL
#define WHY_LINE 120 /* bytes shown of one */

static void make_room(struct buf *b, size_t n, uint64_t *dropped)
{
	while (b->len && b->len + n > b->max) {
		const char *end = memchr(b->p, '\n', b->len);
		size_t line = end ? (size_t)(end - b->p) + 1 : b->len;

		*dropped += line;
		buf_drop(b, line);
	}
}

/* The line under way begins anew. */
static void rewind_line(struct buf *b)
{
	while (b->len && b->p[b->len - 1] != '\n')
		b->p[--b->len] = '\0';
}

static void add_char(struct said *s, char c)
{
	if (s->returned && c != '\n')
		rewind_line(&s->text);
	s->returned = c == '\r';
	if (s->returned || c == '\0')
		return;
	make_room(&s->text, 1, &s->dropped);
	buf_put(&s->text, "%c", c);
}

void said_add(struct said *s, const char *p, size_t n)
{
	if (!s->text.max)
		buf_init(&s->text, SAID_MAX);
	for (size_t i = 0; i < n; i++)
		add_char(s, p[i]);
}

bool said_has(const struct said *s, const char *words)
{
	return strstr(buf_str(&s->text), words) != NULL;
}

bool said_limited(const struct said *s)
{
	return strcasestr(buf_str(&s->text), "rate limit") != NULL;
}

/* What a line complains of; NULL: nothing. " !     Push rejected" -> "Push rejected" */
static const char *complaint(const char *line)
{
	line += strspn(line, " \t");
	if (*line != '!')
		return NULL;
	line += 1 + strspn(line + 1, " \t");
	return *line ? line : NULL;
}

char *said_why(const struct said *s)
{
	AUTO_STRV struct strv lines = {0}, why = {0};
	struct buf b = BUF_INIT(WHY_LINES * (WHY_LINE + 2));

	strv_split(&lines, buf_str(&s->text), "\n");
	for (size_t i = 0; i < lines.n; i++)
		if (complaint(lines.v[i]))
			strv_add(&why, complaint(lines.v[i]));
	if (why.n == 0 && lines.n)
		strv_add(&why, lines.v[lines.n - 1] + strspn(lines.v[lines.n - 1], " \t"));
	for (size_t i = why.n > WHY_LINES ? why.n - WHY_LINES : 0; i < why.n; i++)
		buf_put(&b, "%s%.*s", b.len ? "; " : "", WHY_LINE, why.v[i]);
	return buf_take(&b);
}

void said_done(struct said *s)
{
	buf_done(&s->text);
	*s = (struct said){0};
}
