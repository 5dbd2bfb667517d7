/* SPDX-License-Identifier: MIT */
/* Performance data of monitoring plugins: labels, quoting, units, what is no measure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "buf.h"
#include "perfdata.h"
#include "xmem.h"

static void list(void *arg, const char *name, double value, const char *unit)
{
	buf_put(arg, "%s=%.6g[%s] ", name, value, unit);
}

struct row {
	const char *out, *want;
	size_t lost;
};

static void reads(void **state)
{
	static const struct row rows[] = {
	    {"", "", 0},
	    {"OK: fine", "", 0},
	    {"HTTP OK | time=0.001234s;;;0.000000;10.000000 size=612B;;;0",
		"time=0.001234[s] size=612[B] ", 0},
	    {"OK|t=5ms u=70us n=3ns p=12% c=17c",
		"t=0.005[s] u=7e-05[s] n=3e-09[s] p=12[%] c=17[c] ", 0},
	    {"DISK OK | /=123MB;1;2 /var/log=4MB", "root=123[MB] var-log=4[MB] ", 0},
	    {"OK | 'free space'=1GB 'it''s'=2", "free-space=1[GB] it-s=2[] ", 0},
	    {"OK | a=1 a=2 a=3", "a=1[] a-2=2[] a-3=3[] ", 0},
	    {"OK | a=U b=-5 c= d e=1,5 =3 f=1e-3s", "e=1.5[] f=0.001[s] ", 5},
	    {"OK | 'open=1 b=2", "b=2[] ", 1},
	    {"first | a=1\nlong text\nmore | b=2\nc=3 d=4", "a=1[] b=2[] c=3[] d=4[] ", 0},
	    {"OK | 1.2.3=4 x=1.2.3", "1.2.3=4[] ", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_TEXT);
		size_t lost = perfdata_read(rows[i].out, strlen(rows[i].out), list, &b);

		assert_string_equal(buf_str(&b), rows[i].want);
		assert_int_equal(lost, rows[i].lost);
	}
}

static void bounded(void **state)
{
	struct buf AUTO_BUF in = BUF_INIT(BUF_MAX_OUTPUT), b = BUF_INIT(BUF_MAX_TEXT);

	(void)state;
	buf_put(&in, "OK |");
	for (int i = 0; i < 200; i++)
		buf_put(&in, " v%d=1", i);
	assert_int_equal(perfdata_read(in.p, in.len, list, &b), 200 - PERFDATA_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reads), cmocka_unit_test(bounded)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("perfdata", tests, NULL, NULL);
}
