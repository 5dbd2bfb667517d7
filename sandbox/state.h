/* SPDX-License-Identifier: MIT */
/*
 * state: everything the platform remembers, as JSON: one document an app, one for the account. A
 * change is on disk (written anew, renamed) before the request that made it is answered, so kill -9
 * loses nothing. Keys that begin with `_` are the sandbox's own and never answered.
 */
#ifndef FE_SANDBOX_STATE_H
#define FE_SANDBOX_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "err.h"

struct state {
	char *dir;
	json_t *apps;   /* id -> document: {"app":{},"config":{},"releases":[],...} */
	json_t *global; /* {"account":{},"authorizations":[],"sources":[],...} */
	json_t *dirty;  /* ids of documents to write; "" is the global one */
};

int state_open(const char *dir, struct state **out, struct err *err) FE_MUST_CHECK;
void state_close(struct state *s);
int state_save(struct state *s, struct err *err) FE_MUST_CHECK;

/* By id or name; borrowed; NULL: none. */
json_t *state_app(const struct state *s, const char *identity);
void state_add_app(struct state *s, json_t *doc); /* takes the reference */
void state_remove_app(struct state *s, json_t *doc);
void state_touch(struct state *s, json_t *doc); /* doc NULL: the global one */
/* Array of the document under key, made when missing; borrowed. */
json_t *state_list(json_t *doc, const char *key);

/* First of the array whose key (or key2, may be NULL) is value; borrowed; NULL. */
json_t *state_find(json_t *array, const char *key, const char *key2, const char *value);
void state_drop(json_t *array, const json_t *item);
/* A copy without `_` keys, at any depth. */
json_t *state_public(json_t *value);

json_t *state_uuid(void);        /* new JSON string */
char *state_hex(unsigned bytes); /* random; caller frees */
json_t *state_now(void);         /* "2026-06-18T09:00:01Z" */
json_t *state_time(int64_t unix_ms);
const char *state_str(const json_t *object, const char *key); /* "" when none */

#endif
