/* SPDX-License-Identifier: MIT */
#include "http_opts.h"

#include "net.h"
#include "num.h"
#include "tls.h"
#include "xmem.h"

/* "200", "2xx", "200-299" -> lowest and highest. */
static int parse_range(const char *text, uint64_t *low, uint64_t *high)
{
	AUTO_FREE char *first = xmemdup0(text, strcspn(text, "-"));

	if (strlen(text) == 3 && text[0] >= '1' && text[0] <= '5' && strcmp(text + 1, "xx") == 0) {
		*low = 100ULL * (unsigned)(text[0] - '0');
		*high = *low + 99;
		return 0;
	}
	if (num_u64(first, 100, 599, low) < 0)
		return FE_EINVAL;
	*high = *low;
	if (!text[strlen(first)])
		return 0;
	return num_u64(text + strlen(first) + 1, *low, 599, high);
}

static int compile_headers(struct http_opts *o, struct err *err)
{
	/* an array of pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	o->compiled = xcalloc(o->header.n + 1, sizeof *o->compiled);
	for (size_t i = 0; i < o->header.n; i++) {
		const char *text = o->header.v[i], *colon = strchr(text, ':');
		if (!colon || colon == text)
			return err_set(err, FE_EUSAGE, "--header %s: wanted NAME:RE", text);
		if (pattern_new(colon + 1 + strspn(colon + 1, " "), &o->compiled[i], err) < 0)
			return err_wrap(err, "--header %s", text);
	}
	return 0;
}

static int load_store(struct http_opts *o, struct err *err)
{
	if (o->store)
		return 0;
	int rc = tls_store_load(o->cacert, &o->store, err);
	return rc < 0 ? FE_EUSAGE : http_prepare(true, err);
}

static int parse_connect_to(struct http_opts *o, struct err *err)
{
	struct net_host to;

	if (!o->connect_to)
		return 0;
	if (o->each_address)
		return err_set(err, FE_EUSAGE,
		    "--connect-to and --each-address: wanted one of them, the first names the "
		    "address");
	if (net_host_parse(o->connect_to, 0, &to, err) < 0)
		return err_wrap(err, "--connect-to");
	o->via = to.name;
	o->via_port = to.port;
	return 0;
}

int http_opts_prepare(struct http_opts *o, struct err *err)
{
	uint64_t low, high;

	for (size_t i = 0; i < o->expect.n; i++)
		if (parse_range(o->expect.v[i], &low, &high) < 0)
			return err_set(err, FE_EUSAGE,
			    "--expect %s: wanted a status (200), a class (2xx) or a range "
			    "(200-299)",
			    o->expect.v[i]);
	for (size_t i = 0; i < o->send.n; i++)
		if (!strchr(o->send.v[i], ':') || strpbrk(o->send.v[i], "\r\n"))
			return err_set(err, FE_EUSAGE, "--send: wanted NAME:VALUE on one line");
	if (o->auth && !strchr(o->auth, ':'))
		return err_set(err, FE_EUSAGE, "--auth: wanted USER:PASSWORD");
	int rc = compile_headers(o, err);
	if (rc == 0)
		rc = parse_connect_to(o, err);
	/* A redirect may lead to https; a CA file that was named must be a good one. */
	if (rc == 0 && (o->redirects || o->cacert))
		rc = load_store(o, err);
	return rc < 0 ? rc : http_prepare(o->store != NULL, err);
}

int http_opts_target(struct http_opts *o, const char *target, struct err *err)
{
	bool tls = false;
	int rc = http_check_url(target, &tls, err);

	return rc == 0 && tls ? load_store(o, err) : rc;
}

static const char *address_of(const char *target)
{
	const char *hash = strrchr(target, '#');

	return hash && http_is_address(hash + 1) ? hash + 1 : NULL;
}

int http_opts_expand(
    const struct http_opts *o, const char *target, struct strv *suffixes, struct strv *targets)
{
	struct strv AUTO_STRV found = {0};
	AUTO_FREE char *host = NULL;
	uint16_t port;

	if (!o->each_address || address_of(target))
		return 0;
	http_host_port(target, &host, &port);
	if (http_resolve(host, &found, NULL) < 0)
		return 0;
	for (size_t i = 0; i < found.n; i++) {
		AUTO_FREE char *suffix = xstrdup(found.v[i]);
		for (char *c = suffix; *c; c++)
			*c = *c == '.' || *c == ':' || *c == '%' ? '-' : *c;
		strv_add(suffixes, suffix);
		strv_take(
		    targets, xasprintf("%.*s#%s", (int)strcspn(target, "#"), target, found.v[i]));
	}
	return 0;
}

struct http_request http_opts_request(const struct http_opts *o, const char *target)
{
	return (struct http_request){
	    .url = target,
	    .headers = &o->send,
	    .auth = o->auth,
	    .token = o->token,
	    .store = o->store,
	    .address = address_of(target),
	    .via = o->via,
	    .via_port = o->via_port,
	    .listed = o->each_address,
	    .redirects = (unsigned)o->redirects,
	    .max_body = BUF_MAX_OUTPUT,
	};
}

static bool status_wanted(const struct http_opts *o, int status)
{
	uint64_t low = 200, high = 299;

	for (size_t i = 0; i < o->expect.n; i++)
		if (parse_range(o->expect.v[i], &low, &high) == 0 && status >= (int)low &&
		    status <= (int)high)
			return true;
	return !o->expect.n && status >= (int)low && status <= (int)high;
}

static char *judge_status(const struct http_opts *o, const struct http_response *res)
{
	struct buf b = BUF_INIT(BUF_MAX_FILE);
	AUTO_FREE char *to = http_header(res, "location");
	AUTO_FREE char *shown = to ? http_shown_url(to) : NULL;

	buf_put(&b, "HTTP status %d, wanted %s", res->status, o->expect.n ? "" : "2xx");
	for (size_t i = 0; i < o->expect.n; i++)
		buf_put(&b, "%s%s", i ? " or " : "", o->expect.v[i]);
	if (shown && res->status >= 300 && res->status < 400)
		buf_put(&b, "; redirected to %s (--redirects N follows)", shown);
	return buf_take(&b);
}

char *http_opts_judge(const struct http_opts *o, const struct http_response *res)
{
	if (!status_wanted(o, res->status))
		return judge_status(o, res);
	for (size_t i = 0; i < o->header.n; i++) {
		const char *row = o->header.v[i];
		AUTO_FREE char *name = xmemdup0(row, strcspn(row, ":"));
		AUTO_FREE char *value = http_header(res, name);
		if (!value)
			return xasprintf("the answer has no header %s", name);
		if (pattern_find(o->compiled[i], value, strlen(value)) != 1)
			return xasprintf("header %s is \"%.200s\", wanted to match %s", name, value,
			    row + strlen(name) + 1);
	}
	return NULL;
}
