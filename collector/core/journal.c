/* SPDX-License-Identifier: MIT */
#include "journal.h"

#include "core_in.h"

#define VERSION 1
enum { VERDICT = 'v', NUMBER = 'n' };
enum {
	NUMBERED = 1,
	JUDGED = 2,
	FIFTH = 4,
	OVERRUN = 8,
	SUSPECT = 16,
	REUSED = 32,
	WARNING = 64,
	TIMEOUT = 128
};

/* ---- writing: into a record of its own, then behind the others ---- */

struct record {
	char *at;
};

static void put_uint(struct record *r, uint64_t n)
{
	for (; n >= 0x80; n >>= 7)
		*r->at++ = (char)(n | 0x80);
	*r->at++ = (char)n;
}

static void put_int(struct record *r, int64_t n)
{
	put_uint(r, n < 0 ? ~((uint64_t)n << 1) : (uint64_t)n << 1);
}

static void put_real(struct record *r, double d)
{
	memcpy(r->at, &d, sizeof d);
	r->at += sizeof d;
}

static void put_word(struct record *r, struct word w)
{
	put_uint(r, w.len);
	if (w.len)
		memcpy(r->at, w.p, w.len);
	r->at += w.len;
}

/* Room for a record of at most n bytes behind its kind and length, which takes ten at most. */
static int begin(struct buf *b, size_t n, struct record *r)
{
	if (buf_reserve(b, n + 16))
		return FE_ELIMIT;
	if (b->len == 0)
		b->p[b->len++] = VERSION;
	r->at = b->p + b->len + 5; /* kind, and four bytes of length */
	return 0;
}

static void end(struct buf *b, char kind, const struct record *r)
{
	uint32_t n = (uint32_t)(r->at - (b->p + b->len + 5));

	b->p[b->len] = kind;
	memcpy(b->p + b->len + 1, &n, sizeof n);
	b->len += 5 + n;
	b->p[b->len] = '\0';
}

int journal_verdict(struct buf *b, const struct verdict *v, int64_t line_ms)
{
	struct record r;
	size_t words = v->app.len + v->source.len + v->site.len + v->instance.len + v->reason.len +
		       v->rest.len + v->output.len;
	unsigned flags = (v->slot.numbered ? NUMBERED : 0) | (v->judged ? JUDGED : 0) |
			 (v->fifth ? FIFTH : 0) | (v->overrun ? OVERRUN : 0) |
			 (v->suspect ? SUSPECT : 0) | (v->reused ? REUSED : 0) |
			 (v->warning ? WARNING : 0) | (v->timeout ? TIMEOUT : 0);

	if (begin(b, words + 160, &r))
		return FE_ELIMIT;
	put_uint(&r, flags);
	put_int(&r, line_ms);
	put_int(&r, v->slot.ts_ms);
	put_uint(&r, v->slot.slot);
	put_uint(&r, v->slot.boot);
	put_uint(&r, v->slot.every_ms);
	put_uint(&r, v->slot.state);
	put_uint(&r, v->xid);
	put_int(&r, v->status);
	put_real(&r, v->time_s);
	put_uint(&r, v->output_lost);
	put_word(&r, v->app);
	put_word(&r, v->source);
	put_word(&r, v->site);
	put_word(&r, v->instance);
	put_word(&r, v->reason);
	put_word(&r, v->rest);
	put_word(&r, v->output);
	end(b, VERDICT, &r);
	return 0;
}

int journal_number(struct buf *b, const struct series_key *key, int64_t at_ms, double value)
{
	struct record r;

	if (begin(b, key->app.len + key->name.len + key->source.len + key->unit.len + 80, &r))
		return FE_ELIMIT;
	put_word(&r, key->app);
	put_word(&r, key->name);
	put_word(&r, key->source);
	put_word(&r, key->unit);
	put_int(&r, at_ms);
	put_real(&r, value);
	end(b, NUMBER, &r);
	return 0;
}

/* ---- reading ---- */

struct reader {
	const char *at, *end;
	bool bad;
};

static uint64_t take_uint(struct reader *r)
{
	uint64_t n = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (r->at == r->end)
			break;
		unsigned char c = (unsigned char)*r->at++;

		n |= (uint64_t)(c & 0x7f) << shift;
		if (c < 0x80)
			return n;
	}
	r->bad = true;
	return 0;
}

static int64_t take_int(struct reader *r)
{
	uint64_t n = take_uint(r);

	return (int64_t)(n >> 1 ^ (0 - (n & 1)));
}

static double take_real(struct reader *r)
{
	double d = 0;

	if (r->end - r->at < (ptrdiff_t)sizeof d) {
		r->bad = true;
		return 0;
	}
	memcpy(&d, r->at, sizeof d);
	r->at += sizeof d;
	return d;
}

static struct word take_word(struct reader *r)
{
	uint64_t n = take_uint(r);
	struct word w = {r->at, n};

	if (n > (uint64_t)(r->end - r->at)) {
		r->bad = true;
		return (struct word){"", 0};
	}
	r->at += n;
	return w;
}

static void apply_verdict(struct core *core, struct reader *r)
{
	unsigned flags = (unsigned)take_uint(r);
	int64_t line_ms = take_int(r);
	struct verdict v = {.judged = flags & JUDGED,
	    .fifth = flags & FIFTH,
	    .overrun = flags & OVERRUN,
	    .suspect = flags & SUSPECT,
	    .reused = flags & REUSED,
	    .warning = flags & WARNING,
	    .timeout = flags & TIMEOUT};

	v.slot.numbered = flags & NUMBERED;
	v.slot.ts_ms = take_int(r);
	v.slot.slot = take_uint(r);
	v.slot.boot = (uint32_t)take_uint(r);
	v.slot.every_ms = (uint32_t)take_uint(r);
	uint64_t state = take_uint(r);
	v.slot.state = (enum uptime_state)state;
	v.xid = (uint32_t)take_uint(r);
	v.status = take_int(r);
	v.time_s = take_real(r);
	v.output_lost = take_uint(r);
	v.app = take_word(r);
	v.source = take_word(r);
	v.site = take_word(r);
	v.instance = take_word(r);
	v.reason = take_word(r);
	v.rest = take_word(r);
	v.output = take_word(r);
	if (r->bad || state >= UPTIME_STATES) {
		r->bad = true;
		return;
	}
	if (line_ms > core->line_ms)
		core->line_ms = line_ms;
	core_on_verdict(core, &v);
}

static void apply_number(struct core *core, struct reader *r)
{
	struct series_key key = {.app = take_word(r)};

	key.name = take_word(r);
	key.source = take_word(r);
	key.unit = take_word(r);
	int64_t at_ms = take_int(r);
	double value = take_real(r);

	if (!r->bad)
		core_add_number(core, &key, at_ms, value);
}

static int apply_all(struct core *core, struct reader all)
{
	while (all.at < all.end) {
		char kind = *all.at++;
		uint32_t n;

		if (all.end - all.at < (ptrdiff_t)sizeof n)
			return FE_EPROTO;
		memcpy(&n, all.at, sizeof n);
		all.at += sizeof n;
		if (n > (size_t)(all.end - all.at))
			return FE_EPROTO;
		struct reader one = {all.at, all.at + n, false};

		all.at += n;
		if (kind == VERDICT)
			apply_verdict(core, &one);
		else if (kind == NUMBER)
			apply_number(core, &one);
		else
			return FE_EPROTO;
		if (one.bad || one.at != one.end)
			return FE_EPROTO;
	}
	return 0;
}

int journal_apply(struct core *core, const char *p, size_t len, int64_t now_ms)
{
	struct buf *journal = core->rules.journal;

	if (len == 0)
		return 0;
	if (*p != VERSION)
		return FE_EPROTO;
	core->now_ms = now_ms;
	core->rules.journal = NULL; /* what it says stands there already */
	int rc = apply_all(core, (struct reader){p + 1, p + len, false});

	core->rules.journal = journal;
	return rc;
}
