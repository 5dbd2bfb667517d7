/* SPDX-License-Identifier: MIT */
#include "apps.h"

#include <stdatomic.h>

#include "clock.h"
#include "heroku_owners.h"
#include "names.h"
#include "xmem.h"

#define ASK_NS (60 * NS_PER_S)
#define SILENCE_S 5U
#define SHOWN_MAX 100U

struct found {
	char *token, *app;
};

struct apps {
	struct collector *c;
	struct names names;
	uint64_t asked, failed;
	char why[256]; /* of the last failure; "": the last one was none */
	bool asking, writing;
	atomic_bool ending;
	uv_work_t work; /* touches what follows, and nothing else */
	int rc;
	struct err err;
	struct found *found;
	size_t n, written; /* found; of these handed to the store, and from where */
};

static void clear_found(struct apps *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->found[i].token);
		free(a->found[i].app);
	}
	free(a->found);
	a->found = NULL;
	a->n = 0;
}

static void on_drain(void *arg, const char *app, const char *token)
{
	struct apps *a = arg;

	a->found = xreallocarray(a->found, a->n + 1, sizeof *a->found);
	a->found[a->n++] = (struct found){xstrdup(token), xstrdup(app)};
}

static bool is_enough(void *arg)
{
	const struct apps *a = arg;

	return a->n >= NAMES_MAX || atomic_load(&a->ending);
}

static void ask(uv_work_t *work)
{
	struct apps *a = work->data;
	const char *team = getenv("ORG");
	const struct heroku_owners owners = {.team = team && *team ? team : NULL,
	    .deadline_ns = clock_mono_ns() + ASK_NS,
	    .silence_s = SILENCE_S,
	    .drain = on_drain,
	    .enough = is_enough,
	    .arg = a};

	a->rc = heroku_each_drain(&owners, &a->err);
}

/* ---- what the store keeps ---- */

static struct db_value bytes(const char *s)
{
	return db_bytes(s, strlen(s));
}

static int write_found(void *arg, struct db *db, struct err *err)
{
	const struct apps *a = arg;
	int rc = 0;

	for (size_t i = 0; i < a->n && !rc; i++)
		rc = db_run(db,
		    "INSERT INTO ferret_drain (token, app, at_ms) VALUES ($1, $2, $3) "
		    "ON CONFLICT (token) DO UPDATE SET app = $2, at_ms = $3",
		    DB_ARGS(
			bytes(a->found[i].token), bytes(a->found[i].app), db_int(collector_now())),
		    err);
	return rc;
}

static void on_written(void *arg, int rc, const char *why)
{
	struct apps *a = arg;

	if (rc)
		(void)snprintf(a->why, sizeof a->why, "the store did not take them: %s", why);
	a->writing = false;
	clear_found(a);
}

static int on_row(void *arg, const struct db_value *column, size_t n)
{
	struct apps *a = arg;

	if (n != 2)
		return FE_EPROTO;
	AUTO_FREE char *token = xmemdup0(column[0].p, column[0].len);
	AUTO_FREE char *app = xmemdup0(column[1].p, column[1].len);

	(void)names_learn(&a->names, token, app, collector_now());
	return 0;
}

static int read_rows(void *arg, struct db *db, struct err *err)
{
	return db_query(db, "SELECT token, app FROM ferret_drain ORDER BY at_ms DESC LIMIT 2048",
	    NULL, on_row, arg, err);
}

int apps_load(struct collector *c, struct err *err)
{
	const char *key = getenv("HEROKU_API_KEY");

	if (!key || !*key)
		return 0;
	c->apps = xcalloc(1, sizeof *c->apps);
	c->apps->c = c;
	c->apps->work.data = c->apps;
	return store_call_now(c->store, read_rows, c->apps, err);
}

void apps_close(struct apps *a)
{
	if (a)
		atomic_store(&a->ending, true);
}

void apps_free(struct apps *a)
{
	if (!a)
		return;
	clear_found(a);
	names_done(&a->names);
	err_done(&a->err);
	free(a);
}

/* ---- asking ---- */

/* Keeps of what was found what is new; whether there is any. */
static bool learn(struct apps *a, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct found *f = &a->found[i], held = *f;

		if (names_learn(&a->names, held.token, held.app, now)) {
			*f = a->found[kept];
			a->found[kept++] = held;
		}
	}
	for (size_t i = kept; i < a->n; i++) {
		free(a->found[i].token);
		free(a->found[i].app);
	}
	a->n = kept;
	return kept > 0;
}

static void on_asked(uv_work_t *work, int status)
{
	struct apps *a = work->data;
	int64_t now = collector_now();
	bool answered = status == 0 && a->rc == 0;

	a->asking = false;
	a->asked++;
	a->failed += !answered;
	(void)snprintf(a->why, sizeof a->why, "%s", answered ? "" : err_text(&a->err));
	err_done(&a->err);
	a->err = (struct err)ERR_INIT;
	bool new = status == 0 && learn(a, now);

	names_asked(&a->names, answered, now);
	if (new && !atomic_load(&a->ending)) {
		a->writing = true;
		store_call(a->c->store, write_found, on_written, a);
	} else {
		clear_found(a);
	}
}

void apps_tick(struct collector *c, int64_t now_ms)
{
	struct apps *a = c->apps;

	if (!a || a->asking || a->writing || !names_want(&a->names, now_ms))
		return;
	a->asking = true;
	fe_assert(uv_queue_work(&c->loop, &a->work, ask, on_asked) == 0);
}

const char *apps_name(void *collector, const char *token, int64_t now_ms)
{
	struct collector *c = collector;

	return c->apps ? names_find(&c->apps->names, token, now_ms) : NULL;
}

void apps_put(struct json *j, const struct collector *c)
{
	const struct apps *a = c->apps;

	if (!a) {
		json_null(j, "names");
		return;
	}
	json_open(j, "names", '{');
	json_int(j, "asked", (int64_t)a->asked);
	json_int(j, "failed", (int64_t)a->failed);
	json_str(j, "error", *a->why ? a->why : NULL);
	json_open(j, "tokens", '[');
	for (size_t i = 0; i < a->names.n && i < SHOWN_MAX; i++) {
		json_open(j, NULL, '{');
		json_str(j, "token", a->names.v[i].token);
		json_str(j, "app", a->names.v[i].app);
		json_close(j, '}');
	}
	json_close(j, ']');
	json_close(j, '}');
}
