/* SPDX-License-Identifier: MIT */
#include "api.h"
#include "api_gate.h"
#include "clock.h"
#include "xmem.h"

static const struct api_route *const tables[] = {api_apps_routes, api_config_routes,
    api_account_routes, api_dyno_routes, api_run_routes, api_deploy_routes, api_addon_routes,
    api_log_routes, api_names_routes, api_people_routes, api_team_routes, api_setup_routes, NULL};

int api_new(const struct api_rules *rules, struct state *state, struct schema *schema,
    struct fault *fault, struct api **out)
{
	struct api *api = xcalloc(1, sizeof *api);

	*api = (struct api){.rules = *rules,
	    .state = state,
	    .schema = schema,
	    .fault = fault,
	    .tokens = rules->burst ? rules->burst : rules->rate,
	    .refilled_ns = clock_mono_ns()};
	api_account_make(api);
	*out = api;
	return 0;
}

void api_free(struct api *api)
{
	free(api);
}

static const struct api_route *route_of(const struct schema_link *link)
{
	for (const struct api_route *const *t = tables; *t; t++)
		for (const struct api_route *r = *t; r->fn; r++)
			if (strcmp(r->href, link->href) == 0 &&
			    strcmp(r->method, link->method) == 0)
				return r;
	return NULL;
}

/* Several links may share method and path (releases: a slug, or a rollback): the first whose body
 * fits; the last refusal is told when none does. */
static bool pick_link(struct call *c)
{
	struct schema *s = c->api->schema;
	struct err AUTO_ERR why = ERR_INIT;
	enum schema_verdict v = SCHEMA_OK, best = SCHEMA_OK;
	const struct schema_link *l = NULL;
	struct strv AUTO_STRV params = {0};

	c->link = schema_match(s, NULL, exch_method(c->x), exch_path(c->x), &params);
	if (c->link && !gate_scope(c))
		return false;
	while ((l = schema_match(s, l, exch_method(c->x), exch_path(c->x), &params))) {
		struct err AUTO_ERR one = ERR_INIT;
		json_t *empty = json_object();

		if (strcmp(c->link->href, l->href) != 0)
			continue; /* the first path that fits has the word */
		c->link = l;
		v = l->body ? schema_check(
				  s, l->body, c->body ? c->body : empty, c->api->rules.strict, &one)
			    : SCHEMA_OK;
		json_decref(empty);
		if (v == SCHEMA_OK)
			return true;
		if (best == SCHEMA_OK) {
			best = v;
			err_set(&why, FE_EINVAL, "%s", err_text(&one));
		}
	}
	if (!c->link)
		call_fail(c, 404, "not_found", NULL,
		    "The requested API endpoint was not found. "
		    "Are you using the right HTTP verb (i.e. `GET` vs. `POST`), and did you "
		    "specify your intended version with the `Accept` header?");
	else if (best == SCHEMA_UNKNOWN_KEY)
		call_fail(c, 400, "bad_request", NULL, "%s", err_text(&why));
	else
		call_fail(c, 422, "invalid_params", NULL, "%s", err_text(&why));
	return false;
}

static bool take_body(struct call *c)
{
	json_error_t why;
	size_t n;
	const char *text = exch_body(c->x, &n);
	const char *type = exch_header(c->x, "Content-Type");

	if (n == 0)
		return true;
	if (!type || strncmp(type, "application/json", 16) != 0) {
		call_fail(c, 415, "unsupported_media_type", NULL,
		    "Content-Type application/json is expected.");
		return false;
	}
	c->body = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(c->body)) {
		call_fail(c, 400, "bad_request", NULL, "The body is no JSON object.");
		return false;
	}
	return true;
}

/* Where the path's first part in braces is an app, it must be one. */
static bool find_app(struct call *c)
{
	const char *in = strchr(c->link->href, '{');

	if (!in || (strncmp(in, "{app}", 5) != 0 && strncmp(in, "{team-app}", 10) != 0))
		return true;
	c->app = state_app(c->api->state, call_param(c, 0));
	if (c->app)
		return true;
	if (strcmp(c->link->method, "DELETE") == 0 &&
	    fault_named(c->api->fault, "delete-403", call_param(c, 0)))
		call_fail(c, 403, "forbidden", "app", "You do not have access to the app %s.",
		    call_param(c, 0));
	else
		call_missing(c, "app");
	return false;
}

static void handle(struct call *c)
{
	const struct api_route *route;

	if (!take_body(c) || !pick_link(c))
		return;
	schema_match(c->api->schema, NULL, c->link->method, exch_path(c->x), &c->params);
	if (!find_app(c))
		return;
	route = route_of(c->link);
	if (route)
		route->fn(c);
	else
		call_fail(c, 501, "not_implemented", NULL, "%s %s: not in this sandbox",
		    c->link->method, c->link->href);
}

/* The name of the app in a path: /apps/X, /teams/apps/X, /git/X.git; NULL: none. */
static const char *app_in(const struct api *api, const char *path)
{
	static const char *const before[] = {"/apps/", "/teams/apps/", "/git/"};

	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		size_t n = strlen(before[i]);

		if (strncmp(path, before[i], n) != 0)
			continue;
		char AUTO_FREE *word = xmemdup0(path + n, strcspn(path + n, "/."));
		const json_t *doc = state_app(api->state, word);

		return doc ? state_str(json_object_get(doc, "app"), "name") : NULL;
	}
	return NULL;
}

json_t *api_fault(struct api *api, const struct exch *x)
{
	return fault_for_request(
	    api->fault, exch_method(x), exch_path(x), app_in(api, exch_path(x)));
}

void api_spoil(struct exch *x, const json_t *fault)
{
	json_t *late = json_object_get(fault, "latency_ms"), *cut = json_object_get(fault, "cut");
	const char *warning = state_str(fault, "warning");

	if (late)
		exch_delay(x, (uint64_t)json_integer_value(late));
	if (cut)
		exch_cut(x, (size_t)json_integer_value(cut));
	if (*warning)
		exch_add_header(x, "X-Heroku-Warning", warning);
}

const char *api_fault_id(const json_t *fault, const char **out_message)
{
	static const struct {
		int status;
		const char *id, *message;
	} known[] = {{429, "rate_limit", CALL_RATE_LIMIT},
	    {503, "maintenance", "Heroku API is temporarily unavailable."},
	    {500, "internal_server_error", "Internal server error."},
	    {401, "unauthorized", "Invalid credentials provided."},
	    {403, "forbidden", "You do not have access to this."},
	    {404, "not_found", "Couldn't find that."}, {409, "conflict", "Please try again."},
	    {422, "invalid_params", "Invalid parameters."}, {0, "fault", "A fault was asked for."}};
	int status = (int)json_integer_value(json_object_get(fault, "status"));
	const char *id = state_str(fault, "id"), *message = state_str(fault, "message");
	size_t i = 0;

	while (known[i].status && known[i].status != status)
		i++;
	*out_message = *message ? message : known[i].message;
	return *id ? id : known[i].id;
}

void api_request(struct api *api, struct exch *x)
{
	struct call c = {.api = api, .x = x, .status = 200};
	json_t *fault = json_incref(api_fault(api, x));
	const char *message, *id = api_fault_id(fault, &message);

	if (json_is_true(json_object_get(fault, "hang"))) {
		json_decref(fault);
		exch_hang(x);
		return;
	}
	if (json_object_get(fault, "status"))
		call_fail(&c, (int)json_integer_value(json_object_get(fault, "status")), id, NULL,
		    "%s", message);
	if (!c.out && gate_open(&c))
		handle(&c);
	gate_answer(&c, fault);
	json_decref(fault);
	json_decref(c.out);
	json_decref(c.body);
	strv_done(&c.params);
}
