/* SPDX-License-Identifier: MIT */
/* What goes to and comes from addresses that the API names: uploads, build output, logs. None of
 * them gets the key; none of their addresses is told in full, for they are secrets themselves. */
#include "clock.h"
#include "heroku_deploy.h"
#include "heroku_in.h"
#include "heroku_logs.h"
#include "strv.h"
#include "xmem.h"

#define APPEAR_NS (30 * NS_PER_S) /* so long a stream may be 404 at first */
#define POLL_NS (250 * NS_PER_MS)
#define RESUMES 20
#define REDIRECTS 5
#define QUIET_S 120 /* a stream that says nothing for so long may be dead: asked for anew */

/* One request to such an address, judged. status and class into a. */
static enum heroku_class fetch(
    struct heroku *h, struct http_request *req, struct http_response *res, struct err *err)
{
	struct backoff_now at = heroku_now(h);
	bool tls = false;

	memset(res, 0, sizeof *res);
	if (http_check_url(req->url, &tls, err) < 0)
		return err_set(err, FE_EPROTO, "the platform named an address that is no URL"),
		       HEROKU_DOWN;
	if (tls && !heroku_store(h, err))
		return HEROKU_LOCAL;
	req->store = h->store;
	req->max_body = BUF_MAX_TEXT;
	if (at.deadline_ns)
		req->timeout_ns = at.deadline_ns > at.now_ns ? at.deadline_ns - at.now_ns : 1;
	int rc = h->world.perform(h->world.arg, req, res, err);
	const char *shown = res->shown_url ? res->shown_url : "(a stream)";
	if (rc < 0) {
		err_wrap(err, "%s %s", req->method ? req->method : "GET", shown);
		return rc == FE_ESYS ? HEROKU_LOCAL : HEROKU_DOWN;
	}
	enum heroku_class class = heroku_class_of(res->status);
	if (class != HEROKU_OK)
		err_set(err, heroku_code(class), "%s %s: %d", req->method ? req->method : "GET",
		    shown, res->status);
	return class;
}

/* ---- uploads ---- */

enum heroku_class heroku_upload(
    struct heroku *h, const char *url, int fd, uint64_t len, struct err *err)
{
	struct backoff backoff = {0};

	for (;;) {
		struct http_request req = {
		    .url = url,
		    .method = "PUT",
		    .body_fd = &fd,
		    .upload = len,
		    .silence_s = h->opts.silence_s,
		};
		struct http_response res;
		uint64_t wait;
		err_done(err);
		enum heroku_class class = fetch(h, &req, &res, err);
		http_response_done(&res);
		enum backoff_event event =
		    class == HEROKU_LIMITED ? BACKOFF_LIMITED : BACKOFF_TROUBLE;
		struct backoff_now at = heroku_now(h);
		if ((class != HEROKU_DOWN && class != HEROKU_LIMITED) ||
		    !backoff_again(&backoff, &backoff_platform, event, &at, &wait))
			return class;
		heroku_sleep(h, wait);
	}
}

/* ---- output ---- */

struct reading {
	struct heroku_output *o;
	const struct http_response *res;
	uint64_t skip; /* bytes that come again where the server begins anew */
	bool met;      /* skip is decided */
	bool moved;    /* something came this time */
};

static bool hand_out(struct reading *r, const char *p, size_t n)
{
	if (r->skip >= n) {
		r->skip -= n;
		return false;
	}
	p += r->skip;
	n -= (size_t)r->skip;
	r->skip = 0;
	r->o->bytes += n;
	return r->o->take(r->o->arg, p, n);
}

/* A NUL is a heartbeat, no part of the text. */
static bool on_output(void *arg, const void *p, size_t n)
{
	struct reading *r = arg;
	const char *from = p, *end = from + n;

	if (!r->met) {
		AUTO_FREE char *part = http_header(r->res, "content-range");
		r->skip = part ? 0 : r->o->bytes;
		r->met = true;
	}
	r->moved = true;
	while (from < end) {
		const char *nul = memchr(from, 0, (size_t)(end - from));
		size_t len = (size_t)((nul ? nul : end) - from);
		if (len && hand_out(r, from, len))
			return true;
		from += len + (nul != NULL);
	}
	return false;
}

static enum heroku_class read_once(
    struct heroku *h, struct heroku_output *o, struct reading *r, struct err *err)
{
	struct strv AUTO_STRV headers = {0};
	struct http_response res;
	struct http_request req = {
	    .url = o->url,
	    .headers = &headers,
	    .redirects = REDIRECTS,
	    .silence_s = QUIET_S,
	    .received = on_output,
	    .arg = r,
	};

	*r = (struct reading){.o = o, .res = &res};
	if (o->bytes)
		strv_take(&headers, xasprintf("Range: bytes=%llu-", (unsigned long long)o->bytes));
	enum heroku_class class = fetch(h, &req, &res, err);
	/* Nothing behind what we have: that was all. */
	if (res.status == 416 && o->bytes) {
		err_done(err);
		class = HEROKU_OK;
	}
	http_response_done(&res);
	return class;
}

enum heroku_class heroku_output_read(struct heroku *h, struct heroku_output *o, struct err *err)
{
	uint64_t begun = heroku_now(h).now_ns;
	unsigned resumes = 0;

	for (;;) {
		struct reading r;
		err_done(err);
		enum heroku_class class = read_once(h, o, &r, err);
		struct backoff_now at = heroku_now(h);
		bool later =
		    class == HEROKU_NOT_FOUND && !o->bytes && at.now_ns - begun < APPEAR_NS;
		bool resume = class == HEROKU_DOWN && resumes < RESUMES;
		if (!later && !resume)
			return class;
		if (at.deadline_ns && at.now_ns + POLL_NS >= at.deadline_ns)
			return class;
		resumes = r.moved ? 0 : resumes + resume;
		heroku_sleep(h, POLL_NS);
	}
}

/* ---- logs ---- */

enum heroku_class heroku_log_session(struct heroku *h, const char *app,
    const struct heroku_log_opts *opts, json_t **out, struct err *err)
{
	AUTO_FREE char *path = heroku_path("/apps/%s/log-sessions", app);
	struct heroku_new what = {
	    .path = path,
	    .body = json_pack("{s:b, s:o*, s:s*, s:s*, s:s*}", "tail", (int)opts->tail, "lines",
		opts->lines < 0 ? NULL : json_integer(opts->lines), "source", opts->source,
		"dyno_name", opts->dyno, "type", opts->type),
	    .again = true,
	};

	return heroku_create(h, &what, out, err);
}

struct log_reading {
	struct heroku_log *log;
	struct buf line;
	bool endless;
};

static bool end_line(struct log_reading *r)
{
	struct buf *b = &r->line;

	while (b->len && b->p[b->len - 1] == '\r')
		b->p[--b->len] = 0;
	if (!b->len)
		return false;
	r->log->lines++;
	r->log->stopped = r->log->line(r->log->arg, buf_str(b), b->len);
	buf_clear(b);
	return r->log->stopped;
}

static bool on_log(void *arg, const void *p, size_t n)
{
	struct log_reading *r = arg;
	const char *from = p, *end = from + n;

	while (from < end) {
		const char *newline = memchr(from, '\n', (size_t)(end - from));
		size_t len = (size_t)((newline ? newline : end) - from);
		r->endless = buf_add(&r->line, from, len) < 0;
		if (r->endless || (newline && end_line(r)))
			return true;
		from += len + (newline != NULL);
	}
	return false;
}

enum heroku_class heroku_log_read(struct heroku *h, struct heroku_log *log, struct err *err)
{
	struct log_reading r = {.log = log, .line = BUF_INIT(HEROKU_MAX_LOG_LINE)};
	struct http_request req = {
	    .url = log->url, .redirects = REDIRECTS, .received = on_log, .arg = &r};
	struct http_response res;
	enum heroku_class class = fetch(h, &req, &res, err);

	if (r.endless) {
		err_set(err, FE_EPROTO, "a log line has more than %lu bytes", HEROKU_MAX_LOG_LINE);
		class = HEROKU_DOWN;
	} else if (class == HEROKU_OK && !log->stopped) {
		(void)end_line(&r);
	}
	http_response_done(&res);
	buf_done(&r.line);
	return class;
}
