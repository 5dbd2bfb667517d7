/* SPDX-License-Identifier: MIT */
/* rsa and diskrate: they measure, stay within their bounds, leave nothing, and name a full disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diskrate.h"
#include "rsa.h"
#include "xmem.h"

static void signatures_are_counted(void **state)
{
	struct rsa *rsa;
	struct rsa_speed speed;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(rsa_new(2048, &rsa, &err), 0);
	assert_int_equal(rsa_run(rsa, 0, &speed, &err), 0);
	assert_int_equal(speed.signs, 1);
	assert_int_equal(rsa_run(rsa, 20000000, &speed, &err), 0);
	assert_true(speed.signs > 1 && speed.wall_ns >= 20000000 && speed.cpu_ns > 0);
	rsa_free(rsa);
}

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void a_disk_is_measured_and_left_clean(void **state)
{
	char dir[] = "/tmp/ferret-perf.XXXXXX";
	struct diskrate rate;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(diskrate_run(dir, 3, 8192, &rate, &err), 0);
	assert_int_equal(rate.bytes, 3 * 8192);
	assert_true(rate.ns >= rate.slowest_ns && rate.slowest_ns > 0);
	assert_int_equal(entries(dir), 0);
	rmdir(dir);
	assert_int_equal(diskrate_run(dir, 1, 4096, &rate, &err), FE_ENOENT);
	assert_non_null(strstr(err_text(&err), dir));
	err_done(&err);
}

static void memory_is_not_called_a_disk(void **state)
{
	struct diskrate rate;
	struct err err = ERR_INIT;

	(void)state;
	if (access("/dev/shm", W_OK) < 0)
		skip();
	assert_int_equal(diskrate_run("/dev/shm", 1, 4096, &rate, &err), 0);
	assert_false(rate.direct);
}

/* In a child: the file size limit stands for a full disk. */
static void a_full_disk_is_named(void **state)
{
	int status = 0;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		struct rlimit limit = {20480, 20480};
		struct diskrate rate;
		struct err err = ERR_INIT;
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		int rc = diskrate_run("/tmp", 100, 8192, &rate, &err);
		bool told =
		    rc == FE_ELIMIT && strstr(err_text(&err), "no space left in /tmp after ");
		_exit(told && rate.bytes == 16384 ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signatures_are_counted),
	    cmocka_unit_test(a_disk_is_measured_and_left_clean),
	    cmocka_unit_test(memory_is_not_called_a_disk),
	    cmocka_unit_test(a_full_disk_is_named),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
