/* SPDX-License-Identifier: MIT */
#include "history.h"

#include "xmem.h"

#define POINTS 2500 /* that a chart has use for */
#define AGAIN_MS 20
#define TRIES 500 /* ten seconds */

struct reading {
	struct collector *c;
	uint32_t *id;
	size_t n;
	enum series_res res;
	int64_t from, to;
	struct series_bucket *memory; /* copies, as they were when the store was asked */
	size_t memories, cap;
	bool partial;   /* some of them are not whole */
	bool under_way; /* a commit of buckets was, then */
	uint64_t commits;
	unsigned tries;
	uv_timer_t timer;
	history_fn *done;
	void *arg;
};

enum series_res history_resolution(
    const struct collector *c, int64_t from, int64_t to, int64_t now_ms)
{
	for (int r = 0; r < SERIES_DAY; r++) {
		int64_t kept = c->keep_ms[r];

		if ((to - from) / series_length((enum series_res)r) <= POINTS &&
		    (kept == INT64_MAX || from >= now_ms - kept))
			return (enum series_res)r;
	}
	return SERIES_DAY;
}

static void forget_memory(struct reading *r)
{
	for (size_t i = 0; i < r->memories; i++)
		series_bucket_done(&r->memory[i]);
	r->memories = 0;
	r->partial = false;
}

static void on_closed(uv_handle_t *h)
{
	struct reading *r = h->data;

	forget_memory(r);
	free(r->memory);
	free(r->id);
	free(r);
}

static void finish(struct reading *r, const char *why, const struct series_bucket *v, size_t n)
{
	r->done(r->arg, why, v, n);
	uv_close((uv_handle_t *)&r->timer, on_closed);
}

static void copy_bucket(struct reading *r, const struct series_bucket *b)
{
	if (r->memories == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 16;
		r->memory = xreallocarray(r->memory, r->cap, sizeof *r->memory);
	}
	struct series_bucket *copy = &r->memory[r->memories++];

	*copy = (struct series_bucket){
	    .start = b->start, .id = b->id, .res = b->res, .whole = b->whole};
	series_bucket_merge(copy, b);
	r->partial |= !b->whole;
}

/* In the order of the store's rows: by id as they were asked for, then by start. */
static void copy_memory(struct reading *r)
{
	struct series *all = core_series(r->c->core);

	forget_memory(r);
	for (size_t i = 0; i < r->n; i++) {
		size_t first = r->memories;
		const struct series_bucket *b = series_older(all, r->id[i], r->res, r->to);

		for (; b && b->start >= r->from; b = series_older(all, r->id[i], r->res, b->start))
			copy_bucket(r, b);
		for (size_t low = first, high = r->memories; low + 1 < high; low++) {
			struct series_bucket swap = r->memory[low];

			r->memory[low] = r->memory[--high];
			r->memory[high] = swap;
		}
	}
}

/* Both lists as one. What is in both: memory's where it is whole, else the sum. */
static void hand_over(struct reading *r, const struct series_bucket *stored, size_t rows)
{
	struct series_bucket *all = xcalloc(r->memories + rows + 1, sizeof *all);
	size_t m = 0, s = 0, n = 0;

	for (size_t i = 0; i < r->n; i++)
		for (;;) {
			bool mine = m < r->memories && r->memory[m].id == r->id[i];
			bool theirs = s < rows && stored[s].id == r->id[i];

			if (mine && theirs && r->memory[m].start == stored[s].start) {
				if (!r->memory[m].whole)
					series_bucket_merge(&r->memory[m], &stored[s]);
				s++;
				all[n++] = r->memory[m++];
			} else if (mine && (!theirs || r->memory[m].start < stored[s].start)) {
				all[n++] = r->memory[m++];
			} else if (theirs) {
				all[n++] = stored[s++];
			} else {
				break;
			}
		}
	finish(r, NULL, all, n);
	free(all);
}

static void ask(struct reading *r);

static void on_timer(uv_timer_t *t)
{
	ask(t->data);
}

static void on_rows(void *arg, int rc, const struct series_bucket *v, size_t n)
{
	struct reading *r = arg;
	bool under_way;
	uint64_t commits = store_bucket_commits(r->c->store, &under_way);

	if (rc == FE_ELIMIT)
		finish(r, "that is too much at once", NULL, 0);
	else if (rc)
		finish(r, "the store does not answer", NULL, 0);
	else if (!r->partial || (!r->under_way && commits == r->commits))
		hand_over(r, v, n);
	else if (++r->tries == TRIES)
		finish(r, "the store is busy", NULL, 0);
	else
		uv_timer_start(&r->timer, on_timer, under_way ? AGAIN_MS : 0, 0);
}

static void ask(struct reading *r)
{
	copy_memory(r);
	r->commits = store_bucket_commits(r->c->store, &r->under_way);
	if (r->partial && r->under_way && ++r->tries < TRIES) {
		uv_timer_start(&r->timer, on_timer, AGAIN_MS, 0);
		return;
	}
	store_read(
	    r->c->store, &(struct store_query){r->id, r->n, r->res, r->from, r->to}, on_rows, r);
}

void history_read(
    struct collector *c, const struct history_query *query, history_fn *done, void *arg)
{
	struct reading *r = xcalloc(1, sizeof *r);

	*r = (struct reading){.c = c,
	    .id = xcalloc(query->n + 1, sizeof *r->id),
	    .n = query->n,
	    .res = query->res,
	    .from = query->from,
	    .to = query->to,
	    .done = done,
	    .arg = arg};
	for (size_t i = 0; i < query->n; i++)
		r->id[i] = query->id[i];
	fe_assert(uv_timer_init(&c->loop, &r->timer) == 0);
	r->timer.data = r;
	ask(r);
}
