/* SPDX-License-Identifier: MIT */
/*
 * echo: what a collector hears of itself. An app on the platform that drains to its own web process
 * gets a line of the router for each request that brought lines, in a further request, and so on for
 * ever, as fast as they are answered. A body that holds nothing else is answered a moment later: then
 * the circle turns once a second, not a hundred times. Pure.
 */
#ifndef FE_COLLECTOR_ECHO_H
#define FE_COLLECTOR_ECHO_H

#include <stdbool.h>
#include <stddef.h>

#define ECHO_MAX 16384U /* bytes; a larger body has more in it than that */

/* Frames of the router about POST /logs, and no other. */
bool echo_only(const char *body, size_t len);

#endif
