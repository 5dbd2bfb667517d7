/* SPDX-License-Identifier: MIT */
/* canary: taking turns. What is decided here is decided by lease.h. */
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "canary.h"
#include "clock.h"
#include "fleet.h"
#include "heroku_apps.h"
#include "io.h"
#include "lease.h"
#include "xmem.h"

#define MARGIN_S 30                 /* a lease outlives the check's timeout by this */
#define SETTLE_NS (300 * NS_PER_MS) /* written, then read again: others' writes are seen by then */
#define ASK_NS (1 * NS_PER_S)       /* is it free? at first so often ... */
#define ASK_MAX_NS (5 * NS_PER_S)   /* ... then more and more seldom: each asking costs a call */

struct turn {
	struct canary *c;
	const char *thing;
	char *app, *holder, *key, *debt; /* APP-lease, who we are, our var, what takes it back */
	bool claimed;
	char *other; /* who has it */
};

/* ---- who we are ---- */

static void add_boot(struct buf *b)
{
	char id[9] = "";
	AUTO_FD int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, id, sizeof id - 1) < 0)
		id[0] = '\0';
	buf_put(b, ".%s", id);
}

static char *new_holder(void)
{
	struct buf b = BUF_INIT(512);
	char host[65] = ""; /* HOST_NAME_MAX and a NUL */
	AUTO_FREE char *token = canary_token();

	(void)gethostname(host, sizeof host - 1);
	for (char *p = host; *p; p++)
		if (*p == ':' || *p == ' ')
			*p = '-';
	buf_put(&b, "%s.%ld", host, (long)getpid());
	add_boot(&b);
	buf_put(&b, ".%s", token);
	return buf_take(&b);
}

/* ---- the config vars ---- */

/* The vars of a config, borrowed from it; the array is the caller's. */
static size_t claims_of(json_t *config, struct lease_claim **out)
{
	struct lease_claim *all = xcalloc(json_object_size(config) + 1, sizeof *all);
	const char *key;
	json_t *v;
	size_t n = 0;

	json_object_foreach(config, key, v)
	{
		if (json_is_string(v))
			all[n++] = (struct lease_claim){key, json_string_value(v)};
	}
	*out = all;
	return n;
}

/* Who has it now, for the words of a refusal. */
static void see_other(struct turn *t, const struct lease_claim *all, size_t n)
{
	free(t->other);
	t->other = NULL;
	for (size_t i = 0; i < n && !t->other; i++)
		if (strcmp(all[i].key, t->key) != 0)
			(void)lease_is_live(&all[i], t->thing, canary_now(t->c), &t->other);
}

static enum lease_do decide(struct turn *t, json_t *config)
{
	AUTO_FREE struct lease_claim *all = NULL;
	size_t n = claims_of(config, &all);

	see_other(t, all, n);
	return lease_next(all, n, t->thing, t->key, t->claimed, canary_now(t->c));
}

static bool read_config(struct turn *t, json_t **out)
{
	struct canary *c = t->c;

	return canary_ok(c, "lease", heroku_config(c->api, t->app, out, &c->err)) &&
	       canary_ours(c, t->app, *out);
}

/* Write our claim, and take away what others left behind when they died. */
static bool write_claim(struct turn *t, json_t *config, json_t **out)
{
	struct canary *c = t->c;
	AUTO_FREE struct lease_claim *all = NULL;
	size_t n = claims_of(config, &all);
	int64_t now = canary_now(c);
	AUTO_FREE char *value =
	    lease_value(t->holder, now + (int64_t)(try_timeout_ns(c->try) / NS_PER_S) + MARGIN_S);
	json_t *changes = json_pack("{s:s}", t->key, value);

	for (size_t i = 0; i < n; i++)
		if (lease_is_dead(&all[i], t->thing, now))
			json_object_set_new(changes, all[i].key, json_null());
	canary_owe(c, t->debt);
	return canary_ok(c, "lease", heroku_config_set(c->api, t->app, changes, out, &c->err));
}

static bool retreat(struct turn *t)
{
	struct canary *c = t->c;
	json_t *changes = json_pack("{s:n}", t->key);

	if (!canary_ok(c, "lease", heroku_config_set(c->api, t->app, changes, NULL, &c->err)))
		return false;
	t->claimed = false;
	canary_paid(c, t->debt);
	return true;
}

/* ---- the turn ---- */

static void pause_for(uint64_t ns)
{
	struct timespec ts = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	(void)nanosleep(&ts, NULL);
}

/* Between half and all of it, so that two do not ask in step for ever. */
static uint64_t by_chance(uint64_t ns)
{
	uint32_t r = 0;

	if (getrandom(&r, sizeof r, 0) != (ssize_t)sizeof r)
		r = (uint32_t)clock_mono_ns();
	return ns / 2 + (ns / 2) * (r % 1024) / 1024;
}

static bool claim(struct turn *t, json_t **config)
{
	json_t *after = NULL;

	if (!write_claim(t, *config, &after))
		return false;
	json_decref(after);
	t->claimed = true;
	pause_for(SETTLE_NS);
	json_decref(*config);
	*config = NULL;
	return read_config(t, config);
}

static bool wait_on(struct turn *t, uint64_t *ask_ns, uint64_t until_ns)
{
	uint64_t pause = by_chance(*ask_ns);

	if (clock_mono_ns() + pause >= until_ns)
		return canary_unknown(
		    t->c, "busy", "%s: %s has the turn", t->thing, t->other ? t->other : "another");
	pause_for(pause);
	*ask_ns = *ask_ns * 3 / 2 > ASK_MAX_NS ? ASK_MAX_NS : *ask_ns * 3 / 2;
	return true;
}

/* Held (true, *held) or to be asked again (true), or over. */
static bool one_step(struct turn *t, bool *held)
{
	json_t *config = NULL;
	bool ok = read_config(t, &config);
	enum lease_do what = ok ? decide(t, config) : LEASE_WAIT;

	if (ok && what == LEASE_CLAIM) {
		ok = claim(t, &config);
		what = ok ? decide(t, config) : LEASE_WAIT;
	}
	if (ok && what == LEASE_RETREAT)
		ok = retreat(t);
	json_decref(config);
	*held = ok && what == LEASE_HELD;
	return ok;
}

static uint64_t end_of_waiting(const struct canary *c)
{
	uint64_t by_interval = c->begin_ns + try_interval_ns(c->try);
	uint64_t by_deadline = heroku_deadline_ns(c->api) - try_timeout_ns(c->try) / 4;

	return by_interval < by_deadline ? by_interval : by_deadline;
}

bool canary_lease(struct canary *c, const char *thing)
{
	struct turn t = {.c = c, .thing = thing, .holder = new_holder()};
	uint64_t ask_ns = ASK_NS, until_ns = end_of_waiting(c);
	bool held = false, ok;

	t.app = fleet_app_name(c->fleet, "lease");
	t.key = lease_key(thing, t.holder);
	t.debt = xasprintf("PATCH /apps/%s/config-vars {\"%s\":null}", t.app, t.key);
	do {
		ok = one_step(&t, &held) && (held || wait_on(&t, &ask_ns, until_ns));
	} while (ok && !held);
	if (held)
		c->leased = xstrdup(t.key);
	free(t.app);
	free(t.holder);
	free(t.key);
	free(t.debt);
	free(t.other);
	return ok;
}
