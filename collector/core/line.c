/* SPDX-License-Identifier: MIT */
/* line: who sent it decides what is looked for. */
#include "line.h"

#include "line_in.h"
#include "scan.h"

const char *line_kind_name(enum line_kind kind)
{
	static const char *const names[] = {
#define X(name, text) [LINE_##name] = (text),
	    LINE_KIND_LIST(X)
#undef X
	};

	return names[kind];
}

struct word eat_word(struct cursor *c)
{
	const char *start = c->at;

	c->at = scan_byte(c->at, c->end, ' ');
	return (struct word){start, (size_t)(c->at - start)};
}

const char *find_first(const char *p, const char *end, struct word what)
{
	return p < end ? memmem(p, (size_t)(end - p), what.p, what.len) : NULL;
}

const char *find_last(const char *p, const char *end, struct word what)
{
	for (const char *at = end - what.len; at >= p; at--)
		if (*at == *what.p && memcmp(at, what.p, what.len) == 0)
			return at;
	return NULL;
}

static struct word text_of(const struct frame *f)
{
	size_t len = f->text_len;

	if (len > 0 && f->text[len - 1] == '\n')
		len--;
	return (struct word){f->text, len};
}

/* heroku/router, heroku/logplex, and heroku/TYPE.N: the dyno manager. */
static bool read_platform(struct word proc, struct word text, struct line *out)
{
	if (word_is(proc, WORD("router"))) {
		out->kind = LINE_ROUTER;
		line_router_read(text, &out->router);
		return true;
	}
	if (word_is(proc, WORD("logplex")) || word_is(proc, WORD("log-shuttle")))
		return line_loss_read(text, out);
	return line_dyno_read(text, out) || line_metrics_read(text, LINE_RUNTIME, out);
}

/* app/NAME where NAME is the platform's: no user's process is called so (facts/dynos.md 5.2). */
static bool read_reserved(struct word proc, struct word text, struct line *out)
{
	if (word_is(proc, WORD("api")))
		return line_api_read(text, out);
	if (word_is(proc, WORD("heroku-postgres")))
		return line_metrics_read(text, LINE_POSTGRES, out);
	if (word_is(proc, WORD("heroku-redis")))
		return line_metrics_read(text, LINE_REDIS, out);
	if (word_is(proc, WORD("log-shuttle")))
		return line_loss_read(text, out);
	if (word_starts(proc, WORD("postgres.")))
		return line_database_log_read(text, out);
	/* An attached one-off's error comes under app, from where no user text does. */
	return word_starts(proc, WORD("run.")) && word_starts(text, WORD("Error R13 (")) &&
	       line_dyno_read(text, out);
}

void line_read(const struct frame *f, struct line *out)
{
	struct word app = {f->app, f->app_len}, proc = {f->procid, f->procid_len};
	struct word text = text_of(f);

	out->kind = LINE_PLAIN;
	out->text = text;
	if (word_is(app, WORD("heroku"))) {
		read_platform(proc, text, out);
		return;
	}
	if (line_ferret_read(text, out))
		return;
	if (word_is(app, WORD("app")) && read_reserved(proc, text, out))
		return;
	line_metrics_read(text, LINE_METRICS, out);
}
