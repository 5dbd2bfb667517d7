/* SPDX-License-Identifier: MIT */
/* config: what the collector is told by options and environment (DESIGN 7 and 9). */
#ifndef FE_COLLECTOR_CONFIG_H
#define FE_COLLECTOR_CONFIG_H

#include "opt.h"
#include "series.h"

struct config {
	const char *bind;                                          /* an address */
	int64_t port, also;                                        /* also: 0 none */
	const char *database_url;                                  /* secret */
	const char *drain_token, *api_token, *metrics_token;       /* secret; NULL: none */
	const char *drain_tokens;                                  /* secret: APP=TOKEN ... */
	const char *admin_username, *admin_password, *admin_email; /* NULL: none */
	const char *manifests;                                     /* a directory; NULL: ours */
	bool public_page;
	int64_t http_connections, http_per_address, http_bodies; /* bodies: MB; 0: no ceiling */
	int64_t drain_rate; /* lines a second of each; 0: any */
	int64_t http_slow_s, http_idle_s;
	const char *url; /* where people reach it, or NULL */
	bool proxied;    /* what a proxy says of address and scheme is believed */
	struct opt_seconds keep[SERIES_RESOLUTIONS]; /* text NULL: as it is by default */
	struct opt_seconds forget;
	bool on_loopback; /* bind is */
};

extern const struct opt config_rows[];
/* The rows' values with what follows from them. FE_EUSAGE names the key. */
int config_finish(struct config *out, struct err *err) FE_MUST_CHECK;

#endif
