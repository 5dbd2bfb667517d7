/* SPDX-License-Identifier: MIT */
/*
 * ask PORT SECONDS EVERY_MS PATH...: the paths in turn, over one connection, to a server on this
 * machine, one each EVERY_MS. Prints a line a path: path, answers, median and 99th percentile in ms, the
 * longest, bytes of the last answer, answers that were not 200.
 */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "num.h"
#include "xmem.h"

struct path {
	const char *path;
	double *ms;
	size_t n, cap, bytes, bad;
};

static struct {
	int fd;
	struct buf in;
} a;

static void lost(const char *what)
{
	perror(what);
	_exit(FE_EXIT_SYSTEM);
}

static void join(uint16_t port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (a.fd < 0 || connect(a.fd, (struct sockaddr *)&to, sizeof to))
		lost("ask: connect");
}

static void read_some(void)
{
	fe_assert(buf_reserve(&a.in, 65536) == 0);
	ssize_t n = read(a.fd, a.in.p + a.in.len, 65536);

	if (n <= 0)
		lost("ask: read");
	a.in.len += (size_t)n;
	a.in.p[a.in.len] = '\0';
}

/* One answer with a Content-Length; its status. */
static int read_answer(size_t *out_bytes)
{
	const char *end, *length;
	uint64_t n = 0;

	buf_clear(&a.in);
	do
		read_some();
	while (!(end = strstr(a.in.p, "\r\n\r\n")));
	length = strcasestr(a.in.p, "\r\nContent-Length: ");
	if (!length || length > end)
		lost("ask: an answer without a length");
	for (length += 18; *length >= '0' && *length <= '9'; length++)
		n = n * 10 + (uint64_t)(*length - '0');
	size_t whole = (size_t)(end - a.in.p) + 4 + n;

	while (a.in.len < whole)
		read_some();
	*out_bytes = n;
	return (a.in.p[9] - '0') * 100 + (a.in.p[10] - '0') * 10 + (a.in.p[11] - '0');
}

static void ask(struct path *p)
{
	AUTO_FREE char *text =
	    xasprintf("GET %s HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n", p->path);
	uint64_t began = clock_mono_ns();

	if (send(a.fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
		lost("ask: send");
	p->bad += read_answer(&p->bytes) != 200;
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 1024;
		p->ms = xreallocarray(p->ms, p->cap, sizeof *p->ms);
	}
	p->ms[p->n++] = (double)(clock_mono_ns() - began) / 1e6;
}

static int by_size(const void *x, const void *y)
{
	double one, two;

	memcpy(&one, x, sizeof one);
	memcpy(&two, y, sizeof two);
	return (one > two) - (one < two);
}

static void tell(struct path *p)
{
	qsort(p->ms, p->n, sizeof *p->ms, by_size);
	(void)printf("%s %zu %.2f %.2f %.2f %zu %zu\n", p->path, p->n, p->n ? p->ms[p->n / 2] : 0,
	    p->n ? p->ms[p->n * 99 / 100] : 0, p->n ? p->ms[p->n - 1] : 0, p->bytes, p->bad);
	free(p->ms);
}

int main(int argc, char **argv)
{
	uint64_t port, seconds, every;

	if (argc < 5 || num_u64(argv[1], 1, 65535, &port) || num_u64(argv[2], 1, 3600, &seconds) ||
	    num_u64(argv[3], 0, 60000, &every)) {
		(void)fputs("usage: ask PORT SECONDS EVERY_MS PATH...\n", stderr);
		return FE_EXIT_USAGE;
	}
	size_t n = (size_t)argc - 4;
	struct path *paths = xcalloc(n, sizeof *paths);
	const struct timespec rest = {(time_t)(every / 1000), (long)(every % 1000) * 1000000};
	uint64_t until;

	buf_init(&a.in, 256UL << 20);
	for (size_t i = 0; i < n; i++)
		paths[i].path = argv[4 + i];
	join((uint16_t)port);
	until = clock_mono_ns() + seconds * NS_PER_S;
	for (size_t i = 0; clock_mono_ns() < until; i++) {
		ask(&paths[i % n]);
		if (every)
			(void)nanosleep(&rest, NULL);
	}
	for (size_t i = 0; i < n; i++)
		tell(&paths[i]);
	free(paths);
	buf_done(&a.in);
	return FE_EXIT_OK;
}
