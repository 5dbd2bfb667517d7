/* SPDX-License-Identifier: MIT */
/* store: its life: connections, the writer's thread, one commit at a time. */
#include "store_in.h"

#include "xmem.h"

#define SWEEP_MS 60000

static void on_finished(uv_async_t *a)
{
	struct store *s = a->data;
	store_done *done = s->done;

	if (!s->busy) /* closed in between */
		return;
	store_job_end(s);
	s->job.changes = 0;
	s->busy = false;
	s->state.failures += s->job.rc != 0;
	s->state.commits += s->job.rc == 0;
	if (s->job.rc)
		s->full_ms = 0; /* the next one tries all of it */
	else
		s->journaled =
		    s->job.full ? 0 : s->journaled + (s->job.journal ? s->job.journal->len : 0);
	if (!s->job.rc)
		(void)!sketch_add(&s->state.commit_s, s->job.took_s, 1);
	s->done = NULL;
	if (done)
		done(s->done_arg, s->job.rc, s->job.rc ? err_text(&s->job.err) : NULL);
	if (s->deposed && s->rules.deposed)
		s->rules.deposed(s->rules.arg, err_text(&s->job.err));
}

static void write_jobs(void *arg)
{
	struct store *s = arg;

	uv_mutex_lock(&s->lock);
	for (;;) {
		while (!s->work && !s->quit)
			uv_cond_wait(&s->wake, &s->lock);
		if (!s->work)
			break;
		uv_mutex_unlock(&s->lock);
		store_job_run(s);
		uv_mutex_lock(&s->lock);
		s->work = false;
		uv_async_send(&s->finished);
	}
	uv_mutex_unlock(&s->lock);
}

static int take_oldest(void *arg, const struct db_value *column, size_t n)
{
	int64_t *oldest = arg;

	if (n == 1 && column[0].type == DB_INT)
		*oldest = column[0].i;
	return 0;
}

/* What the ingest page shows; on the reader's connection. */
static int look_at_size(struct store *s, struct err *err)
{
	int rc = db_size(s->reader, &s->state.bytes, err);

	for (int r = 0; r < SERIES_RESOLUTIONS && !rc; r++) {
		s->state.oldest_ms[r] = INT64_MAX;
		rc = db_query(s->reader,
		    "SELECT start_ms FROM ferret_bucket WHERE res = $1 ORDER BY start_ms LIMIT 1",
		    DB_ARGS(db_int(r)), take_oldest, &s->state.oldest_ms[r], err);
	}
	return rc;
}

int store_open(const struct store_rules *rules, struct store_link *link, int64_t now_ms,
    struct store **out, struct err *err)
{
	struct store *s = xcalloc(1, sizeof *s);
	int rc;

	/* already: applying the journal tells of incidents, which are the store's to keep */
	*out = s;
	s->rules = *rules;
	s->db = link->db;
	s->reader = link->reader;
	s->owner = link->owner;
	free(link);
	rc = store_load(s, now_ms, err);
	if (!rc)
		rc = look_at_size(s, err);
	if (rc) {
		db_close(s->db);
		db_close(s->reader);
		sketch_done(&s->state.commit_s);
		store_job_done(&s->job);
		free(s->change);
		free(s);
		*out = NULL;
		return rc;
	}
	s->state.postgres = db_is_postgres(s->db);
	s->job.series = s->series;
	fe_assert(uv_mutex_init(&s->lock) == 0 && uv_mutex_init(&s->reader_lock) == 0);
	fe_assert(uv_cond_init(&s->wake) == 0);
	fe_assert(uv_async_init(rules->loop, &s->finished, on_finished) == 0);
	s->finished.data = s;
	fe_assert(uv_thread_create(&s->thread, write_jobs, s) == 0);
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (!s || s->closing)
		return;
	s->closing = true;
	uv_mutex_lock(&s->lock);
	s->quit = true;
	uv_cond_signal(&s->wake);
	uv_mutex_unlock(&s->lock);
	uv_thread_join(&s->thread);
	on_finished(&s->finished);
	uv_close((uv_handle_t *)&s->finished, NULL);
}

void store_free(struct store *s)
{
	if (!s)
		return;
	db_close(s->db);
	db_close(s->reader);
	uv_mutex_destroy(&s->lock);
	uv_mutex_destroy(&s->reader_lock);
	uv_cond_destroy(&s->wake);
	sketch_done(&s->state.commit_s);
	store_job_done(&s->job);
	free(s->change);
	free(s);
}

bool store_busy(const struct store *s)
{
	return s->busy;
}

void store_incident(struct store *s, struct check *c, uint64_t id)
{
	for (size_t i = s->job.changes; i < s->changes; i++)
		if (s->change[i].check == c && s->change[i].id == id)
			return;
	if (s->changes == s->changes_cap) {
		s->changes_cap = s->changes_cap ? s->changes_cap * 2 : 64;
		s->change = xreallocarray(s->change, s->changes_cap, sizeof *s->change);
	}
	s->change[s->changes++] = (struct store_change){c, id};
}

bool store_is_due(const struct store *s, int64_t now_ms)
{
	return now_ms - s->full_ms >= STORE_FULL_MS || now_ms < s->full_ms ||
	       s->journaled >= STORE_JOURNAL_MAX;
}

void store_commit(struct store *s, const struct store_batch *batch, store_done *done, void *arg)
{
	struct store_batch b = *batch;
	int64_t now_ms = b.now_ms;

	fe_assert(!s->busy && !s->closing);
	b.full |= store_is_due(s, now_ms);
	if (b.full)
		s->full_ms = now_ms;
	s->fulls += b.full;
	store_job_fill(s, &b);
	s->job.sweep = now_ms - s->swept_ms >= SWEEP_MS || now_ms < s->swept_ms;
	if (s->job.sweep)
		s->swept_ms = now_ms;
	s->busy = true;
	s->done = done;
	s->done_arg = arg;
	uv_mutex_lock(&s->lock);
	s->work = true;
	uv_cond_signal(&s->wake);
	uv_mutex_unlock(&s->lock);
}

struct store_state store_state(const struct store *s)
{
	return s->state;
}

uint64_t store_bucket_commits(const struct store *s, bool *out_under_way)
{
	*out_under_way = s->busy && s->job.full;
	return s->fulls;
}
