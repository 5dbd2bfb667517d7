/* SPDX-License-Identifier: MIT */
/*
 * repo_try: a repository job as a try of a monitor: phases, values, evidence and verdict words.
 *
 * The evidence of a failure is the phase reached, the peer, socket facts and the first bytes of
 * the answer.
 */
#ifndef FE_LIB_REPO_TRY_H
#define FE_LIB_REPO_TRY_H

#include "mon.h"
#include "repo.h"

/*
 * Do the job (whose callbacks, and url unless given, are set here) for try t: a push where job.push
 * is set, a clone where job.dir is, else the refs. True: done, to be judged. False: *result is what the probe returns: a failure in
 * words, or unknown where this machine was at fault.
 */
bool repo_try(
    struct try *t, struct repo_job *job, struct repo_seen *out, int *result) FE_MUST_CHECK;

#endif
