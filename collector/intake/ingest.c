/* SPDX-License-Identifier: MIT */
/* ingest: requests to the core, and their answers behind a commit. */
#include "ingest.h"

#include "clock.h"
#include "echo.h"
#include "ingest_key.h"
#include "ingest_type.h"
#include "known.h"
#include "num.h"
#include "outlet.h"
#include "rate.h"
#include "turns.h"
#include "xmem.h"

#define RETRY_MS 1000
#define JOURNAL_MAX (64UL * 1024 * 1024)
#define TURN_NS (2 * NS_PER_MS) /* of taking bodies, before the loop looks at all else again */
#define HANG_MS 10000           /* a commit under way for so long: the store is down */

struct waiter {
	struct turn_item item; /* while it has not been taken */
	struct waiter *next;
	struct exch *x;  /* NULL: it has gone */
	const char *app; /* NULL: not told by who may */
	int64_t came_ms;
	bool echo;      /* of ourselves alone: answered with the next tick */
	uint64_t drain; /* whose it is, by hash */
	uint64_t body;  /* its hash, of one that was taken and has no Frame-Id; else 0 */
};

struct ingest {
	struct core *core;
	struct store *store;
	struct outlets *outlets; /* NULL: none */
	struct known known;
	struct ingest_counts counts;
	struct turns come; /* not taken yet, each drain's oldest first */
	ingest_name_of *name_of;
	void *names;
	struct rate *rate; /* NULL: as much as they bring */
	struct waiter *waiting, *committing, *echoes;
	uv_idle_t turn; /* active while some have come */
	bool begun;
	struct buf journal, journal_committing;
	bool overflow; /* the journal is not whole */
	bool last;
	int64_t now_ms, retry_ms, commit_ms; /* commit_ms: when the one under way began */
};

struct ingest *ingest_new(void)
{
	struct ingest *i = xcalloc(1, sizeof *i);

	known_init(&i->known);
	buf_init(&i->journal, JOURNAL_MAX);
	buf_init(&i->journal_committing, JOURNAL_MAX);
	return i;
}

struct buf *ingest_journal(struct ingest *i)
{
	return &i->journal;
}

bool *ingest_overflow(struct ingest *i)
{
	return &i->overflow;
}

static void free_list(struct waiter *w)
{
	while (w) {
		struct waiter *next = w->next;

		free(w);
		w = next;
	}
}

void ingest_free(struct ingest *i)
{
	if (!i)
		return;
	for (struct turn_item *w; (w = turns_next(&i->come));)
		free(w);
	turns_done(&i->come);
	rate_free(i->rate);
	free_list(i->waiting);
	free_list(i->committing);
	free_list(i->echoes);
	known_done(&i->known);
	buf_done(&i->journal);
	buf_done(&i->journal_committing);
	free(i);
}

void ingest_names(struct ingest *i, ingest_name_of *name_of, void *arg)
{
	i->name_of = name_of;
	i->names = arg;
}

void ingest_limit(struct ingest *i, int64_t lines_per_s)
{
	i->rate = rate_new(lines_per_s);
}

void ingest_begin(struct ingest *i, struct core *core, struct store *store, uv_loop_t *loop)
{
	i->core = core;
	i->store = store;
	fe_assert(uv_idle_init(loop, &i->turn) == 0);
	i->turn.data = i;
	i->begun = true;
}

void ingest_pass(struct ingest *i, struct outlets *outlets)
{
	i->outlets = outlets;
}

void ingest_close(struct ingest *i)
{
	if (i && i->begun)
		uv_close((uv_handle_t *)&i->turn, NULL);
}

void ingest_known(void *ingest, uint64_t key)
{
	struct ingest *i = ingest;

	known_load(&i->known, key);
}

struct ingest_counts *ingest_counts(struct ingest *i)
{
	return &i->counts;
}

static void commit(struct ingest *i);

/* All that wait there get this answer. */
static void answer(struct ingest *i, struct waiter **list, int status, const char *text)
{
	struct waiter *next;

	for (struct waiter *w = *list; w; w = next) {
		struct exch *x = w->x;

		next = w->next;
		if (w->echo && status == 202 && x) {
			w->echo = false;
			w->next = i->echoes;
			i->echoes = w;
			continue;
		}
		i->counts.refused[status] += status >= 300;
		if (w->body && (status >= 300 || !x || exch_left(x)))
			known_owe(&i->known, w->body);
		free(w);
		if (!x)
			continue;
		exch_on_gone(x, NULL, NULL);
		if (status == 503)
			exch_add_header(x, "Retry-After", "1");
		exch_answer(x, status, "text/plain; charset=utf-8", text, strlen(text));
	}
	*list = NULL;
}

static void say_down(struct ingest *i, const char *why)
{
	struct ingest_counts *c = &i->counts;

	if (!c->down) {
		c->down = true;
		c->down_ms = i->now_ms;
		(void)fprintf(
		    stderr, "collector: cannot store: %s; requests are answered 503\n", why);
	}
	(void)snprintf(c->why, sizeof c->why, "%s", why);
}

static void say_up(struct ingest *i)
{
	if (i->counts.down)
		(void)fprintf(stderr, "collector: can store again\n");
	i->counts.down = false;
}

/* What was not written goes before what came meanwhile. */
static void keep_journal(struct ingest *i)
{
	struct buf *old = &i->journal_committing, *new = &i->journal;

	if (new->len > 1 && old->len > 0) {
		if (buf_add(old, new->p + 1, new->len - 1))
			i->overflow = true;
		else
			buf_clear(new);
	}
	if (new->len == 0) {
		struct buf empty = *new;

		*new = *old;
		*old = empty;
	}
}

static void on_committed(void *arg, int rc, const char *why)
{
	struct ingest *i = arg;

	known_end(&i->known, rc != 0);
	if (rc) {
		say_down(i, why);
		keep_journal(i);
		i->retry_ms = i->now_ms + RETRY_MS;
	} else {
		say_up(i);
		core_tidy(i->core, i->now_ms);
	}
	answer(i, &i->committing, rc ? 503 : 202, rc ? "the store is down\n" : "");
	commit(i);
}

static bool is_needed(const struct ingest *i)
{
	return i->waiting || i->known.next.n || i->journal.len || i->overflow || i->last ||
	       i->counts.down || store_wants(i->store, i->now_ms) ||
	       (store_is_due(i->store, i->now_ms) && core_changed(i->core));
}

/* Begin the next commit, unless one is under way, or the store is given a moment's rest. */
static void commit(struct ingest *i)
{
	if (store_busy(i->store) || !is_needed(i))
		return;
	if (i->counts.down && i->now_ms < i->retry_ms) {
		answer(i, &i->waiting, 503, "the store is down\n");
		return;
	}
	size_t keys;
	const uint64_t *key = known_begin(&i->known, &keys);
	struct buf journal = i->journal;

	i->journal = i->journal_committing;
	buf_clear(&i->journal);
	i->journal_committing = journal;
	i->committing = i->waiting;
	i->waiting = NULL;
	const struct store_batch batch = {.key = key,
	    .keys = keys,
	    .journal = &i->journal_committing,
	    .full = i->overflow || i->last,
	    .now_ms = i->now_ms};

	i->overflow = i->last = false;
	i->commit_ms = i->now_ms;
	store_commit(i->store, &batch, on_committed, i);
}

static void on_gone(void *arg)
{
	struct waiter *w = arg;

	w->x = NULL; /* what was taken of it is kept all the same */
}

static void wait_for_commit(struct ingest *i, struct waiter *w)
{
	w->next = i->waiting;
	i->waiting = w;
}

static struct word word_of(const char *text)
{
	return (struct word){text ? text : "", text ? strlen(text) : 0};
}

/* This answer, now. */
static void give(struct waiter *w, int status, const char *text)
{
	exch_on_gone(w->x, NULL, NULL);
	exch_answer(w->x, status, "text/plain; charset=utf-8", text, strlen(text));
	free(w);
}

static void refuse(struct ingest *i, struct waiter *w, int status, const char *text)
{
	i->counts.refused[status]++;
	if (status == 503)
		exch_add_header(w->x, "Retry-After", "1");
	give(w, status, text);
}

static bool is_known(struct ingest *i, struct waiter *w, uint64_t key)
{
	enum known_state state = key ? known_frame(&i->known, key) : KNOWN_NOT;

	if (state == KNOWN_NOT)
		return false;
	i->counts.repeated++;
	if (state == KNOWN_COMMITTED)
		give(w, 202, "");
	else if (i->counts.down)
		refuse(i, w, 503, "the store is down\n");
	else
		wait_for_commit(i, w);
	return true;
}

static void pass_on(struct ingest *i, struct exch *x, const char *app, size_t frames)
{
	struct outlet_taken t = {.frames = frames,
	    .type = exch_header(x, "Content-Type"),
	    .count = exch_header(x, "Logplex-Msg-Count"),
	    .id = exch_header(x, "Logplex-Frame-Id"),
	    .token = exch_header(x, "Logplex-Drain-Token"),
	    .app = app};

	t.body = exch_body(x, &t.len);
	outlets_taken(i->outlets, &t);
}

/* Known by what is in it: it was taken, but its sender was not told so. */
static bool is_paid(struct ingest *i, struct waiter *w)
{
	w->body = ingest_key_body(w->x);
	if (!known_pay(&i->known, w->body))
		return false;
	i->counts.repeated++;
	wait_for_commit(i, w);
	return true;
}

/* The lines of a body to the core; how many there were. False: there is nothing in it. */
static bool take_body(struct ingest *i, struct waiter *w, bool plain)
{
	struct ingest_from from = {.now_ms = w->came_ms, .count = -1, .plain = plain};
	const char *count = exch_header(w->x, "Logplex-Msg-Count");
	AUTO_FREE char *given = w->app ? NULL : exch_param(w->x, "app");
	const char *app = w->app ? w->app : given;
	const char *token = exch_header(w->x, "Logplex-Drain-Token");
	uint64_t malformed = i->counts.malformed;
	size_t len;
	const char *body = exch_body(w->x, &len);

	if (!app || !*app)
		app = token && i->name_of ? i->name_of(i->names, token, w->came_ms) : NULL;
	from.named = app;
	from.app = word_of(app ? app : token);
	w->echo = !plain && echo_only(body, len);
	if (count && num_i64(count, 0, INT32_MAX, &from.count))
		from.count = -1;
	i->counts.bytes += len;
	size_t taken = ingest_body(i->core, &from, body, len, &i->counts);

	if (i->outlets)
		pass_on(i, w->x, from.named ? app : NULL, taken);
	if (i->rate)
		rate_spend(i->rate, w->drain, taken, i->now_ms);
	exch_drop_body(w->x);
	return taken > 0 || i->counts.malformed == malformed;
}

static bool is_too_much(struct ingest *i, struct waiter *w)
{
	int64_t wait = i->rate ? rate_wait(i->rate, w->drain, i->now_ms) : 0;

	if (wait == 0)
		return false;
	AUTO_FREE char *seconds = xasprintf("%lld", (long long)(wait + 999) / 1000);

	exch_add_header(w->x, "Retry-After", seconds);
	refuse(i, w, 429, "more lines than DRAIN_RATE\n");
	return true;
}

static void take(struct ingest *i, struct waiter *w)
{
	uint64_t key = ingest_key_frame(w->x);
	bool plain;

	i->counts.requests++;
	if (ingest_type(w->x, &plain)) {
		refuse(i, w, 415, "wanted application/logplex-1 or text/plain\n");
		return;
	}
	if (is_known(i, w, key))
		return;
	/* What cannot be kept is not taken: memory stays as it is, and nothing has to be undone. */
	if (i->counts.down) {
		refuse(i, w, 503, "the store is down\n");
		return;
	}
	if (!key && is_paid(i, w))
		return;
	if (is_too_much(i, w))
		return;
	if (!take_body(i, w, plain)) {
		refuse(
		    i, w, 400, "no frame in it: wanted LEN <PRI>1 TIME HOST APP PROCID - TEXT\n");
		return;
	}
	if (key)
		known_add(&i->known, key);
	wait_for_commit(i, w);
}

/* In turns, for a moment; between two moments the loop answers pages, reads and commits. */
static void take_some(struct ingest *i, uint64_t ns)
{
	uint64_t start = clock_mono_ns();
	struct waiter *w;

	while ((w = (struct waiter *)(void *)turns_next(&i->come))) {
		if (w->x)
			take(i, w);
		else
			free(w); /* it went before it was looked at: nobody believes it taken */
		commit(i);
		if (clock_mono_ns() - start >= ns)
			break;
	}
	if (!i->come.at)
		uv_idle_stop(&i->turn);
}

static void on_turn(uv_idle_t *turn)
{
	take_some(turn->data, TURN_NS);
}

void ingest_request(struct ingest *i, struct exch *x, const char *app, int64_t now_ms)
{
	struct waiter *w = xcalloc(1, sizeof *w);

	i->now_ms = now_ms;
	w->x = x;
	w->app = app;
	w->came_ms = now_ms;
	exch_on_gone(x, on_gone, w);
	w->drain = ingest_key_drain(x, app);
	(void)exch_body(x, &w->item.bytes);
	turns_add(&i->come, w->drain, &w->item);
	uv_idle_start(&i->turn, on_turn);
}

/* Nobody waits for ever for a store that says nothing; the commit itself goes on. */
static void look_at_hang(struct ingest *i)
{
	if (!store_busy(i->store) || i->now_ms - i->commit_ms < HANG_MS)
		return;
	say_down(i, "a commit has been under way for more than 10 s");
	answer(i, &i->committing, 503, "the store is down\n");
	answer(i, &i->waiting, 503, "the store is down\n");
}

void ingest_tick(struct ingest *i, int64_t now_ms)
{
	i->now_ms = now_ms;
	answer(i, &i->echoes, 202, "");
	look_at_hang(i);
	commit(i);
}

void ingest_last(struct ingest *i, int64_t now_ms)
{
	take_some(i, UINT64_MAX);
	answer(i, &i->echoes, 202, "");
	i->now_ms = now_ms;
	i->last = true;
	commit(i);
}

bool ingest_idle(const struct ingest *i)
{
	return !i->come.at && !i->waiting && !i->committing && !i->echoes && !i->last &&
	       !store_busy(i->store);
}
