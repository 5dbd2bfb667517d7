/* SPDX-License-Identifier: MIT */
/* ssh/fingerprint: greet an SSH server and compare its host key's fingerprint and its banner. */
#include "io.h"
#include "reach.h"
#include "ssh_opts.h"

static struct ssh_opts my;
static const struct opt options[] = {SSH_OPTS(&my), REACH_PHASE_OPT(&my.phase, "10"), OPT_END};

static int prepare(struct err *err)
{
	return ssh_opts_prepare(&my, err);
}

static int check_target(const char *target, struct err *err)
{
	struct ssh_target s = {0};
	int rc = ssh_target_parse(target, &s, err);

	ssh_target_done(&s);
	return rc;
}

static void phase_done(void *t, const char *phase)
{
	try_mark(t, phase);
	try_enter(t, "kex"); /* of the two phases the second */
}

static int probe(struct try *t)
{
	struct ssh_wish wish = {ssh_key_types[my.key_type], my.phase.ns, phase_done, t};
	struct ssh_target s = {0};
	struct ssh_hello h;
	struct err err = ERR_INIT;
	int AUTO_FD fd = -1;

	if (ssh_target_parse(try_target(t), &s, &err))
		return reach_fail(t, NET_FAILED, &err);
	const struct reach_target to = {.host = s.host};
	int verdict = reach_connect(t, &to, &my.phase, &fd);

	if (verdict)
		return verdict;
	ssh_hello_init(&h);
	try_enter(t, "banner");
	enum net_fault fault = ssh_greet(fd, &wish, &h, &err);

	if (fault)
		try_mark(t, h.banner ? "kex" : "banner");
	if (h.banner)
		try_output(t, "%s\n", h.banner);
	if (h.fingerprint) {
		try_output(t, "%s %s\n", h.key_type, h.fingerprint);
		try_note(t, "host_key", "%s", h.fingerprint);
	}
	if (fault || ssh_opts_judge(&my, &s, &h, &err))
		return reach_fail(t, fault ? fault : NET_PROTOCOL, &err);
	return try_pass(t);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {.name = "ssh/fingerprint",
	    .summary = "greet an SSH server and look at its host key",
	    .about =
		"Every try connects anew and ends after the key exchange: nobody logs in. Phases\n"
		"are dns, connect, banner and kex. The key must have a wanted fingerprint: the\n"
		"one behind the target's #, else one of --fingerprint; where none is wanted the\n"
		"key seen is told as host_key, passes too.",
	    .target = "HOST[:PORT][#FINGERPRINT]",
	    .opts = options,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target};

	return mon_main(argc, argv, &spec);
}
