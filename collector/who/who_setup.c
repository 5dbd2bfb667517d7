/* SPDX-License-Identifier: MIT */
/* who_setup: the first password, by a link that stands on stderr once. */
#include "asset.h"
#include "who_in.h"
#include "xmem.h"

#define PATH "/setup"

static const char policy[] = "default-src 'none'; style-src 'self'; img-src 'self'; "
			     "form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

static void say_link(struct collector *c)
{
	const struct config *k = &c->config;
	const char *domain = getenv("HEROKU_APP_DEFAULT_DOMAIN_NAME");
	bool six = strchr(k->bind, ':') != NULL;
	AUTO_FREE char *base = k->url ? xstrdup(k->url)
			       : domain && *domain
				   ? xasprintf("https://%s", domain)
				   : xasprintf("http://%s%s%s:%u", six ? "[" : "", k->bind,
					 six ? "]" : "", httpd_port(c->httpd));
	size_t n = strlen(base);

	(void)fprintf(stderr,
	    "collector: nobody has a password yet; within 15 minutes, once: %.*s" PATH
	    "?token=%s\n",
	    (int)(n && base[n - 1] == '/' ? n - 1 : n), base, c->who->setup);
	secret_wipe(c->who->setup, sizeof c->who->setup);
}

void who_say(struct collector *c)
{
	struct who *w = c->who;
	const struct config *k = &c->config;

	if (w->said || !w->loaded || !c->httpd)
		return;
	w->said = true;
	if (!k->on_loopback && !k->drain_token && !w->drains.n)
		(void)fprintf(stderr,
		    "collector: %s is no loopback and neither DRAIN_TOKEN nor DRAIN_TOKENS is set: "
		    "drains are answered 401\n",
		    k->bind);
	if (who_is_open(c) || w->people)
		return;
	secret_token(w->setup);
	secret_hash(w->setup, w->setup_hash);
	w->setup_until_ms = collector_now() + WHO_SETUP_MS;
	say_link(c);
}

static bool is_good(const struct who *w, const char *token)
{
	char hash[SECRET_HEX];

	if (!token || !*w->setup_hash || collector_now() >= w->setup_until_ms)
		return false;
	secret_hash(token, hash);
	return secret_same(hash, w->setup_hash);
}

static void put_page(struct exch *x, int status, const char *body)
{
	AUTO_FREE char *page = xasprintf(
	    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n"
	    "<title>Set a password · Ferret</title>\n"
	    "<link rel=\"stylesheet\" href=\"/static/%s/app.css\">\n</head>\n<body>\n"
	    "<main id=\"main\" class=\"narrow\">\n<h1>Set a password</h1>\n%s</main>\n</body>\n"
	    "</html>\n",
	    asset_hash, body);

	exch_add_header(x, "Content-Security-Policy", policy);
	exch_answer(x, status, "text/html; charset=utf-8", page, strlen(page));
}

static void put_gone(struct exch *x)
{
	put_page(x, 410,
	    "<p>This link is not good, or not any more: it works once, for 15 minutes after the "
	    "collector's start, while nobody has a password. A restart of the collector prints a "
	    "new one.</p>\n");
}

/* token: digits alone. note: words of ours. */
static void put_form(struct exch *x, int status, const char *token, const char *note)
{
	AUTO_FREE char *body = xasprintf(
	    "%s%s%s<form method=\"post\" action=\"" PATH "\" class=\"login\">\n"
	    "<input type=\"hidden\" name=\"token\" value=\"%s\">\n"
	    "<label for=\"user\">E-mail or name</label>\n"
	    "<input id=\"user\" name=\"user\" required maxlength=\"200\" autocomplete=\"username\" "
	    "autofocus>\n"
	    "<label for=\"password\">Password, at least %u characters</label>\n"
	    "<input id=\"password\" name=\"password\" type=\"password\" required minlength=\"%u\" "
	    "autocomplete=\"new-password\">\n"
	    "<label for=\"again\">The same again</label>\n"
	    "<input id=\"again\" name=\"again\" type=\"password\" required minlength=\"%u\" "
	    "autocomplete=\"new-password\">\n"
	    "<button type=\"submit\">Set it</button>\n</form>\n",
	    note ? "<p role=\"alert\">" : "", note ? note : "", note ? "</p>\n" : "", token,
	    WHO_PASSWORD_MIN, WHO_PASSWORD_MIN, WHO_PASSWORD_MIN);

	put_page(x, status, body);
}

static void form(struct collector *c, struct exch *x)
{
	AUTO_FREE char *token = exch_param(x, "token");

	if (is_good(c->who, token))
		put_form(x, 200, token, NULL);
	else
		put_gone(x);
}

/* What is wrong with the form; NULL: nothing. */
static const char *fault(const struct errand *e, const char *again)
{
	if (!e->user || !*e->user || strlen(e->user) > 200)
		return "An e-mail address or a name is wanted, at most 200 characters.";
	if (!e->password || strlen(e->password) < WHO_PASSWORD_MIN)
		return "The password is too short.";
	if (again && strcmp(again, e->password) != 0)
		return "The two passwords are not the same.";
	return NULL;
}

static void set_up(struct collector *c, struct exch *x)
{
	AUTO_FREE char *token = who_field(x, "token"), *again = who_field(x, "again");

	if (!is_good(c->who, token)) {
		put_gone(x);
		return;
	}
	struct errand *e = xcalloc(1, sizeof *e);

	*e = (struct errand){.c = c,
	    .x = x,
	    .setup = true,
	    .user = who_field(x, "user"),
	    .password = who_field(x, "password"),
	    .to = xstrdup("/"),
	    .page = who_wants_page(x)};
	const char *wrong = fault(e, again);

	e->email = xstrdup(e->user && strchr(e->user, '@') ? e->user : "");
	if (!wrong && who_errand(e)) {
		secret_wipe(again, again ? strlen(again) : 0);
		return;
	}
	if (wrong)
		put_form(x, 400, token, wrong);
	else
		web_error(x, 503, "too many logins at once");
	who_errand_free(e);
}

const struct web_route who_setup_routes[] = {
    {"GET", PATH, WEB_ALL, form},
    {"POST", PATH, WEB_ALL, set_up},
    {NULL, NULL, WEB_ALL, NULL},
};
