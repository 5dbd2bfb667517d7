/* SPDX-License-Identifier: MIT */
/* dns_ask: the question on the wire, UDP first, TCP when the answer is truncated. */
#include "dns.h"

#include <errno.h>
#include <poll.h>
#include <sys/random.h>
#include <unistd.h>

#include "clock.h"
#include "dns_wire.h"
#include "io.h"
#include "xmem.h"

struct asking {
	const struct dns_query *q;
	const struct net_addr *server;
	char peer[NET_TEXT_MAX];
	uint64_t start_ns;
	uint16_t id;
	struct buf question;
};

static enum net_fault failed(const struct asking *a, int errnum, bool at_once, struct err *err)
{
	enum net_fault fault = net_fault_of(errnum, at_once);

	if (fault == NET_REFUSED)
		err_set(err, FE_EIO, "no answer from %s: refused (nothing listens there)", a->peer);
	else if (fault == NET_LOCAL || fault == NET_FAILED)
		err_sys(err, errnum, "ask %s", a->peer);
	else
		err_set(err, FE_EIO, "no answer from %s: %s", a->peer, net_fault_word(fault));
	return fault;
}

static enum net_fault no_answer(const struct asking *a, const struct dns_reply *r, struct err *err)
{
	double seconds = (double)(clock_mono_ns() - a->start_ns) / (double)NS_PER_S;

	if (r->ignored)
		err_set(err, FE_ETIMEOUT,
		    "no answer from %s in %.3f s; ignored what is not it: %u, the last %s", a->peer,
		    seconds, r->ignored, buf_str(&r->why));
	else
		err_set(err, FE_ETIMEOUT, "no answer from %s in %.3f s", a->peer, seconds);
	return NET_TIMEOUT;
}

static enum net_fault unreadable(const struct asking *a, const struct dns_reply *r, struct err *err)
{
	err_set(err, FE_EPROTO, "answer of %s cannot be read: %s", a->peer, buf_str(&r->why));
	return NET_PROTOCOL;
}

static bool same_sender(const struct net_addr *a, const struct net_addr *b)
{
	char x[NET_TEXT_MAX];
	char y[NET_TEXT_MAX];

	net_text(a, x);
	net_text(b, y);
	return a->sa.ss_family == b->sa.ss_family && strcmp(x, y) == 0;
}

/* One datagram: NET_OK with the reply filled, NET_CLOSED when it was not ours (go on waiting). */
static enum net_fault take_datagram(
    const struct asking *a, int fd, struct buf *b, struct dns_reply *out, struct err *err)
{
	struct net_addr from = {.len = sizeof from.sa};
	ssize_t n = recvfrom(fd, b->p, b->max, 0, (void *)&from.sa, &from.len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NET_CLOSED;
	if (n < 0)
		return failed(a, errno, false, err);
	if (!same_sender(&from, a->server)) {
		char text[NET_TEXT_MAX];

		net_text(&from, text);
		out->ignored++;
		buf_clear(&out->why);
		buf_put(&out->why, "from %s, which was not asked", text);
		return NET_CLOSED;
	}
	switch (dns_decode(b->p, (size_t)n, a->q, a->id, out)) {
	case DNS_READ:
		out->udp_ns = clock_mono_ns() - a->start_ns;
		return NET_OK;
	case DNS_BROKEN:
		return unreadable(a, out, err);
	case DNS_FOREIGN:
		break;
	}
	out->ignored++;
	return NET_CLOSED;
}

/*
 * The socket is not connected, so that an answer from elsewhere is seen and named; RECVERR brings
 * the ICMP errors that a connected one would.
 */
static enum net_fault over_udp(const struct asking *a, struct dns_reply *out, struct err *err)
{
	struct buf AUTO_BUF b = BUF_INIT(65535);
	int one = 1;
	bool v6 = a->server->sa.ss_family == AF_INET6;
	int AUTO_FD fd =
	    socket(a->server->sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return failed(a, errno, true, err);
	(void)setsockopt(
	    fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &one, sizeof one);
	if (buf_reserve(&b, b.max) || sendto(fd, a->question.p, a->question.len, MSG_NOSIGNAL,
					  (const void *)&a->server->sa, a->server->len) < 0)
		return failed(a, errno, true, err);
	for (;;) {
		enum net_fault fault = net_wait(fd, POLLIN, a->q->deadline_ns);

		if (fault == NET_TIMEOUT)
			return no_answer(a, out, err);
		if (fault)
			return failed(a, errno, true, err);
		fault = take_datagram(a, fd, &b, out, err);
		if (fault != NET_CLOSED)
			return fault;
		if (clock_mono_ns() >= a->q->deadline_ns) /* a flood of strangers ends too */
			return no_answer(a, out, err);
	}
}

static enum net_fault tcp_exchange(const struct asking *a, int fd, struct buf *b, struct err *err)
{
	unsigned char size[2] = {
	    (unsigned char)(a->question.len >> 8), (unsigned char)a->question.len};
	struct buf AUTO_BUF whole = BUF_INIT(2 + 65535);
	enum net_fault fault = NET_OK;

	if (buf_add(&whole, size, 2) || buf_add(&whole, a->question.p, a->question.len))
		return NET_LIMIT;
	fault = net_send(fd, whole.p, whole.len, a->q->deadline_ns, err);
	while (!fault) {
		const unsigned char *p = (const void *)b->p;

		if (b->len >= 2 && b->len - 2 >= ((size_t)p[0] << 8 | p[1]))
			return NET_OK;
		fault = net_read(fd, b, a->q->deadline_ns, err);
	}
	return fault;
}

static enum net_fault over_tcp(const struct asking *a, struct dns_reply *out, struct err *err)
{
	struct buf AUTO_BUF b = BUF_INIT(2 + 65535);
	int AUTO_FD fd = -1;
	uint64_t start = clock_mono_ns();
	enum net_fault fault = net_connect(a->server, a->q->deadline_ns, &fd, err);

	if (!fault)
		fault = tcp_exchange(a, fd, &b, err);
	out->tcp_ns = clock_mono_ns() - start;
	if (fault) {
		err_wrap(err, "truncated answer of %s, asked again over TCP", a->peer);
		return fault;
	}
	if (dns_decode(b.p + 2, b.len - 2, a->q, a->id, out) == DNS_READ && !out->truncated) {
		out->truncated = true;
		return NET_OK;
	}
	if (out->truncated)
		buf_put(&out->why, "truncated over TCP too");
	out->truncated = true;
	return unreadable(a, out, err);
}

enum net_fault dns_ask(const struct dns_query *q, const struct net_addr *server,
    struct dns_reply *out, struct err *err)
{
	struct asking a = {.q = q, .server = server, .start_ns = clock_mono_ns()};
	enum net_fault fault = NET_FAILED;

	buf_init(&a.question, 1024);
	net_text(server, a.peer);
	if (getrandom(&a.id, sizeof a.id, 0) != sizeof a.id)
		fault = failed(&a, errno, true, err);
	else if (!dns_encode(q->name, q->type, a.id, &a.question, err))
		fault = over_udp(&a, out, err);
	if (!fault && out->truncated)
		fault = over_tcp(&a, out, err);
	buf_done(&a.question);
	return fault;
}

enum net_fault dns_ask_any(const struct dns_query *q, const struct net_addrs *servers,
    uint64_t each_ns, struct dns_reply *out, size_t *out_at, struct err *err)
{
	struct buf AUTO_BUF silent = BUF_INIT(BUF_MAX_TEXT + NET_ADDRS_MAX * 4096UL);
	struct dns_query one = *q;
	enum net_fault fault = NET_FAILED;

	for (size_t i = 0; i < servers->n; i++) {
		struct err why = ERR_INIT;

		*out_at = i;
		dns_reply_done(out);
		dns_reply_init(out);
		one.deadline_ns = clock_mono_ns() + each_ns;
		fault = dns_ask(&one, &servers->v[i], out, &why);
		if (fault)
			buf_put(&silent, "%s%.4000s", silent.len ? "; " : "", err_text(&why));
		err_done(&why);
		if (!fault)
			break;
	}
	if (silent.len)
		err_set(err, FE_EIO, "%s", buf_str(&silent));
	return fault;
}
