/* SPDX-License-Identifier: MIT */
/* outlet_text: gauges and samples as their receivers want them. */
#include "outlet_text.h"

#include <math.h>

#include "xmem.h"

#define PLAIN_MAX 9e12 /* with six decimals it fits into 64 bits */
#define NUMBER_MAX 32  /* of any double in 17 digits */

static bool is_count(enum line_metric_kind kind)
{
	return kind == LINE_COUNT || kind == LINE_UNIQUE;
}

uint32_t outlet_text_units(
    enum outlet_form form, const struct outlet_target *t, const struct outlet_gauge *g)
{
	if (form == OUTLET_GRAPHITE)
		return is_count(t->kind) ? 2 : 8;
	if (g->bucket.sum > OUTLET_VALUE_MAX)
		return 0;
	return t->kind == LINE_MEASURE ? 4 : 1;
}

/* The shortest of 15 and 17 digits that is the same number. */
static void number(char out[NUMBER_MAX], double v)
{
	(void)snprintf(out, NUMBER_MAX, "%.15g", v);
	if (strtod(out, NULL) != v)
		(void)snprintf(out, NUMBER_MAX, "%.17g", v);
}

/* Of a sketch, which is good for two digits. */
static double quantile(const struct series_bucket *b, double q)
{
	char digits[NUMBER_MAX];
	double v = series_bucket_quantile(b, q);

	if (v <= b->min || v >= b->max)
		return v;
	(void)snprintf(digits, sizeof digits, "%.6g", v);
	return strtod(digits, NULL);
}

static int put_number(struct buf *b, const char *key, double v)
{
	char digits[NUMBER_MAX];

	number(digits, v);
	return buf_addf(b, ",\"%s\":%s", key, digits);
}

/* Names and sources hold nothing that JSON would escape. */
static int open_gauge(struct buf *b, const struct outlet_target *t, const char *suffix,
    int64_t start, int64_t interval_ms)
{
	int rc = buf_addf(b, "{\"name\":\"%s%s\"", t->name, suffix);

	if (!rc && *t->source)
		rc = buf_addf(b, ",\"source\":\"%s\"", t->source);
	if (!rc)
		rc = buf_addf(b, ",\"measure_time\":%lld,\"period\":%lld",
		    (long long)(start / 1000), (long long)(interval_ms / 1000));
	return rc;
}

static bool is_word(const char *unit)
{
	for (; *unit; unit++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/%_.-",
			*unit))
			return false;
	return true;
}

static int put_attributes(struct buf *b, const struct outlet_target *t)
{
	if (!*t->unit || strlen(t->unit) > 32 || !is_word(t->unit))
		return buf_adds(b, ",\"attributes\":{\"display_min\":0}}");
	return buf_addf(
	    b, ",\"attributes\":{\"display_min\":0,\"display_units_long\":\"%s\"}}", t->unit);
}

static int put_value(struct buf *b, const struct outlet_target *t, const char *suffix,
    const struct outlet_gauge *g, int64_t interval_ms, double value)
{
	int rc = open_gauge(b, t, suffix, g->start, interval_ms);

	if (!rc)
		rc = put_number(b, "value", value);
	return rc ? rc : put_attributes(b, t);
}

static int put_sums(
    struct buf *b, const struct outlet_target *t, const struct outlet_gauge *g, int64_t interval_ms)
{
	const struct series_bucket *k = &g->bucket;
	int rc = open_gauge(b, t, "", g->start, interval_ms);

	if (!rc)
		rc = buf_addf(b, ",\"count\":%llu", (unsigned long long)k->count);
	if (!rc)
		rc = put_number(b, "sum", k->sum);
	if (!rc)
		rc = put_number(b, "min", k->min);
	if (!rc)
		rc = put_number(b, "max", k->max);
	if (!rc && k->squares <= OUTLET_VALUE_MAX)
		rc = put_number(b, "sum_squares", k->squares);
	return rc ? rc : put_attributes(b, t);
}

int outlet_text_librato(struct buf *b, const struct outlet_target *t, const struct outlet_gauge *g,
    int64_t interval_ms, bool more)
{
	static const struct {
		const char *suffix;
		double q;
	} parts[] = {{".median", 0.5}, {".perc95", 0.95}, {".perc99", 0.99}};
	int rc = more ? buf_addc(b, ',') : 0;

	if (rc)
		return rc;
	if (is_count(t->kind))
		return put_value(b, t, "", g, interval_ms, g->bucket.sum);
	rc = put_sums(b, t, g, interval_ms);
	for (size_t i = 0; !rc && t->kind == LINE_MEASURE && i < ARRAY_LEN(parts); i++) {
		rc = buf_addc(b, ',');
		if (!rc)
			rc = put_value(b, t, parts[i].suffix, g, interval_ms,
			    quantile(&g->bucket, parts[i].q));
	}
	return rc;
}

static int put_line(struct buf *b, const struct outlet_target *t, const struct outlet_gauge *g,
    const char *what, double value)
{
	char digits[NUMBER_MAX];

	number(digits, value);
	return buf_addf(b, "%s.%s %s %lld\n", t->name, what, digits, (long long)(g->start / 1000));
}

int outlet_text_graphite(struct buf *b, const struct outlet_target *t, const struct outlet_gauge *g)
{
	const struct series_bucket *k = &g->bucket;
	const struct {
		const char *what;
		double value;
	} lines[] = {{"count", (double)k->count}, {"sum", k->sum},
	    {"mean", k->sum / (double)k->count}, {"p50", quantile(k, 0.5)},
	    {"p95", quantile(k, 0.95)}, {"p99", quantile(k, 0.99)}, {"min", k->min},
	    {"max", k->max}};
	size_t n = is_count(t->kind) ? 2 : ARRAY_LEN(lines);
	int rc = 0;

	for (size_t i = 0; !rc && i < n; i++)
		rc = put_line(b, t, g, lines[i].what, lines[i].value);
	return rc;
}

/* Up to six decimals and no exponent, which not every StatsD reads; fast. */
static size_t put_plain(char *out, double v)
{
	uint64_t millionths = (uint64_t)llround(v * 1e6), whole = millionths / 1000000;
	uint32_t rest = (uint32_t)(millionths % 1000000);
	char digits[24]; /* 20 digits of 2^64 */
	size_t n = 0, len = 0;

	do
		digits[n++] = (char)('0' + whole % 10);
	while (whole /= 10);
	while (n)
		out[len++] = digits[--n];
	if (!rest)
		return len;
	out[len++] = '.';
	for (uint32_t unit = 100000; rest; unit /= 10) {
		out[len++] = (char)('0' + rest / unit);
		rest %= unit;
	}
	return len;
}

size_t outlet_text_statsd(
    char *out, const struct outlet_target *t, enum line_metric_kind kind, double value)
{
	bool time = kind == LINE_MEASURE && t->scale > 0;
	const char *type = time ? "|ms\n" : is_count(kind) ? "|c\n" : "|g\n";
	size_t len = t->name_len;

	if (time)
		value *= t->scale;
	memcpy(out, t->name, len);
	out[len++] = ':';
	if (value <= PLAIN_MAX) {
		len += put_plain(out + len, value);
	} else {
		number(out + len, value);
		len += strlen(out + len);
	}
	memcpy(out + len, type, strlen(type));
	return len + strlen(type);
}
