/* SPDX-License-Identifier: MIT */
/*
 * collector PORT [--mode-file FILE] [--out FILE]: a log receiver that checks what it gets and
 * misbehaves on request. GET /stats answers its counts. The mode file is read before each request
 * is answered; its words:
 *   ok                     store and answer 200
 *   500 (any status)       do not store, answer so; `429 S` with Retry-After: S
 *   slow MS                store, answer after MS
 *   mute                   store, close without an answer
 *   hang                   do not store, never answer
 *   cut                    close while the request is still coming
 *   garbage                do not store, answer bytes that are no HTTP
 *   half                   store, answer a head that promises more body than comes
 *   mix SEED               each request any of the above, half of them ok
 * --out: every stored line as "PROCID TEXT". Frame ids seen before are counted and not stored again.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "frame.h"
#include "io.h"
#include "num.h"
#include "xmem.h"

#define CONNS 128
#define REQUEST_MAX (64UL * 1024 * 1024)

struct conn {
	int fd;
	struct buf in;
	struct buf out;
	uint64_t answer_ns; /* out is held back until then */
	bool closing, hanging;
};

static struct {
	struct conn conns[CONNS];
	const char *mode_file;
	FILE *out;
	char (*ids)[40];
	size_t n_ids, cap_ids;
	uint64_t random;
	uint64_t requests, frames, repeated, lines, told, bad, most_messages, in_flight_most;
	char auth[256], agent[128];
} c;

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static uint64_t rnd(uint64_t n)
{
	c.random ^= c.random << 13, c.random ^= c.random >> 7, c.random ^= c.random << 17;
	return c.random % n;
}

static size_t slot_of(const char *id)
{
	uint64_t h = 1469598103934665603ULL;

	for (; *id; id++)
		h = (h ^ (unsigned char)*id) * 1099511628211ULL;
	size_t i = (size_t)h & (c.cap_ids - 1);

	return i;
}

static bool put_id(const char *id)
{
	size_t i = slot_of(id);

	for (; c.ids[i][0]; i = (i + 1) & (c.cap_ids - 1))
		if (strcmp(c.ids[i], id) == 0)
			return false;
	(void)snprintf(c.ids[i], sizeof c.ids[i], "%s", id);
	c.n_ids++;
	return true;
}

static bool is_new(const char *id)
{
	if (c.n_ids * 2 >= c.cap_ids) {
		char(*old)[40] = c.ids;
		size_t n = c.cap_ids;

		c.cap_ids = n ? n * 2 : 4096;
		c.ids = xcalloc(c.cap_ids, sizeof *c.ids);
		c.n_ids = 0;
		for (size_t i = 0; i < n; i++)
			if (old[i][0])
				(void)put_id(old[i]);
		free(old);
	}
	return put_id(id);
}

/* The value of a header in the head, copied; "" where it is missing. */
static void header(const char *head, const char *name, char *out, size_t room)
{
	size_t n = strlen(name);

	out[0] = '\0';
	for (const char *p = head; p && *p; p = strstr(p, "\r\n"), p = p ? p + 2 : NULL)
		if (strncasecmp(p, name, n) == 0 && p[n] == ':') {
			const char *v = p + n + 1 + strspn(p + n + 1, " ");

			(void)snprintf(out, room, "%.*s", (int)strcspn(v, "\r"), v);
			return;
		}
}

static uint64_t header_number(const char *head, const char *name)
{
	char text[64];
	uint64_t n = 0;

	header(head, name, text, sizeof text);
	return num_u64(text, 0, UINT64_MAX, &n) ? 0 : n;
}

static uint64_t notice_of(const struct frame *f)
{
	AUTO_FREE char *text = xmemdup0(f->text, f->text_len);

	if (f->procid_len != 11 || memcmp(f->procid, "log-shuttle", 11) != 0 || f->pri != 172 ||
	    strncmp(text, "Error L1", 8) != 0)
		return 0;
	return strtoull(text + 11, NULL, 10);
}

/* Count and keep; what does not add up is bad. */
static void store(const char *head, const char *body, size_t len)
{
	uint64_t messages = 0, told = 0, lines = 0;
	char id[40];

	header(head, "Logplex-Frame-Id", id, sizeof id);
	if (!id[0] || !is_new(id)) {
		c.repeated += id[0] != '\0';
		c.bad += id[0] == '\0';
		return;
	}
	for (size_t at = 0; at < len; messages++) {
		struct frame f;
		long used = frame_parse(body + at, len - at, BUF_MAX_FRAME, &f);

		if (used <= 0 || f.headerless || f.at_ms == INT64_MIN) {
			c.bad++;
			break;
		}
		uint64_t n = notice_of(&f);

		told += n;
		lines += n == 0;
		if (n == 0 && c.out)
			fprintf(c.out, "%.*s %.*s%s", (int)f.procid_len, f.procid, (int)f.text_len,
			    f.text, f.text_len && f.text[f.text_len - 1] == '\n' ? "" : "\n");
		at += (size_t)used;
	}
	c.bad += messages != header_number(head, "Logplex-Msg-Count");
	c.bad += told != header_number(head, "Logplex-Drop-Count") +
			     header_number(head, "Logplex-Lost-Count");
	c.frames++;
	c.lines += lines;
	c.told += told;
	if (messages > c.most_messages)
		c.most_messages = messages;
}

static void say(struct conn *k, const char *status, const char *more, const char *body)
{
	buf_put(&k->out, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s", status, more,
	    strlen(body), body);
}

static void read_mode(char *word, size_t room, unsigned *out_number)
{
	AUTO_BUF struct buf text = BUF_INIT(1000);

	(void)snprintf(word, room, "ok");
	*out_number = 0;
	if (!c.mode_file || io_read_file(c.mode_file, &text, NULL))
		return;
	size_t n = strcspn(buf_str(&text), " \n");

	(void)snprintf(word, room, "%.*s", (int)n, buf_str(&text));
	*out_number = (unsigned)strtoul(buf_str(&text) + n, NULL, 10);
}

static void mix(char *word, size_t room, unsigned *number)
{
	static const char *const any[] = {"500", "503", "429", "mute", "hang", "garbage", "half",
	    "slow", "400", "302", "cut", "502"};

	if (!c.random)
		c.random = *number + 1;
	(void)snprintf(word, room, "%s", rnd(2) ? "ok" : any[rnd(ARRAY_LEN(any))]);
	*number = strcmp(word, "slow") == 0 ? 50 : 0;
}

/* One of the words that store. */
static bool stores(const char *word)
{
	static const char *const all[] = {"ok", "slow", "mute", "half"};

	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		if (strcmp(word, all[i]) == 0)
			return true;
	return false;
}

static void answer(struct conn *k, const char *word, unsigned number)
{
	AUTO_FREE char *more = number && strcmp(word, "429") == 0
				   ? xasprintf("Retry-After: %u\r\n", number)
				   : xstrdup("");
	AUTO_FREE char *status = xasprintf("%s x", word);

	k->closing = strcmp(word, "mute") == 0 || strcmp(word, "garbage") == 0 ||
		     strcmp(word, "half") == 0 || strcmp(word, "cut") == 0;
	k->hanging = strcmp(word, "hang") == 0;
	if (strcmp(word, "slow") == 0)
		k->answer_ns = clock_mono_ns() + number * NS_PER_MS;
	if (strcmp(word, "garbage") == 0)
		buf_put(&k->out, "\x01\x02 200 HTTP/9 OK\r\n\r\n");
	else if (strcmp(word, "half") == 0)
		buf_put(&k->out, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	else if (stores(word) && strcmp(word, "mute") != 0)
		say(k, "200 OK", "", "");
	else if (word[0] >= '1' && word[0] <= '9')
		say(k, status, more, "no\n");
}

static void stats(struct conn *k)
{
	AUTO_FREE char *text = xasprintf(
	    "requests=%llu frames=%llu repeated=%llu lines=%llu told=%llu bad=%llu most=%llu\n"
	    "auth=%s\nagent=%s\n",
	    (unsigned long long)c.requests, (unsigned long long)c.frames,
	    (unsigned long long)c.repeated, (unsigned long long)c.lines, (unsigned long long)c.told,
	    (unsigned long long)c.bad, (unsigned long long)c.most_messages, c.auth, c.agent);

	say(k, "200 OK", "", text);
	if (c.out)
		(void)fflush(c.out);
}

/* One request, if it is whole; bytes used. */
static size_t one_request(struct conn *k)
{
	char *end = k->in.len ? strstr(k->in.p, "\r\n\r\n") : NULL;
	char word[32];
	unsigned number;

	if (!end)
		return 0;
	*end = '\0';
	size_t head = (size_t)(end - k->in.p) + 4;
	size_t body = (size_t)header_number(k->in.p, "Content-Length");
	bool is_whole = k->in.len - head >= body;

	read_mode(word, sizeof word, &number);
	if (is_whole && strncmp(k->in.p, "GET /stats", 10) == 0) {
		stats(k);
		return head + body;
	}
	if (strcmp(word, "mix") == 0 && is_whole)
		mix(word, sizeof word, &number);
	if (!is_whole && strcmp(word, "cut") != 0) {
		*end = '\r';
		return 0;
	}
	c.requests++;
	header(k->in.p, "Authorization", c.auth, sizeof c.auth);
	header(k->in.p, "User-Agent", c.agent, sizeof c.agent);
	if (stores(word))
		store(k->in.p, k->in.p + head, body);
	answer(k, word, number);
	return is_whole ? head + body : k->in.len;
}

static void drop(struct conn *k)
{
	io_close(&k->fd);
	buf_done(&k->in);
	buf_done(&k->out);
	*k = (struct conn){.fd = -1};
}

static void on_readable(struct conn *k)
{
	if (buf_reserve(&k->in, 256 * 1024)) {
		drop(k);
		return;
	}
	ssize_t n = read(k->fd, k->in.p + k->in.len, 256 * 1024);

	if (n <= 0) {
		drop(k);
		return;
	}
	k->in.len += (size_t)n;
	k->in.p[k->in.len] = '\0';
	while (!k->hanging && !k->closing && k->in.len) {
		size_t used = one_request(k);

		if (!used)
			break;
		buf_drop(&k->in, used);
	}
}

static void flush_out(struct conn *k)
{
	if (k->out.len && clock_mono_ns() >= k->answer_ns) {
		if (io_write_all(k->fd, k->out.p, k->out.len)) {
			drop(k);
			return;
		}
		buf_clear(&k->out);
	}
	if (k->closing && k->out.len == 0)
		drop(k);
}

static void on_connection(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; fd >= 0 && i < CONNS; i++)
		if (c.conns[i].fd < 0) {
			c.conns[i].fd = fd;
			buf_init(&c.conns[i].in, REQUEST_MAX);
			buf_init(&c.conns[i].out, BUF_MAX_TEXT);
			return;
		}
	io_close(&fd);
}

static int wait_ms(void)
{
	uint64_t now = clock_mono_ns();
	int wait = 1000;

	for (int i = 0; i < CONNS; i++)
		if (c.conns[i].fd >= 0 && c.conns[i].out.len)
			wait = c.conns[i].answer_ns > now
				   ? (int)((c.conns[i].answer_ns - now) / NS_PER_MS) + 1
				   : 0;
	return wait;
}

static void serve(int listener)
{
	for (int i = 0; i < CONNS; i++)
		c.conns[i].fd = -1;
	while (!stop) {
		struct pollfd fds[CONNS + 1] = {{.fd = listener, .events = POLLIN}};

		for (int i = 0; i < CONNS; i++)
			fds[i + 1] = (struct pollfd){.fd = c.conns[i].fd, .events = POLLIN};
		if (poll(fds, CONNS + 1, wait_ms()) < 0 && errno != EINTR)
			return;
		for (int i = 0; i < CONNS; i++) {
			if (c.conns[i].fd >= 0 && fds[i + 1].fd == c.conns[i].fd &&
			    fds[i + 1].revents)
				on_readable(&c.conns[i]);
			if (c.conns[i].fd >= 0)
				flush_out(&c.conns[i]);
		}
		if (fds[0].revents)
			on_connection(listener);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	uint64_t port;
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc < 2 || num_u64(argv[1], 1, 65535, &port))
		return FE_EXIT_USAGE;
	for (int i = 2; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--mode-file") == 0)
			c.mode_file = argv[i + 1];
		if (strcmp(argv[i], "--out") == 0)
			c.out = fopen(argv[i + 1], "we");
	}
	a.sin_port = htons((uint16_t)port);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	/* four senders' bursts overran the default: segments were dropped and sent again */
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &(int){4 * 1024 * 1024}, sizeof(int));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 128)) {
		perror("collector");
		return FE_EXIT_SYSTEM;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	(void)sigaction(SIGTERM, &(struct sigaction){.sa_handler = on_term}, NULL);
	serve(fd);
	for (int i = 0; i < CONNS; i++)
		drop(&c.conns[i]);
	if (c.out)
		(void)fclose(c.out);
	free(c.ids);
	io_close(&fd);
	return 0;
}
