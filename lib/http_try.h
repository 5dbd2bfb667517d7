/* SPDX-License-Identifier: MIT */
/*
 * http_try: an HTTP request as a try of a monitor: phases, values, evidence and verdict words.
 *
 * The evidence of a failure is the phase reached, the peer's address and socket facts, and
 * `curl`, a command that fails in the same way. Secrets are in neither: userinfo, query
 * values and headers are left out of both.
 */
#ifndef FE_LIB_HTTP_TRY_H
#define FE_LIB_HTTP_TRY_H

#include "http_opts.h"
#include "mon.h"

/*
 * Perform req (whose entered, closing and arg are set here) for try t. True: an answer came whole
 * and is to be judged. False: *result is what the probe returns: a failure in words, or unknown
 * where this machine was at fault. Done in either case with http_response_done.
 * cacert is the file behind req->store, for `curl`; NULL: the default.
 */
bool http_try(struct try *t, struct http_request *req, const char *cacert,
    struct http_response *res, int *result) FE_MUST_CHECK;
/* The answer was not what was wanted: its first bytes, and words as for try_fail. */
int http_try_fail(struct try *t, const struct http_response *res, const char *fmt, ...)
    FE_PRINTF(3, 4);

/* The verdict of an answer by the options: status and headers, `want` (NULL: any) in the body, which
 * is what --pattern is then matched against. */
int http_try_judge(
    struct try *t, const struct http_opts *o, const struct http_response *res, const char *want);

/* Ask the try's own target and judge by the options: the verdict. */
int http_try_target(struct try *t, const struct http_opts *o);

/* Ask and judge, again and again while the answer is not good, for patience_ns at most: the verdict.
 * How long it was not good is the value `away`; what is measured and told is the last request. */
int http_try_patiently(struct try *t, const struct http_opts *o, struct http_request *req,
    const char *want, uint64_t patience_ns);

#endif
