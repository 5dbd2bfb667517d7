/* SPDX-License-Identifier: MIT */
/*
 * l2met: what the l2met of today would make of lines on stdin, written anew from its grammar alone
 * and knowing nothing of Ferret: pairs key[=value] between bytes up to the blank; a key or bare
 * value is a run of bytes above it without '"' and '='; a quoted value has JSON escapes, and an
 * unterminated one drops the line; the first source wins; measure#NAME (or measure.NAME) counts the
 * leading digits with at most one dot, nothing counts as 1, anything else not at all.
 *
 * Prints for each source and name: SOURCE NAME COUNT SUM MEAN MEDIAN PERC95 PERC99 (of the sorted
 * values those at n/2, 0.95 n and 0.99 n), in the order of first sight.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
	const char *p;
	size_t n;
};

struct series {
	char *source, *name;
	double *v;
	size_t n;
};

static struct series *all;
static size_t count;

static char *copy(struct text t)
{
	char *s = calloc(t.n + 1, 1);

	if (!s)
		abort();
	memcpy(s, t.p, t.n);
	return s;
}

static void add(struct text source, struct text name, double value)
{
	struct series *s = NULL;

	for (size_t i = 0; i < count; i++)
		if (strlen(all[i].source) == source.n && strlen(all[i].name) == name.n &&
		    memcmp(all[i].source, source.p, source.n) == 0 &&
		    memcmp(all[i].name, name.p, name.n) == 0)
			s = &all[i];
	if (!s) {
		all = realloc(all, (count + 1) * sizeof *all);
		if (!all)
			abort();
		s = &all[count++];
		*s = (struct series){.source = copy(source), .name = copy(name)};
	}
	s->v = realloc(s->v, (s->n + 1) * sizeof *s->v);
	if (!s->v)
		abort();
	s->v[s->n++] = value;
}

static int is_bare(char c)
{
	return (unsigned char)c > ' ' && c != '"' && c != '=';
}

struct pair {
	struct text key, value;
	bool has_value;
};

/* The value at p; where it ends, NULL for an unterminated one. */
static const char *value(const char *p, const char *end, struct text *out)
{
	bool quoted = p < end && *p == '"';

	p += quoted;
	out->p = p;
	while (p < end && (quoted ? *p != '"' : is_bare(*p)))
		p += quoted && *p == '\\' && p + 1 < end ? 2 : 1;
	if (quoted && p >= end)
		return NULL;
	out->n = (size_t)(p - out->p);
	return p + quoted;
}

/* The next pair at *at; 0 at the end, -1 for a line to drop. */
static int next(const char **at, const char *end, struct pair *out)
{
	const char *p = *at;

	while (p < end && !is_bare(*p))
		p++;
	if (p == end)
		return 0;
	*out = (struct pair){.key = {p, 0}};
	while (p < end && is_bare(*p))
		p++;
	out->key.n = (size_t)(p - out->key.p);
	out->has_value = p < end && *p == '=';
	*at = out->has_value ? value(p + 1, end, &out->value) : p;
	return *at ? 1 : -1;
}

/* 1 with a number, 0 for a pair to drop. */
static int number(const struct pair *pair, double *out)
{
	size_t n = 0, dots = 0, digits = 0;

	*out = 1;
	if (!pair->has_value)
		return 1;
	for (; n < pair->value.n; n++) {
		char c = pair->value.p[n];

		if (c == '.' && dots++)
			break;
		if (c != '.' && (c < '0' || c > '9'))
			break;
		digits += c != '.';
	}
	if (!digits)
		return 0;
	char *text = copy((struct text){pair->value.p, n});

	*out = strtod(text, NULL);
	free(text);
	return 1;
}

static void line(const char *p, const char *end)
{
	struct pair pair;
	struct text source = {"-", 1};
	const char *at = p;
	int has_source = 0, rc;
	double number_of;

	while ((rc = next(&at, end, &pair)) > 0)
		if (!has_source && pair.key.n == 6 && memcmp(pair.key.p, "source", 6) == 0) {
			source = pair.value;
			has_source = 1;
		}
	if (rc < 0)
		return;
	at = p;
	while (next(&at, end, &pair) > 0)
		if (pair.key.n >= 8 && memcmp(pair.key.p, "measure", 7) == 0 &&
		    (pair.key.p[7] == '#' || pair.key.p[7] == '.') && number(&pair, &number_of))
			add(source, (struct text){pair.key.p + 8, pair.key.n - 8}, number_of);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	char *text = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&text, &cap, stdin)) > 0)
		line(text, text + n - (text[n - 1] == '\n'));
	for (size_t i = 0; i < count; i++) {
		struct series *s = &all[i];
		double sum = 0;

		qsort(s->v, s->n, sizeof *s->v, by_value);
		for (size_t k = 0; k < s->n; k++)
			sum += s->v[k];
		printf("%s %s %zu %.4f %.4f %.4f %.4f %.4f\n", s->source, s->name, s->n, sum,
		    sum / (double)s->n, s->v[s->n / 2], s->v[(size_t)((double)s->n * 0.95)],
		    s->v[(size_t)((double)s->n * 0.99)]);
		free(s->source);
		free(s->name);
		free(s->v);
	}
	free(all);
	free(text);
	return 0;
}
