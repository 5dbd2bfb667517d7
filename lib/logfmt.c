/* SPDX-License-Identifier: MIT */
/* logfmt: lines of key=value, written and parsed. */
#include "logfmt.h"

#include <math.h>

#include "scan.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static bool is_alnum(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_bare(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s; s++)
		if (!is_alnum((unsigned char)*s) && !strchr("._:/@%+,-", *s))
			return false;
	return true;
}

/* Length of the well-formed UTF-8 sequence at p (1 to 4), 0 when there is none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

	if (p[0] > 0xF4 || n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0; /* overlong, surrogate, beyond U+10FFFF */
	return n;
}

/*
 * Parsers older than l2met's HEAD end a quoted value at any quote, escaped or not (facts/heroku.md
 * 5.2). So that not even they read a metric out of foreign text, the byte that makes one of it
 * (`measure#`, `sample#`, `count#`, `measure.`, `measure=` ...) is written as its \u escape: the
 * same text to every JSON reader.
 */
static bool makes_metric(const char *text, size_t at)
{
	static const char *const words[] = {"measure", "sample", "count"};

	if (text[at] != '#' && text[at] != '=' && text[at] != '.')
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		size_t n = strlen(words[i]);

		if (at >= n && memcmp(text + at - n, words[i], n) == 0)
			return true;
	}
	return false;
}

/* Escapes are in capitals: a lower-case \u000c before "ount#" would spell a metric's prefix. */
static int quote_ascii(struct buf *b, const char *v, size_t at)
{
	unsigned char c = (unsigned char)v[at];

	switch (c) {
	case '"':
		return buf_adds(b, "\\\"");
	case '\\':
		return buf_adds(b, "\\\\");
	case '\n':
		return buf_adds(b, "\\n");
	case '\r':
		return buf_adds(b, "\\r");
	case '\t':
		return buf_adds(b, "\\t");
	default:
		if (c < 0x20 || c == 0x7F || makes_metric(v, at))
			return buf_addf(b, "\\u%04X", c);
		return buf_addc(b, (char)c);
	}
}

static int quote_inside(struct buf *b, const char *v, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len((const unsigned char *)v + i, len - i);
		int rc;

		if (n == 1)
			rc = quote_ascii(b, v, i);
		else if (n == 2 && v[i] == '\xC2' && (unsigned char)v[i + 1] < 0xA0)
			rc = buf_addf(b, "\\u%04X", (unsigned char)v[i + 1]); /* C1 controls */
		else if (n == 3 && memcmp(v + i, "\xE2\x80", 2) == 0 &&
			 ((unsigned char)v[i + 2] & 0xFE) == 0xA8)
			rc = buf_addf(b, "\\u20%02X", (unsigned char)v[i + 2] - 0x80);
		else
			rc = n ? buf_add(b, v + i, n) : buf_adds(b, REPLACEMENT);
		if (rc)
			return rc;
		i += n ? n : 1;
	}
	return 0;
}

/* Undo what a failed write has already added. */
static int back_to(struct buf *b, size_t len, int rc)
{
	b->len = len;
	if (b->p)
		b->p[len] = '\0';
	return rc;
}

int logfmt_quote(struct buf *b, const char *v, size_t len)
{
	size_t before = b->len;
	int rc = buf_addc(b, '"');

	if (!rc)
		rc = quote_inside(b, v, len);
	if (!rc)
		rc = buf_addc(b, '"');
	return rc ? back_to(b, before, rc) : 0;
}

static int add_key(struct buf *b, const char *key)
{
	return buf_addf(b, "%s%s=", b->len ? " " : "", key);
}

int logfmt_quoted(struct buf *b, const char *key, const char *v, size_t len)
{
	size_t before = b->len;
	int rc = add_key(b, key);

	if (!rc)
		rc = logfmt_quote(b, v, len);
	return rc ? back_to(b, before, rc) : 0;
}

int logfmt_str(struct buf *b, const char *key, const char *value)
{
	if (!is_bare(value))
		return logfmt_quoted(b, key, value, strlen(value));
	return buf_addf(b, "%s%s=%s", b->len ? " " : "", key, value);
}

int logfmt_int(struct buf *b, const char *key, uint64_t value)
{
	return buf_addf(b, "%s%s=%llu", b->len ? " " : "", key, (unsigned long long)value);
}

int logfmt_num(struct buf *b, const char *key, double value, int decimals, const char *unit)
{
	if (!isfinite(value) || value < 0)
		value = 0;
	return buf_addf(b, "%s%s=%.*f%s", b->len ? " " : "", key, decimals, value, unit);
}

/* Bytes of a key or bare value: above space, but neither quote nor equals sign. */
static bool is_word(char c)
{
	return (unsigned char)c > ' ' && c != '"' && c != '=';
}

/* The end of the quoted value that starts at p (behind the first quote), NULL when it has none. */
static const char *quote_end(const char *p, const char *end)
{
	while ((p = scan_quoted(p, end)) < end) {
		if (*p == '"')
			return p;
		if (end - p < 2)
			return NULL;
		p += 2;
	}
	return NULL;
}

int logfmt_next(const char **at, const char *end, struct logfmt_pair *out)
{
	const char *p = *at;
	struct logfmt_pair pair = {0};

	while (p < end && !is_word(*p))
		p++;
	if (p == end) {
		*at = p;
		return 0;
	}
	pair.key = p;
	p = scan_word(p, end);
	pair.key_len = (size_t)(p - pair.key);
	if (p < end && *p == '=') {
		pair.value = ++p;
		pair.quoted = p < end && *p == '"';
		if (pair.quoted) {
			pair.value = p + 1;
			p = quote_end(pair.value, end);
			if (!p)
				return FE_EPROTO;
			pair.value_len = (size_t)(p++ - pair.value);
		} else {
			p = scan_word(p, end);
			pair.value_len = (size_t)(p - pair.value);
		}
	}
	*at = p;
	*out = pair;
	return 1;
}

static int hex4(const char *p, const char *end, unsigned *out)
{
	unsigned v = 0;

	if (end - p < 4)
		return FE_EPROTO;
	for (int i = 0; i < 4; i++) {
		char c = p[i];

		if (c >= '0' && c <= '9')
			v = v * 16 + (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v * 16 + (unsigned)((c | 32) - 'a' + 10);
		else
			return FE_EPROTO;
	}
	*out = v;
	return 0;
}

static int add_codepoint(struct buf *b, unsigned c)
{
	char u[4]; /* the longest UTF-8 sequence */
	size_t n;

	if (c < 0x80)
		return buf_addc(b, (char)c);
	if (c >= 0xD800 && c <= 0xDFFF)
		return buf_adds(b, REPLACEMENT);
	if (c < 0x800) {
		u[0] = (char)(0xC0 | (c >> 6));
		n = 2;
	} else if (c < 0x10000) {
		u[0] = (char)(0xE0 | (c >> 12));
		n = 3;
	} else {
		u[0] = (char)(0xF0 | (c >> 18));
		n = 4;
	}
	for (size_t i = 1; i < n; i++)
		u[i] = (char)(0x80 | ((c >> (6 * (n - 1 - i))) & 0x3F));
	return buf_add(b, u, n);
}

/* \uXXXX at p (behind the u), with the second half of a surrogate pair where there is one. */
static int unquote_u(struct buf *b, const char **at, const char *end)
{
	const char *p = *at;
	unsigned c, low;

	if (hex4(p, end, &c))
		return FE_EPROTO;
	p += 4;
	if (c >= 0xD800 && c <= 0xDBFF && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
	    hex4(p + 2, end, &low) == 0 && low >= 0xDC00 && low <= 0xDFFF) {
		c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
		p += 6;
	}
	*at = p;
	return add_codepoint(b, c);
}

static int unquote_escape(struct buf *b, const char **at, const char *end)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p = *at;
	const char *hit;

	if (p == end)
		return FE_EPROTO;
	*at = p + 1;
	if (*p == 'u')
		return unquote_u(b, at, end);
	hit = *p ? strchr(from, *p) : NULL;
	return hit ? buf_addc(b, to[hit - from]) : FE_EPROTO;
}

int logfmt_unquote(struct buf *b, const char *raw, size_t len)
{
	const char *p = raw, *end = raw + len;
	size_t before = b->len;
	int rc = 0;

	while (p < end && rc == 0) {
		const char *stop = memchr(p, '\\', (size_t)(end - p));
		size_t plain = stop ? (size_t)(stop - p) : (size_t)(end - p);

		rc = buf_add(b, p, plain);
		p += plain;
		if (!rc && p < end) {
			p++;
			rc = unquote_escape(b, &p, end);
		}
	}
	return rc ? back_to(b, before, rc) : 0;
}
