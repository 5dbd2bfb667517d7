/* SPDX-License-Identifier: MIT */
/* http_in: what the files of module http share among themselves. No other file includes this. */
#ifndef FE_LIB_HTTP_IN_H
#define FE_LIB_HTTP_IN_H

#include <curl/curl.h>

#include "http.h"

/* One hop: one URL, one connection. */
struct http_hop {
	const struct http_request *req;
	struct http_response *res;
	CURL *curl;
	char *url;  /* without userinfo and fragment */
	char *host; /* without brackets */
	uint16_t port, connect_port;
	bool own_origin;     /* credentials may be sent */
	bool plain_get;      /* a redirect turned the request into a GET */
	uint64_t entered_ns; /* when the present phase began */
	uint64_t begun_ns;   /* when libcurl began */
	uint64_t fed;        /* bytes of the upload handed out */
	bool headers_over;   /* ceilings that were met */
	bool no_http;
	bool unread;    /* the file to be sent cannot be read to the end */
	int open_errno; /* socket() failed */
	char text[CURL_ERROR_SIZE];
};

/* A libcurl failure in the words and codes of http.h. */
int http_failed(const struct http_hop *hop, CURLcode code, struct err *err);
/* Let the hop send so many bytes of its request's body or file. */
void http_set_upload(struct http_hop *hop, uint64_t bytes);
/* The URL to send (no userinfo, no fragment) and its USER:PASSWORD or NULL. Caller frees both. */
char *http_plain_url(const char *url, char **user_password);
/* No route to the address (NULL: to anywhere) from this machine? Sends nothing. */
bool http_no_route(const char *address);
/* Perform a request to ourselves, so that children find everything set up. */
void http_warm(bool tls);

#endif
