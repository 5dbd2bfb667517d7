/* SPDX-License-Identifier: MIT */
/* The account, its tokens and limits; stacks, regions, sizes, teams: what is there from the start. */
#include "api.h"
#include "api_gate.h"
#include "clock.h"
#include "xmem.h"

static json_t *authorization(struct api *api, const char *token, json_t *scope, json_t *expires)
{
	json_t *now = state_now();
	json_t *a =
	    json_pack("{s:{s:O?,s:o,s:s},s:n,s:O,s:s,s:n,s:o,s:n,s:O,s:n,s:O,s:o}", "access_token",
		"expires_in", expires, "id", state_uuid(), "token", token, "client", "created_at",
		now, "description", "sandbox", "grant", "id", state_uuid(), "refresh_token",
		"scope", scope, "session", "updated_at", now, "user", api_user_ref(api));

	fe_assert(a);
	json_object_set_new(json_object_get(a, "user"), "full_name", json_null());
	if (!expires)
		json_object_set_new(json_object_get(a, "access_token"), "expires_in", json_null());
	json_decref(now);
	return a;
}

static void make_people(struct api *api, json_t *global)
{
	json_t *now = state_now();

	json_object_set_new(global, "account",
	    json_pack("{s:b,s:b,s:O,s:s,s:b,s:o,s:n,s:O,s:s,s:n,s:n,s:n,s:b,s:O,s:b,s:n,s:n,s:n}",
		"allow_tracking", 0, "beta", 0, "created_at", now, "email", api->rules.email,
		"federated", 0, "id", state_uuid(), "identity_provider", "last_login", now, "name",
		"Sandbox", "sms_number", "suspended_at", "delinquent_at",
		"two_factor_authentication", 0, "updated_at", now, "verified", 1,
		"country_of_residence", "default_organization", "default_team"));
	json_object_set_new(global, "teams",
	    json_pack("[{s:o,s:O,s:b,s:b,s:n,s:n,s:i,s:s,s:b,s:s,s:s,s:O}]", "id", state_uuid(),
		"created_at", now, "credit_card_collections", 0, "default", 0, "enterprise_account",
		"identity_provider", "membership_limit", 25, "name", api->rules.team,
		"provisioned_licenses", 0, "role", "admin", "type", "team", "updated_at", now));
	json_decref(now);
}

static void make_stacks(json_t *global)
{
	static const struct {
		const char *name, *state;
		bool first;
	} stacks[] = {{"heroku-22", "deprecated", false}, {"heroku-24", "public", true},
	    {"heroku-26", "public", false}};
	json_t *now = state_now();

	for (size_t i = 0; i < ARRAY_LEN(stacks); i++)
		json_array_append_new(state_list(global, "stacks"),
		    json_pack("{s:b,s:O,s:o,s:s,s:s,s:O}", "default", stacks[i].first, "created_at",
			now, "id", state_uuid(), "name", stacks[i].name, "state", stacks[i].state,
			"updated_at", now));
	json_decref(now);
}

static void make_regions(json_t *global)
{
	static const char *const regions[][4] = {{"us", "United States", "us-east-1", "Virginia"},
	    {"eu", "Ireland", "eu-west-1", "Dublin"}};
	json_t *now = state_now();

	for (size_t i = 0; i < ARRAY_LEN(regions); i++)
		json_array_append_new(state_list(global, "regions"),
		    json_pack("{s:s,s:O,s:s,s:o,s:s,s:s,s:b,s:{s:s,s:s},s:O}", "country",
			regions[i][1], "created_at", now, "description", regions[i][1], "id",
			state_uuid(), "locale", regions[i][3], "name", regions[i][0],
			"private_capable", 0, "provider", "name", "amazon-web-services", "region",
			regions[i][2], "updated_at", now));
	json_decref(now);
}

static void make_sizes(json_t *global)
{
	static const struct {
		const char *name;
		double memory, units;
		int compute;
	} sizes[] = {{"Eco", 0.5, 0.25, 1}, {"Basic", 0.5, 0.28, 1}, {"Standard-1X", 0.5, 1, 1},
	    {"Standard-2X", 1, 2, 4}, {"Performance-M", 2.5, 10, 12}};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		json_array_append_new(state_list(global, "sizes"),
		    json_pack("{s:s,s:i,s:n,s:b,s:f,s:{s:s,s:s},s:o,s:f,s:s,s:b}", "architecture",
			"amd64", "compute", sizes[i].compute, "cost", "dedicated", i == 4,
			"precise_dyno_units", sizes[i].units, "generation", "id",
			"01234567-0000-4000-a000-00000000ceda", "name", "cedar", "id", state_uuid(),
			"memory", sizes[i].memory, "name", sizes[i].name, "private_space_only", 0));
}

void api_account_make(struct api *api)
{
	json_t *global = api->state->global, *all = state_list(global, "authorizations"), *one;
	json_t *scope = json_pack("[s]", "global");
	size_t i;

	if (!json_object_get(global, "account")) {
		make_people(api, global);
		make_stacks(global);
		make_regions(global);
		make_sizes(global);
	}
	json_array_foreach(all, i, one)
	{
		if (json_is_true(json_object_get(one, "_first"))) {
			json_array_remove(all, i);
			break;
		}
	}
	one = authorization(api, api->rules.token, scope, NULL);
	json_object_set_new(one, "_first", json_true());
	json_array_insert_new(all, 0, one);
	json_decref(scope);
	state_touch(api->state, NULL);
}

static void account(struct call *c)
{
	json_t *mine = json_object_get(c->api->state->global, "account");
	const char *who = call_param(c, 0);

	if (c->params.n && strcmp(who, "~") != 0 && strcmp(who, state_str(mine, "id")) != 0 &&
	    strcmp(who, state_str(mine, "email")) != 0)
		call_missing(c, "account");
	else
		call_give(c, 200, mine);
}

static void rate(struct call *c)
{
	json_t *out = json_pack("{s:i}", "remaining", (int)c->api->tokens);

	call_give(c, 200, out);
	json_decref(out);
}

/* GET of one of the lists that are there from the start, by the link's href. */
static const struct {
	const char *href, *key, *resource;
} given[] = {
    {"/stacks", "stacks", "stack"},
    {"/apps/{app}/available-stacks", "stacks", "stack"},
    {"/regions", "regions", "region"},
    {"/dyno-sizes", "sizes", "dyno_size"},
    {"/apps/{app}/available-dyno-sizes", "sizes", "dyno_size"},
    {"/teams", "teams", "team"},
};

static void list(struct call *c)
{
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		if (strcmp(given[i].href, c->link->href) == 0)
			call_give(c, 200, state_list(c->api->state->global, given[i].key));
}

static void item(struct call *c)
{
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		size_t n = strlen(given[i].href);
		json_t *one;

		if (strncmp(given[i].href, c->link->href, n) != 0 || c->link->href[n] != '/')
			continue;
		one = state_find(state_list(c->api->state->global, given[i].key), "id", "name",
		    call_param(c, 0));
		if (one)
			call_give(c, 200, one);
		else
			call_missing(c, given[i].resource);
		return;
	}
}

/* As listings have it: the token's middle is ten asterisks. New reference. */
static json_t *redacted(const json_t *authorization)
{
	json_t *out = json_deep_copy(authorization), *access = json_object_get(out, "access_token");
	const char *token = state_str(access, "token");
	size_t n = strlen(token), shown = n >= 16 ? 4 : 0;

	json_object_set_new(access, "token",
	    json_sprintf(
		"%.*s**********%s", (int)(shown ? 5 + shown : 0), token, token + n - shown));
	return out;
}

static void list_tokens(struct call *c)
{
	json_t *all = state_list(c->api->state->global, "authorizations"), *out = json_array(),
	       *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		json_array_append_new(out, redacted(one));
	}
	call_give(c, 200, out);
	json_decref(out);
}

static void one_token(struct call *c)
{
	json_t *all = state_list(c->api->state->global, "authorizations"), *out;
	json_t *a = state_find(all, "id", NULL, call_param(c, 0));

	if (!a) {
		call_missing(c, "authorization");
		return;
	}
	out = redacted(a);
	call_give(c, 200, out);
	json_decref(out);
	if (strcmp(c->link->method, "DELETE") == 0) {
		state_drop(all, a);
		state_touch(c->api->state, NULL);
	}
}

static bool scopes_known(json_t *scope)
{
	static const char known[] = " global identity read write read-protected write-protected ";
	json_t *one;
	size_t i;

	json_array_foreach(scope, i, one)
	{
		char AUTO_FREE *word = xasprintf(" %s ", json_string_value(one));

		if (!strstr(known, word))
			return false;
	}
	return json_array_size(scope) > 0;
}

static void authorize(struct call *c)
{
	char AUTO_FREE *hex = state_hex(16);
	char AUTO_FREE *token = xasprintf("HRKU-%s", hex);
	json_t *a;

	if (!scopes_known(call_json(c, "scope"))) {
		call_fail(c, 422, "invalid_params", NULL, "scope: unknown or none.");
		return;
	}
	a = authorization(c->api, token, call_json(c, "scope"), call_json(c, "expires_in"));
	if (call_text(c, "description"))
		json_object_set(a, "description", call_json(c, "description"));
	if (call_json(c, "expires_in"))
		json_object_set_new(a, "_until_ms",
		    json_integer(
			clock_wall_ms() + json_integer_value(call_json(c, "expires_in")) * 1000));
	json_array_append_new(state_list(c->api->state->global, "authorizations"), a);
	state_touch(c->api->state, NULL);
	call_give(c, 201, a);
}

const struct api_route api_account_routes[] = {
    {"GET", "/account", account},
    {"GET", "/users/{account}", account},
    {"GET", "/account/rate-limits", rate},
    {"GET", "/stacks", list},
    {"GET", "/stacks/{stack}", item},
    {"GET", "/apps/{app}/available-stacks", list},
    {"GET", "/regions", list},
    {"GET", "/regions/{region}", item},
    {"GET", "/dyno-sizes", list},
    {"GET", "/dyno-sizes/{dyno-size}", item},
    {"GET", "/apps/{app}/available-dyno-sizes", list},
    {"GET", "/teams", list},
    {"GET", "/teams/{team}", item},
    {"GET", "/oauth/authorizations", list_tokens},
    {"GET", "/oauth/authorizations/{oauth-authorization}", one_token},
    {"POST", "/oauth/authorizations", authorize},
    {"DELETE", "/oauth/authorizations/{oauth-authorization}", one_token},
    {0},
};
