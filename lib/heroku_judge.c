/* SPDX-License-Identifier: MIT */
/* What an answer means: its class by status, and one line about it that holds no secret. */
#include <ctype.h>

#include "heroku_in.h"
#include "xmem.h"

enum heroku_class heroku_class_of(int status)
{
	if (status >= 200 && status < 300)
		return HEROKU_OK;
	switch (status) {
	case 401:
	case 402:
	case 403:
		return HEROKU_DENIED;
	case 404:
	case 410:
		return HEROKU_NOT_FOUND;
	case 409:
		return HEROKU_CONFLICT;
	case 429:
		return HEROKU_LIMITED;
	default:
		return status >= 400 && status < 500 ? HEROKU_INVALID : HEROKU_DOWN;
	}
}

int heroku_code(enum heroku_class c)
{
	static const int codes[] = {
	    [HEROKU_OK] = 0,
	    [HEROKU_NOT_FOUND] = FE_ENOENT,
	    [HEROKU_CONFLICT] = FE_EEXIST,
	    [HEROKU_DENIED] = FE_EAUTH,
	    [HEROKU_LIMITED] = FE_ELIMIT,
	    [HEROKU_INVALID] = FE_EINVAL,
	    [HEROKU_DOWN] = FE_EIO,
	    [HEROKU_LOCAL] = FE_ESYS,
	};

	return codes[c];
}

/* Length of a userinfo that stands right behind "://", with its "@"; 0: there is none. */
static size_t userinfo(const char *p)
{
	size_t n = strcspn(p, "@/?# \t\r\n\"'<>");

	return p[n] == '@' ? n + 1 : 0;
}

char *heroku_tame(const struct heroku *h, const char *text)
{
	struct buf b = BUF_INIT(HEROKU_MAX_WORDS + 16);
	size_t key = h->key ? strlen(h->key) : 0;

	for (const char *p = text; *p;) {
		if (b.len >= HEROKU_MAX_WORDS) {
			buf_put(&b, "...");
			break;
		}
		if (key && strncmp(p, h->key, key) == 0) {
			buf_put(&b, "[key]");
			p += key;
		} else if (strncmp(p, "://", 3) == 0) {
			buf_put(&b, "://");
			p += 3 + userinfo(p + 3);
		} else {
			bool control = (unsigned char)*p < ' ' || *p == 0x7f;
			buf_put(&b, "%c", control ? ' ' : *p);
			p++;
		}
	}
	while (b.len && b.p[b.len - 1] == ' ')
		b.p[--b.len] = 0;
	return b.p ? buf_take(&b) : xstrdup("");
}

static void replace(char **field, char *value)
{
	free(*field);
	*field = value;
}

/* "POST /apps: 422 invalid_params: Name is already taken; request 0123..." */
static void tell(const struct heroku *h, const struct heroku_call *call,
    const struct heroku_answer *out, const char *message, struct err *err)
{
	AUTO_FREE char *words = heroku_tame(h, message);

	err_set(err, heroku_code(out->class), "%s %s: %d %s%s%s; request %s", call->method,
	    call->path, out->status, *out->id ? out->id : "without an error id", *words ? ": " : "",
	    words, *out->request_id ? out->request_id : "without an id");
}

void heroku_judge(const struct heroku *h, const struct heroku_call *call,
    const struct http_response *res, struct heroku_answer *out, struct err *err)
{
	const char *body = buf_str(&res->body);
	char *confirm = http_header(res, "x-confirmation-required");

	out->class = heroku_class_of(out->status);
	replace(&out->id, heroku_tame(h, heroku_str(out->json, "id")));
	replace(&out->resource, heroku_tame(h, heroku_str(out->json, "resource")));
	if (confirm)
		replace(&out->confirm, confirm);
	/* A page of HTML is the router's or a proxy's, never the API's: its words say nothing. */
	const char *message = heroku_str(out->json, "message");
	if (!out->json && *body)
		message = "the answer is not the API's (no JSON)";
	tell(h, call, out, message, err);
}
