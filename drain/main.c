/* SPDX-License-Identifier: MIT */
/*
 * drain: ship lines from stdin to a log receiver as Logplex frames over HTTP, in order to lose
 * none unseen: what could not be delivered is counted, told to the receiver, and decides the exit
 * code.
 */
#include <sys/random.h>

#include "clock.h"
#include "guard.h"
#include "opt.h"
#include "pump.h"
#include "report.h"
#include "xmem.h"

static struct {
	struct pump_rules pump;
	const char *procid, *cacert;
	bool wait;
	int64_t lines, lanes, buffer_mb, tries;
	struct opt_seconds every, timeout, grace;
} o;

static const struct opt rows[] = {
    {.name = "procid",
	.kind = OPT_STRING,
	.at = &o.procid,
	.arg = "NAME",
	.def = "shell",
	.help = "Name of lines without a prefix `HH:MM:SS name.N |`"},
    {.name = "tee", .kind = OPT_FLAG, .at = &o.pump.tee, .help = "Pass stdin on to stdout as well"},
    {.name = "wait",
	.kind = OPT_FLAG,
	.at = &o.wait,
	.help = "When the buffer is full stop reading instead of dropping lines"},
    {.name = "cacert",
	.kind = OPT_STRING,
	.at = &o.cacert,
	.arg = "FILE",
	.help = "Certificates to trust in place of the system's",
	.env = "DRAIN_CACERT"},
    {.name = "lines",
	.kind = OPT_INT,
	.at = &o.lines,
	.arg = "N",
	.def = "500",
	.min = 1,
	.max = 100000,
	.help = "At most so many lines a request"},
    {.name = "every",
	.kind = OPT_SECONDS,
	.at = &o.every,
	.arg = "SECONDS",
	.def = "0.25",
	.max = 60000,
	.help = "A line waits at most so long for others to share its request"},
    {.name = "in-flight",
	.kind = OPT_INT,
	.at = &o.lanes,
	.arg = "N",
	.def = "4",
	.min = 1,
	.max = SPOOL_LANES_MAX,
	.help = "Requests at the same time"},
    {.name = "buffer",
	.kind = OPT_INT,
	.at = &o.buffer_mb,
	.arg = "MB",
	.def = "16",
	.min = 1,
	.max = 4096,
	.help = "Megabytes of lines held back while the receiver is slow or away"},
    {.name = "tries",
	.kind = OPT_INT,
	.at = &o.tries,
	.arg = "N",
	.def = "20",
	.min = 1,
	.max = 1000000,
	.help = "A request that fails so often is given up"},
    {.name = "timeout",
	.kind = OPT_SECONDS,
	.at = &o.timeout,
	.arg = "SECONDS",
	.def = "5",
	.min = 10,
	.max = 3600000,
	.help = "A request that takes longer has failed"},
    {.name = "grace",
	.kind = OPT_SECONDS,
	.at = &o.grace,
	.arg = "SECONDS",
	.def = "5",
	.max = 3600000,
	.help = "Time to deliver what is left when the input has ended"},
    {.name = "framed",
	.kind = OPT_FLAG,
	.at = &o.pump.framed,
	.help = "For the supervisor: stdin holds frames, stdout takes the account"},
    OPT_END,
};

static const struct opt *const tables[] = {rows, NULL};

static const struct opt_program program = {
    .name = "bin/drain",
    .summary = "ship lines from stdin to a log receiver over HTTP",
    .synopsis = "[URL]",
    .about = "Lines go out as Logplex frames, as a platform's log drain sends them, to URL, else "
	     "to DRAIN_URL or L2MET_URL of the environment (an argument shows in ps for a moment, "
	     "the environment does not). User and password in the URL become Basic "
	     "authentication.\n\n"
	     "After a pipe from a Procfile runner (foreman start | bin/drain) the prefix "
	     "`HH:MM:SS name.N |` becomes the process name of the line. Lines over 10000 bytes go "
	     "on in further frames.\n\n"
	     "An answer 2xx is delivered; 429 (Retry-After is honoured), 5xx, 3xx, a timeout or no "
	     "answer is tried again with the same frame id; any other 4xx is a refusal, and the "
	     "lines are lost. Losses are told at the head of the next request: L12 for lines "
	     "dropped because the buffer was full, L13 for lines lost in delivery.",
    .exits = "0 all delivered; 2 lines were lost; 100 wrong usage; 111 the system refused",
    .version = FERRET_VERSION,
    .tables = tables,
};

/* The URL, from argv or the environment, both of which the system shows to others of our user and
 * are blotted; the copy is ours to free. */
static char *take_url(int argc, char **argv, const struct strv *rest, const char **out_label)
{
	static const char *const keys[] = {"DRAIN_URL", "L2MET_URL"};

	for (size_t r = 0; r < rest->n; r++)
		for (int i = 1; i < argc; i++)
			if (strcmp(argv[i], rest->v[r]) == 0)
				opt_blot(argv[i]);
	char *url = rest->n ? xstrdup(rest->v[0]) : NULL;

	*out_label = "URL";
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		char *value = getenv(keys[i]);

		if (!value || !*value)
			continue;
		if (!url) {
			*out_label = keys[i];
			url = xstrdup(value);
		}
		opt_blot(value);
	}
	return url;
}

static int random_seed(uint64_t *out, struct err *err)
{
	if (getrandom(out, sizeof *out, 0) != (ssize_t)sizeof *out)
		return err_set(err, FE_ESYS, "no random bytes to be had");
	return 0;
}

static int make_spool(struct pump *p, struct err *err)
{
	struct spool_rules rules = {
	    .batch_lines = (unsigned)o.lines,
	    .batch_bytes = 512UL * 1024, /* half of what web servers take by default */
	    .buffer_bytes = (size_t)o.buffer_mb * 1024 * 1024,
	    .wait_ns = o.every.ns,
	    .lanes = (unsigned)o.lanes,
	    .tries = (unsigned)o.tries,
	    .backoff_ns = 250 * NS_PER_MS,
	    .backoff_most_ns = 10 * NS_PER_S,
	    .hold_most_ns = 3600 * NS_PER_S,
	};
	struct intake_rules intake = {.framed = o.pump.framed, .wait = o.wait, .procid = o.procid};

	if (random_seed(&rules.seed, err))
		return FE_ESYS;
	p->spool = spool_new(&rules);
	p->intake = intake_new(p->spool, &intake);
	return 0;
}

static int make_post(struct pump *p, const char *url, const char *label, struct err *err)
{
	long timeout_ms = (long)(o.timeout.ns / NS_PER_MS);
	struct post_rules rules = {
	    .url = url,
	    .label = label,
	    .agent = "ferret-drain/" FERRET_VERSION,
	    .cacert = o.cacert,
	    .lanes = (unsigned)o.lanes,
	    .timeout_ms = timeout_ms,
	    .connect_ms = timeout_ms < 3000 ? timeout_ms : 3000,
	};

	p->post = post_new(&rules, err);
	return p->post ? 0 : err->code;
}

static int check_usage(const struct strv *rest, const char *url, struct err *err)
{
	if (rest->n > 1)
		return err_set(err, FE_EUSAGE, "%zu URLs given, one expected", rest->n);
	if (!url)
		return err_set(err, FE_EUSAGE,
		    "no URL: give it as DRAIN_URL or L2MET_URL in the environment, or as argument");
	if (o.pump.tee && o.pump.framed)
		return err_set(err, FE_EUSAGE, "--tee and --framed both want stdout");
	if (!*o.procid || strlen(o.procid) > 255)
		return err_set(err, FE_EUSAGE, "--procid: 1 to 255 bytes expected");
	return 0;
}

/* How it ended, in words when something was lost, and as exit code. */
static int verdict(const struct spool *spool, int rc, struct err *err)
{
	struct spool_counts c = spool_counts(spool);
	uint64_t all = c.lines + c.told, lost = c.lost + c.dropped + c.told;

	if (lost)
		report_say(
		    "%llu of %llu lines delivered, %llu lost (%llu refused or given up, %llu "
		    "dropped, %llu before they came here); %llu of the losses told to the "
		    "receiver",
		    (unsigned long long)c.delivered, (unsigned long long)all,
		    (unsigned long long)lost, (unsigned long long)c.lost,
		    (unsigned long long)c.dropped, (unsigned long long)c.told,
		    (unsigned long long)c.reported);
	if (rc) {
		err_print("drain", err);
		return err_exit_code(rc);
	}
	return lost ? FE_EXIT_FAIL : FE_EXIT_OK;
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct strv rest = {0};
	struct pump p = {0};
	const char *label = NULL;
	guard_forbid_core();
	int rc = opt_parse(&program, argc, argv, &rest, &err), code = FE_EXIT_OK;
	char *url = rc == OPT_OK ? take_url(argc, argv, &rest, &label) : NULL;

	p.rules = o.pump;
	p.rules.grace_ns = o.grace.ns;
	if (rc == OPT_OK)
		rc = check_usage(&rest, url, &err);
	if (rc == OPT_OK)
		rc = make_post(&p, url, label, &err);
	free(url);
	strv_done(&rest);
	if (rc == OPT_OK)
		rc = make_spool(&p, &err);
	if (rc == OPT_OK) {
		rc = pump_run(&p, &err);
		code = verdict(p.spool, rc, &err);
	} else if (rc != OPT_SHOWN) {
		err_print("drain", &err);
		code = err_exit_code(rc);
	}
	post_free(p.post);
	intake_free(p.intake);
	spool_free(p.spool);
	err_done(&err);
	return code;
}
