/* SPDX-License-Identifier: MIT */
/* scan: every byte at every place, found as byte by byte, and nothing read behind the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scan.h"
#include "xmem.h"

static bool is_byte(unsigned char c)
{
	return c == ' ';
}

static bool is_end(unsigned char c)
{
	return c <= ' ' || c == '"' || c == '=';
}

static bool is_quoted(unsigned char c)
{
	return c == '"' || c == '\\';
}

static const char *slowly(const char *p, const char *end, bool (*is)(unsigned char))
{
	while (p < end && !is((unsigned char)*p))
		p++;
	return p;
}

static void assert_alike(const char *p, const char *end)
{
	assert_ptr_equal(scan_byte(p, end, ' '), slowly(p, end, is_byte));
	assert_ptr_equal(scan_word(p, end), slowly(p, end, is_end));
	assert_ptr_equal(scan_quoted(p, end), slowly(p, end, is_quoted));
}

static void every_byte_at_every_place(void **state)
{
	(void)state;
	for (size_t len = 0; len < 40; len++)
		for (size_t at = 0; at < len; at++)
			for (unsigned c = 0; c < 256; c++) {
				char *text = xmalloc(len + 1);

				memset(text, c & 1 ? 'x' : 0xFF, len);
				text[at] = (char)c;
				assert_alike(text, text + len);
				free(text);
			}
}

static void any_bytes(void **state)
{
	uint64_t x = 88172645463325252ULL;
	char text[64];

	(void)state;
	for (int round = 0; round < 200000; round++) {
		size_t len = (size_t)round % sizeof text;

		for (size_t i = 0; i < len; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			text[i] = round % 3 ? (char)(x >> 20) : (char)(0x1E + x % 4);
		}
		assert_alike(text, text + len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_byte_at_every_place),
	    cmocka_unit_test(any_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
