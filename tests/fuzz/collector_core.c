/* SPDX-License-Identifier: MIT */
/*
 * Fuzz the collector's core: any lines from any sender, late, twice and at any time, with ceilings so
 * low that all of them are met. Nothing breaks, and every check's tiles are the wall clock.
 *
 * Each line of the input: a byte for the sender, a byte for how much later (or earlier) it is, text.
 */
#include "core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define T0 1795219200000LL

static struct core *small_core(void)
{
	struct core_rules rules = {.series = series_limits_default,
	    .verdicts = {.rounds = 4, .recent_log2 = 1},
	    .checks = 3};

	rules.series.series = 12;
	rules.series.buckets = 30;
	return core_new(&rules);
}

static int64_t feed(struct core *c, const uint8_t *line, size_t len, int64_t now)
{
	static const char *const senders[][2] = {{"app", "monitor_a.1"}, {"app", "monitor_a.2"},
	    {"app", "web.1"}, {"heroku", "router"}, {"heroku", "web.1"}, {"heroku", "logplex"},
	    {"app", "api"}, {"app", "heroku-postgres"}};
	const char *const *from = senders[line[0] % 8];
	const struct frame f = {.app = from[0],
	    .app_len = strlen(from[0]),
	    .procid = from[1],
	    .procid_len = strlen(from[1]),
	    .text = (const char *)line + 2,
	    .text_len = len - 2,
	    .at_ms = line[0] & 0x40 ? INT64_MIN : now};

	now += (int64_t)(line[1] - 64) * 500;
	core_frame(c, &f, line[0] & 8 ? WORD("one") : WORD("two"), (line[0] & 16) != 0, now);
	if (line[0] & 32)
		core_tick(c, now);
	return now;
}

static void look(struct core *c, int64_t now)
{
	struct check_room *room = core_room(c);

	for (size_t i = 0; i < core_checks(c); i++) {
		int64_t at = T0 - 100000, to = now > T0 ? now + 1000 : T0;
		const struct uptime_tiles *t = check_tiles(core_check_at(c, i), at, to, room);

		for (size_t k = 0; k < t->n; k++) {
			fe_assert(t->v[k].from == at && t->v[k].to > at);
			at = t->v[k].to;
		}
		fe_assert(t->n == 0 || at == to);
	}
	fe_assert(core_checks(c) <= 3);
	fe_assert(series_count(core_series(c)) <= 12 && series_buckets(core_series(c)) <= 30);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct core *c = small_core();
	int64_t now = T0;

	while (size > 2) {
		const uint8_t *end = memchr(data + 2, '\n', size - 2);
		size_t len = end ? (size_t)(end - data) : size;

		now = feed(c, data, len, now);
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
	look(c, now);
	core_end(c);
	look(c, now);
	core_tidy(c, now + 1000000000);
	core_free(c);
	return 0;
}
