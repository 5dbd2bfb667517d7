/* SPDX-License-Identifier: MIT */
#include "http_try.h"

#include "clock.h"
#include "tls.h"
#include "xmem.h"

#define PAUSE_NS (100 * (long)NS_PER_MS) /* between two looks at a page that is away */
#define LAST_LOOK_NS (10 * NS_PER_S)     /* to tell what is wrong with it */
#define FIRST_BYTES 160                  /* of an answer, shown in a failure */

struct told {
	struct try *t;
	const struct http_request *req;
	const char *cacert;
	struct http_response *res;
	bool repeat;
};

static void add_quoted(struct buf *b, const char *text)
{
	buf_put(b, " '");
	for (; *text; text++)
		buf_put(b, *text == '\'' ? "'\\''" : "%c", *text);
	buf_put(b, "'");
}

/* The curl command that asks the same of the same address. */
static void tell_repeat(struct told *told)
{
	const struct http_request *req = told->req;
	const char *address = told->res->address;
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FILE);
	AUTO_FREE char *host = NULL;
	uint16_t port;

	if (told->repeat)
		return;
	told->repeat = true;
	http_host_port(req->url, &host, &port);
	buf_put(&b, "curl -sSf -o /dev/null -m %.3g --noproxy '*'",
	    (double)try_left_ns(told->t) / NS_PER_S);
	if (req->upload)
		buf_put(&b, " -T FILE");
	if (req->redirects)
		buf_put(&b, " -L --max-redirs %u", req->redirects);
	if (told->cacert) {
		buf_put(&b, " --cacert");
		add_quoted(&b, told->cacert);
	}
	if (*address && req->via_port)
		buf_put(&b, " --connect-to '::%s'", told->res->peer);
	else if (*address && strcmp(host, address) != 0)
		buf_put(&b, " --resolve %s:%u:%s", host, (unsigned)port, address);
	add_quoted(&b, told->res->shown_url ? told->res->shown_url : "");
	try_evidence(told->t, "curl", "%s", buf_str(&b));
}

/* Told as it happens, so that it is known of a try that is cut at its deadline. */
static void on_entered(void *arg, enum http_phase phase, const char *peer)
{
	struct told *told = arg;

	if (phase == HTTP_CONNECT) {
		try_evidence(told->t, "peer", "%s", peer);
		tell_repeat(told);
	}
	try_enter(told->t, http_phase_names[phase]);
}

static void on_closing(void *arg, int fd)
{
	const struct told *told = arg;

	try_evidence_socket(told->t, fd);
}

static void tell_numbers(struct try *t, const struct http_response *res)
{
	for (int i = 0; i < HTTP_PHASES; i++)
		if (res->phase_ns[i])
			try_phase(t, http_phase_names[i], res->phase_ns[i]);
	if (res->status)
		try_value(t, "bytes", (double)res->body_bytes, "B");
	if (res->tls.seen)
		try_value(t, "cert-days", res->tls.days_left, "");
}

static void tell_answer(struct try *t, const struct http_response *res)
{
	const char *first = buf_str(&res->body);
	size_t n = res->body.len < FIRST_BYTES ? res->body.len : FIRST_BYTES;

	while (n && (first[n - 1] == '\n' || first[n - 1] == '\r'))
		n--;
	if (res->hops)
		try_evidence(t, "url", "%s", res->shown_url);
	if (n)
		try_evidence(t, "first", "%.*s", (int)n, first);
}

static bool still_listed(const struct strv *list, const char *address)
{
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i], address) == 0)
			return true;
	return false;
}

/* The name is resolved each time, though the address is given: an address that was taken out of
 * the name is no failure of the service. */
static int look_up(struct try *t, const struct http_request *req, int *result)
{
	struct strv AUTO_STRV found = {0};
	struct err err = ERR_INIT;
	AUTO_FREE char *host = NULL;
	uint16_t port;
	uint64_t begun = clock_mono_ns();

	http_host_port(req->url, &host, &port);
	try_enter(t, http_phase_names[HTTP_DNS]);
	int rc = http_resolve(host, &found, &err);
	try_phase(t, http_phase_names[HTTP_DNS], clock_mono_ns() - begun);
	if (rc == FE_ESYS)
		*result = try_unknown(t, "local", "%s", err_text(&err));
	else if (rc < 0)
		*result = try_fail(t, "%s", err_text(&err));
	else if (!still_listed(&found, req->address))
		rc = *result = try_unknown(
		    t, "unlisted", "%s is no address of %s any more", req->address, host);
	err_done(&err);
	return rc;
}

bool http_try(struct try *t, struct http_request *req, const char *cacert,
    struct http_response *res, int *result)
{
	struct err err = ERR_INIT;
	struct told told = {.t = t, .req = req, .cacert = cacert, .res = res};

	memset(res, 0, sizeof *res);
	if (req->listed && req->address && look_up(t, req, result) != 0)
		return false;
	req->entered = on_entered;
	req->closing = on_closing;
	req->arg = &told; /* cppcheck-suppress autoVariables; taken back below */
	int rc = http_perform(req, res, &err);
	req->arg = NULL;
	tell_numbers(t, res);
	if (rc == 0)
		return true;
	tell_repeat(&told);
	tell_answer(t, res);
	*result = rc == FE_ESYS ? try_unknown(t, "local", "%s", err_text(&err))
				: try_fail(t, "%s", err_text(&err));
	err_done(&err);
	return false;
}

int http_try_fail(struct try *t, const struct http_response *res, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	AUTO_FREE char *text = xvasprintf(fmt, ap);
	va_end(ap);
	tell_answer(t, res);
	return try_fail(t, "%s", text);
}

int http_try_judge(
    struct try *t, const struct http_opts *o, const struct http_response *res, const char *want)
{
	AUTO_FREE char *wrong = http_opts_judge(o, res);

	if (wrong)
		return http_try_fail(t, res, "%s", wrong);
	if (want && !strstr(buf_str(&res->body), want))
		return http_try_fail(t, res, "the page has no \"%s\" in it", want);
	try_body(t, buf_str(&res->body), res->body.len);
	return try_pass(t);
}

int http_try_target(struct try *t, const struct http_opts *o)
{
	struct http_request req = http_opts_request(o, try_target(t));
	struct http_response res;
	int result = 0;

	if (!http_try(t, &req, o->cacert, &res, &result))
		return result;
	return http_try_judge(t, o, &res, NULL);
}

static bool is_wanted(const struct http_opts *o, const struct http_response *res, const char *want)
{
	AUTO_FREE char *wrong = http_opts_judge(o, res);

	return !wrong && (!want || strstr(buf_str(&res->body), want));
}

/* One request of which nothing is told: how it went. */
static int look(const struct http_opts *o, struct http_request *req, const char *want,
    struct http_response *res)
{
	int rc = http_perform(req, res, NULL);

	return rc == 0 && !is_wanted(o, res, want) ? FE_EPROTO : rc;
}

/* Until it is wanted, or patience ends; *away_ns: until the beginning of the last request. */
static int look_patiently(struct try *t, const struct http_opts *o, struct http_request *req,
    const char *want, struct http_response *res, uint64_t *away_ns)
{
	uint64_t begun = clock_mono_ns(), end = begun + *away_ns, now = begun;

	for (;;) {
		*away_ns = now - begun;
		req->timeout_ns = end - now;
		int rc = look(o, req, want, res);

		if (rc == 0 || rc == FE_ESYS || clock_mono_ns() + PAUSE_NS >= end)
			return rc;
		try_enter(t, "away");
		http_response_done(res);
		(void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
		now = clock_mono_ns();
	}
}

int http_try_patiently(struct try *t, const struct http_opts *o, struct http_request *req,
    const char *want, uint64_t patience_ns)
{
	struct http_response res;
	uint64_t away_ns = patience_ns;
	int result = TRY_FAIL, rc = look_patiently(t, o, req, want, &res, &away_ns);

	try_value(t, "away", (double)away_ns / (double)NS_PER_S, "s");
	if (rc == 0) {
		tell_numbers(t, &res);
		return http_try_judge(t, o, &res, want);
	}
	http_response_done(&res);
	req->timeout_ns = LAST_LOOK_NS;
	if (!http_try(t, req, o->cacert, &res, &result))
		return result;
	if (is_wanted(o, &res, want))
		return http_try_fail(t, &res, "the page was away for %.1f s",
		    (double)patience_ns / (double)NS_PER_S);
	return http_try_judge(t, o, &res, want);
}
