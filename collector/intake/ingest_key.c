/* SPDX-License-Identifier: MIT */
#include "ingest_key.h"

#include "known.h"
#include "word.h"

#define KEYS_SEED 0xFE44E7ULL /* the same in every life: keys are stored */

static struct word word_of(const char *text)
{
	return (struct word){text ? text : "", text ? strlen(text) : 0};
}

uint64_t ingest_key_drain(const struct exch *x, const char *app)
{
	uint64_t key = word_hash(word_of(app ? app : exch_query(x)), KEYS_SEED);

	return word_hash(word_of(app ? NULL : exch_header(x, "Logplex-Drain-Token")), key) | 1;
}

uint64_t ingest_key_frame(const struct exch *x)
{
	const char *id = exch_header(x, "Logplex-Frame-Id");
	uint64_t key;

	if (!id || !*id)
		return 0;
	key = word_hash(
	    word_of(id), word_hash(word_of(exch_header(x, "Logplex-Drain-Token")), KEYS_SEED));
	return known_key(key);
}

uint64_t ingest_key_body(const struct exch *x)
{
	size_t len;
	const char *p = exch_body(x, &len);
	uint64_t hash = word_hash(word_of(exch_query(x)), KEYS_SEED);

	hash = word_hash(word_of(exch_header(x, "Logplex-Drain-Token")), hash);
	hash = word_hash((struct word){p, len}, hash);
	return hash ? hash : 1;
}
