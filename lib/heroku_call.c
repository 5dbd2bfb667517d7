/* SPDX-License-Identifier: MIT */
/* One call: sent, judged, asked again where that is right and there is time. */
#include "clock.h"
#include "heroku_in.h"
#include "num.h"
#include "strv.h"
#include "xmem.h"

#define REDIRECTS 5
#define MAX_ASKED_S 3600

/* ---- answers ---- */

static void set_empty(struct heroku_answer *a)
{
	*a = (struct heroku_answer){
	    .class = HEROKU_DOWN,
	    .id = xstrdup(""),
	    .resource = xstrdup(""),
	    .request_id = xstrdup(""),
	    .confirm = xstrdup(""),
	    .next_range = xstrdup(""),
	    .remaining = -1,
	};
}

void heroku_answer_done(struct heroku_answer *a)
{
	json_decref(a->json);
	free(a->id);
	free(a->resource);
	free(a->request_id);
	free(a->confirm);
	free(a->next_range);
	*a = (struct heroku_answer){0};
}

void heroku_clear(struct heroku_answer *a)
{
	uint64_t waited = a->waited_ns;
	unsigned tries = a->tries;
	bool lost = a->lost;

	heroku_answer_done(a);
	set_empty(a);
	a->waited_ns = waited;
	a->tries = tries;
	a->lost = lost;
}

/* ---- one request ---- */

static void header_text(const struct http_response *res, const char *name, char **field)
{
	char *value = http_header(res, name);

	if (!value)
		return;
	free(*field);
	*field = value;
}

static uint64_t header_number(const struct http_response *res, const char *name, uint64_t fallback)
{
	AUTO_FREE char *value = http_header(res, name);
	uint64_t n = fallback;

	return value && num_u64(value, 0, INT64_MAX, &n) == 0 ? n : fallback;
}

static void warn(struct heroku *h, const struct http_response *res, const char *name)
{
	AUTO_FREE char *text = http_header(res, name);
	AUTO_FREE char *tame = text ? heroku_tame(h, text) : NULL;

	if (tame)
		h->opts.warn(h->opts.arg, tame);
}

static void take_headers(
    struct heroku *h, const struct http_response *res, struct heroku_answer *out)
{
	AUTO_FREE char *date = http_header(res, "date");
	AUTO_FREE char *request = http_header(res, "request-id");
	uint64_t none = UINT64_MAX, left = header_number(res, "ratelimit-remaining", none);

	out->status = res->status;
	out->date = date ? heroku_time(date) : 0;
	if (left != none)
		out->remaining = (int64_t)left;
	if (request) {
		free(out->request_id);
		out->request_id = heroku_tame(h, request);
	}
	header_text(res, "next-range", &out->next_range);
	warn(h, res, "x-heroku-warning");
	warn(h, res, "warning-message");
}

/* The body of a success has to be whole JSON, or nothing. */
static void take_body(const struct heroku_call *call, const struct http_response *res,
    struct heroku_answer *out, struct err *err)
{
	json_error_t bad;

	if (res->body_bytes > res->body.len) {
		out->class = HEROKU_DOWN;
		err_set(err, FE_ELIMIT, "%s %s: the answer has more than %lu bytes", call->method,
		    call->path, HEROKU_MAX_BODY);
		return;
	}
	out->json = json_loadb(buf_str(&res->body), res->body.len, JSON_DECODE_ANY, &bad);
	if (out->json || !res->body.len || heroku_class_of(res->status) != HEROKU_OK)
		return;
	out->class = HEROKU_DOWN;
	err_set(err, FE_EPROTO, "%s %s: %d, request %s: the body is no JSON (byte %d of %zu)",
	    call->method, call->path, res->status, *out->request_id ? out->request_id : "?",
	    bad.position, res->body.len);
}

static enum heroku_class class_of_failure(int rc)
{
	return rc == FE_ESYS ? HEROKU_LOCAL : rc == FE_EUSAGE ? HEROKU_INVALID : HEROKU_DOWN;
}

static struct http_request request_for(struct heroku *h, const struct heroku_call *call,
    const char *url, const char *body, const struct strv *headers)
{
	struct backoff_now now = heroku_now(h);
	struct http_request req = {
	    .url = url,
	    .method = call->method,
	    .headers = headers,
	    .token = h->key,
	    .body = body,
	    .body_len = body ? strlen(body) : 0,
	    .store = h->store,
	    .redirects = strcmp(call->method, "GET") == 0 ? REDIRECTS : 0,
	    .max_body = HEROKU_MAX_BODY,
	    .silence_s = h->opts.silence_s,
	};

	if (now.deadline_ns)
		req.timeout_ns = now.deadline_ns > now.now_ns ? now.deadline_ns - now.now_ns : 1;
	return req;
}

void heroku_send(struct heroku *h, const struct heroku_call *call, const char *body,
    struct heroku_sent *sent, struct heroku_answer *out, struct err *err)
{
	AUTO_FREE char *url = xasprintf("%s%s", h->url, call->path);
	AUTO_FREE char *range = call->range ? xasprintf("Range: %s", call->range) : NULL;
	struct strv AUTO_STRV headers = {0};
	struct http_response res;

	strv_add(&headers, "Accept: application/vnd.heroku+json; version=3");
	if (body)
		strv_add(&headers, "Content-Type: application/json");
	if (range)
		strv_add(&headers, range);
	struct http_request req = request_for(h, call, url, body, &headers);
	sent->rc = h->world.perform(h->world.arg, &req, &res, err);
	sent->left = res.phase >= HTTP_TTFB;
	sent->asked_ns = NS_PER_S * header_number(&res, "retry-after", 0);
	if (sent->asked_ns > MAX_ASKED_S * NS_PER_S)
		sent->asked_ns = MAX_ASKED_S * NS_PER_S;
	take_headers(h, &res, out);
	if (sent->rc < 0) {
		out->status = 0;
		out->class = class_of_failure(sent->rc);
		err_wrap(err, "%s %s", call->method, call->path);
	} else {
		out->class = heroku_class_of(out->status);
		take_body(call, &res, out, err);
		if (heroku_class_of(out->status) != HEROKU_OK)
			heroku_judge(h, call, &res, out, err);
	}
	http_response_done(&res);
}

/* ---- again? ---- */

static bool repeats(const struct heroku_call *call)
{
	if (call->flags & (HEROKU_ONCE | HEROKU_AGAIN))
		return call->flags & HEROKU_AGAIN;
	return strcmp(call->method, "POST") != 0;
}

/* Is this answer a reason to ask again, and which? */
static bool event_of(const struct heroku *h, const struct heroku_call *call,
    const struct heroku_sent *sent, const struct heroku_answer *out, enum backoff_event *event)
{
	*event = out->class == HEROKU_LIMITED ? BACKOFF_LIMITED : BACKOFF_TROUBLE;
	if (out->class == HEROKU_LIMITED)
		return true;
	/* A certificate does not get better by asking again. */
	if (out->class != HEROKU_DOWN || sent->rc == FE_EAUTH || h->opts.once)
		return false;
	return !sent->left || repeats(call);
}

static void tell_tries(const struct heroku_answer *out, struct err *err)
{
	if (!err || !err->text || out->tries < 2)
		return;
	AUTO_FREE char *text = xstrdup(err->text);
	err_set(err, err->code, "%s (asked %u times)", text, out->tries);
}

static void wait_for(struct heroku *h, struct heroku_answer *out, bool limited, uint64_t ns)
{
	out->waited_ns += ns;
	h->limited_ns += limited ? ns : 0;
	heroku_sleep(h, ns);
}

static void try_until(struct heroku *h, const struct heroku_call *call, const char *body,
    struct heroku_answer *out, struct err *err)
{
	struct backoff_now at = heroku_now(h);
	uint64_t wait = backoff_begin(&h->backoff, &at);
	bool limited = true; /* before the first, it is an earlier limit that slows us down */

	for (;;) {
		struct heroku_sent sent = {0};
		enum backoff_event event;
		wait_for(h, out, limited, wait);
		heroku_clear(out);
		err_done(err);
		out->tries++;
		heroku_send(h, call, body, &sent, out, err);
		if (out->class == HEROKU_DOWN && sent.left)
			out->lost = true;
		if (!event_of(h, call, &sent, out, &event))
			break;
		limited = event == BACKOFF_LIMITED;
		at = heroku_now(h);
		at.asked_ns = sent.asked_ns;
		if (!backoff_again(&h->backoff, &backoff_platform, event, &at, &wait))
			break;
	}
	/* Who does not tell what is left is taken to have a tenth. */
	uint64_t left =
	    out->remaining < 0 ? backoff_platform.allowed / 10 : (uint64_t)out->remaining;
	if (out->class == HEROKU_OK)
		backoff_went_well(&h->backoff, &backoff_platform, left);
}

static void keep_last(
    struct heroku_last *last, const struct heroku_call *call, const struct heroku_answer *a)
{
	free(last->path);
	free(last->id);
	free(last->resource);
	free(last->request_id);
	*last = (struct heroku_last){
	    .path = xstrdup(call->path),
	    .status = a->status,
	    .id = xstrdup(a->id),
	    .resource = xstrdup(a->resource),
	    .request_id = xstrdup(a->request_id),
	    .date = a->date,
	};
}

enum heroku_class heroku_do(
    struct heroku *h, const struct heroku_call *call, struct heroku_answer *out, struct err *err)
{
	struct err own = ERR_INIT;
	char *body = call->body ? json_dumps(call->body, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

	json_decref(call->body);
	set_empty(out);
	try_until(h, call, body, out, err ? err : &own);
	keep_last(&h->last, call, out);
	/* Of an earlier try that was lost, this is the trace. */
	bool gone =
	    out->class == HEROKU_NOT_FOUND &&
	    ((call->flags & HEROKU_GONE) || (out->lost && strcmp(call->method, "DELETE") == 0));
	if (gone)
		out->class = HEROKU_OK;
	if (out->class == HEROKU_OK) {
		out->lost = false;
		err_done(err);
	} else {
		tell_tries(out, err);
	}
	if (body)
		explicit_bzero(body, strlen(body));
	free(body);
	err_done(&own);
	return out->class;
}

enum heroku_class heroku_call(struct heroku *h, const char *method, const char *path, json_t *body,
    json_t **out, struct err *err)
{
	struct heroku_call call = {.method = method, .path = path, .body = body};
	struct heroku_answer answer;
	enum heroku_class class = heroku_do(h, &call, &answer, err);

	if (out)
		*out = class == HEROKU_OK ? json_incref(answer.json) : NULL;
	heroku_answer_done(&answer);
	return class;
}
