/* SPDX-License-Identifier: MIT */
/* heroku/run: `ls` in a one-off dyno, attached, as `heroku run ls` does: output and exit status. */
#include <string.h>

#include "canary.h"
#include "clock.h"
#include "heroku_dynos.h"
#include "rendezvous.h"
#include "xmem.h"

/* What came of it, once the dyno ended its output. */
static bool attach(struct canary *c, const char *url)
{
	struct buf AUTO_BUF output = BUF_INIT(CANARY_OUTPUT_MAX);
	int status;

	if (!canary_attach(c, url, &output, &status))
		return false;
	if (status != 0)
		return canary_fail(c, "exit status %d: %s", status, buf_str(&output));
	return strstr(buf_str(&output), "Procfile") ||
	       canary_fail(c, "no Procfile in the output: %s", buf_str(&output));
}

static int probe(struct try *t)
{
	struct canary c;
	AUTO_FREE char *token = canary_token();
	AUTO_FREE char *marked = xasprintf(": %s && ls", token); /* found again when we are cut */
	AUTO_FREE char *command = rendezvous_command(marked);
	struct heroku_dyno_new run = {.command = command, .attach = true};
	json_t *dyno = NULL;

	if (!canary_open(&c, t, "run") || !canary_tidy(&c, NULL))
		return canary_end(&c);
	AUTO_FREE char *debt = xasprintf("STOP /apps/%s/dynos %s", c.app, token);
	canary_owe(&c, debt);
	run.time_to_live_s = (int64_t)(2 * try_timeout_ns(t) / NS_PER_S);
	try_start(t);
	try_enter(t, "create");
	if (canary_made(&c, "create", debt, heroku_dyno_run(c.api, c.app, &run, &dyno, &c.err))) {
		if (attach(&c, heroku_str(dyno, "attach_url")))
			canary_paid(&c, debt);
	}
	json_decref(dyno);
	return canary_end(&c);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "heroku/run",
	    .summary = "run `ls` in a one-off dyno, attached",
	    .about = "Runs in APP-run; wanted are exit status 0 and a Procfile in what it prints.\n"
		     "Phases are create, join (until the dyno takes part) and output.",
	    .targets = MON_NO_TARGETS,
	    .check = "ls",
	    .multiple = 6,
	    .probe = probe,
	    CANARY_SPEC,
	};

	return mon_main(argc, argv, &spec);
}
