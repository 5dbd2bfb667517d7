/* SPDX-License-Identifier: MIT */
#include "manifest.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include "xmem.h"

/* What app.json may hold: s string, a array, o object. */
static const struct {
	const char *key;
	char type;
} keys[] = {{"name", 's'}, {"description", 's'}, {"keywords", 'a'}, {"website", 's'},
    {"repository", 's'}, {"logo", 's'}, {"success_url", 's'}, {"scripts", 'o'}, {"env", 'o'},
    {"formation", 'o'}, {"addons", 'a'}, {"buildpacks", 'a'}, {"environments", 'o'}, {"stack", 's'},
    {"image", 's'}, {"$schema", 's'}};

static void FE_PRINTF(2, 3) wrong(struct manifest *m, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char AUTO_FREE *text = xvasprintf(fmt, ap);

	va_end(ap);
	json_array_append_new(m->errors, json_string(text));
}

static bool has_type(char type, const json_t *v)
{
	return type == 's' ? json_is_string(v) : type == 'a' ? json_is_array(v) : json_is_object(v);
}

static void check_keys(struct manifest *m, json_t *root)
{
	const char *key;
	json_t *v;

	json_object_foreach(root, key, v)
	{
		size_t i = 0;

		while (i < ARRAY_LEN(keys) && strcmp(keys[i].key, key) != 0)
			i++;
		if (i == ARRAY_LEN(keys))
			wrong(m, "unknown key %s", key);
		else if (!has_type(keys[i].type, v))
			wrong(m, "%s must be %s", key,
			    keys[i].type == 's'   ? "a string"
			    : keys[i].type == 'a' ? "an array"
						  : "an object");
	}
}

/* The value of one var, a new reference; NULL: none (an error, or not required). */
static json_t *value_of(struct manifest *m, const char *name, json_t *v, json_t *(*secret)(void))
{
	json_t *value = json_object_get(v, "value"), *generator = json_object_get(v, "generator");
	json_t *required = json_object_get(v, "required");

	if (json_is_string(v))
		return json_incref(v);
	if (!json_is_object(v))
		wrong(m, "config var %s must be a string or an object", name);
	else if (value && !json_is_string(value))
		wrong(m, "config var %s: value must be a string", name);
	else if (required && !json_is_boolean(required))
		wrong(m, "config var %s: required must be true or false", name);
	else if (generator && (!json_is_string(generator) ||
				  strcmp(json_string_value(generator), "secret") != 0))
		wrong(m, "config var %s: generator must be secret", name);
	else if (json_string_length(value))
		return json_incref(value);
	else if (generator)
		return secret();
	else if (!json_is_false(required))
		wrong(m, "config var %s is required", name);
	return NULL;
}

static void take_env(struct manifest *m, const json_t *root, json_t *given, json_t *(*secret)(void))
{
	json_t *v, *wanted = json_object_get(root, "env");
	const char *name;

	json_object_foreach(wanted, name, v)
	{
		json_t *value = json_object_get(given, name) ? NULL : value_of(m, name, v, secret);

		if (value)
			json_object_set_new(m->env, name, value);
	}
	json_object_update(m->env, given);
}

static void take_addons(struct manifest *m, const json_t *root)
{
	json_t *one, *all = json_object_get(root, "addons");
	size_t i;

	json_array_foreach(all, i, one)
	{
		json_t *plan = json_is_string(one) ? one : json_object_get(one, "plan");

		if (json_string_length(plan))
			json_array_append_new(m->addons, json_pack("{s:O,s:O?}", "plan", plan, "as",
							     json_object_get(one, "as")));
		else
			wrong(m, "addons[%zu] must be a plan, or an object with one", i);
	}
}

static void take_buildpacks(struct manifest *m, const json_t *root, json_t *given)
{
	json_t *one, *all = given ? given : json_object_get(root, "buildpacks");
	size_t i;

	json_array_foreach(all, i, one)
	{
		json_t *url = json_object_get(one, "url");

		if (json_string_length(url))
			json_array_append(m->buildpacks, url);
		else
			wrong(m, "buildpacks[%zu] must be an object with a url", i);
	}
}

static void take_formation(struct manifest *m, const json_t *root)
{
	json_t *one, *all = json_object_get(root, "formation");
	const char *type;

	json_object_foreach(all, type, one)
	{
		json_t *n = json_object_get(one, "quantity"), *size = json_object_get(one, "size");

		if (!json_is_object(one) || (n && !json_is_integer(n)) ||
		    json_integer_value(n) < 0 || (size && !json_is_string(size)))
			wrong(m, "formation.%s must be an object of quantity and size", type);
		else
			json_object_set(m->formation, type, one);
	}
}

static json_t *text_or_null(struct manifest *m, const char *what, json_t *v)
{
	if (v && !json_is_string(v))
		wrong(m, "%s must be a string", what);
	return json_is_string(v) ? json_incref(v) : json_null();
}

void manifest_read(struct manifest *m, const char *text, size_t n, const json_t *overrides,
    json_t *(*secret)(void))
{
	json_error_t why;
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);

	*m = (struct manifest){.errors = json_array(),
	    .env = json_object(),
	    .addons = json_array(),
	    .buildpacks = json_array(),
	    .formation = json_object()};
	if (!json_is_object(root)) {
		root ? wrong(m, "app.json is no object")
		     : wrong(m, "app.json:%d: %s", why.line, why.text);
		json_decref(root);
		return;
	}
	check_keys(m, root);
	if (!json_array_size(m->errors)) {
		take_env(m, root, json_object_get(overrides, "env"), secret);
		take_addons(m, root);
		take_buildpacks(m, root, json_object_get(overrides, "buildpacks"));
		take_formation(m, root);
		m->postdeploy = text_or_null(m, "scripts.postdeploy",
		    json_object_get(json_object_get(root, "scripts"), "postdeploy"));
		m->success = text_or_null(m, "success_url", json_object_get(root, "success_url"));
		m->stack = text_or_null(m, "stack", json_object_get(root, "stack"));
	}
	json_decref(root);
}

void manifest_done(struct manifest *m)
{
	json_decref(m->errors);
	json_decref(m->env);
	json_decref(m->addons);
	json_decref(m->buildpacks);
	json_decref(m->formation);
	json_decref(m->postdeploy);
	json_decref(m->success);
	json_decref(m->stack);
	*m = (struct manifest){0};
}
