/* SPDX-License-Identifier: MIT */
/* net: targets from text, faults of connections, bytes shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "net.h"
#include "xmem.h"

static void targets_parse(void **state)
{
	static const struct {
		const char *text;
		uint16_t def;
		const char *name;
		unsigned port;
	} rows[] = {
	    {"example.com:80", 0, "example.com", 80},
	    {"example.com", 22, "example.com", 22},
	    {"example.com.:65535", 0, "example.com.", 65535},
	    {"127.0.0.1:1", 0, "127.0.0.1", 1},
	    {"[::1]:53", 0, "::1", 53},
	    {"[::1]", 53, "::1", 53},
	    {"fe80::1%eth0", 53, "fe80::1%eth0", 53},
	    {"::1", 22, "::1", 22},
	    {"ssh://git.example", 0, "git.example", 22},
	    {"ssh://git.example:2222/", 22, "git.example", 2222},
	    {"https://[2001:db8::1]/", 0, "2001:db8::1", 443},
	    {"tcp://a_b-c:9", 0, "a_b-c", 9},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_host h = {0};
		struct err err = ERR_INIT;

		if (net_host_parse(rows[i].text, rows[i].def, &h, &err))
			fail_msg("%s: %s", rows[i].text, err_text(&err));
		assert_string_equal(h.name, rows[i].name);
		assert_int_equal(h.port, rows[i].port);
		net_host_done(&h);
	}
}

static void wrong_targets_name_the_rule(void **state)
{
	static const struct {
		const char *text;
		const char *rule;
	} rows[] = {
	    {"", "host name of 1 to 253"},
	    {"example.com", "no port"},
	    {"::1", "[ADDRESS]:PORT"},
	    {":80", "host name of 1 to 253"},
	    {"a:", "port '' is not 1 to 65535"},
	    {"a:0", "port '0' is not"},
	    {"a:65536", "port '65536' is not"},
	    {"a:+1", "port '+1' is not"},
	    {"a: 1", "port ' 1' is not"},
	    {"a:80x", "port '80x' is not"},
	    {"a b:1", "letters, digits"},
	    {"b\xc3\xbc:1", "letters, digits"},
	    {"a..b:1", "between the dots"},
	    {".a:1", "between the dots"},
	    {"1.2.3:1", "not an IPv4 address"},
	    {"256.1.1.1:1", "not an IPv4 address"},
	    {"[::1:80", "[ADDRESS]:PORT"},
	    {"[::1]80", "[ADDRESS]:PORT"},
	    {"[a]:80", "IPv6 address in brackets"},
	    {"[::g]:80", "not an IPv6 address"},
	    {"1:2:3", "not an IPv6 address"},
	    {"gopher://a", "unknown scheme 'gopher'"},
	    {"tcp://a", "no port"},
	    {"ssh://git@a", "without a user"},
	    {"http://a/b", "without a path"},
	    {"a:80/", "without a path"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct net_host h = {0};
		struct err err = ERR_INIT;

		assert_int_equal(net_host_parse(rows[i].text, 0, &h, &err), FE_EUSAGE);
		if (!strstr(err_text(&err), rows[i].rule))
			fail_msg("%s: '%s' lacks '%s'", rows[i].text, err_text(&err), rows[i].rule);
		assert_null(h.name);
		err_done(&err);
	}
}

static int listener(uint16_t *out_port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (void *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (void *)&a, &len), 0);
	*out_port = ntohs(a.sin_port);
	return fd;
}

static uint64_t in_ms(unsigned ms)
{
	return clock_mono_ns() + ms * NS_PER_MS;
}

static void resolve(const char *name, uint16_t port, struct net_addrs *out)
{
	struct net_host h = {.name = xstrdup(name), .port = port};
	struct err err = ERR_INIT;

	assert_int_equal(net_resolve(&h, in_ms(10000), out, &err), NET_OK);
	assert_true(out->n >= 1 && out->n == out->total);
	net_host_done(&h);
}

static void a_closed_port_refuses(void **state)
{
	struct net_addrs a;
	struct err err = ERR_INIT;
	uint16_t port = 0;
	int fd = listener(&port); /* bound, not listening: nobody else gets the port */
	int out = -7;
	char wanted[64];

	(void)state;
	resolve("127.0.0.1", port, &a);
	assert_int_equal(net_connect(&a.v[0], in_ms(10000), &out, &err), NET_REFUSED);
	snprintf(wanted, sizeof wanted, "connect to 127.0.0.1:%u: refused", (unsigned)port);
	assert_string_equal(err_text(&err), wanted);
	assert_int_equal(out, -7);
	err_done(&err);
	close(fd);
}

static void no_descriptor_left_is_a_local_fault(void **state)
{
	struct rlimit old;
	struct rlimit none;
	struct net_addrs a;
	struct err err = ERR_INIT;
	int out = -1;

	(void)state;
	resolve("127.0.0.1", 9, &a);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	enum net_fault fault = net_connect(&a.v[0], in_ms(1000), &out, &err);

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(fault, NET_LOCAL);
	assert_non_null(strstr(err_text(&err), "Too many open files"));
	err_done(&err);
}

static void bytes_are_read_to_the_end_and_to_the_limit(void **state)
{
	struct net_addrs a;
	struct err err = ERR_INIT;
	struct buf AUTO_BUF b = BUF_INIT(5);
	uint16_t port = 0;
	int fd = listener(&port);
	int out = -1;

	(void)state;
	assert_int_equal(listen(fd, 1), 0);
	resolve("127.0.0.1", port, &a);
	assert_int_equal(net_connect(&a.v[0], in_ms(10000), &out, &err), NET_OK);
	int peer = accept(fd, NULL, NULL);

	assert_int_equal(net_read(out, &b, in_ms(10), &err), NET_TIMEOUT);
	assert_int_equal(write(peer, "abcdefgh", 8), 8);
	assert_int_equal(net_read(out, &b, in_ms(10000), &err), NET_OK);
	assert_string_equal(buf_str(&b), "abcde");
	assert_int_equal(net_read(out, &b, in_ms(10000), &err), NET_LIMIT);
	buf_clear(&b);
	assert_int_equal(net_read(out, &b, in_ms(10000), &err), NET_OK);
	assert_string_equal(buf_str(&b), "fgh");
	close(peer);
	buf_clear(&b);
	assert_int_equal(net_read(out, &b, in_ms(10000), &err), NET_CLOSED);
	err_done(&err);
	close(out);
	close(fd);
}

static void faults_of_this_machine_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(net_fault_of(ENETUNREACH, true), NET_LOCAL);
	assert_int_equal(net_fault_of(ENETUNREACH, false), NET_NO_ROUTE);
	assert_int_equal(net_fault_of(ECONNRESET, false), NET_RESET);
	assert_int_equal(net_fault_of(EADDRNOTAVAIL, true), NET_LOCAL);
	assert_int_equal(net_fault_of(EBADMSG, true), NET_FAILED);
	assert_string_equal(net_fault_word(NET_NO_ROUTE), "no route");
}

static void addresses_have_one_text(void **state)
{
	struct net_addrs a;
	char text[NET_TEXT_MAX];

	(void)state;
	resolve("::1", 80, &a);
	net_text(&a.v[0], text);
	assert_string_equal(text, "[::1]:80");
	net_text_host(&a.v[0], text);
	assert_string_equal(text, "::1");
	assert_true(net_is_loopback(&a.v[0]));
	resolve("192.0.2.7", 80, &a);
	net_text(&a.v[0], text);
	assert_string_equal(text, "192.0.2.7:80");
	assert_false(net_is_loopback(&a.v[0]));
}

static void first_bytes_are_shown_plainly(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);

	(void)state;
	net_excerpt(&b,
	    "a\r\n\x01\xff"
	    "bc",
	    7, 6);
	assert_string_equal(buf_str(&b), "a\\r\\n\\x01\\xffb...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(targets_parse),
	    cmocka_unit_test(wrong_targets_name_the_rule),
	    cmocka_unit_test(a_closed_port_refuses),
	    cmocka_unit_test(no_descriptor_left_is_a_local_fault),
	    cmocka_unit_test(bytes_are_read_to_the_end_and_to_the_limit),
	    cmocka_unit_test(faults_of_this_machine_are_told_apart),
	    cmocka_unit_test(addresses_have_one_text),
	    cmocka_unit_test(first_bytes_are_shown_plainly),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
