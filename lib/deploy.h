/* SPDX-License-Identifier: MIT */
/*
 * deploy: a tree to a running release: source blob, build, release. In this order: upload, build
 * (its output streamed), release (until it succeeded). Each step is heard of through entered().
 */
#ifndef FE_LIB_DEPLOY_H
#define FE_LIB_DEPLOY_H

#include "heroku.h"

enum deploy_phase { DEPLOY_UPLOAD, DEPLOY_BUILD, DEPLOY_RELEASE, DEPLOY_PHASES };

struct deploy {
	struct heroku *api;
	const char *app, *dir;
	const struct strv *paths; /* as tarball's; NULL: what tarball_list says */
	const char *version;      /* also the text of a file VERSION in the blob; NULL: none */
	json_t *buildpacks;       /* consumed; NULL: the app's own */
	bool (*output)(void *arg, const char *p, size_t n); /* of the build; true: enough; NULL */
	void (*entered)(void *arg, enum deploy_phase phase);
	void *arg;
};

struct deploy_result {
	int64_t version; /* of the release: 5 for v5 */
	char *release, *build;
	uint64_t bytes; /* sent */
};

/* A build that failed is INVALID, err naming the build and its last lines of output. */
enum heroku_class deploy_tree(const struct deploy *d, struct deploy_result *out, struct err *err);
void deploy_result_done(struct deploy_result *r);

#endif
