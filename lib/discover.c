/* SPDX-License-Identifier: MIT */
#include "discover.h"

#include <strings.h>

#include "clock.h"
#include "fleet.h"
#include "heroku_apps.h"
#include "heroku_parts.h"
#include "http.h"
#include "tls.h"
#include "xmem.h"

#define PATIENCE_NS (60 * NS_PER_S) /* for all questions of one discovery */

/* 1: *out is open; 0: no fleet is configured. */
static int open_platform(struct heroku **out, const char *fleet, struct err *err)
{
	const char *key = getenv("HEROKU_API_KEY");
	struct heroku_opts opts = {.deadline_ns = clock_mono_ns() + PATIENCE_NS};

	*out = NULL;
	if (!fleet || !key || !*key)
		return 0;
	int rc = fleet_check_name(fleet, err);
	if (rc == 0)
		rc = heroku_open(out, &opts, err);
	return rc < 0 ? rc : 1;
}

static int failed(enum heroku_class class, struct err *err)
{
	return class == HEROKU_OK ? 0 : err->code < 0 ? err->code : FE_EIO;
}

/* The app's address (web_url, git_url) where it is there and carries the mark: 1; 0: not ours, or not
 * there. */
static int marked_url(struct heroku *h, const char *fleet, const char *app, const char *which,
    char **out_url, struct err *err)
{
	json_t *config = NULL, *doc = NULL;
	enum heroku_class class = heroku_config(h, app, &config, err);
	bool ours = strcmp(heroku_str(config, FLEET_MARK), fleet) == 0;

	json_decref(config);
	bool others = class == HEROKU_DENIED && heroku_last(h)->status == 403;
	if (class == HEROKU_NOT_FOUND || others || (class == HEROKU_OK && !ours)) {
		err_done(err);
		return 0;
	}
	if (class == HEROKU_OK)
		class = heroku_app(h, app, &doc, err);
	*out_url = xstrdup(heroku_str(doc, which));
	json_decref(doc);
	return class == HEROKU_OK ? **out_url != '\0' : failed(class, err);
}

static int add_url(struct heroku *h, const char *fleet, const char *suffix, const char *which,
    struct strv *targets, struct err *err)
{
	AUTO_FREE char *app = fleet_app_name(fleet, suffix);
	AUTO_FREE char *url = NULL;
	int rc = marked_url(h, fleet, app, which, &url, err);

	if (rc == 1)
		strv_take(targets, xasprintf("%s=%s", suffix, url));
	return rc;
}

static int none(const char *fleet, const char *what, struct err *err)
{
	return err_set(err, FE_ENOENT,
	    "no app %s-%s carries the mark " FLEET_MARK "=%s; bin/setup makes it", fleet, what,
	    fleet);
}

static int discover_url(
    const char *fleet, const char *suffix, const char *which, struct strv *targets, struct err *err)
{
	struct heroku *h;
	int rc = open_platform(&h, fleet, err);

	if (rc == 1 && (rc = add_url(h, fleet, suffix, which, targets, err)) == 0)
		rc = none(fleet, suffix, err);
	heroku_close(h);
	return rc < 0 ? err_wrap(err, "finding %s", suffix) : 0;
}

int discover_page(const char *fleet, const char *suffix, struct strv *targets, struct err *err)
{
	return discover_url(fleet, suffix, "web_url", targets, err);
}

int discover_repo(const char *fleet, const char *suffix, struct strv *targets, struct err *err)
{
	return discover_url(fleet, suffix, "git_url", targets, err);
}

static int add_stacks(struct heroku *h, const char *fleet, struct strv *targets, struct err *err)
{
	json_t *stacks = NULL, *one;
	size_t i;
	int rc = failed(heroku_stacks(h, NULL, &stacks, err), err);

	json_array_foreach(stacks, i, one)
	{
		const char *name = heroku_str(one, "name");

		if (rc >= 0 && fleet_stack_fits(name))
			rc = add_url(h, fleet, name, "web_url", targets, err);
	}
	json_decref(stacks);
	if (rc < 0)
		return rc;
	return targets->n ? 0 : none(fleet, "STACK", err);
}

int discover_stacks(const char *fleet, struct strv *targets, struct err *err)
{
	struct heroku *h;
	int rc = open_platform(&h, fleet, err);

	if (rc == 1)
		rc = add_stacks(h, fleet, targets, err);
	heroku_close(h);
	return rc < 0 ? err_wrap(err, "finding the stacks' canaries") : 0;
}

/* ---- domains ---- */

static void add_domain(const json_t *d, struct strv *targets, struct discover_domains *out)
{
	const char *hostname = heroku_str(d, "hostname"), *cname = heroku_str(d, "cname");
	AUTO_STRV struct strv found = {0};
	struct err err = ERR_INIT;

	if (!*hostname || !*heroku_str(d, "sni_endpoint.id"))
		return;
	bool unknown = http_resolve(hostname, &found, &err) == FE_ENOENT;
	err_done(&err);
	out->v = xreallocarray(out->v, out->n + 1, sizeof *out->v);
	out->v[out->n++] = (struct discover_domain){
	    .hostname = xstrdup(hostname), .cname = unknown && *cname ? xstrdup(cname) : NULL};
	strv_take(targets, xasprintf("%s=https://%s/", hostname, hostname));
}

/* The chains of all certificates that no authority has signed. */
static int pin(const json_t *snis, struct discover_domains *out, struct err *err)
{
	struct buf AUTO_BUF pem = BUF_INIT(BUF_MAX_FILE);
	const json_t *one;
	size_t i;

	json_array_foreach(snis, i, one)
	{
		const json_t *cert = json_object_get(one, "ssl_cert");
		bool public = json_is_true(json_object_get(cert, "ca_signed?"));

		if (!public && buf_addf(&pem, "%s\n", heroku_str(one, "certificate_chain")) < 0)
			return err_set(
			    err, FE_ELIMIT, "certificates of more than %lu bytes", BUF_MAX_FILE);
	}
	if (!strstr(buf_str(&pem), "BEGIN CERTIFICATE"))
		return 0;
	return tls_store_pem(buf_str(&pem), pem.len, &out->store, err);
}

static int read_domains(struct heroku *h, const char *fleet, const char *app, struct strv *targets,
    struct discover_domains *out, struct err *err)
{
	AUTO_FREE char *url = NULL;
	json_t *domains = NULL, *snis = NULL, *one;
	size_t i;
	int rc = marked_url(h, fleet, app, "web_url", &url, err);

	if (rc == 1) {
		rc = failed(heroku_domains(h, app, &domains, err), err);
		if (rc == 0)
			rc = failed(heroku_snis(h, app, &snis, err), err);
		json_array_foreach(domains, i, one)
		{
			add_domain(one, targets, out);
		}
		if (rc == 0)
			rc = pin(snis, out, err);
		json_decref(domains);
		json_decref(snis);
	}
	if (rc < 0)
		return rc;
	return out->n ? 0
		      : err_set(err, FE_ENOENT,
			    "no app %s with the mark " FLEET_MARK
			    "=%s and a domain with a certificate; bin/setup makes it",
			    app, fleet);
}

int discover_domains(const char *fleet, const char *suffix, struct strv *targets,
    struct discover_domains *out, struct err *err)
{
	struct heroku *h;
	int rc = open_platform(&h, fleet, err);

	if (rc == 1) {
		AUTO_FREE char *app = fleet_app_name(fleet, suffix);

		rc = read_domains(h, fleet, app, targets, out, err);
	}
	heroku_close(h);
	return rc < 0 ? err_wrap(err, "finding the domains of %s", suffix) : 0;
}

const char *discover_via(const struct discover_domains *d, const char *url)
{
	AUTO_FREE char *host = NULL;
	uint16_t port;

	http_host_port(url, &host, &port);
	for (size_t i = 0; i < d->n; i++)
		if (strcasecmp(d->v[i].hostname, host) == 0)
			return d->v[i].cname;
	return NULL;
}
