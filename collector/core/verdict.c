/* SPDX-License-Identifier: MIT */
/* verdict: one verdict a slot from Ferret's lines, whichever of them arrive. */
#include "verdict.h"

#include "logfmt.h"
#include "recent.h"
#include "xmem.h"

#define NONE UINT32_MAX
enum { BY_FIFTH = 1, BY_OLDER = 2 };

const struct verdict_limits verdict_limits_default = {.rounds = 16384, .recent_log2 = 15};

/* Rounds lie in one of two lists, oldest first: those whose uptime has come, and those of which
 * there is only output so far. Times in a list never go back, since now never does. */
enum list { WAITING, TALKING, LISTS };

struct round {
	uint64_t key;
	uint32_t next, prev; /* in its list; next in the free one */
	uint8_t list;
	bool up, timeout;
	uint32_t xid;
	int64_t at_ms; /* the frame's time of the uptime line */
	int64_t since_ms;
	int64_t status;
	double time_s;
	struct buf words;   /* app, source and instance, one behind the other */
	size_t app, source; /* their lengths */
	struct buf output;
	uint64_t output_lost;
};

struct verdicts {
	struct verdict_limits limits;
	verdict_fn *tell;
	void *arg;
	struct verdict_counts counts;
	struct recent recent;
	struct round *round; /* limits.rounds of them */
	uint32_t used, spare, waiting;
	uint32_t first[LISTS], last[LISTS];
	uint32_t *slot; /* number + 1 of the round; open addressing, at most half full */
	uint32_t mask;
	int64_t now_ms;
};

struct verdicts *verdicts_new(const struct verdict_limits *limits, verdict_fn *tell, void *arg)
{
	struct verdicts *v = xcalloc(1, sizeof *v);
	uint32_t slots = 16;

	v->limits = *limits;
	v->tell = tell;
	v->arg = arg;
	v->now_ms = INT64_MIN;
	recent_init(&v->recent, limits->recent_log2);
	v->round = xcalloc(limits->rounds, sizeof *v->round);
	while (slots < limits->rounds * 2)
		slots *= 2;
	v->slot = xcalloc(slots, sizeof *v->slot);
	v->mask = slots - 1;
	v->spare = NONE;
	for (int i = 0; i < LISTS; i++)
		v->first[i] = v->last[i] = NONE;
	return v;
}

void verdicts_free(struct verdicts *v)
{
	if (!v)
		return;
	for (uint32_t i = 0; i < v->used; i++) {
		buf_done(&v->round[i].words);
		buf_done(&v->round[i].output);
	}
	recent_done(&v->recent);
	free(v->round);
	free(v->slot);
	free(v);
}

struct verdict_counts verdicts_counts(const struct verdicts *v)
{
	struct verdict_counts c = v->counts;

	c.forgotten = v->recent.forgotten;
	return c;
}

uint32_t verdicts_waiting(const struct verdicts *v)
{
	return v->waiting;
}

static void unlink_round(struct verdicts *v, uint32_t i)
{
	struct round *r = &v->round[i];

	if (r->prev == NONE)
		v->first[r->list] = r->next;
	else
		v->round[r->prev].next = r->next;
	if (r->next == NONE)
		v->last[r->list] = r->prev;
	else
		v->round[r->next].prev = r->prev;
}

static void append_round(struct verdicts *v, uint32_t i, enum list list)
{
	struct round *r = &v->round[i];

	r->list = (uint8_t)list;
	r->prev = v->last[list];
	r->next = NONE;
	r->since_ms = v->now_ms;
	if (r->prev == NONE)
		v->first[list] = i;
	else
		v->round[r->prev].next = i;
	v->last[list] = i;
}

static uint32_t slot_of(const struct verdicts *v, uint64_t key)
{
	uint32_t at = (uint32_t)key & v->mask;

	while (v->slot[at] && v->round[v->slot[at] - 1].key != key)
		at = (at + 1) & v->mask;
	return at;
}

static uint32_t find(const struct verdicts *v, uint64_t key)
{
	uint32_t slot = v->slot[slot_of(v, key)];

	return slot ? slot - 1 : NONE;
}

/* Take a slot out; those behind it move up where their way led over it. */
static void clear_slot(struct verdicts *v, uint32_t hole)
{
	for (uint32_t at = (hole + 1) & v->mask; v->slot[at]; at = (at + 1) & v->mask) {
		uint32_t home = (uint32_t)v->round[v->slot[at] - 1].key & v->mask;

		if (((at - home) & v->mask) >= ((at - hole) & v->mask)) {
			v->slot[hole] = v->slot[at];
			hole = at;
		}
	}
	v->slot[hole] = 0;
}

static void drop(struct verdicts *v, uint32_t i)
{
	unlink_round(v, i);
	clear_slot(v, slot_of(v, v->round[i].key));
	v->round[i].next = v->spare;
	v->spare = i;
	v->waiting--;
}

static struct word word_of(const struct buf *b)
{
	return (struct word){b->p, b->len};
}

/* A round as its older lines told it. */
static void tell_older(struct verdicts *v, uint32_t i)
{
	const struct round *r = &v->round[i];
	const char *p = r->words.p;
	const struct verdict told = {.app = {p, r->app},
	    .source = {p + r->app, r->source},
	    .instance = {p + r->app + r->source, r->words.len - r->app - r->source},
	    .slot = {.ts_ms = r->at_ms, .state = r->up ? UPTIME_UP : UPTIME_DOWN},
	    .judged = true,
	    .timeout = r->timeout,
	    .xid = r->xid,
	    .status = r->status,
	    .time_s = r->time_s,
	    .output = word_of(&r->output),
	    .output_lost = r->output_lost};

	recent_put(&v->recent, r->key, BY_OLDER);
	v->counts.older++;
	v->tell(v->arg, &told);
	drop(v, i);
}

static void lose(struct verdicts *v, uint32_t i)
{
	v->counts.rounds_lost++;
	drop(v, i);
}

void verdicts_tick(struct verdicts *v, int64_t now_ms)
{
	uint32_t i;

	if (now_ms > v->now_ms)
		v->now_ms = now_ms;
	while (
	    (i = v->first[WAITING]) != NONE && v->round[i].since_ms <= v->now_ms - VERDICT_GRACE_MS)
		tell_older(v, i);
	while (
	    (i = v->first[TALKING]) != NONE && v->round[i].since_ms <= v->now_ms - VERDICT_ROUND_MS)
		lose(v, i);
}

void verdicts_end(struct verdicts *v)
{
	while (v->first[WAITING] != NONE)
		tell_older(v, v->first[WAITING]);
	while (v->first[TALKING] != NONE)
		lose(v, v->first[TALKING]);
}

static void make_room(struct verdicts *v)
{
	if (v->first[WAITING] != NONE) {
		v->counts.early++;
		tell_older(v, v->first[WAITING]);
	} else {
		lose(v, v->first[TALKING]);
	}
}

static void add_word(struct buf *b, struct word w)
{
	fe_assert(w.len == 0 || buf_add(b, w.p, w.len) == 0); /* a line has a ceiling */
}

static struct round *new_round(struct verdicts *v, uint64_t key, enum list list)
{
	uint32_t i;

	if (v->waiting == v->limits.rounds)
		make_room(v);
	if (v->spare != NONE) {
		i = v->spare;
		v->spare = v->round[i].next;
	} else {
		i = v->used++;
		buf_init(&v->round[i].words, BUF_MAX_FRAME);
		buf_init(&v->round[i].output, VERDICT_OUTPUT_MAX);
	}
	struct round *r = &v->round[i];
	struct buf words = r->words, output = r->output; /* their memory is used again */

	*r = (struct round){
	    .key = key, .status = -1, .time_s = -1, .words = words, .output = output};
	buf_clear(&r->words);
	buf_clear(&r->output);
	v->slot[slot_of(v, key)] = i + 1;
	append_round(v, i, list);
	v->waiting++;
	return r;
}

static uint64_t number_hash(uint64_t n, uint64_t seed)
{
	return word_mix(n ^ 0x9E3779B97F4A7C15ULL, seed ^ 0xD1B54A32D192ED03ULL);
}

static uint64_t round_key(
    const struct verdicts *v, const struct line_ferret *f, const struct verdict_from *from)
{
	uint64_t h = word_hash(from->app, v->limits.seed);

	h = word_hash(f->app, h);
	return number_hash(f->xid, word_hash(f->source, h));
}

static uint64_t slot_key(
    const struct verdicts *v, const struct line_ferret *f, const struct verdict_from *from)
{
	uint64_t h = word_hash(from->app, v->limits.seed + 1);

	h = word_hash(f->app, h);
	h = word_hash(f->site, h);
	h = word_hash(f->source, h);
	h = word_hash(from->instance, h);
	h = number_hash(f->slot, h);
	return number_hash((uint64_t)f->boot << 32 | f->part, h);
}

static struct round *round_for(
    struct verdicts *v, const struct line_ferret *f, const struct verdict_from *from, uint64_t key)
{
	uint32_t i = find(v, key);

	if (i != NONE)
		return &v->round[i];
	struct round *r = new_round(v, key, TALKING);

	r->xid = f->xid;
	add_word(&r->words, from->app);
	r->app = r->words.len;
	add_word(&r->words, f->source);
	r->source = r->words.len - r->app;
	add_word(&r->words, from->instance);
	return r;
}

/* at=failure out="...": a line of its own unless it goes on an earlier part. */
static void add_output(struct round *r, const struct line_ferret *f)
{
	size_t before = r->output.len;

	if (r->output_lost == 0 &&
	    (r->output.len == 0 || f->part > 1 || buf_addc(&r->output, '\n') == 0) &&
	    logfmt_unquote(&r->output, f->out.p, f->out.len) == 0)
		return;
	if (r->output.p)
		r->output.p[r->output.len = before] = '\0';
	r->output_lost += f->out.len;
}

/* Whether this line says something even where nothing else of its round is known: not what an
 * earlier try or one that passes says. */
static bool begins_round(const struct line *line)
{
	if (line->kind == LINE_STATUS)
		return line->ferret.last && !line->ferret.success;
	return line->kind != LINE_RETURN;
}

/* The uptime has come: from now on the round waits for its fifth line. */
static void uptime_came(struct verdicts *v, struct round *r, bool up, int64_t at_ms)
{
	uint32_t i = (uint32_t)(r - v->round);

	if (r->list == WAITING)
		return; /* a repetition */
	r->up = up;
	r->at_ms = at_ms;
	unlink_round(v, i);
	append_round(v, i, WAITING);
}

static void older_line(struct verdicts *v, const struct line *line, const struct verdict_from *from)
{
	const struct line_ferret *f = &line->ferret;
	uint64_t key = round_key(v, f, from);

	if (find(v, key) == NONE) { /* not begun, or told */
		if (!begins_round(line)) {
			recent_expect(&v->recent, key); /* its next line will ask */
			return;
		}
		if (recent_get(&v->recent, key)) {
			v->counts.after += line->kind == LINE_OUTPUT;
			return;
		}
	}
	struct round *r = round_for(v, f, from, key);

	if (line->kind == LINE_UPTIME)
		uptime_came(v, r, f->val > 0, from->at_ms);
	else if (line->kind == LINE_RETURN)
		r->time_s = f->val;
	else if (line->kind == LINE_STATUS)
		r->status = f->status;
	else if (line->kind == LINE_TIMEOUT)
		r->timeout = true;
	else
		add_output(r, f);
}

static struct verdict verdict_of(const struct line_ferret *f, const struct verdict_from *from)
{
	return (struct verdict){.app = from->app,
	    .source = f->source,
	    .site = f->site,
	    .instance = from->instance,
	    .slot = {.ts_ms = f->ts_ms,
		.slot = f->slot,
		.boot = f->boot,
		.every_ms = f->every_ms,
		.numbered = true,
		.state = !f->judged ? UPTIME_UNKNOWN
			 : f->up    ? UPTIME_UP
				    : UPTIME_DOWN},
	    .judged = f->judged || f->unknown,
	    .fifth = true,
	    .overrun = f->overrun,
	    .suspect = f->suspect,
	    .reused = f->reused,
	    .warning = f->warning,
	    .reason = f->reason,
	    .xid = f->xid,
	    .status = -1,
	    .time_s = -1,
	    .rest = f->rest};
}

static void fifth_line(
    struct verdicts *v, const struct line_ferret *f, const struct verdict_from *from)
{
	uint64_t slot = slot_key(v, f, from);

	recent_expect(&v->recent, slot);
	uint64_t key = round_key(v, f, from);
	struct verdict told = verdict_of(f, from);
	uint32_t i = NONE;

	if (recent_get(&v->recent, slot)) {
		v->counts.duplicate++;
		return;
	}
	recent_put(&v->recent, slot, BY_FIFTH);
	if (told.judged) {
		i = find(v, key);
		if (i == NONE && recent_get(&v->recent, key) == BY_OLDER) {
			v->counts.late++;
			return;
		}
		recent_put(&v->recent, key, BY_FIFTH);
		v->counts.fifth++;
	}
	if (i != NONE) {
		const struct round *r = &v->round[i];

		told.timeout = r->timeout;
		told.status = r->status;
		told.output = word_of(&r->output);
		told.output_lost = r->output_lost;
	}
	v->tell(v->arg, &told);
	if (i != NONE)
		drop(v, i);
}

void verdicts_line(struct verdicts *v, const struct line *line, const struct verdict_from *from)
{
	if (from->now_ms > v->now_ms)
		verdicts_tick(v, from->now_ms);
	if (line->kind == LINE_VERDICT)
		fifth_line(v, &line->ferret, from);
	else if (line->kind >= LINE_STATUS && line->kind <= LINE_OUTPUT)
		older_line(v, line, from);
}
