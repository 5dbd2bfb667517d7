/* SPDX-License-Identifier: MIT */
/*
 * badgit PORT MODE [UPSTREAM_PORT]: a git server with a fault, for tests. It listens on 127.0.0.1
 * and, in the modes that need a real answer, passes bytes on to a real git server.
 *
 *   hang        takes the connection and never answers
 *   hang-pack   passes the refs and the first 100 bytes of the pack's answer, then nothing
 *   hang-post   passes the refs; the request for the pack is never answered
 *   cut-pack    as hang-pack, but closes
 *   flip        passes all, one byte of the pack's data inverted
 *   flip-sum    the same with a byte near the end of the pack (its checksum)
 *   garbage     200 and text; 401, 500, 429, 404: that status on every request
 *   moved       a redirect to UPSTREAM_PORT
 *   random      prints the ClientHello's random of each connection in hex, then closes
 * Each connection has a process of its own and prints "connection" first.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "num.h"

#define KEPT 100 /* bytes of the pack's answer that come through in the cut modes */

struct relay {
	const char *mode;
	bool post;      /* the pack was asked for */
	size_t answer;  /* bytes of its answer so far */
	size_t matched; /* of "PACK" */
	size_t in_pack; /* bytes since */
};

static struct sockaddr_in loopback(uint64_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
}

static int dial(uint64_t port)
{
	struct sockaddr_in a = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return connect(fd, (struct sockaddr *)&a, sizeof a) ? -1 : fd;
}

static void send_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
		if (done <= 0)
			_exit(0);
		p += done;
		n -= (size_t)done;
	}
}

static void hang(void)
{
	for (;;)
		pause();
}

/* Spoil what comes from the server. */
static void spoil(struct relay *r, char *p, size_t n)
{
	size_t at = strcmp(r->mode, "flip") == 0 ? 20 : 30;

	for (size_t i = 0; i < n && r->post; i++) {
		if (r->matched < 4) {
			r->matched = p[i] == "PACK"[r->matched] ? r->matched + 1 : p[i] == 'P';
			continue;
		}
		if (++r->in_pack == at && strncmp(r->mode, "flip", 4) == 0)
			p[i] = (char)~p[i];
	}
}

/* false: no more of it comes through. */
static bool pass(struct relay *r, int to, char *p, size_t n)
{
	bool cuts = strcmp(r->mode, "hang-pack") == 0 || strcmp(r->mode, "cut-pack") == 0;

	spoil(r, p, n);
	if (r->post && cuts && r->answer + n > KEPT) {
		send_all(to, p, KEPT - r->answer);
		return false;
	}
	r->answer += r->post ? n : 0;
	send_all(to, p, n);
	return true;
}

static void relay(int client, uint64_t port, const char *mode)
{
	static char p[65536];
	struct relay r = {.mode = mode};
	int server = dial(port);
	struct pollfd fds[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};

	while (server >= 0 && poll(fds, 2, -1) > 0) {
		ssize_t n = fds[0].revents ? recv(client, p, sizeof p, 0) : 0;
		if (fds[0].revents && n <= 0)
			return;
		if (n > 4 && memcmp(p, "POST", 4) == 0)
			r.post = true;
		if (r.post && strcmp(mode, "hang-post") == 0)
			hang();
		if (n > 0)
			send_all(server, p, (size_t)n);
		n = fds[1].revents ? recv(server, p, sizeof p, 0) : 1;
		if (n <= 0)
			return;
		if (fds[1].revents && !pass(&r, client, p, (size_t)n)) {
			if (strcmp(mode, "hang-pack") == 0)
				hang();
			return;
		}
	}
}

static void answer(int client, const char *status, const char *more, const char *body)
{
	char p[8192], text[1024];

	while (recv(client, p, sizeof p, 0) > 0) {
		int n = snprintf(text, sizeof text,
		    "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n%s\r\n%s",
		    status, strlen(body), more, body);
		send_all(client, text, (size_t)n);
	}
}

/* Record header 5, handshake header 4, version 2, then 32 random bytes. */
static void print_random(int client)
{
	unsigned char p[64];
	char text[68];
	size_t have = 0;

	while (have < 43) {
		ssize_t n = recv(client, p + have, sizeof p - have, 0);
		if (n <= 0)
			return;
		have += (size_t)n;
	}
	for (size_t i = 0; i < 32; i++)
		snprintf(text + 2 * i, 3, "%02x", p[11 + i]);
	text[64] = '\n';
	(void)!write(STDOUT_FILENO, text, 65);
}

static void serve(int client, const char *mode, uint64_t upstream)
{
	char where[128];

	if (strcmp(mode, "hang") == 0)
		hang();
	else if (strcmp(mode, "random") == 0)
		print_random(client);
	else if (strcmp(mode, "garbage") == 0)
		answer(client, "200 OK", "", "this is no git\n");
	else if (strcmp(mode, "401") == 0)
		answer(
		    client, "401 Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "no\n");
	else if (strcmp(mode, "moved") == 0) {
		snprintf(where, sizeof where,
		    "Location: http://127.0.0.1:%u/r/one.git/info/refs?service=git-upload-pack\r\n",
		    (unsigned)upstream);
		answer(client, "302 Found", where, "away\n");
	} else if (mode[0] >= '1' && mode[0] <= '5')
		answer(client, mode, "", "status\n");
	else
		relay(client, upstream, mode);
}

int main(int argc, char **argv)
{
	uint64_t port = 0, upstream = 0;
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc < 3 || num_u64(argv[1], 1, 65535, &port) < 0 ||
	    (argc > 3 && num_u64(argv[3], 1, 65535, &upstream) < 0))
		return 100;
	struct sockaddr_in a = loopback(port);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 64))
		return 111;
	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		int client = accept(fd, NULL, NULL);
		pid_t pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			(void)!write(STDOUT_FILENO, "connection\n", 11);
			serve(client, argv[2], upstream);
			_exit(0);
		}
		close(client);
	}
}
