/* SPDX-License-Identifier: MIT */
#include "repo_try.h"

#include "said.h"
#include "xmem.h"

/* Told as it happens, so that it is known of a try that is cut at its deadline. */
static void on_entered(void *arg, const char *phase, const char *peer)
{
	struct try *t = arg;

	try_enter(t, phase);
	if (strcmp(phase, "connect") == 0 && *peer)
		try_evidence(t, "peer", "%s", peer);
}

static void on_closing(void *arg, int fd)
{
	try_evidence_socket(arg, fd);
}

static void tell_numbers(struct try *t, const struct repo_seen *seen)
{
	for (int i = 0; i < REPO_PHASES; i++)
		if (seen->phase_ns[i])
			try_phase(t, repo_phase_names[i], seen->phase_ns[i]);
	if (seen->tls.seen)
		try_value(t, "cert-days", seen->tls.days_left, "");
}

static bool do_job(struct try *t, struct repo_job *job, struct repo_seen *out, int *result)
{
	struct err err = ERR_INIT;

	if (!job->url)
		job->url = try_target(t);
	job->entered = on_entered;
	job->closing = on_closing;
	job->arg = t;
	int rc = job->push  ? repo_push(job, out, &err)
		 : job->dir ? repo_clone(job, out, &err)
			    : repo_refs(job, out, &err);
	tell_numbers(t, out);
	if (rc == 0)
		return true;
	if (out->answer_len)
		try_evidence(t, "first", "%.*s", (int)out->answer_len, out->answer);
	*result = rc == FE_ESYS     ? try_unknown(t, "local", "%s", err_text(&err))
		  : rc == FE_ELIMIT ? try_unknown(t, "limited", "%s", err_text(&err))
				    : try_fail(t, "%s", err_text(&err));
	err_done(&err);
	return false;
}

static void on_said(void *arg, const char *p, size_t n)
{
	said_add(arg, p, n);
}

/* A push has a verdict of its own: the server's words. */
static bool try_push(struct try *t, struct repo_job *job, struct repo_seen *out, int *result)
{
	struct said said = {0};
	struct repo_push push = *job->push;
	struct repo_job heard = *job;

	push.said = on_said;
	push.arg = &said;
	heard.push = &push;
	bool ok = do_job(t, &heard, out, result);
	AUTO_FREE char *why = said_why(&said);

	if (!ok && *why)
		try_output(t, "%s", why);
	if (!ok && said_limited(&said)) {
		*result = try_unknown(t, "limited", NULL);
	} else if (ok && push.done && !said_has(&said, push.done)) {
		*result =
		    try_fail(t, "taken, but without '%s'; its last words: %s", push.done, why);
		ok = false;
	}
	said_done(&said);
	return ok;
}

bool repo_try(struct try *t, struct repo_job *job, struct repo_seen *out, int *result)
{

	return job->push ? try_push(t, job, out, result) : do_job(t, job, out, result);
}
