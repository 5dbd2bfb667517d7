/* SPDX-License-Identifier: MIT */
/*
 * line: what a frame's text says, found in one pass and without a copy.
 *
 * line_read looks at who sent it first (facts/dynos.md 5.3): the platform's own processes are told
 * by the frame's fields, never by words in the text, so that no app can log itself a router error;
 * all else is user text, in which only Ferret's lines and l2met's metrics are looked for. Anything
 * else is LINE_PLAIN (to be counted by its source), never an error.
 *
 * All words point into the frame's text; quoted ones keep their escapes (logfmt_unquote). A number
 * that is not there is -1, a word an empty one. Pure.
 */
#ifndef FE_COLLECTOR_LINE_H
#define FE_COLLECTOR_LINE_H

#include "frame.h"
#include "word.h"

#define LINE_KIND_LIST(X)                                                                          \
	X(PLAIN, "plain")                                                                          \
	/* Ferret's own (docs/lines.md): struct line_ferret */                                     \
	X(VERDICT, "verdict") /* the fifth line, or a part of it */                                \
	X(ENTER, "enter")                                                                          \
	X(STATUS, "status") /* status=S, in the last try with measure=success or failure */        \
	X(UPTIME, "uptime") /* val=100 measure=uptime */                                           \
	X(RETURN, "return") /* at=return val=S measure=time */                                     \
	X(TIMEOUT, "timeout")                                                                      \
	X(OUTPUT, "output")   /* at=failure, unknown or warning with out="..." */                  \
	X(EVENT, "event")     /* the supervisor's: source="runner.NAME" at=start ... */            \
	X(METRICS, "metrics") /* struct line_metrics, as the next three */                         \
	X(RUNTIME, "runtime")                                                                      \
	X(POSTGRES, "postgres")                                                                    \
	X(REDIS, "redis")                                                                          \
	X(ROUTER, "router")         /* struct line_router */                                       \
	X(DYNO_ERROR, "dyno-error") /* code; struct line_dyno, as all below: a dyno's life */      \
	X(STATE, "state")           /* from, to */                                                 \
	X(START, "start")           /* to: the command */                                          \
	X(EXIT, "exit")             /* number: the status */                                       \
	X(TERM, "term")                                                                            \
	X(KILL, "kill")                                                                            \
	X(HANGUP, "hangup")                                                                        \
	X(CYCLE, "cycle")                                                                          \
	X(RESTART, "restart")                                                                      \
	X(IDLE, "idle")                                                                            \
	X(UNIDLE, "unidle")                                                                        \
	X(MEMORY, "memory") /* number: MB, share: per cent */                                      \
	/* what people did: struct line_dyno; `from` is what was done to, `to` who did it */       \
	X(SCALE, "scale")     /* from: all of the formation; line_scale_next */                    \
	X(RELEASE, "release") /* number: the version */                                            \
	X(ROLLBACK, "rollback")                                                                    \
	X(DEPLOY, "deploy") /* from: the commit */                                                 \
	X(BUILD, "build")   /* from: started, succeeded, failed */                                 \
	X(CONFIG_SET, "config-set")                                                                \
	X(CONFIG_UNSET, "config-unset")                                                            \
	X(ATTACH, "attach")                                                                        \
	X(ONE_OFF, "one-off")           /* from: the command */                                    \
	X(API, "api")                   /* other words of the platform */                          \
	X(LOSS, "loss")                 /* code L10 to L13, number: lines that are gone */         \
	X(NOTICE, "notice")             /* other L codes */                                        \
	X(DATABASE_LOG, "database-log") /* code: sqlstate, from: ERROR, FATAL, DETAIL ... */

enum line_kind {
#define X(name, text) LINE_##name,
	LINE_KIND_LIST(X)
#undef X
	    LINE_KINDS
};

struct line_ferret {
	struct word app, source; /* as written by the monitor; source without its quotes */
	uint32_t xid;
	uint64_t i;
	struct word at;   /* OUTPUT, EVENT */
	struct word rest; /* VERDICT: measures, costs, notes, evidence; EVENT: what is behind at */
	struct word out;  /* OUTPUT: quoted text; escapes as they are */
	double val;       /* UPTIME, RETURN, TIMEOUT */
	int64_t status;   /* STATUS */
	bool last, success;   /* STATUS: of the last try; it passed */
	uint32_t part, parts; /* 1 of 1 where the line is whole */
	/* VERDICT */
	int64_t ts_ms;
	uint32_t boot, every_ms; /* every_ms 0: not told */
	uint64_t slot;
	struct word site, reason;
	bool overrun, unknown, suspect, reused, warning;
	bool judged, up; /* judged: has measure#uptime. Neither judged nor unknown: a later part */
};

struct line_metrics {
	struct word source, addon, pairs; /* source: the first; pairs: the whole line */
	uint32_t n;                       /* metrics in it */
};

struct line_router {
	struct word at, code, desc, method, path, host, dyno, protocol;
	int32_t status;
	double connect_ms, service_ms;
	int64_t bytes;
};

struct line_dyno {
	struct word code, from, to;
	double number, share;
};

struct line {
	enum line_kind kind;
	struct word text; /* all of it, without the newline */
	union {
		struct line_ferret ferret;
		struct line_metrics metrics;
		struct line_router router;
		struct line_dyno dyno;
	};
};

const char *line_kind_name(enum line_kind kind);

/* What the frame says. */
void line_read(const struct frame *f, struct line *out);

/*
 * The metrics of pairs, one by one, from *at (begin with it at pairs.p): l2met's grammar
 * (facts/heroku.md 5.2), `measure.NAME=VALUE` of its early days, and unique#. False at the end.
 * A value that is no number is passed over and counted in *out_odd, which may be NULL.
 */
enum line_metric_kind { LINE_MEASURE, LINE_SAMPLE, LINE_COUNT, LINE_UNIQUE };
struct line_metric {
	enum line_metric_kind kind;
	struct word name; /* "db.query" */
	double value;     /* 1 of a key without a value, and of unique# */
	struct word unit; /* "ms"; of unique# the value */
};
bool line_metric_next(
    struct word pairs, const char **at, struct line_metric *out, uint64_t *out_odd);
/* The value of a plain key of these pairs: its first, without quotes. Empty: none. */
struct word line_value(struct word pairs, const char *key);

/* A number as l2met reads it: the leading digits with at most one dot, and what is left of the word
 * without digits and dots at both ends, its unit. False: it begins with no digit. */
bool line_number(struct word w, double *out, struct word *out_unit);

/* "web@2:Standard-1X worker@1:..." one by one from *at (begin at what.p). */
struct line_scale {
	struct word type, size;
	uint64_t quantity;
};
bool line_scale_next(struct word what, const char **at, struct line_scale *out);

#endif
