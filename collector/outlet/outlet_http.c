/* SPDX-License-Identifier: MIT */
/* outlet_http: outlets over HTTP. */
#include "clock.h"
#include "outlet_drive.h"
#include "post.h"
#include "xmem.h"

#define TEXT_MAX (1024UL * 1024)
#define ASKED_MAX_NS (600 * NS_PER_S) /* a longer Retry-After counts as this */

struct http {
	struct post *post;
	struct outlet_http_rules rules;
	struct outlet_request lane[OUTLET_LANES_MAX];
};

void *outlet_http_new(const struct outlet_http_rules *rules, struct err *err)
{
	struct post_rules post = {.url = rules->url,
	    .label = rules->label,
	    .user = rules->user,
	    .password = rules->password,
	    .agent = "ferret/" FERRET_VERSION,
	    .cacert = rules->cacert,
	    .lanes = rules->lanes,
	    .timeout_ms = OUTLET_ANSWER_MS,
	    .connect_ms = OUTLET_CONNECT_MS};
	struct post *p = post_new(&post, err);
	struct http *h;

	if (!p)
		return NULL;
	h = xcalloc(1, sizeof *h);
	h->post = p;
	h->rules = *rules;
	h->rules.url = h->rules.user = h->rules.password = NULL;
	for (unsigned i = 0; i < rules->lanes; i++)
		buf_init(&h->lane[i].text, TEXT_MAX);
	return h;
}

static void http_send(void *driver, const struct outlet_job *job)
{
	struct http *h = driver;
	struct outlet_request *r = &h->lane[job->lane];

	strv_done(&r->headers);
	buf_clear(&r->text);
	r->body = NULL;
	r->len = 0;
	r->query = NULL;
	h->rules.encode(h->rules.arg, job, r);
	post_send(h->post, job->lane,
	    &(struct post_request){
		.headers = &r->headers, .query = r->query, .body = r->body, .len = r->len});
}

static void http_wait(void *driver, int wake, int timeout_ms)
{
	struct http *h = driver;
	struct pollfd fd = {.fd = wake, .events = POLLIN};

	post_wait(h->post, &fd, 1, timeout_ms);
}

static enum outlet_verdict verdict_of(int status, bool away)
{
	if (away)
		return OUTLET_AWAY;
	if (status >= 200 && status < 300)
		return OUTLET_TAKEN;
	if (status == 429)
		return OUTLET_LIMITED;
	return status >= 400 && status < 500 ? OUTLET_REFUSED : OUTLET_AGAIN;
}

static bool http_answer(void *driver, struct outlet_answer *out)
{
	struct http *h = driver;
	struct post_answer a;

	if (!post_answer(h->post, &a))
		return false;
	out->lane = a.lane;
	out->verdict = verdict_of(a.status, a.away);
	out->asked_ns = a.retry_after_ns < ASKED_MAX_NS ? a.retry_after_ns : ASKED_MAX_NS;
	if (a.status)
		(void)snprintf(out->why, sizeof out->why, "HTTP %d", a.status);
	else
		(void)snprintf(out->why, sizeof out->why, "%s", a.why);
	return true;
}

static void http_free(void *driver)
{
	struct http *h = driver;

	post_free(h->post);
	for (unsigned i = 0; i < OUTLET_LANES_MAX; i++) {
		strv_done(&h->lane[i].headers);
		buf_done(&h->lane[i].text);
	}
	free(h);
}

const struct outlet_driver outlet_http = {http_send, http_wait, http_answer, http_free};
