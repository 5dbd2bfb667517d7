/* SPDX-License-Identifier: MIT */
/*
 * outlet_pass: requests of drains as they came, for a second drain: body and Logplex headers, a frame
 * id where they had none (so that a repeated one is known), and ?app= where they were named by it.
 * Pure, but for memory.
 */
#ifndef FE_COLLECTOR_OUTLET_PASS_H
#define FE_COLLECTOR_OUTLET_PASS_H

#include "outlet.h"
#include "outlet_drive.h"

struct outlet_pass;

/* A copy; free with outlet_pass_free. seed and serial make an id. */
struct outlet_pass *outlet_pass_new(const struct outlet_taken *t, uint64_t seed, uint64_t serial);
void outlet_pass_free(void *pass);
/* The request of a job: its one item, or the loss that it tells, as Logplex would (L10). */
void outlet_pass_encode(void *seed, const struct outlet_job *job, struct outlet_request *out);

#endif
