/* SPDX-License-Identifier: MIT */
/*
 * discover: the fleet's own pages, asked of the platform once at the start, where nobody named
 * targets (DESIGN 3): apps by name and mark, their addresses as the platform tells them.
 *
 * Without a fleet's name (NULL) or HEROKU_API_KEY nothing is found and nothing is wrong: unconfigured.
 * A fleet without the page is FE_ENOENT, a platform that does not answer FE_EIO or the
 * like: the monitor ends and is started again until there is something to watch.
 */
#ifndef FE_LIB_DISCOVER_H
#define FE_LIB_DISCOVER_H

#include "err.h"
#include "strv.h"

struct tls_store;

/* "heroku-24=http://x-heroku-24-0123456789ab.herokuapp.com/" for every stack's canary. */
int discover_stacks(const char *fleet, struct strv *targets, struct err *err) FE_MUST_CHECK;
/* The page of APP-suffix, as "suffix=URL". */
int discover_page(
    const char *fleet, const char *suffix, struct strv *targets, struct err *err) FE_MUST_CHECK;

/* The repository of APP-suffix, as "suffix=GIT_URL"; the account's key is its password. */
int discover_repo(
    const char *fleet, const char *suffix, struct strv *targets, struct err *err) FE_MUST_CHECK;

/* One domain of APP-suffix that has a certificate. */
struct discover_domain {
	char *hostname;
	char *cname; /* where the platform serves it; NULL: the hostname resolves by itself */
};
struct discover_domains {
	struct discover_domain *v;
	size_t n;
	/* Exactly the chains that the platform says it serves; NULL where an authority has signed
	 * them all: then it is the system's authorities that visitors ask. */
	struct tls_store *store;
};
/* Targets are "HOSTNAME=https://HOSTNAME/". out lives as long as the program. */
int discover_domains(const char *fleet, const char *suffix, struct strv *targets,
    struct discover_domains *out, struct err *err) FE_MUST_CHECK;
/* Where to connect for this URL: the cname of its domain, or NULL. Borrowed. */
const char *discover_via(const struct discover_domains *d, const char *url);

#endif
