/* SPDX-License-Identifier: MIT */
/* Domains and certificates. */
#include "api.h"
#include "api_gate.h"
#include "tlsd.h"
#include "xmem.h"

static json_t *endpoint_ref(struct call *c, const char *identity)
{
	json_t *e = state_find(state_list(c->app, "sni"), "id", "name", identity);

	return e ? json_pack("{s:s,s:s}", "name", state_str(e, "name"), "id", state_str(e, "id"))
		 : NULL;
}

static void add_domain(struct call *c)
{
	const char *host = call_text(c, "hostname"), *sni = call_text(c, "sni_endpoint");
	json_t *all = state_list(c->app, "domains"), *now, *d;
	char AUTO_FREE *hex = state_hex(8);
	json_t *ref = sni ? endpoint_ref(c, sni) : json_null();

	if (!ref) {
		call_missing(c, "sni_endpoint");
		return;
	}
	if (state_find(all, "hostname", NULL, host)) {
		call_fail(c, 422, "invalid_params", "domain_name",
		    "%s is already added to this app.", host);
		json_decref(ref);
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
	call_touch(c);
	call_give(c, 201, d);
}

static void domains(struct call *c)
{
	call_give(c, 200, state_list(c->app, "domains"));
}

static void one_domain(struct call *c)
{
	json_t *all = state_list(c->app, "domains");
	json_t *d = state_find(all, "hostname", "id", call_param(c, 1)), *ref;

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
	}
	call_give(c, 200, d);
	if (strcmp(c->link->method, "DELETE") == 0)
		state_drop(all, d);
	call_touch(c);
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
	call_touch(c);
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
	call_touch(c);
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
