/* SPDX-License-Identifier: MIT */
/*
 * mon_loop: the life of a monitor once its options are known: slots come due, rounds run in
 * forked tries, verdicts are written (DESIGN 3). Private to mon.
 */
#ifndef FE_LIB_MON_LOOP_H
#define FE_LIB_MON_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"
#include "mon.h"
#include "mon_targets.h"
#include "opt.h"
#include "pattern.h"
#include "strv.h"

#define MON_SIDE_BY_SIDE 16

/* Suspect: this process noticed a slot so late, or waited for a CPU so long, that the measured time
 * tells more about this machine than about the service. */
#define MON_SUSPECT_LATE_NS 100000000ULL /* a slot noticed 0.1 s after it came due */
#define MON_SUSPECT_WAIT_NS 5000000ULL   /* a CPU waited for 5 ms and a tenth of the time */

struct mon_settings {
	const char *app, *site;
	uint64_t tries, interval_ns;
	struct opt_seconds timeout;
	int wanted_status;
	bool status_given, any_status, once;
	const struct pattern *pattern; /* NULL: none */
	char *const *operands;
	struct strv secrets; /* of options: mon_secrets.h */
};

/* Runs until SIGTERM, SIGINT or SIGHUP, or with once until every check has its verdict; returns
 * main's exit code. */
int mon_loop_run(const struct mon_spec *spec, const struct mon_settings *set,
    const struct mon_targets_list *targets);

#endif
