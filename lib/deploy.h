/* SPDX-License-Identifier: MIT */
/*
 * deploy: a tree to a running release: source blob, build, release. In this order: upload, build
 * (its output streamed), release (until it succeeded). Each step is heard of through entered();
 * packing comes before the first, for it is this machine's own. Bounded by the client's deadline.
 * The signed addresses of uploads and streams are secret and told nowhere.
 */
#ifndef FE_LIB_DEPLOY_H
#define FE_LIB_DEPLOY_H

#include "heroku.h"
#include "strv.h"

#define DEPLOY_PHASE_NAMES(X)                                                                      \
	X(UPLOAD, "upload")                                                                        \
	X(BUILD, "build")                                                                          \
	X(RELEASE, "release")

enum deploy_phase {
#define X(name, word) DEPLOY_##name,
	DEPLOY_PHASE_NAMES(X)
#undef X
	    DEPLOY_PHASES
};
extern const char *const deploy_phase_names[DEPLOY_PHASES];

struct deploy {
	struct heroku *api;
	const char *app, *dir;
	const struct strv *paths; /* as tarball's; NULL: what tarball_list says */
	const char *version;      /* also the text of a file VERSION in the blob; NULL: none */
	const char *procfile;     /* text of the blob's Procfile; NULL: the tree's own */
	json_t *buildpacks;       /* consumed; NULL: the app's own */
	/* All of the callbacks may be NULL. */
	bool (*output)(void *arg, const char *p, size_t n); /* of build and release; true: enough */
	void (*entered)(void *arg, enum deploy_phase phase);
	void (*building)(void *arg, const char *build); /* the build's id, for who may cancel it */
	void (*warn)(void *arg, const char *text);      /* the output broke off: no failure */
	void *arg;
};

struct deploy_result {
	int64_t version; /* of the release: 5 for v5 */
	char *release, *build;
	uint64_t bytes; /* sent */
};

/* A build or release that failed is INVALID, err naming it and its last lines of output (on one
 * line); so is a file that cannot be packed. out is set on success; deploy_result_done in any case. */
enum heroku_class deploy_tree(const struct deploy *d, struct deploy_result *out, struct err *err);
void deploy_result_done(struct deploy_result *r);

/* Without a build: paths (built files among them) as a slug for a stack, then its release; of d,
 * version is told as the slug's commit. types: {"web": "./web"}, consumed; stack NULL: the app's.
 * The build of out stays NULL. Only files that were linked for the stack run there. */
enum heroku_class deploy_slug(const struct deploy *d, json_t *types, const char *stack,
    struct deploy_result *out, struct err *err);

#endif
