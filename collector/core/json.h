/* SPDX-License-Identifier: MIT */
/*
 * json: values written one behind the other into a buffer, commas by themselves. key NULL: in an
 * array, or the whole. Text from outside may hold anything: what is no UTF-8 becomes U+FFFD, and
 * `<`, `>`, `&` are escaped, so that JSON inside a page ends no element.
 */
#ifndef FE_COLLECTOR_JSON_H
#define FE_COLLECTOR_JSON_H

#include <stdint.h>

#include "buf.h"

struct json {
	struct buf *out;
	bool more; /* a value stands before, in this object or array */
	bool over; /* the buffer's ceiling was reached: what it holds is not whole */
};

void json_open(struct json *j, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *j, char bracket);                 /* '}' or ']' */
void json_text(struct json *j, const char *key, const char *p, size_t len);
void json_str(struct json *j, const char *key, const char *text); /* NULL: null */
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/* Up to `decimals`, without trailing zeros; not finite: null. */
void json_num(struct json *j, const char *key, double value, int decimals);
/* INT64_MIN and INT64_MAX are null. */
void json_time(struct json *j, const char *key, int64_t ms);

/* Length of the UTF-8 character that begins at text, where left > 0 bytes are; 0: none does. */
size_t json_character(const char *text, size_t left);

#endif
