/* SPDX-License-Identifier: MIT */
/*
 * api: the Platform API: each request goes through the same gate (version, credentials, rate limit,
 * faults, schema, the app it names, scope) to its handler, and its answer through the same door
 * (paging, ETag, headers, state on disk).
 */
#ifndef FE_SANDBOX_API_H
#define FE_SANDBOX_API_H

#include <stdint.h>

#include "fault.h"
#include "httpd.h"
#include "schema.h"
#include "state.h"

#define CALL_RATE_LIMIT                                                                            \
	"Your account reached the API rate limit\nPlease wait a few minutes before making new "    \
	"requests"

struct world;

struct api_rules {
	uv_loop_t *loop;
	const char *token, *email, *team;
	const char *base;     /* "http://127.0.0.1:8080": of URLs that are answered */
	const char *web_base; /* "localhost:8081": web_url is http://NAME-SUFFIX.that/ */
	unsigned page_max;    /* 0: as asked */
	unsigned rate;        /* requests an hour: 4500 */
	unsigned burst;       /* tokens of the bucket; 0: as many as an hour's */
	unsigned app_limit;   /* of the account, and of the team: 100 */
	uint64_t
	    conflict_ms;   /* after an app's birth a dyno is a conflict, at most twice; 0: never */
	uint64_t addon_ms; /* how long an add-on provisions */
	const char *
	    postgres; /* DATABASE_URL of add-ons that are PostgreSQL; NULL: one that leads nowhere */
	bool strict;
	bool check; /* own answers too must be what the schema says, else 500 */
};

struct api {
	struct api_rules rules;
	struct state *state;
	struct schema *schema;
	struct fault *fault;
	struct world *world; /* what really runs */
	double tokens;
	uint64_t refilled_ns;
};

/* One request on its way through. Handlers set out (and status) or call call_fail. */
struct call {
	struct api *api;
	struct exch *x;
	const struct schema_link *link;
	struct strv params; /* of the path, decoded */
	json_t *body;       /* an object, or NULL; borrowed by handlers */
	json_t *app;        /* the app's document where the path names one */
	int status;
	json_t *out; /* answered without its `_` keys; owned */
};

struct api_route {
	const char *method, *href; /* as schema_link has them */
	void (*fn)(struct call *c);
};

int api_new(const struct api_rules *rules, struct state *state, struct schema *schema,
    struct fault *fault, struct api **out) FE_MUST_CHECK;
void api_free(struct api *api);
void api_request(struct api *api, struct exch *x);

/* The platform's error: status, id, message; resource NULL for none. */
void call_fail(struct call *c, int status, const char *id, const char *resource, const char *fmt,
    ...) FE_PRINTF(5, 6);
void call_missing(struct call *c, const char *resource); /* 404 Couldn't find that RESOURCE. */
const char *call_param(const struct call *c, size_t i);
const char *call_text(const struct call *c, const char *key); /* of the body; NULL when absent */
json_t *call_json(const struct call *c, const char *key);     /* of the body, borrowed; or NULL */
void call_give(struct call *c, int status, json_t *borrowed);
void call_touch(struct call *c); /* the app's document was changed */
/* {"id","name"} of the app, {"id","email"} of the account: new references */
json_t *call_app_ref(const json_t *doc);
json_t *api_user_ref(const struct api *api);

/* The fault that strikes this request, counted down; borrowed; NULL: none. spoil: what it does to the
 * answer, whoever gives it: late, cut, warned. */
json_t *api_fault(struct api *api, const struct exch *x);
void api_spoil(struct exch *x, const json_t *fault);
/* The id and the words of an error that is a fault's. */
const char *api_fault_id(const json_t *fault, const char **out_message);

extern const struct api_route api_apps_routes[], api_config_routes[], api_account_routes[],
    api_addon_routes[], api_names_routes[], api_deploy_routes[], api_dyno_routes[],
    api_log_routes[], api_people_routes[], api_run_routes[], api_team_routes[], api_setup_routes[];

/* A release of the app: version n+1, current; slug and types NULL: as the last. Borrowed result. */
json_t *api_release(struct api *api, json_t *doc, const char *description, json_t *slug);
json_t *api_release_current(const json_t *doc);
/* The newest waits for its release command: the formation follows when that has succeeded. */
bool api_release_pending(const json_t *doc);
void api_release_over(struct api *api, json_t *doc, json_t *release, bool ok);
/* The formation follows the slug's process types; one entry of it gets quantity and size. */
void api_formation_follow(struct api *api, json_t *doc, json_t *types);
void api_formation_set(struct api *api, json_t *entry, const json_t *update);

struct api_birth {
	const char *name, *stack, *region,
	    *team; /* NULL: made up, the default, the default, personal */
	bool locked;
};
/* A new app's document, borrowed; NULL: refused, which is told in c. */
json_t *api_app_new(struct call *c, const struct api_birth *b);
/* Changes ({"A":"1","GONE":null}) to the config: one release, dynos anew; false: over 64 kB. */
bool api_config_set(struct api *api, json_t *doc, json_t *changes);
void api_buildpacks_set(struct api *api, json_t *doc, json_t *names);

struct api_addon {
	const char *plan, *name, *as; /* name and as NULL: made up */
};
/* Borrowed; NULL: the name is taken. ripen: what time has done to it. */
json_t *api_addon_new(struct api *api, json_t *doc, const struct api_addon *wish);
void api_addon_ripen(struct api *api, json_t *doc, json_t *addon);

/* The file of a source blob by its address, or NULL; caller frees. */
char *api_blob_path(const struct api *api, const char *url);
/* A build of that file, begun; buildpacks as in the request (NULL: the app's). Borrowed. */
json_t *api_build_new(
    struct api *api, json_t *doc, json_t *blob, json_t *buildpacks, const char *path);

#endif
