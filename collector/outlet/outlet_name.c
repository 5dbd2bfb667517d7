/* SPDX-License-Identifier: MIT */
/* outlet_name: what a series is called elsewhere. */
#include "outlet_name.h"

#include "xmem.h"

#define HASH_LEN 9     /* "_" and eight digits */
#define HASH_SEED 0x0u /* the same in every life: names must not change */
#define WORDS_MAX (2 * SERIES_KEY_MAX + 2 * OUTLET_NAME_MAX)

struct outlet_names {
	enum outlet_form form;
	char *prefix;
	struct outlet_id {
		uint32_t target, born;
	} * by_id; /* target + 1 of a series; 0: not asked for yet */
	uint32_t ids;
	struct outlet_target **target;
	uint32_t n, cap;
	uint32_t *slot, mask; /* target + 1; open addressing, at most half full */
	struct outlet_name_counts counts;
};

struct outlet_names *outlet_names_new(enum outlet_form form, const char *prefix)
{
	struct outlet_names *n = xcalloc(1, sizeof *n);

	n->form = form;
	n->prefix = xstrdup(prefix);
	n->mask = 255;
	n->slot = xcalloc(n->mask + 1, sizeof *n->slot);
	return n;
}

void outlet_target_release(struct outlet_target *t)
{
	if (!t || __atomic_sub_fetch(&t->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	free(t->name);
	free(t->source);
	free(t->unit);
	free(t);
}

struct outlet_target *outlet_target_hold(const struct outlet_names *n, uint32_t target)
{
	struct outlet_target *t = n->target[target];

	(void)__atomic_add_fetch(&t->refs, 1, __ATOMIC_RELAXED);
	return t;
}

bool outlet_names_full(const struct outlet_names *n)
{
	return n->n == OUTLET_TARGETS_MAX;
}

void outlet_names_clear(struct outlet_names *n)
{
	for (uint32_t i = 0; i < n->n; i++)
		outlet_target_release(n->target[i]);
	n->n = 0;
	if (n->by_id)
		memset(n->by_id, 0, n->ids * sizeof *n->by_id);
	memset(n->slot, 0, (n->mask + 1) * sizeof *n->slot);
}

void outlet_names_free(struct outlet_names *n)
{
	if (!n)
		return;
	outlet_names_clear(n);
	free(n->target);
	free(n->by_id);
	free(n->slot);
	free(n->prefix);
	free(n);
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-';
}

/* The word behind what is there, a dot between; of paths no empty part. True: it was altered. */
static bool add_word(const struct outlet_names *n, struct buf *b, struct word w)
{
	bool altered = false, path = n->form != OUTLET_LIBRATO;

	if (w.len && b->len)
		buf_put(b, ".");
	for (size_t i = 0; i < w.len; i++) {
		char c = w.p[i];

		if (path && c == '.' && (b->len == 0 || b->p[b->len - 1] == '.')) {
			altered = true;
			continue;
		}
		if (!is_plain(c) && c != '.' && (path || c != ':')) {
			altered = true;
			c = '_';
		}
		fe_assert(buf_addc(b, c) == 0); /* WORDS_MAX */
	}
	while (path && b->len && b->p[b->len - 1] == '.') {
		altered = true;
		b->p[--b->len] = '\0';
	}
	return altered;
}

/* What is too long keeps its beginning, and a hash of all of it. */
static bool fit(struct buf *b)
{
	if (b->len <= OUTLET_NAME_MAX)
		return false;
	uint64_t hash = word_hash((struct word){b->p, b->len}, HASH_SEED);

	b->len = OUTLET_NAME_MAX - HASH_LEN;
	b->p[b->len] = '\0';
	buf_put(b, "_%08x", (unsigned)(hash >> 32));
	return true;
}

/* Name and source as this receiver may have them. True: something had to be altered. */
static bool words_of(const struct outlet_names *n, const struct series_key *key, struct buf *name,
    struct buf *source)
{
	struct word prefix = {n->prefix, strlen(n->prefix)};
	bool altered = false;

	(void)add_word(n, name, prefix);
	if (n->form == OUTLET_LIBRATO) {
		altered |= add_word(n, name, key->name);
		altered |= add_word(n, source, key->app);
		altered |= add_word(n, source, key->source);
		if (source->len == 3 && strcasecmp(source->p, "all") == 0)
			buf_put(source, "_");
		altered |= fit(source);
	} else {
		altered |= add_word(n, name, key->app);
		altered |= add_word(n, name, key->source);
		altered |= add_word(n, name, key->name);
	}
	if (name->len == 0) { /* l2met knows metrics without a name; nobody else does */
		altered = true;
		buf_put(name, "_");
	}
	altered |= fit(name);
	return altered;
}

static double scale_of(struct word unit)
{
	static const struct {
		struct word unit;
		double ms;
	} units[] = {{{"s", 1}, 1e3}, {{"ms", 2}, 1}, {{"us", 2}, 1e-3}, {{"ns", 2}, 1e-6},
	    {{"sec", 3}, 1e3}, {{"msec", 4}, 1}};

	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (word_is(unit, units[i].unit))
			return units[i].ms;
	return 0;
}

static uint64_t hash_of(const char *name, const char *source)
{
	uint64_t h = 1;

	/* Without regard to case: Librato knows none, and two files that differ in it help nobody. */
	for (const char *p = name; *p; p++)
		h = word_mix(h ^ (unsigned char)(*p | 0x20), 0xA0761D6478BD642FULL);
	h = word_mix(h, 0xE7037ED1A0B428DBULL);
	for (const char *p = source; *p; p++)
		h = word_mix(h ^ (unsigned char)(*p | 0x20), 0xA0761D6478BD642FULL);
	return h;
}

/* Where these words are, or where they would be put. */
static uint32_t place_of(const struct outlet_names *n, const char *name, const char *source)
{
	uint32_t at = (uint32_t)hash_of(name, source) & n->mask;

	while (n->slot[at]) {
		const struct outlet_target *t = n->target[n->slot[at] - 1];

		if (strcasecmp(t->name, name) == 0 && strcasecmp(t->source, source) == 0)
			break;
		at = (at + 1) & n->mask;
	}
	return at;
}

static void widen(struct outlet_names *n)
{
	free(n->slot);
	n->mask = n->mask * 2 + 1;
	n->slot = xcalloc(n->mask + 1, sizeof *n->slot);
	for (uint32_t i = 0; i < n->n; i++)
		n->slot[place_of(n, n->target[i]->name, n->target[i]->source)] = i + 1;
}

static uint32_t add_target(struct outlet_names *n, const char *name, const char *source,
    struct word unit, enum line_metric_kind kind)
{
	struct outlet_target *t = xmalloc(sizeof *t);

	*t = (struct outlet_target){.name = xstrdup(name),
	    .source = xstrdup(source),
	    .unit = xmemdup0(unit.p, unit.len),
	    .name_len = strlen(name),
	    .scale = scale_of(unit),
	    .kind = kind,
	    .refs = 1};
	if (n->n == n->cap) {
		n->cap = n->cap ? n->cap * 2 : 64;
		n->target = xreallocarray(n->target, n->cap, sizeof(void *));
	}
	if (n->n * 2 > n->mask)
		widen(n);
	n->target[n->n++] = t;
	n->slot[place_of(n, name, source)] = n->n;
	return n->n - 1;
}

static uint32_t find_or_add(
    struct outlet_names *n, const struct series_key *key, enum line_metric_kind kind)
{
	struct buf AUTO_BUF name = BUF_INIT(WORDS_MAX), AUTO_BUF source = BUF_INIT(WORDS_MAX);
	bool altered = words_of(n, key, &name, &source);
	struct word unit = key->unit.len ? key->unit : WORD("");

	n->counts.altered += altered;
	for (int tries = 0;; tries++) {
		uint32_t at = place_of(n, buf_str(&name), buf_str(&source));

		if (!n->slot[at] && outlet_names_full(n))
			return OUTLET_NO_TARGET;
		if (!n->slot[at])
			return add_target(n, buf_str(&name), buf_str(&source), unit, kind);
		const struct outlet_target *t = n->target[n->slot[at] - 1];

		if (tries || word_is((struct word){t->unit, strlen(t->unit)}, unit)) {
			n->counts.shared++;
			return n->slot[at] - 1;
		}
		(void)add_word(n, &name, unit.len ? unit : WORD("none"));
		(void)fit(&name);
	}
}

uint32_t outlet_name_of(
    struct outlet_names *n, const struct series *series, uint32_t id, enum line_metric_kind kind)
{
	if (id >= n->ids) {
		uint32_t ids = n->ids ? n->ids : 64;

		while (ids <= id)
			ids *= 2;
		n->by_id = xreallocarray(n->by_id, ids, sizeof *n->by_id);
		memset(n->by_id + n->ids, 0, (ids - n->ids) * sizeof *n->by_id);
		n->ids = ids;
	}
	struct outlet_id *known = &n->by_id[id];
	uint32_t born = series_born(series, id); /* an id may be another's by now */

	if (known->born != born) {
		struct series_key key = series_key(series, id);

		uint32_t target = find_or_add(n, &key, kind);

		if (target == OUTLET_NO_TARGET)
			return target;
		*known = (struct outlet_id){target, born};
	}
	return known->target;
}

const struct outlet_target *outlet_target(const struct outlet_names *n, uint32_t target)
{
	return n->target[target];
}

struct outlet_name_counts outlet_name_counts(const struct outlet_names *n)
{
	return n->counts;
}
