/* SPDX-License-Identifier: MIT */
/* perf/network: PUT some megabytes to an URL and tell how many a second went out. */
#include "http_opts.h"
#include "http_try.h"
#include "mon.h"
#include "xmem.h"

static struct {
	struct http_opts http;
	int64_t size;
	char block[65536]; /* sent over and over */
} cfg;

static const struct opt opts[] = {
    {"size", 0, OPT_INT, &cfg.size, "MB", "10", 1, 100000, NULL, "send so many MB (10^6 bytes)",
	NULL, false},
    HTTP_OPT_WANTED(&cfg.http),
    HTTP_OPT_CLIENT(&cfg.http),
    OPT_END,
};

static int probe(struct try *t)
{
	struct http_request req = http_opts_request(&cfg.http, try_target(t));
	struct http_response res;
	int result;

	req.body = cfg.block;
	req.body_len = sizeof cfg.block;
	req.upload = (uint64_t)cfg.size * 1000000;
	if (!http_try(t, &req, cfg.http.cacert, &res, &result))
		return result;
	AUTO_FREE char *wrong = http_opts_judge(&cfg.http, &res);
	if (wrong)
		return http_try_fail(t, &res, "%s", wrong);
	if (res.sent_bytes < req.upload)
		return http_try_fail(t, &res, "answered before all was sent: %llu of %llu bytes",
		    (unsigned long long)res.sent_bytes, (unsigned long long)req.upload);
	try_value(t, "rate", (double)res.sent_bytes * 1e3 / (double)(res.send_ns + 1), "MB/s");
	try_body(t, buf_str(&res.body), res.body.len);
	return try_pass(t);
}

static int prepare(struct err *err)
{
	/* Nothing that a proxy or a modem could compress. */
	uint64_t x = 88172645463325252ULL;

	for (size_t i = 0; i < sizeof cfg.block; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17; /* xorshift64 */
		cfg.block[i] = (char)(x >> 32);
	}
	return http_opts_prepare(&cfg.http, err);
}

static int check_target(const char *target, struct err *err)
{
	return http_opts_target(&cfg.http, target, err);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "perf/network",
	    .summary = "PUT some megabytes and measure MB (10^6 bytes) a second",
	    .target = "URL",
	    .opts = opts,
	    .probe = probe,
	    .prepare = prepare,
	    .check_target = check_target,
	    .multiple = 6,
	};

	return mon_main(argc, argv, &spec);
}
