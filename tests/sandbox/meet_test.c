/* SPDX-License-Identifier: MIT */
/* meet: attached runs of real processes, seen by a client that verifies the certificate. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../sandbox/attach.h"
#include "../../sandbox/flow.h"
#include "clock.h"
#include "io.h"
#include "loop.h"
#include "net.h"
#include "scratch.h"
#include "tls.h"
#include "tls_conn.h"
#include "xmem.h"

struct world {
	uv_loop_t loop;
	struct kids *kids;
	struct meet *meet;
	struct meet_rules rules;
	struct tlsd_ca *ca;
	struct tlsd *tls;
	struct dyno_rules dynos;
	char *dir, *ca_file;
	int lock, code;
	bool ended;
	/* the client */
	const char *secret, *input;
	struct flow *client;
	struct buf got;
	bool over;
	int client_code;
};

static void on_ended(void *arg, struct dyno *d, int code)
{
	struct world *w = arg;

	(void)d;
	w->ended = true;
	w->code = code;
}

static int set_up(void **state)
{
	static struct world w;
	struct err err = ERR_INIT;
	struct buf AUTO_BUF chain = BUF_INIT(1 << 16), key = BUF_INIT(1 << 16),
			    pem = BUF_INIT(1 << 16);

	w = (struct world){.got = BUF_INIT(1 << 22)};
	assert_int_equal(uv_loop_init(&w.loop), 0);
	w.kids = kids_new(&w.loop);
	w.dir = scratch_make(&w.lock);
	w.ca_file = xasprintf("%s/ca.pem", w.dir);
	assert_int_equal(tlsd_ca_new(&w.ca, &err), 0);
	assert_int_equal(tlsd_ca_pem(w.ca, &pem), 0);
	assert_int_equal(io_replace_file(w.ca_file, pem.p, pem.len, &err), 0);
	assert_int_equal(tlsd_issue(w.ca, "localhost", 30, &chain, &key, &err), 0);
	assert_int_equal(tlsd_new(chain.p, key.p, &w.tls, &err), 0);
	w.rules =
	    (struct meet_rules){.loop = &w.loop, .tls = w.tls, .bind = "127.0.0.1", .close_ms = 50};
	assert_int_equal(meet_new(&w.rules, &w.meet, &err), 0);
	w.dynos = (struct dyno_rules)DYNO_RULES_DEFAULT(&w.loop, w.kids);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	flow_close(w->client, false);
	meet_close(w->meet);
	kids_close(w->kids);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	tlsd_free(w->tls);
	tlsd_ca_free(w->ca);
	scratch_remove(w->dir);
	io_close(&w->lock);
	free(w->dir);
	free(w->ca_file);
	buf_done(&w->got);
	return 0;
}

/* In a process of its own: the secret, the input, then all there is, to stdout. */
static int client_main(void *arg)
{
	struct world *w = arg;
	struct net_host h = {.name = xstrdup("127.0.0.1"), .port = meet_port(w->meet)};
	uint64_t deadline = clock_mono_ns() + 20 * NS_PER_S;
	struct net_addrs addrs;
	struct err err = ERR_INIT;
	struct tls_store *store;
	struct tls_peer peer = {0};
	struct tls_conn *c;
	char p[1000];
	ssize_t n;
	int fd;

	/* forked without an exec: let go of what the parent has open, the dyno's pipe first */
	(void)close_range(3, ~0U, 0);
	AUTO_FREE char *hello = xasprintf("%s\r\n%s", w->secret, w->input ? w->input : "");

	if (net_resolve(&h, deadline, &addrs, &err) ||
	    net_connect(&addrs.v[0], deadline, &fd, &err) ||
	    tls_store_load(w->ca_file, &store, &err) < 0 ||
	    tls_conn_open(&(struct tls_conn_opts){.fd = fd,
			      .store = store,
			      .host = "localhost",
			      .peer = &peer,
			      .deadline_ns = deadline},
		&c, &err) < 0 ||
	    tls_conn_write(c, hello, strlen(hello), &err) < 0) {
		(void)dprintf(1, "client: %s\n", err_text(&err));
		return 1;
	}
	while ((n = tls_conn_read(c, p, sizeof p, &err)) > 0)
		if (io_write_all(1, "<", 1) < 0 || io_write_all(1, p, (size_t)n) < 0)
			return 1;
	return 0;
}

static void client_data(void *arg, const char *p, size_t n)
{
	assert_int_equal(buf_add(&((struct world *)arg)->got, p, n), 0);
}

static void client_end(void *arg)
{
	((struct world *)arg)->over = true;
}

static void client_exit(void *arg, int code)
{
	((struct world *)arg)->client_code = code;
}

static pid_t connect_client(struct world *w, const char *secret, const char *input)
{
	struct err err = ERR_INIT;
	int fd[2];
	pid_t pid;

	w->secret = secret;
	w->input = input;
	w->client_code = -1;
	assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
	assert_int_equal(
	    kids_spawn(w->kids,
		&(struct guard_spawn){
		    .run = client_main, .arg = w, .in = -1, .out = fd[1], .err = fd[1]},
		client_exit, w, &pid, &err),
	    0);
	io_close(&fd[1]);
	w->client = flow_new(&w->loop, fd[0],
	    &(struct flow_events){.arg = w, .data = client_data, .end = client_end});
	return pid;
}

static struct dyno *attach(
    struct world *w, enum meet_fault fault, const char *command, bool tty, const char **secret)
{
	return attach_new(w->meet, fault, &w->dynos,
	    &(struct dyno_spec){.name = "run.7", .command = command, .dir = "/", .no_tty = !tty},
	    &(struct dyno_events){.arg = w, .ended = on_ended}, secret);
}

/* What the client saw, the marks of its reads taken out. */
static const char *seen(struct world *w)
{
	size_t to = 0;

	for (size_t i = 0; i < w->got.len; i++)
		if (w->got.p[i] != '<')
			w->got.p[to++] = w->got.p[i];
	if (w->got.p)
		w->got.p[to] = '\0';
	w->got.len = to;
	return buf_str(&w->got);
}

static void a_run_is_seen_whole(void **state)
{
	struct world *w = *state;
	const char *secret;

	attach(w, MEET_FINE, "echo one; printf 'two\\n'; exit 4", true, &secret);
	connect_client(w, secret, NULL);
	LOOP_UNTIL(&w->loop, w->over && w->client_code >= 0);
	assert_true(w->ended);
	assert_int_equal(w->code, 4);
	assert_string_equal(seen(w), "rendezvous\r\none\r\ntwo\r\n");
	assert_int_equal(w->client_code, 0);
}

static void input_arrives(void **state)
{
	struct world *w = *state;
	const char *secret;

	attach(w, MEET_FINE, "read x; echo got $x", false, &secret);
	connect_client(w, secret, "word\n");
	LOOP_UNTIL(&w->loop, w->over);
	assert_string_equal(seen(w), "rendezvous\r\ngot word\r\n");
}

static void large_output_waits_for_the_client(void **state)
{
	struct world *w = *state;
	const char *secret;

	const struct dyno *d = attach(w, MEET_FINE, "seq 1 300000", false, &secret);

	LOOP_UNTIL(&w->loop, dyno_state(d) == DYNO_UP);
	connect_client(w, secret, NULL);
	LOOP_UNTIL(&w->loop, w->over);
	const char *text = seen(w);

	assert_int_equal(strlen(text), 1988895 + 300000 + 12);
	assert_non_null(strstr(text, "\r\n300000\r\n"));
}

static void faults_are_as_named(void **state)
{
	static const struct {
		enum meet_fault fault;
		const char *want;
	} rows[] = {
	    {MEET_EMPTY, "rendezvous\r\n"},
	    {MEET_JOINED, "rendezvous\r\n0123456789\r\n"},
	    {MEET_SPLIT, "rendezvous\r\n0123456789\r\n"},
	    {MEET_CUT, "rendezvous\r\n012345"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *secret;

		w->ended = w->over = false;
		buf_clear(&w->got);
		attach(w, rows[i].fault, "sleep 0.3; echo 0123456789", true, &secret);
		connect_client(w, secret, NULL);
		LOOP_UNTIL(&w->loop, w->over && w->ended && w->client_code >= 0);
		if (rows[i].fault == MEET_JOINED)
			assert_true(strncmp(buf_str(&w->got), "<rendezvous\r\n0", 14) == 0);
		if (rows[i].fault == MEET_SPLIT)
			assert_non_null(strstr(buf_str(&w->got), "<0<1<2<3"));
		assert_string_equal(seen(w), rows[i].want);
		flow_close(w->client, false);
		w->client = NULL;
	}
}

static void never_is_silence(void **state)
{
	struct world *w = *state;
	const char *secret;

	attach(w, MEET_NEVER, "echo x", true, &secret);
	pid_t pid = connect_client(w, secret, NULL);

	LOOP_UNTIL(&w->loop, w->ended);
	assert_false(w->over);
	guard_kill_group(pid, SIGKILL);
	LOOP_UNTIL(&w->loop, w->over);
	assert_string_equal(seen(w), "");
}

static void a_wrong_secret_is_shown_out(void **state)
{
	struct world *w = *state;

	connect_client(w, "0123", NULL);
	LOOP_UNTIL(&w->loop, w->over);
	assert_string_equal(seen(w), "");
}

static void a_client_that_leaves_hangs_up(void **state)
{
	struct world *w = *state;
	const char *secret;

	attach(w, MEET_FINE, "echo here; exec sleep 600", true, &secret);
	pid_t pid = connect_client(w, secret, NULL);

	LOOP_UNTIL(&w->loop, strstr(buf_str(&w->got), "here"));
	guard_kill_group(pid, SIGKILL);
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->code, 129);
}

static void certificates_say_what_they_are(void **state)
{
	struct world *w = *state;
	struct buf AUTO_BUF chain = BUF_INIT(1 << 16), key = BUF_INIT(1 << 16);
	struct err err = ERR_INIT;
	struct tlsd_facts f;
	struct tlsd *t;

	assert_int_equal(tlsd_issue(w->ca, "www.example.com", 10, &chain, &key, &err), 0);
	assert_int_equal(tlsd_facts(chain.p, &f, &err), 0);
	assert_string_equal(f.domains, "www.example.com *.www.example.com");
	assert_string_equal(f.subject, "/CN=www.example.com");
	assert_string_equal(f.issuer, "/CN=Sandbox Authority");
	assert_false(f.self_signed);
	assert_int_equal((f.expires_ms - f.starts_ms) / 86400000, 11);
	assert_int_equal(tlsd_facts("garbage", &f, &err), FE_EINVAL);
	err_done(&err);
	assert_int_equal(tlsd_new(chain.p, "garbage", &t, &err), FE_EINVAL);
	err_done(&err);
	struct buf AUTO_BUF chain2 = BUF_INIT(1 << 16), key2 = BUF_INIT(1 << 16);

	assert_int_equal(tlsd_issue(w->ca, "b", 10, &chain2, &key2, &err), 0);
	assert_int_equal(tlsd_new(chain.p, key2.p, &t, &err), FE_EINVAL);
	err_done(&err);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {ROW(a_run_is_seen_whole), ROW(input_arrives),
	    ROW(large_output_waits_for_the_client), ROW(faults_are_as_named), ROW(never_is_silence),
	    ROW(a_wrong_secret_is_shown_out), ROW(a_client_that_leaves_hangs_up),
	    ROW(certificates_say_what_they_are)};

	if (guard_adopt() < 0)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
