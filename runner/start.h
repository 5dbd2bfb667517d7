/* SPDX-License-Identifier: MIT */
/*
 * start: `ferret start [TYPE]`: all processes of the Procfile, their lines on our stdout. The loop
 * (libuv) and the signals are here; what is decided is decided in crew and restart.
 */
#ifndef FE_RUNNER_START_H
#define FE_RUNNER_START_H

#include "config.h"

/* Runs to the end of the fleet; the exit code of the program. Prints its own errors. */
int cmd_start(const struct config *c);

#endif
