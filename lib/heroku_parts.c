/* SPDX-License-Identifier: MIT */
#include "heroku_parts.h"

#include "heroku_in.h"
#include "xmem.h"

static enum heroku_class list(
    struct heroku *h, const char *app, const char *what, json_t **out, struct err *err)
{
	return heroku_list_at(h, heroku_path("/apps/%s/%s", app, what), out, err);
}

static enum heroku_class remove_one(
    struct heroku *h, const char *app, const char *what, const char *id, struct err *err)
{
	return heroku_empty_at(
	    h, "DELETE", heroku_path("/apps/%s/%s/%s", app, what, id), HEROKU_GONE, err);
}

/* ---- add-ons ---- */

enum heroku_class heroku_addon_create(struct heroku *h, const char *app,
    const struct heroku_addon_new *addon, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/addons", app);
	AUTO_FREE char *look =
	    addon->name ? heroku_path("/apps/%s/addons/%s", app, addon->name) : NULL;
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack("{s:s, s:s*, s:o*, s:s*}", "plan", addon->plan, "name", addon->name,
		"config", addon->config, "confirm", addon->confirm),
	    .look = look,
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_addon(
    struct heroku *h, const char *app, const char *addon, json_t **out, struct err *err)
{
	return heroku_get_at(h, heroku_path("/apps/%s/addons/%s", app, addon), out, err);
}

static bool is_provisioning(const json_t *addon)
{
	return strcmp(heroku_str(addon, "state"), "provisioning") == 0;
}

enum heroku_class heroku_addon_wait(
    struct heroku *h, const char *app, const char *addon, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/addons/%s", app, addon);

	return heroku_wait_while(h, path, is_provisioning, out, err);
}

enum heroku_class heroku_addons(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return list(h, app, "addons", out, err);
}

enum heroku_class heroku_addon_delete(
    struct heroku *h, const char *app, const char *addon, struct err *err)
{
	return remove_one(h, app, "addons", addon, err);
}

/* ---- domains ---- */

/* The key must be there, even when it says that there is none. */
static json_t *endpoint_or_null(const char *sni_endpoint)
{
	return sni_endpoint ? json_string(sni_endpoint) : json_null();
}

enum heroku_class heroku_domain_add(struct heroku *h, const char *app, const char *hostname,
    const char *sni_endpoint, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/domains", app);
	AUTO_FREE char *look = heroku_path("/apps/%s/domains/%s", app, hostname);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack(
		"{s:s, s:o}", "hostname", hostname, "sni_endpoint", endpoint_or_null(sni_endpoint)),
	    .look = look,
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_domain_update(struct heroku *h, const char *app, const char *hostname,
    const char *sni_endpoint, struct err *err)
{
	return heroku_patch_at(h, heroku_path("/apps/%s/domains/%s", app, hostname),
	    json_pack("{s:o}", "sni_endpoint", endpoint_or_null(sni_endpoint)), NULL, err);
}

enum heroku_class heroku_domain_remove(
    struct heroku *h, const char *app, const char *hostname, struct err *err)
{
	return remove_one(h, app, "domains", hostname, err);
}

enum heroku_class heroku_domains(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return list(h, app, "domains", out, err);
}

/* ---- certificates ---- */

static json_t *pems(const char *chain_pem, const char *key_pem)
{
	return json_pack("{s:s, s:s}", "certificate_chain", chain_pem, "private_key", key_pem);
}

enum heroku_class heroku_sni_add(struct heroku *h, const char *app, const char *chain_pem,
    const char *key_pem, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/sni-endpoints", app);
	struct heroku_new what = {.path = path, .body = pems(chain_pem, key_pem)};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_sni_update(struct heroku *h, const char *app, const char *endpoint,
    const char *chain_pem, const char *key_pem, struct err *err)
{
	return heroku_patch_at(h, heroku_path("/apps/%s/sni-endpoints/%s", app, endpoint),
	    pems(chain_pem, key_pem), NULL, err);
}

enum heroku_class heroku_sni_remove(
    struct heroku *h, const char *app, const char *endpoint, struct err *err)
{
	return remove_one(h, app, "sni-endpoints", endpoint, err);
}

enum heroku_class heroku_snis(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return list(h, app, "sni-endpoints", out, err);
}

/* ---- log drains ---- */

enum heroku_class heroku_drain_add(
    struct heroku *h, const char *app, const char *url, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/log-drains", app);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack("{s:s}", "url", url),
	    .look = path,
	    .key = "url",
	    .value = url,
	};

	return heroku_create(h, &what, out, err);
}

enum heroku_class heroku_drain_remove(
    struct heroku *h, const char *app, const char *id, struct err *err)
{
	return remove_one(h, app, "log-drains", id, err);
}

enum heroku_class heroku_drains(struct heroku *h, const char *app, json_t **out, struct err *err)
{
	return list(h, app, "log-drains", out, err);
}
