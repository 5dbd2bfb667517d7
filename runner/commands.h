/* SPDX-License-Identifier: MIT */
/* commands: one function a command; each prints its own errors and gives the exit code. `start`
 * stands in runner/start.h. */
#ifndef FE_RUNNER_COMMANDS_H
#define FE_RUNNER_COMMANDS_H

#include "config.h"

int cmd_check(const struct config *c);
int cmd_run(const struct config *c);
int cmd_export(const struct config *c);
/* Of a running fleet, over its control socket. */
int cmd_ps(const struct config *c);
int cmd_logs(const struct config *c);
int cmd_remote(const struct config *c); /* scale, restart, stop: asks and shows */

#endif
