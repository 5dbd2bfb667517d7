/* SPDX-License-Identifier: MIT */
/* who: who may do what (DESIGN 7): drains, programs that read, people. */
#ifndef FE_COLLECTOR_WHO_H
#define FE_COLLECTOR_WHO_H

#include "web.h"

/* True, or the request has been answered (401, 403). */
bool who_may(struct collector *c, struct exch *x, enum web_may may);
/* Nobody has to say who he is: on loopback, no credential is configured. */
bool who_is_open(const struct collector *c);

#endif
