/* SPDX-License-Identifier: MIT */
/* sink PORT: what lib/httpd alone can do: reads each request with its body and answers 202. */
#include "httpd.h"
#include "num.h"
#include "xmem.h"

static void on_request(void *arg, struct exch *x)
{
	(void)arg;
	exch_answer(x, 202, "text/plain; charset=utf-8", "", 0);
}

int main(int argc, char **argv)
{
	uint64_t port;
	uv_loop_t loop;
	struct httpd *f = NULL;
	struct err err = ERR_INIT;

	if (argc != 2 || num_u64(argv[1], 1, 65535, &port)) {
		(void)fputs("usage: sink PORT\n", stderr);
		return FE_EXIT_USAGE;
	}
	fe_assert(uv_loop_init(&loop) == 0);
	const struct httpd_rules rules = {
	    .loop = &loop, .bind = "127.0.0.1", .port = (uint16_t)port, .request = on_request};

	if (httpd_new(&rules, &f, &err)) {
		err_print("sink", &err);
		return FE_EXIT_SYSTEM;
	}
	return uv_run(&loop, UV_RUN_DEFAULT);
}
