/* SPDX-License-Identifier: MIT */
/*
 * flood PORT CONNECTIONS SECONDS REQUEST_LINES CHECKS [LINES_A_SECOND]: a fleet's lines, five a slot, of
 * so many checks, each over one connection, to a collector on this machine; connections are kept, each
 * has one request under way, as fast as they are answered or as the last argument says. Prints lines
 * acknowledged, seconds, requests, the median and 99th percentile of an answer's time in ms, answers
 * that were not 202, and CPU seconds of its own. Frames as the platform sends them; only what differs
 * from slot to slot is written anew, so that the sender costs little.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "frame.h"
#include "io.h"
#include "num.h"
#include "xmem.h"

#define LINES_A_CHECK 5
#define TIMES_MAX 4000000U
#define SLOT_BASE 10000000U
#define EVERY_MS 10
#define VALUES 8

struct spot { /* where a check's slot and due moment stand in the body */
	size_t ts, slot, id[LINES_A_CHECK];
	size_t value[VALUES];   /* the last two decimals of its times */
	uint64_t behind, depth; /* slots of this check before it in the body, and in all of it */
};

struct conn {
	int fd;
	char *request;
	size_t len, sent, body, frame_id;
	struct spot *spot;
	size_t spots;
	uint64_t began_ns, round;
	char in[4096];
	size_t in_len;
	bool idle; /* answered, and the next one's time has not come */
};

static struct {
	uint64_t port, conns, seconds, lines, checks, rate, random;
	uint64_t requests, begun, turn, bad, *time_ns, start_ns;
	int64_t base_ms;
	int epoll;
} f;

static size_t line(struct buf *b, const char *text)
{
	const struct frame_head head = {.pri = 190,
	    .at_ms = f.base_ms,
	    .host = "host",
	    .app = "app",
	    .procid = "monitor_http_get.1"};

	fe_assert(frame_begin(b, &head, strlen(text)) == 0);
	size_t at = b->len;

	fe_assert(buf_adds(b, text) == 0);
	return at;
}

static void find_values(struct spot *spot, const char *text, size_t at)
{
	const char *p = strstr(text, "measure#uptime");

	for (int i = 0; i < VALUES && p; i++) {
		p = strstr(p, "=0.");
		spot->value[i] = p ? at + (size_t)(p - text) + 5 : 0;
		p = p ? p + 1 : NULL;
	}
}

/* Five lines of check k, as docs/lines.md has them. */
static void add_check(struct buf *b, uint64_t k, struct spot *spot)
{
	static const char *const tails[LINES_A_CHECK] = {"i=0 at=enter",
	    "i=0 status=0 measure=success", "i=0 val=100 measure=uptime",
	    "i=0 at=return val=0.0629 measure=time",
	    "i=0 ts=1795217661042 boot=6a2f slot=10000000 site=eu measure#uptime=100 "
	    "measure#time=0.0629s measure#first=100 measure#dns=0.0012s measure#connect=0.0110s "
	    "measure#tls=0.0210s measure#ttfb=0.0190s measure#transfer=0.0097s "
	    "measure#other=0.0010s "
	    "measure#bytes=612B lag=0.0004 wait=0.0001 cpu=0.0012 mem=5.1"};

	for (int i = 0; i < LINES_A_CHECK; i++) {
		AUTO_FREE char *text =
		    xasprintf("app=demo xid=%08x source=\"http.get.page-%04llu\" %s", 0U,
			(unsigned long long)k, tails[i]);
		size_t at = line(b, text);

		spot->id[i] = at + strlen("app=demo xid=");
		if (i == LINES_A_CHECK - 1) {
			spot->ts = at + (size_t)(strstr(text, "ts=") - text) + 3;
			spot->slot = at + (size_t)(strstr(text, "slot=") - text) + 5;
			find_values(spot, text, at);
		}
	}
}

static void put_number(char *at, int digits, uint64_t n)
{
	while (digits-- > 0) {
		at[digits] = (char)('0' + n % 10);
		n /= 10;
	}
}

static void put_hex(char *at, uint32_t n)
{
	for (int i = 7; i >= 0; i--, n >>= 4)
		at[i] = "0123456789abcdef"[n & 15];
}

/* Times differ a little from slot to slot. */
static void put_values(char *body, const struct spot *spot)
{
	f.random = f.random * 6364136223846793005ULL + 1442695040888963407ULL;
	uint64_t bits = f.random >> 8;

	for (int i = 0; i < VALUES; i++, bits >>= 7) {
		char *at = body + spot->value[i];
		unsigned n = (unsigned)(bits & 63) + 20;

		at[0] = (char)('0' + n / 10);
		at[1] = (char)('0' + n % 10);
	}
}

static void next_round(struct conn *c, uint64_t number)
{
	char *body = c->request + c->body;

	c->round++;
	put_number(c->request + c->frame_id, 16, number);
	for (size_t i = 0; i < c->spots; i++) {
		uint32_t xid = (uint32_t)(number * 1000003 + i * 7919);

		uint64_t slot = c->round * c->spot[i].depth + c->spot[i].behind;

		put_number(body + c->spot[i].ts, 13, (uint64_t)f.base_ms + slot * EVERY_MS);
		put_number(body + c->spot[i].slot, 8, SLOT_BASE + slot);
		for (int k = 0; k < LINES_A_CHECK; k++)
			put_hex(body + c->spot[i].id[k], xid);
		put_values(body, &c->spot[i]);
	}
	c->sent = c->in_len = 0;
	c->began_ns = clock_mono_ns();
}

static void make(struct conn *c, uint64_t index)
{
	struct buf body = BUF_INIT(64UL << 20), all = BUF_INIT(64UL << 20);

	c->spots = f.lines / LINES_A_CHECK;
	c->spot = xcalloc(c->spots, sizeof *c->spot);
	uint64_t own = f.checks / f.conns ? f.checks / f.conns : 1;

	own = own < c->spots ? own : c->spots;
	for (size_t i = 0; i < c->spots; i++) {
		add_check(&body, index * own + i % own, &c->spot[i]);
		c->spot[i].behind = i / own;
		c->spot[i].depth = c->spots / own + (i % own < c->spots % own);
	}
	buf_put(&all,
	    "POST /logs?app=bench HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
	    "application/logplex-1\r\n"
	    "Logplex-Msg-Count: %zu\r\nLogplex-Drain-Token: d.bench\r\nLogplex-Frame-Id: ",
	    c->spots * LINES_A_CHECK);
	c->frame_id = all.len;
	buf_put(&all, "0000000000000000\r\nContent-Length: %zu\r\n\r\n", body.len);
	c->body = all.len;
	fe_assert(buf_add(&all, body.p, body.len) == 0);
	c->len = all.len;
	c->request = buf_take(&all);
	buf_done(&body);
}

static void open_conn(struct conn *c)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)f.port)};
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fe_assert(c->fd >= 0);
	if (connect(c->fd, (struct sockaddr *)&to, sizeof to)) {
		perror("flood: connect");
		_exit(FE_EXIT_SYSTEM);
	}
	(void)io_set_nonblocking(c->fd, true);
	fe_assert(epoll_ctl(f.epoll, EPOLL_CTL_ADD, c->fd, &e) == 0);
}

static void lost(const char *what)
{
	(void)fprintf(stderr, "flood: %s\n", what);
	_exit(FE_EXIT_FAIL);
}

/* True when the answer is there (a head without a body, or with a short one). */
static bool read_answer(struct conn *c)
{
	for (;;) {
		ssize_t n = read(c->fd, c->in + c->in_len, sizeof c->in - 1 - c->in_len);

		if (n < 0 && errno == EAGAIN)
			return false;
		if (n <= 0)
			lost("the collector closed a connection");
		c->in_len += (size_t)n;
		c->in[c->in_len] = '\0';
		if (!strstr(c->in, "\r\n\r\n"))
			continue;
		f.bad += strncmp(c->in + 9, "202", 3) != 0;
		return true;
	}
}

static bool is_time(void)
{
	return !f.rate || (double)f.begun * (double)f.lines <
			      (double)(clock_mono_ns() - f.start_ns) / 1e9 * (double)f.rate;
}

static void step(struct conn *c, uint64_t until)
{
	for (;;) {
		while (c->sent < c->len) {
			ssize_t n =
			    send(c->fd, c->request + c->sent, c->len - c->sent, MSG_NOSIGNAL);

			if (n < 0 && errno == EAGAIN)
				return;
			if (n < 0)
				lost("the collector refused a request");
			c->sent += (size_t)n;
		}
		if (!read_answer(c))
			return;
		f.time_ns[f.requests % TIMES_MAX] = clock_mono_ns() - c->began_ns;
		f.requests++;
		if (clock_mono_ns() >= until)
			return;
		c->idle = !is_time();
		if (c->idle)
			return;
		next_round(c, ++f.begun);
	}
}

/* Those whose turn it is by now, where a rate is given. */
static void go_on(struct conn *all, uint64_t until)
{
	for (uint64_t k = 0; k < f.conns && is_time(); k++) {
		struct conn *c = &all[f.turn++ % f.conns];

		if (!c->idle)
			continue;
		c->idle = false;
		next_round(c, ++f.begun);
		step(c, until);
	}
}

static int by_size(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof x);
	memcpy(&y, b, sizeof y);
	return (x > y) - (x < y);
}

static double cpu_s(void)
{
	struct rusage u;

	fe_assert(getrusage(RUSAGE_SELF, &u) == 0);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void tell(double took, double cpu)
{
	uint64_t n = f.requests < TIMES_MAX ? f.requests : TIMES_MAX;

	qsort(f.time_ns, n, sizeof *f.time_ns, by_size);
	const uint64_t lines = f.requests * f.lines, half = n / 2, most = n * 99 / 100;

	(void)printf("%llu %.3f %llu %.2f %.2f %llu %.3f\n", (unsigned long long)lines, took,
	    (unsigned long long)f.requests, n ? (double)f.time_ns[half] / 1e6 : 0,
	    n ? (double)f.time_ns[most] / 1e6 : 0, (unsigned long long)f.bad, cpu);
}

static void flood(struct conn *all)
{
	uint64_t start = clock_mono_ns(), until = start + f.seconds * NS_PER_S;
	struct epoll_event e[64];
	double cpu = cpu_s();

	f.start_ns = start;
	for (uint64_t i = 0; i < f.conns; i++) {
		all[i].idle = f.rate != 0;
		if (!all[i].idle)
			next_round(&all[i], ++f.begun);
	}
	while (clock_mono_ns() < until) {
		int n = epoll_wait(f.epoll, e, 64, f.rate ? 1 : 100);

		for (int i = 0; i < n; i++)
			if (!((struct conn *)e[i].data.ptr)->idle)
				step(e[i].data.ptr, until);
		if (f.rate)
			go_on(all, until);
	}
	tell((double)(clock_mono_ns() - start) / 1e9, cpu_s() - cpu);
}

int main(int argc, char **argv)
{
	if (argc < 6 || argc > 7 || num_u64(argv[1], 1, 65535, &f.port) ||
	    num_u64(argv[2], 1, 1000, &f.conns) || num_u64(argv[3], 1, 3600, &f.seconds) ||
	    num_u64(argv[4], 5, 100000, &f.lines) || num_u64(argv[5], 1, 100000, &f.checks) ||
	    f.lines % LINES_A_CHECK || (argc == 7 && num_u64(argv[6], 1, 10000000, &f.rate))) {
		(void)fputs(
		    "usage: flood PORT CONNECTIONS SECONDS REQUEST_LINES CHECKS [LINES_A_SECOND] "
		    "(request lines by five)\n",
		    stderr);
		return FE_EXIT_USAGE;
	}
	struct conn *all = xcalloc(f.conns, sizeof *all);

	f.base_ms = clock_wall_ms();
	f.time_ns = xcalloc(TIMES_MAX, sizeof *f.time_ns);
	f.epoll = epoll_create1(EPOLL_CLOEXEC);
	for (uint64_t i = 0; i < f.conns; i++) {
		make(&all[i], i);
		open_conn(&all[i]);
	}
	flood(all);
	return f.bad ? FE_EXIT_FAIL : FE_EXIT_OK;
}
