/* SPDX-License-Identifier: MIT */
#include <ctype.h>

#include "api_gate.h"
#include "base64.h"
#include "buf.h"
#include "clock.h"
#include "range.h"
#include "xmem.h"

json_t *gate_authorization(const struct call *c)
{
	const char *header = exch_header(c->x, "Authorization"), *token = NULL;
	json_t *all = state_list(c->api->state->global, "authorizations"), *one;
	struct buf AUTO_BUF plain = BUF_INIT(512);
	size_t i;

	if (header && strncasecmp(header, "Bearer ", 7) == 0) {
		token = header + 7;
	} else if (header && strncasecmp(header, "Basic ", 6) == 0) {
		if (base64_read(&plain, header + 6) == 0)
			token = strchr(buf_str(&plain), ':');
		token += token != NULL;
	}
	if (!token || !*token)
		return NULL;
	json_array_foreach(all, i, one)
	{
		json_t *until = json_object_get(one, "_until_ms");

		if (strcmp(state_str(json_object_get(one, "access_token"), "token"), token) == 0 &&
		    (!until || clock_wall_ms() < json_integer_value(until)))
			return one;
	}
	return NULL;
}

static bool check_version(struct call *c)
{
	const char *accept = exch_header(c->x, "Accept");

	if (accept && strstr(accept, "application/vnd.heroku+json") && strstr(accept, "version=3"))
		return true;
	call_fail(c, 406, "not_acceptable", NULL,
	    "The `Accept` header must ask for `application/vnd.heroku+json; version=3`.");
	return false;
}

static bool take_token(struct call *c)
{
	struct api *api = c->api;
	unsigned most = api->rules.burst ? api->rules.burst : api->rules.rate;
	uint64_t now = clock_mono_ns();

	api->tokens += (double)(now - api->refilled_ns) / 1e9 * api->rules.rate / 3600.0;
	if (api->tokens > most)
		api->tokens = most;
	api->refilled_ns = now;
	if (strcmp(exch_path(c->x), "/account/rate-limits") == 0)
		return true;
	if (api->tokens < 1) {
		call_fail(c, 429, "rate_limit", NULL, "%s", CALL_RATE_LIMIT);
		return false;
	}
	api->tokens -= 1;
	return true;
}

bool gate_open(struct call *c)
{
	if (!check_version(c))
		return false;
	if (!gate_authorization(c)) {
		if (exch_header(c->x, "Authorization"))
			call_fail(c, 401, "unauthorized", NULL, "Invalid credentials provided.");
		else
			call_fail(c, 401, "unauthorized", NULL,
			    "There were no credentials in your `Authorization` header. Try "
			    "`Authorization: Bearer <OAuth access token>` or `Authorization: "
			    "Basic <base64-encoded email + \":\" + password>`.");
		return false;
	}
	return take_token(c);
}

/* Blank-separated scopes that may use this link (facts/heroku.md 1.1). */
static const char *scopes_of(const struct schema_link *l)
{
	bool read = strcmp(l->method, "GET") == 0;

	if (strncmp(l->href, "/oauth/", 7) == 0)
		return "global";
	if (strncmp(l->href, "/account", 8) == 0 || strncmp(l->href, "/users", 6) == 0)
		return read ? "global identity read read-protected write write-protected"
			    : "global";
	if (strstr(l->href, "/config-vars") || strstr(l->href, "/releases"))
		return read ? "global read-protected write-protected" : "global write-protected";
	if (strcmp(l->href, "/apps") == 0 && !read)
		return "create-apps global write write-protected";
	if (read || strstr(l->href, "/log-sessions"))
		return "global read read-protected write write-protected";
	return "global write write-protected";
}

static bool has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == ' ' || p[n] == '\0'))
			return true;
	return false;
}

bool gate_scope(struct call *c)
{
	json_t *scopes = json_object_get(gate_authorization(c), "scope"), *one;
	const char *accepted = scopes_of(c->link);
	struct buf AUTO_BUF have = BUF_INIT(BUF_MAX_LINE);
	bool may = false;
	size_t i;

	json_array_foreach(scopes, i, one)
	{
		may = may || has_word(accepted, json_string_value(one));
		buf_put(&have, "%s%s", i ? " " : "", json_string_value(one));
	}
	exch_add_header(c->x, "Oauth-Scope", buf_str(&have));
	exch_add_header(c->x, "Oauth-Scope-Accepted", accepted);
	if (!may)
		call_fail(c, 403, "forbidden", NULL,
		    "This token does not have the required scope; it needs one of: %s.", accepted);
	return may;
}

static void page(struct call *c)
{
	struct range_page p = range_cut(
	    c->out, c->link->resource, exch_header(c->x, "Range"), c->api->rules.page_max);

	if (p.accept)
		exch_add_header(c->x, "Accept-Ranges", p.accept);
	if (p.status == 416)
		call_fail(c, 416, "requested_range_not_satisfiable", NULL,
		    "The range is none of this list; it can be sorted by: %s.", p.accept);
	else
		c->status = p.status;
	if (p.content)
		exch_add_header(c->x, "Content-Range", p.content);
	if (p.next)
		exch_add_header(c->x, "Next-Range", p.next);
	free(p.content);
	free(p.next);
}

/* A digest for ETag: FNV-1a twice, in the looks of an MD5. */
static void etag(const char *text, char out[40])
{
	uint64_t a = 14695981039346656037ULL, b = a ^ 0x5bd1e995;

	for (; *text; text++) {
		a = (a ^ (unsigned char)*text) * 1099511628211ULL;
		b = (b ^ (unsigned char)*text) * 1099511628211ULL + 1;
	}
	(void)snprintf(out, 40, "\"%016llx%016llx\"", (unsigned long long)a, (unsigned long long)b);
}

static void common_headers(struct call *c)
{
	json_t *id = state_uuid();
	char left[24];

	(void)snprintf(left, sizeof left, "%d", (int)c->api->tokens);
	exch_add_header(c->x, "Request-Id", json_string_value(id));
	exch_add_header(c->x, "RateLimit-Remaining", left);
	exch_add_header(c->x, "RateLimit-Multiplier", "1");
	exch_add_header(c->x, "Cache-Control", "private, no-cache");
	exch_add_header(c->x, "Vary", "Accept-Encoding");
	exch_add_header(c->x, "X-Content-Type-Options", "nosniff");
	json_decref(id);
}

static bool spoil(struct call *c, json_t *fault)
{
	static const char html[] = "<!DOCTYPE html><html><head><title>Application error</title>"
				   "</head><body>An error occurred</body></html>";
	static const char garbage[] = "{\"id\": \"01234567-89ab, \"na";
	const char *body = state_str(fault, "body");

	api_spoil(c->x, fault);
	if (strcmp(body, "html") == 0)
		exch_answer(c->x, c->status, "text/html", html, sizeof html - 1);
	else if (strcmp(body, "garbage") == 0)
		exch_answer(c->x, c->status, "application/json", garbage, sizeof garbage - 1);
	else
		return false;
	return true;
}

static void keep_state(struct call *c)
{
	struct err AUTO_ERR err = ERR_INIT;

	if (state_save(c->api->state, &err)) {
		err_print("sandbox", &err);
		if (strcmp(exch_method(c->x), "GET") == 0)
			return; /* it is tried again with the next request */
		call_fail(c, 500, "internal_server_error", NULL, "The state could not be kept.");
	}
}

/* An answer that the platform would not give is our own fault, and must not pass for the client's. */
static json_t *check_own(struct call *c, json_t *shown)
{
	struct err AUTO_ERR why = ERR_INIT;

	if (!shown || !c->api->rules.check || c->status / 100 != 2 || !c->link ||
	    schema_check_answer(c->api->schema, c->link, shown, &why) == SCHEMA_OK)
		return shown;
	(void)fprintf(stderr, "sandbox: %s %s answers what its schema does not say: %s\n",
	    c->link->method, c->link->href, err_text(&why));
	call_fail(c, 500, "internal_server_error", c->link->resource,
	    "The sandbox's own answer is not what the schema says: %s", err_text(&why));
	json_decref(shown);
	return json_incref(c->out);
}

void gate_answer(struct call *c, json_t *fault)
{
	char AUTO_FREE *text = NULL;
	char tag[40];
	json_t *shown;
	const char *match = exch_header(c->x, "If-None-Match");

	if (c->status == 200 && json_is_array(c->out) && c->link &&
	    strcmp(c->link->method, "GET") == 0)
		page(c);
	keep_state(c);
	shown = check_own(c, state_public(c->out));
	text = shown ? json_dumps(shown, JSON_INDENT(2) | JSON_ENCODE_ANY) : xstrdup("");
	json_decref(shown);
	common_headers(c);
	if (spoil(c, fault))
		return;
	if (c->status / 100 == 2 && *text && strcmp(exch_method(c->x), "GET") == 0) {
		etag(text, tag);
		exch_add_header(c->x, "ETag", tag);
		if (match && strcmp(match, tag) == 0) {
			exch_answer(c->x, 304, NULL, "", 0);
			return;
		}
	}
	exch_answer(c->x, c->status, "application/json", text, strlen(text));
}
