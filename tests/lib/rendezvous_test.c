/* SPDX-License-Identifier: MIT */
/* rendezvous: the mark in every split, and each way a run can end, against a peer in a fork. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "rendezvous.h"
#include "xmem.h"

#define FFFF "\xef\xbf\xbf"
#define MARK FFFF " heroku-command-exit-status: "

static void collect(void *arg, const char *p, size_t n)
{
	assert_int_equal(buf_add(arg, p, n), 0);
}

/* Feed text in the pieces [0,a), [a,b), [b,end). */
static void feed(const char *text, size_t a, size_t b, struct rendezvous_scan *s, struct buf *out)
{
	rendezvous_scan_init(s);
	buf_init(out, BUF_MAX_FILE);
	s->output = collect;
	s->arg = out;
	rendezvous_scan_feed(s, text, a);
	rendezvous_scan_feed(s, text + a, b - a);
	rendezvous_scan_feed(s, text + b, strlen(text) - b);
	rendezvous_scan_end(s);
}

static const struct {
	const char *stream, *output;
	int status;
} streams[] = {
    {"rendezvous\r\nbin\r\nProcfile\r\n" MARK "0\r\n", "bin\r\nProcfile\r\n", 0},
    {"rendezvous\r\n" MARK "127\r\n", "", 127},
    {"rendezvous\nno newline at the end" MARK "3", "no newline at the end", 3},
    {"rendezvous\r\n^D" MARK "1\n", "^D", 1},
    {"rendezvous\r\nno mark", "no mark", -1},
    {"rendezvous\r\n", "", -1},
    /* What looks like one and is none stays output. */
    {"rendezvous\r\n" MARK "\r\n", MARK "\r\n", -1},
    {"rendezvous\r\n" MARK "256\r\n", MARK "256\r\n", -1},
    {"rendezvous\r\n" MARK "1234\r\n", MARK "1234\r\n", -1},
    {"rendezvous\r\n" FFFF FFFF "x" MARK "x" MARK "7\r\nlate\r\n",
	FFFF FFFF "x" MARK "x"
		  "late\r\n",
	7},
    {"rendezvous\r\n" FFFF MARK "2\r\n", FFFF, 2},
    /* The last one is the shell's. */
    {"rendezvous\r\n" MARK "0\r\nforged\r\n" MARK "9\r\n", "forged\r\n", 9},
    {"rendezvous\r\ncut" FFFF " heroku-com", "cut" FFFF " heroku-com", -1},
};

static void every_split_gives_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		size_t len = strlen(streams[i].stream);
		for (size_t a = 0; a <= len; a++) {
			for (size_t b = a; b <= len; b++) {
				struct rendezvous_scan s;
				struct buf AUTO_BUF out = BUF_INIT(1);
				feed(streams[i].stream, a, b, &s, &out);
				assert_string_equal(buf_str(&out), streams[i].output);
				assert_int_equal(s.status, streams[i].status);
				assert_int_equal(s.output_bytes, strlen(streams[i].output));
				rendezvous_scan_done(&s);
			}
		}
	}
}

static void one_byte_at_a_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(streams); i++) {
		struct rendezvous_scan s;
		struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_FILE);
		rendezvous_scan_init(&s);
		s.output = collect;
		s.arg = &out;
		for (const char *c = streams[i].stream; *c; c++)
			rendezvous_scan_feed(&s, c, 1);
		rendezvous_scan_end(&s);
		assert_string_equal(buf_str(&out), streams[i].output);
		assert_int_equal(s.status, streams[i].status);
		rendezvous_scan_done(&s);
	}
}

static void much_output_in_one_piece(void **state)
{
	size_t n = 1000000;
	struct rendezvous_scan s;
	struct buf AUTO_BUF in = BUF_INIT(2 * n);
	struct buf AUTO_BUF out = BUF_INIT(2 * n);

	(void)state;
	assert_int_equal(buf_adds(&in, "rendezvous\r\n"), 0);
	while (in.len < n)
		assert_int_equal(buf_adds(&in, "line of the program " FFFF "\r\n"), 0);
	size_t want = in.len - strlen("rendezvous\r\n");
	assert_int_equal(buf_adds(&in, MARK "0\r\n"), 0);
	rendezvous_scan_init(&s);
	s.output = collect;
	s.arg = &out;
	rendezvous_scan_feed(&s, in.p, in.len);
	rendezvous_scan_end(&s);
	assert_int_equal(out.len, want);
	assert_int_equal(s.status, 0);
	rendezvous_scan_done(&s);
}

static void the_command_prints_the_mark(void **state)
{
	AUTO_FREE char *command = rendezvous_command("sh -c 'exit 42'");
	char line[200] = "";

	(void)state;
	FILE *f = popen(command, "r"); // NOLINT(cert-env33-c): the shell is what is tested
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	pclose(f);
	assert_string_equal(line, MARK "42\n");
	assert_non_null(strstr(command, "42' ; echo"));
}

/* ---- a peer ---- */

enum act { SAY, NAP, HANG, RESET };

struct script {
	enum act act;
	const char *text;
};

/* Accepts one connection, reads the secret's line, plays the script, closes. */
static pid_t peer(const struct script *script, uint16_t *port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof sa;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char secret[64] = "";

	assert_int_equal(bind(fd, (void *)&sa, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (void *)&sa, &len), 0);
	*port = ntohs(sa.sin_port);
	pid_t pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	int c = accept(fd, NULL, NULL);
	if (read(c, secret, sizeof secret - 1) < 0 || strcmp(secret, "s3cret?x=1\r\n") != 0)
		_exit(1);
	for (; script->text; script++) {
		struct timespec ms = {0, 20000000};
		struct linger hard = {1, 0};
		if (script->act == HANG)
			pause();
		if (script->act == RESET)
			setsockopt(c, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
		if (script->act == NAP)
			nanosleep(&ms, NULL);
		if (*script->text && io_write_all(c, script->text, strlen(script->text)) < 0)
			_exit(2);
	}
	close(c);
	_exit(0);
}

struct run {
	struct rendezvous_result res;
	struct err err;
	struct buf out;
};

static void run_against(
    const struct script *script, struct run *r, uint64_t join_ms, uint64_t all_ms, bool no_status)
{
	uint16_t port;
	pid_t pid = peer(script, &port);
	AUTO_FREE char *url = xasprintf("rendezvous://127.0.0.1:%u/s3cret?x=1", (unsigned)port);
	struct rendezvous_opts opts = {
	    .attach_url = url,
	    .plain = true,
	    .no_status = no_status,
	    .join_ns = join_ms * NS_PER_MS,
	    .deadline_ns = clock_mono_ns() + all_ms * NS_PER_MS,
	    .output = collect,
	    .arg = &r->out,
	};

	*r = (struct run){.out = BUF_INIT(BUF_MAX_FILE)};
	enum rendezvous_fault fault = rendezvous_run(&opts, &r->res, &r->err);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(fault, r->res.fault);
	if (fault != RENDEZVOUS_OK) {
		assert_non_null(strstr(err_text(&r->err), rendezvous_word(fault)));
		assert_null(strstr(err_text(&r->err), "s3cret"));
	} else {
		assert_null(r->err.text);
	}
}

static void done_with(struct run *r)
{
	err_done(&r->err);
	buf_done(&r->out);
}

static void each_end_has_its_word(void **state)
{
	static const struct {
		struct script script[6];
		enum rendezvous_fault fault;
		int status;
		const char *output;
		bool no_status;
	} rows[] = {
	    {{{SAY, "rendezvous\r\nProcfile\r\n"}, {NAP, MARK}, {NAP, "0\r\n"}}, RENDEZVOUS_OK, 0,
		"Procfile\r\n", false},
	    {{{SAY, "rendez"}, {NAP, "vous\r"}, {NAP, "\n"}, {NAP, "x" MARK "5\n"}, {HANG, ""}},
		RENDEZVOUS_OK, 5, "x", false}, /* the mark is the end; the close need not come */
	    {{{HANG, ""}}, RENDEZVOUS_NEVER_JOINED, -1, "", false},
	    {{{NAP, ""}}, RENDEZVOUS_LEFT, -1, "", false},
	    {{{SAY, "HTTP/1.1 400 Bad Request\r\n"}}, RENDEZVOUS_GREETING, -1, "", false},
	    {{{SAY, "rendezvous\r\n"}, {NAP, ""}}, RENDEZVOUS_EMPTY, -1, "", false},
	    {{{SAY, "rendezvous\r\n"}, {NAP, ""}}, RENDEZVOUS_EMPTY, -1, "", true},
	    {{{SAY, "rendezvous\r\n"}, {NAP, "half" MARK}}, RENDEZVOUS_NO_STATUS, -1, "half" MARK,
		false},
	    {{{SAY, "rendezvous\r\n"}, {NAP, "all"}}, RENDEZVOUS_OK, -1, "all", true},
	    {{{SAY, "rendezvous\r\n"}, {NAP, "cut"}, {NAP, ""}, {RESET, ""}}, RENDEZVOUS_NO_STATUS,
		-1, "cut", false},
	    {{{SAY, "rendezvous\r\n"}, {NAP, "on and on"}, {HANG, ""}}, RENDEZVOUS_TIMEOUT, -1,
		"on and on", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct run r;
		bool timed =
		    rows[i].fault == RENDEZVOUS_NEVER_JOINED || rows[i].fault == RENDEZVOUS_TIMEOUT;
		run_against(rows[i].script, &r, timed ? 300 : 20000, timed ? 600 : 20000,
		    rows[i].no_status);
		print_message("# %s\n", r.err.text ? r.err.text : "ok");
		assert_int_equal(r.res.fault, rows[i].fault);
		assert_int_equal(r.res.status, rows[i].status);
		assert_string_equal(buf_str(&r.out), rows[i].output);
		done_with(&r);
	}
}

static void phases_are_told(void **state)
{
	static const struct script script[] = {
	    {NAP, ""}, {NAP, "rendezvous\r\n"}, {NAP, "x" MARK "0\r\n"}, {0, NULL}};
	struct run r;

	(void)state;
	run_against(script, &r, 20000, 20000, false);
	assert_int_equal(r.res.phase, RENDEZVOUS_OUTPUT);
	assert_true(r.res.phase_ns[RENDEZVOUS_CONNECT] > 0);
	assert_true(r.res.phase_ns[RENDEZVOUS_JOIN] >= 20 * NS_PER_MS);
	assert_true(r.res.phase_ns[RENDEZVOUS_OUTPUT] > 0);
	done_with(&r);
}

static void addresses_are_checked(void **state)
{
	static const struct {
		const char *url;
		enum rendezvous_fault fault;
	} rows[] = {
	    {NULL, RENDEZVOUS_SCHEME},
	    {"", RENDEZVOUS_SCHEME},
	    {"https://x.example/s3cret", RENDEZVOUS_SCHEME},
	    {"rendezvous://127.0.0.1:1", RENDEZVOUS_SCHEME},
	    {"rendezvous://127.0.0.1:1/", RENDEZVOUS_SCHEME},
	    {"rendezvous://127.0.0.1:99999/s3cret", RENDEZVOUS_SCHEME},
	    {"rendezvous://user:s3cret@127.0.0.1:1/s3cret", RENDEZVOUS_SCHEME},
	    {"rendezvous://127.0.0.1:1/s3cret\r\nmore", RENDEZVOUS_SCHEME},
	    {"rendezvous://127.0.0.1:1/s3cret", RENDEZVOUS_UNREACHABLE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct rendezvous_opts opts = {.attach_url = rows[i].url, .plain = true};
		struct rendezvous_result res;
		struct err err = ERR_INIT;
		assert_int_equal(rendezvous_run(&opts, &res, &err), rows[i].fault);
		assert_null(strstr(err_text(&err), "s3cret"));
		err_done(&err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_split_gives_the_same),
	    cmocka_unit_test(one_byte_at_a_time),
	    cmocka_unit_test(much_output_in_one_piece),
	    cmocka_unit_test(the_command_prints_the_mark),
	    cmocka_unit_test(each_end_has_its_word),
	    cmocka_unit_test(phases_are_told),
	    cmocka_unit_test(addresses_are_checked),
	};

	signal(SIGPIPE, SIG_IGN); // NOLINT(cert-err33-c): cannot fail
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
