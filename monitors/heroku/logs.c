/* SPDX-License-Identifier: MIT */
/* heroku/logs: a request is made; how long until the log has the router's line about it? */
#include <string.h>

#include "canary.h"
#include "heroku_logs.h"
#include "xmem.h"

static bool is_mark(void *arg, const char *line, size_t len)
{
	(void)len;
	return strstr(line, *(const char **)arg) != NULL;
}

static bool open_session(struct canary *c, char **url)
{
	struct heroku_log_opts opts = {.lines = 100, .tail = true}; /* it may be there already */
	json_t *session = NULL;
	enum heroku_class class = heroku_log_session(c->api, c->app, &opts, &session, &c->err);

	free(*url);
	*url = xstrdup(heroku_str(session, "logplex_url"));
	json_decref(session);
	return canary_ok(c, "session", class);
}

/* Read until the mark is seen. A tail may be cut at any time: then by a new session. */
static bool await(struct canary *c, char **url, const char *mark)
{
	struct heroku_log log = {.line = is_mark, .arg = &mark};

	do {
		log.url = *url;
		if (!canary_ok(c, "read", heroku_log_read(c->api, &log, &c->err)))
			return false;
	} while (!log.stopped && canary_pause(c, "the line") && open_session(c, url));
	return log.stopped;
}

static int probe(struct try *t)
{
	struct canary c;
	AUTO_FREE char *token = canary_token();
	AUTO_FREE char *path = xasprintf("/mark-%s", token);
	AUTO_FREE char *url = NULL;

	if (!canary_open(&c, t, "logs") || !canary_url(&c))
		return canary_end(&c);
	try_start(t);
	try_enter(t, "session");
	if (open_session(&c, &url)) {
		try_mark(t, "session");
		try_enter(t, "write");
		if (canary_answers(&c, path, NULL, NULL)) {
			try_mark(t, "write");
			try_enter(t, "seen");
			if (await(&c, &url, path))
				try_mark(t, "seen");
		}
	}
	return canary_end(&c);
}

int main(int argc, char **argv)
{
	static const struct mon_spec spec = {
	    .name = "heroku/logs",
	    .summary = "make a request and wait until the log tells of it",
	    .about = "Opens a log session of APP-logs, gets a page whose path is by chance, and\n"
		     "reads until the router's line has it (phases session, write and seen).",
	    .targets = MON_NO_TARGETS,
	    .check = "line",
	    .multiple = 12,
	    .probe = probe,
	    CANARY_SPEC,
	};

	return mon_main(argc, argv, &spec);
}
