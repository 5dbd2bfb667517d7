/* SPDX-License-Identifier: MIT */
/* ingest_key: by what a request is known: whose it is, and whether it came before. */
#ifndef FE_COLLECTOR_INGEST_KEY_H
#define FE_COLLECTOR_INGEST_KEY_H

#include "httpd.h"

/* Whose request it is: its token's app, or what it calls itself. Never 0. */
uint64_t ingest_key_drain(const struct exch *x, const char *app);
/* Of a request that may come again; 0: it has none. */
uint64_t ingest_key_frame(const struct exch *x);
/* Of a request that says nothing else by which it could be known. Never 0. */
uint64_t ingest_key_body(const struct exch *x);

#endif
