/* SPDX-License-Identifier: MIT */
/*
 * session: the sessions of people, as far as this process knows them: a cache of the store's table. The
 * cookie is a random token; here and in the store it is its hash alone.
 *
 * A session ends SESSION_IDLE_MS after its last use, and SESSION_LIFE_MS after its beginning. What the
 * cache says is asked of the store again after SESSION_FRESH_MS (another collector may have ended it),
 * and the store is told of use when that moves the end by SESSION_TELL_MS. Pure.
 */
#ifndef FE_COLLECTOR_SESSION_H
#define FE_COLLECTOR_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SESSION_HASH 65 /* digits and a NUL */
#define SESSION_IDLE_MS (7 * 86400000LL)
#define SESSION_LIFE_MS (30 * 86400000LL)
#define SESSION_FRESH_MS 60000LL
#define SESSION_TELL_MS 3600000LL
#define SESSIONS_MAX                                                                               \
	1024U /* known at once; beyond, who was asked of longest ago is looked up again */

struct session {
	char hash[SESSION_HASH];
	int64_t person;
	char *name; /* owned by the table */
	int64_t made_ms, until_ms;
	int64_t checked_ms; /* the store was asked */
	int64_t told_ms;    /* the end that the store knows */
};

struct sessions {
	struct session *v;
	size_t n;
};

void sessions_done(struct sessions *s);
/* The session of this hash that has not ended by now; NULL. Borrowed until the next change. */
struct session *session_find(struct sessions *s, const char *hash, int64_t now_ms);
/* As the store has it (or as it was just made); replaces. name is copied. */
struct session *session_put(struct sessions *s, const struct session *one, int64_t now_ms);
void session_drop(struct sessions *s, const char *hash);
/* Ask the store again? Says so once in SESSION_FRESH_MS. */
bool session_ask(struct session *one, int64_t now_ms);
/* It is used: true when the store is to be told of its new until_ms. */
bool session_use(struct session *one, int64_t now_ms);

#endif
