/* SPDX-License-Identifier: MIT */
/* perfdata: the numbers in a monitoring plugin's output. */
#include "perfdata.h"

#include <ctype.h>
#include <stdbool.h>

#include "buf.h"
#include "strv.h"
#include "xmem.h"

#define NUMBER_MAX 40 /* digits of a number: more is no measurement */

struct reader {
	struct strv names;
	perfdata_fn fn;
	void *arg;
	size_t lost;
};

/* All perfdata of the output in one line, what is before the bars left out. */
static void collect(struct buf *b, const char *p, size_t len)
{
	const char *end = p + len;
	bool first = true, rest = false;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = (size_t)((nl ? nl : end) - p);
		const char *bar = rest ? NULL : memchr(p, '|', n);

		if (rest)
			buf_put(b, " %.*s", (int)n, p);
		else if (bar)
			buf_put(b, " %.*s", (int)(n - (size_t)(bar + 1 - p)), bar + 1);
		rest = rest || (bar && !first);
		first = false;
		p += n + (nl != NULL);
	}
}

static const char *skip_blanks(const char *p)
{
	while (*p && (unsigned char)*p <= ' ')
		p++;
	return p;
}

static const char *skip_entry(const char *p)
{
	while ((unsigned char)*p > ' ')
		p++;
	return p;
}

/* The label at p into b; the rest behind its equals sign, NULL where there is none. */
static const char *read_label(const char *p, struct buf *b)
{
	if (*p != '\'') {
		size_t n = strcspn(p, "= \t\r");

		buf_put(b, "%.*s", (int)n, p);
		return p[n] == '=' ? p + n + 1 : NULL;
	}
	for (p++; *p; p++) {
		if (*p == '\'' && p[1] != '\'')
			return p[1] == '=' ? p + 2 : NULL;
		p += *p == '\'';
		buf_put(b, "%c", *p);
	}
	return NULL;
}

static bool taken(const struct strv *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->v[i], name) == 0)
			return true;
	return false;
}

/* A key of our lines from a label; borrowed from r->names. */
static const char *name_of(struct reader *r, const char *label)
{
	struct buf AUTO_BUF b = BUF_INIT(PERFDATA_NAME_MAX * 2);
	const char *p = label + strspn(label, "/");

	if (*label && !*p)
		buf_put(&b, "root");
	for (; *p && b.len < PERFDATA_NAME_MAX; p++)
		buf_put(&b, "%c", isalnum((unsigned char)*p) || strchr("._-", *p) ? *p : '-');
	if (!b.len)
		return NULL;
	size_t plain = b.len;

	for (int i = 2; taken(&r->names, buf_str(&b)); i++) {
		b.len = plain;
		buf_put(&b, "-%d", i);
	}
	strv_add(&r->names, buf_str(&b));
	return r->names.v[r->names.n - 1];
}

/* A number without sign at p, its end in *out_end; exponents are read, they are just not written. */
static bool read_number(const char *p, const char **out_end, double *out)
{
	char text[NUMBER_MAX + 1];
	size_t n = strspn(p, "0123456789.,");
	char *end;

	if ((p[n] == 'e' || p[n] == 'E') &&
	    (isdigit((unsigned char)p[n + 1]) ||
		(p[n + 1] && strchr("+-", p[n + 1]) && isdigit((unsigned char)p[n + 2]))))
		n += 2 + strspn(p + n + 2, "0123456789");
	if (n == 0 || n > NUMBER_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		text[i] = p[i] == ',' ? '.' : p[i];
	text[n] = '\0';
	*out = strtod(text, &end);
	*out_end = p + n;
	return end == text + n;
}

struct unit {
	const char *from, *to;
	double factor;
};

static void give(struct reader *r, const char *name, double value, const char *unit)
{
	static const struct unit times[] = {
	    {"ms", "s", 1e-3}, {"us", "s", 1e-6}, {"ns", "s", 1e-9}, {"sec", "s", 1}};

	for (size_t i = 0; i < ARRAY_LEN(times); i++)
		if (strcmp(unit, times[i].from) == 0) {
			r->fn(r->arg, name, value * times[i].factor, times[i].to);
			return;
		}
	r->fn(r->arg, name, value, unit);
}

/* One entry at p; returns what is behind it. */
static const char *read_entry(struct reader *r, const char *p)
{
	struct buf AUTO_BUF label = BUF_INIT(BUF_MAX_TEXT);
	const char *value = read_label(p, &label);
	const char *end = NULL, *name = NULL;
	double number = 0;

	if (value && read_number(value, &end, &number) && r->names.n < PERFDATA_MAX)
		name = name_of(r, buf_str(&label));
	if (!name) {
		r->lost++;
		return skip_entry(value ? value : p);
	}
	AUTO_FREE char *unit = xmemdup0(end, strcspn(end, "; \t\r"));

	give(r, name, number, unit);
	return skip_entry(end);
}

size_t perfdata_read(const char *out, size_t len, perfdata_fn fn, void *arg)
{
	struct buf AUTO_BUF all = BUF_INIT(2 * BUF_MAX_OUTPUT);
	struct reader r = {.fn = fn, .arg = arg};

	if (len > BUF_MAX_TEXT - 1) /* a label, at worst all of it, fits its buffer */
		len = BUF_MAX_TEXT - 1;
	collect(&all, out, len);
	for (const char *p = skip_blanks(buf_str(&all)); *p; p = skip_blanks(p))
		p = read_entry(&r, p);
	strv_done(&r.names);
	return r.lost;
}
