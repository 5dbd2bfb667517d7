/* SPDX-License-Identifier: MIT */
/*
 * world: what really runs behind the API: dynos, router, log channels, git, builds, rendezvous, made
 * to follow the app documents. Owner of everything that lives and is not JSON.
 */
#ifndef FE_SANDBOX_WORLD_H
#define FE_SANDBOX_WORLD_H

#include "api.h"
#include "capture.h"

struct world;

struct world_rules {
	uv_loop_t *loop;
	struct api *api;
	const char *dir, *bind;
	uint64_t router_ms;   /* to a response's first byte, else H12 */
	uint64_t session_ms;  /* how long a log session waits for its reader */
	const char *drain_ca; /* PEM file: whom https drains trust too; NULL: no more */
	uint16_t router_port, router_tls_port, rendezvous_port, api_port;
	uint64_t stop_ms;   /* from SIGTERM to SIGKILL */
	uint64_t crash_ms;  /* before the restart after a second crash in a row; it doubles */
	uint64_t sample_ms; /* between two runtime metrics of a dyno */
};

int world_new(const struct world_rules *rules, struct world **out, struct err *err) FE_MUST_CHECK;
void world_close(struct world *w);
uint16_t world_router_port(const struct world *w);

/* After a start, before the first app: what a killed sandbox left half done is told as failed, what
 * belongs to no app any more is removed. */
void world_resume(struct world *w);
/* An app is there (new, or after a start); gone; has another name. */
void world_app(struct world *w, json_t *doc);
void world_app_gone(struct world *w, json_t *doc);
void world_app_renamed(struct world *w, json_t *doc, const char *old_name);
/* Start and stop dynos until they are what the formation says; restart: and all of them anew. */
void world_follow(struct world *w, json_t *doc, bool restart);
/* One line of the platform's in the app's log: heroku[api] is source "app", procid "api". */
void world_log(
    struct world *w, json_t *doc, const char *source, const char *procid, const char *text);

/* The slug declares a `release` command; run it for this release, then api_release_over. */
bool world_has_phase(const json_t *doc, const char *slug);
void world_phase(struct world *w, json_t *doc, json_t *release);
/* Dynos as the API shows them (new reference); one-offs; what is done to those that run. */
json_t *world_dynos(struct world *w, const json_t *doc);
/* 0 with the dyno (new reference), FE_ENOENT: no slug is there to run. */
int world_run(struct world *w, json_t *doc, json_t *request, json_t **out) FE_MUST_CHECK;
/* By name or id, by type, or (both NULL) all; stop, or restart what belongs to the formation.
 * Returns how many. */
unsigned world_act(
    struct world *w, const json_t *doc, const char *dyno, const char *type, bool stop);

void world_drains_open(struct world *w, json_t *doc);
int world_drain_add(
    struct world *w, json_t *doc, const json_t *drain, struct err *err) FE_MUST_CHECK;
/* [{"app","id","token","delivered","dropped","refused","requests","waiting"}] */
json_t *world_drain_counts(struct world *w);
void world_drain_remove(struct world *w, json_t *doc, const char *id);
/* A log session's id, by which GET /logs/ID reads. */
void world_session(struct world *w, const char *id, json_t *wish);
void world_read_log(struct world *w, struct exch *x, const char *id);

/* Builds: the resource is in the document's "builds"; it goes on by itself. */
void world_build(struct world *w, json_t *doc, json_t *build, const char *tarball);
void world_build_output(struct world *w, struct exch *x, const char *id);
void world_build_cancel(struct world *w, const char *id);
/* Unpack an uploaded slug; done is told with its success. */
void world_unpack(struct world *w, const char *tarball, const char *slug,
    void (*done)(void *arg, bool ok), void *arg);
void world_git(struct world *w, struct exch *x);

/* A line for bash, in the app's slug with its config, or (app NULL) nowhere in particular. */
struct world_command {
	const char *shell, *arg1; /* arg1 is $1 there; may be NULL */
	const json_t *app;
};
int world_command(struct world *w, const struct world_command *what, capture_fn fn, void *arg,
    struct err *err) FE_MUST_CHECK;

#endif
