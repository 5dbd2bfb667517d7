/* SPDX-License-Identifier: MIT */
/* output_json: JSON text of a line. */
#include "output_json.h"

#define FRAME_ROOM 128 /* braces, keys and the time: 75 bytes with "partial" */

/* Bytes of the valid UTF-8 sequence at p (RFC 3629: no overlong form, no surrogate), 0 if none. */
static size_t sequence(const unsigned char *p, size_t n)
{
	static const struct {
		unsigned char from, to;  /* the first byte */
		unsigned char low, high; /* the second */
		size_t len;
	} forms[] = {
	    {0x00, 0x7f, 0x00, 0xff, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};
	size_t k = 0;

	while (k < sizeof forms / sizeof *forms && (p[0] < forms[k].from || p[0] > forms[k].to))
		k++;
	if (k == sizeof forms / sizeof *forms || forms[k].len > n)
		return 0;
	if (forms[k].len > 1 && (p[1] < forms[k].low || p[1] > forms[k].high))
		return 0;
	for (size_t i = 2; i < forms[k].len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return forms[k].len;
}

static char *put(char *at, const char *p, size_t n)
{
	memcpy(at, p, n);
	return at + n;
}

static char *put_escape(char *at, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	switch (c) {
	case '\n':
		return put(at, "\\n", 2);
	case '\t':
		return put(at, "\\t", 2);
	case '\r':
		return put(at, "\\r", 2);
	case '"':
		return put(at, "\\\"", 2);
	case '\\':
		return put(at, "\\\\", 2);
	default:
		return put(at, text, sizeof text);
	}
}

static char *put_string(char *at, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	*at++ = '"';
	for (size_t i = 0; i < len;) {
		size_t n = sequence(p + i, len - i);

		if (n == 0) {
			at = put(at, "\xef\xbf\xbd", 3);
			n = 1;
		} else if (n == 1 && (p[i] < 0x20 || p[i] == '"' || p[i] == '\\' || p[i] == 0x7f)) {
			at = put_escape(at, p[i]);
		} else {
			at = put(at, text + i, n);
		}
		i += n;
	}
	*at++ = '"';
	return at;
}

size_t output_json_size(const char *name, size_t len)
{
	return FRAME_ROOM + 6 * (strlen(name) + len);
}

size_t output_json_line(char *at, int64_t wall_ms, const char *name, const struct output_json *j)
{
	char *start = at;
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;

	(void)gmtime_r(&s, &tm);
	at += strftime(at, FRAME_ROOM, "{\"time\":\"%Y-%m-%dT%H:%M:%S", &tm);
	at += snprintf(at, 32, ".%03dZ\",\"name\":", (int)(wall_ms % 1000));
	at = put_string(at, name, strlen(name));
	at = put(at, ",\"line\":", 8);
	at = put_string(at, j->line, j->len);
	if (j->partial)
		at = put(at, ",\"partial\":true", 15);
	at = put(at, "}\n", 2);
	return (size_t)(at - start);
}
