/* SPDX-License-Identifier: MIT */
/* mon_lines: the five lines of a round. */
#include "mon_lines.h"

#include "clock.h"
#include "logfmt.h"
#include "strv.h"
#include "xmem.h"

#define ROOM_FOR_PART 32 /* " part=4294967295/4294967295" and the newline */

static void must(int rc)
{
	fe_assert(rc == 0); /* head and constants fit: their parts have ceilings of their own */
}

static void put_head(struct buf *b, const struct mon_lines *l, const struct mon_round *r, bool i)
{
	must(logfmt_str(b, "app", l->app));
	must(buf_addf(b, " xid=%08x", r->xid));
	must(logfmt_quoted(b, "source", r->source, strlen(r->source)));
	if (i)
		must(logfmt_int(b, "i", r->i));
}

static int send_line(const struct mon_lines *l, struct buf *b)
{
	must(buf_addc(b, '\n'));
	return l->write(l->arg, b->p, b->len);
}

static int send_short(
    const struct mon_lines *l, const struct mon_round *r, bool i, const char *rest)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);

	put_head(&b, l, r, i);
	must(buf_addf(&b, " %s", rest));
	return send_line(l, &b);
}

int mon_lines_enter(const struct mon_lines *l, const struct mon_round *r)
{
	return send_short(l, r, true, "at=enter");
}

int mon_lines_status(
    const struct mon_lines *l, const struct mon_round *r, int status, const char *measure)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);

	must(buf_addf(&b, "status=%d%s%s", status < 0 ? 0 : status, measure ? " measure=" : "",
	    measure ? measure : ""));
	return send_short(l, r, true, buf_str(&b));
}

int mon_lines_uptime(const struct mon_lines *l, const struct mon_round *r, bool up)
{
	return send_short(l, r, true, up ? "val=100 measure=uptime" : "val=0 measure=uptime");
}

int mon_lines_timeout(const struct mon_lines *l, const struct mon_round *r, const char *text)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);

	must(buf_adds(&b, "at=timeout"));
	must(logfmt_str(&b, "val", text));
	return send_short(l, r, false, buf_str(&b));
}

/* Length of the escape or character at p inside a quoted text. */
static size_t token_len(const char *p, const char *end)
{
	unsigned char c = (unsigned char)*p;
	size_t n = c == '\\'  ? (p[1] == 'u' ? 6 : 2)
		   : c < 0x80 ? 1
		   : c < 0xE0 ? 2
		   : c < 0xF0 ? 3
			      : 4;

	return n < (size_t)(end - p) ? n : (size_t)(end - p);
}

/* How much of the quoted inside at p fits into room, ending between two characters. */
static size_t piece_len(const char *p, const char *end, size_t room)
{
	size_t n = 0;

	while (p + n < end) {
		size_t t = token_len(p + n, end);

		if (n + t > room)
			break;
		n += t;
	}
	return n;
}

/* Add KEY="..." to list, in as many pairs as it takes for each to fit into room. */
static void add_quoted(struct strv *list, const char *key, struct buf *quoted, size_t room)
{
	const char *p = buf_str(quoted) + 1, *end = p + quoted->len - 2;

	room -= strlen(key) + 3;
	do {
		size_t n = piece_len(p, end, room);

		strv_take(list, xasprintf("%s=\"%.*s\"", key, (int)n, p));
		p += n;
	} while (p < end);
}

static void add_text(struct strv *list, const char *key, const char *text, size_t len, size_t room)
{
	struct buf AUTO_BUF quoted = BUF_INIT(6 * BUF_MAX_OUTPUT + 2);

	must(logfmt_quote(&quoted, text, len));
	add_quoted(list, key, &quoted, room);
}

#define SHORT_TEXT 256 /* even when every byte of it is escaped it fits into a line */

/* KEY=TEXT, bare where it can be; split where it must be. */
static void add_any(struct strv *list, const char *key, const char *text, size_t len, size_t room)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);

	if (len > SHORT_TEXT || strlen(text) != len) {
		add_text(list, key, text, len, room);
		return;
	}
	must(logfmt_str(&b, key, text));
	strv_take(list, buf_take(&b));
}

/* How many of the pairs from `from` on go into one line with that much room. */
static size_t fitting(const struct strv *pairs, size_t from, size_t room)
{
	size_t n = 0, used = 0;

	while (from + n < pairs->n) {
		used += strlen(pairs->v[from + n]) + 1;
		if (n > 0 && used > room)
			break;
		n++;
	}
	return n;
}

/* Send head and pairs, in one line or in parts that each begin with the head. */
static int send_pairs(const struct mon_lines *l, const struct buf *head, const struct strv *pairs)
{
	size_t room = BUF_MAX_LINE - head->len - ROOM_FOR_PART;
	size_t parts = 0, part = 0;
	size_t at = 0;

	for (size_t i = 0; i < pairs->n; i += fitting(pairs, i, room))
		parts++;
	do {
		struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);
		size_t n = fitting(pairs, at, room);
		int rc;

		must(buf_add(&b, head->p, head->len));
		if (parts > 1)
			must(buf_addf(&b, " part=%zu/%zu", ++part, parts));
		for (size_t i = 0; i < n; i++)
			must(buf_addf(&b, " %s", pairs->v[at + i]));
		at += n;
		rc = send_line(l, &b);
		if (rc)
			return rc;
	} while (at < pairs->n);
	return 0;
}

static int send_output_line(const struct mon_lines *l, const struct mon_round *r, const char *what,
    const char *text, size_t len)
{
	struct buf AUTO_BUF head = BUF_INIT(BUF_MAX_LINE);
	AUTO_STRV struct strv pairs = {0};

	put_head(&head, l, r, true);
	must(logfmt_str(&head, "at", what));
	add_text(&pairs, "out", text, len, BUF_MAX_LINE - head.len - ROOM_FOR_PART);
	return send_pairs(l, &head, &pairs);
}

int mon_lines_output(
    const struct mon_lines *l, const struct mon_round *r, const char *what, const struct buf *text)
{
	const char *p = buf_str(text), *end = p + text->len;

	while (p < end) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t len = (size_t)((nl ? nl : end) - p);
		size_t shown = len && p[len - 1] == '\r' ? len - 1 : len;
		int rc = send_output_line(l, r, what, p, shown);

		if (rc)
			return rc;
		p += len + (nl != NULL);
	}
	return 0;
}

/* Times are shown in tenths of a millisecond, rounded; phases are summed up as they are shown, so
 * that with `other` they tile the time that is shown. */
#define SHOWN_UNIT_NS 100000

static uint64_t shown_units(uint64_t ns)
{
	return ns / SHOWN_UNIT_NS + (ns % SHOWN_UNIT_NS >= SHOWN_UNIT_NS / 2);
}

static char *seconds_pair(const char *key, uint64_t ns, const char *unit)
{
	uint64_t units = shown_units(ns);

	return xasprintf("%s=%llu.%04llu%s", key, (unsigned long long)(units / 10000),
	    (unsigned long long)(units % 10000), unit);
}

static void add_seconds(struct strv *list, const char *key, uint64_t ns, const char *unit)
{
	strv_take(list, seconds_pair(key, ns, unit));
}

int mon_lines_return(const struct mon_lines *l, const struct mon_round *r, uint64_t took_ns)
{
	AUTO_FREE char *val = seconds_pair("val", took_ns, "");
	AUTO_FREE char *rest = xasprintf("at=return %s measure=time", val);

	return send_short(l, r, true, rest);
}

static void add_phases(struct strv *list, const struct mon_facts *phases, uint64_t time_ns)
{
	uint64_t left = shown_units(time_ns);

	for (size_t i = 0; i < phases->n; i++) {
		AUTO_FREE char *key = xasprintf("measure#%s", phases->v[i].name);
		uint64_t units = shown_units(phases->v[i].ns);

		add_seconds(list, key, phases->v[i].ns, "s");
		left -= units < left ? units : left;
	}
	if (phases->n)
		add_seconds(list, "measure#other", left * SHOWN_UNIT_NS, "s");
}

/* Units that may follow a number bare; any other is dropped with what it would break. */
static const char *safe_unit(const char *unit)
{
	return strspn(unit, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/%") ==
			   strlen(unit) &&
		       strlen(unit) <= 8
		   ? unit
		   : "";
}

static void add_values(struct strv *list, const struct mon_facts *values)
{
	for (size_t i = 0; i < values->n; i++) {
		const struct mon_fact *f = &values->v[i];
		AUTO_FREE char *key = xasprintf("measure#%s", f->name);
		struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);
		bool whole = f->real >= 0 && f->real < 1e15 && (double)(uint64_t)f->real == f->real;
		int decimals = strcmp(f->unit, "s") == 0 ? 4 : whole ? 0 : 4;

		must(logfmt_num(&b, key, f->real, decimals, safe_unit(f->unit)));
		strv_take(list, buf_take(&b));
	}
}

static void add_measures(struct strv *list, const struct mon_verdict *v)
{
	if (v->suspect)
		strv_add(list, "suspect=1");
	if (v->report && v->report->reused)
		strv_add(list, "reused=1");
	if (v->warning)
		strv_add(list, "warning=1");
	if (!v->unknown)
		strv_add(list, v->up ? "measure#uptime=100" : "measure#uptime=0");
	if (!v->tried)
		return;
	add_seconds(list, "measure#time", v->time_ns, "s");
	if (v->first_known)
		strv_add(list, v->first_up ? "measure#first=100" : "measure#first=0");
	if (v->retried)
		add_seconds(list, "measure#first-time", v->first_ns, "s");
	if (!v->report)
		return;
	add_phases(list, &v->report->phases, v->time_ns);
	add_values(list, &v->report->values);
}

static void add_costs(struct strv *list, const struct mon_verdict *v)
{
	add_seconds(list, "lag", v->lag_ns, "");
	if (v->wait_known)
		add_seconds(list, "wait", v->wait_ns, "");
	add_seconds(list, "cpu", v->cpu_ns, "");
	strv_take(list, xasprintf("mem=%.1f", (double)v->mem_kb / 1024));
	if (v->out_lost)
		strv_take(list, xasprintf("out_lost=%llu", (unsigned long long)v->out_lost));
	if (v->report) {
		size_t lost = v->report->phases.lost + v->report->values.lost +
			      v->report->evidence.lost + v->report->notes.lost;

		if (lost)
			strv_take(list, xasprintf("facts_lost=%zu", lost));
	}
}

static void add_evidence(struct strv *list, const struct mon_verdict *v, size_t room)
{
	const struct mon_report *rep = v->report;

	if (rep && rep->phase)
		add_any(list, "phase", rep->phase, strlen(rep->phase), room);
	for (size_t i = 0; rep && i < rep->evidence.n; i++)
		add_any(list, rep->evidence.v[i].name, rep->evidence.v[i].text,
		    rep->evidence.v[i].text_len, room);
	add_text(list, "repeat", v->repeat, strlen(v->repeat), room);
}

/* "10", "0.25": seconds without zeros behind them. */
static void put_every(struct buf *b, uint64_t ms)
{
	unsigned rest = (unsigned)(ms % 1000);

	must(buf_addf(b, " every=%llu", (unsigned long long)(ms / 1000)));
	if (rest == 0)
		return;
	must(buf_addf(b, ".%03u", rest));
	while (b->p[b->len - 1] == '0')
		b->p[--b->len] = '\0';
}

int mon_lines_verdict(
    const struct mon_lines *l, const struct mon_round *r, const struct mon_verdict *v)
{
	struct buf AUTO_BUF head = BUF_INIT(BUF_MAX_LINE);
	AUTO_STRV struct strv pairs = {0};

	put_head(&head, l, r, true);
	must(buf_addf(&head, " ts=%lld boot=%04x slot=%llu", (long long)v->ts_ms, l->boot,
	    (unsigned long long)v->slot));
	if (l->every_ms)
		put_every(&head, l->every_ms);
	if (*l->site)
		must(logfmt_str(&head, "site", l->site));
	size_t room = BUF_MAX_LINE - head.len - ROOM_FOR_PART;

	if (v->overrun)
		strv_add(&pairs, "at=overrun");
	if (v->unknown) {
		strv_add(&pairs, "at=unknown");
		add_any(&pairs, "reason", v->unknown, strlen(v->unknown), room);
	}
	add_measures(&pairs, v);
	if (v->tried && !v->overrun)
		add_costs(&pairs, v);
	for (size_t i = 0; v->report && i < v->report->notes.n; i++)
		add_any(&pairs, v->report->notes.v[i].name, v->report->notes.v[i].text,
		    v->report->notes.v[i].text_len, room);
	if (v->repeat)
		add_evidence(&pairs, v, room);
	return send_pairs(l, &head, &pairs);
}
