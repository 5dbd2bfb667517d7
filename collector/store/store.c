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
	if (!s->job.rc) {
		s->rows += s->job.rows_added;
		s->more = s->job.sweep ? s->job.more : s->more;
	}
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
		rc = store_look(s->db, &s->facts, err);
	if (rc) {
		db_close(s->db);
		db_close(s->reader);
		sketch_done(&s->state.commit_s);
		store_job_done(&s->job);
		free(s->change);
		free(s->forgotten);
		free(s);
		*out = NULL;
		return rc;
	}
	s->state.postgres = db_is_postgres(s->db);
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
	free(s->forgotten);
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

void store_forget(struct store *s, const struct check *c)
{
	size_t kept = 0;

	fe_assert(!s->busy);
	for (size_t i = 0; i < s->changes; i++)
		if (s->change[i].check != c)
			s->change[kept++] = s->change[i];
	s->changes = kept;
	if (!c->id)
		return;
	if (s->forgotten_n == s->forgotten_cap) {
		s->forgotten_cap = s->forgotten_cap ? s->forgotten_cap * 2 : 64;
		s->forgotten = xreallocarray(s->forgotten, s->forgotten_cap, sizeof *s->forgotten);
	}
	s->forgotten[s->forgotten_n++] = c->id;
}

bool store_is_due(const struct store *s, int64_t now_ms)
{
	return now_ms - s->full_ms >= STORE_FULL_MS || now_ms < s->full_ms ||
	       s->journaled >= STORE_JOURNAL_MAX;
}

bool store_wants(const struct store *s, int64_t now_ms)
{
	return s->more || now_ms - s->swept_ms >= SWEEP_MS || now_ms < s->swept_ms;
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
	s->job.sweep = store_wants(s, now_ms);
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
	struct store_state state = s->state;

	state.facts = s->facts;
	state.rows = s->rows < 0 ? 0 : (uint64_t)s->rows;
	return state;
}

uint64_t store_bucket_commits(const struct store *s, bool *out_under_way)
{
	*out_under_way = s->busy && s->job.full;
	return s->fulls;
}
