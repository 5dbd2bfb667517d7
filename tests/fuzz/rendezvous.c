/* SPDX-License-Identifier: MIT */
/* rendezvous: any stream, cut at any two places (the first two bytes say where), gives the output
 * and the status that it gives whole; and what comes out never grows. */
#include "rendezvous.h"
#include "xmem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void collect(void *arg, const char *p, size_t n)
{
	int rc = buf_add(arg, p, n);

	fe_assert(rc == 0);
}

static int read_in_pieces(const char *p, size_t n, size_t a, size_t b, struct buf *out)
{
	struct rendezvous_scan s;

	rendezvous_scan_init(&s);
	s.output = collect;
	s.arg = out;
	rendezvous_scan_feed(&s, p, a);
	rendezvous_scan_feed(&s, p + a, b - a);
	rendezvous_scan_feed(&s, p + b, n - b);
	rendezvous_scan_end(&s);
	int status = s.bad_greeting ? -2 : s.status;
	fe_assert(s.output_bytes == out->len);
	rendezvous_scan_done(&s);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const char *text = (const char *)data + 2;
	size_t n = size - 2, a = n ? data[0] % (n + 1) : 0,
	       b = a + (n > a ? data[1] % (n - a + 1) : 0);
	struct buf AUTO_BUF whole = BUF_INIT(size);
	struct buf AUTO_BUF pieces = BUF_INIT(size);
	int status = read_in_pieces(text, n, n, n, &whole);

	/* A greeting without end is given up where it grew too long, which pieces decide. */
	if (status == -2)
		return 0;
	fe_assert(read_in_pieces(text, n, a, b, &pieces) == status);
	fe_assert(whole.len == pieces.len);
	fe_assert(whole.len == 0 || memcmp(whole.p, pieces.p, whole.len) == 0);
	return 0;
}
