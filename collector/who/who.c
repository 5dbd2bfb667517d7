/* SPDX-License-Identifier: MIT */
/* who: may this request do that? */
#include <sys/random.h>

#include "base64.h"
#include "who_in.h"
#include "xmem.h"

static const struct throttle_rules by_account = {
    .free = 5, .first_ms = 1000, .longest_ms = 60000, .forget_ms = 3600000};
static const struct throttle_rules by_address = {
    .free = 20, .first_ms = 1000, .longest_ms = 900000, .forget_ms = 3600000};

int who_new(struct collector *c, struct err *err)
{
	struct who *w = xcalloc(1, sizeof *w);

	c->who = w;
	w->by_account = throttle_new(&by_account);
	w->by_address = throttle_new(&by_address);
	if (getrandom(&w->seed, sizeof w->seed, 0) != (ssize_t)sizeof w->seed)
		return err_set(err, FE_ESYS, "no random bytes to be had");
	return drains_parse(c->config.drain_tokens, &w->drains, err);
}

int who_load(struct collector *c, struct err *err)
{
	int rc = who_load_people(c, err);

	c->who->loaded = rc == 0;
	who_say(c);
	return rc;
}

void who_free(struct who *w)
{
	if (!w)
		return;
	sessions_done(&w->sessions);
	drains_done(&w->drains);
	throttle_free(w->by_address);
	throttle_free(w->by_account);
	free(w);
}

bool who_is_open(const struct collector *c)
{
	const struct config *k = &c->config;

	return k->on_loopback && !k->drain_token && !k->drain_tokens && !k->api_token &&
	       !k->metrics_token && !k->admin_password && c->who->people == 0;
}

/* ---- what is not even heard ---- */

struct safe_rules who_safe_rules(const struct collector *c)
{
	return (struct safe_rules){.open = who_is_open(c),
	    .proxied = c->config.proxied,
	    .bind = c->config.bind,
	    .url = c->config.url};
}

struct safe_request who_safe_request(const struct exch *x, char peer[HTTPD_ADDRESS])
{
	exch_client(x, peer);
	return (struct safe_request){.method = exch_method(x),
	    .host = exch_header(x, "Host"),
	    .origin = exch_header(x, "Origin"),
	    .fetch_site = exch_header(x, "Sec-Fetch-Site"),
	    .forwarded_for = exch_header(x, "X-Forwarded-For"),
	    .forwarded_proto = exch_header(x, "X-Forwarded-Proto"),
	    .peer = peer};
}

bool who_is_https(const struct collector *c, const struct exch *x)
{
	char peer[HTTPD_ADDRESS];
	const struct safe_rules rules = who_safe_rules(c);
	const struct safe_request q = who_safe_request(x, peer);

	return safe_is_https(&rules, &q);
}

bool who_hears(struct collector *c, struct exch *x)
{
	char peer[HTTPD_ADDRESS];
	const struct safe_rules rules = who_safe_rules(c);
	const struct safe_request q = who_safe_request(x, peer);
	const char *why = strcmp(exch_path(x), "/health") == 0 ? NULL : safe_refusal(&rules, &q);

	if (why)
		web_error(x, 403, "%s", why);
	return !why;
}

bool who_look(struct collector *c, struct exch *x)
{
	return who_hears(c, x) && who_session_look(c, x);
}

void who_seal(void *collector, struct exch *x)
{
	static const struct {
		const char *name, *value;
	} always[] = {
	    {"X-Content-Type-Options", "nosniff"},
	    {"X-Frame-Options", "DENY"},
	    {"Referrer-Policy", "same-origin"},
	    {"Content-Security-Policy",
		"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
	    {"Cache-Control", "no-store"},
	};

	for (size_t i = 0; i < ARRAY_LEN(always); i++)
		if (!exch_has_header(x, always[i].name))
			exch_add_header(x, always[i].name, always[i].value);
	if (who_is_https(collector, x))
		exch_add_header(x, "Strict-Transport-Security", "max-age=31536000");
}

/* ---- who it is ---- */

/* "user:password" of Basic; false: there is none. */
static bool read_basic(const struct exch *x, struct buf *pair, const char **out_password)
{
	const char *header = exch_header(x, "Authorization"), *colon;

	if (!header || strncasecmp(header, "Basic ", 6) != 0 || base64_read(pair, header + 6))
		return false;
	colon = strchr(buf_str(pair), ':');
	*out_password = colon ? colon + 1 : NULL;
	return colon;
}

/* user NULL: any. */
static bool has_basic(const struct exch *x, const char *user, const char *password)
{
	struct buf AUTO_BUF pair = BUF_INIT(1024);
	const char *given;

	if (!read_basic(x, &pair, &given))
		return false;
	size_t n = (size_t)(given - 1 - pair.p);
	bool right = !user || (strlen(user) == n && memcmp(pair.p, user, n) == 0);

	return secret_same(given, password) && right;
}

static bool has_bearer(const struct exch *x, const char *token)
{
	const char *header = exch_header(x, "Authorization");

	return header && strncasecmp(header, "Bearer ", 7) == 0 && secret_same(header + 7, token);
}

const char *who_drain_app(const struct collector *c, const struct exch *x)
{
	struct buf AUTO_BUF pair = BUF_INIT(1024);
	const char *header = exch_header(x, "Authorization"), *token = NULL;

	if (!c->who->drains.n || !header)
		return NULL;
	if (strncasecmp(header, "Bearer ", 7) == 0)
		token = header + 7;
	else if (!read_basic(x, &pair, &token))
		return NULL;
	return drains_app(&c->who->drains, token);
}

static bool is_drain(struct collector *c, const struct exch *x)
{
	const struct config *k = &c->config;

	if (!k->drain_token && !c->who->drains.n)
		return k->on_loopback;
	return (k->drain_token &&
		   (has_basic(x, NULL, k->drain_token) || has_bearer(x, k->drain_token))) ||
	       who_drain_app(c, x);
}

static bool is_right(struct collector *c, const struct exch *x, enum web_may may)
{
	const struct config *k = &c->config;

	switch (may) {
	case WEB_ALL:
		return true;
	case WEB_DRAIN:
		return is_drain(c, x);
	case WEB_METRICS:
		if (k->metrics_token && has_basic(x, "l2met", k->metrics_token))
			return true;
		break;
	case WEB_READER:
	case WEB_PAGE:
		break;
	}
	return k->api_token && (has_bearer(x, k->api_token) || has_basic(x, NULL, k->api_token));
}

const char *who_person(struct collector *c, const struct exch *x)
{
	const struct session *s = who_session(c, x);

	return s ? s->name : NULL;
}

static void refuse(struct collector *c, struct exch *x, enum web_may may)
{
	static const char *const wanted[] = {
	    [WEB_ALL] = "",
	    [WEB_DRAIN] = "wanted the drain's token as Basic password (DRAIN_TOKEN)",
	    [WEB_READER] = "wanted Authorization: Bearer API_TOKEN, or a person's login",
	    [WEB_PAGE] = "wanted Authorization: Bearer API_TOKEN, or a person's login",
	    [WEB_METRICS] = "wanted l2met:METRICS_TOKEN as Basic, or Bearer API_TOKEN",
	};

	if (who_wants_page(x) && (may == WEB_PAGE || may == WEB_READER) &&
	    !safe_changes(exch_method(x))) {
		const char *query = exch_query(x);
		AUTO_FREE char *next = xasprintf("%s%s%s", exch_path(x), *query ? "?" : "", query);

		who_redirect_login(x, next, NULL);
		return;
	}
	if (may == WEB_DRAIN)
		ingest_counts(c->ingest)->refused[401]++;
	/* No Basic where a page's own requests end: a browser would ask for a password by itself. */
	exch_add_header(x, "WWW-Authenticate",
	    may == WEB_DRAIN || may == WEB_METRICS ? "Basic realm=\"ferret\", charset=\"UTF-8\""
						   : "Bearer realm=\"ferret\"");
	web_error(x, 401, "who are you? %s", wanted[may]);
}

bool who_may(struct collector *c, struct exch *x, enum web_may may)
{
	if (who_is_open(c) || is_right(c, x, may))
		return true;
	if (may == WEB_DRAIN || !who_session(c, x)) {
		refuse(c, x, may);
		return false;
	}
	if (!safe_changes(exch_method(x)) || who_has_csrf(x))
		return true;
	web_error(x, 403, "wanted X-Csrf-Token: what GET /api/session tells as csrf");
	return false;
}
