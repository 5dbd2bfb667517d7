/* SPDX-License-Identifier: MIT */
/* net: names, addresses, connections; every step with a deadline and a word for its fault. */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "xmem.h"

const char *net_fault_word(enum net_fault fault)
{
	static const char *const words[] = {
#define X(name, word) [NET_##name] = (word),
	    NET_FAULTS(X)
#undef X
	};

	return words[fault];
}

enum net_fault net_fault_of(int errnum, bool at_once)
{
	static const struct {
		int errnum;
		enum net_fault fault;
	} rows[] = {
	    {ECONNREFUSED, NET_REFUSED},
	    {EHOSTUNREACH, NET_NO_ROUTE},
	    {EHOSTDOWN, NET_NO_ROUTE},
	    {ENETUNREACH, NET_NO_ROUTE},
	    {ECONNRESET, NET_RESET},
	    {EPIPE, NET_RESET},
	    {ETIMEDOUT, NET_TIMEOUT},
	    {EMFILE, NET_LOCAL},
	    {ENFILE, NET_LOCAL},
	    {ENOBUFS, NET_LOCAL},
	    {ENOMEM, NET_LOCAL},
	    {EADDRNOTAVAIL, NET_LOCAL},
	    {EAFNOSUPPORT, NET_LOCAL},
	    {EPERM, NET_LOCAL},
	    {EACCES, NET_LOCAL},
	    {ENETDOWN, NET_LOCAL},
	};

	/* The kernel knew no way before a packet left: this machine's network, not the service. */
	if (at_once && errnum == ENETUNREACH)
		return NET_LOCAL;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].errnum == errnum)
			return rows[i].fault;
	return NET_FAILED;
}

bool net_is_loopback(const struct net_addr *a)
{
	if (a->sa.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const void *)&a->sa;

		return ntohl(in->sin_addr.s_addr) >> 24 == 127;
	}
	const struct sockaddr_in6 *in6 = (const void *)&a->sa;

	return a->sa.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* Is there a way to this address? Connecting a UDP socket only looks into the routing table. */
static bool routed(int family, const void *sa, socklen_t len)
{
	int AUTO_FD fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, sa, len) == 0;
}

bool net_up(void)
{
	/* Addresses of documentation (RFC 5737, 3849): nobody's, so only a default route fits. */
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(9)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(9)};

	inet_pton(AF_INET, "192.0.2.1", &four.sin_addr);
	inet_pton(AF_INET6, "2001:db8::1", &six.sin6_addr);
	return routed(AF_INET, &four, sizeof four) || routed(AF_INET6, &six, sizeof six);
}

void net_text_host(const struct net_addr *a, char out[NET_TEXT_MAX])
{
	if (getnameinfo((const void *)&a->sa, a->len, out, NET_TEXT_MAX, NULL, 0, NI_NUMERICHOST))
		(void)snprintf(out, NET_TEXT_MAX, "?");
}

void net_text(const struct net_addr *a, char out[NET_TEXT_MAX])
{
	const struct sockaddr_in *in = (const void *)&a->sa; /* the port lies at the same place */
	char host[NET_TEXT_MAX];

	net_text_host(a, host);
	(void)snprintf(out, NET_TEXT_MAX, a->sa.ss_family == AF_INET6 ? "[%.62s]:%u" : "%.62s:%u",
	    host, (unsigned)ntohs(in->sin_port));
}

void net_excerpt(struct buf *b, const void *p, size_t len, size_t most)
{
	const unsigned char *c = p;

	for (size_t i = 0; i < len && i < most; i++)
		if (c[i] >= ' ' && c[i] < 127)
			buf_put(b, "%c", c[i]);
		else if (c[i] == '\n' || c[i] == '\r')
			buf_put(b, c[i] == '\n' ? "\\n" : "\\r");
		else
			buf_put(b, "\\x%02x", (unsigned)c[i]);
	if (len > most)
		buf_put(b, "...");
}

enum net_fault net_wait(int fd, short events, uint64_t deadline_ns)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = events};
		uint64_t now = clock_mono_ns();
		uint64_t ms = now < deadline_ns ? (deadline_ns - now) / NS_PER_MS + 1 : 0;
		int n = poll(&p, 1, ms > INT_MAX ? INT_MAX : (int)ms);

		if (n > 0)
			return NET_OK;
		if (n < 0 && errno != EINTR)
			return NET_LOCAL;
		if (n == 0 && clock_mono_ns() >= deadline_ns)
			return NET_TIMEOUT;
	}
}

/* ---- names ---- */

static enum net_fault fault_of_gai(int code, const char *name, struct err *err)
{
	if (code == EAI_AGAIN && !net_up()) {
		err_set(err, FE_ESYS, "resolve %s: no network here but loopback", name);
		return NET_LOCAL;
	}
	switch (code) {
	case EAI_NONAME:
		err_set(err, FE_ENOENT, "no such host: %s", name);
		return NET_NO_HOST;
	case EAI_NODATA:
	case EAI_ADDRFAMILY:
		err_set(err, FE_ENOENT, "%s exists but has no address", name);
		return NET_NO_ADDRESS;
	case EAI_AGAIN:
		err_set(err, FE_EIO, "resolve %s: name servers gave SERVFAIL or no answer", name);
		return NET_RESOLVER;
	case EAI_FAIL:
		err_set(err, FE_EIO, "resolve %s: a name server failed for good", name);
		return NET_RESOLVER;
	case EAI_SYSTEM:
		err_sys(err, errno, "resolve %s", name);
		return NET_LOCAL;
	case EAI_MEMORY:
		err_set(err, FE_ESYS, "resolve %s: out of memory", name);
		return NET_LOCAL;
	default:
		err_set(err, FE_EIO, "resolve %s: %s", name, gai_strerror(code));
		return NET_FAILED;
	}
}

static void keep_addresses(struct net_addrs *out, const struct addrinfo *list)
{
	out->n = 0;
	out->total = 0;
	for (; list; list = list->ai_next) {
		out->total++;
		if (out->n == NET_ADDRS_MAX || list->ai_addrlen > sizeof out->v[0].sa)
			continue;
		memcpy(&out->v[out->n].sa, list->ai_addr, list->ai_addrlen);
		out->v[out->n++].len = list->ai_addrlen;
	}
}

/*
 * getaddrinfo knows no deadline: a silent name server holds it for half a minute. It runs in a
 * thread of libc's; when the deadline passes first the request is left behind (and its memory,
 * which that thread still writes to): callers are short-lived children.
 */
static int lookup(struct gaicb *request, uint64_t deadline_ns)
{
	struct gaicb *list[] = {request};
	int code = getaddrinfo_a(GAI_NOWAIT, list, 1, NULL);

	while (!code) {
		uint64_t now = clock_mono_ns();
		uint64_t left = now < deadline_ns ? deadline_ns - now : 0;
		struct timespec ts = {
		    .tv_sec = (time_t)(left / NS_PER_S), .tv_nsec = (long)(left % NS_PER_S)};

		gai_suspend((const struct gaicb *const *)list, 1, &ts);
		code = gai_error(request);
		if (code != EAI_INPROGRESS)
			return code;
		if (clock_mono_ns() >= deadline_ns)
			return EAI_INPROGRESS;
		code = 0;
	}
	return code;
}

/* What a lookup needs for as long as libc's thread may look at it. */
struct lookup_box {
	struct gaicb request;
	struct addrinfo hints;
	char *name;
	char port[8]; /* 5 digits and NUL */
};

enum net_fault net_resolve(
    const struct net_host *h, uint64_t deadline_ns, struct net_addrs *out, struct err *err)
{
	struct lookup_box *box = xcalloc(1, sizeof *box);

	box->name = xstrdup(h->name);
	(void)snprintf(box->port, sizeof box->port, "%u", (unsigned)h->port);
	box->hints = (struct addrinfo){.ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM,
	    .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	box->request = (struct gaicb){
	    .ar_name = box->name, .ar_service = box->port, .ar_request = &box->hints};
	int code = getaddrinfo(box->name, box->port, &box->hints, &box->request.ar_result);

	if (code == EAI_NONAME) {
		box->hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG;
		code = lookup(&box->request, deadline_ns);
	}
	if (code == EAI_INPROGRESS) {
		err_set(err, FE_ETIMEOUT, "timed out in phase dns: no answer for %s", h->name);
		return NET_TIMEOUT; /* box stays with libc's thread */
	}
	enum net_fault fault = NET_OK;

	if (code)
		fault = fault_of_gai(code, h->name, err);
	else
		keep_addresses(out, box->request.ar_result);
	if (box->request.ar_result)
		freeaddrinfo(box->request.ar_result);
	free(box->name);
	free(box);
	return fault;
}

/* ---- connections ---- */

static enum net_fault told(struct err *err, const char *what, int errnum, bool at_once)
{
	enum net_fault fault = net_fault_of(errnum, at_once);

	if (fault == NET_LOCAL || fault == NET_FAILED)
		err_sys(err, errnum, "%s", what);
	else
		err_set(err, FE_EIO, "%s: %s", what, net_fault_word(fault));
	return fault;
}

static int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Wait for the handshake; the connection's errno in *out_errnum, 0 when it stands. */
static enum net_fault handshake(int fd, uint64_t deadline_ns, int *out_errnum)
{
	socklen_t len = sizeof *out_errnum;
	enum net_fault fault = net_wait(fd, POLLOUT, deadline_ns);

	*out_errnum = errno;
	if (!fault && getsockopt(fd, SOL_SOCKET, SO_ERROR, out_errnum, &len))
		*out_errnum = errno;
	return fault;
}

enum net_fault net_connect(
    const struct net_addr *a, uint64_t deadline_ns, int *out_fd, struct err *err)
{
	char peer[NET_TEXT_MAX];
	char what[NET_TEXT_MAX + 16];
	int one = 1;

	net_text(a, peer);
	(void)snprintf(what, sizeof what, "connect to %s", peer);
	int AUTO_FD fd =
	    socket(a->sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

	if (fd < 0)
		return told(err, what, errno, true);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	int failed = connect(fd, (const void *)&a->sa, a->len) ? errno : 0;

	if (failed && failed != EINPROGRESS)
		return told(err, what, failed, true);
	if (failed && handshake(fd, deadline_ns, &failed) == NET_TIMEOUT) {
		err_set(err, FE_ETIMEOUT, "timed out in phase connect: no answer from %s", peer);
		return NET_TIMEOUT;
	}
	if (failed)
		return told(err, what, failed, false);
	*out_fd = take_fd(&fd);
	return NET_OK;
}

enum net_fault net_send(int fd, const void *p, size_t len, uint64_t deadline_ns, struct err *err)
{
	const char *c = p;

	while (len) {
		ssize_t n = send(fd, c, len, MSG_NOSIGNAL);

		if (n > 0) {
			c += n;
			len -= (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			enum net_fault fault = net_wait(fd, POLLOUT, deadline_ns);

			if (fault) {
				err_set(err, FE_ETIMEOUT, "send: %s", net_fault_word(fault));
				return fault;
			}
		} else if (n < 0 && errno != EINTR) {
			return told(err, "send", errno, false);
		}
	}
	return NET_OK;
}

enum net_fault net_read(int fd, struct buf *b, uint64_t deadline_ns, struct err *err)
{
	size_t room = b->max - b->len;

	room = room > 4096 ? 4096 : room;
	if (!room || buf_reserve(b, room)) {
		err_set(err, FE_ELIMIT, "more than %zu bytes came", b->max);
		return NET_LIMIT;
	}
	for (;;) {
		ssize_t n = recv(fd, b->p + b->len, room, 0);

		if (n > 0) {
			b->len += (size_t)n;
			b->p[b->len] = '\0';
			return NET_OK;
		}
		b->p[b->len] = '\0';
		if (n == 0) {
			err_set(err, FE_ECLOSED, "closed by the other side");
			return NET_CLOSED;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return told(err, "read", errno, false);
		enum net_fault fault = net_wait(fd, POLLIN, deadline_ns);

		if (fault) {
			err_set(err, FE_ETIMEOUT, "read: %s", net_fault_word(fault));
			return fault;
		}
	}
}
