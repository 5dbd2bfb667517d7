/* SPDX-License-Identifier: MIT */
/* heroku_logs: an app's log, line by line, through a log session. */
#ifndef FE_LIB_HEROKU_LOGS_H
#define FE_LIB_HEROKU_LOGS_H

#include "heroku.h"

#define HEROKU_MAX_LOG_LINE (64UL * 1024)

struct heroku_log_opts {
	int64_t lines;      /* of history; < 0: the platform's default */
	bool tail;          /* go on */
	const char *source; /* "app", "heroku"; NULL: both */
	const char *dyno;   /* NULL: all */
	const char *type;   /* process type; NULL: all */
};

/* out: logplex_url, secret: whoever has it may read. Good for one reading, within minutes. */
enum heroku_class heroku_log_session(struct heroku *h, const char *app,
    const struct heroku_log_opts *opts, json_t **out, struct err *err);

struct heroku_log {
	const char *url; /* logplex_url; needs no key and gets none */
	/* One line without its end, NUL-terminated: "2026-06-18T09:00:01.5+00:00 app[web.1]: text";
	 * true: enough. */
	bool (*line)(void *arg, const char *line, size_t len);
	void *arg;
	uint64_t lines; /* handed out */
	bool stopped;   /* by line() */
};
/* Read to the end of the stream (a tail ends when the platform cuts it: make a new session) or
 * until line() has enough: OK. A session that cannot be read any more is NOT_FOUND or DENIED. */
enum heroku_class heroku_log_read(struct heroku *h, struct heroku_log *log, struct err *err);

#endif
