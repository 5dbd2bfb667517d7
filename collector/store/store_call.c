/* SPDX-License-Identifier: MIT */
/* store_call: small tables of their own (people, planned windows), on the reader's connection. */
#include "store_in.h"

#include "xmem.h"

#define TRIES 3

struct calling {
	uv_work_t work;
	struct store *store;
	store_work *run;
	store_done *done;
	void *arg;
	int rc;
	struct err err;
};

static int once(struct store *s, store_work *run, void *arg, struct err *err)
{
	int rc = db_begin(s->reader, err);

	rc = rc ? rc : run(arg, s->reader, err);
	if (rc)
		db_rollback(s->reader);
	else
		rc = db_commit(s->reader, err);
	return rc;
}

int store_call_now(struct store *s, store_work *run, void *arg, struct err *err)
{
	int rc = 0;

	uv_mutex_lock(&s->reader_lock);
	for (int i = 0; i < TRIES; i++) {
		rc = once(s, run, arg, err);
		if (rc == FE_ECLOSED) {
			if (db_reopen(s->reader, err))
				break;
		} else if (rc != FE_ETIMEOUT) {
			break;
		}
	}
	uv_mutex_unlock(&s->reader_lock);
	return rc;
}

static void run_call(uv_work_t *w)
{
	struct calling *c = w->data;

	c->rc = store_call_now(c->store, c->run, c->arg, &c->err);
}

static void on_called(uv_work_t *w, int status)
{
	struct calling *c = w->data;

	if (status)
		c->rc = err_set(&c->err, FE_ECLOSED, "the collector ends");
	c->store->reads--;
	if (c->done)
		c->done(c->arg, c->rc, c->rc ? err_text(&c->err) : NULL);
	err_done(&c->err);
	free(c);
}

void store_call(struct store *s, store_work *run, store_done *done, void *arg)
{
	struct calling *c = xcalloc(1, sizeof *c);

	*c = (struct calling){
	    .store = s, .run = run, .done = done, .arg = arg, .err = ERR_INIT, .work.data = c};
	s->reads++;
	fe_assert(uv_queue_work(s->rules.loop, &c->work, run_call, on_called) == 0);
}
