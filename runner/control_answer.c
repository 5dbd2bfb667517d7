/* SPDX-License-Identifier: MIT */
/* control_answer: requests to actions on the fleet. */
#include "control.h"

#include "clock.h"
#include "num.h"
#include "ship.h"
#include "strv.h"
#include "xmem.h"

#define SCALE_MAX 10000 /* instances of one entry; a slip of the finger stops here */

static bool known(const struct crew *f, const char *name)
{
	for (size_t i = 0; i < f->plan->n; i++)
		if (strcmp(f->plan->v[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(child_name(f->v[i]), name) == 0)
			return true;
	return false;
}

static void refuse(struct buf *out, const char *what, const char *name)
{
	buf_put(out, "error %s: no such process; ps lists them: '%.100s'\n", what, name);
}

/* One row of ps, as every client reads it: tab-separated, the last two counts of lines. */
struct row {
	const char *name, *state;
	pid_t pid;
	uint64_t up_ns; /* of the process; 0: none runs */
	unsigned restarts;
	int last_code, last_signal;
	uint64_t lines, drops;
};

static void put_row(struct buf *out, const struct row *r)
{
	uint64_t now = clock_mono_ns();
	uint64_t up_ms = r->pid && r->up_ns ? (now - r->up_ns) / NS_PER_MS : 0;

	buf_put(out, "%s\t%d\t%s\t%llu\t%u\t", r->name, (int)r->pid, r->state,
	    (unsigned long long)up_ms, r->restarts);
	if (r->last_code < 0)
		buf_put(out, "-");
	else if (r->last_signal)
		buf_put(out, "SIG%s", sigabbrev_np(r->last_signal));
	else
		buf_put(out, "%d", r->last_code);
	buf_put(out, "\t%llu\t%llu\n", (unsigned long long)r->lines, (unsigned long long)r->drops);
}

static void put_child(const struct crew *f, const struct child *c, struct buf *out)
{
	put_row(out, &(struct row){.name = child_name(c),
			 .state = restart_word(&c->restart, &f->policy, clock_mono_ns()),
			 .pid = c->pid,
			 .up_ns = c->restart.up_ns,
			 .restarts = c->restart.restarts,
			 .last_code = c->stats.last_code,
			 .last_signal = c->stats.last_signal,
			 .lines = c->stats.lines,
			 .drops = c->stats.drops});
}

/* The drain is no entry: its name has no number. A second line says what became of the lines. */
static void put_drain(const struct ship *ship, struct buf *out)
{
	struct ship_stats s = ship_stats(ship);

	put_row(out, &(struct row){.name = "drain",
			 .state = s.state,
			 .pid = s.pid,
			 .up_ns = s.up_ns,
			 .restarts = s.restarts,
			 .last_code = s.last_code > 128 ? 0 : s.last_code,
			 .last_signal = s.last_code > 128 ? s.last_code - 128 : 0,
			 .lines = s.lines,
			 .drops = s.lost});
	buf_put(out, "drain: %llu lines: %llu delivered, %llu lost, %llu queued\n",
	    (unsigned long long)s.lines, (unsigned long long)s.delivered,
	    (unsigned long long)s.lost, (unsigned long long)(s.lines - s.delivered - s.lost));
}

static bool answer_ps(struct crew *f, const struct strv *words, struct buf *out)
{
	(void)words;
	buf_put(out, "ok\n");
	for (size_t i = 0; i < f->n; i++)
		put_child(f, f->v[i], out);
	if (f->ship)
		put_drain(f->ship, out);
	return false;
}

/* "web=2" into name and count; false: not of that form. */
static bool split_count(const char *word, char **out_name, uint64_t *out_count)
{
	const char *equals = strchr(word, '=');

	if (!equals || equals == word || num_u64(equals + 1, 0, SCALE_MAX, out_count))
		return false;
	*out_name = xmemdup0(word, (size_t)(equals - word));
	return true;
}

static bool is_type(const struct crew *f, const char *name)
{
	for (size_t i = 0; i < f->plan->n; i++)
		if (strcmp(f->plan->v[i].name, name) == 0)
			return true;
	return false;
}

/* One pair: checked, and with `act` done. */
static bool scale_one(struct crew *f, const char *word, bool act, struct buf *out)
{
	AUTO_FREE char *name = NULL;
	uint64_t count = 0;

	if (!split_count(word, &name, &count)) {
		buf_put(out, "error scale: '%.100s' is not TYPE=N with N from 0 to %d\n", word,
		    SCALE_MAX);
		return false;
	}
	if (!is_type(f, name)) {
		refuse(out, "scale", name);
		return false;
	}
	if (act)
		(void)crew_scale(f, name, (int)count);
	return true;
}

static bool answer_scale(struct crew *f, const struct strv *words, struct buf *out)
{
	if (words->n < 2) {
		buf_put(out, "error scale: wants TYPE=N...\n");
		return false;
	}
	for (size_t i = 1; i < words->n; i++)
		if (!scale_one(f, words->v[i], false, out))
			return false;
	buf_put(out, "ok\n");
	for (size_t i = 1; i < words->n; i++)
		(void)scale_one(f, words->v[i], true, out);
	return true;
}

static bool answer_named(struct crew *f, const struct strv *words, struct buf *out,
    size_t (*act)(struct crew *f, const char *name))
{
	for (size_t i = 1; i < words->n; i++)
		if (!known(f, words->v[i])) {
			refuse(out, words->v[0], words->v[i]);
			return false;
		}
	buf_put(out, "ok\n");
	if (words->n == 1)
		(void)act(f, NULL);
	for (size_t i = 1; i < words->n; i++)
		if (act(f, words->v[i]) == 0)
			buf_put(out, "%s: has no instance; scale makes one\n", words->v[i]);
	return true;
}

static bool answer_restart(struct crew *f, const struct strv *words, struct buf *out)
{
	return answer_named(f, words, out, crew_restart);
}

static size_t stop_named(struct crew *f, const char *name)
{
	if (name)
		return crew_stop(f, name);
	crew_stop_all(f, -1);
	return f->n;
}

static bool answer_stop(struct crew *f, const struct strv *words, struct buf *out)
{
	return answer_named(f, words, out, stop_named);
}

int control_logs(
    const struct crew *f, const struct strv *words, const char **out_name, struct buf *out)
{
	const char *name = words->n > 1 ? words->v[1] : NULL;

	if (words->n > 2) {
		buf_put(out, "error logs: one NAME, or none for all\n");
		return FE_EUSAGE;
	}
	if (name && !known(f, name) && strcmp(name, f->system.name) != 0) {
		refuse(out, "logs", name);
		return FE_ENOENT;
	}
	*out_name = name;
	return 0;
}

static const struct {
	const char *word;
	bool (*answer)(struct crew *f, const struct strv *words, struct buf *out);
} requests[] = {
    {"ps", answer_ps},
    {"scale", answer_scale},
    {"restart", answer_restart},
    {"stop", answer_stop},
};

bool control_answer(struct crew *f, const char *request, struct buf *out)
{
	struct strv AUTO_STRV words = {0};

	strv_split(&words, request, " ");
	for (size_t i = 0; words.n && i < ARRAY_LEN(requests); i++)
		if (strcmp(requests[i].word, words.v[0]) == 0)
			return requests[i].answer(f, &words, out);
	buf_put(out, "error unknown request; there are ps, scale, restart, stop, logs\n");
	return false;
}
