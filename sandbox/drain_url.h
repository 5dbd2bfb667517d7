/* SPDX-License-Identifier: MIT */
/* drain_url: what a drain's address says. Pure. Only places of this machine are delivered to. */
#ifndef FE_SANDBOX_DRAIN_URL_H
#define FE_SANDBOX_DRAIN_URL_H

#include <netinet/in.h>
#include <stdbool.h>

#include "err.h"

#define DRAIN_URL_MAX 8192

struct drain_url {
	char *host; /* as the Host header has it */
	char *name; /* the same without port, as a certificate has it */
	char *path; /* with the query */
	char *auth; /* Basic's base64, or NULL */
	bool tls;
	struct sockaddr_in to;
};

/* FE_EINVAL names what is wrong, never a secret. Free with drain_url_done, which takes zeroed ones. */
int drain_url_parse(const char *url, struct drain_url *out, struct err *err) FE_MUST_CHECK;
void drain_url_done(struct drain_url *u);

#endif
