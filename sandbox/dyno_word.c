/* SPDX-License-Identifier: MIT */
/* dyno_word: the platform's words for a dyno's states. */
#include "dyno.h"

static const char *const words[] = {[DYNO_STARTING] = "starting",
    [DYNO_UP] = "up",
    [DYNO_CRASHED] = "crashed",
    [DYNO_DOWN] = "down",
    [DYNO_COMPLETE] = "complete"};

const char *dyno_state_word(enum dyno_state s)
{
	return words[s];
}
