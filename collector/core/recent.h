/* SPDX-License-Identifier: MIT */
/*
 * recent: a bounded memory of keys that were seen lately, each with a small state; for telling
 * repeated things from new ones. A table of rows of eight: one cache line a question, and in a full
 * row the oldest makes room (recent_forgotten counts). With twice the room of what must be
 * remembered, hardly any of it is forgotten early.
 *
 * Keys are hashes of 64 bits (word_hash with a secret seed): 60 of them are compared, so among a
 * million keys a false "seen" comes about once in 10^11 questions. Pure; zeroed is not valid.
 */
#ifndef FE_COLLECTOR_RECENT_H
#define FE_COLLECTOR_RECENT_H

#include <stdint.h>

struct recent {
	uint64_t (*row)[8]; /* newest first; key with the state in its low 4 bits; 0 free */
	uint32_t mask;      /* rows less one */
	uint64_t forgotten;
};

/* Room for 8 << rows_log2 keys: 64 << rows_log2 bytes. rows_log2 at most 24. */
void recent_init(struct recent *r, unsigned rows_log2);
void recent_done(struct recent *r);
/* The key's state, 1 to 15; 0: not seen lately. */
unsigned recent_get(const struct recent *r, uint64_t key);
/* It will be asked for soon. */
static inline void recent_expect(const struct recent *r, uint64_t key)
{
	__builtin_prefetch(r->row[(uint32_t)(key >> 32) & r->mask]);
}
/* Remember it, or change its state. */
void recent_put(struct recent *r, uint64_t key, unsigned state);

#endif
