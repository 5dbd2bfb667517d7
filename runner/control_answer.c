/* SPDX-License-Identifier: MIT */
/* control_answer: requests to actions on the fleet. */
#include "control.h"

#include "clock.h"
#include "num.h"
#include "strv.h"
#include "xmem.h"

#define SCALE_MAX 10000 /* instances of one entry; a slip of the finger stops here */

static bool known(const struct fleet *f, const char *name)
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

static void put_child(const struct fleet *f, const struct child *c, struct buf *out)
{
	uint64_t now = clock_mono_ns();
	bool up = c->pid != 0 && c->restart.up_ns;

	buf_put(out, "%s\t%d\t%s\t%llu\t%u\t", child_name(c), c->pid,
	    restart_word(&c->restart, &f->policy, now),
	    up ? (unsigned long long)((now - c->restart.up_ns) / NS_PER_MS) : 0ULL,
	    c->restart.restarts);
	if (c->stats.last_code < 0)
		buf_put(out, "-");
	else if (c->stats.last_signal)
		buf_put(out, "SIG%s", sigabbrev_np(c->stats.last_signal));
	else
		buf_put(out, "%d", c->stats.last_code);
	buf_put(out, "\t%llu\t%llu\n", (unsigned long long)c->stats.lines,
	    (unsigned long long)c->stats.drops);
}

static bool answer_ps(struct fleet *f, const struct strv *words, struct buf *out)
{
	(void)words;
	buf_put(out, "ok\n");
	for (size_t i = 0; i < f->n; i++)
		put_child(f, f->v[i], out);
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

static bool is_type(const struct fleet *f, const char *name)
{
	for (size_t i = 0; i < f->plan->n; i++)
		if (strcmp(f->plan->v[i].name, name) == 0)
			return true;
	return false;
}

/* One pair: checked, and with `act` done. */
static bool scale_one(struct fleet *f, const char *word, bool act, struct buf *out)
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
		(void)fleet_scale(f, name, (int)count);
	return true;
}

static bool answer_scale(struct fleet *f, const struct strv *words, struct buf *out)
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

static bool answer_named(struct fleet *f, const struct strv *words, struct buf *out,
    size_t (*act)(struct fleet *f, const char *name))
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

static bool answer_restart(struct fleet *f, const struct strv *words, struct buf *out)
{
	return answer_named(f, words, out, fleet_restart);
}

static size_t stop_named(struct fleet *f, const char *name)
{
	if (name)
		return fleet_stop(f, name);
	fleet_stop_all(f, -1);
	return f->n;
}

static bool answer_stop(struct fleet *f, const struct strv *words, struct buf *out)
{
	return answer_named(f, words, out, stop_named);
}

static const struct {
	const char *word;
	bool (*answer)(struct fleet *f, const struct strv *words, struct buf *out);
} requests[] = {
    {"ps", answer_ps},
    {"scale", answer_scale},
    {"restart", answer_restart},
    {"stop", answer_stop},
};

bool control_answer(struct fleet *f, const char *request, struct buf *out)
{
	struct strv AUTO_STRV words = {0};

	strv_split(&words, request, " ");
	for (size_t i = 0; words.n && i < ARRAY_LEN(requests); i++)
		if (strcmp(requests[i].word, words.v[0]) == 0)
			return requests[i].answer(f, &words, out);
	buf_put(out, "error unknown request; there are ps, scale, restart, stop, logs\n");
	return false;
}
