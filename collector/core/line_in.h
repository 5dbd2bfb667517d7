/* SPDX-License-Identifier: MIT */
/* line_in: what the files of line share: a cursor over a text and its small steps. Private. */
#ifndef FE_COLLECTOR_LINE_IN_H
#define FE_COLLECTOR_LINE_IN_H

#include "line.h"

struct cursor {
	const char *at, *end;
};

static inline struct cursor cursor_of(struct word w)
{
	return (struct cursor){w.p, w.p + w.len};
}

/* Step over these words where they come next. */
static inline bool eat_text(struct cursor *c, const char *text, size_t len)
{
	if ((size_t)(c->end - c->at) < len || memcmp(c->at, text, len) != 0)
		return false;
	c->at += len;
	return true;
}
#define eat(c, literal) eat_text((c), (literal), sizeof(literal) - 1)

static inline bool at_end(const struct cursor *c)
{
	return c->at == c->end;
}

/* Digits, at most 19 of them. */
static inline bool eat_u64(struct cursor *c, uint64_t *out)
{
	const char *start = c->at;
	uint64_t v = 0;

	while (c->at < c->end && c->at - start < 19 && (unsigned char)(*c->at - '0') < 10)
		v = v * 10 + (uint64_t)(*c->at++ - '0');
	if (c->at == start)
		return false;
	*out = v;
	return true;
}

/* Up to the blank or the end. */
struct word eat_word(struct cursor *c);
/* Digits with at most one dot. */
bool eat_number(struct cursor *c, double *out);
/* The place of a text in [p, end), the first or the last; NULL: none. */
const char *find_first(const char *p, const char *end, struct word what);
const char *find_last(const char *p, const char *end, struct word what);

/* Each: true, and out filled, where the text is of its kinds. */
bool line_ferret_read(struct word text, struct line *out);
bool line_metrics_read(struct word text, enum line_kind kind, struct line *out);
void line_router_read(struct word text, struct line_router *r);
bool line_dyno_read(struct word text, struct line *out);
bool line_api_read(struct word text, struct line *out);
bool line_loss_read(struct word text, struct line *out);
bool line_database_log_read(struct word text, struct line *out);

#endif
