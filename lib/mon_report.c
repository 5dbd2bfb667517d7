/* SPDX-License-Identifier: MIT */
/* mon_report: records from a try's child to the monitor. */
#include "mon_report.h"

#include <ctype.h>
#include <unistd.h>

#include "io.h"
#include "xmem.h"

struct head {
	uint32_t kind;
	int32_t status;
	uint64_t number;
	double real;
	uint32_t name_len, unit_len, text_len, zero;
};

int mon_record_add(struct buf *b, const struct mon_record_parts *r)
{
	size_t before = b->len;
	struct head h = {
	    .kind = r->kind,
	    .status = r->status,
	    .number = r->number,
	    .real = r->real,
	    .name_len = r->name ? (uint32_t)strlen(r->name) : 0,
	    .unit_len = r->unit ? (uint32_t)strlen(r->unit) : 0,
	    .text_len = (uint32_t)r->text_len,
	};

	if (buf_add(b, &h, sizeof h) == 0 && buf_adds(b, r->name ? r->name : "") == 0 &&
	    buf_adds(b, r->unit ? r->unit : "") == 0 && buf_add(b, r->text, r->text_len) == 0)
		return 0;
	b->len = before;
	return FE_ELIMIT;
}

void mon_record_write(int fd, const struct mon_record_parts *r)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE + BUF_MAX_OUTPUT);

	if (mon_record_add(&b, r) == 0)
		(void)!io_write_all(fd, b.p, b.len);
}

/* A measure's name is a key of our lines: whatever else it holds becomes a dash. */
static char *clean_name(const char *p, size_t len)
{
	char *name = xmemdup0(p, len < MON_NAME_MAX ? len : MON_NAME_MAX);

	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_' && *c != '.' && *c != '-')
			*c = '-';
	return name;
}

/* A phase or value may not pass for one of the measures every verdict has: with one more `time`
 * in a line a reader would count it as a second verdict. */
static char *measure_name(const char *p, size_t len)
{
	static const char *const taken[] = {"uptime", "time", "first", "first-time", "other"};
	AUTO_FREE char *name = clean_name(p, len);

	for (size_t i = 0; i < ARRAY_LEN(taken); i++)
		if (strcmp(name, taken[i]) == 0)
			return xasprintf("value-%s", name);
	return steal(&name);
}

static void add_fact(struct mon_facts *f, struct mon_fact fact)
{
	if (f->n == MON_FACTS_MAX) {
		f->lost++;
		free(fact.name);
		free(fact.unit);
		free(fact.text);
		return;
	}
	f->v = xreallocarray(f->v, f->n + 1, sizeof *f->v);
	f->v[f->n++] = fact;
}

static void facts_done(struct mon_facts *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->v[i].name);
		free(f->v[i].unit);
		free(f->v[i].text);
	}
	free(f->v);
	*f = (struct mon_facts){0};
}

/* Evidence told again is told better: the last counts, in the place of the first. */
static void add_evidence(struct mon_facts *f, struct mon_fact fact)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->v[i].name, fact.name) != 0)
			continue;
		free(f->v[i].name);
		free(f->v[i].text);
		f->v[i] = fact;
		return;
	}
	add_fact(f, fact);
}

static void replace(char **at, const char *p, size_t len)
{
	free(*at);
	*at = xmemdup0(p, len);
}

static void take_body(struct mon_report *r, const struct head *h, const char *text)
{
	buf_init(&r->body, BUF_MAX_OUTPUT);
	r->has_body = true;
	r->body_lost = h->number;
	if (buf_add(&r->body, text, h->text_len))
		r->body_lost += h->text_len;
}

static void take_verdict(struct mon_report *r, const struct head *h, const char *name)
{
	r->has_verdict = true;
	r->verdict = (int)h->number;
	r->status = h->status;
	free(r->reason);
	r->reason = clean_name(name, h->name_len);
}

static void remove_text(struct strv *s, const char *text)
{
	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->v[i], text) == 0) {
			strv_remove(s, i);
			return;
		}
	}
}

static void take_debt(struct mon_report *r, const struct head *h, const char *text)
{
	AUTO_FREE char *debt = xmemdup0(text, h->text_len);

	remove_text(&r->owed, debt);
	strv_add(h->kind == MON_OWE ? &r->owed : &r->paid, debt);
}

/* The time begins anew: what was told of it so far was not the measurement's. */
static void take_start(struct mon_report *r, const struct head *h)
{
	facts_done(&r->phases);
	free(r->phase);
	r->phase = NULL;
	r->skipped_ns = 0;
	r->begin_ns = h->number;
}

static void take(struct mon_report *r, const struct head *h, const char *p)
{
	const char *unit = p + h->name_len, *text = unit + h->unit_len;

	switch ((enum mon_record)h->kind) {
	case MON_BEGIN:
		r->begin_ns = h->number;
		break;
	case MON_START:
		take_start(r, h);
		break;
	case MON_SKIP:
		r->skipped_ns += h->number;
		break;
	case MON_END:
		r->end_ns = h->number;
		break;
	case MON_OWE:
	case MON_PAID:
		take_debt(r, h, text);
		break;
	case MON_PHASE:
		add_fact(&r->phases,
		    (struct mon_fact){.name = measure_name(p, h->name_len), .ns = h->number});
		break;
	case MON_ENTER:
		free(r->phase);
		r->phase = measure_name(p, h->name_len);
		break;
	case MON_VALUE:
		add_fact(&r->values, (struct mon_fact){.name = measure_name(p, h->name_len),
					 .unit = xmemdup0(unit, h->unit_len),
					 .real = h->real});
		break;
	case MON_EVIDENCE:
	case MON_NOTE:
		add_evidence(h->kind == MON_NOTE ? &r->notes : &r->evidence,
		    (struct mon_fact){.name = clean_name(p, h->name_len),
			.text = xmemdup0(text, h->text_len),
			.text_len = h->text_len});
		break;
	case MON_REUSED:
		r->reused = true;
		break;
	case MON_BODY:
		buf_done(&r->body);
		take_body(r, h, text);
		break;
	case MON_SCRATCH:
		replace(&r->scratch, text, h->text_len);
		break;
	case MON_CPU_WAIT:
		r->cpu_wait_ns += h->number;
		r->cpu_wait_told = r->cpu_wait_told || h->status == 1;
		break;
	case MON_VERDICT:
		take_verdict(r, h, p);
		break;
	}
}

void mon_report_read(struct mon_report *r, const struct buf *b)
{
	const char *p = buf_str(b), *end = p + b->len;
	struct head h;

	while ((size_t)(end - p) >= sizeof h) {
		memcpy(&h, p, sizeof h);
		uint64_t rest = (uint64_t)h.name_len + h.unit_len + h.text_len;

		if (h.kind > MON_PAID || rest > (size_t)(end - p) - sizeof h)
			return;
		take(r, &h, p + sizeof h);
		p += sizeof h + rest;
	}
}

void mon_report_done(struct mon_report *r)
{
	facts_done(&r->phases);
	facts_done(&r->values);
	facts_done(&r->evidence);
	facts_done(&r->notes);
	free(r->phase);
	free(r->reason);
	free(r->scratch);
	strv_done(&r->owed);
	strv_done(&r->paid);
	buf_done(&r->body);
	*r = (struct mon_report){0};
}
