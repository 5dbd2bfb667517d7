/* SPDX-License-Identifier: MIT */
/* line: pairs of measure#, sample#, count# and unique#, and their numbers. */
#include "line_in.h"
#include "logfmt.h"
#include "scan.h"

static bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* 10^n, exact as a double up to 22. */
static double ten_to(unsigned n)
{
	static const double exact[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	double v = 1;

	for (; n > 22; n -= 22)
		v *= 1e22;
	return v * exact[n];
}

/* Nineteen digits are kept, the rest only tell the size: of a double's seventeen none is lost. */
bool eat_number(struct cursor *c, double *out)
{
	uint64_t v = 0;
	unsigned kept = 0, dropped = 0, fraction = 0;
	bool any = false, dot = false;

	for (; c->at < c->end && (is_digit(*c->at) || (*c->at == '.' && !dot)); c->at++) {
		if (*c->at == '.') {
			dot = true;
			continue;
		}
		any = true;
		if (kept < 19) {
			v = v * 10 + (uint64_t)(*c->at - '0');
			kept += v > 0;
			fraction += dot;
		} else {
			dropped += !dot;
		}
	}
	if (!any || dropped > 280 || fraction > 280)
		return false;
	*out = fraction ? (double)v / ten_to(fraction) : (double)v * ten_to(dropped);
	return true;
}

static bool in_number(char c)
{
	return is_digit(c) || c == '.';
}

bool line_number(struct word w, double *out, struct word *out_unit)
{
	struct cursor c = cursor_of(w);

	if (!eat_number(&c, out))
		return false;
	while (c.at < c.end && in_number(*c.at))
		c.at++;
	while (c.end > c.at && in_number(c.end[-1]))
		c.end--;
	*out_unit = (struct word){c.at, (size_t)(c.end - c.at)};
	return true;
}

struct prefix {
	struct word word;
	enum line_metric_kind kind;
};

static const struct prefix prefixes[] = {
    {{"measure#", 8}, LINE_MEASURE},
    {{"sample#", 7}, LINE_SAMPLE},
    {{"count#", 6}, LINE_COUNT},
    {{"unique#", 7}, LINE_UNIQUE},
};

/* As l2met wrote it before there was a mark. Prose has it, too ("what to measure.then"): only with a
 * name and a value is it one. */
static const struct prefix old = {{"measure.", 8}, LINE_MEASURE};

static const struct prefix *prefix_of(const struct logfmt_pair *pair)
{
	struct word key = {pair->key, pair->key_len};
	bool marked = (key.len > 5 && key.p[5] == '#') || (key.len > 6 && key.p[6] == '#') ||
		      (key.len > 7 && key.p[7] == '#');

	if (pair->value && key.len > old.word.len && word_starts(key, old.word))
		return &old;

	if (!marked)
		return NULL;
	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (word_starts(key, prefixes[i].word))
			return &prefixes[i];
	return NULL;
}

static bool metric_of(const struct logfmt_pair *pair, struct line_metric *out, bool *is_metric)
{
	struct word key = {pair->key, pair->key_len}, value = {pair->value, pair->value_len};
	const struct prefix *p = prefix_of(pair);

	*is_metric = p != NULL;
	if (!p)
		return false;
	out->kind = p->kind;
	out->name = (struct word){key.p + p->word.len, key.len - p->word.len};
	out->value = 1;
	out->unit = (struct word){NULL, 0};
	if (!pair->value)
		return true;
	if (p->kind == LINE_UNIQUE) {
		out->unit = value;
		return true;
	}
	return line_number(value, &out->value, &out->unit);
}

bool line_metric_next(
    struct word pairs, const char **at, struct line_metric *out, uint64_t *out_odd)
{
	const char *end = pairs.len ? pairs.p + pairs.len : *at;
	struct logfmt_pair pair;
	bool is_metric;

	while (logfmt_next(at, end, &pair) == 1) {
		if (metric_of(&pair, out, &is_metric))
			return true;
		if (is_metric && out_odd)
			(*out_odd)++;
	}
	return false;
}

struct word line_value(struct word pairs, const char *key)
{
	const char *at = pairs.p, *end = pairs.len ? at + pairs.len : at;
	struct word want = {key, strlen(key)};
	struct logfmt_pair pair;

	while (logfmt_next(&at, end, &pair) == 1)
		if (pair.value && word_is((struct word){pair.key, pair.key_len}, want))
			return (struct word){pair.value, pair.value_len};
	return (struct word){NULL, 0};
}

bool line_metrics_read(struct word text, enum line_kind kind, struct line *out)
{
	const char *at = text.p, *end = text.p + text.len;
	struct line_metrics m = {.pairs = text};
	struct logfmt_pair pair;
	int rc;

	if (scan_byte(text.p, end, '#') == end && !find_first(text.p, end, old.word))
		return false; /* most lines of an app */
	while ((rc = logfmt_next(&at, end, &pair)) == 1) {
		struct word key = {pair.key, pair.key_len}, value = {pair.value, pair.value_len};

		if (prefix_of(&pair))
			m.n++;
		else if (!m.source.p && pair.value && word_is(key, WORD("source")))
			m.source = value;
		else if (!m.addon.p && pair.value && word_is(key, WORD("addon")))
			m.addon = value;
	}
	if (rc || m.n == 0) /* a quote that does not end spoils the whole line */
		return false;
	out->kind = kind;
	out->metrics = m;
	return true;
}
