/* SPDX-License-Identifier: MIT */
/*
 * line: Ferret's own lines. Their keys come in one order (docs/lines.md), so they are read by
 * stepping from one to the next; a text that steps aside is not one of them.
 */
#include "line_in.h"
#include "logfmt.h"
#include "scan.h"

static bool eat_hex(struct cursor *c, unsigned digits, uint32_t *out)
{
	uint32_t v = 0;

	if ((size_t)(c->end - c->at) < digits)
		return false;
	for (unsigned i = 0; i < digits; i++) {
		unsigned char ch = (unsigned char)c->at[i];
		unsigned d = ch <= '9' ? ch - (unsigned)'0' : (ch | 32U) - 'a' + 10;

		if (d > 15 || (ch > '9' && d < 10))
			return false;
		v = v << 4 | d;
	}
	c->at += digits;
	*out = v;
	return true;
}

/* Behind the first quote: the text up to the closing one, and over that. */
static bool eat_quoted(struct cursor *c, struct word *out)
{
	const char *start = c->at, *p = start;

	while ((p = scan_quoted(p, c->end)) < c->end && *p == '\\')
		p += c->end - p < 2 ? 1 : 2;
	if (p >= c->end)
		return false;
	*out = (struct word){start, (size_t)(p - start)};
	c->at = p + 1;
	return true;
}

/* "1/3", the rest of part=. */
static bool eat_part(struct cursor *c, struct line_ferret *f)
{
	uint64_t part, parts;

	if (!eat_u64(c, &part) || !eat(c, "/") || !eat_u64(c, &parts) || part == 0 ||
	    part > parts || parts > UINT32_MAX)
		return false;
	f->part = (uint32_t)part;
	f->parts = (uint32_t)parts;
	return true;
}

/* app=A xid=X source="S", and the blank. */
static bool eat_head(struct cursor *c, struct line_ferret *f)
{
	if (!eat(c, "app="))
		return false;
	f->app = eat_word(c);
	return f->app.len > 0 && eat(c, " xid=") && eat_hex(c, 8, &f->xid) &&
	       eat(c, " source=\"") && eat_quoted(c, &f->source) && eat(c, " ");
}

/* Seconds with decimals as whole milliseconds. */
static uint32_t every_of(struct word value)
{
	struct word unit;
	double s;

	if (!line_number(value, &s, &unit) || s <= 0 || s > 4000000)
		return 0;
	return (uint32_t)(s * 1000 + 0.5);
}

static bool is_one(struct word value)
{
	return value.len == 1 && *value.p == '1';
}

/* A pair of the verdict before its measures. False: one that cannot be there. */
static bool verdict_pair(struct word key, struct word value, struct line_ferret *f)
{
	struct cursor c = cursor_of(value);

	if (word_is(key, WORD("site"))) {
		f->site = value;
	} else if (word_is(key, WORD("part"))) {
		if (!eat_part(&c, f) || !at_end(&c))
			f->parts = 0;
	} else if (word_is(key, WORD("every"))) {
		f->every_ms = every_of(value);
	} else if (word_is(key, WORD("at"))) {
		f->overrun |= word_is(value, WORD("overrun"));
		f->unknown |= word_is(value, WORD("unknown"));
	} else if (word_is(key, WORD("reason"))) {
		f->reason = value;
	} else if (word_is(key, WORD("suspect"))) {
		f->suspect = is_one(value);
	} else if (word_is(key, WORD("reused"))) {
		f->reused = is_one(value);
	} else if (word_is(key, WORD("warning"))) {
		f->warning = is_one(value);
	} else {
		return false;
	}
	return true;
}

/* Behind ts=. What is not known ends the head: measures, costs and evidence follow, as rest. */
static bool read_verdict(struct cursor *c, struct line_ferret *f)
{
	uint64_t ts, slot;

	if (!eat_u64(c, &ts) || !eat(c, " boot=") || !eat_hex(c, 4, &f->boot) ||
	    !eat(c, " slot=") || !eat_u64(c, &slot))
		return false;
	f->ts_ms = (int64_t)ts;
	f->slot = slot;
	for (const char *at = c->at;; c->at = at) {
		struct logfmt_pair p;
		int rc = logfmt_next(&at, c->end, &p);

		if (rc < 0)
			return false;
		if (rc == 0 || !p.value ||
		    !verdict_pair(
			(struct word){p.key, p.key_len}, (struct word){p.value, p.value_len}, f))
			break;
	}
	if (eat(c, " measure#uptime=")) {
		f->judged = true;
		f->up = eat(c, "100");
		if (!f->up && !eat(c, "0"))
			return false;
	}
	f->rest = (struct word){c->at, (size_t)(c->end - c->at)};
	return f->parts > 0 && (at_end(c) || *c->at == ' ');
}

static bool read_return(struct cursor *c, struct line_ferret *f, enum line_kind *kind)
{
	*kind = LINE_RETURN;
	return eat_number(c, &f->val) && eat(c, " measure=time") && at_end(c);
}

/* at=failure out="...", at=unknown, at=warning; with part=K/N before out. */
static bool read_output(struct cursor *c, struct line_ferret *f, enum line_kind *kind)
{
	*kind = LINE_OUTPUT;
	if (!word_is(f->at, WORD("failure")) && !word_is(f->at, WORD("unknown")) &&
	    !word_is(f->at, WORD("warning")))
		return false;
	if (eat(c, " part=") && !eat_part(c, f))
		return false;
	return eat(c, " out=\"") && eat_quoted(c, &f->out);
}

/* Behind at=. */
static bool read_at(struct cursor *c, struct line_ferret *f, enum line_kind *kind)
{
	if (eat(c, "return val="))
		return read_return(c, f, kind);
	f->at = eat_word(c);
	if (word_starts(f->source, WORD("runner."))) {
		*kind = LINE_EVENT;
		f->rest = (struct word){c->at, (size_t)(c->end - c->at)};
		return f->at.len > 0;
	}
	if (word_is(f->at, WORD("enter"))) {
		*kind = LINE_ENTER;
		return at_end(c);
	}
	return read_output(c, f, kind);
}

static bool read_status(struct cursor *c, struct line_ferret *f, enum line_kind *kind)
{
	uint64_t status;

	*kind = LINE_STATUS;
	if (!eat_u64(c, &status))
		return false;
	f->status = (int64_t)status;
	if (eat(c, " measure=")) {
		f->last = true;
		f->success = eat(c, "success");
		if (!f->success && !eat(c, "failure"))
			return false;
	}
	return at_end(c);
}

/* Behind i=N and its blank. */
static bool read_tail(struct cursor *c, struct line_ferret *f, enum line_kind *kind)
{
	if (eat(c, "at="))
		return read_at(c, f, kind);
	if (eat(c, "status="))
		return read_status(c, f, kind);
	if (eat(c, "ts=")) {
		*kind = LINE_VERDICT;
		return read_verdict(c, f);
	}
	*kind = LINE_UPTIME;
	return eat(c, "val=") && eat_number(c, &f->val) && eat(c, " measure=uptime") && at_end(c);
}

bool line_ferret_read(struct word text, struct line *out)
{
	struct cursor c = cursor_of(text);
	struct line_ferret *f = &out->ferret;
	enum line_kind kind = LINE_TIMEOUT;
	bool ok;

	if (text.len < 4 || memcmp(text.p, "app=", 4) != 0)
		return false;
	*f = (struct line_ferret){.part = 1, .parts = 1, .val = -1, .status = -1};
	if (!eat_head(&c, f))
		return false;
	if (eat(&c, "at=timeout val="))
		ok = eat_number(&c, &f->val) && at_end(&c);
	else
		ok = eat(&c, "i=") && eat_u64(&c, &f->i) && eat(&c, " ") && read_tail(&c, f, &kind);
	if (ok)
		out->kind = kind;
	return ok;
}
