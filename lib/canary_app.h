/* SPDX-License-Identifier: MIT */
/*
 * canary_app: what monitors do with an app that runs canaries/web: read a page of it, wait for its
 * dynos, deploy it anew. As in canary.h: true, go on; false, the probe ends with c->result.
 */
#ifndef FE_LIB_CANARY_APP_H
#define FE_LIB_CANARY_APP_H

#include <stddef.h>

#include "canary.h"
#include "opt.h"

/* GET c->web_url + path until it answers 200, as canary_answers does: its body. Caller frees. */
bool canary_page(struct canary *c, const char *path, char **out);
/* Until exactly n dynos of this type are there, and all of them up. */
bool canary_dynos(struct canary *c, const char *type, size_t n);

/* clang-format off */
#define CANARY_SOURCE_OPT(at)                                                                      \
	{"dir", 0, OPT_STRING, (at), "DIR", NULL, 0, 0, NULL,                                      \
	 "source of the canary; canaries/web beside the monitors where none is given", NULL, false}
/* clang-format on */
/* Once in the parent: *dir is where the source is, which is looked for where none was given; and
 * canary_prepare. FE_EUSAGE. */
int canary_source(const char **dir, struct err *err) FE_MUST_CHECK;
/* The source as this version (its file VERSION) built and released; phases upload, build, release. */
bool canary_deploy(struct canary *c, const char *dir, const char *version);

#endif
