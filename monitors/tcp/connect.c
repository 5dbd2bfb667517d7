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
	 .help = "make every address of the target's name a check of its own"},
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
	return reach_target_check(target, 0, err);
}

static int expand(const char *target, struct strv *suffixes, struct strv *targets)
{
	return my.each_address ? reach_expand(target, &my.phase, suffixes, targets) : 0;
}

static int probe(struct try *t)
{
	const struct reach_talk talk = {&my.sent, my.pattern, my.expect, &my.phase};
	struct reach_target to;
	struct err err = ERR_INIT;
	int AUTO_FD fd = -1;

	if (reach_target_parse(try_target(t), 0, &to, &err))
		return reach_fail(t, NET_FAILED, &err);
	int verdict = reach_connect(t, &to, &my.phase, &fd);
	if (verdict)
		return verdict;
	enum net_fault fault = reach_talk(t, fd, &talk, &err);
	return fault ? reach_fail(t, fault, &err) : try_pass(t);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "tcp/connect",
	    .summary = "open a TCP connection",
	    .about =
		"Every try resolves and connects anew, to the name's first address, or to the\n"
		"one of HOST:PORT#ADDRESS. --each-address takes those it has at the start; one\n"
		"taken out later is unknown, not failed. Phases: dns, connect, answer.",
	    .target = "HOST:PORT",
	    .opts = options,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .expand = expand,
	};
	return mon_main(argc, argv, &spec);
}
