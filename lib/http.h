/* SPDX-License-Identifier: MIT */
/*
 * http: one blocking HTTP request with its phases (libcurl; the only includer of curl.h).
 *
 * Every request is fresh: a new connection, no DNS cache, no proxy, one address: the first one the
 * resolver gives (RFC 6724 order), or the one named; no second address is ever tried in silence.
 * Redirects are followed here, hop by hop, so that phases are summed and credentials stay with
 * the origin they were given for. What goes wrong is one line in err that names no secret, and
 * a code that tells whose fault it is:
 *
 *   FE_EUSAGE  no URL of http or https     FE_ENOENT  the name does not exist
 *   FE_EIO     refused, unreachable, reset FE_ETIMEOUT the deadline passed (phase in the text)
 *   FE_EAUTH   certificate refused         FE_ECLOSED ended before the answer was whole
 *   FE_EPROTO  no HTTP                     FE_ELIMIT  headers without end, too many redirects
 *   FE_ESYS    ours: no descriptor, no network, no port; says nothing about the service
 *
 * The response is filled as far as the request came, also on failure. Times are nanoseconds.
 */
#ifndef FE_LIB_HTTP_H
#define FE_LIB_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "err.h"
#include "strv.h"
#include "tls_peer.h"

enum http_phase {
	HTTP_DNS,      /* name to address */
	HTTP_CONNECT,  /* SYN to established */
	HTTP_TLS,      /* handshake and verification */
	HTTP_TTFB,     /* request sent until the first byte of the answer; holds an upload */
	HTTP_TRANSFER, /* first to last byte */
	HTTP_PHASES
};
extern const char *const http_phase_names[HTTP_PHASES];

#define HTTP_MAX_HEADERS (64UL * 1024) /* header bytes of one answer */
#define HTTP_MAX_ADDRESS 64            /* INET6_ADDRSTRLEN and a scope */

struct http_request {
	const char *url;            /* userinfo becomes Basic auth */
	const char *method;         /* NULL: GET, or PUT with an upload */
	const struct strv *headers; /* "Name: value"; may be NULL; to other origins not sent on */
	const char *auth;           /* USER:PASSWORD instead of the URL's; NULL */
	const char *token;          /* bearer token; NULL */
	const void *body;           /* body_len bytes, sent over and over until upload are sent */
	size_t body_len;
	const int *body_fd;  /* instead of body: this file from its start, upload bytes; NULL */
	uint64_t upload;     /* bytes to send; 0 = body_len */
	const char *address; /* connect here instead of resolving; NULL */
	/* Connect to this host and port instead of the URL's (`curl --connect-to`), hops to other
	 * origins apart; the name asked for stays the URL's. NULL; port 0: the URL's. */
	const char *via;
	uint16_t via_port;
	bool listed;             /* only where the name still has this address (http_try) */
	struct tls_store *store; /* what to trust; NULL is no trust at all */
	unsigned redirects;      /* hops to follow; 0: a redirect is the answer */
	size_t max_body;         /* bytes of the answer to keep; the rest is counted */
	uint64_t timeout_ns;     /* over all hops; 0: none (somebody else holds the deadline) */
	void (*entered)(void *arg, enum http_phase phase, const char *peer); /* may be NULL */
	unsigned silence_s; /* give up after so many seconds without a byte; 0: never */
	/* Takes the body of a 2xx as it comes, instead of res->body; true: enough, stop. May be NULL. */
	bool (*received)(void *arg, const void *p, size_t n);
	void (*closing)(void *arg, int fd); /* a connection is about to be closed; may be NULL */
	void *arg;
};

struct http_response {
	int status;                     /* of the last hop; 0: no answer */
	uint64_t phase_ns[HTTP_PHASES]; /* over all hops */
	enum http_phase phase;          /* reached last */
	uint64_t body_bytes;            /* received, kept or not */
	uint64_t sent_bytes;            /* of the upload */
	uint64_t send_ns;               /* request's start until the answer was whole, last hop */
	struct buf headers;             /* of the last hop, as received */
	struct buf body;
	char peer[HTTP_MAX_ADDRESS + 8]; /* "192.0.2.1:443", "[::1]:443"; "" before it was known */
	char address[HTTP_MAX_ADDRESS];  /* the same without the port */
	char *shown_url;                 /* of the last hop, without userinfo and query values */
	unsigned hops;                   /* redirects followed */
	bool stopped;                    /* received had enough: no failure */
	int version;                     /* 10, 11, 20; 0 unknown */
	struct tls_peer tls;             /* the certificate, also when it was refused */
};

/* Once in a parent before its children fork, so that they find everything loaded and set up:
 * libcurl, and with tls the parts of OpenSSL that a first handshake would fetch. FE_ESYS. */
int http_prepare(bool tls, struct err *err) FE_MUST_CHECK;
int http_perform(
    const struct http_request *req, struct http_response *res, struct err *err) FE_MUST_CHECK;
void http_response_done(struct http_response *res);
/* Value of a header of the answer (first of that name, any case); NULL. Caller frees. */
char *http_header(const struct http_response *res, const char *name);

/* FE_EUSAGE with err unless url is absolute http or https with a host. is_tls may be NULL. */
int http_check_url(const char *url, bool *is_tls, struct err *err) FE_MUST_CHECK;
/* The URL without userinfo, fragment and query values; for people. Caller frees. */
char *http_shown_url(const char *url);
/* Host (no brackets) and port of a good URL. Caller frees host. */
void http_host_port(const char *url, char **host, uint16_t *port);

/* Is the text a literal address? */
bool http_is_address(const char *host);
/* Numeric addresses of a host, in the resolver's order, each once; of a name under localhost
 * 127.0.0.1, nobody is asked. FE_ENOENT, FE_EIO, FE_ESYS. */
int http_resolve(const char *host, struct strv *out, struct err *err) FE_MUST_CHECK;

#endif
