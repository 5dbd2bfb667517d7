/* SPDX-License-Identifier: MIT */
/* mon_try: the child's side of a try, behind the try_* calls of mon.h. Private to mon. */
#ifndef FE_LIB_MON_TRY_H
#define FE_LIB_MON_TRY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "mon_report.h"
#include "proc.h"

struct
try {
	const char *target, *name, *app;
	char *const *operands;
	uint64_t deadline_ns, slot;
	int fd; /* report pipe */
	pid_t monitor;
	uint64_t interval_ns, timeout_ns;
	uint64_t begin_ns, mark_ns;
	uint64_t cpu_waited_ns; /* before the measurement */
	int cpu_wait_fd;
	uint64_t end_ns; /* set by a command: when it ended, before what it left was ended */
	int status;
	const char *reason; /* of unknown; a literal or never freed */
	char *scratch;
};

struct mon_try_start {
	const char *target, *name, *app;
	char *const *operands;
	uint64_t deadline_ns, slot, interval_ns, timeout_ns;
	pid_t monitor;
	int (*probe)(struct try *t);
	const struct strv *debts; /* settle these instead; NULL */
	bool (*settle)(struct try *t, const char *debt);
};

/* Runs the probe of a struct mon_try_start in the child (a proc_fn). */
int mon_try_run(void *start, int report_fd, struct proc_note *note);
/* Tell the monitor one record, in the order of the calls. */
void mon_try_record(struct try *t, struct mon_record_parts r);

#endif
