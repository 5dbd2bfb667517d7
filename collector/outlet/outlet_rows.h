/* SPDX-License-Identifier: MIT */
/* outlet_rows: what outlets are told by options and environment. */
#ifndef FE_COLLECTOR_OUTLET_ROWS_H
#define FE_COLLECTOR_OUTLET_ROWS_H

#include "opt.h"

struct outlet_config {
	const char *librato_url, *librato_user, *librato_token, *librato_prefix; /* secret */
	const char *graphite, *graphite_prefix;                                  /* NULL: none */
	const char *statsd, *statsd_prefix;
	const char *pass_url; /* secret */
	const char *cacert;
	struct opt_seconds librato_every, graphite_every;
	int64_t statsd_rate, buffer_mb;
	bool librato; /* it is wanted */
};

extern const struct opt outlet_rows[];
int outlet_config_finish(struct outlet_config *out, struct err *err) FE_MUST_CHECK;

#endif
