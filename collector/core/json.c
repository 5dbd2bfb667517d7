/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <math.h>

static void put(struct json *j, const char *p, size_t n)
{
	if (buf_add(j->out, p, n))
		j->over = true;
}

size_t json_character(const char *text, size_t left)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned c = p[0];
	size_t n = c < 0x80                ? 1
		   : c >= 0xc2 && c < 0xe0 ? 2
		   : c >= 0xe0 && c < 0xf0 ? 3
		   : c >= 0xf0 && c < 0xf5 ? 4
					   : 0;

	if (n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) ||
	    (c == 0xf0 && p[1] < 0x90) || (c == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static bool is_safe(unsigned char c)
{
	return c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
}

static void put_escape(struct json *j, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	const char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	if (c == '\n')
		put(j, "\\n", 2);
	else
		put(j, text, sizeof text);
}

/* Text with something in it that cannot stand in JSON as it is. */
static void put_escaped(struct json *j, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		size_t n = i;

		while (n < len && is_safe(p[n]))
			n++;
		put(j, text + i, n - i);
		i = n;
		if (i == len)
			break;
		n = json_character(text + i, len - i);
		if (n == 1)
			put_escape(j, p[i]);
		else if (n == 0)
			put(j, "\xef\xbf\xbd", 3);
		else if (n == 2 && p[i] == 0xc2 && p[i + 1] < 0xa0) /* C1 controls */
			put_escape(j, p[i + 1]);
		else
			put(j, text + i, n);
		i += n ? n : 1;
	}
}

/* Room for n bytes more, or NULL; what was written there is then kept by keep(). An answer of a
 * thousand checks is forty thousand small pieces. */
static char *room(struct json *j, size_t n)
{
	if (buf_reserve(j->out, n) == 0)
		return j->out->p + j->out->len;
	j->over = true;
	return NULL;
}

static void keep(struct json *j, const char *end)
{
	j->out->len = (size_t)(end - j->out->p);
	j->out->p[j->out->len] = '\0';
}

/* A quoted text, behind a comma where one belongs and before a colon where it is a key. */
static void put_quoted(struct json *j, bool comma, const char *text, size_t len, bool colon)
{
	char *at = room(j, len + 4);
	size_t i = 0;

	if (!at)
		return;
	if (comma)
		*at++ = ',';
	*at++ = '"';
	for (; i < len && is_safe((unsigned char)text[i]); i++)
		*at++ = text[i];
	if (i < len) {
		keep(j, at);
		put_escaped(j, text + i, len - i);
		at = room(j, 2);
	}
	if (!at)
		return;
	*at++ = '"';
	if (colon)
		*at++ = ':';
	keep(j, at);
}

static void begin(struct json *j, const char *key)
{
	if (key)
		put_quoted(j, j->more, key, strlen(key), true);
	else if (j->more)
		put(j, ",", 1);
	j->more = true;
}

void json_open(struct json *j, const char *key, char bracket)
{
	begin(j, key);
	put(j, &bracket, 1);
	j->more = false;
}

void json_close(struct json *j, char bracket)
{
	put(j, &bracket, 1);
	j->more = true;
}

void json_text(struct json *j, const char *key, const char *p, size_t len)
{
	begin(j, key);
	put_quoted(j, false, p, len, false);
}

void json_str(struct json *j, const char *key, const char *text)
{
	if (text)
		json_text(j, key, text, strlen(text));
	else
		json_null(j, key);
}

void json_null(struct json *j, const char *key)
{
	begin(j, key);
	put(j, "null", 4);
}

void json_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	put(j, value ? "true" : "false", value ? 4 : 5);
}

static char *digits(char *end, uint64_t n)
{
	do
		*--end = (char)('0' + n % 10);
	while (n /= 10);
	return end;
}

void json_int(struct json *j, const char *key, int64_t value)
{
	char text[24], *end = text + sizeof text; /* a sign and 19 digits */
	char *at = digits(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);

	begin(j, key);
	if (value < 0)
		*--at = '-';
	put(j, at, (size_t)(end - at));
}

void json_time(struct json *j, const char *key, int64_t ms)
{
	if (ms == INT64_MIN || ms == INT64_MAX)
		json_null(j, key);
	else
		json_int(j, key, ms);
}

/* As "%.*f" writes a number of usual size, without the zeros behind. */
static void put_fixed(struct json *j, double value, int decimals)
{
	static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
	char text[32], *end = text + sizeof text; /* 10 digits, a dot, 6 decimals */
	uint64_t n = (uint64_t)(value * tens[decimals] + 0.5);

	for (; decimals > 0 && n % 10 == 0; decimals--)
		n /= 10;
	char *at = end;

	for (int i = 0; i < decimals; i++, n /= 10)
		*--at = (char)('0' + n % 10);
	if (decimals > 0)
		*--at = '.';
	at = digits(at, n);
	put(j, at, (size_t)(end - at));
}

void json_num(struct json *j, const char *key, double value, int decimals)
{
	char text[64];
	int n;

	if (!isfinite(value)) {
		json_null(j, key);
		return;
	}
	begin(j, key);
	if (value >= 0 && value < 1e9 && decimals <= 6) {
		put_fixed(j, value, decimals);
		return;
	}
	if (fabs(value) >= 1e15)
		n = snprintf(text, sizeof text, "%.17g", value);
	else
		n = snprintf(text, sizeof text, "%.*f", decimals, value);
	if (strchr(text, '.') && !strchr(text, 'e')) {
		while (text[n - 1] == '0')
			n--;
		n -= text[n - 1] == '.';
	}
	put(j, n == 2 && text[0] == '-' && text[1] == '0' ? "0" : text,
	    n == 2 && text[0] == '-' && text[1] == '0' ? 1 : (size_t)n);
}
