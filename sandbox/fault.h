/* SPDX-License-Identifier: MIT */
/*
 * fault: what goes wrong on purpose, by name. Owner of the table; everyone else asks it.
 *
 * A fault of requests is a JSON object: {"match":"POST /apps*", "app":"name*", "status":503,
 * "id":"maintenance", "message":.., "latency_ms":500, "hang":true, "cut":20, "body":"garbage"|"html",
 * "warning":"words", "times":2}; all keys but match may be left out. `*` takes anything. With a
 * status the request is not carried out; without one it is, and only its answer suffers. Streams
 * (builds, logs, git, blobs) are requests too.
 *
 * The others are asked for by their name, where what they spoil happens: fault_names.
 */
#ifndef FE_SANDBOX_FAULT_H
#define FE_SANDBOX_FAULT_H

#include <jansson.h>
#include <stdbool.h>

#include "err.h"

struct fault;

struct fault *fault_new(void);
void fault_free(struct fault *f);
/* {"NAME":{...},...}, as FERRET_SANDBOX_FAULTS has it. FE_EUSAGE. */
int fault_load(struct fault *f, const char *text, struct err *err) FE_MUST_CHECK;
/* FE_EUSAGE names what is wrong. body is borrowed. */
int fault_set(struct fault *f, const char *name, json_t *body, struct err *err) FE_MUST_CHECK;
bool fault_clear(struct fault *f, const char *name); /* NULL: all; false: there was none */
/* As they were set, each with "struck": how often. New reference. */
json_t *fault_list(const struct fault *f);
/* The first fault of requests that fits, counted down; app: whom the path names, or NULL. Borrowed
 * until the next change. */
json_t *fault_for_request(struct fault *f, const char *method, const char *path, const char *app);
/* The named one (for this app), counted down: rendezvous, git, boot, ...; NULL: not on. */
json_t *fault_named(struct fault *f, const char *name, const char *app);

#endif
