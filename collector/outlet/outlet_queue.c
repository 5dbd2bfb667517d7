/* SPDX-License-Identifier: MIT */
/* outlet_queue: what waits for one receiver, and what becomes of it. */
#include "outlet_queue.h"

#include "clock.h"
#include "xmem.h"

#define HURRY_NS (100 * NS_PER_MS)
#define ITEM_COST (sizeof(struct outlet_item) + 32) /* of one item beside its bytes, about */
#define NEVER UINT64_MAX

struct lane {
	struct outlet_item *item;
	uint32_t n, cap, units;
	uint64_t tell;
	bool busy;
};

struct outlet_queue {
	struct outlet_rules rules;
	struct outlet_counts counts;
	struct outlet_item *ring; /* from first on, n of them; cap is a power of two */
	size_t first, n, cap, bytes;
	struct lane lane[OUTLET_LANES_MAX];
	unsigned busy;
	struct backoff backoff;
	bool failing, hurried;
	uint64_t not_before_ns;
	uint64_t untold;
	int64_t since_ms;
};

struct outlet_queue *outlet_queue_new(const struct outlet_rules *rules)
{
	struct outlet_queue *q = xcalloc(1, sizeof *q);

	q->rules = *rules;
	fe_assert(rules->lanes >= 1 && rules->lanes <= OUTLET_LANES_MAX && rules->drop);
	/* Its tries are counted here, per item. */
	q->rules.backoff.tries = UINT32_MAX;
	return q;
}

static struct outlet_item *at(const struct outlet_queue *q, size_t i)
{
	return &q->ring[(q->first + i) & (q->cap - 1)];
}

static void widen(struct outlet_queue *q)
{
	size_t cap = q->cap ? q->cap * 2 : 64;
	struct outlet_item *ring = xcalloc(cap, sizeof *ring);

	for (size_t i = 0; i < q->n; i++)
		ring[i] = *at(q, i);
	free(q->ring);
	q->ring = ring;
	q->cap = cap;
	q->first = 0;
}

static void push(struct outlet_queue *q, const struct outlet_item *item, bool in_front)
{
	if (q->n == q->cap)
		widen(q);
	if (in_front)
		q->first = (q->first - 1) & (q->cap - 1);
	q->n++;
	*at(q, in_front ? 0 : q->n - 1) = *item;
}

static struct outlet_item pop(struct outlet_queue *q)
{
	struct outlet_item item = *at(q, 0);

	q->first = (q->first + 1) & (q->cap - 1);
	q->n--;
	return item;
}

static void forget(struct outlet_queue *q, const struct outlet_item *item)
{
	q->bytes -= item->bytes + ITEM_COST;
	q->counts.queued -= item->units;
	q->rules.drop(item->load);
}

static void tell_later(struct outlet_queue *q, uint64_t units, int64_t now_ms)
{
	if (!q->rules.tell)
		return;
	if (!q->untold)
		q->since_ms = now_ms;
	q->untold += units;
}

/* tell: the receiver knows nothing of it. */
static void lose(struct outlet_queue *q, const struct outlet_item *item, int64_t now_ms, bool tell)
{
	q->counts.lost += item->units;
	if (tell)
		tell_later(q, item->units, now_ms);
	forget(q, item);
}

void outlet_queue_lose(struct outlet_queue *q, uint64_t units)
{
	q->counts.offered += units;
	q->counts.lost += units;
}

static bool is_old(const struct outlet_queue *q, const struct outlet_item *item, uint64_t now_ns)
{
	return q->rules.age_ns && now_ns > item->at_ns && now_ns - item->at_ns > q->rules.age_ns;
}

static void drop_old(struct outlet_queue *q, const struct outlet_now *now)
{
	while (q->n && is_old(q, at(q, 0), now->ns)) {
		struct outlet_item item = pop(q);

		lose(q, &item, now->ms, true);
	}
}

void outlet_queue_offer(
    struct outlet_queue *q, void *load, uint32_t units, size_t bytes, const struct outlet_now *now)
{
	struct outlet_item new = {
	    .load = load, .units = units, .bytes = (uint32_t)bytes, .at_ns = now->ns};

	fe_assert(bytes <= UINT32_MAX - ITEM_COST);
	drop_old(q, now);
	q->counts.offered += units;
	q->counts.queued += units;
	q->bytes += bytes + ITEM_COST;
	push(q, &new, false);
	while (q->bytes > q->rules.bytes && q->n) {
		struct outlet_item oldest = pop(q);

		lose(q, &oldest, now->ms, true);
	}
}

static struct lane *free_lane(struct outlet_queue *q, unsigned *out)
{
	for (unsigned i = 0; i < q->rules.lanes; i++)
		if (!q->lane[i].busy) {
			*out = i;
			return &q->lane[i];
		}
	return NULL;
}

static void fill(struct outlet_queue *q, struct lane *l)
{
	l->n = l->units = 0;
	while (q->n && (l->n == 0 || l->units + at(q, 0)->units <= q->rules.units)) {
		if (l->n == l->cap) {
			l->cap = l->cap ? l->cap * 2 : 16;
			l->item = xreallocarray(l->item, l->cap, sizeof *l->item);
		}
		l->item[l->n] = pop(q);
		l->units += l->item[l->n++].units;
	}
}

bool outlet_queue_take(struct outlet_queue *q, const struct outlet_now *now, struct outlet_job *out)
{
	struct lane *l;

	drop_old(q, now);
	if (now->ns < q->not_before_ns || (q->failing && q->busy) || (!q->n && !q->untold))
		return false;
	*out = (struct outlet_job){.since_ms = q->since_ms};
	l = free_lane(q, &out->lane);
	if (!l)
		return false;
	l->busy = true;
	q->busy++;
	l->tell = out->tell = q->untold;
	q->untold = 0;
	if (l->tell) {
		l->n = l->units = 0;
		return true;
	}
	fill(q, l);
	out->item = l->item;
	out->items = l->n;
	out->units = l->units;
	return true;
}

static void put_back(
    struct outlet_queue *q, struct lane *l, bool tried, const struct outlet_now *now)
{
	if (l->tell) {
		q->untold += l->tell;
		return;
	}
	for (uint32_t i = l->n; i-- > 0;) {
		struct outlet_item *item = &l->item[i];

		item->tries += tried;
		if (item->tries >= q->rules.tries)
			lose(q, item, now->ms, true);
		else
			push(q, item, true);
	}
}

static void wait_for_better(
    struct outlet_queue *q, enum outlet_verdict verdict, const struct outlet_now *now)
{
	struct backoff_now when = {
	    .now_ns = now->ns, .asked_ns = now->asked, .chance = now->chance};
	uint64_t wait = 0;

	(void)backoff_again(&q->backoff, &q->rules.backoff,
	    verdict == OUTLET_LIMITED ? BACKOFF_LIMITED : BACKOFF_TROUBLE, &when, &wait);
	if (q->hurried && wait > HURRY_NS)
		wait = HURRY_NS;
	q->failing = true;
	q->not_before_ns = now->ns + wait;
}

static void went_well(struct outlet_queue *q, const struct outlet_now *now)
{
	q->failing = false;
	backoff_went_well(&q->backoff, &q->rules.backoff, q->rules.backoff.allowed);
	(void)backoff_begin(&q->backoff, &(struct backoff_now){.now_ns = now->ns});
	q->not_before_ns = 0;
}

void outlet_queue_done(struct outlet_queue *q, unsigned lane, enum outlet_verdict verdict,
    const struct outlet_now *now)
{
	struct lane *l = &q->lane[lane];

	fe_assert(lane < q->rules.lanes && l->busy);
	l->busy = false;
	q->busy--;
	if (verdict != OUTLET_TAKEN && verdict != OUTLET_REFUSED) {
		put_back(q, l, verdict != OUTLET_AWAY, now);
		wait_for_better(q, verdict, now);
		return;
	}
	went_well(q, now);
	for (uint32_t i = 0; i < l->n; i++) {
		if (verdict == OUTLET_REFUSED) {
			lose(q, &l->item[i], now->ms, false);
			continue;
		}
		q->counts.sent += l->item[i].units;
		forget(q, &l->item[i]);
	}
	l->n = 0;
}

void outlet_queue_unsent(struct outlet_queue *q, uint64_t units)
{
	q->counts.sent -= units;
	q->counts.lost += units;
}

uint64_t outlet_queue_due_ns(const struct outlet_queue *q)
{
	if ((!q->n && !q->untold) || q->busy == q->rules.lanes || (q->failing && q->busy))
		return NEVER;
	return q->not_before_ns;
}

void outlet_queue_hurry(struct outlet_queue *q, uint64_t now_ns)
{
	q->hurried = true;
	if (q->not_before_ns > now_ns + HURRY_NS)
		q->not_before_ns = now_ns + HURRY_NS;
}

void outlet_queue_abandon(struct outlet_queue *q)
{
	for (unsigned i = 0; i < q->rules.lanes; i++) {
		struct lane *l = &q->lane[i];

		for (uint32_t k = 0; l->busy && k < l->n; k++)
			lose(q, &l->item[k], 0, false);
		q->busy -= l->busy;
		l->busy = false;
		l->n = 0;
	}
	while (q->n) {
		struct outlet_item item = pop(q);

		lose(q, &item, 0, false);
	}
}

void outlet_queue_free(struct outlet_queue *q)
{
	if (!q)
		return;
	outlet_queue_abandon(q);
	for (unsigned i = 0; i < OUTLET_LANES_MAX; i++)
		free(q->lane[i].item);
	free(q->ring);
	free(q);
}

struct outlet_counts outlet_queue_counts(const struct outlet_queue *q)
{
	return q->counts;
}
