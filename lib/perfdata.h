/* SPDX-License-Identifier: MIT */
/*
 * perfdata: the numbers in a monitoring plugin's output. Behind a bar in its first line, and
 * behind a bar in a later line to the end, stand blank-separated `'label'=value[unit];warn;...`;
 * a label with blanks or quotes is in single quotes ('' is one quote). Times are turned into
 * seconds; a decimal comma is taken as a point.
 */
#ifndef FE_LIB_PERFDATA_H
#define FE_LIB_PERFDATA_H

#include <stddef.h>

#define PERFDATA_NAME_MAX ((size_t)64) /* bytes of a name; the rest of a longer label is left out */
#define PERFDATA_MAX 64                /* numbers taken from one output */

/* One number. name is the label with letters, digits and `._-` alone ("/" is "root", "/var/log"
 * "var-log"), unique within the output. Name and unit are borrowed. */
typedef void (*perfdata_fn)(void *arg, const char *name, double value, const char *unit);

/* Calls fn for each number in order; returns how many entries were not taken: no number ("U"),
 * negative (a measure has no sign), no label, or beyond the maximum. */
size_t perfdata_read(const char *out, size_t len, perfdata_fn fn, void *arg);

#endif
