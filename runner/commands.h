/* SPDX-License-Identifier: MIT */
/* commands: one function a command; each prints its own errors and gives the exit code. `start`
 * stands in runner/start.h. */
#ifndef FE_RUNNER_COMMANDS_H
#define FE_RUNNER_COMMANDS_H

#include "config.h"

int cmd_check(const struct config *c);
int cmd_run(const struct config *c);
int cmd_export(const struct config *c);

#endif
