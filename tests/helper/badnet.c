/* SPDX-License-Identifier: MIT */
/*
 * badnet MODE [PORT]: a server on 127.0.0.1 that misbehaves in one way. Prints its port as one
 * line once it serves (PORT 0 or none: a free one). TCP modes by their first words; modes that
 * start with "dns" answer UDP questions, dns-tc-* on TCP as well.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "err.h"
#include "io.h"
#include "num.h"
#include "xmem.h"

#define BANNER "SSH-2.0-Bad_1.0\r\n"
#define HTTP_400 "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
#define KEX_GARBAGE "\0\0\0\x1c\x04\x63garbage garbage garbage garbage"

static void say(int fd, const char *p, size_t len)
{
	if (len && io_write_all(fd, p, len))
		_exit(0); /* the client has left: that is what many tests do */
}

static void hear(int fd) /* one read, so that the client's words are not in the way of a close */
{
	char b[4096];

	if (read(fd, b, sizeof b) < 0)
		_exit(0);
}

static void hold(int fd) /* silent until the client leaves */
{
	char b[4096];

	while (read(fd, b, sizeof b) > 0)
		;
}

static void reset(int fd)
{
	struct linger l = {.l_onoff = 1};

	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &l, sizeof l);
}

static void drip(int fd, const char *text)
{
	for (; *text; text++) {
		say(fd, text, 1);
		poll(NULL, 0, 30);
	}
	hold(fd);
}

static void flood(int fd)
{
	for (;;)
		say(fd, "no banner, only noise\r\n", 23);
}

static void echo(int fd)
{
	char b[4096];
	ssize_t n;

	while ((n = read(fd, b, sizeof b)) > 0)
		say(fd, b, (size_t)n);
}

struct mode {
	const char *name;
	const char *first; /* sent at once */
	size_t first_len;
	bool hear;
	enum { HOLD, CLOSE, RESET, DRIP, FLOOD, ECHO, FULL } then;
};

static const struct mode modes[] = {
    {"hang", "", 0, false, HOLD},
    {"close", "", 0, true, CLOSE},
    {"rst", "", 0, false, RESET},
    {"full", "", 0, false, FULL}, /* a full accept queue: the SYN is dropped */
    {"hello", "220 ready\r\n", 11, false, HOLD},
    {"echo", "", 0, false, ECHO},
    {"flood", "", 0, false, FLOOD},
    {"drip", "", 0, false, DRIP},
    {"garbage", "\x01\x02\xff\xfe junk\n", 10, true, CLOSE},
    {"http", HTTP_400, sizeof HTTP_400 - 1, true, CLOSE},
    {"banner-hang", BANNER, sizeof BANNER - 1, false, HOLD},
    {"banner-close", BANNER, sizeof BANNER - 1, true, CLOSE},
    {"banner-rst", BANNER, sizeof BANNER - 1, true, RESET},
    {"banner-kex", BANNER KEX_GARBAGE, sizeof BANNER KEX_GARBAGE - 1, true, HOLD},
};

static void serve_one(const struct mode *m, int fd)
{
	say(fd, m->first, m->first_len);
	if (m->hear)
		hear(fd);
	if (m->then == RESET)
		reset(fd);
	else if (m->then == HOLD)
		hold(fd);
	else if (m->then == DRIP)
		drip(fd, "SSH-2.0-Drip_of_a_very_slow_server_that_never_ends_its_banner");
	else if (m->then == FLOOD)
		flood(fd);
	else if (m->then == ECHO)
		echo(fd);
}

FE_NORETURN static void serve_tcp(const struct mode *m, int listener)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int fd = m->then == FULL ? -1 : accept(listener, NULL, NULL);

		if (fd < 0) {
			pause();
		} else if (fork() == 0) {
			serve_one(m, fd);
			_exit(0);
		}
		close(fd);
	}
}

/* ---- name servers ---- */

#define ANSWER_A "\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01"    /* 192.0.2.1, TTL 60 */
#define ANSWER_LOOP "\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x28"       /* points at itself */
#define ANSWER_LONG "\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\xff\xc0\0\x02\x01" /* passes the message */

static const struct dns_mode {
	const char *name;
	unsigned char flags[2]; /* of the answer */
	const char *answer;     /* record appended after the question */
	size_t len;
	int id_off;
	enum { ANSWER, SILENT, ELSEWHERE, GARBAGE, OTHER_QUESTION, NOISE } way;
	enum { NO_TCP, TCP_ANSWER, TCP_HANG, TCP_CLOSE } tcp;
} dns_modes[] = {
    {"dns-ok", {0x81, 0x80}, ANSWER_A, sizeof ANSWER_A - 1, 0, ANSWER, NO_TCP},
    {"dns-silent", {0, 0}, "", 0, 0, SILENT, NO_TCP},
    {"dns-servfail", {0x81, 0x82}, "", 0, 0, ANSWER, NO_TCP},
    {"dns-nxdomain", {0x81, 0x83}, "", 0, 0, ANSWER, NO_TCP},
    {"dns-refused", {0x81, 0x85}, "", 0, 0, ANSWER, NO_TCP},
    {"dns-nodata", {0x81, 0x80}, "", 0, 0, ANSWER, NO_TCP},
    {"dns-rcode11", {0x81, 0x8b}, "", 0, 0, ANSWER, NO_TCP},
    {"dns-wrongid", {0x81, 0x80}, ANSWER_A, sizeof ANSWER_A - 1, 1, ANSWER, NO_TCP},
    {"dns-elsewhere", {0x81, 0x80}, ANSWER_A, sizeof ANSWER_A - 1, 0, ELSEWHERE, NO_TCP},
    {"dns-garbage", {0, 0}, "", 0, 0, GARBAGE, NO_TCP},
    {"dns-question", {0x81, 0x80}, ANSWER_A, sizeof ANSWER_A - 1, 0, OTHER_QUESTION, NO_TCP},
    {"dns-noise", {0x81, 0x80}, ANSWER_A, sizeof ANSWER_A - 1, 0, NOISE, NO_TCP},
    {"dns-loop", {0x81, 0x80}, ANSWER_LOOP, sizeof ANSWER_LOOP - 1, 0, ANSWER, NO_TCP},
    {"dns-long", {0x81, 0x80}, ANSWER_LONG, sizeof ANSWER_LONG - 1, 0, ANSWER, NO_TCP},
    {"dns-tc", {0x83, 0x80}, "", 0, 0, ANSWER, NO_TCP},
    {"dns-tc-tcp", {0x83, 0x80}, ANSWER_A, sizeof ANSWER_A - 1, 0, ANSWER, TCP_ANSWER},
    {"dns-tc-hang", {0x83, 0x80}, "", 0, 0, ANSWER, TCP_HANG},
    {"dns-tc-close", {0x83, 0x80}, "", 0, 0, ANSWER, TCP_CLOSE},
};

/* The question q turned into the mode's answer at out (room for 1024); its length. */
static size_t make_answer(
    const struct dns_mode *m, const unsigned char *q, size_t len, unsigned char *out, bool tcp)
{
	size_t end = 12;

	while (end < len && q[end])
		end += q[end] + 1U;
	end += 5;
	if (end > len || end + m->len > 1024)
		return 0;
	memcpy(out, q, end);
	out[1] = (unsigned char)(q[1] + m->id_off);
	out[2] = tcp ? m->flags[0] & 0xfdU : m->flags[0];
	out[3] = m->flags[1];
	memset(out + 6, 0, 6);
	out[7] = m->len != 0;
	if (m->way == OTHER_QUESTION)
		out[13] = out[13] == 'x' ? 'y' : 'x';
	memcpy(out + end, m->answer, m->len);
	return end + m->len;
}

static void answer_udp(const struct dns_mode *m, int fd)
{
	struct sockaddr_in peer;
	socklen_t len = sizeof peer;
	unsigned char q[1024], a[1024];
	ssize_t n = recvfrom(fd, q, sizeof q, 0, (void *)&peer, &len);
	size_t size = n > 12 ? make_answer(m, q, (size_t)n, a, false) : 0;
	int from = m->way == ELSEWHERE ? socket(AF_INET, SOCK_DGRAM, 0) : fd;

	if (!size || m->way == SILENT)
		return;
	if (m->way == NOISE) { /* garbage, a stranger's id, then the true answer */
		(void)!sendto(fd, "noise", 5, 0, (void *)&peer, len);
		a[0] ^= 0x55;
		(void)!sendto(fd, a, size, 0, (void *)&peer, len);
		a[0] ^= 0x55;
	}
	if (m->way == GARBAGE)
		(void)!sendto(fd, "\xff\xfe!", 3, 0, (void *)&peer, len);
	else
		(void)!sendto(from, a, size, 0, (void *)&peer, len);
}

static void answer_tcp(const struct dns_mode *m, int fd)
{
	unsigned char q[1024], a[1024 + 2];
	ssize_t n = read(fd, q, sizeof q);
	size_t size = n > 14 ? make_answer(m, q + 2, (size_t)n - 2, a + 2, true) : 0;

	if (m->tcp == TCP_HANG)
		hold(fd);
	a[0] = (unsigned char)(size >> 8);
	a[1] = (unsigned char)size;
	if (m->tcp == TCP_ANSWER && size) {
		say(fd, (const char *)a, 1); /* in pieces: a reader must collect */
		poll(NULL, 0, 20);
		say(fd, (const char *)a + 1, size + 1);
	}
}

FE_NORETURN static void serve_dns(const struct dns_mode *m, int udp, int tcp)
{
	for (;;) {
		struct pollfd p[2] = {{.fd = udp, .events = POLLIN}, {.fd = tcp, .events = POLLIN}};

		if (poll(p, 2, -1) < 0)
			_exit(FE_EXIT_SYSTEM);
		if (p[0].revents)
			answer_udp(m, udp);
		if (p[1].revents) {
			int fd = accept(tcp, NULL, NULL);

			if (fd >= 0)
				answer_tcp(m, fd);
			close(fd);
		}
	}
}

/* A socket on 127.0.0.1; *port is read, and written when it was 0. */
static int bound(int type, uint16_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(*port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int one = 1;
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) ||
	    bind(fd, (void *)&a, sizeof a) || getsockname(fd, (void *)&a, &len))
		return -1;
	*port = ntohs(a.sin_port);
	return fd;
}

static void announce(uint16_t port)
{
	printf("%u\n", (unsigned)port);
	fflush(stdout);
}

/* The kernel lets one more connection in than the backlog says: two of ours fill it. */
static void fill_queue(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	for (int i = 0; i < 2; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		(void)connect(fd, (void *)&a, sizeof a); /* kept open */
	}
	poll(NULL, 0, 50);
}

static int run_tcp(const struct mode *m, uint16_t port)
{
	int fd = bound(SOCK_STREAM, &port);

	if (fd < 0 || listen(fd, m->then == FULL ? 0 : 64))
		return FE_EXIT_SYSTEM;
	if (m->then == FULL)
		fill_queue(port);
	announce(port);
	serve_tcp(m, fd);
}

static int run_dns(const struct dns_mode *m, uint16_t port)
{
	for (int i = 0; i < 100; i++) { /* a port that is free for UDP and, if wanted, for TCP */
		uint16_t p = port;
		int udp = bound(SOCK_DGRAM, &p);
		int tcp = m->tcp ? bound(SOCK_STREAM, &p) : -1;

		if (udp >= 0 && (!m->tcp || (tcp >= 0 && listen(tcp, 64) == 0))) {
			announce(p);
			serve_dns(m, udp, tcp);
		}
		close(udp);
		close(tcp);
	}
	return FE_EXIT_SYSTEM;
}

int main(int argc, char **argv)
{
	uint64_t port = 0;

	signal(SIGPIPE, SIG_IGN);
	if (argc < 2 || (argc > 2 && num_u64(argv[2], 0, 65535, &port)))
		return FE_EXIT_USAGE;
	for (size_t i = 0; i < ARRAY_LEN(modes); i++)
		if (strcmp(modes[i].name, argv[1]) == 0)
			return run_tcp(&modes[i], (uint16_t)port);
	for (size_t i = 0; i < ARRAY_LEN(dns_modes); i++)
		if (strcmp(dns_modes[i].name, argv[1]) == 0)
			return run_dns(&dns_modes[i], (uint16_t)port);
	return FE_EXIT_USAGE;
}
