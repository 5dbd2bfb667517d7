/* SPDX-License-Identifier: MIT */
/* URLs: checked, taken apart, and shown without what may be secret. */
#include "http_in.h"
#include "num.h"
#include "xmem.h"

static CURLU *parse(const char *url)
{
	CURLU *u = curl_url();

	if (!u || curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK) {
		curl_url_cleanup(u);
		return NULL;
	}
	return u;
}

static char *part(CURLU *u, CURLUPart which, unsigned flags)
{
	char *got = NULL;

	if (curl_url_get(u, which, &got, flags) != CURLUE_OK)
		return NULL;
	char *mine = xstrdup(got);
	curl_free(got);
	return mine;
}

int http_check_url(const char *url, bool *is_tls, struct err *err)
{
	CURLU *u = parse(url);
	AUTO_FREE char *scheme = u ? part(u, CURLUPART_SCHEME, 0) : NULL;
	AUTO_FREE char *host = u ? part(u, CURLUPART_HOST, 0) : NULL;
	AUTO_FREE char *shown = http_shown_url(url);
	bool tls = scheme && strcmp(scheme, "https") == 0;

	curl_url_cleanup(u);
	if (!host || !*host || (!tls && strcmp(scheme, "http") != 0))
		return err_set(err, FE_EUSAGE, "%s: wanted an URL like https://host/path", shown);
	if (is_tls)
		*is_tls = tls;
	return 0;
}

/* "?a=...&b=...": every value may be a token. */
static void add_query(struct buf *b, const char *query)
{
	char before = '?';

	for (const char *p = query; *p; p += strcspn(p, "&"), p += *p == '&') {
		size_t all = strcspn(p, "&"), key = strcspn(p, "=&");
		if (key < all)
			buf_put(b, "%c%.*s=...", before, (int)key, p);
		else
			buf_put(b, "%c...", before);
		before = '&';
	}
}

char *http_shown_url(const char *url)
{
	CURLU *u = parse(url);
	struct buf b = BUF_INIT(BUF_MAX_FILE);

	if (!u)
		return xstrdup(strpbrk(url, "@?") ? "(no URL)" : url);
	AUTO_FREE char *scheme = part(u, CURLUPART_SCHEME, 0);
	AUTO_FREE char *host = part(u, CURLUPART_HOST, 0);
	AUTO_FREE char *port = part(u, CURLUPART_PORT, 0);
	AUTO_FREE char *path = part(u, CURLUPART_PATH, 0);
	AUTO_FREE char *query = part(u, CURLUPART_QUERY, 0);
	buf_put(&b, "%s://%s%s%s%s", scheme ? scheme : "", host ? host : "", port ? ":" : "",
	    port ? port : "", path ? path : "/");
	if (query)
		add_query(&b, query);
	curl_url_cleanup(u);
	return buf_take(&b);
}

void http_host_port(const char *url, char **host, uint16_t *port)
{
	CURLU *u = parse(url);
	AUTO_FREE char *text = u ? part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT) : NULL;
	uint64_t number = 0;

	*host = u ? part(u, CURLUPART_HOST, 0) : NULL;
	if (!*host)
		*host = xstrdup("");
	size_t len = strlen(*host);
	if (len > 2 && (*host)[0] == '[') {
		memmove(*host, *host + 1, len - 2);
		(*host)[len - 2] = 0;
	}
	*port = text && num_u64(text, 1, 65535, &number) == 0 ? (uint16_t)number : 0;
	curl_url_cleanup(u);
}

/* The URL to send (no userinfo, no fragment) and its Basic credentials, NULL where it has none. */
char *http_plain_url(const char *url, char **user_password)
{
	CURLU *u = parse(url);

	*user_password = NULL;
	if (!u)
		return xstrdup(url);
	AUTO_FREE char *user = part(u, CURLUPART_USER, CURLU_URLDECODE);
	AUTO_FREE char *password = part(u, CURLUPART_PASSWORD, CURLU_URLDECODE);
	if (user || password)
		*user_password = xasprintf("%s:%s", user ? user : "", password ? password : "");
	curl_url_set(u, CURLUPART_USER, NULL, 0);
	curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
	curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	char *plain = part(u, CURLUPART_URL, 0);
	curl_url_cleanup(u);
	return plain ? plain : xstrdup(url);
}
