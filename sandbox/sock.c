/* SPDX-License-Identifier: MIT */
#include "sock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#include "io.h"
#include "xmem.h"

struct sock_listener {
	uv_poll_t poll;
	int fd;
	uint16_t port;
	sock_accept_fn fn;
	void *arg;
};

struct sock_dial {
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned handles;
	int fd, errnum;
	sock_dial_fn fn;
	void *arg;
};

static void no_delay(int fd)
{
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static void on_accept(uv_poll_t *poll, int status, int events)
{
	struct sock_listener *l = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < 64 && !uv_is_closing((uv_handle_t *)poll); i++) {
		int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		no_delay(fd);
		l->fn(l->arg, fd);
	}
}

static int listen_on(uv_loop_t *loop, int *fd, sock_accept_fn fn, void *arg,
    struct sock_listener **out, struct err *err)
{
	if (listen(*fd, 511) < 0)
		return err_sys(err, errno, "listen");
	struct sock_listener *l = xcalloc(1, sizeof *l);

	*l = (struct sock_listener){.fd = io_steal(fd), .fn = fn, .arg = arg};
	fe_assert(uv_poll_init(loop, &l->poll, l->fd) == 0);
	l->poll.data = l;
	(void)uv_poll_start(&l->poll, UV_READABLE, on_accept);
	*out = l;
	return 0;
}

int sock_listen(uv_loop_t *loop, struct sock_at at, sock_accept_fn fn, void *arg,
    struct sock_listener **out, struct err *err)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(at.port)};
	socklen_t len = sizeof a;

	if (inet_pton(AF_INET, at.bind, &a.sin_addr) != 1)
		return err_set(err, FE_EUSAGE, "address '%s': wanted an IPv4 address", at.bind);
	int AUTO_FD fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &len) < 0)
		return err_sys(err, errno, "%s:%u", at.bind, (unsigned)at.port);
	int rc = listen_on(loop, &fd, fn, arg, out, err);

	if (rc == 0)
		(*out)->port = ntohs(a.sin_port);
	return rc;
}

int sock_listen_unix(uv_loop_t *loop, const char *path, sock_accept_fn fn, void *arg,
    struct sock_listener **out, struct err *err)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int AUTO_FD fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (strlen(path) >= sizeof a.sun_path)
		return err_set(err, FE_EUSAGE,
		    "%s: longer than %zu bytes, the limit of a socket's path", path,
		    sizeof a.sun_path - 1);
	memcpy(a.sun_path, path, strlen(path));
	(void)unlink(path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
		return err_sys(err, errno, "%s", path);
	return listen_on(loop, &fd, fn, arg, out, err);
}

uint16_t sock_port(const struct sock_listener *l)
{
	return l->port;
}

static void listener_freed(uv_handle_t *handle)
{
	struct sock_listener *l = handle->data;

	io_close(&l->fd);
	free(l);
}

void sock_close(struct sock_listener *l)
{
	if (l)
		uv_close((uv_handle_t *)&l->poll, listener_freed);
}

static void dial_freed(uv_handle_t *handle)
{
	struct sock_dial *d = handle->data;

	if (--d->handles)
		return;
	io_close(&d->fd);
	free(d);
}

static void hang_up(struct sock_dial *d)
{
	(void)uv_poll_stop(&d->poll);
	if (!uv_is_closing((uv_handle_t *)&d->timer)) {
		uv_close((uv_handle_t *)&d->timer, dial_freed);
		uv_close((uv_handle_t *)&d->poll, dial_freed);
	}
}

static void tell(struct sock_dial *d, int errnum)
{
	/* a copy, as the poll handle goes on owning its number until it is closed */
	int fd = errnum ? -1 : fcntl(d->fd, F_DUPFD_CLOEXEC, 3);

	hang_up(d);
	d->fn(d->arg, fd, errnum);
}

static void on_connected(uv_poll_t *poll, int status, int events)
{
	struct sock_dial *d = poll->data;
	int errnum = 0;
	socklen_t len = sizeof errnum;

	(void)events;
	if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &errnum, &len) < 0)
		errnum = errno;
	tell(d, errnum || status == 0 ? errnum : ECONNREFUSED);
}

static void on_time(uv_timer_t *timer)
{
	struct sock_dial *d = timer->data;

	tell(d, d->errnum ? d->errnum : ETIMEDOUT);
}

struct sock_dial *sock_dial(
    uv_loop_t *loop, const struct sockaddr_in *to, uint64_t timeout_ms, sock_dial_fn fn, void *arg)
{
	struct sock_dial *d = xcalloc(1, sizeof *d);

	*d = (struct sock_dial){.handles = 2, .fn = fn, .arg = arg};
	d->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	fe_assert(d->fd >= 0);
	no_delay(d->fd);
	if (connect(d->fd, (const struct sockaddr *)to, sizeof *to) < 0 && errno != EINPROGRESS)
		d->errnum = errno;
	fe_assert(uv_poll_init(loop, &d->poll, d->fd) == 0);
	fe_assert(uv_timer_init(loop, &d->timer) == 0);
	d->poll.data = d->timer.data = d;
	if (!d->errnum)
		(void)uv_poll_start(&d->poll, UV_WRITABLE, on_connected);
	(void)uv_timer_start(&d->timer, on_time, d->errnum ? 0 : timeout_ms, 0);
	return d;
}

void sock_dial_cancel(struct sock_dial *d)
{
	if (d)
		hang_up(d);
}

struct sockaddr_in sock_loopback(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}
