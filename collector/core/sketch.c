/* SPDX-License-Identifier: MIT */
/* sketch: a bounded, mergeable summary of non-negative numbers. */
#include "sketch.h"

#include <math.h>

#include "xmem.h"

#define COUNT_BITS 48
#define INDEX_MAX 0xFFFFU
/* The bits of a double above the lowest 46 of its mantissa: exponent and six bits, as one number
 * that grows with the double. Cells begin at 2^-511, so that the index fits 16 bits. */
#define MANTISSA_SHIFT 46
#define INDEX_BASE ((uint64_t)(1023 - 511) << 6)
#define ENCODED_CELL 10 /* 3 bytes for an index of 16 bits, 7 for a count of 48 */
#define ENCODED_HEAD 16 /* version, level, zeros (10), n (2), rounded up */
#define FEW 16          /* cells that are merged one by one */
#define LEVEL_MAX 5     /* 65,536 indices in 2,048 cells */

_Static_assert(SKETCH_CELLS << LEVEL_MAX >= INDEX_MAX + 1, "any sketch fits at the last level");

static uint64_t index_of(uint64_t cell)
{
	return cell >> COUNT_BITS;
}

static uint64_t count_of(uint64_t cell)
{
	return cell & SKETCH_COUNT_MAX;
}

/* a + b, or the greatest count; a is a count already. */
static uint64_t saturated(uint64_t a, uint64_t b)
{
	return b > SKETCH_COUNT_MAX - a ? SKETCH_COUNT_MAX : a + b;
}

static uint64_t bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof bits);
	return bits;
}

/* The lower bound of a cell of level 0. */
static double bound(uint64_t index)
{
	uint64_t bits = (index + INDEX_BASE) << MANTISSA_SHIFT;
	double value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

void sketch_done(struct sketch *s)
{
	free(s->cell);
	*s = (struct sketch){0};
}

void sketch_clear(struct sketch *s)
{
	*s = (struct sketch){.cell = s->cell, .cap = s->cap};
}

static void room_for(struct sketch *s, unsigned n)
{
	unsigned cap = s->cap ? s->cap : 4;

	while (cap < n) /* there are tens of thousands of them: by halves where they are large */
		cap += cap < 16 ? cap : cap / 2;
	if (cap == s->cap)
		return;
	s->cell = xreallocarray(s->cell, cap, sizeof *s->cell);
	s->cap = (uint16_t)cap;
}

/* Join neighbours in pairs, one level up. */
static void join(struct sketch *s)
{
	unsigned n = 0;

	for (unsigned i = 0; i < s->n; i++) {
		uint64_t index = index_of(s->cell[i]) >> 1, count = count_of(s->cell[i]);

		if (n > 0 && index_of(s->cell[n - 1]) == index)
			count = saturated(count, count_of(s->cell[--n]));
		s->cell[n++] = index << COUNT_BITS | count;
	}
	s->n = (uint16_t)n;
	s->level++;
}

/* The first cell whose index is at least this. */
static unsigned place_of(const struct sketch *s, uint64_t index)
{
	uint64_t key = index << COUNT_BITS;
	unsigned low = 0, n = s->n;

	while (n > 0) {
		unsigned half = n / 2;
		bool right = s->cell[low + half] < key;

		low = right ? low + half + 1 : low;
		n = right ? n - half - 1 : half;
	}
	return low;
}

static void insert(struct sketch *s, unsigned at, uint64_t cell)
{
	room_for(s, s->n + 1U);
	memmove(s->cell + at + 1, s->cell + at, (s->n - at) * sizeof *s->cell);
	s->cell[at] = cell;
	s->n++;
}

static void add_cell(struct sketch *s, uint64_t index, uint64_t n)
{
	unsigned at;

	for (;; join(s)) {
		at = place_of(s, index >> s->level);
		if (at < s->n && index_of(s->cell[at]) == index >> s->level) {
			s->cell[at] += saturated(count_of(s->cell[at]), n) - count_of(s->cell[at]);
			return;
		}
		if (s->n < SKETCH_CELLS)
			break;
	}
	insert(s, at, (index >> s->level) << COUNT_BITS | saturated(0, n));
}

int sketch_add(struct sketch *s, double value, uint64_t n)
{
	uint64_t index;

	if (!(value >= 0) || isinf(value))
		return FE_EINVAL;
	if (n == 0)
		return 0;
	s->count += n;
	index = bits_of(value) >> MANTISSA_SHIFT;
	if (value == 0 || index < INDEX_BASE) { /* -0 has the sign's bit */
		s->zeros = saturated(s->zeros, n);
		return 0;
	}
	index -= INDEX_BASE;
	add_cell(s, index < INDEX_MAX ? index : INDEX_MAX, n);
	return 0;
}

/* Both at the same level, into more than fit at times: joined afterwards. */
static void merge_cells(struct sketch *s, const uint64_t *other, unsigned n)
{
	uint64_t *all = xcalloc((size_t)s->n + n, sizeof *all);
	unsigned a = 0, b = 0, out = 0;

	while (a < s->n || b < n) {
		if (b == n || (a < s->n && index_of(s->cell[a]) < index_of(other[b]))) {
			all[out++] = s->cell[a++];
		} else if (a == s->n || index_of(other[b]) < index_of(s->cell[a])) {
			all[out++] = other[b++];
		} else {
			all[out++] = index_of(other[b]) << COUNT_BITS |
				     saturated(count_of(s->cell[a]), count_of(other[b]));
			a++;
			b++;
		}
	}
	free(s->cell);
	s->cell = all;
	s->n = s->cap = (uint16_t)out;
}

/* Few cells into many: one by one, no new memory but where a cell is new. */
static void merge_few(struct sketch *into, const struct sketch *from)
{
	for (unsigned i = 0; i < from->n; i++)
		add_cell(into, index_of(from->cell[i]) << from->level, count_of(from->cell[i]));
}

void sketch_merge(struct sketch *into, const struct sketch *from)
{
	struct sketch copy = {0};

	into->count += from->count;
	into->zeros = saturated(into->zeros, from->zeros);
	if (from->n == 0)
		return;
	while (into->level < from->level)
		join(into);
	if (from->n <= FEW && from != into) {
		merge_few(into, from);
		return;
	}
	copy.n = copy.cap = from->n;
	copy.cell = xmalloc(from->n * sizeof *copy.cell);
	memcpy(copy.cell, from->cell, from->n * sizeof *copy.cell);
	copy.level = from->level;
	while (copy.level < into->level)
		join(&copy);
	merge_cells(into, copy.cell, copy.n);
	free(copy.cell);
	while (into->n > SKETCH_CELLS)
		join(into);
}

struct sketch_cell sketch_cell(const struct sketch *s, unsigned i)
{
	uint64_t index = index_of(s->cell[i]);

	return (struct sketch_cell){
	    bound(index << s->level), bound((index + 1) << s->level), count_of(s->cell[i])};
}

/* The point whose relative distance to both bounds is the same. */
static double middle(const struct sketch *s, unsigned i)
{
	struct sketch_cell c = sketch_cell(s, i);

	return c.low * (2 * (c.high / (c.low + c.high)));
}

double sketch_quantile(const struct sketch *s, double q)
{
	uint64_t place, seen = s->zeros;

	if (s->count == 0)
		return 0;
	double at = q > 0 ? floor(q * (double)s->count) : 0;
	place = at < (double)s->count ? (uint64_t)at : s->count - 1;
	if (place >= s->count)
		place = s->count - 1;
	if (place < seen || s->n == 0)
		return 0;
	for (unsigned i = 0; i < s->n; i++) {
		seen += count_of(s->cell[i]);
		if (place < seen)
			return middle(s, i);
	}
	return middle(s, s->n - 1U); /* a saturated cell */
}

double sketch_error(const struct sketch *s)
{
	double width = ldexp(1.0 / 64, s->level);

	return width / (2 + width);
}

uint64_t sketch_count_to(const struct sketch *s, double value)
{
	uint64_t seen = value >= 0 ? s->zeros : 0;

	for (unsigned i = 0; i < s->n; i++) {
		struct sketch_cell c = sketch_cell(s, i);

		if (c.low > value)
			break;
		seen += c.count;
	}
	return seen;
}

static unsigned char *put_leb(unsigned char *at, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*at++ = (unsigned char)(v | 0x80);
	*at++ = (unsigned char)v;
	return at;
}

int sketch_encode(const struct sketch *s, struct buf *b)
{
	uint64_t before = 0;
	int rc = buf_reserve(b, ENCODED_HEAD + (size_t)s->n * ENCODED_CELL);

	if (rc)
		return rc;
	unsigned char *start = (unsigned char *)b->p + b->len, *at = start;

	*at++ = SKETCH_VERSION;
	*at++ = s->level;
	at = put_leb(at, s->zeros);
	at = put_leb(at, s->n);
	for (unsigned i = 0; i < s->n; i++) {
		at = put_leb(at, index_of(s->cell[i]) - before);
		at = put_leb(at, count_of(s->cell[i]));
		before = index_of(s->cell[i]);
	}
	b->len += (size_t)(at - start);
	b->p[b->len] = '\0';
	return 0;
}

struct bytes {
	const unsigned char *at, *end;
};

/* One number of at most max, in its shortest form. */
static bool get_leb(struct bytes *in, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	for (unsigned shift = 0; in->at < in->end && shift < 64; shift += 7) {
		unsigned char c = *in->at++;

		if (shift == 63 && c > 1)
			return false;
		v |= (uint64_t)(c & 0x7F) << shift;
		if (c & 0x80)
			continue;
		*out = v;
		return v <= max && (c != 0 || shift == 0);
	}
	return false;
}

static bool get_cells(struct bytes *in, struct sketch *s, unsigned n)
{
	uint64_t last = INDEX_MAX >> s->level, before = 0, step, count;

	for (unsigned i = 0; i < n; i++) {
		if (!get_leb(in, last - before, &step) || !get_leb(in, SKETCH_COUNT_MAX, &count) ||
		    count == 0 || (step == 0 && i > 0))
			return false;
		before += step;
		s->cell[s->n++] = before << COUNT_BITS | count;
		s->count += count;
	}
	return in->at == in->end;
}

int sketch_decode(struct sketch *s, const void *bytes, size_t len)
{
	struct bytes in = {bytes, (const unsigned char *)bytes + len};
	struct sketch got = {0};
	uint64_t n;

	if (len < 2 || in.at[0] != SKETCH_VERSION || in.at[1] > LEVEL_MAX)
		return FE_EPROTO;
	got.level = in.at[1];
	in.at += 2;
	if (!get_leb(&in, SKETCH_COUNT_MAX, &got.zeros) || !get_leb(&in, SKETCH_CELLS, &n))
		return FE_EPROTO;
	got.count = got.zeros;
	if (n > 0)
		room_for(&got, (unsigned)n);
	if (!get_cells(&in, &got, (unsigned)n)) {
		sketch_done(&got);
		return FE_EPROTO;
	}
	sketch_done(s);
	*s = got;
	return 0;
}
