/* SPDX-License-Identifier: MIT */
/* The part of JSON schema that the platform's file uses: $ref, type, properties, required,
 * patternProperties, additionalProperties, items, anyOf, enum, pattern, format. */
#include <ctype.h>

#include "schema_in.h"
#include "xmem.h"

struct checker {
	const struct schema *s;
	bool strict, whole;
	struct err *why;
};

static enum schema_verdict check(
    const struct checker *c, json_t *part, json_t *value, const char *at, int depth);

static enum schema_verdict bad(const struct checker *c, enum schema_verdict v, const char *at,
    const char *what, const char *detail)
{
	if (c->why)
		err_set(c->why, FE_EINVAL, "%s: %s%s", *at ? at : "body", what, detail);
	return v;
}

/* Follow "#/definitions/app/definitions/name" to its end; NULL where it leads nowhere. */
static json_t *resolve(const struct schema *s, json_t *part)
{
	for (int i = 0; i < 16; i++) {
		const char *ref = json_string_value(json_object_get(part, "$ref"));
		struct strv AUTO_STRV keys = {0};

		if (!ref)
			return part;
		strv_split(&keys, ref, "#/");
		part = s->root;
		for (size_t k = 0; k < keys.n; k++)
			part = json_object_get(part, keys.v[k]);
	}
	return NULL;
}

static bool is_type(const char *type, const json_t *v)
{
	return (strcmp(type, "null") == 0 && json_is_null(v)) ||
	       (strcmp(type, "string") == 0 && json_is_string(v)) ||
	       (strcmp(type, "integer") == 0 && json_is_integer(v)) ||
	       (strcmp(type, "number") == 0 && json_is_number(v)) ||
	       (strcmp(type, "boolean") == 0 && json_is_boolean(v)) ||
	       (strcmp(type, "array") == 0 && json_is_array(v)) ||
	       (strcmp(type, "object") == 0 && json_is_object(v));
}

static bool type_fits(json_t *type, const json_t *v)
{
	json_t *one;
	size_t i;

	if (json_is_string(type))
		return is_type(json_string_value(type), v);
	json_array_foreach(type, i, one)
	{
		if (is_type(json_string_value(one), v))
			return true;
	}
	return !json_is_array(type);
}

static const struct pattern *compiled(const struct schema *s, const char *text)
{
	struct schema_patterns *all = s->patterns;
	struct pattern *p = NULL;

	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->v[i].text, text) == 0)
			return all->v[i].compiled;
	all->v = xreallocarray(all->v, all->n + 1, sizeof *all->v);
	if (pattern_new(text, &p, NULL))
		p = NULL;
	all->v[all->n++] = (struct schema_pattern){.text = xstrdup(text), .compiled = p};
	return p;
}

static bool matches(const struct checker *c, const char *pattern, const char *text)
{
	const struct pattern *p = compiled(c->s, pattern);

	/* ^ and $ of lib/pattern mean lines: a text of several is never what these mean. */
	return p && !strchr(text, '\n') && pattern_find(p, text, strlen(text)) == 1;
}

static bool has_format(const struct checker *c, const char *format, const char *text)
{
	if (strcmp(format, "uuid") == 0)
		return matches(c, "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", text);
	if (strcmp(format, "date-time") == 0)
		return matches(c,
		    "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)$",
		    text);
	if (strcmp(format, "email") == 0)
		return matches(c, "^[^@\\s]+@[^@\\s]+$", text);
	return true;
}

static bool ends_in(const char *at, const char *word)
{
	size_t n = strlen(at), m = strlen(word);

	return n >= m && strcmp(at + n - m, word) == 0;
}

/* Where our answers must differ: these addresses lead to us (value NULL: any); and the living platform
 * answers words that its schema lacks (facts/heroku.md 1.5, 1.6). */
static bool known_difference(const struct checker *c, const char *at, const json_t *value)
{
	static const struct {
		const char *where, *value;
	} known[] = {
	    {"git_url", NULL}, {"web_url", NULL}, {"state", "deprovisioning"}, {"role", "viewer"}};

	for (size_t i = 0; c->whole && json_is_string(value) && i < ARRAY_LEN(known); i++)
		if (ends_in(at, known[i].where) &&
		    (!known[i].value || strcmp(known[i].value, json_string_value(value)) == 0))
			return true;
	return false;
}

static enum schema_verdict check_string(
    const struct checker *c, json_t *part, const char *text, const char *at)
{
	const char *pattern = json_string_value(json_object_get(part, "pattern"));
	const char *format = json_string_value(json_object_get(part, "format"));

	if (pattern && !matches(c, pattern, text))
		return bad(c, SCHEMA_INVALID, at, "does not match ", pattern);
	if (format && !has_format(c, format, text))
		return bad(c, SCHEMA_INVALID, at, "is no ", format);
	return SCHEMA_OK;
}

static json_t *part_of_key(const struct checker *c, json_t *part, const char *key)
{
	json_t *found = json_object_get(json_object_get(part, "properties"), key), *one;
	const char *pattern;

	if (found)
		return found;
	json_object_foreach(json_object_get(part, "patternProperties"), pattern, one)
	{
		if (matches(c, pattern, key))
			return one;
	}
	one = json_object_get(part, "additionalProperties");
	if (json_is_object(one))
		return one;
	/* An object that names nothing takes anything. */
	if (json_is_false(one) || (c->strict && !json_is_true(one) &&
				      (json_object_get(part, "properties") ||
					  json_object_get(part, "patternProperties"))))
		return NULL;
	return part == NULL ? NULL : c->s->root;
}

static enum schema_verdict check_object(
    const struct checker *c, json_t *part, json_t *value, const char *at, int depth)
{
	enum schema_verdict v = SCHEMA_OK;
	json_t *one, *sub;
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(part, "required"), i, one)
	{
		if (!json_object_get(value, json_string_value(one)))
			return bad(c, SCHEMA_INVALID, at, "lacks ", json_string_value(one));
	}
	if (c->whole) {
		json_object_foreach(json_object_get(part, "properties"), key, one)
		{
			if (!json_object_get(value, key))
				return bad(c, SCHEMA_INVALID, at, "lacks ", key);
		}
	}
	json_object_foreach(value, key, one)
	{
		char AUTO_FREE *below = xasprintf("%s%s%s", at, *at ? "." : "", key);

		sub = part_of_key(c, part, key);
		if (!sub)
			return bad(c, SCHEMA_UNKNOWN_KEY, below, "unknown parameter", "");
		if (sub != c->s->root)
			v = check(c, sub, one, below, depth + 1);
		if (v != SCHEMA_OK)
			return v;
	}
	return SCHEMA_OK;
}

static enum schema_verdict check_any(
    const struct checker *c, json_t *any, json_t *value, const char *at, int depth)
{
	enum schema_verdict v = SCHEMA_INVALID;
	json_t *one;
	size_t i;

	json_array_foreach(any, i, one)
	{
		v = check(c, one, value, at, depth + 1);
		if (v == SCHEMA_OK)
			return v;
	}
	return v;
}

static enum schema_verdict check_items(
    const struct checker *c, json_t *items, json_t *value, const char *at, int depth)
{
	json_t *one;
	size_t i;

	json_array_foreach(value, i, one)
	{
		char AUTO_FREE *below = xasprintf("%s[%zu]", at, i);
		enum schema_verdict v = check(c, items, one, below, depth + 1);

		if (v != SCHEMA_OK)
			return v;
	}
	return SCHEMA_OK;
}

static bool in_enum(json_t *list, json_t *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_equal(one, value))
			return true;
	}
	return false;
}

/* What the living platform takes beyond its schema: a quantity as the user typed it, "+2". */
static bool known_tolerance(const struct checker *c, const char *at, const json_t *value)
{
	return ends_in(at, "quantity") && json_is_string(value) &&
	       matches(c, "^[+-]?\\d{1,4}$", json_string_value(value));
}

static enum schema_verdict check(
    const struct checker *c, json_t *part, json_t *value, const char *at, int depth)
{
	json_t *any, *list;

	part = depth > 32 ? NULL : resolve(c->s, part);
	if (!part)
		return bad(c, SCHEMA_INVALID, at, "the schema leads nowhere", "");
	any = json_object_get(part, "anyOf");
	if (any)
		return check_any(c, any, value, at, depth);
	if (!type_fits(json_object_get(part, "type"), value) && !known_tolerance(c, at, value)) {
		char AUTO_FREE *want = json_dumps(json_object_get(part, "type"), JSON_ENCODE_ANY);

		return bad(c, SCHEMA_INVALID, at, "is not of type ", want ? want : "?");
	}
	if (known_difference(c, at, value))
		return SCHEMA_OK;
	list = json_object_get(part, "enum");
	if (list && !in_enum(list, value))
		return bad(c, SCHEMA_INVALID, at, "is none of the values allowed", "");
	if (json_is_string(value))
		return check_string(c, part, json_string_value(value), at);
	if (json_is_object(value))
		return check_object(c, part, value, at, depth);
	list = json_object_get(part, "items");
	return json_is_array(value) && list ? check_items(c, list, value, at, depth) : SCHEMA_OK;
}

enum schema_verdict schema_check(
    const struct schema *s, json_t *part, json_t *value, bool strict, struct err *why)
{
	struct checker c = {.s = s, .strict = strict, .why = why};

	return check(&c, part, value, "", 0);
}

enum schema_verdict schema_check_answer(
    const struct schema *s, const struct schema_link *link, json_t *value, struct err *why)
{
	struct checker c = {.s = s, .strict = true, .whole = true, .why = why};
	json_t *part =
	    link->target ? resolve(s, link->target)
			 : json_object_get(json_object_get(s->root, "definitions"), link->resource);

	if (strcmp(link->rel, "empty") == 0)
		return SCHEMA_OK;
	if (json_is_array(value) && !type_fits(json_object_get(part, "type"), value))
		return check_items(&c, part, value, "", 0);
	return check(&c, part, value, "", 0);
}
