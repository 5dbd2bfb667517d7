/* SPDX-License-Identifier: MIT */
/* Paths, and what stands in answers. */
#include <stdarg.h>

#include "heroku_in.h"
#include "xmem.h"

static void add_encoded(struct buf *b, const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (const char *c = text; *c; c++)
		buf_put(b, strchr(plain, *c) ? "%c" : "%%%02X", (unsigned char)*c);
}

char *heroku_path(const char *fmt, ...)
{
	struct buf b = BUF_INIT(BUF_MAX_FILE);
	va_list ap;

	va_start(ap, fmt);
	for (const char *p = fmt; *p; p++) {
		if (*p != '%') {
			buf_put(&b, "%c", *p);
			continue;
		}
		fe_assert(*++p == 's');
		add_encoded(&b, va_arg(ap, const char *));
	}
	va_end(ap);
	return buf_take(&b);
}

static const json_t *at(const json_t *json, const char *path)
{
	while (json && *path) {
		size_t n = strcspn(path, ".");
		AUTO_FREE char *key = xmemdup0(path, n);
		json = json_object_get(json, key);
		path += n + (path[n] == '.');
	}
	return json;
}

const char *heroku_str(const json_t *json, const char *path)
{
	const char *text = json_string_value(at(json, path));

	return text ? text : "";
}

int64_t heroku_int(const json_t *json, const char *path, int64_t fallback)
{
	const json_t *found = at(json, path);

	return json_is_integer(found) ? json_integer_value(found) : fallback;
}

json_t *heroku_find(const json_t *array, const char *key, const char *value)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		json_t *item = json_array_get(array, i);
		if (strcmp(heroku_str(item, key), value) == 0)
			return item;
	}
	return NULL;
}

int64_t heroku_time(const char *text)
{
	static const char *const forms[] = {"%Y-%m-%dT%H:%M:%SZ", "%a, %d %b %Y %H:%M:%S GMT"};

	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct tm tm = {0};
		const char *end = strptime(text, forms[i], &tm);
		if (end && !*end)
			return timegm(&tm);
	}
	return 0;
}
