/* SPDX-License-Identifier: MIT */
/* output_json: JSON text of a line. */
#include "output_json.h"

#define FRAME_ROOM 128 /* braces, keys and the time: 75 bytes with "partial" */

/* Bytes of the valid UTF-8 sequence at p (RFC 3629: no overlong form, no surrogate), 0 if none. */
static size_t sequence(const unsigned char *p, size_t n)
{
	size_t len = p[0] < 0x80   ? 1
		     : p[0] < 0xc2 ? 0
		     : p[0] < 0xe0 ? 2
		     : p[0] < 0xf0 ? 3
		     : p[0] < 0xf5 ? 4
				   : 0;

	if (len > n || len == 0)
		return 0;
	for (size_t i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return len;
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
