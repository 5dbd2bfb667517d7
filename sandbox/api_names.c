/* SPDX-License-Identifier: MIT */
/* Domains and certificates. */
#include "api.h"
#include "api_gate.h"
#include "tlsd.h"
#include "xmem.h"

#define DOMAINS_MAX 1000

static json_t *endpoint_ref(struct call *c, const char *identity)
{
	json_t *e = state_find(state_list(c->app, "sni"), "id", "name", identity);

	return e ? json_pack("{s:s,s:s}", "name", state_str(e, "name"), "id", state_str(e, "id"))
		 : NULL;
}

/* Labels of letters, digits and dashes, two at least, the first may be a star. */
static bool is_hostname(const char *host)
{
	const char *p = strncmp(host, "*.", 2) == 0 ? host + 2 : host;
	size_t labels = p != host;

	for (; *p; labels++) {
		size_t n =
		    strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

		if (n == 0 || n > 63 || *p == '-' || p[n - 1] == '-' || (p[n] && p[n] != '.') ||
		    (p[n] == '.' && !p[n + 1]))
			return false;
		p += n + (p[n] == '.');
	}
	return labels >= 2 && strlen(host) <= 253;
}

/* Which app has this domain; NULL: none. */
static json_t *taken_by(struct call *c, const char *host)
{
	const char *id;
	json_t *doc;

	json_object_foreach(c->api->state->apps, id, doc)
	{
		if (state_find(json_object_get(doc, "domains"), "hostname", NULL, host))
			return doc;
	}
	return NULL;
}

static bool may_add(struct call *c, const char *host)
{
	const json_t *other = taken_by(c, host);

	if (!is_hostname(host))
		call_fail(c, 422, "invalid_params", "domain_name", "Domain name is invalid.");
	else if (other)
		call_fail(c, 422, "invalid_params", "domain_name", "%s is %s.", host,
		    other == c->app ? "already added to this app"
				    : "currently in use by another app");
	else if (json_array_size(state_list(c->app, "domains")) >= DOMAINS_MAX)
		call_fail(c, 422, "invalid_params", "domain_name",
		    "You've reached your limit of %d domains.", DOMAINS_MAX);
	else
		return true;
	return false;
}

/* Each endpoint tells which domains use it; a domain loses one that is gone. */
static void bind_domains(struct call *c)
{
	json_t *endpoints = state_list(c->app, "sni"), *domains = state_list(c->app, "domains");
	json_t *e, *d;
	size_t i;

	json_array_foreach(endpoints, i, e)
	{
		json_object_set_new(e, "domains", json_array());
	}
	json_array_foreach(domains, i, d)
	{
		const char *id = state_str(json_object_get(d, "sni_endpoint"), "id");

		e = state_find(endpoints, "id", NULL, id);
		if (e)
			json_array_append(json_object_get(e, "domains"), json_object_get(d, "id"));
		else
			json_object_set_new(d, "sni_endpoint", json_null());
	}
	call_touch(c);
}

static void add_domain(struct call *c)
{
	const char *given = call_text(c, "hostname"), *sni = call_text(c, "sni_endpoint");
	json_t *all = state_list(c->app, "domains"), *now, *d, *ref;
	char AUTO_FREE *hex = state_hex(8);
	char AUTO_FREE *host = xstrdup(given);

	for (char *p = host; *p; p++)
		*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
	if (!may_add(c, host))
		return;
	ref = sni ? endpoint_ref(c, sni) : json_null();
	if (!ref) {
		call_missing(c, "sni_endpoint");
		return;
	}
	now = state_now();
	d = json_pack("{s:n,s:n,s:o,s:o,s:O,s:s,s:o,s:s,s:O,s:s,s:o}", "acm_status",
	    "acm_status_reason", "app", call_app_ref(c->app), "cname",
	    json_sprintf("%s.herokudns.com", hex), "created_at", now, "hostname", host, "id",
	    state_uuid(), "kind", "custom", "updated_at", now, "status", "none", "sni_endpoint",
	    ref);
	fe_assert(d);
	json_decref(now);
	json_array_append_new(all, d);
	bind_domains(c);
	call_give(c, 201, d);
}

/* The app's own host, which it always has; a new reference. */
static json_t *own_domain(struct call *c)
{
	json_t *app = json_object_get(c->app, "app");
	const char *url = state_str(app, "web_url"), *host = strstr(url, "//");

	host = host ? host + 2 : url;
	if (!json_object_get(app, "_domain_id"))
		json_object_set_new(app, "_domain_id", state_uuid());
	call_touch(c);
	return json_pack("{s:n,s:n,s:o,s:n,s:O,s:s%,s:O,s:s,s:O,s:s,s:n}", "acm_status",
	    "acm_status_reason", "app", call_app_ref(c->app), "cname", "created_at",
	    json_object_get(app, "created_at"), "hostname", host, strcspn(host, ":/"), "id",
	    json_object_get(app, "_domain_id"), "kind", "heroku", "updated_at",
	    json_object_get(app, "created_at"), "status", "succeeded", "sni_endpoint");
}

static void domains(struct call *c)
{
	json_t *all = json_copy(state_list(c->app, "domains"));

	json_array_insert_new(all, 0, own_domain(c));
	call_give(c, 200, all);
	json_decref(all);
}

/* The app's own is shown, and nothing is done to it. */
static bool is_own(struct call *c)
{
	json_t *own = own_domain(c);
	bool is = strcmp(state_str(own, "hostname"), call_param(c, 1)) == 0 ||
		  strcmp(state_str(own, "id"), call_param(c, 1)) == 0;

	if (is && strcmp(c->link->method, "GET") == 0)
		call_give(c, 200, own);
	else if (is)
		call_fail(c, 422, "invalid_params", "domain_name",
		    "The app's own domain cannot be changed.");
	json_decref(own);
	return is;
}

static void one_domain(struct call *c)
{
	json_t *all = state_list(c->app, "domains");
	json_t *d = state_find(all, "hostname", "id", call_param(c, 1)), *ref;

	if (is_own(c))
		return;
	if (!d) {
		call_missing(c, "domain_name");
		return;
	}
	if (strcmp(c->link->method, "PATCH") == 0) {
		ref = call_text(c, "sni_endpoint") ? endpoint_ref(c, call_text(c, "sni_endpoint"))
						   : json_null();
		if (!ref) {
			call_missing(c, "sni_endpoint");
			return;
		}
		json_object_set_new(d, "sni_endpoint", ref);
		json_object_set_new(d, "updated_at", state_now());
	}
	call_give(c, 200, d);
	if (strcmp(c->link->method, "DELETE") == 0)
		state_drop(all, d);
	bind_domains(c);
}

static json_t *cert_of(const struct tlsd_facts *f)
{
	struct strv AUTO_STRV names = {0};
	json_t *domains = json_array();

	strv_split(&names, f->domains, " ");
	for (size_t i = 0; i < names.n; i++)
		json_array_append_new(domains, json_string(names.v[i]));
	return json_pack("{s:b,s:o,s:o,s:s,s:b,s:o,s:s,s:o}", "ca_signed?", !f->self_signed,
	    "cert_domains", domains, "expires_at", state_time(f->expires_ms), "issuer", f->issuer,
	    "self_signed?", f->self_signed, "starts_at", state_time(f->starts_ms), "subject",
	    f->subject, "id", state_uuid());
}

/* Chain and key must parse and belong together; the facts come from the first certificate. */
static json_t *check_cert(struct call *c)
{
	const char *chain = call_text(c, "certificate_chain");
	struct err AUTO_ERR err = ERR_INIT;
	struct tlsd *t = NULL;
	struct tlsd_facts facts = {0};

	if (tlsd_new(chain, call_text(c, "private_key"), &t, &err) ||
	    tlsd_facts(chain, &facts, &err)) {
		call_fail(c, 422, "invalid_params", NULL, "%s", err_text(&err));
		tlsd_free(t);
		return NULL;
	}
	tlsd_free(t);
	return cert_of(&facts);
}

static void add_endpoint(struct call *c)
{
	json_t *cert = check_cert(c), *now, *e;
	char AUTO_FREE *hex = state_hex(3);

	if (!cert)
		return;
	now = state_now();
	e = json_pack("{s:O,s:O,s:o,s:o,s:O,s:n,s:[],s:o,s:o,s:O}", "certificate_chain",
	    call_json(c, "certificate_chain"), "created_at", now, "id", state_uuid(), "name",
	    json_sprintf("round-%s", hex), "updated_at", now, "display_name", "domains", "app",
	    call_app_ref(c->app), "ssl_cert", cert, "_private_key", call_json(c, "private_key"));
	fe_assert(e);
	json_decref(now);
	json_array_append_new(state_list(c->app, "sni"), e);
	bind_domains(c);
	call_give(c, 201, e);
}

static void endpoints(struct call *c)
{
	call_give(c, 200, state_list(c->app, "sni"));
}

static void one_endpoint(struct call *c)
{
	json_t *all = state_list(c->app, "sni"), *cert;
	json_t *e = state_find(all, "name", "id", call_param(c, 1));

	if (!e) {
		call_missing(c, "sni_endpoint");
		return;
	}
	if (strcmp(c->link->method, "PATCH") == 0) {
		cert = check_cert(c);
		if (!cert)
			return;
		json_object_set_new(e, "ssl_cert", cert);
		json_object_set(e, "certificate_chain", call_json(c, "certificate_chain"));
		json_object_set(e, "_private_key", call_json(c, "private_key"));
	}
	call_give(c, 200, e);
	if (strcmp(c->link->method, "DELETE") == 0)
		state_drop(all, e);
	bind_domains(c);
}

const struct api_route api_names_routes[] = {
    {"POST", "/apps/{app}/domains", add_domain},
    {"GET", "/apps/{app}/domains", domains},
    {"GET", "/apps/{app}/domains/{domain}", one_domain},
    {"PATCH", "/apps/{app}/domains/{domain}", one_domain},
    {"DELETE", "/apps/{app}/domains/{domain}", one_domain},
    {"POST", "/apps/{app}/sni-endpoints", add_endpoint},
    {"GET", "/apps/{app}/sni-endpoints", endpoints},
    {"GET", "/apps/{app}/sni-endpoints/{sni-endpoint}", one_endpoint},
    {"PATCH", "/apps/{app}/sni-endpoints/{sni-endpoint}", one_endpoint},
    {"DELETE", "/apps/{app}/sni-endpoints/{sni-endpoint}", one_endpoint},
    {0},
};
