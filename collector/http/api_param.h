/* SPDX-License-Identifier: MIT */
/* api_param: parameters of requests, each with one clear 400 where it is wrong. */
#ifndef FE_COLLECTOR_API_PARAM_H
#define FE_COLLECTOR_API_PARAM_H

#include "api_check.h"
#include "web.h"

/* *value stays as it is where the parameter is absent. False: answered with 400. */
bool api_number(struct exch *x, const char *name, int64_t min, int64_t max, int64_t *value);
/* NULL: answered with 400. */
const struct api_window *api_window_of(struct exch *x);
/* The check of ?app= and ?source=; NULL: answered, 400 or 404. */
const struct check *api_check_of(struct collector *c, struct exch *x);
/* [*from, *to) of ?from= and ?to=: by default the day that ends now. False: answered with 400. */
bool api_span(struct exch *x, int64_t now_ms, int64_t *from, int64_t *to);
/* What was written, or 500 where it is over its ceiling. */
void api_answer(struct exch *x, const struct json *j);

#endif
