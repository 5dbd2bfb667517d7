/* SPDX-License-Identifier: MIT */
/* router_answer: from the dyno to the client, and the line that ends a visit. */
#include <stdlib.h>

#include "num.h"
#include "router_in.h"
#include "router_line.h"

/* The line, once per visit to an app. */
static void say(struct visit *v, unsigned code)
{
	struct buf AUTO_BUF line = BUF_INIT(ROUTER_HEAD_MAX * 4);
	bool dialled = v->dial_ms != 0;
	int64_t service =
	    dialled && code != 19 && code != 21 ? (int64_t)(router_now(v) - v->dial_ms) : -1;
	const struct router_line l = {.code = code,
	    .method = v->head.first[0],
	    .path = v->path,
	    .host = v->host,
	    .request_id = v->id,
	    .fwd = v->fwd,
	    .dyno = dialled ? v->target.dyno : NULL,
	    .connect_ms = dialled ? (int64_t)v->connect_ms : -1,
	    .service_ms = service,
	    .status = code && !v->status ? router_line_status(code) : v->status,
	    .bytes = service >= 0 ? (int64_t)v->bytes : -1,
	    .protocol = v->router->rules.tls ? "https" : "http"};

	if (v->has_app && router_line_write(&l, &line) == 0)
		v->router->ev.log(v->router->ev.arg, v->target.app, buf_str(&line));
}

/* It ends with this code; a client that has seen nothing yet gets the platform's page. */
void router_fail(struct visit *v, unsigned code)
{
	struct buf AUTO_BUF page = BUF_INIT(4096);

	say(v, code);
	if (!v->status && code != 27 && router_line_page(code, v->id, &page) == 0)
		(void)link_write(v->client, page.p, page.len);
	router_leave(v, true);
}

/* Response. */

void router_answer_late(uv_timer_t *timer)
{
	struct visit *v = timer->data;

	router_fail(v, v->phase == STREAMING ? 15 : 12);
}

static void finished(struct visit *v)
{
	say(v, 0);
	router_again(v);
}

/* Bytes of the body go to the client; true when it is complete. */
static bool pass_body(struct visit *v, const char *p, size_t n)
{
	bool done = v->answer_body == HEAD_NONE;

	if (v->answer_body == HEAD_LENGTH) {
		n = n < v->answer_left ? n : (size_t)v->answer_left;
		v->answer_left -= n;
		done = v->answer_left == 0;
	} else if (v->answer_body == HEAD_CHUNKED) {
		n = head_chunks_feed(&v->answer_chunks, p, n);
		done = v->answer_chunks.done;
	}
	if (done && v->answer_body == HEAD_NONE)
		n = 0;
	v->bytes += n;
	if (n)
		(void)link_write(v->client, p, n);
	if (!done && link_queued(v->client) > FLOW_HIGH)
		flow_pause(v->dyno, true);
	return done;
}

/* Pass on the response's head; FE_EPROTO: H17. A head of 100 is passed on and not the answer. */
static int pass_head(struct visit *v, size_t len)
{
	struct head h;
	struct buf AUTO_BUF text = BUF_INIT(ROUTER_HEAD_MAX * 2);

	if (head_parse(v->out.p, len, &h) < 0)
		return FE_EPROTO;
	int rc = head_response_body(&h, v->head.first[0], &v->answer_body, &v->answer_left);
	uint64_t status = 0;
	bool upgrade = strcmp(h.first[1], "101") == 0;

	if (rc == 0)
		rc = num_u64(h.first[1], 100, 999, &status);
	if (upgrade)
		v->answer_body = HEAD_TO_END;
	v->keep = v->keep && v->answer_body != HEAD_TO_END;
	if (!upgrade)
		head_set(&h, "Connection", v->keep ? "keep-alive" : "close");
	head_set(&h, "Keep-Alive", NULL);
	head_set(&h, "Via", "1.1 sandbox-router");
	if (rc == 0)
		rc = head_write(&h, &text);
	if (rc == 0)
		(void)link_write(v->client, text.p, text.len);
	head_done(&h);
	buf_drop(&v->out, len);
	if (rc == 0 && (status >= 200 || upgrade)) {
		v->status = (int)status;
		v->phase = STREAMING;
		if (upgrade)
			v->body = HEAD_TO_END;
	}
	return rc;
}

void router_answer(void *arg, const char *p, size_t n)
{
	struct visit *v = arg;

	if (v->phase == WAITING) {
		size_t len;

		if (buf_add(&v->out, p, n) < 0) {
			router_fail(v, 17);
			return;
		}
		while (v->phase == WAITING && (len = head_length(v->out.p, v->out.len)) > 0)
			if (pass_head(v, len) < 0) {
				router_fail(v, 17);
				return;
			}
		if (v->phase == WAITING)
			return;
		p = buf_str(&v->out);
		n = v->out.len;
	}
	router_timer(v, v->router->rules.idle_ms, router_answer_late);
	if (pass_body(v, p, n))
		finished(v);
	else
		buf_clear(&v->out);
}

void router_answer_end(void *arg)
{
	struct visit *v = arg;

	if (v->phase == WAITING)
		router_fail(v, v->out.len ? 17 : 13);
	else if (v->answer_body == HEAD_TO_END)
		finished(v);
	else
		router_fail(v, 18);
}
