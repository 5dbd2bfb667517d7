/* SPDX-License-Identifier: MIT */
/*
 * manifest: app.json, which says what an app wants before its first deploy: config, add-ons,
 * buildpacks, formation. Pure. (Dev Center: app.json schema.)
 */
#ifndef FE_SANDBOX_MANIFEST_H
#define FE_SANDBOX_MANIFEST_H

#include <jansson.h>

struct manifest {
	json_t *errors;     /* of strings; where there are any nothing else counts */
	json_t *env;        /* what to set: {"NAME":"value"} */
	json_t *addons;     /* [{"plan":"a:b","as":"NAME" or null}] */
	json_t *buildpacks; /* ["url or name"] */
	json_t *formation;  /* {"web":{"quantity":1,"size":"eco"}} */
	json_t *postdeploy; /* a string, or null */
	json_t *success;    /* a string, or null */
	json_t *stack;      /* a string, or null */
};

/* overrides: {"env":{},"buildpacks":[]} of the request, or NULL. secret makes the value of a var with
 * `generator: secret`: a new JSON string. Free with manifest_done. */
void manifest_read(struct manifest *m, const char *text, size_t n, const json_t *overrides,
    json_t *(*secret)(void));
void manifest_done(struct manifest *m);

#endif
