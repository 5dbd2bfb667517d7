/* SPDX-License-Identifier: MIT */
/* The authority of the sandbox, kept over starts, and the router's port for TLS: a certificate by the
 * name that a client asks for. */
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "world_in.h"
#include "xmem.h"

#define CERTS_MAX 1024 /* names of our own, each asked for once; then all are made anew */
#define CERT_DAYS 60

/* What was made or parsed, by endpoint and certificate, or by name. */
struct world_cert {
	struct world_cert *next;
	char *key;
	struct tlsd *tls;
};

static int load_ca(struct world *w, const char *cert, const char *key, struct err *err)
{
	struct buf AUTO_BUF c = BUF_INIT(BUF_MAX_TEXT), k = BUF_INIT(BUF_MAX_TEXT);
	int rc = io_read_file(cert, &c, err);

	if (rc == 0)
		rc = io_read_file(key, &k, err);
	return rc ? rc : tlsd_ca_load(buf_str(&c), buf_str(&k), &w->ca, err);
}

static int make_ca(struct world *w, const char *cert, const char *key, struct err *err)
{
	struct buf AUTO_BUF c = BUF_INIT(BUF_MAX_TEXT), k = BUF_INIT(BUF_MAX_TEXT);
	int rc = tlsd_ca_new(&w->ca, err);

	if (rc == 0 && (tlsd_ca_pem(w->ca, &c) || tlsd_ca_key(w->ca, &k)))
		rc = err_set(err, FE_ESYS, "the authority cannot be written");
	if (rc == 0)
		rc = io_replace_file(key, buf_str(&k), k.len, err);
	if (rc == 0 && chmod(key, 0600))
		rc = err_set(err, FE_ESYS, "chmod %s", key);
	return rc ? rc : io_replace_file(cert, buf_str(&c), c.len, err);
}

int world_ca_open(struct world *w, struct err *err)
{
	char AUTO_FREE *cert = xasprintf("%s/ca.pem", w->rules.dir);
	char AUTO_FREE *key = xasprintf("%s/ca-key.pem", w->rules.dir);

	return access(cert, R_OK) == 0 && access(key, R_OK) == 0 ? load_ca(w, cert, key, err)
								 : make_ca(w, cert, key, err);
}

int world_trust_open(struct world *w, struct err *err)
{
	struct buf AUTO_BUF pem = BUF_INIT(BUF_MAX_FILE);
	int rc = 0;

	if (w->rules.drain_ca)
		rc = io_read_file(w->rules.drain_ca, &pem, err);
	if (rc == 0 && tlsd_ca_pem(w->ca, &pem))
		rc = err_set(err, FE_ESYS, "the authority cannot be written");
	if (rc == 0)
		rc = tlsd_trust_new(buf_str(&pem), &w->trust, err);
	return rc;
}

static int issue(struct world *w, const char *name, struct tlsd **out, struct err *err)
{
	struct buf AUTO_BUF chain = BUF_INIT(BUF_MAX_TEXT), key = BUF_INIT(BUF_MAX_TEXT);
	int rc = tlsd_issue(w->ca, name, CERT_DAYS, &chain, &key, err);

	return rc ? rc : tlsd_new(buf_str(&chain), buf_str(&key), out, err);
}

static void forget_certs(struct world *w)
{
	while (w->certs) {
		struct world_cert *c = w->certs;

		w->certs = c->next;
		tlsd_free(c->tls); /* connections that use it hold what they need */
		free(c->key);
		free(c);
	}
	w->certs_n = 0;
}

static struct tlsd *keep(struct world *w, const char *key, struct tlsd *tls)
{
	struct world_cert *c;

	if (w->certs_n >= CERTS_MAX)
		forget_certs(w);
	c = xcalloc(1, sizeof *c);
	*c = (struct world_cert){.next = w->certs, .key = xstrdup(key), .tls = tls};
	w->certs = c;
	w->certs_n++;
	return tls;
}

static struct tlsd *kept(const struct world *w, const char *key)
{
	for (struct world_cert *c = w->certs; c; c = c->next)
		if (strcmp(c->key, key) == 0)
			return c->tls;
	return NULL;
}

/* The user's own certificate for a domain, where it has one. */
static struct tlsd *of_endpoint(struct world *w, const json_t *endpoint)
{
	const char *id = state_str(json_object_get(endpoint, "ssl_cert"), "id");
	struct tlsd *tls = kept(w, id);

	if (tls || tlsd_new(state_str(endpoint, "certificate_chain"),
		       state_str(endpoint, "_private_key"), &tls, NULL))
		return tls;
	return keep(w, id, tls);
}

/* Names below localhost get one of our own: a wildcard over a top-level name is no good to clients. */
static struct tlsd *of_name(struct world *w, const char *name)
{
	size_t n = strlen(name);
	struct tlsd *tls = kept(w, name);

	if (tls || n > 253 || n < 11 || strcasecmp(name + n - 10, ".localhost") != 0 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-.") != n ||
	    issue(w, name, &tls, NULL))
		return tls;
	return keep(w, name, tls);
}

static struct tlsd *pick(void *arg, const char *name)
{
	struct world *w = arg;
	const json_t *domain = NULL;
	const struct place *p = world_domain(w, name, &domain);
	const char *id = state_str(json_object_get(domain, "sni_endpoint"), "id");
	const json_t *e = p ? state_find(json_object_get(p->doc, "sni"), "id", NULL, id) : NULL;

	return e ? of_endpoint(w, e) : of_name(w, name);
}

int world_tls_open(struct world *w, const struct router_rules *like, const struct router_events *ev,
    struct err *err)
{
	struct router_rules route = *like;
	int rc = issue(w, "localhost", &w->tls, err);

	if (rc)
		return rc;
	tlsd_on_name(w->tls, pick, w);
	route.port = w->rules.router_tls_port;
	route.tls = w->tls;
	return router_new(&route, ev, &w->router_tls, err);
}
