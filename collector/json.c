/* SPDX-License-Identifier: MIT */
#include "json.h"

#include <math.h>

static void put(struct json *j, const char *p, size_t n)
{
	if (buf_add(j->out, p, n))
		j->over = true;
}

/* Length of the UTF-8 character at p, or 0 where there is none. */
static size_t character(const unsigned char *p, size_t left)
{
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

static void put_quoted(struct json *j, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	put(j, "\"", 1);
	for (size_t i = 0; i < len;) {
		size_t n = i;

		while (n < len && is_safe(p[n]))
			n++;
		put(j, text + i, n - i);
		i = n;
		if (i == len)
			break;
		n = character(p + i, len - i);
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
	put(j, "\"", 1);
}

static void begin(struct json *j, const char *key)
{
	if (j->more)
		put(j, ",", 1);
	j->more = true;
	if (!key)
		return;
	put_quoted(j, key, strlen(key));
	put(j, ":", 1);
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
	put_quoted(j, p, len);
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

void json_int(struct json *j, const char *key, int64_t value)
{
	char text[24], *at = text + sizeof text;
	uint64_t n = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	begin(j, key);
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	if (value < 0)
		*--at = '-';
	put(j, at, (size_t)(text + sizeof text - at));
}

void json_time(struct json *j, const char *key, int64_t ms)
{
	if (ms == INT64_MIN || ms == INT64_MAX)
		json_null(j, key);
	else
		json_int(j, key, ms);
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
