/* SPDX-License-Identifier: MIT */
/* What a request sends: bytes over and over, or a file. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http_in.h"

/* From a file; one that has shrunk or cannot be read ends the upload. */
static size_t from_file(struct http_hop *hop, char *to, size_t n)
{
	uint64_t left = hop->req->upload - hop->fed;
	ssize_t got = pread(*hop->req->body_fd, to, n < left ? n : (size_t)left, (off_t)hop->fed);

	hop->unread = got < 0 || (got == 0 && left > 0);
	if (hop->unread)
		return CURL_READFUNC_ABORT;
	hop->fed += (uint64_t)got;
	return (size_t)got;
}

static size_t on_upload(char *to, size_t size, size_t n, void *arg)
{
	struct http_hop *hop = arg;
	const struct http_request *req = hop->req;
	uint64_t all = req->upload ? req->upload : req->body_len, left = all - hop->fed;
	size_t at = req->body_len ? (size_t)(hop->fed % req->body_len) : 0;

	n *= size;
	if (req->body_fd)
		return from_file(hop, to, n);
	if (n > req->body_len - at)
		n = req->body_len - at;
	if (n > left)
		n = (size_t)left;
	memcpy(to, (const char *)req->body + at, n);
	hop->fed += n;
	return n;
}

static int on_rewind(void *arg, curl_off_t offset, int origin)
{
	struct http_hop *hop = arg;

	if (origin != SEEK_SET || offset < 0)
		return CURL_SEEKFUNC_CANTSEEK;
	hop->fed = (uint64_t)offset;
	return CURL_SEEKFUNC_OK;
}

void http_set_upload(struct http_hop *hop, uint64_t bytes)
{
	CURL *c = hop->curl;

	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)bytes);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, on_upload);
	curl_easy_setopt(c, CURLOPT_READDATA, hop);
	curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, on_rewind);
	curl_easy_setopt(c, CURLOPT_SEEKDATA, hop);
}
