/* SPDX-License-Identifier: MIT */
/*
 * who_login: POST /login and /logout, GET /api/session; and the queue of errands, one of which at a time
 * is a password being hashed on a thread of the pool: a flood of logins costs one core at most.
 */
#include "who_in.h"
#include "word.h"
#include "xmem.h"

char *who_field(const struct exch *x, const char *name)
{
	const char *type = exch_header(x, "Content-Type");
	size_t n;
	const char *body = exch_body(x, &n);

	if (!type || strncasecmp(type, "application/x-www-form-urlencoded", 33) != 0 ||
	    n > 8UL * WHO_FIELD_MAX)
		return NULL;
	char *text = query_param(body, name, 0);

	if (text && strlen(text) > WHO_FIELD_MAX) {
		free(text);
		text = NULL;
	}
	return text;
}

void who_redirect(struct exch *x, const char *to)
{
	exch_add_header(x, "Location", to);
	exch_answer(x, 303, "text/plain; charset=utf-8", "", 0);
}

static void add_escaped(struct buf *out, const char *text)
{
	for (const char *p = text; *p; p++)
		if (strchr("/._-~", *p) || (*p >= '0' && *p <= '9') ||
		    ((*p | 32) >= 'a' && (*p | 32) <= 'z'))
			(void)!buf_addc(out, *p);
		else
			(void)!buf_addf(out, "%%%02X", (unsigned char)*p);
}

void who_redirect_login(struct exch *x, const char *next, const char *note)
{
	struct buf AUTO_BUF to = BUF_INIT(BUF_MAX_TEXT);

	(void)!buf_adds(&to, "/login?next=");
	add_escaped(&to, safe_next(next));
	if (note)
		(void)!buf_addf(&to, "&%s", note);
	who_redirect(x, buf_str(&to));
}

/* ---- errands ---- */

void who_errand_free(struct errand *e)
{
	if (e->x)
		exch_on_gone(e->x, NULL, NULL);
	secret_wipe(e->password, e->password ? strlen(e->password) : 0);
	secret_wipe(e->token, sizeof e->token);
	person_done(&e->find.person);
	free(e->row.session.name);
	free(e->user);
	free(e->email);
	free(e->password);
	free(e->to);
	free(e->hash);
	free(e);
}

static void begin_next(struct who *w);

static void end(struct errand *e)
{
	struct who *w = e->c->who;

	w->running = NULL;
	w->errands--;
	who_errand_free(e);
	begin_next(w);
}

static void answer_wrong(struct errand *e)
{
	if (e->page) {
		who_redirect_login(e->x, e->to, "failed=1");
		return;
	}
	exch_add_header(e->x, "WWW-Authenticate", "Bearer realm=\"ferret\"");
	web_error(e->x, 401, "no such user with this password");
}

static void answer_in(struct errand *e)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct json j = {.out = &out};
	char csrf[SECRET_HEX];

	who_set_cookie(e->c, e->x, e->token);
	if (e->page) {
		who_redirect(e->x, safe_next(e->to));
		return;
	}
	who_csrf(e->token, csrf);
	json_open(&j, NULL, '{');
	json_str(&j, "person", e->row.session.name);
	json_str(&j, "csrf", csrf);
	json_close(&j, '}');
	web_json(e->x, &out);
}

static void on_stored(void *arg, int rc, const char *why)
{
	struct errand *e = arg;
	struct who *w = e->c->who;

	if (!rc && !e->row.taken) {
		(void)session_put(&w->sessions, &e->row.session, collector_now());
		if (e->setup) {
			w->people = w->people ? w->people : 1;
			w->setup_hash[0] = '\0';
		}
	}
	if (e->x && rc)
		web_error(e->x, 503, "the session could not be stored: %s", why);
	else if (e->x && e->row.taken)
		web_error(e->x, 410, "a password has been set by somebody else meanwhile");
	else if (e->x)
		answer_in(e);
	end(e);
}

static int add_row(void *arg, struct db *db, struct err *err)
{
	return who_add_session(&((struct errand *)arg)->row, db, err);
}

/* The session's row, with that of the person where it is new. */
static void store_session(struct errand *e)
{
	struct session *s = &e->row.session;
	const struct person *p = &e->find.person;
	int64_t now = collector_now();

	secret_token(e->token);
	secret_hash(e->token, s->hash);
	s->person = p->id;
	s->name = xstrdup(person_shown(p));
	s->made_ms = e->row.now_ms = now;
	s->until_ms = now + SESSION_IDLE_MS;
	e->row.person = e->setup ? &e->find.person : NULL;
	store_call(e->c->store, add_row, on_stored, e);
}

static void hash_password(uv_work_t *work)
{
	struct errand *e = work->data;

	if (e->setup)
		e->right = secret_password(e->password, &e->find.person.hash, NULL) == 0;
	else
		e->right = secret_password_is(e->find.person.hash, e->password);
}

static void on_hashed(uv_work_t *work, int status)
{
	struct errand *e = work->data;
	struct who *w = e->c->who;

	if (status || !e->x) {
		end(e);
	} else if (!e->right) {
		answer_wrong(e);
		end(e);
	} else {
		throttle_passed(w->by_account, e->account);
		throttle_passed(w->by_address, e->address);
		store_session(e);
	}
}

static void on_found(void *arg, int rc, const char *why)
{
	struct errand *e = arg;

	if (rc || !e->x) {
		if (e->x)
			web_error(e->x, 503, "the store cannot tell who that is: %s", why);
		end(e);
		return;
	}
	e->work.data = e;
	fe_assert(uv_queue_work(&e->c->loop, &e->work, hash_password, on_hashed) == 0);
}

static int find_row(void *arg, struct db *db, struct err *err)
{
	return who_find_person(&((struct errand *)arg)->find, db, err);
}

static void begin_next(struct who *w)
{
	struct errand *e;

	while (!w->running && (e = w->waiting)) {
		w->waiting = e->next;
		if (!e->x) {
			w->errands--;
			who_errand_free(e);
			continue;
		}
		w->running = e;
		if (e->setup) {
			e->find.person = (struct person){
			    .id = 1, .name = xstrdup(e->user), .email = xstrdup(e->email)};
			on_found(e, 0, NULL);
		} else {
			e->find.user = e->user;
			store_call(e->c->store, find_row, on_found, e);
		}
	}
}

static void on_gone(void *arg)
{
	((struct errand *)arg)->x = NULL;
}

bool who_errand(struct errand *e)
{
	struct who *w = e->c->who;
	struct errand **at = &w->waiting;

	if (w->errands >= WHO_LOGINS_MAX)
		return false;
	w->errands++;
	while (*at)
		at = &(*at)->next;
	*at = e;
	exch_on_gone(e->x, on_gone, e);
	begin_next(w);
	return true;
}

/* ---- requests ---- */

static uint64_t key_of(const struct who *w, const char *text)
{
	AUTO_FREE char *lower = xstrdup(text);

	for (char *p = lower; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 32);
	return word_hash((struct word){lower, strlen(lower)}, w->seed) | 1;
}

static void set_keys(struct errand *e)
{
	char peer[HTTPD_ADDRESS];
	const struct safe_rules rules = who_safe_rules(e->c);
	const struct safe_request q = who_safe_request(e->x, peer);
	AUTO_FREE char *client = safe_client(&rules, &q);

	e->address = key_of(e->c->who, client);
	e->account = key_of(e->c->who, e->user);
}

static bool is_throttled(struct errand *e)
{
	struct who *w = e->c->who;
	int64_t now = collector_now();
	int64_t a = throttle_wait(w->by_account, e->account, now),
		b = throttle_wait(w->by_address, e->address, now);
	int64_t wait = ((a > b ? a : b) + 999) / 1000;
	AUTO_FREE char *text = xasprintf("%lld", (long long)wait);

	if (wait == 0) {
		throttle_try(w->by_account, e->account, now);
		throttle_try(w->by_address, e->address, now);
		return false;
	}
	exch_add_header(e->x, "Retry-After", text);
	if (e->page) {
		AUTO_FREE char *note = xasprintf("wait=%s", text);

		who_redirect_login(e->x, e->to, note);
	} else {
		web_error(e->x, 429, "too many logins that failed: wait %s s", text);
	}
	return true;
}

static char *user_field(const struct exch *x)
{
	static const char *const names[] = {"user", "email", "name"};
	char *user = NULL;

	for (size_t i = 0; i < ARRAY_LEN(names) && !user; i++)
		user = who_field(x, names[i]);
	return user;
}

static void login(struct collector *c, struct exch *x)
{
	struct errand *e = xcalloc(1, sizeof *e);

	*e = (struct errand){.c = c,
	    .x = x,
	    .user = user_field(x),
	    .password = who_field(x, "password"),
	    .to = who_field(x, "next"),
	    .page = who_wants_page(x)};
	if (!e->user || !e->password) {
		web_error(x, 400, "wanted a form with user (or email) and password");
	} else {
		set_keys(e);
		if (!is_throttled(e)) {
			if (who_errand(e))
				return;
			exch_add_header(x, "Retry-After", "5");
			web_error(x, 503, "too many logins at once");
		}
	}
	who_errand_free(e);
}

/* ---- the end of a session ---- */

struct leaving {
	struct collector *c;
	struct exch *x;
	struct who_row row;
};

static void on_left(void *arg, int rc, const char *why)
{
	struct leaving *l = arg;

	if (l->x) {
		exch_on_gone(l->x, NULL, NULL);
		if (rc) {
			web_error(l->x, 503, "the session's end could not be stored: %s", why);
		} else {
			who_set_cookie(l->c, l->x, NULL);
			if (who_wants_page(l->x))
				who_redirect(l->x, "/login");
			else
				exch_answer(l->x, 204, NULL, NULL, 0);
		}
	}
	free(l);
}

static int end_row(void *arg, struct db *db, struct err *err)
{
	return who_end_session(&((struct leaving *)arg)->row, db, err);
}

static void on_leaver_gone(void *arg)
{
	((struct leaving *)arg)->x = NULL;
}

static void logout(struct collector *c, struct exch *x)
{
	const struct session *s = who_session(c, x);

	if (!s) {
		who_set_cookie(c, x, NULL);
		who_redirect(x, "/login");
		return;
	}
	if (!who_has_csrf(x)) {
		web_error(x, 403, "wanted X-Csrf-Token: what GET /api/session tells as csrf");
		return;
	}
	struct leaving *l = xcalloc(1, sizeof *l);

	*l = (struct leaving){.c = c, .x = x};
	memcpy(l->row.session.hash, s->hash, SESSION_HASH);
	session_drop(&c->who->sessions, l->row.session.hash);
	exch_on_gone(x, on_leaver_gone, l);
	store_call(c->store, end_row, on_left, l);
}

static void session(struct collector *c, struct exch *x)
{
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	struct json j = {.out = &out};
	const struct session *s = who_session(c, x);
	char token[SECRET_HEX] = "", csrf[SECRET_HEX];

	if (s && who_cookie(x, token))
		who_csrf(token, csrf);
	json_open(&j, NULL, '{');
	json_str(&j, "person", s ? s->name : NULL);
	json_str(&j, "csrf", *token ? csrf : NULL);
	json_bool(&j, "open", who_is_open(c));
	json_close(&j, '}');
	web_json(x, &out);
}

const struct web_route who_routes[] = {
    {"POST", "/login", WEB_ALL, login},
    {"POST", "/logout", WEB_ALL, logout},
    {"GET", "/api/session", WEB_ALL, session},
    {NULL, NULL, WEB_ALL, NULL},
};
