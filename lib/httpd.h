/* SPDX-License-Identifier: MIT */
/*
 * httpd: the HTTP server (libmicrohttpd in the loop): requests with their whole body, answers at
 * once, later, late or cut, and streams. Owner of microhttpd.h.
 *
 * A struct exch is one request; it lives until its `gone` was told (answered and sent, or the client
 * went away) and must not be touched afterwards. Answer it once: exch_answer, or exch_stream and
 * then exch_write / exch_end.
 */
#ifndef FE_LIB_HTTPD_H
#define FE_LIB_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "err.h"

#define HTTPD_BODY_MAX (4UL * 1024 * 1024)   /* in memory; larger: 413 */
#define HTTPD_FILE_MAX (512UL * 1024 * 1024) /* in a file */
#define HTTPD_STREAM_HIGH (256UL * 1024)     /* waiting bytes from which a source should pause */
#define HTTPD_ADDRESS 46U                    /* the longest, and a NUL */

struct httpd;
struct exch;

/* Ceilings; 0: none, but for what is said. What they cost is counted. */
struct httpd_limits {
	size_t connections,
	    per_address;         /* of connections 0: 2048, and those above wait unaccepted */
	size_t bodies;           /* bytes of all bodies in memory: beyond, 503 */
	unsigned silence_s;      /* a connection without a byte is closed; 0: 120 */
	unsigned head_s, body_s; /* for the whole of it, however it dribbles */
	unsigned answer_s;       /* for a whole answer that is no stream */
};

struct httpd_counts {
	size_t connections, most, limit;
	size_t bodies;           /* bytes, now */
	uint64_t full, too_many; /* connections refused: no place, too many of an address */
	uint64_t dropped;        /* idle ones that made room */
	uint64_t slow_head, slow_body, slow_reader; /* cut */
	uint64_t complaints;                        /* of the server about requests, as malformed */
	uint64_t too_large, no_room;                /* bodies refused: 413, 503 */
};

struct httpd_rules {
	uv_loop_t *loop;
	const char *bind; /* an IPv4 or IPv6 address; `::` takes both */
	uint16_t port;    /* 0: any */
	struct httpd_limits limits;
	void *arg;
	bool (*to_file)(void *arg, const char *method, const char *path); /* body into a file? */
	void (*request)(void *arg, struct exch *x);
	void (*answering)(void *arg, struct exch *x); /* the last moment for headers; may be NULL */
	/* The head is there, its body not yet: what is answered now is not read on. May be NULL. */
	void (*head)(void *arg, struct exch *x);
	/* Whose body it is, any number: nobody has more than half of what limits.bodies gives all. NULL:
	 * nobody's. */
	uint64_t (*whose)(void *arg, const struct exch *x);
	/* A body that is not taken is answered, 413 or 503; NULL: by words of httpd's. */
	void (*refused)(void *arg, struct exch *x, int status);
};

int httpd_new(const struct httpd_rules *rules, struct httpd **out, struct err *err) FE_MUST_CHECK;
uint16_t httpd_port(const struct httpd *f);
void httpd_close(struct httpd *f); /* NULL is fine */
struct httpd_counts httpd_counts(const struct httpd *f);
/* As many descriptors as may be; how many that is. */
size_t httpd_raise_descriptors(void);

const char *exch_method(const struct exch *x);
const char *exch_path(const struct exch *x);  /* as sent, percent signs and all */
const char *exch_query(const struct exch *x); /* "" when none */
const char *exch_header(const struct exch *x, const char *name); /* NULL when absent */
/* A parameter of the query, decoded; NULL when absent. Caller frees. query_param: the which-th of that
 * name, from 0, of any query. A NUL that a client writes as %00 ends the text. */
char *exch_param(const struct exch *x, const char *name);
char *query_param(const char *query, const char *name, size_t which);
/* The peer's address as text ("192.0.2.1", "2001:db8::1"; an IPv4 one inside of IPv6 as IPv4). */
void exch_client(const struct exch *x, char out[HTTPD_ADDRESS]);
/* The path from this byte on, decoded. Caller frees. */
char *exch_path_from(const struct exch *x, size_t at);
const char *exch_body(const struct exch *x, size_t *out_n);
/* The body is not needed any more; its memory is another's from now on. */
void exch_drop_body(struct exch *x);
int exch_body_file(const struct exch *x); /* borrowed descriptor at offset 0, or -1 */

/* Once, when x is over; replaces an earlier one. */
void exch_on_gone(struct exch *x, void (*gone)(void *arg), void *arg);
/* The client has closed its side: it will most likely not hear the answer. */
bool exch_left(const struct exch *x);
void exch_add_header(struct exch *x, const char *name, const char *value);
/* Whether the answer has it so far. */
bool exch_has_header(const struct exch *x, const char *name);
void exch_delay(struct exch *x, uint64_t ms); /* before the answer's first byte */
void exch_cut(struct exch *x, size_t after);  /* the connection breaks after so many body bytes */
void exch_abort(struct exch *x); /* it breaks now, whatever waits: of a stream that is not read */
/* No answer ever: until the client goes. */
void exch_hang(struct exch *x);
void exch_answer(struct exch *x, int status, const char *type, const void *p, size_t n);
/* drained (may be NULL): what was written is on its way, more may come. */
void exch_stream(
    struct exch *x, int status, const char *type, void (*drained)(void *arg), void *arg);
void exch_write(struct exch *x, const void *p, size_t n);
size_t exch_waiting(const struct exch *x);
void exch_end(struct exch *x);

#endif
