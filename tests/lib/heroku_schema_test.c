/* SPDX-License-Identifier: MIT */
/*
 * heroku: every request that the client can make is one the platform's published schema knows: a
 * link of this method and path, and a body that it allows, no unknown key, nothing missing. (The
 * schema is read by rules of its own here, so that client and sandbox cannot err alike.)
 */
#include "heroku_apps.h"
#include "heroku_deploy.h"
#include "heroku_dynos.h"
#include "heroku_logs.h"
#include "heroku_parts.h"
#include "heroku_play.h"
#include "pattern.h"

static json_t *schema;

/* ---- a body against its schema ---- */

static char why[500];

static bool bad(const char *at, const char *what)
{
	if (!*why)
		(void)snprintf(why, sizeof why, "%s: %s", *at ? at : "the body", what);
	return false;
}

/* "#/definitions/app/definitions/name" */
static const json_t *resolve(const json_t *s)
{
	const char *ref;

	while ((ref = json_string_value(json_object_get(s, "$ref")))) {
		const json_t *at = schema;
		fe_assert(strncmp(ref, "#/", 2) == 0);
		for (const char *p = ref + 2; *p; p += strcspn(p, "/"), p += *p == '/') {
			AUTO_FREE char *key = xmemdup0(p, strcspn(p, "/"));
			at = json_object_get(at, key);
		}
		fe_assert(at);
		s = at;
	}
	return s;
}

static const char *type_of(const json_t *v)
{
	static const char *const names[] = {
	    [JSON_OBJECT] = "object",
	    [JSON_ARRAY] = "array",
	    [JSON_STRING] = "string",
	    [JSON_INTEGER] = "integer",
	    [JSON_REAL] = "number",
	    [JSON_TRUE] = "boolean",
	    [JSON_FALSE] = "boolean",
	    [JSON_NULL] = "null",
	};

	return names[json_typeof(v)];
}

static bool type_fits(const json_t *s, const json_t *v)
{
	const json_t *types = json_object_get(s, "type");
	size_t n = json_array_size(types);

	for (size_t i = 0; i < n; i++)
		if (strcmp(json_string_value(json_array_get(types, i)), type_of(v)) == 0)
			return true;
	return !types ||
	       (json_is_string(types) && strcmp(json_string_value(types), type_of(v)) == 0);
}

static bool pattern_fits(const char *re, const char *text)
{
	struct err err = ERR_INIT;
	struct pattern *p = NULL;

	if (pattern_new(re, &p, &err) < 0)
		fail_msg("the schema's pattern %s: %s", re, err_text(&err));
	bool fits = pattern_find(p, text, strlen(text)) == 1;
	pattern_free(p);
	return fits;
}

static bool fits(const json_t *s, json_t *v, const char *at);

static const json_t *schema_of_key(const json_t *s, const char *key)
{
	const json_t *known = json_object_get(json_object_get(s, "properties"), key), *sub;
	const char *re;

	if (known)
		return known;
	json_object_foreach(
	    json_object_get(s, "patternProperties"), re, sub) if (pattern_fits(re, key)) return sub;
	known = json_object_get(s, "additionalProperties");
	return json_is_object(known) ? known : NULL;
}

static bool object_fits(const json_t *s, json_t *v, const char *at)
{
	const json_t *required = json_object_get(s, "required");
	bool open = !json_object_get(s, "properties") && !json_object_get(s, "patternProperties");
	const char *key;
	json_t *item;

	for (size_t i = 0; i < json_array_size(required); i++)
		if (!json_object_get(v, json_string_value(json_array_get(required, i))))
			return bad(at, json_string_value(json_array_get(required, i)));
	json_object_foreach(v, key, item)
	{
		const json_t *sub = schema_of_key(s, key);
		if (!sub && !open)
			return bad(at, key);
		if (sub && !fits(sub, item, key))
			return false;
	}
	return true;
}

static bool one_of_fits(const json_t *all, json_t *v)
{
	for (size_t i = 0; i < json_array_size(all); i++)
		if (fits(json_array_get(all, i), v, ""))
			return true;
	return !all;
}

static bool text_fits(const json_t *s, const json_t *v)
{
	const char *re = json_string_value(json_object_get(s, "pattern"));

	return !re || pattern_fits(re, json_string_value(v));
}

static bool fits(const json_t *s, json_t *v, const char *at)
{
	const json_t *one, *values;

	s = resolve(s);
	one = json_object_get(s, json_object_get(s, "anyOf") ? "anyOf" : "oneOf");
	values = json_object_get(s, "enum");
	if (!type_fits(s, v))
		return bad(at, "its type");
	if (!one_of_fits(one, v))
		return bad(at, "none of its forms");
	*why = one ? 0 : *why;
	if (json_is_string(v) && !text_fits(s, v))
		return bad(at, "its pattern");
	bool listed = !values;
	for (size_t i = 0; i < json_array_size(values); i++)
		listed |= json_equal(json_array_get(values, i), v);
	if (!listed)
		return bad(at, "not among its values");
	for (size_t i = 0; json_object_get(s, "items") && i < json_array_size(v); i++)
		if (!fits(json_object_get(s, "items"), json_array_get(v, i), at))
			return false;
	return !json_is_object(v) || object_fits(s, v, at);
}

/* ---- a request against the links ---- */

/* "/apps/{(...)}/dynos" fits "/apps/x/dynos" */
static bool href_fits(const char *href, const char *path)
{
	while (*href && *path) {
		if (*href == '{') {
			href += strcspn(href, "}") + 1;
			size_t n = strcspn(path, "/");
			if (!n)
				return false;
			path += n;
		} else if (*href++ != *path++) {
			return false;
		}
	}
	return !*href && !*path;
}

static bool link_fits(const json_t *link, const char *method, const char *path, json_t *body)
{
	const json_t *wanted = json_object_get(link, "schema");

	if (strcmp(heroku_str(link, "method"), method) != 0 ||
	    !href_fits(heroku_str(link, "href"), path))
		return false;
	*why = 0;
	if (!wanted)
		return !body || bad("", "none is allowed");
	return body ? fits(wanted, body, "") : !json_object_get(wanted, "required");
}

static bool request_fits(const char *method, const char *path, json_t *body)
{
	const char *name;
	json_t *definition;

	(void)snprintf(why, sizeof why, "no such link");
	json_object_foreach(json_object_get(schema, "definitions"), name, definition)
	{
		const json_t *links = json_object_get(definition, "links");
		for (size_t i = 0; i < json_array_size(links); i++)
			if (link_fits(json_array_get(links, i), method, path, body))
				return true;
	}
	return false;
}

/* ---- the client, with every call it has ---- */

struct seen {
	struct play play; /* first: the world's clock looks at it */
	unsigned n, refused;
};

static int judge(
    void *arg, const struct http_request *req, struct http_response *res, struct err *err)
{
	struct seen *seen = arg;
	const char *method = req->method ? req->method : "GET", *path = req->url + strlen(BASE);
	json_auto_t *body = json_loadb(req->body ? req->body : "", req->body_len, 0, NULL);

	(void)err;
	seen->n++;
	*why = 0;
	if (req->body_len && !body)
		fail_msg("%s %s: the body is no JSON", method, path);
	if (!request_fits(method, path, body)) {
		seen->refused++;
		print_message("# %s %s: %s\n", method, path, why);
	}
	memset(res, 0, sizeof *res);
	buf_init(&res->headers, 1000);
	buf_init(&res->body, 1000);
	res->phase = HTTP_TTFB;
	res->status = 200;
	buf_put(&res->body, strcmp(method, "GET") == 0 ? "[]" : "{}");
	res->body_bytes = res->body.len;
	return 0;
}

static void all_apps_calls(struct heroku *h)
{
	struct heroku_app_new mine = {.name = "ferret-x", .region = "us", .stack = "heroku-24"};
	struct heroku_app_new ours = {.name = "ferret-x", .team = "monitors"};
	json_t *out;
	int64_t n;

	(void)heroku_app_create(h, &mine, &out, NULL), json_decref(out);
	(void)heroku_app_create(h, &ours, &out, NULL), json_decref(out);
	(void)heroku_app(h, "x", &out, NULL), json_decref(out);
	(void)heroku_apps(h, NULL, &out, NULL), json_decref(out);
	(void)heroku_apps(h, "monitors", &out, NULL), json_decref(out);
	(void)heroku_app_update(h, "x", json_pack("{s:b}", "maintenance", 1), NULL, NULL);
	(void)heroku_app_delete(h, "x", NULL);
	(void)heroku_app_transfer(h, "x", "a@b.example", NULL);
	(void)heroku_collaborator_add(h, "x", "a@b.example", NULL, NULL);
	(void)heroku_collaborator_add(
	    h, "x", "a@b.example", json_pack("[s,s]", "view", "deploy"), NULL);
	(void)heroku_collaborator_remove(h, "x", "a@b.example", NULL);
	(void)heroku_collaborators(h, "x", &out, NULL), json_decref(out);
	(void)heroku_member_put(h, "monitors", "a@b.example", "member", NULL);
	(void)heroku_config(h, "x", &out, NULL), json_decref(out);
	(void)heroku_config_set(
	    h, "x", json_pack("{s:s,s:n}", "FERRET_FLEET", "y", "GONE"), NULL, NULL);
	(void)heroku_account(h, &out, NULL), json_decref(out);
	(void)heroku_rate_limit(h, &n, NULL);
	(void)heroku_stacks(h, NULL, &out, NULL), json_decref(out);
	(void)heroku_stacks(h, "x", &out, NULL), json_decref(out);
	(void)heroku_token_create(
	    h, "ferret", json_pack("[s]", "read-protected"), 3600, &out, NULL);
	json_decref(out);
	(void)heroku_token_create(h, "ferret", json_pack("[s]", "global"), 0, &out, NULL);
	json_decref(out);
	(void)heroku_tokens(h, &out, NULL), json_decref(out);
	(void)heroku_token_delete(h, "01234567-89ab-cdef-0123-456789abcdef", NULL);
}

static void all_dynos_calls(struct heroku *h)
{
	struct heroku_dyno_new plain = {.command = "ls"};
	struct heroku_dyno_new full = {
	    .command = "ls ; echo \"\xef\xbf\xbf heroku-command-exit-status: $?\"",
	    .type = "run",
	    .size = "eco",
	    .attach = true,
	    .time_to_live_s = 300,
	    .env = json_pack("{s:s}", "TERM", "dumb"),
	};
	json_t *out;

	(void)heroku_formation(h, "x", &out, NULL), json_decref(out);
	(void)heroku_scale(h, "x", "web", 2, "basic", NULL);
	(void)heroku_scale(h, "x", "web", 0, NULL, NULL);
	(void)heroku_scale_all(h, "x",
	    json_pack(
		"[o,o]", heroku_scale_row("web", 1, "eco"), heroku_scale_row("worker", 0, NULL)),
	    NULL, NULL);
	(void)heroku_dyno_run(h, "x", &plain, &out, NULL), json_decref(out);
	(void)heroku_dyno_run(h, "x", &full, &out, NULL), json_decref(out);
	(void)heroku_dynos(h, "x", &out, NULL), json_decref(out);
	(void)heroku_dyno(h, "x", "web.1", &out, NULL), json_decref(out);
	(void)heroku_restart_dyno(h, "x", "web.1", NULL);
	(void)heroku_restart_type(h, "x", "web", NULL);
	(void)heroku_restart_all(h, "x", NULL);
	(void)heroku_stop_dyno(h, "x", "run.1", NULL);
	(void)heroku_stop_type(h, "x", "web", NULL);
}

static void all_deploy_calls(struct heroku *h)
{
	static const char id[] = "01234567-89ab-cdef-0123-456789abcdef";
	struct heroku_build_new small = {.source_url = "https://h.example/a.tgz"};
	struct heroku_build_new build = {
	    .source_url = "https://h.example/a.tgz",
	    .checksum = "SHA256:e3b0c442",
	    .version = "abc123",
	    .buildpacks = json_pack(
		"[{s:s},{s:s}]", "name", "heroku-community/apt", "url", "https://h.example/bp.git"),
	};
	struct heroku_slug_new slug = {
	    .process_types = json_pack("{s:s}", "web", "./web"),
	    .stack = "heroku-24",
	    .commit = "60883d9e8947a57e04dc9124f25df004866a2051",
	    .checksum = "SHA256:e3b0c442",
	};
	json_t *out;

	(void)heroku_source_create(h, &out, NULL), json_decref(out);
	(void)heroku_build_create(h, "x", &small, &out, NULL), json_decref(out);
	(void)heroku_build_create(h, "x", &build, &out, NULL), json_decref(out);
	(void)heroku_build(h, "x", id, &out, NULL), json_decref(out);
	(void)heroku_build_wait(h, "x", id, &out, NULL), json_decref(out);
	(void)heroku_build_cancel(h, "x", id, NULL);
	(void)heroku_cache_clear(h, "x", NULL);
	(void)heroku_buildpacks_set(
	    h, "x", json_pack("[{s:s}]", "buildpack", "heroku-community/apt"), NULL);
	(void)heroku_slug_create(h, "x", &slug, &out, NULL), json_decref(out);
	(void)heroku_release_slug(h, "x", id, "ferret 1", &out, NULL), json_decref(out);
	(void)heroku_rollback(h, "x", id, &out, NULL), json_decref(out);
	(void)heroku_release(h, "x", "7", &out, NULL), json_decref(out);
	(void)heroku_release_wait(h, "x", "7", &out, NULL), json_decref(out);
	(void)heroku_releases(h, "x", 10, &out, NULL), json_decref(out);
}

static void all_parts_calls(struct heroku *h)
{
	struct heroku_addon_new addon = {
	    .plan = "heroku-postgresql:essential-0",
	    .name = "ferret-db",
	    .config = json_pack("{s:s}", "version", "16"),
	    .confirm = "x",
	};
	struct heroku_addon_new small = {.plan = "papertrail:choklad"};
	struct heroku_log_opts all = {.lines = -1};
	struct heroku_log_opts some = {
	    .lines = 10, .tail = true, .source = "app", .dyno = "web.1", .type = "web"};
	json_t *out;

	(void)heroku_addon_create(h, "x", &addon, &out, NULL), json_decref(out);
	(void)heroku_addon_create(h, "x", &small, &out, NULL), json_decref(out);
	(void)heroku_addon(h, "x", "ferret-db", &out, NULL), json_decref(out);
	(void)heroku_addons(h, "x", &out, NULL), json_decref(out);
	(void)heroku_addon_delete(h, "x", "ferret-db", NULL);
	(void)heroku_domain_add(h, "x", "a.b.example", NULL, &out, NULL), json_decref(out);
	(void)heroku_domain_add(h, "x", "a.b.example", "akita-7643", &out, NULL), json_decref(out);
	(void)heroku_domain_update(h, "x", "a.b.example", "akita-7643", NULL);
	(void)heroku_domain_remove(h, "x", "a.b.example", NULL);
	(void)heroku_domains(h, "x", &out, NULL), json_decref(out);
	(void)heroku_sni_add(h, "x", "-----BEGIN CERTIFICATE-----", "-----BEGIN", &out, NULL);
	json_decref(out);
	(void)heroku_sni_update(h, "x", "akita-7643", "-----BEGIN", "-----BEGIN", NULL);
	(void)heroku_sni_remove(h, "x", "akita-7643", NULL);
	(void)heroku_snis(h, "x", &out, NULL), json_decref(out);
	(void)heroku_drain_add(h, "x", "https://u:p@l.example/logs?x=1", &out, NULL),
	    json_decref(out);
	(void)heroku_drain_remove(h, "x", "d.01234567-89ab-cdef-0123-456789abcdef", NULL);
	(void)heroku_drains(h, "x", &out, NULL), json_decref(out);
	(void)heroku_log_session(h, "x", &all, &out, NULL), json_decref(out);
	(void)heroku_log_session(h, "x", &some, &out, NULL), json_decref(out);
}

static void every_request_is_in_the_schema(void **state)
{
	struct seen seen = {0};
	struct heroku_world world = {judge, play_now, play_sleep, play_chance, &seen};
	struct heroku_opts opts = {.key = KEY, .url = BASE, .world = &world};
	struct heroku *h = NULL;

	(void)state;
	assert_int_equal(heroku_open(&h, &opts, NULL), 0);
	all_apps_calls(h);
	all_dynos_calls(h);
	all_deploy_calls(h);
	all_parts_calls(h);
	heroku_close(h);
	assert_in_range(seen.n, 65, 75);
	assert_int_equal(seen.refused, 0);
}

static void the_judge_can_refuse(void **state)
{
	static const struct {
		const char *method, *path, *body, *says;
	} rows[] = {
	    {"POST", "/apps", "{\"name\":\"ferret-x\",\"nme\":1}", "nme"},
	    {"POST", "/apps", "{\"name\":\"F\"}", "pattern"},
	    {"POST", "/apps", "{\"name\":5}", "type"},
	    {"POST", "/app", "{}", "no such link"},
	    {"PUT", "/apps", "{}", "no such link"},
	    {"GET", "/apps", "{}", "none is allowed"},
	    {"POST", "/apps/x/dynos", "{\"attach\":true}", "command"},
	    {"POST", "/apps/x/domains", "{\"hostname\":\"a.example\"}", "sni_endpoint"},
	    {"PATCH", "/apps/x/config-vars", "{\"A\":1}", "type"},
	    {"PATCH", "/apps/x/config-vars", "{\"A B\":\"1\"}", "A B"},
	    {"PATCH", "/apps/x/formation", "{\"updates\":[{\"type\":\"web\",\"qty\":1}]}", "qty"},
	    {"POST", "/oauth/authorizations", "{}", "scope"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_auto_t *body = json_loads(rows[i].body, 0, NULL);
		assert_false(request_fits(rows[i].method, rows[i].path, body));
		if (!strstr(why, rows[i].says))
			fail_msg("%s: '%s' does not say '%s'", rows[i].body, why, rows[i].says);
	}
}

static int load(void **state)
{
	const char *source = getenv("FERRET_SRC");
	AUTO_FREE char *path =
	    xasprintf("%s/sandbox/platform-api-schema.json", source ? source : ".");

	(void)state;
	schema = json_load_file(path, 0, NULL);
	return schema ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	json_decref(schema);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_request_is_in_the_schema),
	    cmocka_unit_test(the_judge_can_refuse),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, load, unload);
}
