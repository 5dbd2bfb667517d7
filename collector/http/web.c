/* SPDX-License-Identifier: MIT */
/* web: the router of the collector's requests. */
#include "web.h"

#include <inttypes.h>

#include "api_manifest.h"
#include "api_maintenance.h"
#include "begin.h"
#include "ingest_key.h"
#include "json.h"
#include "num.h"
#include "who.h"
#include "xmem.h"

#define OWN_DESCRIPTORS 128UL /* of database, logs, outlets, and what is accepted to be refused */
#define ANSWER_S 300U
#define SMALL_BODY 65536U
#define JSON "application/json; charset=utf-8"

void web_json(struct exch *x, const struct buf *json)
{
	exch_add_header(x, "Cache-Control", "no-store");
	exch_answer(x, 200, JSON, json->p, json->len);
}

void web_error(struct exch *x, int status, const char *fmt, ...)
{
	struct buf AUTO_BUF text = BUF_INIT(BUF_MAX_TEXT), AUTO_BUF json = BUF_INIT(BUF_MAX_TEXT);
	va_list ap;

	va_start(ap, fmt);
	(void)!buf_vaddf(&text, fmt, ap);
	va_end(ap);
	struct json j = {.out = &json};

	json_open(&j, NULL, '{');
	json_text(&j, "error", buf_str(&text), text.len);
	json_close(&j, '}');
	exch_add_header(x, "Cache-Control", "no-store");
	exch_answer(x, status, JSON, json.p, json.len);
}

static void logs(struct collector *c, struct exch *x)
{
	const char *pair = who_drain_app(c, x);
	AUTO_FREE char *app = pair ? exch_param(x, "app") : NULL;

	if (app && *app && strcmp(app, pair) != 0) {
		ingest_counts(c->ingest)->refused[403]++;
		web_error(x, 403, "this token is the drain's of app %s, not of %s", pair, app);
		return;
	}
	ingest_request(c->ingest, x, pair, collector_now());
}

static void health(struct collector *c, struct exch *x)
{
	const struct ingest_counts *n = ingest_counts(c->ingest);
	AUTO_FREE char *text = n->down ? xasprintf("store: %s\n", n->why) : xstrdup("ok\n");

	exch_add_header(x, "Cache-Control", "no-store");
	exch_answer(x, n->down ? 503 : 200, "text/plain; charset=utf-8", text, strlen(text));
}

static const struct web_route own_routes[] = {
    {"POST", "/logs", WEB_DRAIN, logs},
    {"GET", "/health", WEB_ALL, health},
    {NULL, NULL, WEB_ALL, NULL},
};

static bool fits(const struct web_route *r, const char *path)
{
	size_t n = strlen(r->path);

	return strcmp(r->path, path) == 0 ||
	       (n > 1 && r->path[n - 1] == '/' && strncmp(r->path, path, n) == 0 && path[n]);
}

/* clang-format off */
static const struct web_route *const tables[] = {
    own_routes,
    asset_routes,
    api_routes,
    series_routes,
    live_routes,
    metrics2013_routes,
    prometheus_routes,
    badge_routes,
    public_routes,
    api_maintenance_routes,
    manifest_routes,
    who_routes,
    who_setup_routes,
    NULL,
};
/* clang-format on */

static void wait_for_begin(struct exch *x, const char *why)
{
	exch_add_header(x, "Retry-After", "2");
	web_error(x, 503, "%s", why);
}

static bool has_large_body(const struct exch *x)
{
	const char *text = exch_header(x, "Content-Length");
	uint64_t n;

	if (exch_header(x, "Transfer-Encoding"))
		return true;
	return text && (num_u64(text, 0, UINT64_MAX, &n) || n > SMALL_BODY);
}

void web_head(void *collector, struct exch *x)
{
	struct collector *c = collector;
	const char *why = begin_waits_for(c->begin);

	if (!has_large_body(x) || !who_hears(c, x))
		return;
	if (strcmp(exch_path(x), "/logs") != 0)
		web_error(x, 413, "only /logs takes a body of more than %u bytes", SMALL_BODY);
	else if (why)
		wait_for_begin(x, why);
	else
		(void)who_may(c, x, WEB_DRAIN);
}

uint64_t web_whose(void *collector, const struct exch *x)
{
	return ingest_key_drain(x, who_drain_app(collector, x));
}

void web_refused(void *collector, struct exch *x, int status)
{
	struct collector *c = collector;

	ingest_counts(c->ingest)->refused[status]++;
	if (status == 413)
		web_error(x, 413, "the body is too large: at most %lu bytes", HTTPD_BODY_MAX);
	else
		web_error(x, status,
		    "too much is under way: bodies of %" PRId64 " MB (HTTP_BODIES)",
		    c->config.http_bodies);
}

struct httpd_limits web_limits(const struct config *k)
{
	size_t descriptors = httpd_raise_descriptors(), wanted = (size_t)k->http_connections;

	if (descriptors < wanted + OWN_DESCRIPTORS)
		wanted = descriptors > 2 * OWN_DESCRIPTORS ? descriptors - OWN_DESCRIPTORS
							   : descriptors / 2;
	return (struct httpd_limits){.connections = wanted,
	    .per_address = (size_t)k->http_per_address,
	    .bodies = (size_t)k->http_bodies << 20,
	    .silence_s = (unsigned)k->http_idle_s,
	    .head_s = (unsigned)k->http_slow_s,
	    .body_s = (unsigned)k->http_slow_s,
	    .answer_s = ANSWER_S};
}

void web_request(void *collector, struct exch *x)
{
	if (who_look(collector, x))
		web_route(collector, x);
}

void web_route(struct collector *c, struct exch *x)
{
	const char *method = exch_method(x), *path = exch_path(x);
	const char *why = begin_waits_for(c->begin);
	struct buf AUTO_BUF allowed = BUF_INIT(256);

	if (why) {
		wait_for_begin(x, why);
		return;
	}
	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (size_t t = 0; tables[t]; t++)
		for (const struct web_route *r = tables[t]; r->method; r++) {
			if (!fits(r, path))
				continue;
			(void)!buf_addf(&allowed, "%s%s", allowed.len ? ", " : "", r->method);
			if (strcmp(r->method, method) != 0)
				continue;
			if (who_may(c, x, r->may))
				r->answer(c, x);
			return;
		}
	if (!allowed.len) {
		web_error(x, 404, "nothing is at this path");
		return;
	}
	exch_add_header(x, "Allow", buf_str(&allowed));
	web_error(x, 405, "only %s here", buf_str(&allowed));
}
