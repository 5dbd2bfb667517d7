/* SPDX-License-Identifier: MIT */
/* ingest: requests to the core, and their answers behind a commit. */
#include "ingest.h"

#include "clock.h"
#include "num.h"
#include "outlet.h"
#include "xmem.h"

#define KEYS_LOG2 15          /* 262,144 requests are remembered */
#define KEYS_SEED 0xFE44E7ULL /* the same in every life: keys are stored */
#define RETRY_MS 1000
#define JOURNAL_MAX (64UL * 1024 * 1024)
#define TURN_NS (2 * NS_PER_MS) /* of taking bodies, before the loop looks at all else again */
enum { APPLIED = 1, COMMITTED = 2 };

struct waiter {
	struct waiter *next;
	struct exch *x;  /* NULL: it has gone */
	const char *app; /* NULL: not told by who may */
	int64_t came_ms;
};

struct ingest {
	struct core *core;
	struct store *store;
	struct outlets *outlets; /* NULL: none */
	struct recent keys;
	struct ingest_counts counts;
	struct waiter *come, **come_end; /* not taken yet, oldest first */
	struct waiter *waiting, *committing;
	uv_idle_t turn; /* active while some have come */
	bool begun;
	uint64_t *key, *key_committing; /* of the requests of the next commit, and of this one */
	size_t n, cap, n_committing, cap_committing;
	struct buf journal, journal_committing;
	bool overflow; /* the journal is not whole */
	bool last;
	int64_t now_ms, retry_ms;
};

struct ingest *ingest_new(void)
{
	struct ingest *i = xcalloc(1, sizeof *i);

	recent_init(&i->keys, KEYS_LOG2);
	buf_init(&i->journal, JOURNAL_MAX);
	buf_init(&i->journal_committing, JOURNAL_MAX);
	i->come_end = &i->come;
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
	free_list(i->come);
	free_list(i->waiting);
	free_list(i->committing);
	recent_done(&i->keys);
	free(i->key);
	free(i->key_committing);
	buf_done(&i->journal);
	buf_done(&i->journal_committing);
	free(i);
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

	recent_put(&i->keys, key, COMMITTED);
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
		free(w);
		i->counts.refused[status] += status >= 300;
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

static void keep_keys(struct ingest *i, int rc)
{
	for (size_t k = 0; k < i->n_committing; k++)
		recent_put(&i->keys, i->key_committing[k], rc ? APPLIED : COMMITTED);
	if (rc) { /* they go with the next commit */
		if (i->n + i->n_committing > i->cap) {
			i->cap = (i->n + i->n_committing) * 2;
			i->key = xreallocarray(i->key, i->cap, sizeof *i->key);
		}
		memcpy(i->key + i->n, i->key_committing, i->n_committing * sizeof *i->key);
		i->n += i->n_committing;
	}
	i->n_committing = 0;
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

	keep_keys(i, rc);
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
	return i->waiting || i->n || i->journal.len || i->overflow || i->last ||
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
	uint64_t *keys = i->key_committing;
	size_t cap = i->cap_committing;

	i->key_committing = i->key;
	i->n_committing = i->n;
	i->cap_committing = i->cap;
	i->key = keys;
	i->cap = cap;
	i->n = 0;
	struct buf journal = i->journal;

	i->journal = i->journal_committing;
	buf_clear(&i->journal);
	i->journal_committing = journal;
	i->committing = i->waiting;
	i->waiting = NULL;
	const struct store_batch batch = {.key = i->key_committing,
	    .keys = i->n_committing,
	    .journal = &i->journal_committing,
	    .full = i->overflow || i->last,
	    .now_ms = i->now_ms};

	i->overflow = i->last = false;
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

static void add_key(struct ingest *i, uint64_t key)
{
	if (i->n == i->cap) {
		i->cap = i->cap ? i->cap * 2 : 64;
		i->key = xreallocarray(i->key, i->cap, sizeof *i->key);
	}
	i->key[i->n++] = key;
	recent_put(&i->keys, key, APPLIED);
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
	give(w, status, text);
}

/* The key of a request that may come again; 0: it has none. */
static uint64_t key_of(const struct exch *x)
{
	const char *id = exch_header(x, "Logplex-Frame-Id");
	uint64_t key;

	if (!id || !*id)
		return 0;
	key = word_hash(
	    word_of(id), word_hash(word_of(exch_header(x, "Logplex-Drain-Token")), KEYS_SEED));
	return key ? key & INT64_MAX : 1;
}

/* application/logplex-1 unless it says text/plain; anything else is refused. */
static int type_of(const struct exch *x, bool *out_plain)
{
	const char *type = exch_header(x, "Content-Type");
	size_t n = type ? strcspn(type, "; ") : 0;

	*out_plain = n == 10 && strncasecmp(type, "text/plain", n) == 0;
	return *out_plain || n == 0 ||
		       (n == 21 && strncasecmp(type, "application/logplex-1", n) == 0)
		   ? 0
		   : FE_EINVAL;
}

static bool is_known(struct ingest *i, struct waiter *w, uint64_t key)
{
	unsigned state = key ? recent_get(&i->keys, key) : 0;

	if (!state)
		return false;
	i->counts.repeated++;
	if (state == COMMITTED)
		give(w, 202, "");
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

/* The lines of a body to the core; how many there were. False: there is nothing in it. */
static bool take_body(struct ingest *i, struct waiter *w, bool plain)
{
	struct ingest_from from = {.now_ms = w->came_ms, .count = -1, .plain = plain};
	const char *count = exch_header(w->x, "Logplex-Msg-Count");
	AUTO_FREE char *given = w->app ? NULL : exch_param(w->x, "app");
	const char *app = w->app ? w->app : given;
	uint64_t malformed = i->counts.malformed;
	size_t len;
	const char *body = exch_body(w->x, &len);

	from.named = app && *app;
	from.app = from.named ? word_of(app) : word_of(exch_header(w->x, "Logplex-Drain-Token"));
	if (count && num_i64(count, 0, INT32_MAX, &from.count))
		from.count = -1;
	i->counts.bytes += len;
	size_t taken = ingest_body(i->core, &from, body, len, &i->counts);

	if (i->outlets)
		pass_on(i, w->x, from.named ? app : NULL, taken);
	exch_drop_body(w->x);
	return taken > 0 || i->counts.malformed == malformed;
}

static void take(struct ingest *i, struct waiter *w)
{
	uint64_t key = key_of(w->x);
	bool plain;

	i->counts.requests++;
	if (type_of(w->x, &plain)) {
		refuse(i, w, 415, "wanted application/logplex-1 or text/plain\n");
		return;
	}
	if (is_known(i, w, key))
		return;
	if (!take_body(i, w, plain)) {
		refuse(
		    i, w, 400, "no frame in it: wanted LEN <PRI>1 TIME HOST APP PROCID - TEXT\n");
		return;
	}
	if (key)
		add_key(i, key);
	wait_for_commit(i, w);
}

static struct waiter *next_come(struct ingest *i)
{
	struct waiter *w = i->come;

	if (!w)
		return NULL;
	i->come = w->next;
	if (!i->come)
		i->come_end = &i->come;
	return w;
}

/* Oldest first, for a moment; between two moments the loop answers pages, reads and commits. */
static void take_some(struct ingest *i, uint64_t ns)
{
	uint64_t start = clock_mono_ns();
	struct waiter *w;

	while ((w = next_come(i))) {
		if (w->x)
			take(i, w);
		else
			free(w); /* it went before it was looked at: nobody believes it taken */
		commit(i);
		if (clock_mono_ns() - start >= ns)
			break;
	}
	if (!i->come)
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
	*i->come_end = w;
	i->come_end = &w->next;
	uv_idle_start(&i->turn, on_turn);
}

void ingest_tick(struct ingest *i, int64_t now_ms)
{
	i->now_ms = now_ms;
	commit(i);
}

void ingest_last(struct ingest *i, int64_t now_ms)
{
	take_some(i, UINT64_MAX);
	i->now_ms = now_ms;
	i->last = true;
	commit(i);
}

bool ingest_idle(const struct ingest *i)
{
	return !i->come && !i->waiting && !i->committing && !i->last && !store_busy(i->store);
}
