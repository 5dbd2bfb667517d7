/* SPDX-License-Identifier: MIT */
/*
 * outlet_text: gauges and samples as their receivers want them. Pure.
 *
 *   Librato    {"name":N,"source":S,"measure_time":T,"period":60,"count":..,"sum":..,"min":..,"max":..,
 *              "sum_squares":..}, and of a measure N.median, N.perc95, N.perc99, by value; of counts
 *              their sum as the value, as l2met has it
 *   Graphite   PATH.count VALUE TIME\n, and mean p50 p95 p99 min max sum; of counts count and sum
 *   StatsD     PATH:VALUE|ms\n for times (in ms), |c for counts, |g for all else
 */
#ifndef FE_COLLECTOR_OUTLET_TEXT_H
#define FE_COLLECTOR_OUTLET_TEXT_H

#include "outlet_name.h"
#include "outlet_sum.h"

#define OUTLET_GAUGES_MAX 300U /* in one request to Librato */
#define OUTLET_VALUE_MAX 1e126 /* beyond it Librato refuses the whole request */
#define OUTLET_SAMPLE_MAX (OUTLET_NAME_MAX + 40)

/* How many gauges, or lines, a gauge comes to; 0: this receiver cannot have it. */
uint32_t outlet_text_units(
    enum outlet_form form, const struct outlet_target *t, const struct outlet_gauge *g);
/* Appends it; `more`: one stands before. FE_ELIMIT. */
int outlet_text_librato(struct buf *b, const struct outlet_target *t, const struct outlet_gauge *g,
    int64_t interval_ms, bool more) FE_MUST_CHECK;
int outlet_text_graphite(
    struct buf *b, const struct outlet_target *t, const struct outlet_gauge *g) FE_MUST_CHECK;
/* A sample with its newline into OUTLET_SAMPLE_MAX bytes, without a NUL; its length. */
size_t outlet_text_statsd(
    char *out, const struct outlet_target *t, enum line_metric_kind kind, double value);

#endif
