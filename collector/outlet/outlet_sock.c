/* SPDX-License-Identifier: MIT */
/* outlet_sock: outlets over TCP and UDP. */
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>

#include "clock.h"
#include "io.h"
#include "net.h"
#include "outlet_drive.h"
#include "xmem.h"

#define TEXT_MAX (1024UL * 1024)
#define LOOK_MS 20                        /* between two looks at what is acknowledged */
#define RESOLVE_AGAIN_NS (300 * NS_PER_S) /* UDP: names move */

struct sock {
	struct outlet_sock_rules rules;
	struct net_host host;
	int fd;
	bool udp, busy;
	size_t turn; /* which of its addresses comes first: another one after each failure */
	struct buf text;
	size_t at;               /* TCP: bytes handed over */
	int unacknowledged;      /* TCP: bytes, when last looked at */
	uint64_t progress_ns;    /* TCP: when something last moved; UDP: when the name was asked */
	uint64_t units;          /* UDP: of the datagram on its way */
	uint64_t before, unsent; /* UDP: of the one before, which an error may still be about */
	struct outlet_answer answer;
	bool answered;
};

static void *sock_new(const struct outlet_sock_rules *rules, bool udp, struct err *err)
{
	struct sock *s = xcalloc(1, sizeof *s);

	s->rules = *rules;
	s->udp = udp;
	s->fd = -1;
	buf_init(&s->text, TEXT_MAX);
	if (!net_host_parse(rules->address, rules->port, &s->host, err)) {
		s->rules.address = NULL;
		return s;
	}
	(void)err_wrap(err, "%s", rules->label);
	free(s);
	return NULL;
}

void *outlet_tcp_new(const struct outlet_sock_rules *rules, struct err *err)
{
	return sock_new(rules, false, err);
}

void *outlet_udp_new(const struct outlet_sock_rules *rules, struct err *err)
{
	return sock_new(rules, true, err);
}

static void sock_free(void *driver)
{
	struct sock *s = driver;

	io_close(&s->fd);
	net_host_done(&s->host);
	buf_done(&s->text);
	free(s);
}

static int pending_error(int fd)
{
	int errnum = 0;
	socklen_t len = sizeof errnum;

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len) ? errno : errnum;
}

static void answer(struct sock *s, enum outlet_verdict verdict, const char *why)
{
	s->answer = (struct outlet_answer){.lane = 0, .verdict = verdict};
	(void)snprintf(s->answer.why, sizeof s->answer.why, "%s", why);
	s->answered = true;
	s->busy = false;
}

static void failed(struct sock *s, const char *what, int errnum)
{
	char why[OUTLET_WHY_MAX], text[64];

	(void)snprintf(why, sizeof why, "%s: %s", what, strerror_r(errnum, text, sizeof text));
	io_close(&s->fd);
	s->turn++;
	answer(s, s->udp ? OUTLET_AWAY : OUTLET_AGAIN, why);
}

static int open_udp(const struct net_addr *a, struct err *err)
{
	int fd = socket(a->sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || connect(fd, (const void *)&a->sa, a->len)) {
		(void)err_sys(err, errno, "connect");
		io_close(&fd);
	}
	return fd;
}

/* One address after the other, as far as the time goes. */
static bool reach(struct sock *s)
{
	struct err err = ERR_INIT;
	struct net_addrs to = {.n = 0};
	uint64_t until = clock_mono_ns() + OUTLET_CONNECT_MS * NS_PER_MS;

	if (s->fd >= 0)
		return true;
	if (net_resolve(&s->host, until, &to, &err) == NET_OK)
		for (size_t i = 0; i < to.n && s->fd < 0 && clock_mono_ns() < until; i++) {
			const struct net_addr *a = &to.v[(s->turn + i) % to.n];

			if (s->udp)
				s->fd = open_udp(a, &err);
			else if (net_connect(a, until, &s->fd, &err))
				s->fd = -1;
		}
	if (s->fd < 0) {
		s->turn++;
		answer(s, OUTLET_AWAY, err_text(&err));
	}
	s->progress_ns = clock_mono_ns();
	err_done(&err);
	return s->fd >= 0;
}

/* ---- TCP ---- */

static void tcp_send(void *driver, const struct outlet_job *job)
{
	struct sock *s = driver;

	s->busy = true;
	s->at = 0;
	buf_clear(&s->text);
	s->rules.encode(s->rules.arg, job, &s->text);
	if (reach(s))
		s->unacknowledged = INT32_MAX;
}

/* What the other side says matters only when it goes. */
static bool is_gone(struct sock *s)
{
	char scrap[512];
	ssize_t n;

	while ((n = recv(s->fd, scrap, sizeof scrap, MSG_DONTWAIT)) > 0)
		;
	return n == 0 || (errno != EAGAIN && errno != EINTR);
}

static void hand_over(struct sock *s)
{
	while (s->at < s->text.len) {
		ssize_t n = send(
		    s->fd, s->text.p + s->at, s->text.len - s->at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			failed(s, "send", errno);
		if (n < 0)
			return;
		s->at += (size_t)n;
		s->progress_ns = clock_mono_ns();
	}
}

static void look_at_batch(struct sock *s)
{
	int left = 0;

	hand_over(s);
	if (!s->busy)
		return;
	if (ioctl(s->fd, SIOCOUTQ, &left)) {
		failed(s, "connection", errno);
		return;
	}
	if (left < s->unacknowledged)
		s->progress_ns = clock_mono_ns();
	s->unacknowledged = left;
	if (s->at == s->text.len && left == 0) {
		answer(s, OUTLET_TAKEN, "");
	} else if (clock_mono_ns() - s->progress_ns > OUTLET_STALL_MS * NS_PER_MS) {
		io_close(&s->fd);
		answer(s, OUTLET_AGAIN, "the receiver does not read");
	}
}

static bool take_answer(struct sock *s, struct outlet_answer *out)
{
	if (!s->answered)
		return false;
	*out = s->answer;
	s->answered = false;
	return true;
}

static bool tcp_answer(void *driver, struct outlet_answer *out)
{
	struct sock *s = driver;

	if (s->fd >= 0 && is_gone(s)) {
		int errnum = pending_error(s->fd);

		io_close(&s->fd);
		if (s->busy)
			answer(s, OUTLET_AGAIN,
			    errnum ? "connection reset" : "the receiver closed the connection");
	}
	if (s->busy && s->fd >= 0)
		look_at_batch(s);
	return take_answer(s, out);
}

static void sock_wait(void *driver, int wake, int timeout_ms)
{
	struct sock *s = driver;
	bool unread = !s->udp && s->busy;
	struct pollfd fds[] = {{.fd = wake, .events = POLLIN},
	    {.fd = s->fd,
		.events = (short)(s->udp ? 0 : POLLIN | (s->at < s->text.len ? POLLOUT : 0))}};

	if (unread && s->at == s->text.len && timeout_ms > LOOK_MS)
		timeout_ms = LOOK_MS;
	(void)poll(fds, 2, timeout_ms);
}

/* ---- UDP ---- */

static void udp_send(void *driver, const struct outlet_job *job)
{
	struct sock *s = driver;
	ssize_t n = -1;
	int errnum = 0;

	if (clock_mono_ns() - s->progress_ns > RESOLVE_AGAIN_NS)
		io_close(&s->fd);
	s->busy = true;
	s->units = job->units;
	buf_clear(&s->text);
	s->rules.encode(s->rules.arg, job, &s->text);
	if (!reach(s))
		return;
	for (int tries = 0; n < 0 && tries < 2; tries++) {
		n = send(s->fd, s->text.p, s->text.len, MSG_NOSIGNAL);
		errnum = n < 0 ? errno : 0;
		if (errnum != ECONNREFUSED && errnum != EHOSTUNREACH && errnum != ENETUNREACH)
			break;
		s->unsent += s->before; /* the error is about what went before */
		s->before = 0;
	}
	if (!errnum) /* on this machine the answer is there at once */
		errnum = pending_error(s->fd);
	if (errnum == EMSGSIZE)
		answer(s, OUTLET_REFUSED, "datagram too large for the way there");
	else if (errnum)
		failed(s, "datagram", errnum);
	else
		answer(s, OUTLET_TAKEN, "");
	s->before = errnum ? 0 : s->units;
}

static bool udp_answer(void *driver, struct outlet_answer *out)
{
	struct sock *s = driver;
	int errnum = s->fd >= 0 && !s->answered ? pending_error(s->fd) : 0;

	if (errnum) {
		s->unsent += s->before;
		s->before = 0;
	}
	if (s->unsent && !s->answered) {
		*out = (struct outlet_answer){.lane = OUTLET_NO_LANE, .unsent = s->unsent};
		s->unsent = 0;
		return true;
	}
	if (!take_answer(s, out))
		return false;
	out->unsent = s->unsent;
	s->unsent = 0;
	return true;
}

const struct outlet_driver outlet_tcp = {tcp_send, sock_wait, tcp_answer, sock_free};
const struct outlet_driver outlet_udp = {udp_send, sock_wait, udp_answer, sock_free};
