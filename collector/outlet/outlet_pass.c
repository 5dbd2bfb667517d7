/* SPDX-License-Identifier: MIT */
/* outlet_pass: requests of drains as they came, for a second drain. */
#include "outlet_pass.h"

#include "clock.h"
#include "frame.h"
#include "xmem.h"

#define LOSS_PRI 172
#define APP_MAX 1024UL /* bytes of an app's name, escaped */

struct outlet_pass {
	struct strv headers;
	char *query; /* NULL: none */
	size_t len;
	char body[];
};

static bool is_clean(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value < ' ' || *value == 127)
			return false;
	return true;
}

static void add_header(struct strv *headers, const char *name, const char *value)
{
	if (value && *value && is_clean(value))
		strv_take(headers, xasprintf("%s: %s", name, value));
}

static void add_id(struct strv *headers, uint64_t seed, uint64_t serial)
{
	strv_take(headers, xasprintf("Logplex-Frame-Id: %016llx%016llx", (unsigned long long)seed,
			       (unsigned long long)serial));
}

static char *query_of(const char *app)
{
	struct buf AUTO_BUF b = BUF_INIT(APP_MAX);
	int rc = buf_adds(&b, "app=");

	for (; !rc && *app; app++)
		rc = (*app >= 'a' && *app <= 'z') || (*app >= 'A' && *app <= 'Z') ||
			     (*app >= '0' && *app <= '9') || strchr("-._~", *app)
			 ? buf_addc(&b, *app)
			 : buf_addf(&b, "%%%02X", (unsigned char)*app);
	return rc ? NULL : buf_take(&b); /* a name too long for anybody is none */
}

struct outlet_pass *outlet_pass_new(const struct outlet_taken *t, uint64_t seed, uint64_t serial)
{
	struct outlet_pass *p = xmalloc(sizeof *p + t->len);

	*p = (struct outlet_pass){.len = t->len};
	memcpy(p->body, t->body, t->len);
	add_header(&p->headers, "Content-Type", t->type ? t->type : "application/logplex-1");
	add_header(&p->headers, "Logplex-Msg-Count", t->count);
	add_header(&p->headers, "Logplex-Drain-Token", t->token);
	if (t->id && *t->id && is_clean(t->id))
		add_header(&p->headers, "Logplex-Frame-Id", t->id);
	else
		add_id(&p->headers, seed, serial);
	if (t->app && *t->app)
		p->query = query_of(t->app);
	return p;
}

void outlet_pass_free(void *pass)
{
	struct outlet_pass *p = pass;

	strv_done(&p->headers);
	free(p->query);
	free(p);
}

static void encode_loss(uint64_t seed, const struct outlet_job *job, struct outlet_request *out)
{
	const struct frame_head head = {.pri = LOSS_PRI,
	    .at_ms = clock_wall_ms(),
	    .host = "host",
	    .app = "heroku",
	    .procid = "logplex"};
	char since[FRAME_TIME_LEN + 1];

	frame_time(since, job->since_ms);
	AUTO_FREE char *text =
	    xasprintf("Error L10 (output buffer overflow): %llu messages dropped since %s.",
		(unsigned long long)job->tell, since);

	fe_assert(frame_write(&out->text, &head, text, strlen(text)) == 0);
	out->body = out->text.p;
	out->len = out->text.len;
	add_header(&out->headers, "Content-Type", "application/logplex-1");
	add_header(&out->headers, "Logplex-Msg-Count", "1");
	/* The same loss, told again, has the same id. */
	add_id(&out->headers, seed, (uint64_t)job->since_ms << 20 ^ job->tell);
}

void outlet_pass_encode(void *seed, const struct outlet_job *job, struct outlet_request *out)
{
	const struct outlet_pass *p = job->items ? job->item[0].load : NULL;

	if (!p) {
		encode_loss(*(uint64_t *)seed, job, out);
		return;
	}
	for (size_t i = 0; i < p->headers.n; i++)
		strv_add(&out->headers, p->headers.v[i]);
	out->query = p->query;
	out->body = p->body;
	out->len = p->len;
}
