/* SPDX-License-Identifier: MIT */
#include "formation.h"

#include "fleet.h"
#include "heroku_dynos.h"
#include "num.h"
#include "strv.h"
#include "xmem.h"

#define MONITORS "monitor_"
#define MOST 100 /* dynos of an app */

static bool is_monitor(const char *type)
{
	return strncmp(type, MONITORS, strlen(MONITORS)) == 0;
}

static bool is_ours(const char *type)
{
	return is_monitor(type) || strcmp(type, FLEET_TYPE) == 0;
}

static bool is_small(const char *size)
{
	return strcasecmp(size, "eco") == 0 || strcasecmp(size, "basic") == 0;
}

/* What is running, and on how large dynos. */
static void survey(const json_t *rows, const char *size, bool *out_runs, bool *out_small)
{
	const json_t *row;
	size_t i;

	*out_runs = false;
	*out_small = size && is_small(size);
	json_array_foreach(rows, i, row)
	{
		if (!is_ours(heroku_str(row, "type")))
			continue;
		*out_runs |= heroku_int(row, "quantity", 0) > 0;
		*out_small |= !size && is_small(heroku_str(row, "dyno_size.name"));
	}
}

/* Quantities by type, from "all=1,NAME=N". */
static int parse_wish(const char *text, const json_t *rows, json_t *wish, struct err *err)
{
	struct strv AUTO_STRV parts = {0};

	strv_split(&parts, text, ",");
	for (size_t i = 0; i < parts.n; i++) {
		size_t n = strcspn(parts.v[i], "=");
		AUTO_FREE char *type = xmemdup0(parts.v[i], n);
		uint64_t quantity = 0;

		if (parts.v[i][n] != '=' || num_u64(parts.v[i] + n + 1, 0, MOST, &quantity))
			return err_set(err, FE_EUSAGE,
			    "--formation: '%s': expected TYPE=N with N from 0 to %d", parts.v[i],
			    MOST);
		if (strcmp(type, "all") != 0 && rows && !heroku_find(rows, "type", type))
			return err_set(err, FE_EUSAGE,
			    "--formation: '%s': there is no such process type", type);
		json_object_set_new(wish, type, json_integer((json_int_t)quantity));
	}
	return 0;
}

/* -1: leave it. */
static int64_t wanted(const char *type, const json_t *wish, bool small)
{
	const json_t *own = json_object_get(wish, type);

	if (!own && is_monitor(type))
		own = json_object_get(wish, "all");
	if (json_object_size(wish))
		return own ? json_integer_value(own) : -1;
	if (is_monitor(type))
		return small ? 0 : 1;
	return strcmp(type, FLEET_TYPE) == 0 ? small : -1;
}

static json_t *compose(const json_t *rows, const json_t *wish, const char *size, bool small)
{
	json_t *updates = json_array();
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		const char *type = heroku_str(row, "type");
		int64_t n = wanted(type, wish, small);
		bool resize = size && strcasecmp(heroku_str(row, "dyno_size.name"), size) != 0;

		if (n >= 0 && (n != heroku_int(row, "quantity", 0) || resize))
			json_array_append_new(updates, heroku_scale_row(type, n, size));
	}
	return updates;
}

int formation_updates(
    const json_t *rows, const char *text, const char *size, json_t **out, struct err *err)
{
	json_t *wish = json_object();
	bool runs, small;
	int rc = text ? parse_wish(text, rows, wish, err) : 0;

	survey(rows, size, &runs, &small);
	if (rc == 0)
		*out = !text && !size && runs ? json_array() : compose(rows, wish, size, small);
	json_decref(wish);
	return rc;
}
