/* SPDX-License-Identifier: MIT */
/* heroku_parts: what hangs on an app: add-ons, domains, certificates, log drains. */
#ifndef FE_LIB_HEROKU_PARTS_H
#define FE_LIB_HEROKU_PARTS_H

#include "heroku.h"

struct heroku_addon_new {
	const char *plan; /* "service:plan" */
	const char *name; /* NULL: the platform finds one (a lost answer cannot be healed then) */
	json_t *config;   /* options of the add-on, consumed; NULL */
	const char *confirm; /* the word that an answer wanted; NULL */
};
/* State provisioning, then provisioned; deprovisioned: it failed. */
enum heroku_class heroku_addon_create(struct heroku *h, const char *app,
    const struct heroku_addon_new *addon, json_t **out, struct err *err);
enum heroku_class heroku_addon(
    struct heroku *h, const char *app, const char *addon, json_t **out, struct err *err);
/* Ask once a second until it is no longer provisioning (or the deadline: DOWN, FE_ETIMEOUT). */
enum heroku_class heroku_addon_wait(
    struct heroku *h, const char *app, const char *addon, json_t **out, struct err *err);
enum heroku_class heroku_addons(struct heroku *h, const char *app, json_t **out, struct err *err);
/* OK also where it is gone already. */
enum heroku_class heroku_addon_delete(
    struct heroku *h, const char *app, const char *addon, struct err *err);

/* sni_endpoint: whose certificate it gets; NULL: none. out: its cname is where DNS must point. */
enum heroku_class heroku_domain_add(struct heroku *h, const char *app, const char *hostname,
    const char *sni_endpoint, json_t **out, struct err *err);
enum heroku_class heroku_domain_update(struct heroku *h, const char *app, const char *hostname,
    const char *sni_endpoint, struct err *err);
enum heroku_class heroku_domain_remove(
    struct heroku *h, const char *app, const char *hostname, struct err *err);
enum heroku_class heroku_domains(struct heroku *h, const char *app, json_t **out, struct err *err);

/* PEM texts; the private key is secret and stands in no text of ours. A lost answer is not healed
 * (a chain cannot be looked for): list and compare ssl_cert. */
enum heroku_class heroku_sni_add(struct heroku *h, const char *app, const char *chain_pem,
    const char *key_pem, json_t **out, struct err *err);
enum heroku_class heroku_sni_update(struct heroku *h, const char *app, const char *endpoint,
    const char *chain_pem, const char *key_pem, struct err *err);
enum heroku_class heroku_sni_remove(
    struct heroku *h, const char *app, const char *endpoint, struct err *err);
enum heroku_class heroku_snis(struct heroku *h, const char *app, json_t **out, struct err *err);

/* url may hold credentials: it stands in no text of ours. A drain is removed by id or token. */
enum heroku_class heroku_drain_add(
    struct heroku *h, const char *app, const char *url, json_t **out, struct err *err);
enum heroku_class heroku_drain_remove(
    struct heroku *h, const char *app, const char *id, struct err *err);
enum heroku_class heroku_drains(struct heroku *h, const char *app, json_t **out, struct err *err);

#endif
