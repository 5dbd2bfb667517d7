/* SPDX-License-Identifier: MIT */
#include "manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <jansson.h>

#include "io.h"
#include "xmem.h"

#define HOUR_MS 3600000LL

static const char *const measures[] = {"uptime", "samples", "p50", "p95"};
static const char *const levels[] = {"green", "unknown", "yellow", "red"};
static const struct {
	const char *name;
	int64_t ms;
} windows[] = {{"1h", HOUR_MS}, {"24h", 24LL * HOUR_MS}, {"7d", 7LL * 24 * HOUR_MS},
    {"30d", 30LL * 24 * HOUR_MS}};

const char *manifest_measure_name(enum manifest_measure measure)
{
	return measures[measure];
}

const char *manifest_level_name(enum manifest_level level)
{
	return levels[level];
}

static bool is_time(const struct manifest *m)
{
	return m->measure == MANIFEST_P50 || m->measure == MANIFEST_P95;
}

static void manifest_done(struct manifest *m)
{
	free(m->file);
	free(m->name);
	free(m->title);
	strv_done(&m->checks);
	strv_done(&m->apps);
	*m = (struct manifest){0};
}

void manifests_done(struct manifests *m)
{
	for (size_t i = 0; i < m->n; i++)
		manifest_done(&m->v[i]);
	free(m->v);
	*m = (struct manifests){0};
}

/* FILE: KEY: what was expected */
static int wrong(const struct manifest *m, const char *key, const char *expected, struct err *err)
{
	return err_set(err, FE_EUSAGE, "%s: %s: expected %s", m->file, key, expected);
}

static int take_text(
    const struct manifest *m, const char *key, const json_t *value, char **out, struct err *err)
{
	const char *text = json_string_value(value);

	if (!text || !*text || strlen(text) > 100)
		return wrong(m, key, "a text of 1 to 100 bytes", err);
	*out = xstrdup(text);
	return 0;
}

static int take_list(const struct manifest *m, const char *key, const json_t *value,
    struct strv *out, struct err *err)
{
	size_t i;
	json_t *one;

	json_array_foreach(value, i, one)
	{
		if (!json_is_string(one) || !*json_string_value(one))
			return wrong(m, key, "a list of patterns like \"git.*\"", err);
		strv_add(out, json_string_value(one));
	}
	return out->n ? 0 : wrong(m, key, "a list of patterns like \"git.*\"", err);
}

static int take_measure(struct manifest *m, const json_t *value, struct err *err)
{
	for (size_t i = 0; json_is_string(value) && i < ARRAY_LEN(measures); i++)
		if (strcmp(measures[i], json_string_value(value)) == 0) {
			m->measure = (enum manifest_measure)i;
			return 0;
		}
	return wrong(m, "measure", "uptime, samples, p50 or p95", err);
}

static int take_window(struct manifest *m, const json_t *value, struct err *err)
{
	for (size_t i = 0; json_is_string(value) && i < ARRAY_LEN(windows); i++)
		if (strcmp(windows[i].name, json_string_value(value)) == 0) {
			m->window = windows[i].name;
			m->window_ms = windows[i].ms;
			return 0;
		}
	return wrong(m, "window", "1h, 24h, 7d or 30d", err);
}

static int take_levels(struct manifest *m, json_t *value, struct err *err)
{
	const char *key;
	json_t *one;

	m->green = m->yellow = -1;
	json_object_foreach(value, key, one)
	{
		double *at = strcmp(key, "green") == 0    ? &m->green
			     : strcmp(key, "yellow") == 0 ? &m->yellow
							  : NULL;

		if (!at)
			return wrong(m, "levels", "green and yellow, nothing else", err);
		if (!json_is_number(one) || json_number_value(one) < 0)
			return wrong(m, "levels", "numbers from 0", err);
		*at = json_number_value(one);
	}
	if (m->green < 0 || m->yellow < 0)
		return wrong(m, "levels", "{\"green\": NUMBER, \"yellow\": NUMBER}", err);
	return 0;
}

static int take(struct manifest *m, const char *key, json_t *value, struct err *err)
{
	if (strcmp(key, "name") == 0)
		return take_text(m, key, value, &m->name, err);
	if (strcmp(key, "title") == 0)
		return take_text(m, key, value, &m->title, err);
	if (strcmp(key, "checks") == 0)
		return take_list(m, key, value, &m->checks, err);
	if (strcmp(key, "apps") == 0)
		return take_list(m, key, value, &m->apps, err);
	if (strcmp(key, "measure") == 0)
		return take_measure(m, value, err);
	if (strcmp(key, "window") == 0)
		return take_window(m, value, err);
	if (strcmp(key, "levels") == 0)
		return take_levels(m, value, err);
	return err_set(err, FE_EUSAGE,
	    "%s: '%s': expected one of name, title, checks, apps, measure, window, levels", m->file,
	    key);
}

/* What its keys say together. */
static int is_whole(struct manifest *m, struct err *err)
{
	if (!m->name)
		return wrong(m, "name", "it", err);
	if (!m->checks.n)
		return wrong(m, "checks", "it", err);
	if (m->green < 0)
		return wrong(m, "levels", "it", err);
	if (!m->window && take_window(m, NULL, NULL)) {
		m->window = windows[is_time(m) ? 0 : 1].name;
		m->window_ms = windows[is_time(m) ? 0 : 1].ms;
	}
	if (is_time(m) && m->window_ms != HOUR_MS)
		return wrong(m, "window", "1h where the measure is p50 or p95", err);
	if (is_time(m) && m->green > m->yellow)
		return wrong(m, "levels", "green below yellow, for a time", err);
	if (!is_time(m) && (m->green < m->yellow || m->green > 1))
		return wrong(m, "levels", "shares from 0 to 1, green above yellow", err);
	if (!m->title)
		m->title = xstrdup(m->name);
	return 0;
}

static int read_all(struct manifest *m, json_t *whole, struct err *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(whole))
		return err_set(err, FE_EUSAGE, "%s: expected an object { ... }", m->file);
	m->green = m->yellow = -1;
	json_object_foreach(whole, key, value)
	{
		int rc = take(m, key, value, err);

		if (rc)
			return rc;
	}
	return is_whole(m, err);
}

int manifest_parse(
    struct manifests *into, const char *file, const char *text, size_t len, struct err *err)
{
	json_error_t why;
	json_t *whole = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	struct manifest m = {.file = xstrdup(file)};
	int rc;

	if (!whole)
		rc = err_set(
		    err, FE_EUSAGE, "%s: line %d: expected JSON: %s", file, why.line, why.text);
	else
		rc = read_all(&m, whole, err);
	json_decref(whole);
	for (size_t i = 0; !rc && i < into->n; i++)
		if (strcmp(into->v[i].name, m.name) == 0)
			rc = err_set(err, FE_EUSAGE, "%s: name: '%s' is %s's, expected another",
			    file, m.name, into->v[i].file);
	if (rc) {
		manifest_done(&m);
		return rc;
	}
	into->v = xreallocarray(into->v, into->n + 1, sizeof *into->v);
	into->v[into->n++] = m;
	return 0;
}

static int is_json(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static int load_one(struct manifests *into, const char *path, struct err *err)
{
	struct buf AUTO_BUF text = BUF_INIT(MANIFEST_BYTES);
	int rc = io_read_file(path, &text, err);

	if (rc) {
		err_wrap(err, "FERRET_MANIFESTS");
		return FE_EUSAGE;
	}
	return manifest_parse(into, path, buf_str(&text), text.len, err);
}

int manifests_load(struct manifests *into, const char *dir, struct err *err)
{
	struct dirent **entry = NULL;
	int n = scandir(dir, &entry, is_json, alphasort), rc = 0;

	if (n < 0)
		return err_set(err, FE_EUSAGE, "FERRET_MANIFESTS: %s: %s; expected a directory",
		    dir, strerrordesc_np(errno));
	if (n == 0 || n > (int)MANIFEST_FILES)
		rc = err_set(err, FE_EUSAGE,
		    "FERRET_MANIFESTS: %s: %d files *.json, expected 1 to %u", dir, n,
		    MANIFEST_FILES);
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", dir, entry[i]->d_name);

		if (!rc)
			rc = load_one(into, path, err);
		free(entry[i]);
	}
	free(entry);
	return rc;
}

static bool fits(const struct strv *patterns, const char *text)
{
	for (size_t i = 0; i < patterns->n; i++)
		if (fnmatch(patterns->v[i], text, 0) == 0)
			return true;
	return false;
}

bool manifest_holds(const struct manifest *m, const char *app, const char *source)
{
	return fits(&m->checks, source) && (!m->apps.n || fits(&m->apps, app));
}

enum manifest_level manifest_level(const struct manifest *m, double value, enum uptime_state now)
{
	double sign = is_time(m) ? -1 : 1;

	if (now == UPTIME_DOWN)
		return MANIFEST_RED;
	if (value < 0)
		return MANIFEST_UNKNOWN;
	if (value * sign >= m->green * sign)
		return now == UPTIME_UNKNOWN ? MANIFEST_UNKNOWN : MANIFEST_GREEN;
	return value * sign >= m->yellow * sign ? MANIFEST_YELLOW : MANIFEST_RED;
}

void manifest_add(
    const struct manifest *m, struct manifest_sum *sum, double value, enum manifest_level level)
{
	if (!sum->members++) {
		sum->level = level;
		sum->value = value;
		return;
	}
	if (level > sum->level)
		sum->level = level;
	if (value >= 0 &&
	    (sum->value < 0 || (is_time(m) ? value > sum->value : value < sum->value)))
		sum->value = value;
}
