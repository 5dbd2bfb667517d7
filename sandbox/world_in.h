/* SPDX-License-Identifier: MIT */
/* world_in: what world.c and the other world_*.c share. */
#ifndef FE_SANDBOX_WORLD_IN_H
#define FE_SANDBOX_WORLD_IN_H

#include "attach.h"
#include "build.h"
#include "dyno.h"
#include "git.h"
#include "logplex.h"
#include "router.h"
#include "sample.h"
#include "world.h"

struct place;
struct stream;

/* One dyno and what the API tells of it. */
struct run {
	struct run *next;
	struct place *place;
	struct dyno *dyno;
	struct dyno_rules rules;
	json_t *shown; /* as the API has it, but for state */
	char *slug, *type;
	bool leaving; /* being stopped: no more in the formation */
	bool one_off;
	char *phase;           /* the release whose command this is */
	struct stream *out;    /* of the phase */
	struct git_push *push; /* whoever pushed is told of the phase */
	struct sample sample;
	uint64_t sample_at, up_at; /* loop times in ms; up_at 0: not up */
};

/* One app as it runs. */
struct place {
	struct place *next;
	struct world *world;
	json_t *doc; /* owned reference */
	struct logplex *log;
	struct run *runs;
	struct outflow *drains;
};

/* A drain of an app's log, and one reader's wishes. */
struct outflow {
	struct outflow *next;
	char *id;
	struct logplex_drain *drain;
};

struct world {
	struct world_rules rules;
	struct meet *meet;
	struct git *git;
	struct job *jobs;
	struct streams *streams;
	json_t *sessions; /* id -> what a log session wants */
	struct kids *kids;
	struct build_rules build_rules; /* builds borrow it */
	struct router *router, *router_tls;
	struct tlsd_ca *ca;
	struct tlsd_trust *trust; /* of drains */
	struct tlsd *tls;         /* of router_tls, for names that have no other */
	struct world_cert *certs;
	unsigned certs_n;
	struct place *places;
	uv_timer_t tick;
};

/* A line of the app's log. */
void world_line(
    struct place *p, const char *source, const char *procid, const char *text, size_t n);
struct place *world_place(struct world *w, const json_t *doc);
/* world.c, for world_run.c */
struct run *world_new_run(struct place *p, const char *type, const char *name, const char *slug);
void world_run_gone(struct run *r);
char *world_slug_folder(const struct world *w, const char *slug);
void world_config(const json_t *doc, json_t *more, struct strv *env);
void world_dyno_env(const json_t *doc, json_t *more, struct strv *env);
/* As the dynos of that release will have it. */
void world_release_env(const json_t *doc, const json_t *release, json_t *more, struct strv *env);
void world_free_name(const struct place *p, const char *type, char out[24]);
void world_stop_run(struct run *r);
void world_restart_run(struct run *r);
void world_on_line(void *arg, struct dyno *d, const char *p, size_t n);
void world_on_tell(void *arg, struct dyno *d, const char *text);
void world_on_state(void *arg, struct dyno *d, enum dyno_state from, enum dyno_state to);
void world_on_ended(void *arg, struct dyno *d, int code);
/* world_life.c */
int world_life_open(struct world *w, struct err *err) FE_MUST_CHECK;
void world_slug_remove(struct world *w, const char *slug);
void world_builds_cancel(struct world *w, const char *app); /* all of the app's; world_build.c */
/* Slugs and output that only old releases and builds have. */
void world_prune(struct place *p);
/* What the app had on disk goes. */
void world_forget(struct world *w, json_t *doc);
/* world_release.c: the phase that runs for this release tells the push too; NULL: none runs */
struct run *world_phase_run(struct world *w, const json_t *doc, const char *release);
void world_phase_over(struct run *r, int code);
/* world_tick.c */
void world_tick_open(struct world *w);
/* world_git.c, world_meet.c */
int world_git_open(struct world *w, struct err *err) FE_MUST_CHECK;
int world_meet_open(struct world *w, struct err *err) FE_MUST_CHECK;
/* world_tls.c */
int world_ca_open(struct world *w, struct err *err) FE_MUST_CHECK;
int world_tls_open(struct world *w, const struct router_rules *like, const struct router_events *ev,
    struct err *err) FE_MUST_CHECK;
/* After world_ca_open. */
int world_trust_open(struct world *w, struct err *err) FE_MUST_CHECK;
/* The app that has this host as a custom domain, and the domain; NULL: none. */
struct place *world_domain(struct world *w, const char *host, const json_t **out);
/* router_events */
enum router_found world_find(
    void *arg, const char *host, const char *name, struct router_target *out);
void world_router_line(void *arg, const char *app, const char *line);

#endif
