/* SPDX-License-Identifier: MIT */
/* begin: the database at the start: taken at once, or waited for. */
#include "begin.h"

#include "clock.h"
#include "collector.h"
#include "xmem.h"

#define TRY_MS 500

struct begin {
	struct begin_rules rules;
	uv_timer_t timer;
	uv_work_t work;
	bool timed, trying, closing;
	struct store_link *link; /* of the try that is under way */
	int rc;
	struct err err;
	char why[256]; /* "": it waits for nothing */
	uint64_t since_ns;
};

static bool may_get_better(int rc)
{
	return rc == FE_EEXIST || rc == FE_ETIMEOUT || rc == FE_ECLOSED || rc == FE_ELIMIT;
}

static void wait_for(struct begin *b, const char *why)
{
	if (strcmp(b->why, why) != 0)
		(void)fprintf(
		    stderr, "collector: %s; waiting for it, requests are answered 503\n", why);
	(void)snprintf(b->why, sizeof b->why, "%s", why);
}

static void try_once(struct begin *b)
{
	err_done(&b->err);
	b->err = (struct err)ERR_INIT;
	b->rc = store_connect(b->rules.url, collector_now(), &b->link, &b->err);
}

static void on_work(uv_work_t *w)
{
	try_once(w->data);
}

static void stop(struct begin *b)
{
	if (b->timed)
		uv_close((uv_handle_t *)&b->timer, NULL);
	b->timed = false;
}

static void on_tried(uv_work_t *w, int status)
{
	struct begin *b = w->data;

	(void)status;
	b->trying = false;
	if (b->closing) {
		if (!b->rc)
			store_disconnect(b->link);
		return;
	}
	if (may_get_better(b->rc)) {
		wait_for(b, err_text(&b->err));
		return;
	}
	stop(b);
	if (!b->rc) {
		(void)fprintf(stderr, "collector: has the database, after %.1f s\n",
		    (double)(clock_mono_ns() - b->since_ns) / 1e9);
		b->rc = b->rules.ready(b->rules.arg, b->link, &b->err);
	}
	if (b->rc)
		b->rules.failed(b->rules.arg, b->rc, err_text(&b->err));
	else
		b->why[0] = '\0'; /* not before: until all is loaded nothing may be asked */
}

static void on_timer(uv_timer_t *t)
{
	struct begin *b = t->data;

	if (b->trying)
		return;
	b->trying = true;
	b->work.data = b;
	fe_assert(uv_queue_work(t->loop, &b->work, on_work, on_tried) == 0);
}

int begin_store(const struct begin_rules *rules, struct begin **out, struct err *err)
{
	struct begin *b = xcalloc(1, sizeof *b);

	*out = b;
	b->rules = *rules;
	b->since_ns = clock_mono_ns();
	try_once(b);
	if (!b->rc)
		return rules->ready(rules->arg, b->link, err);
	if (!may_get_better(b->rc))
		return err_set(err, b->rc, "%s", err_text(&b->err));
	wait_for(b, err_text(&b->err));
	fe_assert(uv_timer_init(rules->loop, &b->timer) == 0);
	b->timer.data = b;
	b->timed = true;
	uv_timer_start(&b->timer, on_timer, TRY_MS, TRY_MS);
	return 0;
}

const char *begin_waits_for(const struct begin *b)
{
	return b && b->why[0] ? b->why : NULL;
}

void begin_close(struct begin *b)
{
	if (!b)
		return;
	b->closing = true;
	stop(b);
}

void begin_free(struct begin *b)
{
	if (!b)
		return;
	err_done(&b->err);
	free(b);
}
