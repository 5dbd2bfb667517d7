/* SPDX-License-Identifier: MIT */
#include "live.h"

#include "api_ingest.h"
#include "api_param.h"
#include "xmem.h"

#define WAITING_MAX HTTPD_STREAM_HIGH /* bytes that a client has not read yet */
#define WAITING_LOW (16UL * 1024)     /* then it is told of a gap */
#define FRAMES_MAX (16UL * 1024 * 1024)
#define INCIDENTS_MAX (1UL * 1024 * 1024) /* bytes of them between two ticks */
#define TICKS_A_SECOND (1000UL / LIVE_TICK_MS)
#define TICKS_A_BEAT (15 * TICKS_A_SECOND)

/* Of check.live, beside enum check_news. */
#define LINKED 0x100U /* on the list of those that were judged */
#define URGENT 0x200U /* among those that go first */

struct client {
	struct client *next, **at;
	struct live *live;
	struct exch *x;
	unsigned window;
	bool gap;           /* it has missed something */
	bool cut;           /* it is as good as gone */
	int64_t stopped_ms; /* since when too much waits for it; 0: it does not */
	size_t waiting;     /* bytes, then */
};

struct live {
	struct collector *c;
	struct client *clients;
	struct live_counts counts;
	struct check *marked, **marked_end;
	struct check **urgent;
	size_t urgents, urgents_cap;
	struct buf incidents, shared, frames[API_WINDOWS];
	bool lost; /* a frame found no room: all have missed something */
	uint64_t id, ticks;
	uv_timer_t timer;
	bool ticking, closing;
};

struct live *live_new(struct collector *c)
{
	struct live *l = xcalloc(1, sizeof *l);

	l->c = c;
	l->marked_end = &l->marked;
	buf_init(&l->incidents, INCIDENTS_MAX);
	buf_init(&l->shared, FRAMES_MAX);
	for (unsigned w = 0; w < API_WINDOWS; w++)
		buf_init(&l->frames[w], FRAMES_MAX);
	fe_assert(uv_timer_init(&c->loop, &l->timer) == 0);
	l->timer.data = l;
	return l;
}

void live_check(struct live *l, struct check *check, unsigned news)
{
	if (!l->clients)
		return;
	if (!(check->live & LINKED)) {
		check->next_live = NULL;
		*l->marked_end = check;
		l->marked_end = &check->next_live;
	}
	check->live |= LINKED | news;
	if (check->live & URGENT || !(news & (CHECK_STATE | CHECK_INCIDENT)))
		return;
	if (l->urgents == l->urgents_cap) {
		l->urgents_cap = l->urgents_cap ? l->urgents_cap * 2 : 64;
		l->urgent = xreallocarray(l->urgent, l->urgents_cap, sizeof(void *));
	}
	l->urgent[l->urgents++] = check;
	check->live |= URGENT;
}

/* An event's frame around the JSON that is put in between: begin, json, end. */
static void begin_event(struct live *l, struct buf *to, const char *name)
{
	if (buf_addf(to, "id: %llu\nevent: %s\ndata: ", (unsigned long long)++l->id, name))
		l->lost = true;
	l->counts.events++;
}

void live_forget(struct live *l, struct check *check)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->urgents; i++)
		if (l->urgent[i] != check)
			l->urgent[kept++] = l->urgent[i];
	l->urgents = kept;
	if (!(check->live & LINKED))
		return;
	for (struct check **at = &l->marked; *at; at = &(*at)->next_live)
		if (*at == check) {
			*at = check->next_live;
			break;
		}
	for (l->marked_end = &l->marked; *l->marked_end;)
		l->marked_end = &(*l->marked_end)->next_live;
}

/* What has no room is taken back: a half event would spoil the next. */
static void end_event(struct live *l, struct buf *to, size_t at, bool over)
{
	if (!over && !buf_adds(to, "\n\n"))
		return;
	l->lost = true;
	to->len = at;
}

void live_incident(
    struct live *l, struct check *check, enum incident_event event, const struct incident *i)
{
	struct buf *to = &l->incidents;
	struct json j = {.out = to};
	size_t at = to->len;

	if (!l->clients)
		return;
	begin_event(l, to, "incident");
	if (event == INCIDENT_GONE) {
		json_open(&j, NULL, '{');
		json_int(&j, "id", (int64_t)i->id);
		json_str(&j, "app", check->app);
		json_str(&j, "source", check->source);
		json_bool(&j, "gone", true);
		json_close(&j, '}');
	} else {
		api_put_incident(&j, NULL, check, i, collector_now());
	}
	end_event(l, to, at, j.over);
}

static bool is_used(const struct live *l, unsigned window)
{
	for (const struct client *k = l->clients; k; k = k->next)
		if (k->window == window)
			return true;
	return false;
}

static void encode_check(struct live *l, struct check *check, const bool used[], int64_t now_ms)
{
	enum api_detail detail =
	    check->live & (CHECK_STATE | CHECK_INCIDENT) ? API_LISTED : API_JUDGED;

	check->live &= LINKED;
	for (unsigned w = 0; w < API_WINDOWS; w++) {
		struct buf *to = &l->frames[w];
		struct json j = {.out = to};
		size_t at = to->len;

		if (!used[w])
			continue;
		begin_event(l, to, "check");
		api_put_check(&j, l->c, check, &api_windows[w], now_ms, detail);
		end_event(l, to, at, j.over);
	}
}

static void encode_checks(struct live *l, const bool used[], int64_t now_ms)
{
	for (size_t i = 0; i < l->urgents; i++)
		encode_check(l, l->urgent[i], used, now_ms);
	l->urgents = 0;
	for (unsigned n = 0; l->marked && n < LIVE_BATCH;) {
		struct check *check = l->marked;

		l->marked = check->next_live;
		check->live &= ~LINKED;
		if (!check->live) /* it went with the urgent ones */
			continue;
		encode_check(l, check, used, now_ms);
		n++;
	}
	if (!l->marked)
		l->marked_end = &l->marked;
}

static void encode_shared(struct live *l, int64_t now_ms)
{
	struct buf *to = &l->shared;

	if (l->ticks % TICKS_A_SECOND == 0) {
		struct json j = {.out = to};
		size_t at = to->len;

		begin_event(l, to, "ingest");
		api_put_ingest(&j, l->c, now_ms);
		end_event(l, to, at, j.over);
	}
	if (l->ticks % TICKS_A_BEAT == 0 && buf_adds(to, ": beat\n\n"))
		l->lost = true;
}

static void cut(struct live *l, struct client *k)
{
	l->counts.cut++;
	k->cut = true;
	exch_abort(k->x);
}

/* Too much waits for it: it misses this; and where it does not read at all, it is cut. */
static void pass_over(struct live *l, struct client *k, int64_t now_ms)
{
	size_t waiting = exch_waiting(k->x);

	l->counts.gaps += !k->gap;
	k->gap = true;
	if (!k->stopped_ms || waiting != k->waiting) {
		k->stopped_ms = now_ms;
		k->waiting = waiting;
	} else if (now_ms - k->stopped_ms >= LIVE_SLOW_MS) {
		cut(l, k);
	}
}

static void send_to(struct live *l, struct client *k, int64_t now_ms)
{
	static const char gap[] = "event: gap\ndata: {}\n\n";
	const struct buf *checks = &l->frames[k->window];

	if (k->cut)
		return;
	if (exch_waiting(k->x) > WAITING_MAX) {
		pass_over(l, k, now_ms);
		return;
	}
	k->stopped_ms = 0;
	if (l->lost) {
		l->counts.gaps += !k->gap;
		k->gap = true;
	}
	if (k->gap && exch_waiting(k->x) < WAITING_LOW) {
		exch_write(k->x, gap, sizeof gap - 1);
		k->gap = false;
	}
	if (l->incidents.len) /* in the order of their numbers */
		exch_write(k->x, l->incidents.p, l->incidents.len);
	if (checks->len)
		exch_write(k->x, checks->p, checks->len);
	if (l->shared.len)
		exch_write(k->x, l->shared.p, l->shared.len);
}

static void on_timer(uv_timer_t *t)
{
	struct live *l = t->data;
	int64_t now = collector_now();
	bool used[API_WINDOWS];

	l->ticks++;
	for (unsigned w = 0; w < API_WINDOWS; w++) {
		used[w] = is_used(l, w);
		buf_clear(&l->frames[w]);
	}
	buf_clear(&l->shared);
	encode_checks(l, used, now);
	encode_shared(l, now);
	for (struct client *k = l->clients; k; k = k->next)
		send_to(l, k, now);
	buf_clear(&l->incidents);
	l->lost = false;
}

/* Nobody listens any more. */
static void rest(struct live *l)
{
	while (l->marked) {
		l->marked->live = 0;
		l->marked = l->marked->next_live;
	}
	for (size_t i = 0; i < l->urgents; i++)
		l->urgent[i]->live = 0;
	l->marked_end = &l->marked;
	l->urgents = 0;
	l->ticking = false;
	uv_timer_stop(&l->timer);
}

static void on_gone(void *arg)
{
	struct client *k = arg;
	struct live *l = k->live;

	*k->at = k->next;
	if (k->next)
		k->next->at = k->at;
	free(k);
	l->counts.clients--;
	if (!l->clients && !l->closing)
		rest(l);
}

static void events(struct collector *c, struct exch *x)
{
	static const char hello[] = "retry: 2000\n: hello\n\n";
	const struct api_window *w = api_window_of(x);
	struct live *l = c->live;
	struct client *k;

	if (!w)
		return;
	if (l->counts.clients == LIVE_CLIENTS) {
		l->counts.refused++;
		exch_add_header(x, "Retry-After", "10");
		web_error(x, 503, "%u listen already", LIVE_CLIENTS);
		return;
	}
	k = xcalloc(1, sizeof *k);
	*k = (struct client){.next = l->clients,
	    .at = &l->clients,
	    .live = l,
	    .x = x,
	    .window = (unsigned)(w - api_windows)};
	if (k->next)
		k->next->at = &k->next;
	l->clients = k;
	l->counts.clients++;
	exch_on_gone(x, on_gone, k);
	exch_add_header(x, "Cache-Control", "no-store");
	exch_add_header(x, "X-Accel-Buffering", "no"); /* nginx would hold events back */
	exch_stream(x, 200, "text/event-stream; charset=utf-8", NULL, NULL);
	exch_write(x, hello, sizeof hello - 1);
	if (l->ticking)
		return;
	l->ticking = true;
	uv_timer_start(&l->timer, on_timer, LIVE_TICK_MS, LIVE_TICK_MS);
}

const struct web_route live_routes[] = {
    {"GET", "/events", WEB_READER, events},
    {NULL, NULL, WEB_ALL, NULL},
};

struct live_counts live_counts(const struct live *l)
{
	return l->counts;
}

void live_close(struct live *l)
{
	if (!l || l->closing)
		return;
	l->closing = true;
	uv_close((uv_handle_t *)&l->timer, NULL);
}

void live_free(struct live *l)
{
	if (!l)
		return;
	for (unsigned w = 0; w < API_WINDOWS; w++)
		buf_done(&l->frames[w]);
	buf_done(&l->shared);
	buf_done(&l->incidents);
	free(l->urgent);
	free(l);
}
