/* SPDX-License-Identifier: MIT */
#include "api_maintenance.h"

#include "check.h"
#include "num.h"
#include "who.h"
#include "xmem.h"

#define ANSWER_MAX (4UL * 1024 * 1024)

/* A window on its way to the disk. */
struct change {
	struct collector *c;
	struct exch *x; /* NULL: the client has gone, or nobody asked */
	struct maintenance_window w;
	int64_t before; /* rows that ended before are dropped, too */
	bool insert;
};

static struct db_value bytes(const char *s)
{
	return db_bytes(s, strlen(s));
}

/* May run twice: the same rows then. */
static int write_change(void *arg, struct db *db, struct err *err)
{
	struct change *h = arg;
	int rc = db_run(db, "DELETE FROM ferret_maintenance WHERE id = $1 OR to_ms < $2",
	    DB_ARGS(db_int((int64_t)h->w.id), db_int(h->before)), err);

	if (!rc && h->insert)
		rc = db_run(db,
		    "INSERT INTO ferret_maintenance (id, from_ms, to_ms, app, source, note, "
		    "by_whom) "
		    "VALUES ($1, $2, $3, $4, $5, $6, $7)",
		    DB_ARGS(db_int((int64_t)h->w.id), db_int(h->w.from), db_int(h->w.to),
			bytes(h->w.app), bytes(h->w.source), bytes(h->w.note), bytes(h->w.by)),
		    err);
	return rc;
}

static void change_free(struct change *h)
{
	free(h->w.app);
	free(h->w.source);
	free(h->w.note);
	free(h->w.by);
	free(h);
}

static void on_gone(void *arg)
{
	((struct change *)arg)->x = NULL;
}

static void answer_window(struct exch *x, const struct maintenance_window *w)
{
	struct buf AUTO_BUF out = BUF_INIT(ANSWER_MAX);
	struct json j = {.out = &out};

	api_put_window(&j, NULL, w, collector_now());
	web_json(x, &out);
}

static void on_added(void *arg, int rc, const char *why)
{
	struct change *h = arg;

	if (rc)
		(void)maintenance_end(core_maintenance(h->c->core), h->w.id, INT64_MIN);
	if (h->x) {
		exch_on_gone(h->x, NULL, NULL);
		if (rc)
			web_error(h->x, 503, "the window could not be stored: %s", why);
		else
			answer_window(h->x, &h->w);
	}
	change_free(h);
}

/* Ended in memory already: it stays so, and is told to the disk again by the next change. */
static void on_ended(void *arg, int rc, const char *why)
{
	struct change *h = arg;

	if (h->x) {
		exch_on_gone(h->x, NULL, NULL);
		if (rc)
			web_error(h->x, 503, "the end could not be stored: %s", why);
		else
			answer_window(h->x, &h->w);
	}
	change_free(h);
}

static struct change *change_new(
    struct collector *c, struct exch *x, const struct maintenance_window *w)
{
	struct change *h = xcalloc(1, sizeof *h);

	*h = (struct change){.c = c, .x = x, .before = INT64_MIN, .w = *w, .insert = true};
	h->w.app = xstrdup(w->app);
	h->w.source = xstrdup(w->source);
	h->w.note = xstrdup(w->note);
	h->w.by = xstrdup(w->by);
	if (x)
		exch_on_gone(x, on_gone, h);
	return h;
}

void api_put_window(
    struct json *j, const char *key, const struct maintenance_window *w, int64_t now_ms)
{
	json_open(j, key, '{');
	json_int(j, "id", (int64_t)w->id);
	json_str(j, "app", w->app);
	json_str(j, "source", w->source);
	json_int(j, "from", w->from);
	json_int(j, "to", w->to);
	json_str(j, "note", w->note);
	json_str(j, "by", *w->by ? w->by : NULL);
	json_str(j, "state", now_ms < w->from ? "planned" : now_ms < w->to ? "now" : "over");
	json_close(j, '}');
}

static void list(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF out = BUF_INIT(ANSWER_MAX);
	struct json j = {.out = &out};
	int64_t now = collector_now();

	json_open(&j, NULL, '{');
	json_int(&j, "now", now);
	json_open(&j, "windows", '[');
	const struct maintenance *m = core_maintenance(c->core);

	for (size_t i = m->n; i > 0; i--)
		api_put_window(&j, NULL, &m->v[i - 1], now);
	json_close(&j, ']');
	json_close(&j, '}');
	if (j.over)
		web_error(x, 500, "the answer is over %lu bytes", ANSWER_MAX);
	else
		web_json(x, &out);
}

static const char *const fields[] = {"app", "source", "from", "to", "minutes", "note", "csrf"};

/* A field that is none of ours is a mistake in writing, and nothing is left out silently. */
static bool knows_all(struct exch *x, const char *form)
{
	for (const char *p = form; *p;) {
		size_t n = strcspn(p, "=&");
		bool known = false;

		for (size_t i = 0; i < ARRAY_LEN(fields); i++)
			known |= strlen(fields[i]) == n && memcmp(fields[i], p, n) == 0;
		if (n && !known) {
			web_error(x, 400, "%.*s: wanted app, source, from, to or minutes, and note",
			    (int)(n > 40 ? 40 : n), p);
			return false;
		}
		p += strcspn(p, "&");
		p += *p == '&';
	}
	return true;
}

static bool take_number(struct exch *x, const char *form, const char *name, int64_t *out)
{
	AUTO_FREE char *text = query_param(form, name, 0);

	if (!text || num_i64(text, 1, INT64_MAX / 60001, out) == 0)
		return true;
	web_error(x, 400, "%s=%.40s: wanted a whole number", name, text);
	return false;
}

static void add(struct collector *c, struct exch *x)
{
	size_t n;
	const char *form = exch_body(x, &n);
	AUTO_FREE char *app = query_param(form, "app", 0), *source = query_param(form, "source", 0),
		       *note = query_param(form, "note", 0);
	static char any[] = "*", none[] = "";
	struct maintenance_window w = {
	    .app = app ? app : any, .source = source ? source : any, .note = note ? note : none};
	int64_t minutes = 0, now = collector_now();
	struct err err = ERR_INIT;
	uint64_t id;

	if (!knows_all(x, form) || !take_number(x, form, "from", &w.from) ||
	    !take_number(x, form, "to", &w.to) || !take_number(x, form, "minutes", &minutes))
		return;
	if ((w.to != 0) == (minutes != 0)) {
		web_error(
		    x, 400, "wanted either to=TIME (Unix ms) or minutes=N: every window ends");
		return;
	}
	const char *person = who_person(c, x);
	AUTO_FREE char *by = xstrdup(person ? person : "");

	w.by = by;
	w.from = w.from ? w.from : now;
	if (minutes)
		w.to = w.from + minutes * 60000;
	int rc = maintenance_add(core_maintenance(c->core), &w, now, &id, &err);

	if (rc)
		web_error(x, rc == FE_ELIMIT ? 429 : 400, "%s", err_text(&err));
	else
		store_call(c->store, write_change, on_added,
		    change_new(c, x, maintenance_find(core_maintenance(c->core), id)));
	err_done(&err);
}

static void end(struct collector *c, struct exch *x)
{
	const char *text = exch_path(x) + strlen("/api/maintenance/");
	int64_t id = 0, now = collector_now();

	if (num_i64(text, 1, INT64_MAX, &id)) {
		web_error(x, 400, "wanted /api/maintenance/ID");
		return;
	}
	const struct maintenance_window *w =
	    maintenance_find(core_maintenance(c->core), (uint64_t)id);

	if (!w) {
		web_error(x, 404, "there is no window %lld", (long long)id);
		return;
	}
	struct change *h = change_new(c, x, w);
	enum maintenance_ended ended =
	    maintenance_end(core_maintenance(c->core), (uint64_t)id, now);

	h->insert = ended != MAINTENANCE_GONE;
	h->w.to = ended == MAINTENANCE_OVER ? h->w.to : now;
	store_call(c->store, write_change, on_ended, h);
}

static char *text_of(const struct db_value *v)
{
	return xmemdup0(v->p ? v->p : "", v->len);
}

static int on_row(void *arg, const struct db_value *column, size_t n)
{
	struct maintenance *m = arg;

	if (n != 7)
		return FE_EPROTO;
	struct maintenance_window w = {.id = (uint64_t)column[0].i,
	    .from = column[1].i,
	    .to = column[2].i,
	    .app = text_of(&column[3]),
	    .source = text_of(&column[4]),
	    .note = text_of(&column[5]),
	    .by = text_of(&column[6])};
	int rc = maintenance_restore(m, &w);

	free(w.app);
	free(w.source);
	free(w.note);
	free(w.by);
	return rc;
}

static int load(void *arg, struct db *db, struct err *err)
{
	struct collector *c = arg;

	maintenance_done(core_maintenance(c->core));
	return db_query(db,
	    "SELECT id, from_ms, to_ms, app, source, note, by_whom FROM ferret_maintenance "
	    "ORDER BY id",
	    NULL, on_row, core_maintenance(c->core), err);
}

int api_maintenance_load(struct collector *c, struct err *err)
{
	return store_call_now(c->store, load, c, err);
}

void api_maintenance_tick(struct collector *c, int64_t now_ms)
{
	static const struct maintenance_window none;
	int64_t before = now_ms - CHECK_KEEP_MS;

	if (maintenance_forget(core_maintenance(c->core), before) == 0)
		return;
	struct change *h = xcalloc(1, sizeof *h);

	*h = (struct change){.c = c, .w = none, .before = before};
	store_call(c->store, write_change, on_ended, h);
}

const struct web_route api_maintenance_routes[] = {
    {"GET", "/api/maintenance", WEB_READER, list},
    {"POST", "/api/maintenance", WEB_READER, add},
    {"DELETE", "/api/maintenance/", WEB_READER, end},
    {NULL, NULL, WEB_ALL, NULL},
};
