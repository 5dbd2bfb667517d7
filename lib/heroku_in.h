/* SPDX-License-Identifier: MIT */
/* heroku_in: what the files of module heroku, and their tests, share. No other file includes it. */
#ifndef FE_LIB_HEROKU_IN_H
#define FE_LIB_HEROKU_IN_H

#include "backoff.h"
#include "heroku.h"
#include "http.h"

#define HEROKU_MAX_BODY (16UL * 1024 * 1024) /* of one answer */
#define HEROKU_MAX_ITEMS 200000UL            /* of one list */
#define HEROKU_MAX_WORDS 300UL               /* of the platform's message in a text of ours */

/* What a test replaces. */
struct heroku_world {
	int (*perform)(
	    void *arg, const struct http_request *req, struct http_response *res, struct err *err);
	uint64_t (*now)(void *arg); /* monotonic */
	void (*sleep)(void *arg, uint64_t ns);
	double (*chance)(void *arg);
	void *arg;
};

struct heroku {
	struct heroku_opts opts;
	struct heroku_world world;
	char *key; /* secret */
	char *url; /* without a slash at its end */
	struct tls_store *store;
	struct backoff backoff;
	uint64_t waited_ns, limited_ns; /* by all calls so far */
	struct heroku_last last;
};

/* One request and its answer, whatever it is: status and headers into out; no repetition. */
struct heroku_sent {
	int rc;    /* of the transport */
	bool left; /* the request may have reached the platform */
	uint64_t asked_ns;
};
void heroku_send(struct heroku *h, const struct heroku_call *call, const char *body,
    struct heroku_sent *sent, struct heroku_answer *out, struct err *err);

enum heroku_class heroku_class_of(int status);
/* Code for err of a class. */
int heroku_code(enum heroku_class c);
/* Text from outside, for people: one line, at most HEROKU_MAX_WORDS bytes, without the key and the
 * userinfo of URLs. Caller frees. */
char *heroku_tame(const struct heroku *h, const char *text);
/* class and err from an answer that is no success. */
void heroku_judge(const struct heroku *h, const struct heroku_call *call,
    const struct http_response *res, struct heroku_answer *out, struct err *err);
struct backoff_now heroku_now(const struct heroku *h);
void heroku_sleep(struct heroku *h, uint64_t ns);
void heroku_clear(struct heroku_answer *a);

/* The calls by name are made of these. They free path; a body is consumed. */
enum heroku_class heroku_get_at(struct heroku *h, char *path, json_t **out, struct err *err);
enum heroku_class heroku_list_at(struct heroku *h, char *path, json_t **out, struct err *err);
enum heroku_class heroku_patch_at(
    struct heroku *h, char *path, json_t *body, json_t **out, struct err *err);
/* GET path once a second until what comes is no longer so (or the deadline: DOWN, FE_ETIMEOUT). */
enum heroku_class heroku_wait_while(struct heroku *h, const char *path,
    bool (*so)(const json_t *thing), json_t **out, struct err *err);
/* Nothing sent, nothing wanted back. */
enum heroku_class heroku_empty_at(
    struct heroku *h, const char *method, char *path, unsigned flags, struct err *err);

#endif
