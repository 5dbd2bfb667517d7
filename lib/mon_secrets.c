/* SPDX-License-Identifier: MIT */
/* mon_secrets: what may not be shown. */
#include "mon_secrets.h"

#include <ctype.h>

#include "buf.h"
#include "xmem.h"

static bool names_a_secret(const char *s, size_t n)
{
	static const char *const words[] = {
	    "pass", "token", "secret", "apikey", "api-key", "api_key", "authorization", "cookie"};
	AUTO_FREE char *low = xmemdup0(s, n);

	for (char *c = low; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strstr(low, words[i]))
			return true;
	return false;
}

/* The values of ?key=VALUE&key=VALUE: any of them may be a token. */
static void blot_query(char *p, const char *end)
{
	while (p < end) {
		size_t key = strcspn(p, "=&"), all = strcspn(p, "&");

		all = all < (size_t)(end - p) ? all : (size_t)(end - p);
		if (key < all)
			memset(p + key + 1, 'x', all - key - 1);
		p += all + 1;
	}
}

/* The secret part of user:PASSWORD@host or TOKEN@host at p; false: there is none. An ssh:// user
 * alone, as in user@host, is a name. */
static bool find_password(const char *p, const char *end, bool token, size_t *out_at, size_t *out_n)
{
	const char *at = memrchr(p, '@', (size_t)(end - p));
	const char *colon = at ? memchr(p, ':', (size_t)(at - p)) : NULL;

	if (!at || (!colon && !token))
		return false;
	*out_at = colon ? (size_t)(colon + 1 - p) : 0;
	*out_n = (size_t)(at - p) - *out_at;
	return true;
}

static bool is_ssh(const char *scheme_end, const char *start)
{
	return scheme_end - start >= 3 && strncasecmp(scheme_end - 3, "ssh", 3) == 0;
}

/* Passwords and queries of all URLs in s, which may be one, or a command line with some in it:
 * then blanks and quotes end them. */
static void blot_urls(char *s)
{
	bool line = strpbrk(s, " \t\n") != NULL;
	size_t at, n;

	if (!strstr(s, "://") && !line && find_password(s, s + strcspn(s, "/?#"), false, &at, &n))
		memset(s + at, 'x', n);
	for (char *p = strstr(s, "://"); p; p = strstr(p, "://")) {
		bool token = !is_ssh(p, s);

		p += 3;
		char *end = p + strcspn(p, line ? "/?# \t\n'\"" : "/?#");
		char *query = p + strcspn(p, line ? "?# \t\n'\"" : "?#");

		if (find_password(p, end, token, &at, &n))
			memset(p + at, 'x', n);
		if (*query == '?')
			blot_query(query + 1, query + strcspn(query, line ? "# \t\n'\"" : "#"));
	}
}

char *mon_secrets_blotted(const char *arg, const char *before)
{
	char *copy = xstrdup(arg);
	size_t key = strcspn(copy, "=:");

	blot_urls(copy);
	if (copy[key] && strncmp(copy + key, "://", 3) != 0 && names_a_secret(copy, key))
		memset(copy + key + 1, 'x', strlen(copy + key + 1));
	else if (before && before[0] == '-' && !strchr(before, '=') && arg[0] != '-' &&
		 names_a_secret(before, strlen(before)))
		memset(copy, 'x', strlen(copy));
	return copy;
}

/* The digits of base64 that these bytes alone decide, when `before` bytes (0 to 2) of a group of
 * three stand in front of them: so the password is found in the base64 of "user:password". */
static char *base64_core(const char *secret, size_t before)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(secret);
	size_t first = (before * 8 + 5) / 6, end = (before + len) * 8 / 6;
	struct buf b = BUF_INIT(BUF_MAX_FILE);

	for (size_t i = first; i < end; i++) {
		size_t bit = i * 6 - before * 8;
		unsigned high = (unsigned char)secret[bit / 8];
		unsigned low = bit / 8 + 1 < len ? (unsigned char)secret[bit / 8 + 1] : 0;

		buf_put(&b, "%c", digits[((high << 8 | low) >> (10 - bit % 8)) & 63]);
	}
	return buf_take(&b);
}

static void add(struct strv *known, const char *p, size_t n)
{
	if (n < MON_SECRET_MIN)
		return;
	strv_addn(known, p, n);
	const char *secret = known->v[known->n - 1];

	for (size_t before = 0; before < 3; before++) {
		AUTO_FREE char *core = base64_core(secret, before);

		if (strlen(core) >= MON_SECRET_MIN)
			strv_take(known, steal(&core));
	}
}

static char *decoded(const char *p, size_t n)
{
	char *text = xmemdup0(p, n), *to = text;

	for (const char *c = text; *c; c++) {
		bool hex =
		    c[0] == '%' && isxdigit((unsigned char)c[1]) && isxdigit((unsigned char)c[2]);

		*to++ = hex ? (char)strtol((char[]){c[1], c[2], '\0'}, NULL, 16) : *c;
		c += hex ? 2 : 0;
	}
	*to = '\0';
	return text;
}

/* As it was given, and decoded. */
static void add_both(struct strv *known, const char *p, size_t n)
{
	AUTO_FREE char *plain = decoded(p, n);

	add(known, p, n);
	if (memchr(p, '%', n))
		add(known, plain, strlen(plain));
}

/* Headers that say who asks for what, not with which right. */
static bool is_public_header(const char *text)
{
	static const char *const names[] = {"host:", "accept", "user-agent:", "content-",
	    "range:", "origin:", "connection:", "cache-control:", "referer:", "x-forwarded-"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strncasecmp(text, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

/* A token, USER:PASSWORD, or NAME: SCHEME TOKEN. */
static void add_value(struct strv *known, const char *value)
{
	const char *colon = strchr(value, ':');
	const char *secret = colon ? colon + 1 + strspn(colon + 1, " ") : value;
	const char *blank = strrchr(secret, ' ');

	if (is_public_header(value))
		return;
	add(known, value, strlen(value));
	if (colon)
		add(known, secret, strlen(secret));
	if (blank)
		add(known, blank + 1, strlen(blank + 1));
}

void mon_secrets_of_options(struct strv *known, const struct opt *rows)
{
	for (const struct opt *o = rows; o && o->kind != OPT_KIND_END; o++) {
		const struct strv *list = o->at;

		if (!o->secret)
			continue;
		if (o->kind == OPT_STRING && *(const char **)o->at)
			add_value(known, *(const char **)o->at);
		for (size_t i = 0; o->kind == OPT_LIST && i < list->n; i++)
			add_value(known, list->v[i]);
	}
}

void mon_secrets_of_target(struct strv *known, const char *target)
{
	const char *scheme = strstr(target, "://");
	const char *p = scheme ? scheme + 3 : target;
	const char *end = p + strcspn(p, "/?#");
	bool token = scheme && !is_ssh(scheme, target);
	size_t at, n;

	if (find_password(p, end, token, &at, &n))
		add_both(known, p + at, n);
	p += strcspn(p, "?#");
	while (*p && *p != '#') {
		size_t all = strcspn(p + 1, "&#"), key = strcspn(p + 1, "=&#");

		n = key < all ? all - key - 1 : 0;
		if (n >= MON_SECRET_QUERY_MIN || names_a_secret(p + 1, key))
			add_both(known, p + 1 + key + 1, n);
		p += 1 + all;
	}
}

static void hide_one(const char *secret, char *text, size_t len)
{
	size_t n = strlen(secret);
	char *p = text, *end = text + len;

	while ((p = memmem(p, (size_t)(end - p), secret, n)) != NULL) {
		memset(p, 'x', n);
		p += n;
	}
	for (size_t k = n - 1 < len ? n - 1 : len; k >= MON_SECRET_MIN; k--)
		if (memcmp(end - k, secret, k) == 0)
			memset(end - k, 'x', k);
}

void mon_secrets_hide(const struct strv *known, char *text, size_t len)
{
	for (size_t i = 0; i < known->n && len; i++)
		hide_one(known->v[i], text, len);
}
