/* SPDX-License-Identifier: MIT */
/* io and err: whole files, ceilings, replaced files keep their mode, messages carry their cause. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "xmem.h"

static void replaces_and_reads_back(void **state)
{
	char path[] = "/tmp/ferret-io-test.XXXXXX";
	AUTO_FD int fd = mkstemp(path);
	struct buf AUTO_BUF b = BUF_INIT(100);
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0640), 0);
	assert_int_equal(io_replace_file(path, "hello", 5, &err), 0);
	assert_int_equal(io_read_file(path, &b, &err), 0);
	assert_string_equal(buf_str(&b), "hello");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	buf_done(&b);
	buf_init(&b, 4);
	assert_int_equal(io_read_file(path, &b, &err), FE_ELIMIT);
	AUTO_FREE char *want = xasprintf("%s: larger than 4 bytes", path);
	assert_string_equal(err_text(&err), want);
	unlink(path);
	err_done(&err);
}

static void says_why_not(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(100);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(io_read_file("/no/such/file", &b, &err), FE_ENOENT);
	assert_string_equal(err_text(&err), "/no/such/file: No such file or directory");
	assert_int_equal(io_read_file("/", &b, &err), FE_EINVAL);
	assert_string_equal(err_text(&err), "/: is a directory, expected a file");
	err_wrap(&err, "reading");
	assert_string_equal(err_text(&err), "reading: /: is a directory, expected a file");
	assert_int_equal(err_exit_code(FE_EUSAGE), 100);
	assert_int_equal(err_exit_code(FE_EIO), 111);
	assert_string_equal(err_name(FE_ETIMEOUT), "ETIMEOUT");
	err_done(&err);
}

/* A full non-blocking pipe is waited for, and nothing is lost or doubled. */
static void writes_all_through_a_slow_pipe(void **state)
{
	int fds[2];
	size_t total = 0, size = 1 << 20;
	int status = 1;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	assert_int_equal(io_set_nonblocking(fds[1], true), 0);
	pid_t pid = fork();
	if (pid == 0) {
		AUTO_FREE char *data = xcalloc(1, size);

		close(fds[0]);
		_exit(io_write_all(fds[1], data, size) ? 1 : 0);
	}
	close(fds[1]);
	for (;;) {
		char chunk[5000];
		ssize_t n = read(fds[0], chunk, sizeof chunk);

		if (n <= 0)
			break;
		total += (size_t)n;
	}
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_true(total == size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(replaces_and_reads_back),
	    cmocka_unit_test(says_why_not),
	    cmocka_unit_test(writes_all_through_a_slow_pipe),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
