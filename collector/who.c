/* SPDX-License-Identifier: MIT */
#include "who.h"

#include "base64.h"
#include "secret.h"
#include "xmem.h"

bool who_is_open(const struct collector *c)
{
	const struct config *k = &c->config;

	return k->on_loopback && !k->drain_token && !k->api_token && !k->metrics_token &&
	       !k->admin_password;
}

/* user NULL: any. */
static bool has_basic(const char *header, const char *user, const char *password)
{
	struct buf AUTO_BUF pair = BUF_INIT(1024);
	const char *colon;

	if (!header || strncasecmp(header, "Basic ", 6) != 0 || base64_read(&pair, header + 6))
		return false;
	colon = strchr(buf_str(&pair), ':');
	if (!colon)
		return false;
	size_t n = (size_t)(colon - pair.p);
	bool right = !user || (strlen(user) == n && memcmp(pair.p, user, n) == 0);

	return secret_same(colon + 1, password) && right;
}

static bool has_bearer(const char *header, const char *token)
{
	return header && strncasecmp(header, "Bearer ", 7) == 0 && secret_same(header + 7, token);
}

static bool is_reader(const struct collector *c, const char *header)
{
	const struct config *k = &c->config;

	if (k->api_token &&
	    (has_bearer(header, k->api_token) || has_basic(header, NULL, k->api_token)))
		return true;
	return k->admin_password && k->admin_username &&
	       has_basic(header, k->admin_username, k->admin_password);
}

static bool is_right(const struct collector *c, const struct exch *x, enum web_may may)
{
	const char *header = exch_header(x, "Authorization");
	const struct config *k = &c->config;

	switch (may) {
	case WEB_ALL:
		return true;
	case WEB_DRAIN:
		if (k->drain_token)
			return has_basic(header, NULL, k->drain_token) ||
			       has_bearer(header, k->drain_token);
		return k->on_loopback;
	case WEB_METRICS:
		if (k->metrics_token && has_basic(header, "l2met", k->metrics_token))
			return true;
		return is_reader(c, header);
	case WEB_READER:
	case WEB_PAGE:
		return is_reader(c, header);
	}
	return false;
}

bool who_may(struct collector *c, struct exch *x, enum web_may may)
{
	if (who_is_open(c) || is_right(c, x, may))
		return true;
	if (may == WEB_PAGE) {
		exch_add_header(x, "Location", "/login");
		exch_answer(x, 303, "text/plain; charset=utf-8", "see /login\n", 11);
		return false;
	}
	exch_add_header(x, "WWW-Authenticate", "Basic realm=\"ferret\", charset=\"UTF-8\"");
	web_error(x, 401, "who are you? %s",
	    may == WEB_DRAIN ? "wanted the drain's token as Basic password (DRAIN_TOKEN)"
			     : "wanted Authorization: Bearer API_TOKEN, or a person's login");
	return false;
}
