/* SPDX-License-Identifier: MIT */
/*
 * mon_report: what a try's child tells the monitor, by its note or its report pipe, record by record
 * as it happens (so that a try that is cut has told what it knew) and read when the try is over.
 * Private to mon. Both ends are the same program; still the reader trusts no length.
 */
#ifndef FE_LIB_MON_REPORT_H
#define FE_LIB_MON_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "strv.h"

#define MON_FACTS_MAX 64      /* phases, values and pieces of evidence, each */
#define MON_NAME_MAX 64       /* bytes of their names */
#define MON_EVIDENCE_MAX 2048 /* bytes of one piece of evidence; the rest is counted */

enum mon_record {
	MON_BEGIN,    /* number: ns */
	MON_PHASE,    /* name, number: ns */
	MON_ENTER,    /* name */
	MON_VALUE,    /* name, unit, real */
	MON_EVIDENCE, /* name, text */
	MON_NOTE,     /* name, text */
	MON_REUSED,
	MON_BODY,     /* text; number: bytes left out */
	MON_SCRATCH,  /* text: path */
	MON_CPU_WAIT, /* number: ns a command was runnable without a CPU; status 1: the try itself */
	MON_VERDICT,  /* number: verdict; status; name: reason */
	MON_END,      /* number: ns */
	MON_START,    /* number: ns; what was told of time before does not count */
	MON_SKIP,     /* number: ns that do not count */
	MON_OWE,      /* text: a debt */
	MON_PAID,     /* text: the same, paid */
};

struct mon_record_parts {
	enum mon_record kind;
	int status;
	uint64_t number;
	double real;
	const char *name, *unit; /* NULL = "" */
	const char *text;
	size_t text_len;
};

/* Append one record whole, or FE_ELIMIT. */
int mon_record_add(struct buf *b, const struct mon_record_parts *r) FE_MUST_CHECK;
/* Write one record; errors are ignored (the monitor is gone, and the child soon too). */
void mon_record_write(int fd, const struct mon_record_parts *r);

struct mon_fact {
	char *name, *unit;
	char *text; /* evidence */
	size_t text_len;
	uint64_t ns; /* phase */
	double real; /* value */
};

struct mon_facts {
	struct mon_fact *v;
	size_t n, lost;
};

struct mon_report {
	struct mon_facts phases, values, evidence, notes;
	uint64_t begin_ns, end_ns; /* 0: not told */
	uint64_t skipped_ns;
	uint64_t cpu_wait_ns;
	bool cpu_wait_told; /* the try told its own; that of its commands comes on top */
	char *phase;        /* entered last; NULL: none */
	char *reason, *scratch;
	struct strv owed, paid; /* owed and not paid; paid in all */
	struct buf body;
	uint64_t body_lost;
	bool has_body, reused, has_verdict;
	int verdict, status;
};

/* Read all whole records of b into r (zeroed before the first). */
void mon_report_read(struct mon_report *r, const struct buf *b);
void mon_report_done(struct mon_report *r);

#endif
