/* SPDX-License-Identifier: MIT */
/* Turns over shared config vars, in ten thousand interleavings; names, marks and notes of leavings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lease.h"
#include "xmem.h"

static void keys_and_values(void **state)
{
	AUTO_FREE char *key = lease_key("git/push", "host.1.boot");
	AUTO_FREE char *same = lease_key("git/push", "host.1.boot");
	AUTO_FREE char *other = lease_key("git/push", "host.2.boot");
	AUTO_FREE char *value = lease_value("host.1.boot", 1795217661);
	struct lease_claim c = {key, value};
	char *holder = NULL;

	(void)state;
	assert_int_equal(strncmp(key, "LEASE_GIT_PUSH_", 15), 0);
	assert_int_equal(strlen(key), 15 + 8);
	assert_string_equal(key, same);
	assert_string_not_equal(key, other);
	assert_string_equal(value, "host.1.boot:1795217661");
	assert_true(lease_is_live(&c, "git/push", 1795217660, &holder));
	assert_string_equal(holder, "host.1.boot");
	free(holder);
	assert_false(lease_is_live(&c, "git/push", 1795217661, NULL));
	assert_true(lease_is_dead(&c, "git/push", 1795217661));
	assert_false(lease_is_dead(&c, "git/push", 1795217660));
}

static void what_is_a_claim(void **state)
{
	static const struct {
		const char *key, *value;
		bool live;
	} rows[] = {
	    {"LEASE_RUN", "somebody:200", true},
	    {"LEASE_RUN_0123abcd", "somebody:200", true},
	    {"LEASE_RUN_0123ABCD", "somebody:200", false},
	    {"LEASE_RUN_0123abc", "somebody:200", false},
	    {"LEASE_RUN_ALL", "somebody:200", false},
	    {"LEASE_RUNS", "somebody:200", false},
	    {"LEASE_CONFIG", "somebody:200", false},
	    {"XLEASE_RUN", "somebody:200", false},
	    {"LEASE_RUN", "somebody:99", false},
	    {"LEASE_RUN", "a:b:200", true},
	    {"LEASE_RUN", "somebody", false},
	    {"LEASE_RUN", ":200", false},
	    {"LEASE_RUN", "somebody:", false},
	    {"LEASE_RUN", "somebody:-5", false},
	    {"LEASE_RUN", "somebody:20x", false},
	    {"LEASE_RUN", "", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct lease_claim c = {rows[i].key, rows[i].value};

		if (lease_is_live(&c, "run", 100, NULL) != rows[i].live)
			fail_msg("%s=%s", rows[i].key, rows[i].value);
	}
}

static void next_step(void **state)
{
	struct lease_claim low = {"LEASE_RUN_00000001", "low:200"};
	struct lease_claim own = {"LEASE_RUN_00000005", "own:200"};
	struct lease_claim high = {"LEASE_RUN_00000009", "high:200"};
	struct lease_claim dead = {"LEASE_RUN_00000003", "dead:50"};
	struct lease_claim other = {"LEASE_CONFIG_00000002", "else:200"};
	const char *key = own.key;

	(void)state;
#define NEXT(claimed, ...)                                                                         \
	lease_next((struct lease_claim[]){__VA_ARGS__},                                            \
	    sizeof((struct lease_claim[]){__VA_ARGS__}) / sizeof(struct lease_claim), "run", key,  \
	    claimed, 100)
	assert_int_equal(lease_next(NULL, 0, "run", key, false, 100), LEASE_CLAIM);
	assert_int_equal(NEXT(false, dead, other), LEASE_CLAIM);
	assert_int_equal(NEXT(false, low), LEASE_WAIT);
	assert_int_equal(NEXT(false, high), LEASE_WAIT);
	assert_int_equal(NEXT(true, own), LEASE_HELD);
	assert_int_equal(NEXT(true, dead), LEASE_CLAIM); /* somebody took ours away */
	assert_int_equal(NEXT(true, high), LEASE_WAIT);
	assert_int_equal(NEXT(true, own, dead, other), LEASE_HELD);
	assert_int_equal(NEXT(true, own, high), LEASE_WAIT);
	assert_int_equal(NEXT(true, low, own), LEASE_RETREAT);
	assert_int_equal(NEXT(true, high, own, low), LEASE_RETREAT);
}

/* ---- a fleet of claimants over one map, each step of each at a moment that chance picks ---- */

#define WHO 5
#define LIFE 40 /* s until a claim expires */

enum at { READING, WRITING, LOOKING, RETREATING, WORKING, RELEASING, DONE, DEAD };

struct claimant {
	char *holder, *key, *value; /* value: as the map has it; NULL: none */
	enum at at;
	bool claimed;
	int64_t work_end, expiry;
};

struct room {
	struct claimant who[WHO];
	int64_t now;
	unsigned seed;
	int worked;
};

static unsigned chance(struct room *r, unsigned n)
{
	r->seed = r->seed * 1103515245U + 12345U;
	return (r->seed >> 16) % n;
}

static enum lease_do look(struct room *r, struct claimant *me)
{
	struct lease_claim all[WHO];
	size_t n = 0;

	for (size_t i = 0; i < WHO; i++)
		if (r->who[i].value)
			all[n++] = (struct lease_claim){r->who[i].key, r->who[i].value};
	return lease_next(all, n, "run", me->key, me->claimed, r->now);
}

static void forget(struct claimant *me)
{
	free(me->value);
	me->value = NULL;
	me->claimed = false;
}

/* A claim outlives the try that made it: who waited too long gives up before. */
static void decide(struct room *r, struct claimant *me)
{
	if (me->claimed && r->now > me->expiry - 8) {
		me->at = RETREATING;
		return;
	}
	switch (look(r, me)) {
	case LEASE_WAIT:
		me->at = me->claimed ? LOOKING : READING;
		break;
	case LEASE_CLAIM:
		me->at = WRITING;
		me->claimed = false;
		break;
	case LEASE_RETREAT:
		me->at = RETREATING;
		break;
	case LEASE_HELD:
		me->at = WORKING;
		me->work_end = r->now + (int64_t)chance(r, 6);
		break;
	}
}

static void step(struct room *r, struct claimant *me)
{
	switch (me->at) {
	case READING:
	case LOOKING:
		decide(r, me);
		break;
	case WRITING:
		me->expiry = r->now + LIFE;
		me->value = lease_value(me->holder, me->expiry);
		me->claimed = true;
		me->at = LOOKING;
		break;
	case RETREATING:
		forget(me);
		me->at = READING;
		break;
	case WORKING:
		if (r->now >= me->work_end)
			me->at = RELEASING;
		break;
	case RELEASING:
		forget(me);
		me->at = DONE;
		r->worked++;
		break;
	case DONE:
	case DEAD:
		break;
	}
}

static void one_at_a_time(const struct room *r)
{
	int working = 0;

	for (size_t i = 0; i < WHO; i++)
		working += r->who[i].at == WORKING;
	if (working > 1)
		fail_msg("seed: %d hold it at once", working);
}

static void play(unsigned seed)
{
	struct room r = {.seed = seed, .now = 1000};
	size_t mortal = seed % 3 ? WHO : chance(&r, WHO); /* in every third game one dies */
	int64_t dies = 1000 + (int64_t)chance(&r, 20);
	int wanted = mortal == WHO ? WHO : WHO - 1;

	for (size_t i = 0; i < WHO; i++) {
		r.who[i].holder = xasprintf("host.%u.%zu", seed, i);
		r.who[i].key = lease_key("run", r.who[i].holder);
	}
	for (int n = 0; r.worked < wanted && n < 100000; n++) {
		struct claimant *one = &r.who[chance(&r, WHO)];

		if (mortal < WHO && r.now >= dies && r.who[mortal].at != DONE)
			r.who[mortal].at = DEAD; /* what it wrote stays */
		step(&r, one);
		one_at_a_time(&r);
		if (chance(&r, 8) == 0)
			r.now++;
	}
	if (r.worked < wanted && r.who[mortal % WHO].at != DONE)
		fail_msg("seed %u: %d of %d had their turn", seed, r.worked, wanted);
	for (size_t i = 0; i < WHO; i++) {
		forget(&r.who[i]);
		free(r.who[i].holder);
		free(r.who[i].key);
	}
}

static void never_two_and_all_in_the_end(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 10000; seed++)
		play(seed);
}

/* ---- leavings ---- */

static void short_names(void **state)
{
	static const struct {
		const char *name, *fleet, *suffix;
		bool is;
	} rows[] = {
	    {"x-apps-0123abcd", "x", "apps", true},
	    {"x-y-apps-0123abcd", "x", "apps", false},
	    {"x-y-apps-0123abcd", "x-y", "apps", true},
	    {"x-apps-0123abcd", "x-y", "apps", false},
	    {"x-apps-0123abcd", "x-apps", "apps", false},
	    {"x-apps-apps-0123abcd", "x", "apps", false},
	    {"x-apps-apps-0123abcd", "x-apps", "apps", true},
	    {"x-apps-0123abc", "x", "apps", false},
	    {"x-apps-0123abcde", "x", "apps", false},
	    {"x-apps-0123ABCD", "x", "apps", false},
	    {"x-apps-0123abcg", "x", "apps", false},
	    {"x-apps", "x", "apps", false},
	    {"x-0123abcd", "x", "apps", false},
	    {"x-apps0123abcd", "x", "apps", false},
	    {"xx-apps-0123abcd", "x", "apps", false},
	    {"x-addons-0123abcd", "x", "apps", false},
	    {"x-addons-0123abcd", "x", NULL, true},
	    {"x-0123abcd", "x", NULL, false},
	    {"x", "x", NULL, false},
	    {"", "x", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (lease_is_short(rows[i].name, rows[i].fleet, rows[i].suffix) != rows[i].is)
			fail_msg("%s of %s", rows[i].name, rows[i].fleet);
}

static void what_is_reaped(void **state)
{
	static const struct {
		const char *mark, *born;
		int64_t made;
		enum lease_reap what;
	} rows[] = {
	    {"x", "1000", 0, REAP_REMOVE},
	    {"x", "1640", 0, REAP_YOUNG}, /* 360 s old: not older */
	    {"x", "1639", 0, REAP_REMOVE},
	    {"x", "1999", 1000, REAP_YOUNG}, /* its own word counts */
	    {"x", NULL, 1000, REAP_REMOVE},
	    {"x", NULL, 1999, REAP_YOUNG},
	    {"x", NULL, 0, REAP_YOUNG}, /* nobody knows */
	    {"x", "soon", 1000, REAP_REMOVE},
	    {"x", "", 1999, REAP_YOUNG},
	    {"x", "999999", 1000, REAP_REMOVE}, /* born in the future: the platform's word */
	    {"x", "999999", 1999, REAP_YOUNG},
	    {"x-y", "1", 1, REAP_FOREIGN},
	    {"", "1", 1, REAP_FOREIGN},
	    {NULL, "1", 1, REAP_FOREIGN},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (lease_reap(rows[i].mark, rows[i].born, rows[i].made, "x", 2000, 360) !=
		    rows[i].what)
			fail_msg("row %zu", i);
}

static void notes(void **state)
{
	AUTO_FREE char *note = lease_note("/apps/x-apps-0123abcd", 1000);
	struct lease_claim c = {"DEBT_0123abcd", note};
	struct lease_claim other = {"FERRET_FLEET", note}, broken = {"DEBT_1", "x:/apps/y"};
	struct lease_claim bare = {"DEBT_1", "1000"};

	(void)state;
	assert_string_equal(note, "1000:/apps/x-apps-0123abcd");
	assert_null(lease_note_due(&c, 1360, 360));
	assert_string_equal(lease_note_due(&c, 1361, 360), "/apps/x-apps-0123abcd");
	assert_null(lease_note_due(&other, 9999, 360));
	assert_null(lease_note_due(&broken, 9999, 360));
	assert_null(lease_note_due(&bare, 9999, 360));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(keys_and_values),
	    cmocka_unit_test(what_is_a_claim),
	    cmocka_unit_test(next_step),
	    cmocka_unit_test(never_two_and_all_in_the_end),
	    cmocka_unit_test(short_names),
	    cmocka_unit_test(what_is_reaped),
	    cmocka_unit_test(notes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
