/* SPDX-License-Identifier: MIT */
/* perf/cpu: RSA signatures a second, for a bounded time: does this machine give what it gave? */
#include "clock.h"
#include "mon.h"
#include "rsa.h"

static struct {
	struct opt_seconds span;
	int64_t bits;
	struct rsa *rsa;
} cfg;

static const struct opt opts[] = {
    {"for", 0, OPT_SECONDS, &cfg.span, "SECONDS", "0.25", 1, 60000, NULL, "sign for so long", NULL,
	false},
    {"bits", 0, OPT_INT, &cfg.bits, "N", "2048", 2048, 8192, NULL, "size of the key", NULL, false},
    OPT_END,
};

static int probe(struct try *t)
{
	struct rsa_speed speed;
	struct err err = ERR_INIT;

	try_enter(t, "sign");
	if (rsa_run(cfg.rsa, cfg.span.ns, &speed, &err) < 0)
		return try_unknown(t, "local", "%s", err_text(&err));
	try_mark(t, "sign");
	/* A second of wall time is what a program gets; a second of CPU what the CPU can do. */
	try_value(t, "signs", (double)speed.signs * 1e9 / (double)speed.wall_ns, "");
	try_value(t, "signs-cpu", (double)speed.signs * 1e9 / (double)(speed.cpu_ns + 1), "");
	return try_pass(t);
}

static int prepare(struct err *err)
{
	return rsa_new((unsigned)cfg.bits, &cfg.rsa, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "perf/cpu",
	    .summary = "measure RSA signatures a second",
	    .targets = MON_NO_TARGETS,
	    .check = "rsa",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	};

	return mon_main(argc, argv, &spec);
}
