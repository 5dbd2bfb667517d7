/* SPDX-License-Identifier: MIT */
/*
 * heroku_deploy: code to a running release: sources and builds, slugs, releases; and the streams
 * that tell of them. Order of a build: its output ends, its status leaves pending, release.id is
 * there, the release succeeds.
 */
#ifndef FE_LIB_HEROKU_DEPLOY_H
#define FE_LIB_HEROKU_DEPLOY_H

#include "heroku.h"

/* out: source_blob.put_url and .get_url, both secret (whoever has them may use them). */
enum heroku_class heroku_source_create(struct heroku *h, json_t **out, struct err *err);
/* PUT the first len bytes of a file to a signed URL as it wants it: length known, no content type, no
 * key of ours. Read where it stands in the file, so the same descriptor may be sent again. */
enum heroku_class heroku_upload(
    struct heroku *h, const char *url, int fd, uint64_t len, struct err *err);

struct heroku_build_new {
	const char *source_url;
	const char *checksum; /* "SHA256:hex"; NULL */
	const char *version;  /* of the source; makes a lost answer healable; NULL */
	json_t *buildpacks;   /* [{"url"} or {"name"}], consumed; NULL: what is installed */
};
enum heroku_class heroku_build_create(struct heroku *h, const char *app,
    const struct heroku_build_new *build, json_t **out, struct err *err);
enum heroku_class heroku_build(
    struct heroku *h, const char *app, const char *id, json_t **out, struct err *err);
/* Ask once a second until its status is no longer pending and, where it succeeded, release.id is
 * there (or the deadline: DOWN, FE_ETIMEOUT). OK says only that it ended: status tells how. */
enum heroku_class heroku_build_wait(
    struct heroku *h, const char *app, const char *id, json_t **out, struct err *err);
enum heroku_class heroku_build_cancel(
    struct heroku *h, const char *app, const char *id, struct err *err);
enum heroku_class heroku_cache_clear(struct heroku *h, const char *app, struct err *err);
/* updates: [{"buildpack": name or URL}] in order, consumed; for the next build. */
enum heroku_class heroku_buildpacks_set(
    struct heroku *h, const char *app, json_t *updates, struct err *err);

struct heroku_slug_new {
	json_t *process_types;                 /* {"web": "./web"}, consumed */
	const char *stack, *commit, *checksum; /* NULL: not told */
};
/* out: blob.url, to be PUT by heroku_upload, then heroku_release_slug. */
enum heroku_class heroku_slug_create(struct heroku *h, const char *app,
    const struct heroku_slug_new *slug, json_t **out, struct err *err);

enum heroku_class heroku_release_slug(struct heroku *h, const char *app, const char *slug,
    const char *description, json_t **out, struct err *err);
enum heroku_class heroku_rollback(
    struct heroku *h, const char *app, const char *release_id, json_t **out, struct err *err);
/* release: id or version. */
enum heroku_class heroku_release(
    struct heroku *h, const char *app, const char *release, json_t **out, struct err *err);
enum heroku_class heroku_release_wait(
    struct heroku *h, const char *app, const char *release, json_t **out, struct err *err);
/* The newest n, newest first. */
enum heroku_class heroku_releases(
    struct heroku *h, const char *app, unsigned n, json_t **out, struct err *err);

struct heroku_output {
	const char *url; /* output_stream_url; needs no key and gets none */
	/* The text as it comes, in any pieces, heartbeats taken out; true: enough. */
	bool (*take)(void *arg, const char *p, size_t n);
	void *arg;
	uint64_t bytes; /* handed out so far; where a second call goes on */
};
/* Read it to its end: waits while there is none yet (404), goes on where a connection broke. */
enum heroku_class heroku_output_read(struct heroku *h, struct heroku_output *o, struct err *err);

#endif
