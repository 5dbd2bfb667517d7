/* SPDX-License-Identifier: MIT */
/*
 * attach URL [CAFILE]: take part in a rendezvous. The output goes to stdout; the last line of stderr
 * is "fault=WORD status=N goodbye=0|1", above it what went wrong. JOIN_MS and ALL_MS of the
 * environment are its limits.
 */
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "num.h"
#include "rendezvous.h"
#include "tls.h"
#include "xmem.h"

static void print(void *arg, const char *p, size_t n)
{
	(void)arg;
	if (io_write_all(1, p, n) < 0)
		_exit(FE_EXIT_SYSTEM);
}

static uint64_t limit(const char *key)
{
	const char *text = getenv(key);
	uint64_t ms = 20000;

	if (text && num_u64(text, 1, 600000, &ms) < 0)
		_exit(FE_EXIT_USAGE);
	return ms * NS_PER_MS;
}

int main(int argc, char **argv)
{
	struct rendezvous_opts opts = {
	    .attach_url = argc > 1 ? argv[1] : NULL,
	    .deadline_ns = clock_mono_ns() + limit("ALL_MS"),
	    .join_ns = limit("JOIN_MS"),
	    .linger_ns = getenv("LINGER") ? 10 * NS_PER_S : 0,
	    .output = print,
	};
	struct rendezvous_result res;
	struct err err = ERR_INIT;

	if (tls_store_load(argc > 2 ? argv[2] : NULL, &opts.store, &err) < 0) {
		err_print("attach", &err);
		return FE_EXIT_USAGE;
	}
	if (rendezvous_run(&opts, &res, &err) != RENDEZVOUS_OK)
		err_print("attach", &err);
	(void)fprintf(stderr, "fault=%s status=%d goodbye=%d\n", rendezvous_word(res.fault),
	    res.status, res.goodbye);
	tls_store_free(opts.store);
	err_done(&err);
	return res.fault == RENDEZVOUS_OK ? FE_EXIT_OK : FE_EXIT_FAIL;
}
