/* SPDX-License-Identifier: MIT */
/*
 * incident: from the first failed slot to the first good one, with what the failure said.
 *
 * Incidents are read off the tiles (uptime): one opens where down begins, and closes where up
 * begins; unknown in between neither opens nor closes. incident_sync looks at a window again and
 * tells what is different from before, so that late verdicts mend what they showed wrongly; after
 * a verdict in order it is one tile and one incident. An incident keeps its number while its
 * bounds move.
 *
 * What a failing verdict said (incident_note) stays with the incident that covers it: of the
 * first failure and of the last. It may come before or after the sync that opens the incident.
 *
 * Pure, no clock. One book a check; zeroed is valid and empty. Ceilings: INCIDENTS a book (the
 * oldest is then forgotten, and counted), INCIDENT_OUT bytes of output, what is cut is counted.
 */
#ifndef FE_COLLECTOR_INCIDENT_H
#define FE_COLLECTOR_INCIDENT_H

#include "uptime.h"
#include "word.h"

#define INCIDENTS 200U
#define INCIDENT_OUT 4096U      /* bytes of output kept of one failure */
#define INCIDENT_TEXT 1024U     /* bytes of phase and repeat */
#define INCIDENT_LEAD_MS 300000 /* what was said so long before an opening belongs to it */

/* What a failing verdict said; ts_ms INT64_MIN: nothing. */
struct incident_note {
	int64_t ts_ms;      /* of its slot */
	struct word out;    /* the failure's output, lines parted by \n */
	uint64_t out_lost;  /* bytes that are not in out */
	struct word phase;  /* what was under way */
	struct word repeat; /* the command that repeats the check */
	int status;         /* exit status; -1 unknown */
};

struct incident {
	uint64_t id;                      /* from 1 in each book */
	int64_t start_ms;                 /* due moment of the first failed slot */
	int64_t end_ms;                   /* of the first good one; INT64_MAX: open */
	struct incident_note first, last; /* owned */
};

struct incident_book {
	struct incident *v; /* oldest first */
	size_t n, cap;
	uint64_t last_id;
	uint64_t forgotten;          /* for want of room */
	struct incident_note recent; /* the newest failure; owned */
};

enum incident_event {
	INCIDENT_OPENED,
	INCIDENT_CLOSED,  /* after OPENED, where both are seen at once */
	INCIDENT_CHANGED, /* a bound moved, or it is open again */
	INCIDENT_GONE,    /* late verdicts showed that there was none */
};

typedef void incident_fn(void *arg, enum incident_event event, const struct incident *i);

void incident_done(struct incident_book *b);
/* Make the book agree with the tiles, in their window; tell what is new. An incident that began
 * before the window goes on in it, until the first up. */
void incident_sync(
    struct incident_book *b, const struct uptime_tiles *tiles, incident_fn *tell, void *arg);
/* Copied. Returns the incident it belongs to now, or NULL. */
const struct incident *incident_note(struct incident_book *b, const struct incident_note *note);
/* From where a sync must look so that nothing is missed after a change at ts: the start of the
 * incident that covers it, or ts. */
int64_t incident_from(const struct incident_book *b, int64_t ts_ms);
/* Put back what was stored, oldest first; copied. */
void incident_restore(struct incident_book *b, const struct incident *i);
/* The incident of this number, or NULL. */
const struct incident *incident_find(const struct incident_book *b, uint64_t id);
/* Drop those that closed before. */
void incident_forget(struct incident_book *b, int64_t before_ms);
/* Until now for an open one. */
int64_t incident_duration(const struct incident *i, int64_t now_ms);

#endif
