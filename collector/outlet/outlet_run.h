/* SPDX-License-Identifier: MIT */
/*
 * outlet_run: an outlet at work: a queue, a thread that empties it into a driver, and words on stderr
 * when it begins to fail and when it works again. The loop's thread offers and asks; it never waits
 * for a receiver. What goes to whom how is the driver's, which only this thread calls.
 */
#ifndef FE_COLLECTOR_OUTLET_RUN_H
#define FE_COLLECTOR_OUTLET_RUN_H

#include "err.h"
#include "outlet_queue.h"

#define OUTLET_WHY_MAX 160
#define OUTLET_NO_LANE UINT32_MAX

struct outlet_answer {
	unsigned lane; /* OUTLET_NO_LANE: no answer, but unsent is to be counted */
	enum outlet_verdict verdict;
	uint64_t asked_ns;        /* wait that the receiver asked for; 0: none */
	uint64_t unsent;          /* units that were taken for sent, and did not come */
	char why[OUTLET_WHY_MAX]; /* unless taken. Never a URL, never a credential */
};

struct outlet_driver {
	/* A request goes out; it is answered once. The job's items are borrowed until then. */
	void (*send)(void *driver, const struct outlet_job *job);
	/* For the network, wake (a descriptor that gets readable) or the time. */
	void (*wait)(void *driver, int wake, int timeout_ms);
	bool (*answer)(void *driver, struct outlet_answer *out); /* the next one; false: none */
	void (*free)(void *driver);
};

struct outlet_run_rules {
	const char *name, *unit; /* "librato", "gauges" */
	struct outlet_rules queue;
	const struct outlet_driver *driver;
	void *mine; /* the driver's; freed by it */
};

struct outlet_run_state {
	struct outlet_counts counts;
	bool failing;
	char why[OUTLET_WHY_MAX]; /* "" unless failing */
};

struct outlet_run;

/* Takes mine, also when it fails: NULL with FE_ESYS. */
struct outlet_run *outlet_run_new(
    const struct outlet_run_rules *rules, struct err *err) FE_MUST_CHECK;
void outlet_run_offer(struct outlet_run *r, void *load, uint32_t units, size_t bytes);
void outlet_run_lose(struct outlet_run *r, uint64_t units);
void outlet_run_state(struct outlet_run *r, struct outlet_run_state *out);
const char *outlet_run_name(const struct outlet_run *r);
const char *outlet_run_unit(const struct outlet_run *r);
/* Once a second: says what was lost, now and then. */
void outlet_run_tick(struct outlet_run *r);
/* Nothing more will be offered; what is queued goes until then. */
void outlet_run_end(struct outlet_run *r, uint64_t deadline_ns);
/* Waits for that, says what was not sent, and frees. NULL is fine. */
void outlet_run_free(struct outlet_run *r);

#endif
