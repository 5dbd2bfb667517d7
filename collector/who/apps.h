/* SPDX-License-Identifier: MIT */
/*
 * apps: the names behind drain tokens, asked of the platform's API (HEROKU_API_KEY; nothing without) on a
 * thread of the pool, kept in the store. When is decided by names.
 */
#ifndef FE_COLLECTOR_APPS_H
#define FE_COLLECTOR_APPS_H

#include "collector.h"
#include "json.h"

struct apps;

/* c->apps, where there is a key; the store is open. Blocks. */
int apps_load(struct collector *c, struct err *err) FE_MUST_CHECK;
/* Asks no further; what is under way ends in the loop. NULL is fine. */
void apps_close(struct apps *a);
/* The loop has run to its end. NULL is fine. */
void apps_free(struct apps *a);
/* Each second. */
void apps_tick(struct collector *c, int64_t now_ms);
/* The app of a token, or NULL. Borrowed, for now. (ingest's name_of) */
const char *apps_name(void *collector, const char *token, int64_t now_ms);
/* "names": how the asking goes, and what is known of tokens that have sent. */
void apps_put(struct json *j, const struct collector *c);

#endif
