/* SPDX-License-Identifier: MIT */
#include "api_manifest.h"

#include "api_check.h"

#include "api_param.h"
#include "asset.h"
#include "xmem.h"

#define FOLDER "manifests/"
#define ANSWER_MAX (64UL * 1024 * 1024)

int api_manifest_load(struct collector *c, struct err *err)
{
	int rc = 0;

	if (c->config.manifests)
		return manifests_load(&c->manifests, c->config.manifests, err);
	for (const struct asset *a = asset_table; !rc && a->name; a++)
		if (strncmp(a->name, FOLDER, sizeof FOLDER - 1) == 0)
			rc = manifest_parse(&c->manifests, a->name, a->raw, a->raw_n, err);
	return rc;
}

/* As a check's own time has it; -1: nothing is known. */
static double quantile(struct core *core, const struct check *check, int64_t now_ms, double q)
{
	struct series_bucket sum = {0};

	api_recent_time(core, check, now_ms, &sum);
	double value = sum.count ? series_bucket_quantile(&sum, q) : -1;

	series_bucket_done(&sum);
	return value;
}

static double value_of(
    struct core *core, const struct manifest *m, const struct check *check, int64_t now_ms)
{
	struct check_window w;

	if (m->measure == MANIFEST_P50 || m->measure == MANIFEST_P95)
		return quantile(core, check, now_ms, m->measure == MANIFEST_P50 ? 0.5 : 0.95);
	api_sum_up(core, check, &(struct api_window){NULL, m->window_ms}, now_ms, &w);
	return m->measure == MANIFEST_SAMPLES ? w.samples.up : w.time.up;
}

static void put_value(struct json *j, double value)
{
	if (value < 0)
		json_null(j, "value");
	else
		json_num(j, "value", value, 6);
}

/* What is down while it is planned to be is no alarm. */
static enum uptime_state state_of(struct core *core, const struct check *check, int64_t now_ms)
{
	return maintenance_at(core_maintenance(core), check->app, check->source, now_ms)
		   ? UPTIME_UP
		   : check->state;
}

static struct manifest_sum put_members(
    struct json *j, struct core *core, const struct manifest *m, int64_t now_ms)
{
	struct manifest_sum sum = {.level = MANIFEST_UNKNOWN, .value = -1};

	json_open(j, "checks", '[');
	for (size_t i = 0; i < core_checks(core); i++) {
		const struct check *check = core_check_at(core, i);

		if (!manifest_holds(m, check->app, check->source))
			continue;
		double value = value_of(core, m, check, now_ms);
		enum manifest_level level = manifest_level(m, value, state_of(core, check, now_ms));

		manifest_add(m, &sum, value, level);
		json_open(j, NULL, '{');
		json_str(j, "app", check->app);
		json_str(j, "source", check->source);
		json_str(j, "level", manifest_level_name(level));
		put_value(j, value);
		json_close(j, '}');
	}
	json_close(j, ']');
	return sum;
}

static void put_manifest(
    struct json *j, struct core *core, const struct manifest *m, int64_t now_ms)
{
	json_open(j, NULL, '{');
	json_str(j, "name", m->name);
	json_str(j, "title", m->title);
	json_str(j, "measure", manifest_measure_name(m->measure));
	json_str(j, "window", m->window);
	json_open(j, "levels", '{');
	json_num(j, "green", m->green, 6);
	json_num(j, "yellow", m->yellow, 6);
	json_close(j, '}');
	struct manifest_sum sum = put_members(j, core, m, now_ms);

	json_int(j, "members", (int64_t)sum.members);
	json_str(j, "level", manifest_level_name(sum.level));
	put_value(j, sum.value);
	json_close(j, '}');
}

static void answer(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF out = BUF_INIT(ANSWER_MAX);
	struct json j = {.out = &out};
	int64_t now = collector_now();

	json_open(&j, NULL, '{');
	json_open(&j, "manifests", '[');
	for (size_t i = 0; i < c->manifests.n; i++)
		put_manifest(&j, c->core, &c->manifests.v[i], now);
	json_close(&j, ']');
	json_close(&j, '}');
	api_answer(x, &j);
}

const struct web_route manifest_routes[] = {
    {"GET", "/api/manifests", WEB_READER, answer},
    {NULL, NULL, WEB_ALL, NULL},
};
