/* SPDX-License-Identifier: MIT */
/* tcp/connect: open a TCP connection, optionally say something and wait for an answer. */
#include "io.h"
#include "pattern.h"
#include "reach.h"

static struct {
	bool each_address;
	const char *send, *expect;
	struct opt_seconds phase;
	struct buf sent;
	struct pattern *pattern;
} my = {.sent = BUF_INIT(BUF_MAX_TEXT)};

/* clang-format off */
static const struct opt options[] = {
	{.name = "send", .kind = OPT_STRING, .at = &my.send, .arg = "TEXT", .secret = true,
	 .help = "send this once connected; \\r \\n \\t \\\\ \\xNN stand for bytes"},
	{.name = "expect", .kind = OPT_STRING, .at = &my.expect, .arg = "RE",
	 .help = "read until this matches what has come"},
	{.name = "each-address", .kind = OPT_FLAG, .at = &my.each_address,
	 .help = "try every address of the name; each has values of its own, one dead fails"},
	REACH_PHASE_OPT(&my.phase, "10"),
	OPT_END,
};
/* clang-format on */

static int prepare(struct err *err)
{
	if (my.send && net_unescape(my.send, &my.sent, err))
		return err_wrap(err, "--send (TCP_CONNECT_SEND)");
	if (my.expect && pattern_new(my.expect, &my.pattern, err))
		return err_wrap(err, "--expect (TCP_CONNECT_EXPECT)");
	return 0;
}

static int check_target(const char *target, struct err *err)
{
	return net_host_check(target, 0, err);
}

static enum net_fault talk(struct try *t, int fd, struct err *err)
{
	const struct reach_talk talk = {&my.sent, my.pattern, my.expect, &my.phase};

	return reach_talk(t, fd, &talk, err);
}

static int probe(struct try *t)
{
	struct net_host h = {0};
	struct err err = ERR_INIT;
	int AUTO_FD fd = -1;

	if (net_host_parse(try_target(t), 0, &h, &err))
		return try_fail(t, "%s", err_text(&err));
	int verdict = my.each_address ? reach_each(t, &h, &my.phase, talk)
				      : reach_connect(t, &h, &my.phase, &fd);
	enum net_fault fault = fd >= 0 ? talk(t, fd, &err) : NET_OK;

	if (my.send || my.expect)
		try_mark(t, "answer");
	if (fault)
		return reach_fail(t, fault, &err);
	return verdict ? verdict : try_pass(t);
}

int main(int argc, char **argv)
{
	const struct mon_spec spec = {.name = "tcp/connect",
	    .summary = "open a TCP connection",
	    .target = "HOST:PORT",
	    .opts = options,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .timeout = "30"};

	return mon_main(argc, argv, &spec);
}
