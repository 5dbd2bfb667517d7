/* SPDX-License-Identifier: MIT */
/*
 * http_opts: the options that monitors over HTTP share, what is wanted of an answer, and what
 * their children find loaded: libcurl, and the CA store where a target is https.
 *
 * A target may end in `#ADDRESS` (http://a.example/#192.0.2.1): it is then asked at that address.
 */
#ifndef FE_LIB_HTTP_OPTS_H
#define FE_LIB_HTTP_OPTS_H

#include "http.h"
#include "opt.h"
#include "pattern.h"

struct http_opts {
	const char *cacert, *auth, *token;
	const char *connect_to;
	struct strv send;   /* "Name: value" */
	struct strv expect; /* "200", "2xx", "200-299"; none is 2xx */
	struct strv header; /* "NAME:RE" */
	int64_t redirects;
	bool each_address;       /* every address of a name is a check of its own */
	struct tls_store *store; /* set by http_opts_target or http_opts_prepare */
	char *via;               /* of connect_to, by http_opts_prepare; NULL */
	uint16_t via_port;
	struct pattern **compiled; /* of header, same order; by http_opts_prepare */
};

/* clang-format off */
/* Rows for an option table; o is the static struct's address. */
#define HTTP_OPT_CLIENT(o)                                                                         \
	{"cacert", 0, OPT_STRING, &(o)->cacert, "FILE", NULL, 0, 0, NULL,                          \
	 "trust the authorities of this PEM file alone", NULL, false},                             \
	{"auth", 0, OPT_STRING, &(o)->auth, "USER:PASSWORD", NULL, 0, 0, NULL,                     \
	 "Basic credentials, for the target's own origin", NULL, true},                            \
	{"token", 0, OPT_STRING, &(o)->token, "TOKEN", NULL, 0, 0, NULL,                           \
	 "bearer token, for the target's own origin", NULL, true},                                 \
	{"send", 0, OPT_LIST, &(o)->send, "NAME:VALUE", NULL, 0, 0, NULL,                          \
	 "send this request header (may be repeated)", NULL, true},                                \
	{"connect-to", 0, OPT_STRING, &(o)->connect_to, "HOST:PORT", NULL, 0, 0, NULL,           \
	 "connect there instead; the name asked for stays the target's", NULL, false}
#define HTTP_OPT_ANSWER(o)                                                                         \
	{"expect", 0, OPT_LIST, &(o)->expect, "STATUS", NULL, 0, 0, NULL,                          \
	 "wanted HTTP status: 200, 3xx or 200-299 (may be repeated; 2xx where none is given)",     \
	 NULL, false},                                                                             \
	{"header", 0, OPT_LIST, &(o)->header, "NAME:RE", NULL, 0, 0, NULL,                         \
	 "wanted header of the answer whose value matches RE (may be repeated)", NULL, false},     \
	{"redirects", 0, OPT_INT, &(o)->redirects, "N", "0", 0, 50, NULL,                          \
	 "follow up to N redirects; with 0 a redirect is the answer", NULL, false}
/* With spec.expand, which is to call http_opts_expand. */
#define HTTP_OPT_WANTED(o)                                                                         \
	HTTP_OPT_ANSWER(o),                                                                        \
	{"each-address", 0, OPT_FLAG, &(o)->each_address, NULL, NULL, 0, 0, NULL,                  \
	 "make every address of the target's name a check of its own", NULL, false}
/* clang-format on */

/* Once before the first try: options checked, libcurl started. FE_EUSAGE or worse. */
int http_opts_prepare(struct http_opts *o, struct err *err) FE_MUST_CHECK;
/* A target is an URL; the first https one loads the CA store. FE_EUSAGE. */
int http_opts_target(struct http_opts *o, const char *target, struct err *err) FE_MUST_CHECK;
/* With each_address: a name suffix and a target `URL#ADDRESS` for every address that the target's
 * name has now; none where the name cannot be resolved (the plain target then tells of it). */
int http_opts_expand(
    const struct http_opts *o, const char *target, struct strv *suffixes, struct strv *targets);
/* A request for the target with what the options say. */
struct http_request http_opts_request(const struct http_opts *o, const char *target);
/* Is the answer the wanted one? NULL, or in words what is wrong. Caller frees. */
char *http_opts_judge(const struct http_opts *o, const struct http_response *res);

#endif
