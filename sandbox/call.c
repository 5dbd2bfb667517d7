/* SPDX-License-Identifier: MIT */
/* What all handlers use. */
#include "api.h"
#include "xmem.h"

void call_fail(
    struct call *c, int status, const char *id, const char *resource, const char *fmt, ...)
{
	char AUTO_FREE *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	message = xvasprintf(fmt, ap);
	va_end(ap);
	json_decref(c->out);
	c->status = status;
	c->out = json_pack("{s:s, s:s}", "id", id, "message", message);
	if (!c->out) /* not UTF-8, as the client sent it */
		c->out = json_pack("{s:s, s:s}", "id", id, "message", "(bytes that are no UTF-8)");
	if (resource)
		json_object_set_new(c->out, "resource", json_string(resource));
	if (status == 429)
		json_object_set_new(c->out, "url",
		    json_string("https://devcenter.heroku.com/articles/"
				"platform-api-reference#rate-limits"));
}

void call_missing(struct call *c, const char *resource)
{
	char AUTO_FREE *word = xstrdup(resource);

	for (char *p = word; *p; p++)
		if (*p == '_')
			*p = ' ';
	call_fail(c, 404, "not_found", resource, "Couldn't find that %s.", word);
}

const char *call_param(const struct call *c, size_t i)
{
	return i < c->params.n ? c->params.v[i] : "";
}

json_t *call_json(const struct call *c, const char *key)
{
	json_t *v = json_object_get(c->body, key);

	return json_is_null(v) ? NULL : v;
}

const char *call_text(const struct call *c, const char *key)
{
	return json_string_value(json_object_get(c->body, key));
}

void call_give(struct call *c, int status, json_t *borrowed)
{
	json_decref(c->out);
	c->status = status;
	c->out = json_is_array(borrowed) ? json_copy(borrowed) : json_incref(borrowed);
}

void call_touch(struct call *c)
{
	state_touch(c->api->state, c->app);
}

json_t *call_app_ref(const json_t *doc)
{
	json_t *app = json_object_get(doc, "app");

	return json_pack("{s:s, s:s}", "id", state_str(app, "id"), "name", state_str(app, "name"));
}

json_t *api_user_ref(const struct api *api)
{
	json_t *account = json_object_get(api->state->global, "account");

	return json_pack(
	    "{s:s, s:s}", "id", state_str(account, "id"), "email", state_str(account, "email"));
}
