/* SPDX-License-Identifier: MIT */
/* A monitor whose probe does what its target says: the tests of mon drive it. */
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "mon.h"
#include "xmem.h"

static struct {
	bool serial;
	const char *password;
} opts;

static void spend(long ms)
{
	(void)nanosleep(
	    &(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static int phases(struct try *t)
{
	try_enter(t, "dns");
	spend(20);
	try_mark(t, "dns");
	spend(30);
	try_mark(t, "connect");
	try_phase(t, "tls", 5 * NS_PER_MS);
	spend(10);
	try_value(t, "bytes", 1234, "B");
	try_value(t, "rate", 12.5, "MB/s");
	try_value(t, "broken", -1, "x y=z");
	try_reused(t);
	return try_pass(t);
}

static int scratch(struct try *t)
{
	AUTO_FREE char *sub = xasprintf("%s/sub", try_scratch(t));
	AUTO_FREE char *file = xasprintf("%s/file", sub);
	FILE *f;

	(void)mkdir(sub, 0700);
	f = fopen(file, "w");
	if (f)
		(void)fclose(f);
	try_value(t, "made", access(file, R_OK) == 0, "");
	if (strstr(try_target(t), "hang"))
		spend(60000);
	return try_pass(t);
}

static int fail(struct try *t)
{
	try_enter(t, "tls");
	try_evidence(t, "peer", "%s", "192.0.2.1:443");
	try_evidence(t, "first", "a \"b\"%c", 1);
	return try_fail(t, "no good");
}

static int page(struct try *t)
{
	char body[3000];

	memset(body, 'x', sizeof body);
	memcpy(body + 2000, "needle", 6);
	try_body(t, body, sizeof body);
	return try_pass(t);
}

static int turn(struct try *t)
{
	spend(200);
	try_mark(t, "before");
	try_skip(t, 50 * NS_PER_MS);
	try_start(t);
	spend(300);
	try_skip(t, 200 * NS_PER_MS);
	try_mark(t, "work");
	return try_pass(t);
}

/* owe-HOW/PATH: the file at /PATH is made, after it was owed, and left behind. */
static int owe(struct try *t)
{
	const char *path = strchr(try_target(t), '/');
	AUTO_FREE char *made = xasprintf("%s.made", path);
	FILE *f;

	if (strncmp(try_target(t), "owe-once", 8) == 0 && access(made, F_OK) == 0)
		return try_pass(t);
	f = fopen(made, "w");
	if (f)
		(void)fclose(f);
	try_owe(t, path);
	f = fopen(path, "w");
	if (f)
		(void)fclose(f);
	if (strncmp(try_target(t), "owe-hang", 8) == 0)
		spend(60000);
	if (strncmp(try_target(t), "owe-crash", 9) == 0)
		abort();
	if (strncmp(try_target(t), "owe-paid", 8) == 0)
		try_paid(t, path);
	return strncmp(try_target(t), "owe-fail", 8) == 0 ? try_fail(t, "no") : try_pass(t);
}

static bool settle(struct try *t, const char *debt)
{
	AUTO_FREE char *lock = xasprintf("%s.lock", debt);
	AUTO_FREE char *stuck = xasprintf("%s.stuck", debt);

	if (access(stuck, F_OK) == 0)
		spend(60000);
	if (access(lock, F_OK) == 0) {
		try_output(t, "%s is locked", debt);
		return false;
	}
	(void)unlink(debt);
	return true;
}

static int probe(struct try *t)
{
	const char *what = try_target(t);

	if (strncmp(what, "phases", 6) == 0)
		return phases(t);
	if (strncmp(what, "scratch", 7) == 0)
		return scratch(t);
	if (strncmp(what, "crash", 5) == 0)
		abort();
	if (strncmp(what, "memory", 6) == 0)
		(void)xmalloc(PTRDIFF_MAX);
	if (strncmp(what, "killed", 6) == 0)
		(void)raise(SIGKILL);
	if (strncmp(what, "exit", 4) == 0)
		exit(0);
	if (strncmp(what, "unknown", 7) == 0)
		return try_unknown(t, "limited", "ask later");
	if (strncmp(what, "fail", 4) == 0)
		return fail(t);
	if (strncmp(what, "page", 4) == 0)
		return page(t);
	if (strncmp(what, "turn", 4) == 0)
		return turn(t);
	if (strncmp(what, "owe", 3) == 0)
		return owe(t);
	if (strncmp(what, "hang", 4) == 0) {
		try_enter(t, "connect");
		spend(60000);
	}
	if (strncmp(what, "slow", 4) == 0)
		spend(300);
	return try_pass(t);
}

static int check_target(const char *target, struct err *err)
{
	return strcmp(target, "bad") == 0 ? err_set(err, FE_EUSAGE, "target 'bad' is bad") : 0;
}

int main(int argc, char **argv)
{
	static const struct opt rows[] = {
	    {.name = "serial", .kind = OPT_FLAG, .at = &opts.serial, .help = "checks take turns"},
	    {.name = "password",
		.kind = OPT_STRING,
		.at = &opts.password,
		.help = "a secret",
		.secret = true},
	    OPT_END};
	struct mon_spec spec = {
	    .name = "unit/test_probe",
	    .summary = "do as the target says",
	    .target = "WHAT",
	    .opts = rows,
	    .probe = probe,
	    .check_target = check_target,
	    .settle = settle,
	};

	for (int i = 1; i < argc; i++)
		spec.serial = spec.serial || strcmp(argv[i], "--serial") == 0;
	return mon_main(argc, argv, &spec);
}
