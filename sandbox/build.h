/* SPDX-License-Identifier: MIT */
/*
 * build: source (tar.gz, or a commit) -> slug directory. Unpacked, `make` where there is a Makefile,
 * Procfile read; all it says comes out in the platform's words (facts/heroku.md 3.2) as bytes,
 * in whatever pieces it came.
 */
#ifndef FE_SANDBOX_BUILD_H
#define FE_SANDBOX_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "kids.h"
#include "procfile.h"

struct build;

struct build_rules {
	uv_loop_t *loop;
	struct kids *kids;
	uint64_t limit_ms; /* for the compile: 15 min on the platform */
};

struct build_spec {
	const char *tarball;  /* a tar or tar.gz file, or NULL: the commit below */
	const char *git_dir;  /* repository ... */
	const char *commit;   /* ... and what to check out of it */
	char *const *git_env; /* as git_push_env gives it; NULL: none */
	const char *dir;      /* slug directory: must not exist; made */
	const char *stack;    /* "heroku-24" */
	char *const *config;  /* the app's config, in the compile's environment; may be NULL */
	const char *checksum; /* of the tarball: "SHA256:HEX"; NULL or empty: none */
	const char *fail;     /* fault: the compile says this and fails; NULL */
	bool slug;            /* the tarball is a slug: members under ./app/, nothing is compiled */
};

struct build_result {
	bool ok;
	const char *reason;           /* not ok: one line */
	const struct procfile *types; /* ok: what the Procfile declares */
	uint64_t bytes;               /* of the slug directory */
};

struct build_events {
	void *arg;
	void (*output)(void *arg, const char *p, size_t n);
	/* Told from the loop; the build is freed after the return. A failed one's directory is
	 * removed. */
	void (*done)(void *arg, const struct build_result *result);
};

struct build *build_start(
    const struct build_rules *rules, const struct build_spec *spec, const struct build_events *ev);
/* Stop it: `done` follows with ok = false. */
void build_cancel(struct build *b);
/* The last words of a deploy, after the release was made: "-----> Launching..." and so on. */
void build_words_released(struct buf *b, unsigned version, const char *web_url);

#endif
