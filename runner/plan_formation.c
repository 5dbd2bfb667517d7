/* SPDX-License-Identifier: MIT */
/* plan: formations ("a=1, all=2") and the numbers in them. */
#include <ctype.h>

#include "num.h"
#include "plan.h"
#include "plan_in.h"
#include "xmem.h"

int64_t plan_to_i(const char *s)
{
	int64_t n = 0;
	bool minus = false;

	while (isspace((unsigned char)*s))
		s++;
	if (*s == '-' || *s == '+')
		minus = *s++ == '-';
	for (; isdigit((unsigned char)*s); s++)
		n = n < INT64_MAX / 10 - 1 ? n * 10 + (*s - '0') : n;
	return minus ? -n : n;
}

/* The count that a pair asks for; strict: digits alone. */
static int count_of(const char *pair, const char *text, bool strict, int *out, struct err *err)
{
	int64_t n = text ? plan_to_i(text) : 0;

	if (strict && (!text || num_i64(text, 0, PLAN_MAX_COUNT, &n)))
		return err_set(err, FE_EUSAGE, "formation: '%s' is not TYPE=N with N from 0 to %d",
		    pair, PLAN_MAX_COUNT);
	if (n > PLAN_MAX_COUNT)
		return err_set(err, FE_EUSAGE, "formation: '%s' is more than %d instances", pair,
		    PLAN_MAX_COUNT);
	*out = n < 0 ? 0 : (int)n;
	return 0;
}

static char *without_blanks(const char *s)
{
	char *out = xmalloc(strlen(s) + 1);
	size_t n = 0;

	for (; *s; s++)
		if (!isspace((unsigned char)*s))
			out[n++] = *s;
	out[n] = '\0';
	return out;
}

/* One pair, already without blanks; is_all tells pass one (all=N) from pass two (names). */
static int apply_pair(struct plan *p, char *pair, bool is_all, bool strict, struct err *err)
{
	AUTO_FREE char *shown = xstrdup(pair);
	char *eq = strchr(pair, '=');
	bool found = false;
	int count = 0;

	if (eq)
		*eq++ = '\0';
	if (is_all != (strcmp(pair, "all") == 0))
		return 0;
	if (count_of(shown, eq, strict, &count, err))
		return FE_EUSAGE;
	for (size_t i = 0; i < p->n; i++)
		if (is_all || strcmp(p->v[i].name, pair) == 0) {
			p->v[i].count = count;
			found = true;
		}
	if (!found && strict && !is_all)
		return err_set(err, FE_EUSAGE, "formation: '%s' names no entry of %s", shown,
		    p->procfile_path ? p->procfile_path : "the Procfile");
	return 0;
}

/* Pass one for all=N, pass two for names; what a pair has wrong goes to bad. */
static void apply_pairs(
    struct plan *p, const char *text, bool is_all, bool strict, struct strv *bad)
{
	struct strv AUTO_STRV pairs = {0};
	struct err err = ERR_INIT;

	strv_split(&pairs, text, ",");
	for (size_t i = 0; i < pairs.n; i++)
		if (apply_pair(p, pairs.v[i], is_all, strict, &err))
			strv_add(bad, err_text(&err));
	err_done(&err);
}

void plan_formation_all(struct plan *p, const char *formation, bool strict, struct strv *bad)
{
	AUTO_FREE char *text = without_blanks(formation);
	size_t before = bad->n;

	p->instances = 0;
	for (size_t i = 0; i < p->n; i++)
		p->v[i].count = 0;
	apply_pairs(p, text, true, strict, bad);
	apply_pairs(p, text, false, strict, bad);
	for (size_t i = 0; i < p->n; i++)
		p->instances += p->v[i].count;
	if (strict && p->instances == 0 && bad->n == before)
		strv_take(bad, xasprintf("formation: '%s' starts nothing, expected TYPE=N with N "
					 "of at least 1",
				   formation));
}

int plan_formation(struct plan *p, const char *formation, bool strict, struct err *err)
{
	struct strv AUTO_STRV bad = {0};

	plan_formation_all(p, formation, strict, &bad);
	return bad.n ? err_set(err, FE_EUSAGE, "%s", bad.v[0]) : 0;
}
