/* SPDX-License-Identifier: MIT */
/*
 * heroku: the platform's API, version 3: one call, one list, one new thing; who is asking, errors
 * by class, waiting. (Owner of jansson. The calls by name are in heroku_*.h beside it.)
 *
 * The key is secret. It goes into the Authorization header of the API's own origin and nowhere
 * else; texts that come back are searched for it; opening a client makes the process undumpable
 * (no core, no /proc/PID/environ for others). Texts never hold a body that was sent. SIGPIPE is
 * ignored from then on: a peer that leaves in the middle of an upload is an error, no end.
 *
 * Repetition: 429 is waited out for any call. Trouble (5xx, no answer) is asked again where asking
 * twice is asking once: GET, PUT, PATCH, DELETE, unless HEROKU_ONCE; a request that never left is
 * always sent again. A POST whose answer was lost is never repeated blindly: heroku_create looks
 * whether the thing is there. Nothing waits past the deadline.
 *
 * All functions that return enum heroku_class fill err unless HEROKU_OK; the text names call,
 * status, error id and the platform's Request-Id: decide by class, status and id, never by the text.
 * Paths are made with heroku_path. A body handed over (json_t *body) is consumed in every case; a
 * json_t ** out gets a new reference (NULL on failure, and where a 202 had no body): json_decref. */
#ifndef FE_LIB_HEROKU_H
#define FE_LIB_HEROKU_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "err.h"

struct heroku;
struct heroku_world; /* clock, sleep and network of a test; heroku_in.h */
struct tls_store;

#define HEROKU_URL "https://api.heroku.com"

#define HEROKU_CLASSES(X)                                                                          \
	X(OK, "ok")                                                                                \
	X(NOT_FOUND, "not found") /* 404, 410 */                                                   \
	X(CONFLICT, "conflict")   /* 409 */                                                        \
	X(DENIED, "denied")       /* 401, 402, 403 */                                              \
	X(LIMITED, "limited")     /* 429: says nothing about the platform's health */              \
	X(INVALID, "invalid")     /* other 4xx, and what we would not send */                      \
	X(DOWN, "down")           /* 5xx, no answer, no API's answer, certificate refused */       \
	X(LOCAL, "local fault")   /* ours: no network, no descriptor */

enum heroku_class {
#define X(name, word) HEROKU_##name,
	HEROKU_CLASSES(X)
#undef X
};
const char *heroku_class_word(enum heroku_class c);

struct heroku_opts {
	const char *key;      /* NULL: HEROKU_API_KEY */
	const char *url;      /* NULL: HEROKU_API_URL, else HEROKU_URL; http on loopback alone */
	const char *cacert;   /* PEM of trusted authorities; NULL: tls_default_file */
	uint64_t deadline_ns; /* monotonic, for all that follows; 0: none */
	unsigned silence_s;   /* a request is given up after so long without a byte; 0: 60 */
	bool
	    once; /* trouble is an answer: asked, or looked for, no second time; limits are waited out */
	void (*warn)(void *arg, const char *text); /* platform's warnings; NULL: to stderr */
	void *arg;
	const struct heroku_world *world; /* NULL: the real one */
};

/* FE_EUSAGE names the key of the environment that is missing or malformed. Caller: heroku_close. */
int heroku_open(struct heroku **out, const struct heroku_opts *opts, struct err *err) FE_MUST_CHECK;
void heroku_close(struct heroku *h);
void heroku_deadline(struct heroku *h, uint64_t deadline_ns);
uint64_t heroku_deadline_ns(const struct heroku *h);
/* All that this client has waited so far, behind limits, between tries and polls; and what of it was
 * behind limits: the account's doing, which a measurement of the platform takes off. */
uint64_t heroku_waited_ns(const struct heroku *h);
uint64_t heroku_limited_ns(const struct heroku *h);
/* The last call and its answer, borrowed until the next. */
struct heroku_last {
	char *path, *id, *resource, *request_id; /* "": none */
	int status;                              /* 0: none came */
	int64_t date;                            /* by the server's clock, Unix s; 0: not told */
};
const struct heroku_last *heroku_last(const struct heroku *h);
/* Whom this client trusts, loaded on first use; borrowed. NULL with err. */
struct tls_store *heroku_store(struct heroku *h, struct err *err);

struct heroku_answer {
	enum heroku_class class;
	int status;         /* 0: none came */
	json_t *json;       /* NULL: no body */
	char *id;           /* error id, "" where there is none */
	char *resource;     /* what an error is about ("app", "formation"), "" */
	char *request_id;   /* "" */
	char *confirm;      /* word of X-Confirmation-Required, "" */
	char *next_range;   /* "" */
	int64_t remaining;  /* of the rate limit; -1: not told */
	int64_t date;       /* of the answer by the server's clock, Unix s; 0 */
	uint64_t waited_ns; /* behind limits and between tries: not the platform's time */
	unsigned tries;
	bool lost; /* it was sent, but whether it was done is not known */
};
void heroku_answer_done(struct heroku_answer *a);

enum heroku_call_flags {
	HEROKU_ONCE = 1,  /* asking twice is not asking once */
	HEROKU_GONE = 2,  /* 404 is as good as done (DELETE) */
	HEROKU_AGAIN = 4, /* this POST may be repeated: what a lost one made is nobody's */
};

struct heroku_call {
	const char *method, *path;
	json_t *body;      /* consumed; NULL: none */
	const char *range; /* value of the Range header; NULL */
	unsigned flags;
};

/* out: heroku_answer_done in every case. */
enum heroku_class heroku_do(
    struct heroku *h, const struct heroku_call *call, struct heroku_answer *out, struct err *err);
/* The same in short: out may be NULL. */
enum heroku_class heroku_call(struct heroku *h, const char *method, const char *path, json_t *body,
    json_t **out, struct err *err);
/* Every item of a list, page by page to the end, as one array. A list cut off is never given. */
enum heroku_class heroku_list(struct heroku *h, const char *path, json_t **out, struct err *err);
/* One page of it: "version ..; max=1, order=desc" gives the newest release. */
enum heroku_class heroku_page(
    struct heroku *h, const char *path, const char *range, json_t **out, struct err *err);

/* A new thing by POST; where the answer is lost, it is looked for before it is asked for again. */
struct heroku_new {
	const char *path;
	json_t *body;            /* consumed */
	const char *look;        /* GET this: the thing, or a list; NULL: cannot be looked for */
	const char *key, *value; /* in a list: the item whose key (dotted path) has this value */
	bool young;              /* take it only when made since this call began */
	bool again;              /* as HEROKU_AGAIN */
	unsigned conflicts;      /* repeat so often at once on 409 */
};
enum heroku_class heroku_create(
    struct heroku *h, const struct heroku_new *what, json_t **out, struct err *err);

/* Path from fmt, where every %s is percent-encoded and nothing else is known. Caller frees. */
char *heroku_path(const char *fmt, ...) FE_PRINTF(1, 2);
/* String or number at a dotted path ("slug.id"); "" or fallback where it is not or null. Borrowed. */
const char *heroku_str(const json_t *json, const char *path);
int64_t heroku_int(const json_t *json, const char *path, int64_t fallback);
int64_t heroku_time(const char *text); /* Unix s from an ISO or HTTP date; 0: it is none */
/* The item of an array whose key is value, borrowed; NULL. */
json_t *heroku_find(const json_t *array, const char *key, const char *value);

#endif
