/* SPDX-License-Identifier: MIT */
#include <fnmatch.h>

#include "buf.h"
#include "fault.h"
#include "xmem.h"

struct fault {
	json_t *table, *spent;
};

/* key -> what it must be: i integer from 0, s string, b boolean */
static const struct {
	const char *key;
	char type;
} keys[] = {
    {"match", 's'},
    {"app", 's'},
    {"status", 'i'},
    {"id", 's'},
    {"message", 's'},
    {"latency_ms", 'i'},
    {"hang", 'b'},
    {"cut", 'i'},
    {"body", 's'},
    {"times", 'i'},
    {"warning", 's'},
    {"after_ms", 'i'},
    {"how", 's'},
    {"lines", 'i'},
    {"mb", 'i'},
    {"dyno", 's'},
};

/* Faults that are not of a request: asked for by name. */
static const char *const named[] = {"delete-403", "slow-boot", "rendezvous", "git-refuse",
    "addon-fail", "build-fail", "memory", "drain-overflow", "dyno-kill", NULL};

struct fault *fault_new(void)
{
	struct fault *f = xcalloc(1, sizeof *f);

	f->table = json_object();
	f->spent = json_object();
	return f;
}

void fault_free(struct fault *f)
{
	if (!f)
		return;
	json_decref(f->table);
	json_decref(f->spent);
	free(f);
}

static bool is_named(const char *name)
{
	for (size_t i = 0; named[i]; i++)
		if (strcmp(named[i], name) == 0)
			return true;
	return false;
}

static bool fits(char type, const json_t *v)
{
	if (type == 'i')
		return json_is_integer(v) && json_integer_value(v) >= 0;
	return type == 'b' ? json_is_boolean(v) : json_is_string(v);
}

static char *names(void)
{
	struct buf b = BUF_INIT(BUF_MAX_TEXT);

	for (size_t i = 0; named[i]; i++)
		buf_put(&b, "%s%s", i ? ", " : "", named[i]);
	return buf_take(&b);
}

static char *key_names(void)
{
	struct buf b = BUF_INIT(BUF_MAX_TEXT);

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		buf_put(&b, "%s%s", i ? ", " : "", keys[i].key);
	return buf_take(&b);
}

static int check_key(const char *name, const char *key, const json_t *v, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i].key, key) != 0)
			continue;
		return fits(keys[i].type, v)
			   ? 0
			   : err_set(err, FE_EUSAGE, "fault %s: %s must be %s", name, key,
				 keys[i].type == 'i'   ? "a whole number from 0"
				 : keys[i].type == 'b' ? "true or false"
						       : "a string");
	}
	char AUTO_FREE *known = key_names();

	return err_set(err, FE_EUSAGE, "fault %s: unknown key %s: known are %s", name, key, known);
}

/* What the keys say together. */
static int check_whole(const char *name, const json_t *body, struct err *err)
{
	json_int_t status = json_integer_value(json_object_get(body, "status"));
	const char *match = json_string_value(json_object_get(body, "match"));
	const char *spoilt = json_string_value(json_object_get(body, "body"));

	if (!match && !is_named(name)) {
		char AUTO_FREE *all = names();

		return err_set(err, FE_EUSAGE,
		    "fault %s: none of that name (%s), and no `match` (\"METHOD PATH\", * takes "
		    "anything)",
		    name, all);
	}
	if (match && strncmp(match, "*", 1) != 0 && !strchr(match, ' '))
		return err_set(err, FE_EUSAGE,
		    "fault %s: match '%s': \"METHOD PATH\" expected, * takes anything", name,
		    match);
	if (json_object_get(body, "status") && (status < 200 || status > 599))
		return err_set(err, FE_EUSAGE, "fault %s: status 200 to 599 expected", name);
	if (spoilt && strcmp(spoilt, "html") != 0 && strcmp(spoilt, "garbage") != 0)
		return err_set(
		    err, FE_EUSAGE, "fault %s: body '%s': html or garbage expected", name, spoilt);
	return 0;
}

int fault_set(struct fault *f, const char *name, json_t *body, struct err *err)
{
	const char *key;
	json_t *v;

	if (!json_is_object(body))
		return err_set(err, FE_EUSAGE, "fault %s: an object expected", name);
	json_object_foreach(body, key, v)
	{
		if (check_key(name, key, v, err))
			return FE_EUSAGE;
	}
	if (check_whole(name, body, err))
		return FE_EUSAGE;
	json_object_set_new(f->table, name, json_deep_copy(body));
	json_object_del(f->spent, name);
	return 0;
}

int fault_load(struct fault *f, const char *text, struct err *err)
{
	json_error_t why;
	json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, &why), *one;
	const char *name;
	int rc = 0;

	if (!json_is_object(all)) {
		json_decref(all);
		return err_set(err, FE_EUSAGE, "a JSON object of faults by name expected");
	}
	json_object_foreach(all, name, one)
	{
		if (rc == 0)
			rc = fault_set(f, name, one, err);
	}
	json_decref(all);
	return rc;
}

bool fault_clear(struct fault *f, const char *name)
{
	if (!name)
		return json_object_clear(f->spent) == 0 && json_object_clear(f->table) == 0;
	json_object_del(f->spent, name);
	return json_object_del(f->table, name) == 0;
}

json_t *fault_list(const struct fault *f)
{
	json_t *out = json_deep_copy(f->table), *one;
	const char *name;

	json_object_foreach(out, name, one)
	{
		json_object_set_new(one, "struck",
		    json_integer(json_integer_value(json_object_get(f->spent, name))));
	}
	return out;
}

/* Counts one use; false: `times` are over. */
static bool use(struct fault *f, const char *name, const json_t *one)
{
	json_t *times = json_object_get(one, "times");
	json_int_t spent = json_integer_value(json_object_get(f->spent, name));

	if (times && spent >= json_integer_value(times))
		return false;
	json_object_set_new(f->spent, name, json_integer(spent + 1));
	return true;
}

/* `app` of a fault, a pattern too: this one's? */
static bool is_of_app(const json_t *fault, const char *app)
{
	const char *only = json_string_value(json_object_get(fault, "app"));

	return !only || (app && fnmatch(only, app, 0) == 0);
}

json_t *fault_for_request(struct fault *f, const char *method, const char *path, const char *app)
{
	char AUTO_FREE *request = xasprintf("%s %s", method, path);
	const char *name;
	json_t *one;

	json_object_foreach(f->table, name, one)
	{
		const char *match = json_string_value(json_object_get(one, "match"));

		if (match && fnmatch(match, request, 0) == 0 && is_of_app(one, app) &&
		    use(f, name, one))
			return one;
	}
	return NULL;
}

json_t *fault_named(struct fault *f, const char *name, const char *app)
{
	json_t *one = json_object_get(f->table, name);

	if (!one || !is_of_app(one, app) || !use(f, name, one))
		return NULL;
	return one;
}
