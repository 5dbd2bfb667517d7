/* SPDX-License-Identifier: MIT */
/* Lists to their end, and new things whose answer may have been lost. */
#include "clock.h"
#include "heroku_in.h"
#include "xmem.h"

#define CLOCK_SLACK_S 60
#define POLL_NS NS_PER_S

/* ---- lists ---- */

static enum heroku_class broken(const char *path, const char *what, struct err *err)
{
	err_set(err, FE_EPROTO, "GET %s: %s", path, what);
	return HEROKU_DOWN;
}

/* One page onto all; *next is where the next begins, NULL: that was the last. */
static enum heroku_class add_page(
    struct heroku *h, const struct heroku_call *call, json_t *all, char **next, struct err *err)
{
	struct heroku_answer a;
	enum heroku_class class = heroku_do(h, call, &a, err);

	*next = NULL;
	if (class == HEROKU_OK && !json_is_array(a.json))
		class = broken(call->path, "the answer is no list", err);
	if (class == HEROKU_OK && a.status == 206 && !*a.next_range)
		class = broken(call->path, "206 without Next-Range: the list is cut off", err);
	if (class == HEROKU_OK && a.status == 206)
		*next = steal(&a.next_range);
	if (class == HEROKU_OK)
		json_array_extend(all, a.json);
	heroku_answer_done(&a);
	return class;
}

static enum heroku_class add_pages(struct heroku *h, const char *path, json_t *all, struct err *err)
{
	AUTO_FREE char *range = NULL;
	enum heroku_class class;

	do {
		AUTO_FREE char *next = NULL;
		struct heroku_call call = {.method = "GET", .path = path, .range = range};
		class = add_page(h, &call, all, &next, err);
		if (next && range && strcmp(next, range) == 0)
			return broken(path, "Next-Range does not move on", err);
		if (json_array_size(all) > HEROKU_MAX_ITEMS)
			return broken(path, "the list has no end", err);
		free(range);
		range = steal(&next);
	} while (class == HEROKU_OK && range);
	return class;
}

enum heroku_class heroku_list(struct heroku *h, const char *path, json_t **out, struct err *err)
{
	json_t *all = json_array();
	enum heroku_class class = add_pages(h, path, all, err);

	if (class != HEROKU_OK) {
		json_decref(all);
		all = NULL;
	}
	*out = all;
	return class;
}

enum heroku_class heroku_page(
    struct heroku *h, const char *path, const char *range, json_t **out, struct err *err)
{
	AUTO_FREE char *next = NULL;
	struct heroku_call call = {.method = "GET", .path = path, .range = range};

	*out = json_array();
	enum heroku_class class = add_page(h, &call, *out, &next, err);
	if (class != HEROKU_OK) {
		json_decref(*out);
		*out = NULL;
	}
	return class;
}

/* ---- new things ---- */

/* Was it made since the POST? By the platform's own clock: ours may be wrong. */
static bool is_young(const json_t *thing, int64_t server_now, uint64_t since_ns, uint64_t now_ns)
{
	int64_t made = heroku_time(heroku_str(thing, "created_at"));
	int64_t passed = (int64_t)((now_ns - since_ns) / 1000000000);

	return made && server_now && made >= server_now - passed - CLOCK_SLACK_S;
}

/* What time the platform has. */
static enum heroku_class server_time(
    struct heroku *h, const char *path, int64_t *out, struct err *err)
{
	struct heroku_call call = {.method = "GET", .path = path};
	struct heroku_answer a;
	enum heroku_class class = heroku_do(h, &call, &a, err);

	*out = a.date;
	heroku_answer_done(&a);
	return class;
}

static enum heroku_class look_in_list(struct heroku *h, const struct heroku_new *what,
    uint64_t since_ns, json_t **out, struct err *err)
{
	json_auto_t *list = NULL;
	json_t *one;
	size_t i;
	int64_t date = 0;
	enum heroku_class class = heroku_list(h, what->look, &list, err);

	if (class == HEROKU_OK && what->young)
		class = server_time(h, what->look, &date, err);
	if (class != HEROKU_OK)
		return class;
	json_array_foreach(list, i, one)
	{
		if (strcmp(heroku_str(one, what->key), what->value) != 0)
			continue;
		if (!what->young || is_young(one, date, since_ns, heroku_now(h).now_ns)) {
			*out = json_incref(one);
			return HEROKU_OK;
		}
	}
	return HEROKU_NOT_FOUND;
}

/* Look for it. OK with *out, NOT_FOUND, or what kept us from knowing. */
static enum heroku_class look_for(struct heroku *h, const struct heroku_new *what,
    uint64_t since_ns, json_t **out, struct err *err)
{
	struct heroku_call call = {.method = "GET", .path = what->look};
	struct heroku_answer a;
	enum heroku_class class;

	if (what->key)
		return look_in_list(h, what, since_ns, out, err);
	class = heroku_do(h, &call, &a, err);
	if (class == HEROKU_OK && what->young &&
	    !is_young(a.json, a.date, since_ns, heroku_now(h).now_ns)) {
		err_set(err, FE_EEXIST, "POST %s: its answer was lost, and %s is older than it",
		    what->path, what->look);
		class = HEROKU_CONFLICT;
	} else if (class == HEROKU_OK) {
		*out = json_incref(a.json);
	}
	heroku_answer_done(&a);
	return class;
}

struct creation {
	struct heroku *h;
	const struct heroku_new *what;
	uint64_t since_ns;
	struct backoff backoff; /* between one POST that was lost and the next */
	unsigned conflicts;     /* left to repeat */
	bool lost, ever_lost;   /* the last answer, any answer */
};

static enum heroku_class post(struct creation *c, json_t **out, struct err *err)
{
	struct heroku_call call = {
	    .method = "POST",
	    .path = c->what->path,
	    .body = json_incref(c->what->body),
	    .flags = c->what->again ? HEROKU_AGAIN : 0,
	};
	struct heroku_answer a;
	enum heroku_class class = heroku_do(c->h, &call, &a, err);

	if (class == HEROKU_OK)
		*out = json_incref(a.json);
	c->lost = a.lost;
	c->ever_lost |= a.lost;
	heroku_answer_done(&a);
	return class;
}

static bool time_for_another(struct creation *c)
{
	struct backoff_now at = heroku_now(c->h);
	uint64_t wait;

	if (!backoff_again(&c->backoff, &backoff_platform, BACKOFF_TROUBLE, &at, &wait))
		return false;
	heroku_sleep(c->h, wait);
	return true;
}

/* The answer was lost, or is what a lost one's success looks like ("taken"). Is it there? Once
 * more (*again), or that is it. */
static enum heroku_class heal(
    struct creation *c, enum heroku_class class, bool *again, json_t **out, struct err *err)
{
	struct err looked = ERR_INIT;

	if (!c->what->look) {
		err_wrap(err, "it may have been done, its answer was lost, and nothing tells");
		return class;
	}
	enum heroku_class found = look_for(c->h, c->what, c->since_ns, out, &looked);
	if (found == HEROKU_NOT_FOUND) {
		*again = c->lost && time_for_another(c);
	} else if (found == HEROKU_OK) {
		err_done(err);
		class = HEROKU_OK;
	} else if (found == HEROKU_CONFLICT || c->lost) {
		err_set(err, looked.code, "it may have been done, its answer was lost, and %s",
		    err_text(&looked));
		class = found;
	}
	err_done(&looked);
	return class;
}

enum heroku_class heroku_create(
    struct heroku *h, const struct heroku_new *what, json_t **out, struct err *err)
{
	struct creation c = {.h = h, .what = what, .since_ns = heroku_now(h).now_ns};
	enum heroku_class class;
	bool again;

	*out = NULL;
	c.conflicts = what->conflicts;
	do {
		class = post(&c, out, err);
		again = class == HEROKU_CONFLICT && c.conflicts && !c.ever_lost;
		if (again)
			c.conflicts--;
		else if (what->again || h->opts.once)
			break;
		else if (c.lost ||
			 (c.ever_lost && (class == HEROKU_INVALID || class == HEROKU_CONFLICT)))
			class = heal(&c, class, &again, out, err);
	} while (again);
	json_decref(what->body);
	return class;
}

/* ---- the short forms ---- */

enum heroku_class heroku_wait_while(
    struct heroku *h, const char *path, bool (*so)(const json_t *), json_t **out, struct err *err)
{
	for (;;) {
		enum heroku_class class = heroku_call(h, "GET", path, NULL, out, err);
		if (class != HEROKU_OK || !so(*out))
			return class;
		json_decref(*out);
		*out = NULL;
		struct backoff_now at = heroku_now(h);
		if (at.deadline_ns && at.now_ns + POLL_NS >= at.deadline_ns) {
			err_set(
			    err, FE_ETIMEOUT, "GET %s: still pending when the time was up", path);
			return HEROKU_DOWN;
		}
		heroku_sleep(h, POLL_NS);
	}
}

enum heroku_class heroku_get_at(struct heroku *h, char *path, json_t **out, struct err *err)
{
	enum heroku_class class = heroku_call(h, "GET", path, NULL, out, err);

	free(path);
	return class;
}

enum heroku_class heroku_list_at(struct heroku *h, char *path, json_t **out, struct err *err)
{
	enum heroku_class class = heroku_list(h, path, out, err);

	free(path);
	return class;
}

enum heroku_class heroku_patch_at(
    struct heroku *h, char *path, json_t *body, json_t **out, struct err *err)
{
	enum heroku_class class = heroku_call(h, "PATCH", path, body, out, err);

	free(path);
	return class;
}

enum heroku_class heroku_empty_at(
    struct heroku *h, const char *method, char *path, unsigned flags, struct err *err)
{
	struct heroku_call call = {.method = method, .path = path, .flags = flags};
	struct heroku_answer a;
	enum heroku_class class = heroku_do(h, &call, &a, err);

	heroku_answer_done(&a);
	free(path);
	return class;
}
