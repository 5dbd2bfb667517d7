/* SPDX-License-Identifier: MIT */
/* Dynos: what runs, one-offs, restart and stop. */
#include "api.h"
#include "clock.h"
#include "world.h"

static void list(struct call *c)
{
	json_t *all = world_dynos(c->api->world, c->app);

	call_give(c, 200, all);
	json_decref(all);
}

static void show(struct call *c)
{
	json_t *all = world_dynos(c->api->world, c->app);
	json_t *one = state_find(all, "name", "id", call_param(c, 1));

	if (one)
		call_give(c, 200, one);
	else
		call_missing(c, "dyno");
	json_decref(all);
}

/* Right after an app's birth: "release not found yet", at most twice. */
static bool too_soon(struct call *c)
{
	json_int_t age = clock_wall_ms() - json_integer_value(json_object_get(c->app, "_born_ms"));
	json_int_t before = json_integer_value(json_object_get(c->app, "_conflicts"));

	if (age >= (json_int_t)c->api->rules.conflict_ms || before >= 2)
		return false;
	json_object_set_new(c->app, "_conflicts", json_integer(before + 1));
	call_fail(c, 409, "conflict", "release", "Release not found yet, please try again.");
	return true;
}

static void create(struct call *c)
{
	json_t *made = NULL;

	if (too_soon(c))
		return;
	if (world_run(c->api->world, c->app, c->body, &made))
		call_fail(c, 422, "invalid_params", "dyno", "Nothing to run.");
	else
		call_give(c, 201, made);
	json_decref(made);
}

static void act(struct call *c, const char *dyno, const char *type, bool stop)
{
	json_t *empty = json_object();
	unsigned n = world_act(c->api->world, c->app, dyno, type, stop);

	if (n || (!dyno && !type) ||
	    (type && state_find(state_list(c->app, "formation"), "type", NULL, type)))
		call_give(c, 202, empty);
	else
		call_missing(c, dyno ? "dyno" : "formation");
	json_decref(empty);
}

static void restart_one(struct call *c)
{
	act(c, call_param(c, 1), NULL, false);
}

static void restart_type(struct call *c)
{
	act(c, NULL, call_param(c, 1), false);
}

static void restart_all(struct call *c)
{
	act(c, NULL, NULL, false);
}

static void stop_one(struct call *c)
{
	act(c, call_param(c, 1), NULL, true);
}

static void stop_type(struct call *c)
{
	act(c, NULL, call_param(c, 1), true);
}

const struct api_route api_run_routes[] = {
    {"GET", "/apps/{app}/dynos", list},
    {"GET", "/apps/{app}/dynos/{dyno}", show},
    {"POST", "/apps/{app}/dynos", create},
    {"DELETE", "/apps/{app}/dynos/{dyno}", restart_one},
    {"DELETE", "/apps/{app}/formations/{dyno}", restart_type},
    {"DELETE", "/apps/{app}/dynos", restart_all},
    {"POST", "/apps/{app}/dynos/{dyno}/actions/stop", stop_one},
    {"POST", "/apps/{app}/formations/{dyno}/actions/stop", stop_type},
    {0},
};
