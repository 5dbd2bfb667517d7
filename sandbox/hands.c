/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <unistd.h>

#include "api_gate.h"
#include "hands.h"
#include "io.h"
#include "world.h"
#include "xmem.h"

static const char type_json[] = "application/json";

bool hands_to_file(void *arg, const char *method, const char *path)
{
	(void)arg;
	return (strcmp(method, "POST") == 0 && strncmp(path, "/git/", 5) == 0) ||
	       (strcmp(method, "PUT") == 0 && strncmp(path, "/blobs/", 7) == 0);
}

static void answer_json(struct exch *x, int status, const json_t *value)
{
	char AUTO_FREE *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);

	exch_answer(x, status, type_json, text ? text : "{}", text ? strlen(text) : 2);
}

static void answer_error(struct exch *x, int status, const char *text)
{
	json_t *e = json_pack("{s:s, s:s}", "id", "sandbox", "message", text);

	answer_json(x, status, e);
	json_decref(e);
}

static void put_fault(struct api *api, struct exch *x, const char *name)
{
	struct err AUTO_ERR err = ERR_INIT;
	size_t n;
	const char *text = exch_body(x, &n);
	json_t *body = n ? json_loadb(text, n, 0, NULL) : json_object();

	if (!body || fault_set(api->fault, name, body, &err))
		answer_error(x, 422, body ? err_text(&err) : "the body is no JSON");
	else
		answer_json(x, 200, body);
	json_decref(body);
}

static void answer_faults(struct api *api, struct exch *x, int status)
{
	json_t *all = fault_list(api->fault);

	answer_json(x, status, all);
	json_decref(all);
}

static void faults(struct api *api, struct exch *x, const char *name)
{
	const char *method = exch_method(x);

	if (strcmp(method, "PUT") == 0 && *name) {
		put_fault(api, x, name);
	} else if (strcmp(method, "DELETE") == 0) {
		bool was = fault_clear(api->fault, *name ? name : NULL);

		answer_faults(api, x, was || !*name ? 200 : 404);
	} else if (strcmp(method, "GET") == 0) {
		answer_faults(api, x, 200);
	} else {
		answer_error(x, 405, "GET, PUT or DELETE expected");
	}
}

static void whole_state(struct api *api, struct exch *x)
{
	json_t *all = json_pack("{s:O, s:O, s:o}", "apps", api->state->apps, "account",
	    api->state->global, "faults", fault_list(api->fault));

	answer_json(x, 200, all);
	json_decref(all);
}

/* As --clean does it, while it runs: every app is destroyed, the account begins anew. */
static void clean(struct api *api, struct exch *x)
{
	struct err AUTO_ERR err = ERR_INIT;
	json_t *doc, *empty = json_object();
	void *first;

	while ((first = json_object_iter(api->state->apps))) {
		doc = json_object_iter_value(first);
		world_app_gone(api->world, doc);
		state_remove_app(api->state, doc);
	}
	json_object_clear(api->state->global);
	fault_clear(api->fault, NULL);
	api_account_make(api);
	world_resume(api->world); /* no app: nothing on disk is known any more */
	if (state_save(api->state, &err))
		answer_error(x, 500, err_text(&err));
	else
		answer_json(x, 200, empty);
	json_decref(empty);
}

static void state(struct api *api, struct exch *x)
{
	if (strcmp(exch_method(x), "DELETE") == 0)
		clean(api, x);
	else if (strcmp(exch_method(x), "GET") == 0)
		whole_state(api, x);
	else
		answer_error(x, 405, "GET or DELETE expected");
}

static void drains(struct api *api, struct exch *x)
{
	json_t *all = world_drain_counts(api->world);

	answer_json(x, 200, all);
	json_decref(all);
}

/* Credentials as the API's; without any 401 first, as git expects it. */
static void git(struct api *api, struct exch *x)
{
	struct call c = {.api = api, .x = x};

	if (!gate_authorization(&c)) {
		exch_add_header(x, "WWW-Authenticate", "Basic realm=\"Heroku\"");
		exch_answer(x, 401, "text/plain", "Credentials, please.\n", 21);
	} else {
		world_git(api->world, x);
	}
}

struct unpacking {
	struct exch *x;
	bool gone;
};

static void upload_gone(void *arg)
{
	struct unpacking *u = arg;

	u->x = NULL;
	u->gone = true;
}

static void unpacked(void *arg, bool ok)
{
	struct unpacking *u = arg;
	struct exch *x = u->x;

	if (x) {
		exch_on_gone(x, NULL, NULL);
		exch_answer(x, ok ? 200 : 400, NULL, "", 0);
	}
	free(u);
}

static bool keep_blob(struct exch *x, const char *path)
{
	char block[65536];
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	bool kept = fd >= 0;
	ssize_t n;

	while (kept && (n = read(exch_body_file(x), block, sizeof block)) != 0)
		kept = n > 0 && io_write_all(fd, block, (size_t)n) == 0;
	if (fd >= 0 && close(fd))
		kept = false;
	if (!kept)
		(void)unlink(path); /* no half of it */
	return kept;
}

/* /blobs/ID of a source or a slug: PUT as a signed URL wants it, GET. */
static void blob(struct api *api, struct exch *x, const char *id)
{
	char AUTO_FREE *path = xasprintf("%s/blobs/%s", api->state->dir, id);
	const char *slug = strncmp(id, "slug-", 5) == 0 ? id + 5 : NULL;
	const char *type = exch_header(x, "Content-Type");
	json_t *known =
	    state_find(state_list(api->state->global, "blobs"), "id", NULL, slug ? slug : id);

	if (!known) {
		exch_answer(x, 403, "text/plain", "SignatureDoesNotMatch\n", 22);
	} else if (strcmp(exch_method(x), "PUT") != 0) {
		exch_answer(x, 405, "text/plain", "PUT expected\n", 13);
	} else if (!exch_header(x, "Content-Length") || (type && *type)) {
		exch_answer(x, 403, "text/plain",
		    "SignatureDoesNotMatch: Content-Length and an empty Content-Type are signed\n",
		    75);
	} else if (!keep_blob(x, path)) {
		exch_answer(x, 500, "text/plain", "Not kept\n", 9);
	} else if (slug) {
		struct unpacking *u = xcalloc(1, sizeof *u);

		u->x = x;
		exch_on_gone(x, upload_gone, u);
		world_unpack(api->world, path, slug, unpacked, u);
	} else {
		exch_answer(x, 200, NULL, "", 0);
	}
}

/* Is it over with a fault? Else it goes on, its answer perhaps late or cut. */
static bool struck(struct api *api, struct exch *x)
{
	json_t *fault = json_incref(api_fault(api, x));
	bool html = strcmp(state_str(fault, "body"), "html") == 0, over = true;
	int status = (int)json_integer_value(json_object_get(fault, "status"));
	const char *message;

	(void)api_fault_id(fault, &message);
	api_spoil(x, fault);
	if (json_is_true(json_object_get(fault, "hang")))
		exch_hang(x);
	else if (status || *state_str(fault, "body"))
		exch_answer(x, status ? status : 200, html ? "text/html" : "text/plain",
		    html ? "<!DOCTYPE html><html></html>" : message,
		    html ? sizeof "<!DOCTYPE html><html></html>" - 1 : strlen(message));
	else
		over = false;
	json_decref(fault);
	return over;
}

static const char *const streams[] = {"/git/", "/blobs/", "/logs/", "/builds/"};

static bool is_stream(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(streams); i++)
		if (strncmp(path, streams[i], strlen(streams[i])) == 0)
			return true;
	return false;
}

/* What is ours alone tells keys and moves faults: for who has the key. */
static bool own(struct api *api, struct exch *x, const char *path)
{
	struct call c = {.api = api, .x = x};

	if (strncmp(path, "/_sandbox", 9) != 0 || gate_authorization(&c))
		return true;
	answer_error(x, 401, "`Authorization: Bearer` with the account's key expected");
	return false;
}

bool hands_take(struct api *api, struct exch *x)
{
	const char *path = exch_path(x);

	if (!own(api, x, path))
		return true;
	if (is_stream(path) && struck(api, x))
		return true;
	if (strncmp(path, "/_sandbox/faults", 16) == 0 && (path[16] == '/' || path[16] == '\0'))
		faults(api, x, path[16] ? path + 17 : "");
	else if (strcmp(path, "/_sandbox/state") == 0)
		state(api, x);
	else if (strcmp(path, "/_sandbox/drains") == 0)
		drains(api, x);
	else if (strncmp(path, "/git/", 5) == 0)
		git(api, x);
	else if (strncmp(path, "/blobs/", 7) == 0)
		blob(api, x, path + 7);
	else if (strncmp(path, "/logs/", 6) == 0)
		world_read_log(api->world, x, path + 6);
	else if (strncmp(path, "/builds/", 8) == 0)
		world_build_output(api->world, x, path + 8);
	else if (strcmp(path, "/schema") == 0 && strcmp(exch_method(x), "GET") == 0)
		exch_answer(
		    x, 200, type_json, schema_text(api->schema), strlen(schema_text(api->schema)));
	else if (strncmp(path, "/_sandbox", 9) == 0)
		answer_error(x, 404,
		    "no such thing: /_sandbox/faults[/NAME], /_sandbox/state, "
		    "/_sandbox/drains");
	else
		return false;
	return true;
}
