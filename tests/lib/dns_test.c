/* SPDX-License-Identifier: MIT */
/* dns: names as they are asked, messages as they are read, hostile ones too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "clock.h"
#include "dns_wire.h"
#include "xmem.h"

#define ID 0x1234
/* Answer header: id, flags, one question, n answers; then the question "a.b TYPE IN". */
#define HEAD(flags, n) "\x12\x34" flags "\0\1\0" n "\0\0\0\0"
#define QUESTION(type) "\1a\1b\0\0" type "\0\1"
#define AT_NAME "\xc0\x0c"

struct message {
	const char *p;
	size_t len;
};
#define MESSAGE(text)                                                                              \
	{                                                                                          \
		text, sizeof text - 1                                                              \
	}

static enum dns_read decode(const struct message *m, int type, struct dns_reply *r)
{
	const struct dns_query q = {.name = "A.b", .type = type};
	/* A copy of the exact size, so that a read past its end is seen by the sanitizers. */
	AUTO_FREE char *copy = xmalloc(m->len ? m->len : 1);

	memcpy(copy, m->p, m->len);
	return dns_decode(copy, m->len, &q, ID, r);
}

static void answers_are_read(void **state)
{
	static const struct {
		int type;
		struct message m;
		const char *answer;
		unsigned ttl;
	} rows[] = {
	    {DNS_A,
		MESSAGE(
		    HEAD("\x81\x80", "\1") QUESTION("\1") AT_NAME "\0\1\0\1\0\0\1\0\0\4\xc0\0\2\1"),
		"192.0.2.1", 256},
	    {DNS_AAAA,
		MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\x1c") AT_NAME
		    "\0\x1c\0\1\0\0\0\7\0\x10\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"),
		"2001:db8::1", 7},
	    {DNS_MX,
		MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\xf") AT_NAME
		    "\0\xf\0\1\0\0\0\7\0\6\0\xa\1M\xc0\x0e"),
		"10 m.b", 7},
	    {DNS_SRV,
		MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\x21") AT_NAME
		    "\0\x21\0\1\0\0\0\7\0\x8\0\1\0\2\0\x50\xc0\x0e"),
		"1 2 80 b", 7},
	    {DNS_TXT,
		MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\x10") AT_NAME
		    "\0\x10\0\1\0\0\0\7\0\7\2v=\3x\n\""),
		"v=x\\n\"", 7},
	    {DNS_NS,
		MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\2") AT_NAME "\0\2\0\1\0\0\0\7\0\1\0"),
		".", 7},
	    {DNS_SOA,
		MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\6") AT_NAME
		    "\0\6\0\1\0\0\0\7\0\x18\xc0\x0e\xc0\x0e\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0"
		    "\4\xff\xff\xff\xff"),
		"b b 1 2 3 4 4294967295", 7},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dns_reply r;

		dns_reply_init(&r);
		if (decode(&rows[i].m, rows[i].type, &r) != DNS_READ)
			fail_msg("%s: %s", rows[i].answer, buf_str(&r.why));
		assert_int_equal(r.answers.n, 1);
		assert_string_equal(r.answers.v[0], rows[i].answer);
		assert_int_equal(r.ttl, rows[i].ttl);
		dns_reply_done(&r);
	}
}

static void a_chain_is_kept_apart(void **state)
{
	const struct message m = MESSAGE(HEAD("\x85\x00", "\2") QUESTION("\1") AT_NAME
	    "\0\5\0\1\0\0\0\5\0\4\1c\xc0\x0e"
	    "\1c\xc0\x0e\0\1\0\1\0\0\0\x9\0\4\xc0\0\2\1");
	struct dns_reply r;

	(void)state;
	dns_reply_init(&r);
	assert_int_equal(decode(&m, DNS_A, &r), DNS_READ);
	assert_int_equal(r.answers.n, 1);
	assert_int_equal(r.chain.n, 1);
	assert_string_equal(r.chain.v[0], "c.b");
	assert_int_equal(r.ttl, 5);
	assert_true(r.authoritative);
	assert_false(r.recursion);
	dns_reply_done(&r);
}

static void what_is_not_the_answer_is_told(void **state)
{
	static const struct {
		enum dns_read read;
		struct message m;
		const char *why;
	} rows[] = {
	    {DNS_FOREIGN, MESSAGE("hello"), "5 bytes that are no DNS message: hello"},
	    {DNS_FOREIGN, MESSAGE("\x12\x35\x81\x80\0\1\0\0\0\0\0\0" QUESTION("\1")),
		"a wrong id (4661, asked with 4660)"},
	    {DNS_FOREIGN, MESSAGE(HEAD("\x01\x00", "\0") QUESTION("\1")), "a question, not an"},
	    {DNS_FOREIGN, MESSAGE(HEAD("\x81\x80", "\0") QUESTION("\2")), "another question (a.b)"},
	    {DNS_FOREIGN, MESSAGE(HEAD("\x81\x80", "\0") "\1c\1b\0\0\1\0\1"), "another question"},
	    {DNS_FOREIGN, MESSAGE(HEAD("\x81\x80", "\0") "\1a"), "bad name at byte 12"},
	    {DNS_FOREIGN, MESSAGE(HEAD("\x81\x80", "\0") "\xc0\x0c\0\1\0\1"), "bad name"},
	    {DNS_BROKEN, MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\1")), "bad name at byte 21"},
	    {DNS_BROKEN, MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\1") AT_NAME "\0\1\0\1\0\0"),
		"message ends"},
	    {DNS_BROKEN,
		MESSAGE(
		    HEAD("\x81\x80", "\1") QUESTION("\1") AT_NAME "\0\1\0\1\0\0\0\1\0\5\1\2\3\4"),
		"record passes the message"},
	    {DNS_BROKEN,
		MESSAGE(HEAD("\x81\x80", "\1") QUESTION("\1") AT_NAME "\0\1\0\1\0\0\0\1\0\3\1\2\3"),
		"address of a wrong size"},
	    {DNS_BROKEN,
		MESSAGE(
		    HEAD("\x81\x80", "\1") QUESTION("\x10") AT_NAME "\0\x10\0\1\0\0\0\1\0\2\5a"),
		"string of TXT passes its record"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dns_reply r;

		dns_reply_init(&r);
		assert_int_equal(
		    decode(&rows[i].m, strstr(rows[i].why, "TXT") ? DNS_TXT : DNS_A, &r),
		    rows[i].read);
		if (!strstr(buf_str(&r.why), rows[i].why))
			fail_msg("'%s' lacks '%s'", buf_str(&r.why), rows[i].why);
		dns_reply_done(&r);
	}
}

static void errors_may_leave_the_question_out(void **state)
{
	const struct message m = MESSAGE("\x12\x34\x81\x82\0\0\0\0\0\0\0\0");
	struct dns_reply r;
	char b[16];

	(void)state;
	dns_reply_init(&r);
	assert_int_equal(decode(&m, DNS_A, &r), DNS_READ);
	assert_string_equal(dns_rcode(r.rcode, b), "SERVFAIL");
	assert_string_equal(dns_rcode(11, b), "RCODE11");
	dns_reply_done(&r);
}

/* Every message cut at every byte, and with every byte changed, is read without a fault. */
static void broken_messages_do_no_harm(void **state)
{
	char b[] = HEAD("\x81\x80", "\2") QUESTION("\6") AT_NAME
	    "\0\5\0\1\0\0\0\5\0\4\1c\xc0\x0e" AT_NAME
	    "\0\6\0\1\0\0\0\7\0\x18\xc0\x0e\xc0\x0e\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5";
	unsigned read = 0;

	(void)state;
	for (size_t len = 0; len < sizeof b; len++)
		for (unsigned change = 0; change < 8; change++) {
			struct message m = {b, len};
			struct dns_reply r;

			dns_reply_init(&r);
			if (len)
				b[len - 1] = (char)(b[len - 1] ^ (1 << change));
			read += decode(&m, DNS_SOA, &r) == DNS_READ;
			m.len = sizeof b - 1;
			read += decode(&m, DNS_SOA, &r) == DNS_READ;
			if (len)
				b[len - 1] = (char)(b[len - 1] ^ (1 << change));
			dns_reply_done(&r);
		}
	assert_true(read > 0);
}

static void names_are_checked(void **state)
{
	static const struct {
		const char *name;
		int type;
		const char *asked; /* NULL: refused */
	} rows[] = {
	    {"example.com", DNS_A, "example.com"},
	    {"example.com.", DNS_A, "example.com"},
	    {".", DNS_NS, "."},
	    {"_sip._tcp.example", DNS_SRV, "_sip._tcp.example"},
	    {"192.0.2.1", DNS_PTR, "1.2.0.192.in-addr.arpa"},
	    {"2001:db8::1", DNS_PTR,
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
	    {"192.0.2.1", DNS_A, "192.0.2.1"},
	    {"", DNS_A, NULL},
	    {"..", DNS_A, NULL},
	    {"a..b", DNS_A, NULL},
	    {".a", DNS_A, NULL},
	    {"a b", DNS_A, NULL},
	    {"a\\b", DNS_A, NULL},
	    {"x23456789012345678901234567890123456789012345678901234567890123b", DNS_A, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_FREE char *out = NULL;
		struct err err = ERR_INIT;
		int rc = dns_name(rows[i].name, rows[i].type, &out, &err);

		assert_int_equal(rc, rows[i].asked ? 0 : FE_EUSAGE);
		if (rows[i].asked)
			assert_string_equal(out, rows[i].asked);
		err_done(&err);
	}
	assert_int_equal(dns_type("aaaa"), DNS_AAAA);
	assert_int_equal(dns_type("ANY"), 0);
	assert_string_equal(dns_type_name(DNS_MX), "MX");
}

static void questions_are_encoded(void **state)
{
	static const char wanted[] =
	    "\x12\x34\x01\0\0\1\0\0\0\0\0\1" QUESTION("\1") "\0\0\x29\x04\xd0\0\0\0\0\0\0";
	struct buf AUTO_BUF b = BUF_INIT(512);

	(void)state;
	assert_int_equal(dns_encode("a.b", DNS_A, ID, &b, NULL), 0);
	assert_int_equal(b.len, sizeof wanted - 1);
	assert_memory_equal(b.p, wanted, b.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(answers_are_read),
	    cmocka_unit_test(a_chain_is_kept_apart),
	    cmocka_unit_test(what_is_not_the_answer_is_told),
	    cmocka_unit_test(errors_may_leave_the_question_out),
	    cmocka_unit_test(broken_messages_do_no_harm),
	    cmocka_unit_test(names_are_checked),
	    cmocka_unit_test(questions_are_encoded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
