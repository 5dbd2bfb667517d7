/* SPDX-License-Identifier: MIT */
#include "router_line.h"

#include "xmem.h"

static const struct code {
	unsigned number;
	const char *level, *sock, *desc;
	int status;
} codes[] = {
#define X(number, level, sock, desc, status) {number, level, sock, desc, status},
    ROUTER_CODES(X)
#undef X
};

static const struct code *find(unsigned number)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++)
		if (codes[i].number == number)
			return &codes[i];
	return NULL;
}

static int put_ms(struct buf *b, const char *key, int64_t ms)
{
	return ms < 0 ? buf_addf(b, " %s=", key) : buf_addf(b, " %s=%lldms", key, (long long)ms);
}

static int put_number(struct buf *b, const char *key, int64_t n, int64_t none)
{
	return n == none ? buf_addf(b, " %s=", key) : buf_addf(b, " %s=%lld", key, (long long)n);
}

static int put_path(struct buf *b, const char *path)
{
	int rc = buf_adds(b, " path=\"");

	for (; rc == 0 && *path; path++)
		rc = *path == '"'                 ? buf_adds(b, "%22")
		     : (unsigned char)*path < ' ' ? buf_addc(b, '?')
						  : buf_addc(b, *path);
	return rc ? rc : buf_addc(b, '"');
}

int router_line_write(const struct router_line *l, struct buf *out)
{
	const struct code *c = find(l->code);
	int rc =
	    c ? buf_addf(out, "%sat=%s code=H%u desc=\"%s\"", c->sock, c->level, c->number, c->desc)
	      : buf_adds(out, "at=info");

	if (rc == 0)
		rc = buf_addf(out, " method=%s", l->method);
	if (rc == 0)
		rc = put_path(out, l->path);
	if (rc == 0)
		rc = buf_addf(out, " host=%s request_id=%s fwd=\"%s\" dyno=%s", l->host,
		    l->request_id, l->fwd, l->dyno ? l->dyno : "");
	if (rc == 0)
		rc = put_ms(out, "connect", l->connect_ms);
	if (rc == 0)
		rc = put_ms(out, "service", l->service_ms);
	if (rc == 0)
		rc = put_number(out, "status", l->status, 0);
	if (rc == 0)
		rc = put_number(out, "bytes", l->bytes, -1);
	return rc ? rc : buf_addf(out, " protocol=%s", l->protocol);
}

int router_line_status(unsigned code)
{
	const struct code *c = find(code);

	return c ? c->status : 0;
}

int router_line_page(unsigned code, const char *request_id, struct buf *out)
{
	static const char page[] =
	    "<!DOCTYPE html>\n<html><head><title>%s</title></head>\n<body><h1>%s</h1>"
	    "<p>%s</p></body></html>\n";
	const char *title = code == 80   ? "Offline for Maintenance"
			    : code == 81 ? "Nothing here yet"
					 : "Application error";
	const char *text =
	    code == 80 ? "This application is undergoing maintenance right now. Check back later."
	    : code == 81
		? "No code has been deployed to this application."
		: "An error occurred in the application and your page could not be served.";
	AUTO_FREE char *body = xasprintf(page, title, title, text);

	return buf_addf(out,
	    "HTTP/1.1 503 Service Unavailable\r\nServer: sandbox\r\nX-Request-Id: %s\r\n"
	    "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-cache, no-store\r\n"
	    "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    request_id, strlen(body), body);
}
