/* SPDX-License-Identifier: MIT */
/* canary: a one-off run's terminal. */
#include "canary.h"
#include "rendezvous.h"

struct session {
	struct try *try;
	struct buf *output;
	uint64_t lost;
};

static void take(void *arg, const char *p, size_t n)
{
	struct session *s = arg;
	size_t room = s->output->max - s->output->len, taken = n < room ? n : room;

	(void)!buf_add(s->output, p, taken);
	s->lost += n - taken;
}

static void entered(void *arg, enum rendezvous_phase phase)
{
	struct session *s = arg;

	if (phase == RENDEZVOUS_OUTPUT)
		try_mark(s->try, "join");
	try_enter(s->try, phase == RENDEZVOUS_OUTPUT ? "output" : "join");
}

bool canary_attach(struct canary *c, const char *url, struct buf *output, int *out_status)
{
	struct session s = {.try = c->try, .output = output};
	struct tls_store *store = heroku_store(c->api, &c->err);
	struct rendezvous_opts opts = {.attach_url = url,
	    .store = store,
	    .deadline_ns = heroku_deadline_ns(c->api),
	    .output = take,
	    .entered = entered,
	    .arg = &s};
	struct rendezvous_result r;

	if (!store)
		return canary_unknown(c, "local", "%s", err_text(&c->err));
	enum rendezvous_fault fault = rendezvous_run(&opts, &r, &c->err);
	if (s.lost)
		try_evidence(c->try, "output_lost", "%llu", (unsigned long long)s.lost);
	if (fault == RENDEZVOUS_LOCAL)
		return canary_unknown(c, "local", "%s", err_text(&c->err));
	if (fault != RENDEZVOUS_OK)
		return canary_fail(c, "%s", err_text(&c->err));
	try_mark(c->try, "output");
	*out_status = r.status;
	return true;
}
