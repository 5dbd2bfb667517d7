/* SPDX-License-Identifier: MIT */
/* api_gate: what every request meets before its handler, and every answer after it. */
#ifndef FE_SANDBOX_API_GATE_H
#define FE_SANDBOX_API_GATE_H

#include "api.h"

#define AUTO_ERR __attribute__((cleanup(err_done)))

/* Version, credentials, rate limit; false: refused, the error is in c. */
bool gate_open(struct call *c);
/* After the link is known: may this token do it? */
bool gate_scope(struct call *c);
/* Paging, headers, state to disk, and out; fault (may be NULL) still spoils it. */
void gate_answer(struct call *c, json_t *fault);

/* The account and its first token, in a new state. */
void api_account_make(struct api *api);
/* The authorization that the request's credentials are; NULL: none. Borrowed. */
json_t *gate_authorization(const struct call *c);

#endif
