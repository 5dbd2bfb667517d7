/* SPDX-License-Identifier: MIT */
/* ingest_type: what a body is, by its Content-Type. */
#ifndef FE_COLLECTOR_INGEST_TYPE_H
#define FE_COLLECTOR_INGEST_TYPE_H

#include "httpd.h"

/* application/logplex-1, or none: frames; text/plain: lines. A form is what `curl --data-binary @log`
 * says where it is told nothing: lines or frames, as it looks. FE_EINVAL: anything else. */
int ingest_type(const struct exch *x, bool *out_plain);

#endif
