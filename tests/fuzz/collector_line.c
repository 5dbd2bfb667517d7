/* SPDX-License-Identifier: MIT */
/* Fuzz line_read: any text from any sender; every word lies in the text, every number is one. */
#include "line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct word text;

static void inside(struct word w)
{
	fe_assert(w.len == 0 || (w.p >= text.p && w.p + w.len <= text.p + text.len));
}

static void metrics(struct word pairs)
{
	const char *at = pairs.p;
	struct line_metric m;
	uint64_t odd = 0;

	while (line_metric_next(pairs, &at, &m, &odd)) {
		inside(m.name);
		inside(m.unit);
		fe_assert(m.value >= 0 && m.value < 1e300);
	}
	inside(line_value(pairs, "phase"));
}

static void ferret(const struct line_ferret *f)
{
	inside(f->app);
	inside(f->source);
	inside(f->at);
	inside(f->rest);
	inside(f->out);
	inside(f->site);
	inside(f->reason);
	fe_assert(f->part > 0 && f->part <= f->parts && f->val >= -1 && f->ts_ms >= 0);
	if (f->rest.len)
		metrics(f->rest);
}

static void dyno(const struct line *l)
{
	const char *at = l->dyno.from.p;
	struct line_scale s;

	inside(l->dyno.code);
	inside(l->dyno.from);
	inside(l->dyno.to);
	fe_assert(l->dyno.number >= -1 && l->dyno.share >= -1);
	while (l->kind == LINE_SCALE && line_scale_next(l->dyno.from, &at, &s)) {
		inside(s.type);
		inside(s.size);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const senders[][2] = {{"heroku", "router"}, {"heroku", "logplex"},
	    {"heroku", "web.1"}, {"app", "web.1"}, {"app", "api"}, {"app", "heroku-postgres"},
	    {"app", "postgres.3"}, {"app", "log-shuttle"}, {"app", "run.1"}, {"", ""}};
	struct line l;

	if (size == 0)
		return 0;
	const char *const *from = senders[data[0] % (sizeof senders / sizeof *senders)];
	const struct frame f = {.app = from[0],
	    .app_len = strlen(from[0]),
	    .procid = from[1],
	    .procid_len = strlen(from[1]),
	    .text = (const char *)data + 1,
	    .text_len = size - 1};

	text = (struct word){f.text, f.text_len};
	line_read(&f, &l);
	inside(l.text);
	if (l.kind >= LINE_VERDICT && l.kind <= LINE_EVENT)
		ferret(&l.ferret);
	else if (l.kind >= LINE_METRICS && l.kind <= LINE_REDIS)
		metrics(l.metrics.pairs);
	else if (l.kind == LINE_ROUTER)
		inside(l.router.path), inside(l.router.host), inside(l.router.dyno);
	else if (l.kind != LINE_PLAIN)
		dyno(&l);
	return 0;
}
