/* SPDX-License-Identifier: MIT */
/* Who is asking: key and address checked once, chance and time, whom to trust. */
#include "heroku.h"

#include <signal.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/random.h>

#include "clock.h"
#include "heroku_in.h"
#include "tls.h"
#include "xmem.h"

#define SILENCE_S 60

const char *heroku_class_word(enum heroku_class c)
{
	static const char *const words[] = {
#define X(name, word) [HEROKU_##name] = (word),
	    HEROKU_CLASSES(X)
#undef X
	};

	return words[c];
}

/* ---- the world ---- */

static int really_perform(
    void *arg, const struct http_request *req, struct http_response *res, struct err *err)
{
	(void)arg;
	return http_perform(req, res, err);
}

static uint64_t really_now(void *arg)
{
	(void)arg;
	return clock_mono_ns();
}

static void really_sleep(void *arg, uint64_t ns)
{
	struct timespec ts = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};

	(void)arg;
	nanosleep(&ts, NULL);
}

static double really_chance(void *arg)
{
	uint32_t n = 0;

	(void)arg;
	if (getrandom(&n, sizeof n, GRND_NONBLOCK) != sizeof n)
		n = (uint32_t)clock_mono_ns();
	return (double)n / 4294967296.0;
}

static const struct heroku_world real_world = {
    really_perform, really_now, really_sleep, really_chance, NULL};

struct backoff_now heroku_now(const struct heroku *h)
{
	return (struct backoff_now){
	    .now_ns = h->world.now(h->world.arg),
	    .deadline_ns = h->opts.deadline_ns,
	    .chance = h->world.chance(h->world.arg),
	};
}

void heroku_sleep(struct heroku *h, uint64_t ns)
{
	if (ns)
		h->world.sleep(h->world.arg, ns);
	h->waited_ns += ns;
}

static void warn_on_stderr(void *arg, const char *text)
{
	struct err err = ERR_INIT;

	(void)arg;
	(void)err_set(&err, FE_EINVAL, "the platform warns: %s", text);
	err_print("heroku", &err);
	err_done(&err);
}

/* ---- opening ---- */

static int take_key(struct heroku *h, struct err *err)
{
	const char *key = h->opts.key ? h->opts.key : getenv("HEROKU_API_KEY");

	if (!key || !*key)
		return err_set(err, FE_EUSAGE,
		    "HEROKU_API_KEY is not set: wanted a token of the platform's account "
		    "(https://dashboard.heroku.com/account shows one)");
	for (const char *c = key; *c; c++)
		if (*c <= ' ' || *c > '~')
			return err_set(err, FE_EUSAGE,
			    "HEROKU_API_KEY holds a blank or another character that no token has");
	h->key = xstrdup(key);
	return 0;
}

static bool is_loopback(const char *host)
{
	size_t n = strlen(host), tail = strlen(".localhost");

	return (strncmp(host, "127.", 4) == 0 && http_is_address(host)) ||
	       strcmp(host, "::1") == 0 || strcasecmp(host, "localhost") == 0 ||
	       (n > tail && strcasecmp(host + n - tail, ".localhost") == 0);
}

static int take_url(struct heroku *h, bool *tls, struct err *err)
{
	const char *url = h->opts.url ? h->opts.url : getenv("HEROKU_API_URL");
	AUTO_FREE char *host = NULL;
	uint16_t port;

	url = url && *url ? url : HEROKU_URL;
	if (http_check_url(url, tls, err) < 0)
		return err_wrap(err, "HEROKU_API_URL"), FE_EUSAGE;
	if (strpbrk(url, "@?#"))
		return err_set(err, FE_EUSAGE,
		    "HEROKU_API_URL: wanted scheme, host and port alone, no user, query or mark");
	http_host_port(url, &host, &port);
	if (!*tls && !is_loopback(host))
		return err_set(err, FE_EUSAGE,
		    "HEROKU_API_URL %s: the key goes there, so it must be https (http on loopback "
		    "alone)",
		    url);
	h->url = xstrdup(url);
	for (size_t n = strlen(h->url); n && h->url[n - 1] == '/'; n--)
		h->url[n - 1] = 0;
	return 0;
}

int heroku_open(struct heroku **out, const struct heroku_opts *opts, struct err *err)
{
	struct heroku *h = xcalloc(1, sizeof *h);
	bool tls = false;

	*out = NULL;
	h->opts = *opts;
	h->world = opts->world ? *opts->world : real_world;
	h->last = (struct heroku_last){.path = xstrdup(""),
	    .id = xstrdup(""),
	    .resource = xstrdup(""),
	    .request_id = xstrdup("")};
	if (!h->opts.silence_s)
		h->opts.silence_s = SILENCE_S;
	if (!h->opts.warn)
		h->opts.warn = warn_on_stderr;
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)signal(SIGPIPE, SIG_IGN);
	int rc = take_key(h, err);
	if (rc == 0)
		rc = take_url(h, &tls, err);
	if (rc == 0)
		rc = http_prepare(tls, err);
	if (rc == 0 && tls && !heroku_store(h, err))
		rc = FE_EUSAGE;
	if (rc < 0)
		heroku_close(h);
	else
		*out = h;
	return rc;
}

void heroku_close(struct heroku *h)
{
	if (!h)
		return;
	if (h->key)
		explicit_bzero(h->key, strlen(h->key));
	free(h->key);
	free(h->url);
	free(h->last.path);
	free(h->last.id);
	free(h->last.resource);
	free(h->last.request_id);
	tls_store_free(h->store);
	free(h);
}

void heroku_deadline(struct heroku *h, uint64_t deadline_ns)
{
	h->opts.deadline_ns = deadline_ns;
}

uint64_t heroku_deadline_ns(const struct heroku *h)
{
	return h->opts.deadline_ns;
}

uint64_t heroku_waited_ns(const struct heroku *h)
{
	return h->waited_ns;
}

uint64_t heroku_limited_ns(const struct heroku *h)
{
	return h->limited_ns;
}

const struct heroku_last *heroku_last(const struct heroku *h)
{
	return &h->last;
}

struct tls_store *heroku_store(struct heroku *h, struct err *err)
{
	if (!h->store && tls_store_load(h->opts.cacert, &h->store, err) < 0)
		h->store = NULL;
	return h->store;
}
