/* SPDX-License-Identifier: MIT */
/* endpoint: a domain and a certificate of its own for one canary. */
#include "clock.h"
#include "heroku_parts.h"
#include "job.h"
#include "tls_cert.h"
#include "xmem.h"

#define CERT_DAYS 365
#define CERT_SHORT_DAYS 30 /* a certificate with less left is renewed */
#define DAY_S 86400
#define PEM_MAX (16UL * 1024)

/* ENDPOINT_DOMAIN, else a name beside the app's own: where x-endpoint-0123.example.org is the app's
 * address, x-endpoint.example.org. Caller frees. */
static char *domain_of(const struct job *j)
{
	const char *url = heroku_str(j->look.app, "web_url"), *host = strstr(url, "://");
	const char *dot = host ? strchr(host, '.') : NULL;

	if (j->plan->crew->tool.env.endpoint_domain)
		return xstrdup(j->plan->crew->tool.env.endpoint_domain);
	return dot ? xasprintf("%s%.*s", j->t->name, (int)strcspn(dot, ":/"), dot) : NULL;
}

static bool names(const json_t *endpoint, const char *domain)
{
	const json_t *list = json_object_get(json_object_get(endpoint, "ssl_cert"), "cert_domains");
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *name = json_string_value(one);

		if (name && strcasecmp(name, domain) == 0)
			return true;
	}
	return false;
}

/* The endpoint that the domain uses, else one whose certificate is for it. Borrowed; NULL. */
static json_t *find_endpoint(const json_t *endpoints, const json_t *domain, const char *name)
{
	json_t *used = heroku_find(endpoints, "id", heroku_str(domain, "sni_endpoint.id")), *one;
	size_t i;

	if (used)
		return used;
	json_array_foreach(endpoints, i, one)
	{
		if (names(one, name))
			return one;
	}
	return NULL;
}

static int64_t days_left(const json_t *endpoint)
{
	int64_t end = heroku_time(heroku_str(endpoint, "ssl_cert.expires_at"));

	return (end - clock_wall_ms() / 1000) / DAY_S;
}

static enum heroku_class certify(
    struct job *j, const char *domain, const char *endpoint, struct err *err)
{
	struct buf AUTO_BUF chain = BUF_INIT(PEM_MAX), key = BUF_INIT(PEM_MAX);
	const char *app = j->t->name;
	enum heroku_class class = HEROKU_LOCAL;
	json_t *made = NULL;

	if (tls_cert_self_signed(domain, CERT_DAYS, &chain, &key, err) == 0)
		class = endpoint ? heroku_sni_update(
				       j->api, app, endpoint, buf_str(&chain), buf_str(&key), err)
				 : heroku_sni_add(
				       j->api, app, buf_str(&chain), buf_str(&key), &made, err);
	if (key.p)
		explicit_bzero(key.p, key.len);
	json_decref(made);
	return class;
}

struct view {
	json_t *endpoints, *domains;
	json_t *endpoint, *domain; /* borrowed from these; NULL: none */
};

static void view_done(struct view *v)
{
	json_decref(v->endpoints);
	json_decref(v->domains);
	*v = (struct view){0};
}

static int see(struct job *j, const char *domain, struct view *v)
{
	struct err err = ERR_INIT;

	view_done(v);
	enum heroku_class class = heroku_snis(j->api, j->t->name, &v->endpoints, &err);

	if (class == HEROKU_OK)
		class = heroku_domains(j->api, j->t->name, &v->domains, &err);
	v->domain = heroku_find(v->domains, "hostname", domain);
	v->endpoint = find_endpoint(v->endpoints, v->domain, domain);
	return class == HEROKU_OK ? 0 : job_blind(j, "certificates", class, &err);
}

/* Where nobody gave ENDPOINT_DOMAIN, a platform may well refuse the name that setup chose, or (Eco)
 * certificates: there is nothing for http/endpoint to watch then, and all else goes on. */
static int end_step(
    struct job *j, struct step *step, enum heroku_class class, const char *domain, struct err *err)
{
	bool wished = j->plan->crew->tool.env.endpoint_domain != NULL;

	if (class != HEROKU_INVALID || wished)
		return job_end(step, class, domain, err);
	(void)err_wrap(err,
	    "no ENDPOINT_DOMAIN is given, and the platform does not take %s: this "
	    "canary stays without a domain",
	    domain);
	(void)job_end(step, class, domain, err);
	return 0;
}

/* Seen again afterwards, so that a lost answer and a good one are the same. */
static int ensure_certificate(struct job *j, const char *domain, struct view *v)
{
	const char *id = heroku_str(v->endpoint, "id");
	bool own =
	    json_is_true(json_object_get(json_object_get(v->endpoint, "ssl_cert"), "self_signed?"));
	struct err err = ERR_INIT;
	struct step step;
	int code;

	/* One that an authority signed is not ours to replace. */
	if (v->endpoint && (!own || days_left(v->endpoint) >= CERT_SHORT_DAYS))
		return 0;
	if (!job_act(j, &step, v->endpoint ? "renew" : "certify", domain))
		return 0;
	enum heroku_class class = certify(j, domain, v->endpoint ? id : NULL, &err);

	if (class == HEROKU_OK || class == HEROKU_DOWN) {
		code = see(j, domain, v);
		if (code == 0 && v->endpoint && days_left(v->endpoint) >= CERT_SHORT_DAYS)
			class = HEROKU_OK;
	}
	return end_step(j, &step, class, domain, &err);
}

static int ensure_domain(struct job *j, const char *domain, const struct view *v)
{
	const char *endpoint = heroku_str(v->endpoint, "id"), *app = j->t->name;
	bool linked = strcmp(heroku_str(v->domain, "sni_endpoint.id"), endpoint) == 0;
	json_t *made = NULL;
	struct err err = ERR_INIT;
	struct step step;
	enum heroku_class class;

	if ((!v->endpoint && !j->plan->dry) || (v->domain && linked) ||
	    !job_act(j, &step, "name", domain))
		return 0;
	if (v->domain)
		class = heroku_domain_update(j->api, app, domain, endpoint, &err);
	else
		class = heroku_domain_add(j->api, app, domain, endpoint, &made, &err);
	json_decref(made);
	return end_step(j, &step, class, domain, &err);
}

int job_endpoint(struct job *j)
{
	AUTO_FREE char *domain = domain_of(j);
	struct view v = {0};
	int code = 0;

	if (!domain && !j->missing) {
		steps_complain(j->steps,
		    "%s: its web_url has no domain to choose a name under; "
		    "give ENDPOINT_DOMAIN",
		    j->t->name);
		return FE_EXIT_USAGE;
	}
	if (!j->missing)
		code = see(j, domain, &v);
	if (code == 0)
		code = ensure_certificate(j, domain ? domain : "", &v);
	if (code == 0)
		code = ensure_domain(j, domain ? domain : "", &v);
	if (code == 0 && !j->plan->dry && !v.domain)
		code = see(j, domain, &v);
	if (code == 0 && v.endpoint && v.domain)
		steps_say(j->steps, "%s: the certificate of %s is good for %lld days", j->t->name,
		    domain, (long long)days_left(v.endpoint));
	view_done(&v);
	return code;
}
