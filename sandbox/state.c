/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "state.h"
#include "xmem.h"

#define DOCUMENT_MAX (16UL * 1024 * 1024)

static int read_json(const char *path, json_t **out, struct err *err)
{
	struct buf AUTO_BUF b = BUF_INIT(DOCUMENT_MAX);
	json_error_t why;

	if (io_read_file(path, &b, err))
		return err ? err->code : FE_EIO;
	*out = json_loadb(buf_str(&b), b.len, 0, &why);
	return *out ? 0 : err_set(err, FE_EINVAL, "%s:%d: %s", path, why.line, why.text);
}

static int read_apps(struct state *s, struct err *err)
{
	char AUTO_FREE *folder = xasprintf("%s/apps", s->dir);
	DIR *d = opendir(folder);
	struct dirent *e;
	int rc = 0;

	if (!d)
		return err_sys(err, errno, "%s", folder);
	// NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
	while (rc == 0 && (e = readdir(d))) {
		size_t n = strlen(e->d_name);
		char AUTO_FREE *path = xasprintf("%s/%s", folder, e->d_name);
		json_t *doc = NULL;

		if (n < 6 || strcmp(e->d_name + n - 5, ".json") != 0)
			continue;
		rc = read_json(path, &doc, err);
		if (rc == 0)
			json_object_set_new(
			    s->apps, state_str(json_object_get(doc, "app"), "id"), doc);
	}
	closedir(d);
	return rc;
}

static int make_folder(const char *path, struct err *err)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		return err_sys(err, errno, "%s", path);
	return 0;
}

static int make_rest(const char *dir, struct err *err)
{
	static const char *const names[] = {"blobs", "slugs", "slugs/empty"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char AUTO_FREE *path = xasprintf("%s/%s", dir, names[i]);

		if (make_folder(path, err))
			return FE_ESYS;
	}
	return 0;
}

int state_open(const char *dir, struct state **out, struct err *err)
{
	struct state *s = xcalloc(1, sizeof *s);
	char AUTO_FREE *folder = xasprintf("%s/apps", dir);
	char AUTO_FREE *global = xasprintf("%s/account.json", dir);
	int rc;

	s->dir = xstrdup(dir);
	s->apps = json_object();
	s->dirty = json_object();
	rc = make_folder(dir, err);
	if (rc == 0)
		rc = make_folder(folder, err);
	if (rc == 0)
		rc = make_rest(dir, err);
	if (rc == 0)
		rc = read_apps(s, err);
	if (rc == 0 && access(global, F_OK) == 0)
		rc = read_json(global, &s->global, err);
	else if (rc == 0)
		s->global = json_object();
	if (rc) {
		state_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void state_close(struct state *s)
{
	if (!s)
		return;
	json_decref(s->apps);
	json_decref(s->global);
	json_decref(s->dirty);
	free(s->dir);
	free(s);
}

int state_save(struct state *s, struct err *err)
{
	const char *id;
	json_t *doc;

	json_object_foreach(s->dirty, id, doc)
	{
		char AUTO_FREE *path = *id ? xasprintf("%s/apps/%s.json", s->dir, id)
					   : xasprintf("%s/account.json", s->dir);
		char AUTO_FREE *text = json_dumps(*id ? doc : s->global, JSON_COMPACT);

		if (!text)
			return err_set(err, FE_EINVAL, "%s: not to be written as JSON", path);
		if (io_replace_file(path, text, strlen(text), err))
			return err ? err->code : FE_EIO;
	}
	json_object_clear(s->dirty);
	return 0;
}

json_t *state_app(const struct state *s, const char *identity)
{
	json_t *doc = json_object_get(s->apps, identity);
	const char *id;

	if (doc)
		return doc;
	json_object_foreach(s->apps, id, doc)
	{
		if (strcmp(state_str(json_object_get(doc, "app"), "name"), identity) == 0)
			return doc;
	}
	return NULL;
}

void state_touch(struct state *s, json_t *doc)
{
	if (doc)
		json_object_set(s->dirty, state_str(json_object_get(doc, "app"), "id"), doc);
	else
		json_object_set_new(s->dirty, "", json_null());
}

void state_add_app(struct state *s, json_t *doc)
{
	json_object_set_new(s->apps, state_str(json_object_get(doc, "app"), "id"), doc);
	state_touch(s, doc);
}

void state_remove_app(struct state *s, json_t *doc)
{
	char AUTO_FREE *id = xstrdup(state_str(json_object_get(doc, "app"), "id"));
	char AUTO_FREE *path = xasprintf("%s/apps/%s.json", s->dir, id);

	unlink(path);
	json_object_del(s->dirty, id);
	json_object_del(s->apps, id);
}

json_t *state_list(json_t *doc, const char *key)
{
	if (!json_object_get(doc, key))
		json_object_set_new(doc, key, json_array());
	return json_object_get(doc, key);
}

json_t *state_find(json_t *array, const char *key, const char *key2, const char *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(array, i, one)
	{
		if (strcmp(state_str(one, key), value) == 0 ||
		    (key2 && strcmp(state_str(one, key2), value) == 0))
			return one;
	}
	return NULL;
}

void state_drop(json_t *array, const json_t *item)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (json_array_get(array, i) == item) {
			json_array_remove(array, i);
			return;
		}
	}
}

json_t *state_public(json_t *value)
{
	json_t *out, *one;
	const char *key;
	size_t i;

	if (json_is_object(value)) {
		out = json_object();
		json_object_foreach(value, key, one)
		{
			if (*key != '_')
				json_object_set_new(out, key, state_public(one));
		}
		return out;
	}
	if (!json_is_array(value))
		return json_deep_copy(value);
	out = json_array();
	json_array_foreach(value, i, one)
	{
		json_array_append_new(out, state_public(one));
	}
	return out;
}

char *state_hex(unsigned bytes)
{
	unsigned char raw[64];
	char *text = xmalloc(2 * bytes + 1);

	fe_assert(bytes <= sizeof raw && getrandom(raw, bytes, 0) == (ssize_t)bytes);
	for (unsigned i = 0; i < bytes; i++)
		(void)snprintf(text + 2 * (size_t)i, 3, "%02x", raw[i]);
	text[2 * (size_t)bytes] = '\0';
	return text;
}

json_t *state_uuid(void)
{
	char AUTO_FREE *h = state_hex(16);

	return json_sprintf("%.8s-%.4s-4%.3s-a%.3s-%.12s", h, h + 8, h + 13, h + 17, h + 20);
}

json_t *state_time(int64_t unix_ms)
{
	time_t t = (time_t)(unix_ms / 1000);
	struct tm tm;
	char text[32];

	gmtime_r(&t, &tm);
	(void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return json_string(text);
}

json_t *state_now(void)
{
	return state_time(clock_wall_ms());
}

const char *state_str(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}
