/* SPDX-License-Identifier: MIT */
/* libcurl's failures in the words and codes of http.h: whose fault, in which phase, how far. */
#include <errno.h>

#include "http_in.h"
#include "xmem.h"

static bool ours(int errnum, const char *address)
{
	switch (errnum) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
	case EADDRNOTAVAIL:
	case EPERM:
	case EACCES:
	case EAFNOSUPPORT:
		return true;
	case ENETUNREACH:
		return http_no_route(address);
	default:
		return false;
	}
}

static int sys(struct err *err, int code, int errnum, const char *what, const char *peer)
{
	(void)err_sys(err, errnum, "%s %s", what, peer);
	if (err)
		err->code = code;
	return code;
}

static int no_connection(const struct http_hop *hop, long errnum, struct err *err)
{
	const char *peer = hop->res->peer;

	if (hop->open_errno)
		return sys(err, FE_ESYS, hop->open_errno, "a socket for", peer);
	if (ours((int)errnum, hop->res->address))
		return sys(err, FE_ESYS, (int)errnum, "no way from this machine to", peer);
	if (errnum == ECONNREFUSED)
		return err_set(err, FE_EIO, "connection refused by %s", peer);
	if (errnum)
		return sys(err, FE_EIO, (int)errnum, "no connection to", peer);
	return err_set(err, FE_EIO, "no connection to %s: %s", peer, hop->text);
}

static int cut_short(const struct http_hop *hop, struct err *err)
{
	curl_off_t wanted = -1;
	unsigned long long got = hop->res->body_bytes;

	curl_easy_getinfo(hop->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &wanted);
	if (wanted >= 0)
		return err_set(err, FE_ECLOSED,
		    "the connection was closed in the middle of the body: %llu of %lld bytes came, "
		    "%lld are missing",
		    got, (long long)wanted, (long long)wanted - (long long)got);
	return err_set(err, FE_ECLOSED,
	    "the connection was closed in the middle of the body, after %llu bytes", got);
}

static int handshake_failed(const struct http_hop *hop, struct err *err)
{
	if (hop->res->tls.refused)
		return err_set(err, FE_EAUTH, "%s", hop->res->tls.why);
	return err_set(err, FE_EPROTO, "the TLS handshake failed: %s",
	    *hop->text ? hop->text : "no reason given");
}

static int broken(const struct http_hop *hop, long errnum, CURLcode code, struct err *err)
{
	const char *phase = http_phase_names[hop->res->phase];
	const char *text = *hop->text ? hop->text : curl_easy_strerror(code);

	if (hop->headers_over)
		return err_set(err, FE_ELIMIT,
		    "the headers of the answer have no end: more than %lu bytes", HTTP_MAX_HEADERS);
	if (hop->no_http)
		return err_set(err, FE_EPROTO, "the answer is no HTTP");
	if (errnum == ECONNRESET || errnum == EPIPE)
		return err_set(err, FE_EIO, "the connection was reset in phase %s", phase);
	return err_set(err, FE_EPROTO, "broken off in phase %s: %s", phase, text);
}

int http_failed(const struct http_hop *hop, CURLcode code, struct err *err)
{
	const struct http_response *res = hop->res;
	long errnum = 0;

	curl_easy_getinfo(hop->curl, CURLINFO_OS_ERRNO, &errnum);
	if (hop->unread)
		return err_set(err, FE_ESYS, "the file to be sent cannot be read to its end");
	switch ((int)code) {
	case CURLE_COULDNT_CONNECT:
		return no_connection(hop, errnum, err);
	case CURLE_OPERATION_TIMEDOUT:
		return err_set(
		    err, FE_ETIMEOUT, "timed out in phase %s", http_phase_names[res->phase]);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
		return handshake_failed(hop, err);
	case CURLE_GOT_NOTHING:
		return err_set(err, FE_ECLOSED, "the connection was closed before any answer");
	case CURLE_PARTIAL_FILE:
		return cut_short(hop, err);
	case CURLE_OUT_OF_MEMORY:
		return err_set(err, FE_ESYS, "out of memory");
	default:
		if (res->phase == HTTP_TLS)
			return handshake_failed(hop, err);
		return broken(hop, errnum, code, err);
	}
}
