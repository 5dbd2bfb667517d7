/* SPDX-License-Identifier: MIT */
/* api_manifest: the groups of checks and how they do (GET /api/manifests, docs/http.md). */
#ifndef FE_COLLECTOR_API_MANIFEST_H
#define FE_COLLECTOR_API_MANIFEST_H

#include "web.h"

/* Those of FERRET_MANIFESTS, else the built-in ones. FE_EUSAGE. */
int api_manifest_load(struct collector *c, struct err *err) FE_MUST_CHECK;

extern const struct web_route manifest_routes[];

#endif
