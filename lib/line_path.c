/* SPDX-License-Identifier: MIT */
#include "line_path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "heroku.h" /* JSON */
#include "http_try.h"
#include "io.h"
#include "logfmt.h"
#include "mon.h"
#include "xmem.h"

#define PAUSE_NS (100 * (long)NS_PER_MS)
#define LAST_NS (500 * NS_PER_MS)
#define DATA_MAX (32UL * 1024 * 1024)

/* ---- addresses ---- */

/* Where the path begins: "" where there is none. */
static const char *path_of(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return host + strcspn(host, "/?#");
}

char *line_path_at(const char *url, const char *path)
{
	const char *host = strstr(url, "://");
	size_t scheme = host ? (size_t)(host + 3 - url) : 0;
	const char *end = path_of(url);
	const char *at = memrchr(url + scheme, '@', (size_t)(end - url) - scheme);

	at = at ? at + 1 : url + scheme;
	return xasprintf("%.*s%.*s%s", (int)scheme, url, (int)(end - at), at, path);
}

char *line_path_numbers(const char *url, const char *name)
{
	const char *path = path_of(url);
	size_t n = strcspn(url, "?#");
	bool has_path = *path == '/' && path[1] && path[1] != '?' && path[1] != '#';

	if (!has_path)
		n = (size_t)(path - url);
	return xasprintf("%.*s%s%s?limit=2&resolution=1", (int)n, url,
	    !has_path           ? "/metrics/"
	    : url[n - 1] == '/' ? ""
				: "/",
	    name);
}

int line_path_discover(
    const char *key, const char *name, const char *path, struct strv *targets, struct err *err)
{
	const char *url = getenv(key);

	if (!url || !*url)
		return 0;
	if (http_check_url(url, NULL, err) < 0)
		return err_wrap(err, "environment %s", key);
	AUTO_FREE char *own = path ? line_path_at(url, path) : xstrdup(url);

	strv_take(targets, xasprintf("%s=%s", name, own));
	return 0;
}

/* ---- requests ---- */

/* One request of which nothing is told but trouble: TRY_PASS, or what the probe returns. */
static int get(
    struct try *t, const struct http_opts *o, struct http_request *req, struct http_response *res)
{
	struct err err = ERR_INIT;
	int result = TRY_PASS;

	req->timeout_ns = try_left_ns(t) + 1;
	int rc = http_perform(req, res, &err);
	AUTO_FREE char *wrong = rc < 0 ? NULL : http_opts_judge(o, res);

	if (rc < 0)
		result = rc == FE_ESYS ? try_unknown(t, "local", "%s", err_text(&err))
				       : try_fail(t, "%s", err_text(&err));
	else if (wrong)
		result = http_try_fail(t, res, "%s", wrong);
	if (result != TRY_PASS)
		try_evidence(t, "url", "%s", res->shown_url ? res->shown_url : "");
	err_done(&err);
	return result;
}

/* False: less than LAST_NS is left, for a last word. */
static bool pause_before(const struct try *t)
{
	if (try_left_ns(t) < LAST_NS)
		return false;
	(void)nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	return true;
}

/* ---- marks ---- */

/* Shared with the tries, which are processes of their own. */
struct line_path_pen {
	int fd;
	uint64_t first, next;
};

int line_path_pen(struct line_path_pen **out, struct err *err)
{
	struct line_path_pen *pen =
	    mmap(NULL, sizeof *pen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (pen == MAP_FAILED)
		return err_sys(err, errno, "memory for marks");
	pen->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (pen->fd < 0)
		return err_sys(err, errno, "standard output");
	pen->first = pen->next = (uint64_t)clock_wall_ms();
	*out = pen;
	return 0;
}

int line_path_mark(struct line_path_pen *pen, const char *app, const char *source, uint64_t *out)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);

	*out = __atomic_fetch_add(&pen->next, 1, __ATOMIC_RELAXED);
	if (logfmt_str(&b, "app", app) || logfmt_quoted(&b, "source", source, strlen(source)) ||
	    logfmt_int(&b, "measure#mark", *out) || buf_addc(&b, '\n'))
		return FE_ELIMIT;
	return io_write_all(pen->fd, b.p, b.len);
}

char *line_path_source(const char *app)
{
	const char *site = getenv("FERRET_SITE"), *who = getenv("DYNO");
	const char *dot = strrchr(who && *who ? who : (who = getenv("PS")) ? who : "", '.');

	return xasprintf("l2met.metric.%s%s%s%s%s", app, site && *site ? "-" : "",
	    site && *site ? site : "", dot ? "-" : "", dot ? dot + 1 : "");
}

/* ---- answers ---- */

static json_t *parse(const char *text, bool array, struct err *err)
{
	json_error_t why;
	json_t *doc = json_loads(text, 0, &why);

	if (!doc)
		(void)err_set(err, FE_EPROTO, "the answer is no JSON: %s", why.text);
	else if (array ? json_is_array(doc) : json_is_array(json_object_get(doc, "checks")))
		return doc;
	else
		(void)err_set(
		    err, FE_EPROTO, "the answer is %s", array ? "no array" : "no list of checks");
	json_decref(doc);
	return NULL;
}

static double number(const json_t *row, const char *key)
{
	return json_number_value(json_object_get(row, key));
}

struct marks {
	double newest;  /* largest number; 0: none */
	uint64_t count; /* marks of this start in the answer */
	uint64_t lost;  /* ... and how many are missing between the first and the newest of them */
};

static int read_marks(const char *json, const struct line_path_pen *pen, const char *source,
    struct marks *out, struct err *err)
{
	json_t *rows = parse(json, true, err);
	double first = 0;
	const json_t *row;
	size_t i;

	*out = (struct marks){0};
	if (!rows)
		return FE_EPROTO;
	json_array_foreach(rows, i, row)
	{
		double low = number(row, "min"), high = number(row, "max");

		if (strcmp(heroku_str(row, "source"), source) != 0)
			continue;
		out->newest = high > out->newest ? high : out->newest;
		if (low < (double)pen->first) /* with marks of an earlier start */
			continue;
		out->count += (uint64_t)number(row, "count");
		first = first > 0 && first < low ? first : low;
	}
	json_decref(rows);
	uint64_t wanted = out->count ? (uint64_t)(out->newest - first) + 1 : 0;

	out->lost = wanted > out->count ? wanted - out->count : 0;
	return 0;
}

struct news {
	uint64_t checks;
	int64_t age_ms, allowed_ms; /* of the check that is freshest by its own interval */
	char who[128];              /* its source */
};

static int read_news(
    const char *json, int64_t stale, int64_t least_ms, struct news *out, struct err *err)
{
	json_t *doc = parse(json, false, err);
	int64_t now = heroku_int(doc, "now", 0);
	const json_t *row;
	size_t i;

	*out = (struct news){0};
	if (!doc)
		return FE_EPROTO;
	json_array_foreach(json_object_get(doc, "checks"), i, row)
	{
		int64_t last = heroku_int(row, "last", 0), every = heroku_int(row, "every", 0);
		int64_t allowed = stale * (every > least_ms ? every : least_ms);

		if (!last)
			continue;
		if (out->checks++ && now - last - allowed >= out->age_ms - out->allowed_ms)
			continue;
		out->age_ms = now - last;
		out->allowed_ms = allowed;
		(void)snprintf(out->who, sizeof out->who, "%s", heroku_str(row, "source"));
	}
	json_decref(doc);
	return 0;
}

int line_path_await(struct try *t, const struct http_opts *o, struct http_request *req,
    const struct line_path_wait *w)
{
	struct marks seen = {0};
	struct http_response res;
	struct err err = ERR_INIT;
	int result = TRY_PASS;

	while (result == TRY_PASS && seen.newest < (double)w->mark) {
		result = get(t, o, req, &res);
		if (result == TRY_PASS &&
		    read_marks(buf_str(&res.body), w->pen, w->source, &seen, &err) < 0)
			result = http_try_fail(t, &res, "%s", err_text(&err));
		http_response_done(&res);
		if (result == TRY_PASS && seen.newest < (double)w->mark && !pause_before(t))
			result = try_fail(t, "mark %llu of %s is not to be read back%s",
			    (unsigned long long)w->mark, w->source,
			    seen.newest > 0 ? "; earlier ones are" : ", nor is any other");
	}
	if (result == TRY_PASS)
		try_value(t, "lost", (double)seen.lost, "");
	err_done(&err);
	return result;
}

static int judge_news(struct try *t, const struct news *n)
{
	try_value(t, "checks", (double)n->checks, "");
	if (!n->checks)
		return try_fail(t, "the dashboard knows of no check");
	try_value(t, "age", (double)n->age_ms / 1e3, "s");
	if (n->age_ms <= n->allowed_ms)
		return TRY_PASS;
	return try_fail(t, "the newest verdict (of %s) is %.1f s old, wanted at most %.1f s",
	    n->who, (double)n->age_ms / 1e3, (double)n->allowed_ms / 1e3);
}

int line_path_fresh(
    struct try *t, const struct http_opts *o, struct http_request *req, int64_t stale)
{
	uint64_t until = clock_mono_ns() + try_interval_ns(t);
	int64_t own_ms = (int64_t)(try_interval_ns(t) / NS_PER_MS);
	struct news news = {0};
	struct http_response res;
	struct err err = ERR_INIT;
	int result = TRY_PASS;

	req->max_body = DATA_MAX;
	do {
		result = get(t, o, req, &res);
		if (result == TRY_PASS &&
		    read_news(buf_str(&res.body), stale, own_ms, &news, &err) < 0)
			result = http_try_fail(t, &res, "%s", err_text(&err));
		http_response_done(&res);
	} while (result == TRY_PASS && !news.checks && clock_mono_ns() < until && pause_before(t));
	err_done(&err);
	return result == TRY_PASS ? judge_news(t, &news) : result;
}
