/* SPDX-License-Identifier: MIT */
/*
 * public: GET /public.json, for everybody where FERRET_PUBLIC is on: names, states and shares, nothing
 * that a check has said. Made at most every FRESH_MS, so that a crowd costs nothing.
 */
#include "api_param.h"
#include "xmem.h"

#define FRESH_MS 5000
#define ANSWER_MAX (16UL * 1024 * 1024)

static const char *const states[UPTIME_STATES] = {"unknown", "up", "down"};

static void put_share(struct json *j, const char *key, struct core *core, const struct check *c,
    const struct api_window *window, int64_t now_ms)
{
	struct check_window w;

	api_sum_up(core, c, window, now_ms, &w);
	if (w.time.up < 0)
		json_null(j, key);
	else
		json_num(j, key, w.time.up, 6);
}

static void put_check(struct json *j, struct core *core, const struct check *c, int64_t now_ms)
{
	json_open(j, NULL, '{');
	json_str(j, "app", c->app);
	json_str(j, "source", c->source);
	json_str(j, "state", states[c->state]);
	json_time(j, "since", c->since_ms);
	json_open(j, "uptime", '{');
	put_share(j, "share", core, c, api_window(NULL), now_ms);
	for (unsigned i = 0; i < API_WINDOWS; i++)
		put_share(j, api_windows[i].name, core, c, &api_windows[i], now_ms);
	json_close(j, '}');
	json_close(j, '}');
}

static void put_all(struct json *j, struct core *core, int64_t now_ms)
{
	const struct check **all = api_sorted(core);

	json_open(j, NULL, '{');
	json_int(j, "now", now_ms);
	api_put_fleet(j, core);
	json_open(j, "checks", '[');
	for (size_t i = 0; i < core_checks(core); i++)
		put_check(j, core, all[i], now_ms);
	json_close(j, ']');
	json_close(j, '}');
	free(all);
}

static void answer(struct collector *c, struct exch *x)
{
	struct collector_page *page = &c->public_json;
	int64_t now = collector_now();
	struct json j = {.out = &page->text};

	if (!c->config.public_page) {
		web_error(x, 404, "nothing is at this path");
		return;
	}
	if (page->text.len == 0 || now - page->made_ms >= FRESH_MS || now < page->made_ms) {
		page->made_ms = now;
		page->text.max = ANSWER_MAX;
		buf_clear(&page->text);
		put_all(&j, c->core, now);
	}
	if (j.over) {
		buf_clear(&page->text);
		web_error(x, 500, "the answer is over %lu bytes", ANSWER_MAX);
		return;
	}
	exch_add_header(x, "Cache-Control", "public, max-age=5");
	exch_add_header(x, "Access-Control-Allow-Origin", "*");
	exch_answer(x, 200, "application/json; charset=utf-8", page->text.p, page->text.len);
}

const struct web_route public_routes[] = {
    {"GET", "/public.json", WEB_ALL, answer},
    {NULL, NULL, WEB_ALL, NULL},
};
