/* SPDX-License-Identifier: MIT */
/* Logs out of the world: drains and sessions. */
#include "clock.h"
#include "world_in.h"
#include "xmem.h"

int world_drain_add(struct world *w, json_t *doc, const json_t *drain, struct err *err)
{
	struct place *p = world_place(w, doc);
	struct logplex_drain_spec spec = {
	    .url = state_str(drain, "url"), .token = state_str(drain, "token"), .trust = w->trust};
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

void world_line(struct place *p, const char *source, const char *procid, const char *text, size_t n)
{
	struct fault *f = p->world->rules.api->fault;

	if (p->drains &&
	    fault_named(f, "drain-overflow", state_str(json_object_get(p->doc, "app"), "name")))
		logplex_add_undrained(p->log, source, procid, text, n);
	else
		logplex_add(p->log, source, procid, text, n);
}

json_t *world_drain_counts(struct world *w)
{
	json_t *out = json_array();

	for (struct place *p = w->places; p; p = p->next) {
		const char *app = state_str(json_object_get(p->doc, "app"), "name");

		for (struct outflow *o = p->drains; o; o = o->next) {
			struct logplex_drain_counts n = logplex_drain_counts(o->drain);

			json_array_append_new(out,
			    json_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:I}", "app", app, "id", o->id,
				"delivered", (json_int_t)n.delivered, "dropped",
				(json_int_t)n.dropped, "refused", (json_int_t)n.refused, "requests",
				(json_int_t)n.requests, "waiting", (json_int_t)n.waiting));
		}
	}
	return out;
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

static bool expired(const struct world *w, const json_t *wish)
{
	return clock_wall_ms() - json_integer_value(json_object_get(wish, "_made_ms")) >=
	       (int64_t)w->rules.session_ms;
}

void world_session(struct world *w, const char *id, json_t *wish)
{
	const char *key;
	json_t *one;
	void *next;

	json_object_foreach_safe(w->sessions, next, key, one)
	{
		if (expired(w, one))
			json_object_del(w->sessions, key);
	}
	json_object_set_new(wish, "_made_ms", json_integer(clock_wall_ms()));
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

	if (!p || expired(w, wish)) {
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
