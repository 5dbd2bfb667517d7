/* SPDX-License-Identifier: MIT */
#include "api_gate.h"
#include "hands.h"
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

static void faults(struct api *api, struct exch *x, const char *name)
{
	const char *method = exch_method(x);

	if (strcmp(method, "PUT") == 0 && *name) {
		put_fault(api, x, name);
	} else if (strcmp(method, "DELETE") == 0) {
		bool was = fault_clear(api->fault, *name ? name : NULL);

		answer_json(x, was || !*name ? 200 : 404, fault_list(api->fault));
	} else if (strcmp(method, "GET") == 0) {
		answer_json(x, 200, fault_list(api->fault));
	} else {
		answer_error(x, 405, "GET, PUT or DELETE expected");
	}
}

static void whole_state(struct api *api, struct exch *x)
{
	json_t *all = json_pack("{s:O, s:O, s:O}", "apps", api->state->apps, "account",
	    api->state->global, "faults", fault_list(api->fault));

	answer_json(x, 200, all);
	json_decref(all);
}

bool hands_take(struct api *api, struct exch *x)
{
	const char *path = exch_path(x);

	if (strncmp(path, "/_sandbox/faults", 16) == 0 && (path[16] == '/' || path[16] == '\0'))
		faults(api, x, path[16] ? path + 17 : "");
	else if (strcmp(path, "/_sandbox/state") == 0)
		whole_state(api, x);
	else if (strcmp(path, "/schema") == 0 && strcmp(exch_method(x), "GET") == 0)
		exch_answer(
		    x, 200, type_json, schema_text(api->schema), strlen(schema_text(api->schema)));
	else if (strncmp(path, "/_sandbox", 9) == 0)
		answer_error(x, 404, "no such thing: /_sandbox/faults[/NAME], /_sandbox/state");
	else
		return false;
	return true;
}
