/* SPDX-License-Identifier: MIT */
/* Logs out of the world: drains and sessions. */
#include "world_in.h"
#include "xmem.h"

int world_drain_add(struct world *w, json_t *doc, const json_t *drain, struct err *err)
{
	struct place *p = world_place(w, doc);
	struct logplex_drain_spec spec = {
	    .url = state_str(drain, "url"), .token = state_str(drain, "token")};
	struct outflow *o;
	struct logplex_drain *d = NULL;

	if (!p)
		return FE_ENOENT;
	if (logplex_drain_add(p->log, &spec, &d, err))
		return err ? err->code : FE_EINVAL;
	o = xcalloc(1, sizeof *o);
	o->id = xstrdup(state_str(drain, "id"));
	o->drain = d;
	o->next = p->drains;
	p->drains = o;
	return 0;
}

void world_drains_open(struct world *w, json_t *doc)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(doc, "drains"), i, one)
	{
		struct err err = ERR_INIT;

		if (world_drain_add(w, doc, one, &err))
			err_print("sandbox", &err);
		err_done(&err);
	}
}

void world_drain_remove(struct world *w, json_t *doc, const char *id)
{
	struct place *p = world_place(w, doc);

	for (struct outflow **at = p ? &p->drains : NULL; at && *at; at = &(*at)->next) {
		struct outflow *o = *at;

		if (strcmp(o->id, id) != 0)
			continue;
		*at = o->next;
		logplex_drain_remove(o->drain);
		free(o->id);
		free(o);
		return;
	}
}

void world_session(struct world *w, const char *id, json_t *wish)
{
	json_object_set(w->sessions, id, wish);
}

struct reader {
	struct exch *x;
	struct logplex_session *session;
	bool ended;
};

static void pump(void *arg)
{
	struct reader *r = arg;
	char text[8192];
	long n = 0;

	while (!r->ended && exch_waiting(r->x) < HTTPD_STREAM_HIGH &&
	       (n = logplex_take(r->session, text, sizeof text)) > 0)
		exch_write(r->x, text, (size_t)n);
	if (n < 0 && !r->ended) {
		r->ended = true;
		exch_end(r->x);
	}
}

static void reader_gone(void *arg)
{
	struct reader *r = arg;

	logplex_session_close(r->session);
	free(r);
}

void world_read_log(struct world *w, struct exch *x, const char *id)
{
	json_t *wish = json_object_get(w->sessions, id);
	json_t *doc = state_app(w->rules.api->state, state_str(wish, "_app"));
	struct place *p = doc ? world_place(w, doc) : NULL;
	const char *source = state_str(wish, "source");
	const char *dyno = state_str(wish, "dyno_name");
	struct logplex_want want = {
	    .lines = json_object_get(wish, "lines")
			 ? (unsigned)json_integer_value(json_object_get(wish, "lines"))
			 : 100,
	    .tail = json_is_true(json_object_get(wish, "tail")),
	    .source = *source ? source : NULL,
	    .dyno = *dyno                      ? dyno
		    : *state_str(wish, "type") ? state_str(wish, "type")
					       : NULL};
	struct reader *r;

	if (!p) {
		exch_answer(x, 404, "text/plain", "No such session\n", 16);
		return;
	}
	if (want.lines > LOGPLEX_HISTORY)
		want.lines = LOGPLEX_HISTORY;
	r = xcalloc(1, sizeof *r);
	r->x = x;
	exch_on_gone(x, reader_gone, r);
	exch_stream(x, 200, "text/plain", pump, r);
	r->session = logplex_open(p->log, &want, pump, r);
	pump(r);
}
