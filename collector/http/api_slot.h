/* SPDX-License-Identifier: MIT */
/* api_slot: a check's newest slots and the names of its numbers as JSON, so that pages read no lines. */
#ifndef FE_COLLECTOR_API_SLOT_H
#define FE_COLLECTOR_API_SLOT_H

#include "core.h"
#include "json.h"

/* "slots": newest first, each with its numbers taken apart. */
void api_put_slots(struct json *j, const struct check *c);
/* "numbers": all names; "phases": those that together are the time, in the order of the newest slots that
 * tell; "values": the others; "units": by name. */
void api_put_numbers(struct json *j, struct core *core, const struct check *c);

#endif
