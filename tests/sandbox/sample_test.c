/* SPDX-License-Identifier: MIT */
/* sample: a session of our own, read from /proc; the lines as the platform writes them. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../sandbox/sample.h"
#include "guard.h"

static int spin(void *arg)
{
	volatile char *p = malloc(32UL << 20);

	(void)arg;
	for (size_t i = 0; p && i < 32UL << 20; i += 4096)
		p[i] = 1;
	if (write(1, "x", 1) != 1)
		return 1;
	for (;;)
		if (!p)
			return 1;
}

static void a_busy_session_is_seen(void **state)
{
	struct err err = ERR_INIT;
	struct sample s = {0};
	struct sample_memory m;
	pid_t pid;
	int fd[2];
	char c;

	(void)state;
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(
	    guard_spawn(
		&(struct guard_spawn){.run = spin, .in = -1, .out = fd[1], .err = -1}, &pid, &err),
	    0);
	assert_int_equal(read(fd[0], &c, 1), 1);
	assert_true(sample_read(&s, pid, 1000, &m));
	assert_true(m.rss > 32);
	assert_true(m.rss < 500);
	assert_true(m.total >= m.rss);
	assert_int_equal((int)(s.load[0] * 100), 0); /* the first reading moves nothing */
	assert_true(sample_read(&s, pid, 61000, &m));
	assert_true(s.load[0] > 0.6 && s.load[0] < 0.65); /* 1 - 1/e of one process */
	assert_true(s.load[0] > s.load[1] && s.load[1] > s.load[2]);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_false(sample_read(&s, pid, 62000, &m));
	(void)close(fd[0]);
	(void)close(fd[1]);
}

static void lines_are_the_platforms(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(4096);
	const struct sample s = {.load = {0.41, 0.37, 0.29}};
	const struct sample_memory m = {.total = 531.2,
	    .rss = 511.9,
	    .cache = 0.11,
	    .swap = 19.3,
	    .pgpgin = 7,
	    .pgpgout = 8,
	    .quota = 512};

	(void)state;
	sample_load_line(&s, "web.1", "heroku.1.x", &b);
	assert_string_equal(buf_str(&b),
	    "source=web.1 dyno=heroku.1.x sample#load_avg_1m=0.41 sample#load_avg_5m=0.37 "
	    "sample#load_avg_15m=0.29");
	buf_clear(&b);
	sample_memory_line(&m, "web.1", "heroku.1.x", &b);
	assert_string_equal(buf_str(&b),
	    "source=web.1 dyno=heroku.1.x sample#memory_total=531.20MB sample#memory_rss=511.90MB "
	    "sample#memory_cache=0.11MB sample#memory_swap=19.30MB sample#memory_pgpgin=7pages "
	    "sample#memory_pgpgout=8pages sample#memory_quota=512.00MB");
	buf_clear(&b);
	sample_running_line(&m, &b);
	assert_string_equal(buf_str(&b), "Process running mem=531M(103.8%)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_busy_session_is_seen), cmocka_unit_test(lines_are_the_platforms)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
