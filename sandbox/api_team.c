/* SPDX-License-Identifier: MIT */
/* Members of the team. */
#include "api.h"
#include "xmem.h"

static json_t *member(struct call *c, const char *email, const char *role)
{
	json_t *account = json_object_get(c->api->state->global, "account"), *now = state_now();
	bool me = strcmp(email, state_str(account, "email")) == 0;
	json_t *user_id = me ? json_incref(json_object_get(account, "id")) : state_uuid();
	json_t *m = json_pack("{s:O,s:s,s:b,s:o,s:n,s:s,s:b,s:O,s:{s:s,s:o,s:n}}", "created_at",
	    now, "email", email, "federated", json_is_true(call_json(c, "federated")), "id",
	    state_uuid(), "identity_provider", "role", role, "two_factor_authentication", 0,
	    "updated_at", now, "user", "email", email, "id", user_id, "name");

	fe_assert(m);
	json_decref(now);
	return m;
}

/* The team's members, of whom the account is the first; NULL: no such team, which is told. */
static json_t *members(struct call *c)
{
	json_t *global = c->api->state->global, *all;

	if (!state_find(state_list(global, "teams"), "id", "name", call_param(c, 0))) {
		call_missing(c, "team");
		return NULL;
	}
	all = state_list(global, "members");
	if (!json_array_size(all)) {
		json_array_append_new(all,
		    member(c, state_str(json_object_get(global, "account"), "email"), "admin"));
		state_touch(c->api->state, NULL);
	}
	return all;
}

static json_t *find(json_t *all, const char *who)
{
	json_t *m = state_find(all, "id", "email", who), *one;
	size_t i;

	json_array_foreach(all, i, one)
	{
		if (!m && strcmp(state_str(json_object_get(one, "user"), "id"), who) == 0)
			m = one;
	}
	return m;
}

static void list(struct call *c)
{
	json_t *all = members(c);

	if (all)
		call_give(c, 200, all);
}

/* POST wants somebody new, PATCH somebody who is there, PUT takes both. */
static void set(struct call *c)
{
	json_t *all = members(c), *m = all ? find(all, call_text(c, "email")) : NULL;
	const char *role = call_text(c, "role");
	char method = c->link->method[1]; /* pOst, pAtch, pUt */

	if (!all)
		return;
	if (m && method == 'O') {
		call_fail(c, 422, "invalid_params", "team_member", "User is already a member");
		return;
	}
	if (!m && method == 'A') {
		call_missing(c, "team_member");
		return;
	}
	if (!m) {
		m = member(c, call_text(c, "email"), role ? role : "member");
		json_array_append_new(all, m);
		call_give(c, 201, m);
	} else {
		json_object_set_new(m, "role", json_string(role));
		json_object_set_new(m, "updated_at", state_now());
		call_give(c, 200, m);
	}
	state_touch(c->api->state, NULL);
}

static void leave(struct call *c)
{
	json_t *all = members(c), *m = all ? find(all, call_param(c, 1)) : NULL;

	if (!all)
		return;
	if (!m) {
		call_missing(c, "team_member");
	} else if (json_array_size(all) == 1) {
		call_fail(c, 422, "invalid_params", "team_member", "A team needs an admin");
	} else {
		call_give(c, 200, m);
		state_drop(all, m);
		state_touch(c->api->state, NULL);
	}
}

const struct api_route api_team_routes[] = {
    {"GET", "/teams/{team}/members", list},
    {"POST", "/teams/{team}/members", set},
    {"PUT", "/teams/{team}/members", set},
    {"PATCH", "/teams/{team}/members", set},
    {"DELETE", "/teams/{team}/members/{team-member}", leave},
    {0},
};
