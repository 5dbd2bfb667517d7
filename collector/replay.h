/* SPDX-License-Identifier: MIT */
/*
 * replay: recorded lines, with their own times as the clock, to the figures that a live run shows.
 * Frames, lines as a log session gives them (`2026-06-18T09:00:01.5+00:00 app[web.1]: text`), or
 * plain lines. No network, no database.
 */
#ifndef FE_COLLECTOR_REPLAY_H
#define FE_COLLECTOR_REPLAY_H

#include <stddef.h>

#include "err.h"

/* Reads the files in order ("-": standard input) and prints. FE_ENOENT, FE_EIO; FE_EPROTO: nothing in
 * them was a line. */
int replay(const char *const *files, size_t n, struct err *err) FE_MUST_CHECK;

#endif
