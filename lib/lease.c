/* SPDX-License-Identifier: MIT */
#include "lease.h"

#include <ctype.h>
#include <string.h>

#include "num.h"
#include "xmem.h"

#define FUTURE_S 60 /* a clock that is so far ahead is only inexact */
#define HEX_DIGITS 8

/* ---- turns ---- */

/* FNV-1a: spreads keys; nothing hangs on it but who withdraws. */
static uint32_t hash_of(const char *text)
{
	uint32_t h = 2166136261U;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619U;
	return h;
}

static char *prefix_of(const char *thing)
{
	char *prefix = xasprintf("LEASE_%s", thing);

	for (char *p = prefix; *p; p++)
		*p = isalnum((unsigned char)*p) ? (char)toupper((unsigned char)*p) : '_';
	return prefix;
}

char *lease_key(const char *thing, const char *holder)
{
	AUTO_FREE char *prefix = prefix_of(thing);

	return xasprintf("%s_%08x", prefix, hash_of(holder));
}

char *lease_value(const char *holder, int64_t expiry)
{
	return xasprintf("%s:%lld", holder, (long long)expiry);
}

/* "LEASE_RESTART" or "LEASE_RESTART_" and hex digits; not "LEASE_RESTART_ALL". */
static bool is_on(const char *key, const char *thing)
{
	AUTO_FREE char *prefix = prefix_of(thing);
	size_t n = strlen(prefix);

	if (strncmp(key, prefix, n) != 0)
		return false;
	if (!key[n])
		return true;
	return key[n] == '_' && strlen(key + n + 1) == HEX_DIGITS &&
	       strspn(key + n + 1, "0123456789abcdef") == HEX_DIGITS;
}

static bool expiry_of(const char *value, int64_t *out)
{
	const char *colon = strrchr(value, ':');

	return colon && colon != value && num_i64(colon + 1, 0, INT64_MAX, out) == 0;
}

bool lease_is_live(const struct lease_claim *c, const char *thing, int64_t now, char **holder)
{
	int64_t expiry;

	if (!is_on(c->key, thing) || !expiry_of(c->value, &expiry) || expiry <= now)
		return false;
	if (holder)
		*holder = xmemdup0(c->value, (size_t)(strrchr(c->value, ':') - c->value));
	return true;
}

bool lease_is_dead(const struct lease_claim *c, const char *thing, int64_t now)
{
	return is_on(c->key, thing) && !lease_is_live(c, thing, now, NULL);
}

enum lease_do lease_next(const struct lease_claim *all, size_t n, const char *thing,
    const char *own, bool claimed, int64_t now)
{
	bool others = false, lowest = true, ours = false;

	for (size_t i = 0; i < n; i++) {
		if (!lease_is_live(&all[i], thing, now, NULL))
			continue;
		int order = strcmp(own, all[i].key);
		ours = ours || order == 0;
		others = others || order != 0;
		lowest = lowest && order <= 0;
	}
	if (!claimed || !ours)
		return others ? LEASE_WAIT : LEASE_CLAIM;
	if (!others)
		return LEASE_HELD;
	return lowest ? LEASE_WAIT : LEASE_RETREAT;
}

/* ---- leavings ---- */

bool lease_is_short(const char *name, const char *fleet, const char *suffix)
{
	size_t n = strlen(fleet);
	const char *hex = strrchr(name, '-');

	if (!hex || strlen(hex + 1) != HEX_DIGITS ||
	    strspn(hex + 1, "0123456789abcdef") != HEX_DIGITS)
		return false;
	if (strncmp(name, fleet, n) != 0 || name[n] != '-' || name + n == hex)
		return false;
	return !suffix || (strlen(suffix) == (size_t)(hex - (name + n + 1)) &&
			      strncmp(name + n + 1, suffix, strlen(suffix)) == 0);
}

enum lease_reap lease_reap(const char *mark, const char *born, int64_t made, const char *fleet,
    int64_t now, int64_t max_age_s)
{
	int64_t since = 0;

	if (!mark || strcmp(mark, fleet) != 0)
		return REAP_FOREIGN;
	if (!born || num_i64(born, 1, INT64_MAX, &since) < 0 || since > now + FUTURE_S)
		since = made;
	return since > 0 && now - since > max_age_s ? REAP_REMOVE : REAP_YOUNG;
}

char *lease_note(const char *debt, int64_t born)
{
	return xasprintf("%lld:%s", (long long)born, debt);
}

const char *lease_note_due(const struct lease_claim *c, int64_t now, int64_t max_age_s)
{
	const char *colon = strchr(c->value, ':');
	int64_t born;

	if (strncmp(c->key, LEASE_NOTE, strlen(LEASE_NOTE)) != 0 || !colon)
		return NULL;
	AUTO_FREE char *number = xmemdup0(c->value, (size_t)(colon - c->value));
	if (num_i64(number, 0, INT64_MAX, &born) < 0 || now - born <= max_age_s)
		return NULL;
	return colon + 1;
}
