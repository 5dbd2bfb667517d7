/* SPDX-License-Identifier: MIT */
/* post: HTTP requests by libcurl's multi interface. */
#include "post.h"

#include <curl/curl.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "xmem.h"

#define ANSWER_MAX 65536 /* bytes of an answer's body that are waited for */

struct lane {
	CURL *easy;
	struct curl_slist *headers;
	size_t answer; /* bytes of body seen */
};

struct post {
	CURLM *multi;
	unsigned lanes;
	bool active;
	char *url;      /* without userinfo */
	bool has_query; /* the URL */
	struct lane lane[POST_LANES_MAX];
};

/* libcurl gives the type. NOLINTNEXTLINE(readability-non-const-parameter) */
static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct lane *l = arg;

	(void)data;
	l->answer += size * n;
	return l->answer > ANSWER_MAX ? 0 : size * n;
}

static int bad_url(const struct post_rules *r, struct err *err)
{
	return err_set(err, FE_EUSAGE,
	    "%s: not a URL of the form http[s]://[USER:PASSWORD@]HOST/PATH", r->label);
}

static bool url_part(CURLU *u, CURLUPart what, char **out)
{
	return curl_url_get(u, what, out, what == CURLUPART_URL ? 0 : CURLU_URLDECODE) == CURLUE_OK;
}

struct target {
	char *url, *user, *password; /* libcurl's memory */
};

/* The URL without its userinfo, and that by itself. */
static int split_url(const struct post_rules *r, struct target *t, struct err *err)
{
	CURLU *u = curl_url();
	char *scheme = NULL;
	int rc = 0;

	if (!u || curl_url_set(u, CURLUPART_URL, r->url, 0) ||
	    !url_part(u, CURLUPART_SCHEME, &scheme) ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
		rc = bad_url(r, err);
		goto out;
	}
	(void)url_part(u, CURLUPART_USER, &t->user);
	(void)url_part(u, CURLUPART_PASSWORD, &t->password);
	if (curl_url_set(u, CURLUPART_USER, NULL, 0) ||
	    curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) ||
	    curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) || !url_part(u, CURLUPART_URL, &t->url))
		rc = bad_url(r, err);
out:
	curl_free(scheme);
	curl_url_cleanup(u);
	return rc;
}

static void target_done(struct target *t)
{
	curl_free(t->url);
	curl_free(t->user);
	curl_free(t->password);
}

static bool set_long(CURL *e, CURLoption option, long value)
{
	return curl_easy_setopt(e, option, value) == CURLE_OK;
}

static bool set_pointer(CURL *e, CURLoption option, const void *value)
{
	return curl_easy_setopt(e, option, value) == CURLE_OK;
}

static bool set_credentials(CURL *e, const char *user, const char *password)
{
	if (!user && !password)
		return true;
	return set_long(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC) &&
	       set_pointer(e, CURLOPT_USERNAME, user ? user : "") &&
	       set_pointer(e, CURLOPT_PASSWORD, password ? password : "");
}

static int lane_init(
    struct lane *l, const struct post_rules *r, const struct target *t, struct err *err)
{
	CURL *e = l->easy = curl_easy_init();
	bool ok = e && set_pointer(e, CURLOPT_URL, t->url) &&
		  set_pointer(e, CURLOPT_PROTOCOLS_STR, "http,https") &&
		  set_long(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
		  set_long(e, CURLOPT_NOSIGNAL, 1L) && set_long(e, CURLOPT_QUICK_EXIT, 1L) &&
		  set_long(e, CURLOPT_TCP_NODELAY, 1L) && set_long(e, CURLOPT_POST, 1L) &&
		  set_pointer(e, CURLOPT_USERAGENT, r->agent) &&
		  set_long(e, CURLOPT_TIMEOUT_MS, r->timeout_ms) &&
		  set_long(e, CURLOPT_CONNECTTIMEOUT_MS, r->connect_ms) &&
		  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
		  set_pointer(e, CURLOPT_WRITEDATA, l) && set_pointer(e, CURLOPT_PRIVATE, l) &&
		  (r->user ? set_credentials(e, r->user, r->password)
			   : set_credentials(e, t->user, t->password)) &&
		  (!r->cacert || set_pointer(e, CURLOPT_CAINFO, r->cacert));

	return ok ? 0 : err_set(err, FE_ESYS, "libcurl refuses its options");
}

struct post *post_new(const struct post_rules *r, struct err *err)
{
	struct target t = {0};
	struct post *p = NULL;

	fe_assert(r->lanes <= POST_LANES_MAX);
	if (curl_global_init(CURL_GLOBAL_DEFAULT)) {
		(void)err_set(err, FE_ESYS, "libcurl: cannot be initialised");
		return NULL;
	}
	if (r->cacert && access(r->cacert, R_OK)) {
		(void)err_set(err, FE_EUSAGE, "--cacert %s: cannot be read", r->cacert);
		return NULL;
	}
	if (split_url(r, &t, err))
		goto fail;
	p = xcalloc(1, sizeof *p);
	p->multi = curl_multi_init();
	p->lanes = r->lanes;
	fe_assert(t.url); /* split_url gave it */
	p->url = xstrdup(t.url);
	p->has_query = strchr(t.url, '?') != NULL;
	for (unsigned i = 0; i < r->lanes; i++)
		if (lane_init(&p->lane[i], r, &t, err))
			goto fail;
	target_done(&t);
	return p;
fail:
	target_done(&t);
	post_free(p);
	return NULL;
}

void post_free(struct post *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < p->lanes; i++) {
		if (p->lane[i].easy)
			(void)curl_multi_remove_handle(p->multi, p->lane[i].easy);
		curl_easy_cleanup(p->lane[i].easy);
		curl_slist_free_all(p->lane[i].headers);
	}
	(void)curl_multi_cleanup(p->multi);
	free(p->url);
	free(p);
	curl_global_cleanup();
}

/* The request's own query behind the receiver's. */
static void set_url(struct post *p, struct lane *l, const char *query)
{
	AUTO_FREE char *url =
	    query ? xasprintf("%s%c%s", p->url, p->has_query ? '&' : '?', query) : NULL;

	fe_assert(curl_easy_setopt(l->easy, CURLOPT_URL, url ? url : p->url) == CURLE_OK);
}

static void set_headers(struct lane *l, const struct strv *headers)
{
	curl_slist_free_all(l->headers);
	l->headers = NULL;
	for (size_t i = 0; i <= headers->n; i++) {
		const char *line = i < headers->n ? headers->v[i] : "Expect:";
		struct curl_slist *more = curl_slist_append(l->headers, line);

		fe_assert(more); /* memory is the only cause */
		l->headers = more;
	}
	(void)curl_easy_setopt(l->easy, CURLOPT_HTTPHEADER, l->headers);
}

void post_send(struct post *p, unsigned lane, const struct post_request *r)
{
	struct lane *l = &p->lane[lane];

	fe_assert(lane < p->lanes);
	l->answer = 0;
	set_headers(l, r->headers);
	set_url(p, l, r->query);
	(void)curl_easy_setopt(l->easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
	(void)curl_easy_setopt(l->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->len);
	fe_assert(curl_multi_add_handle(p->multi, l->easy) == CURLM_OK);
	p->active = true;
}

void post_wait(struct post *p, struct pollfd *extra, unsigned n, int timeout_ms)
{
	struct curl_waitfd fds[POST_EXTRA_MAX];

	fe_assert(n <= POST_EXTRA_MAX);
	for (unsigned i = 0; i < n; i++)
		fds[i] = (struct curl_waitfd){.fd = extra[i].fd,
		    .events = (short)((extra[i].events & POLLIN ? CURL_WAIT_POLLIN : 0) |
				      (extra[i].events & POLLOUT ? CURL_WAIT_POLLOUT : 0))};
	(void)curl_multi_poll(p->multi, fds, n, timeout_ms, NULL);
	/* curl does not pass on POLLHUP, which is all that a closed pipe shows */
	if (poll(extra, n, 0) < 0)
		for (unsigned i = 0; i < n; i++)
			extra[i].revents = 0;
}

static struct post_answer answer_of(struct post *p, const CURLMsg *m)
{
	struct lane *l = NULL;
	long status = 0;
	curl_off_t wait = 0; /* seconds */
	CURLcode result = m->data.result;

	(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&l);
	(void)curl_easy_getinfo(m->easy_handle, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(m->easy_handle, CURLINFO_RETRY_AFTER, &wait);
	if (wait > 86400)
		wait = 86400;
	/* An answer counts once its head is whole: then some of its body may be wanting. */
	if (result != CURLE_OK && l->answer == 0)
		status = 0;
	return (struct post_answer){.lane = (unsigned)(l - p->lane),
	    .status = (int)status,
	    .retry_after_ns = status && wait > 0 ? (uint64_t)wait * NS_PER_S : 0,
	    .why = status ? "" : curl_easy_strerror(result),
	    .away = result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_HOST};
}

bool post_answer(struct post *p, struct post_answer *out)
{
	int running, left;
	CURLMsg *m;

	if (!p->active)
		return false;
	(void)curl_multi_perform(p->multi, &running);
	while ((m = curl_multi_info_read(p->multi, &left))) {
		if (m->msg != CURLMSG_DONE)
			continue;
		CURL *easy = m->easy_handle;

		*out = answer_of(p, m);
		(void)curl_multi_remove_handle(p->multi, easy); /* m is gone with it */
		return true;
	}
	p->active = running > 0;
	return false;
}
