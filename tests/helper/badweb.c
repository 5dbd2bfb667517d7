/* SPDX-License-Identifier: MIT */
/*
 * badweb PORT [never-accept|hello]: a web server with every fault a monitor must name. It answers
 * by path (the table below), a process for each connection. never-accept: its queue is full, so
 * connections hang before they are made. hello: prints the 32 random bytes of each TLS ClientHello
 * in hex and closes.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"
#include "num.h"
#include "xmem.h"

struct request {
	int fd;
	char *head;      /* request line and headers */
	const char *arg; /* what follows the path of the table */
	size_t body;     /* bytes of the body that came with the head */
};

static void sends(int fd, const char *text)
{
	if (io_write_all(fd, text, strlen(text)) < 0)
		_exit(0);
}

static void nap(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000L};

	nanosleep(&ts, NULL);
}

static uint64_t number(const char *text)
{
	AUTO_FREE char *digits = xmemdup0(text, strspn(text, "0123456789"));
	uint64_t n = 0;

	return num_u64(digits, 0, UINT64_MAX, &n) == 0 ? n : 0;
}

static void answer(int fd, const char *status, const char *headers, const char *body)
{
	AUTO_FREE char *text = xasprintf(
	    "HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status, strlen(body), headers, body);

	sends(fd, text);
}

static void ok(struct request *r)
{
	answer(r->fd, "200 OK", "X-Kind: plain\r\n", "hello, all is well\n");
}
static void hang(struct request *r)
{
	(void)r;
	pause();
}
static void hang_body(struct request *r)
{
	sends(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun");
	pause();
}
static void mid_body(struct request *r)
{
	sends(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n0123456789");
}
static void mid_chunk(struct request *r)
{
	sends(r->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n0123456789");
}
static void reset(struct request *r)
{
	struct linger hard = {1, 0};

	setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}
static void garbage(struct request *r)
{
	sends(r->fd, "\x16\x03\x01 this is \" no measure#x=1 web\r\n\r\n");
}
static void bad_chunks(struct request *r)
{
	sends(r->fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n");
}
static void drip(struct request *r)
{
	sends(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
	for (;;) {
		sends(r->fd, ".");
		nap(20);
	}
}
static void endless_headers(struct request *r)
{
	sends(r->fd, "HTTP/1.1 200 OK\r\n");
	for (;;)
		sends(r->fd, "X-More: and more and more and more and more and more\r\n");
}
static void loop(struct request *r)
{
	answer(r->fd, "302 Found", "Location: /loop?k=sesame\r\n", "");
}
static void hops(struct request *r)
{
	uint64_t left = number(r->arg);
	AUTO_FREE char *to =
	    left > 1 ? xasprintf("Location: /hops/%llu\r\n", (unsigned long long)left - 1)
		     : xstrdup("Location: /ok\r\n");

	nap(10);
	answer(r->fd, "302 Found", to, "");
}
static void away(struct request *r) /* /to/PORT: another origin */
{
	AUTO_FREE char *to = xasprintf(
	    "Location: http://127.0.0.1:%llu/echo\r\n", (unsigned long long)number(r->arg));

	answer(r->fd, "302 Found", to, "");
}
static void delay(struct request *r) /* /delay/MS: so long to the first byte, and to the last */
{
	uint64_t ms = number(r->arg);

	nap((long)ms);
	sends(r->fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n1");
	nap((long)ms);
	sends(r->fd, "2");
}
static void echo(struct request *r)
{
	answer(r->fd, "200 OK", "", r->head);
}
static void status(struct request *r)
{
	AUTO_FREE char *line = xasprintf("%llu Told", (unsigned long long)number(r->arg));

	answer(r->fd, line, "", "the shop is closed\nsecond line\n");
}
static void big(struct request *r)
{
	uint64_t n = number(r->arg);
	char block[8192];
	AUTO_FREE char *head =
	    xasprintf("HTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n", (unsigned long long)n);

	memset(block, 'b', sizeof block);
	sends(r->fd, head);
	for (; n; n -= n < sizeof block ? n : sizeof block)
		if (io_write_all(r->fd, block, n < sizeof block ? (size_t)n : sizeof block) < 0)
			_exit(0);
}
static void put(struct request *r) /* reads it all; /put/N: breaks off after N bytes */
{
	const char *length = strcasestr(r->head, "content-length:");
	uint64_t all = length ? number(length + 15 + strspn(length + 15, " ")) : 0, got = r->body;
	uint64_t stop = *r->arg ? number(r->arg) : all;
	char block[65536];
	ssize_t n = 1;

	while (got < stop && (n = read(r->fd, block, sizeof block)) > 0)
		got += (uint64_t)n;
	if (stop < all) {
		reset(r);
		return;
	}
	AUTO_FREE char *text = xasprintf("got %llu\n", (unsigned long long)got);
	answer(r->fd, "201 Created", "", text);
}
static void until_close(struct request *r)
{
	sends(r->fd, "HTTP/1.0 200 OK\r\n\r\nno length\n");
}
static void nothing(struct request *r)
{
	(void)r;
}

static const struct {
	const char *path;
	void (*serve)(struct request *r);
} table[] = {
    {"/ok", ok},
    {"/hang-body", hang_body},
    {"/hang", hang},
    {"/mid-body", mid_body},
    {"/mid-chunk", mid_chunk},
    {"/reset", reset},
    {"/garbage", garbage},
    {"/bad-chunks", bad_chunks},
    {"/drip", drip},
    {"/endless-headers", endless_headers},
    {"/loop", loop},
    {"/hops/", hops},
    {"/to/", away},
    {"/delay/", delay},
    {"/echo", echo},
    {"/status/", status},
    {"/big/", big},
    {"/put/", put},
    {"/put", put},
    {"/until-close", until_close},
    {"/nothing", nothing},
};

static void serve(int fd)
{
	struct buf head = BUF_INIT(65536);
	char block[4096];
	ssize_t n;
	const char *end = NULL;

	while (!end && (n = read(fd, block, sizeof block)) > 0 &&
	       buf_add(&head, block, (size_t)n) == 0)
		end = memmem(head.p, head.len, "\r\n\r\n", 4);
	if (!end)
		return;
	struct request r = {
	    .fd = fd, .head = head.p, .body = head.len - (size_t)(end + 4 - head.p)};
	const char *path = strchr(head.p, ' ');
	for (size_t i = 0; path && i < ARRAY_LEN(table); i++) {
		size_t len = strlen(table[i].path);
		if (strncmp(path + 1, table[i].path, len) != 0)
			continue;
		r.arg = path + 1 + len;
		r.arg = *r.arg == ' ' ? "" : r.arg;
		table[i].serve(&r);
		return;
	}
	answer(fd, "404 Not Found", "", "no such fault\n");
}

static void print_random(int fd)
{
	unsigned char hello[512];
	ssize_t n = read(fd, hello, sizeof hello);

	/* record header 5, handshake header 4, version 2, then the random */
	if (n < 43)
		return;
	AUTO_FREE char *line = xasprintf("%*s\n", 64, "");
	for (size_t i = 0; i < 32; i++)
		snprintf(line + 2 * i, 3, "%02x", hello[11 + i]);
	line[64] = '\n';
	(void)!write(1, line, 65);
}

static int listener(uint16_t port, int backlog)
{
	struct sockaddr_in sa = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_ANY)}};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (void *)&sa, sizeof sa) < 0 || listen(fd, backlog) < 0) {
		perror("badweb");
		exit(111);
	}
	return fd;
}

/* Fill the queue of a listener that never accepts, then wait. */
static void never_accept(uint16_t port)
{
	struct sockaddr_in sa = {
	    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};

	listener(port, 0);
	for (int i = 0; i < 8; i++)
		(void)!connect(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
		    (void *)&sa, sizeof sa);
	sends(1, "full\n");
	pause();
}

int main(int argc, char **argv)
{
	uint16_t port = argc > 1 ? (uint16_t)number(argv[1]) : 0;
	bool hello = argc > 2 && strcmp(argv[2], "hello") == 0;

	signal(SIGCHLD, SIG_IGN);
	if (argc > 2 && strcmp(argv[2], "never-accept") == 0)
		never_accept(port);
	int fd = listener(port, 64);
	for (;;) {
		int c = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (c < 0)
			continue;
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			hello ? print_random(c) : serve(c);
			close(c);
			_exit(0);
		}
		close(c);
	}
}
