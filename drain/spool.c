/* SPDX-License-Identifier: MIT */
/* spool: batches, lanes, retries and the account of every line. */
#include "spool.h"

#include "xmem.h"

/* Room for both notices before the frames: each is under 200 bytes (two times of 32, a number of
 * 20 digits, 75 bytes of fixed text, the header's 70). */
#define NOTICE_ROOM 512
#define NOTICE_PRI 172 /* local5.warning, as the platform and log-shuttle give it */
#define FLUSH_BACKOFF_NS 500000000ULL

struct batch {
	struct batch *next;
	struct buf body; /* NOTICE_ROOM bytes, then frames */
	size_t start;    /* where the request begins in body */
	unsigned lines;
	unsigned notices;
	unsigned tries;
	uint64_t told_dropped, told_lost;
	uint64_t opened_ns;
	char id[33];
};

enum lane_state { LANE_FREE, LANE_SENDING, LANE_WAITING };

struct lane {
	enum lane_state state;
	struct batch *batch;
	uint64_t until_ns; /* LANE_WAITING */
};

struct loss {
	uint64_t pending; /* not yet in any batch */
	int64_t since_ms; /* of the first pending one */
};

struct spool {
	struct spool_rules rules;
	struct spool_counts counts;
	struct batch *open, *first, *last;
	size_t bytes; /* of frames held */
	struct lane lanes[SPOOL_LANES_MAX];
	struct loss losses[2]; /* by enum spool_loss */
	uint64_t hold_ns;      /* the receiver asked for silence until then */
	uint64_t random, ids;
	bool ending, last_notice_made;
};

static uint64_t next_random(struct spool *s)
{
	/* splitmix64: any seed is good, 0 too */
	uint64_t z = (s->random += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

struct spool *spool_new(const struct spool_rules *rules)
{
	struct spool *s = xcalloc(1, sizeof *s);

	fe_assert(rules->lanes >= 1 && rules->lanes <= SPOOL_LANES_MAX);
	fe_assert(rules->batch_bytes >= SPOOL_BATCH_MIN);
	fe_assert(rules->buffer_bytes >= SPOOL_BATCH_MIN);
	fe_assert(rules->batch_lines >= 1 && rules->tries >= 1);
	s->rules = *rules;
	s->random = rules->seed;
	s->ids = next_random(s);
	return s;
}

static void batch_free(struct batch *b)
{
	if (!b)
		return;
	buf_done(&b->body);
	free(b);
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->rules.lanes; i++)
		batch_free(s->lanes[i].batch);
	while (s->first) {
		struct batch *b = s->first;

		s->first = b->next;
		batch_free(b);
	}
	batch_free(s->open);
	free(s);
}

static size_t batch_bytes(const struct batch *b)
{
	return b->body.len - NOTICE_ROOM;
}

static void lose(struct spool *s, struct moment now, enum spool_loss kind, uint64_t n)
{
	struct loss *l = &s->losses[kind];

	if (n && !l->pending)
		l->since_ms = now.wall_ms;
	l->pending += n;
}

static void seal(struct spool *s)
{
	struct batch *b = s->open;
	struct buf *body = &b->body;

	s->open = NULL;
	if (body->cap > body->len + body->len / 4) {
		body->p = xrealloc(body->p, body->len + 1);
		body->cap = body->len + 1;
	}
	if (s->last)
		s->last->next = b;
	else
		s->first = b;
	s->last = b;
}

static struct batch *batch_new(struct spool *s, struct moment now)
{
	struct batch *b = xcalloc(1, sizeof *b);

	buf_init(&b->body, NOTICE_ROOM + s->rules.batch_bytes);
	fe_assert(buf_reserve(&b->body, NOTICE_ROOM) == 0);
	b->body.len = NOTICE_ROOM;
	b->start = NOTICE_ROOM;
	b->opened_ns = now.mono_ns;
	(void)snprintf(b->id, sizeof b->id, "%016llX%016llX", (unsigned long long)s->rules.seed,
	    (unsigned long long)s->ids++);
	return b;
}

/* The batch that takes n more bytes; NULL when the buffer is full. */
static struct batch *room_for(struct spool *s, struct moment now, size_t n)
{
	if (!spool_has_room(s, n))
		return NULL;
	if (s->open && (s->open->lines >= s->rules.batch_lines ||
			   batch_bytes(s->open) + n > s->rules.batch_bytes))
		seal(s);
	if (!s->open)
		s->open = batch_new(s, now);
	return s->open;
}

bool spool_has_room(const struct spool *s, size_t n)
{
	return n <= s->rules.batch_bytes && s->bytes + n <= s->rules.buffer_bytes;
}

static bool count_drop(struct spool *s, struct moment now)
{
	s->counts.lines++;
	s->counts.dropped++;
	lose(s, now, SPOOL_DROPPED, 1);
	return false;
}

static bool count_line(struct spool *s, struct batch *b, size_t n)
{
	b->lines++;
	s->bytes += n;
	s->counts.lines++;
	s->counts.queued++;
	return true;
}

bool spool_line(
    struct spool *s, struct moment now, const struct frame_head *head, const char *text, size_t len)
{
	/* the header is under 100 bytes but for the three names */
	size_t most = 100 + strlen(head->host) + strlen(head->app) + strlen(head->procid) + len;
	struct batch *b = room_for(s, now, most);

	if (!b)
		return count_drop(s, now);
	size_t before = b->body.len;

	if (frame_begin(&b->body, head, len + 1) || buf_add(&b->body, text, len) ||
	    buf_addc(&b->body, '\n'))
		fe_assert_failed(__FILE__, __LINE__, "a frame that passes its bound");
	return count_line(s, b, b->body.len - before);
}

bool spool_frame(struct spool *s, struct moment now, const char *p, size_t len)
{
	struct batch *b = room_for(s, now, len);

	if (!b)
		return count_drop(s, now);
	if (buf_add(&b->body, p, len))
		fe_assert_failed(__FILE__, __LINE__, "a frame that passes its bound");
	return count_line(s, b, len);
}

void spool_told(struct spool *s, struct moment now, enum spool_loss kind, uint64_t n)
{
	s->counts.told += n;
	lose(s, now, kind, n);
}

static void add_notice(struct buf *b, const struct loss *l, struct moment now, bool dropped)
{
	AUTO_BUF struct buf text = BUF_INIT(NOTICE_ROOM);
	char since[FRAME_TIME_LEN + 1];

	frame_time(since, l->since_ms);
	buf_put(&text, "Error %s: %llu messages %s since %s.\n", dropped ? "L12" : "L13",
	    (unsigned long long)l->pending, dropped ? "dropped" : "lost", since);
	if (frame_write(b,
		&(struct frame_head){NOTICE_PRI, now.wall_ms, "host", "app", "log-shuttle"}, text.p,
		text.len))
		fe_assert_failed(__FILE__, __LINE__, "a notice over its bound");
}

/* Put what is lost and untold at the batch's head. Once: every try sends the same bytes. */
static void add_notices(struct spool *s, struct batch *b, struct moment now)
{
	AUTO_BUF struct buf head = BUF_INIT(NOTICE_ROOM);
	struct loss *dropped = &s->losses[SPOOL_DROPPED], *lost = &s->losses[SPOOL_LOST];

	if (dropped->pending) {
		add_notice(&head, dropped, now, true);
		b->notices++;
	}
	if (lost->pending) {
		add_notice(&head, lost, now, false);
		b->notices++;
	}
	b->told_dropped = dropped->pending;
	b->told_lost = lost->pending;
	dropped->pending = lost->pending = 0;
	b->start = NOTICE_ROOM - head.len;
	if (head.len)
		memcpy(b->body.p + b->start, head.p, head.len);
}

static bool is_losing(const struct spool *s)
{
	return s->losses[SPOOL_DROPPED].pending || s->losses[SPOOL_LOST].pending;
}

static bool is_quiet(const struct spool *s)
{
	for (unsigned i = 0; i < s->rules.lanes; i++)
		if (s->lanes[i].state != LANE_FREE)
			return false;
	return !s->first && !s->open;
}

/* At the very end losses may have no line left to ride with: they get a batch of their own. */
static bool wants_last_notice(const struct spool *s)
{
	return s->ending && !s->last_notice_made && is_quiet(s) && is_losing(s);
}

static bool is_open_due(const struct spool *s, uint64_t now_ns)
{
	return s->open && (s->ending || s->open->lines >= s->rules.batch_lines ||
			      batch_bytes(s->open) >= s->rules.batch_bytes / 2 ||
			      now_ns >= s->open->opened_ns + s->rules.wait_ns);
}

static struct batch *next_batch(struct spool *s, struct moment now)
{
	if (!s->first && is_open_due(s, now.mono_ns))
		seal(s);
	if (!s->first && wants_last_notice(s)) {
		s->last_notice_made = true;
		s->open = batch_new(s, now);
		seal(s);
	}
	struct batch *b = s->first;

	if (!b)
		return NULL;
	s->first = b->next;
	b->next = NULL;
	if (!s->first)
		s->last = NULL;
	add_notices(s, b, now);
	return b;
}

static void send(struct spool *s, unsigned i, unsigned *out_lane, struct spool_batch *out)
{
	struct lane *l = &s->lanes[i];
	struct batch *b = l->batch;

	l->state = LANE_SENDING;
	s->counts.requests++;
	s->counts.retries += b->tries > 0;
	b->tries++;
	*out_lane = i;
	*out = (struct spool_batch){.body = b->body.p + b->start,
	    .len = b->body.len - b->start,
	    .messages = b->lines + b->notices,
	    .told_dropped = b->told_dropped,
	    .told_lost = b->told_lost,
	    .try = b->tries};
	memcpy(out->id, b->id, sizeof out->id);
}

bool spool_start(
    struct spool *s, struct moment now, unsigned *out_lane, struct spool_batch *out_batch)
{
	if (now.mono_ns < s->hold_ns)
		return false;
	for (unsigned i = 0; i < s->rules.lanes; i++)
		if (s->lanes[i].state == LANE_WAITING && s->lanes[i].until_ns <= now.mono_ns) {
			send(s, i, out_lane, out_batch);
			return true;
		}
	for (unsigned i = 0; i < s->rules.lanes; i++)
		if (s->lanes[i].state == LANE_FREE) {
			s->lanes[i].batch = next_batch(s, now);
			if (!s->lanes[i].batch)
				return false;
			send(s, i, out_lane, out_batch);
			return true;
		}
	return false;
}

/* The batch leaves us, one way or the other. */
static void settle(struct spool *s, struct batch *b, bool delivered, struct moment now)
{
	s->bytes -= batch_bytes(b);
	s->counts.queued -= b->lines;
	if (delivered) {
		s->counts.delivered += b->lines;
		s->counts.reported += b->told_dropped + b->told_lost;
	} else {
		s->counts.lost += b->lines;
		lose(s, now, SPOOL_DROPPED, b->told_dropped);
		lose(s, now, SPOOL_LOST, b->told_lost + b->lines);
	}
	batch_free(b);
}

static uint64_t backoff(struct spool *s, unsigned tries)
{
	uint64_t most = s->rules.backoff_most_ns;

	if (s->ending && most > FLUSH_BACKOFF_NS)
		most = FLUSH_BACKOFF_NS;
	return retry_delay_ns(tries, s->rules.backoff_ns, most, next_random(s));
}

void spool_done(
    struct spool *s, struct moment now, unsigned lane, int status, uint64_t retry_after_ns)
{
	struct lane *l = &s->lanes[lane];
	enum retry_verdict verdict = retry_judge(status);

	fe_assert(lane < s->rules.lanes && l->state == LANE_SENDING);
	if (verdict == RETRY_AGAIN && retry_after_ns) {
		if (retry_after_ns > s->rules.hold_most_ns)
			retry_after_ns = s->rules.hold_most_ns;
		if (now.mono_ns + retry_after_ns > s->hold_ns)
			s->hold_ns = now.mono_ns + retry_after_ns;
	}
	if (verdict == RETRY_AGAIN && l->batch->tries < s->rules.tries) {
		l->state = LANE_WAITING;
		l->until_ns = now.mono_ns + backoff(s, l->batch->tries);
		return;
	}
	settle(s, l->batch, verdict == RETRY_DELIVERED, now);
	*l = (struct lane){.state = LANE_FREE};
}

uint64_t spool_due_ns(const struct spool *s)
{
	uint64_t due = SPOOL_NEVER;
	bool is_free = false;

	for (unsigned i = 0; i < s->rules.lanes; i++) {
		const struct lane *l = &s->lanes[i];

		if (l->state == LANE_WAITING && l->until_ns < due)
			due = l->until_ns;
		is_free = is_free || l->state == LANE_FREE;
	}
	if (is_free && (s->first || wants_last_notice(s) || is_open_due(s, 0)))
		due = 0;
	else if (is_free && s->open && s->open->opened_ns + s->rules.wait_ns < due)
		due = s->open->opened_ns + s->rules.wait_ns;
	return due != SPOOL_NEVER && due < s->hold_ns ? s->hold_ns : due;
}

void spool_end(struct spool *s, struct moment now)
{
	s->ending = true;
	for (unsigned i = 0; i < s->rules.lanes; i++) {
		struct lane *l = &s->lanes[i];

		if (l->state == LANE_WAITING && l->until_ns > now.mono_ns + FLUSH_BACKOFF_NS)
			l->until_ns = now.mono_ns + FLUSH_BACKOFF_NS;
	}
}

bool spool_is_empty(const struct spool *s)
{
	return is_quiet(s) && !wants_last_notice(s);
}

void spool_abandon(struct spool *s, struct moment now)
{
	if (s->open)
		seal(s);
	for (unsigned i = 0; i < s->rules.lanes; i++) {
		if (s->lanes[i].state != LANE_FREE)
			settle(s, s->lanes[i].batch, false, now);
		s->lanes[i] = (struct lane){.state = LANE_FREE};
	}
	while (s->first) {
		struct batch *b = s->first;

		s->first = b->next;
		settle(s, b, false, now);
	}
	s->last = NULL;
}

struct spool_counts spool_counts(const struct spool *s)
{
	return s->counts;
}
