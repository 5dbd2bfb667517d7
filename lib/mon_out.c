/* SPDX-License-Identifier: MIT */
/*
 * mon_out: a monitor's stdout: one write(2) a line. A full pipe holds the monitor up as long as it
 * is full, while tries go on being read and cut at their deadlines; only a signal ends the wait.
 * The blocking mode of a description that others share is never changed: a pipe is opened anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mon_engine.h"

void mon_out_open(struct mon_engine *m)
{
	struct stat st;

	m->out = STDOUT_FILENO;
	if (fstat(STDOUT_FILENO, &st) < 0)
		return;
	m->out_socket = S_ISSOCK(st.st_mode);
	if (!S_ISFIFO(st.st_mode))
		return;
	int fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0) {
		m->out = fd;
		m->out_own = true;
	}
}

static ssize_t put(const struct mon_engine *m, const char *p, size_t n)
{
	return m->out_socket ? send(m->out, p, n, MSG_DONTWAIT | MSG_NOSIGNAL)
			     : write(m->out, p, n);
}

static int broken(struct mon_engine *m)
{
	struct err err = ERR_INIT;

	m->broken = true;
	/* nobody reads: no reason to shout; anything else (a full disk) is told */
	if (errno != EPIPE && errno != ECONNRESET) {
		(void)err_sys(&err, errno, "write to stdout");
		err_print(m->spec->name, &err);
		err_done(&err);
	}
	return FE_ECLOSED;
}

int mon_out_write(void *engine, const char *line, size_t len)
{
	struct mon_engine *m = engine;
	/* where a write would block the whole monitor there has to be room first */
	bool wait = !m->out_own && !m->out_socket;

	while (len > 0 && !m->stop && !m->broken) {
		if (wait) {
			struct pollfd fd = {.fd = m->out, .events = POLLOUT};

			if (poll(&fd, 1, 0) == 0) {
				mon_engine_wait(m, UINT64_MAX, true);
				continue;
			}
		}
		ssize_t n = put(m, line, len);

		if (n >= 0) {
			line += n;
			len -= (size_t)n;
		} else if (errno == EAGAIN) {
			mon_engine_wait(m, UINT64_MAX, true);
		} else if (errno != EINTR) {
			return broken(m);
		}
	}
	return len ? FE_ECLOSED : 0;
}
