/* SPDX-License-Identifier: MIT */
/*
 * web: the canary that answers. `GET /` is "hello world" and its release, every other path too, but
 * /config?KEY (that variable's value), /version (of its source), /started (which dyno and process
 * this is, and since when: another line after each start), /slow?SECONDS and /exit. One connection at a time, no library
 * but the C library's: plain make and a compiler build it anywhere.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX 8192
#define BODY_MAX 4096

/* Written by the Makefile; a release variable of the platform wins. */
#ifndef WEB_VERSION
#define WEB_VERSION "unknown"
#endif

static const char *version(void)
{
	const char *release = getenv("HEROKU_RELEASE_VERSION");

	return release && *release ? release : WEB_VERSION;
}

static struct timespec born;

static void tell_start(char *body)
{
	const char *dyno = getenv("DYNO");

	(void)snprintf(body, BODY_MAX, "%.100s %lld.%09ld %ld\n", dyno && *dyno ? dyno : "local",
	    (long long)born.tv_sec, born.tv_nsec, (long)getpid());
}

/* Read until the head is complete; its length, or -1. */
static ssize_t read_head(int fd, char *head)
{
	size_t n = 0;

	while (n < HEAD_MAX - 1) {
		ssize_t got = read(fd, head + n, HEAD_MAX - 1 - n);

		if (got <= 0)
			return -1;
		n += (size_t)got;
		head[n] = '\0';
		if (strstr(head, "\r\n\r\n") || strstr(head, "\n\n"))
			return (ssize_t)n;
	}
	return -1;
}

/* "GET /config?KEY HTTP/1.1" -> "KEY" where the path is this one, else NULL. */
static char *query_of(char *head, const char *path)
{
	char *at = strchr(head, ' ');
	size_t n = strlen(path);

	if (!at || strncmp(at + 1, path, n) != 0)
		return NULL;
	at += 1 + n;
	at[strcspn(at, " \r\n")] = '\0';
	return at;
}

static void answer(int fd, const char *body)
{
	char head[256];
	int n = snprintf(head, sizeof head,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n",
	    strlen(body));

	if (write(fd, head, (size_t)n) == n && write(fd, body, strlen(body)) < 0)
		perror("write");
}

static void serve(int fd)
{
	char head[HEAD_MAX], body[BODY_MAX];
	const char *key;

	if (read_head(fd, head) < 0)
		return;
	if ((key = query_of(head, "/config?")) != NULL) {
		const char *value = getenv(key);

		(void)snprintf(body, sizeof body, "%s\n", value ? value : "");
	} else if ((key = query_of(head, "/slow?")) != NULL) {
		(void)sleep((unsigned)strtoul(key, NULL, 10));
		(void)snprintf(body, sizeof body, "slow\n");
	} else if (query_of(head, "/exit")) {
		exit(1);
	} else if (query_of(head, "/version")) {
		(void)snprintf(body, sizeof body, "%s\n", WEB_VERSION);
	} else if (query_of(head, "/started")) {
		tell_start(body);
	} else {
		(void)snprintf(body, sizeof body, "hello world\nrelease %s\n", version());
	}
	answer(fd, body);
}

int main(void)
{
	const char *port = getenv("PORT");
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	struct timeval patience = {.tv_sec = 10};

	(void)clock_gettime(CLOCK_REALTIME, &born);
	a.sin_port = htons((unsigned short)strtoul(port ? port : "5000", NULL, 10));
	(void)signal(SIGPIPE, SIG_IGN);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 || listen(fd, 128) < 0) {
		perror("web");
		return 1;
	}
	printf("listening on %d, release %s\n", ntohs(a.sin_port), version());
	(void)fflush(stdout);
	for (;;) {
		int peer = accept(fd, NULL, NULL);

		if (peer < 0)
			continue;
		(void)setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
		serve(peer);
		(void)shutdown(peer, SHUT_WR);
		(void)close(peer);
	}
}
