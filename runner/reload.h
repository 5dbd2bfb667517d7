/* SPDX-License-Identifier: MIT */
/*
 * reload: from one plan to the next while the fleet runs, touching only what changed. An entry is
 * the same when its name is (the n-th of that name, where a Procfile repeats one). An instance is
 * restarted when its command, environment or directory differ; an entry that is new starts, one that
 * is gone ends; the count follows the plan where the plan's count changed, so that what `ferret
 * scale` set stays otherwise. Pure: decides, and crew_reload (crew_reload.c) acts.
 */
#ifndef FE_RUNNER_RELOAD_H
#define FE_RUNNER_RELOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "plan.h"

#define RELOAD_GONE ((size_t)-1)

/* Index in `to` of the entry that is from->v[entry]; RELOAD_GONE when there is none. */
size_t reload_entry(const struct plan *from, size_t entry, const struct plan *to);
/* Would instance `number` run otherwise under the new plan? */
bool reload_differs(
    const struct plan *from, size_t entry, const struct plan *to, size_t to_entry, int number);

#endif
