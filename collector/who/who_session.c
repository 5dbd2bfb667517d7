/* SPDX-License-Identifier: MIT */
/* who_session: the cookie, and the session that it stands for. */
#include "who_in.h"
#include "xmem.h"

struct looking { /* for a session's row; x NULL: for its freshness alone, or the client has gone */
	struct collector *c;
	struct exch *x;
	struct who_row row;
};

bool who_wants_page(const struct exch *x)
{
	const char *accept = exch_header(x, "Accept");

	return accept && strstr(accept, "text/html");
}

bool who_cookie(const struct exch *x, char out[SECRET_HEX])
{
	static const char name[] = WHO_COOKIE "=";
	const char *p = exch_header(x, "Cookie");

	for (; p && *p; p += strcspn(p, ";"), p += *p == ';') {
		p += strspn(p, " \t");
		if (strncmp(p, name, sizeof name - 1) != 0)
			continue;
		p += sizeof name - 1;
		if (strspn(p, "0123456789abcdef") != SECRET_HEX - 1)
			return false;
		memcpy(out, p, SECRET_HEX - 1);
		out[SECRET_HEX - 1] = '\0';
		return true;
	}
	return false;
}

struct session *who_session(struct collector *c, const struct exch *x)
{
	char token[SECRET_HEX], hash[SECRET_HEX];

	if (!who_cookie(x, token))
		return NULL;
	secret_hash(token, hash);
	return session_find(&c->who->sessions, hash, collector_now());
}

static int find_row(void *arg, struct db *db, struct err *err)
{
	return who_find_session(&((struct looking *)arg)->row, db, err);
}

static int tell_row(void *arg, struct db *db, struct err *err)
{
	return who_tell_session(&((struct looking *)arg)->row, db, err);
}

static void looking_free(struct looking *l)
{
	l->c->who->lookups--;
	free(l->row.session.name);
	free(l);
}

static void on_told(void *arg, int rc, const char *why)
{
	(void)rc, (void)why; /* next time, then: the session ends earlier, no later */
	looking_free(arg);
}

static void on_looked(void *arg, int rc, const char *why)
{
	struct looking *l = arg;
	struct sessions *all = &l->c->who->sessions;

	(void)why;
	if (!rc && l->row.found)
		(void)session_put(all, &l->row.session, collector_now());
	else if (!rc)
		session_drop(all, l->row.session.hash);
	if (l->x) {
		exch_on_gone(l->x, NULL, NULL);
		if (rc) {
			exch_add_header(l->x, "Retry-After", "1");
			web_error(l->x, 503, "the store cannot tell whose session this is");
		} else {
			web_route(l->c, l->x);
		}
	}
	looking_free(l);
}

static void on_gone(void *arg)
{
	((struct looking *)arg)->x = NULL;
}

static struct looking *look(struct collector *c, struct exch *x, const char *hash)
{
	struct looking *l = xcalloc(1, sizeof *l);

	*l = (struct looking){.c = c, .x = x, .row.now_ms = collector_now()};
	memcpy(l->row.session.hash, hash, SECRET_HEX);
	c->who->lookups++;
	return l;
}

/* A known one is used: its row may have to be asked, or told. The request need not wait. */
static void use(struct collector *c, struct session *s, const char *hash, int64_t now)
{
	if (c->who->lookups >= WHO_LOOKUPS_MAX)
		return;
	if (session_ask(s, now)) {
		store_call(c->store, find_row, on_looked, look(c, NULL, hash));
	} else if (session_use(s, now)) {
		struct looking *l = look(c, NULL, hash);

		l->row.session.until_ms = s->until_ms;
		store_call(c->store, tell_row, on_told, l);
	}
}

bool who_session_look(struct collector *c, struct exch *x)
{
	char token[SECRET_HEX], hash[SECRET_HEX];
	int64_t now = collector_now();
	struct session *s;

	if (!c->who->people || !who_cookie(x, token))
		return true;
	secret_hash(token, hash);
	s = session_find(&c->who->sessions, hash, now);
	if (s) {
		use(c, s, hash, now);
		return true;
	}
	if (c->who->lookups >= WHO_LOOKUPS_MAX) {
		exch_add_header(x, "Retry-After", "1");
		web_error(x, 503, "too many unknown sessions at once");
		return false;
	}
	struct looking *l = look(c, x, hash);

	exch_on_gone(x, on_gone, l);
	store_call(c->store, find_row, on_looked, l);
	return false;
}

/* Nobody without the cookie can make it, and nothing has to be kept for it. */
void who_csrf(const char token[SECRET_HEX], char out[SECRET_HEX])
{
	char salted[SECRET_HEX + 5];

	(void)snprintf(salted, sizeof salted, "csrf:%s", token);
	secret_hash(salted, out);
}

bool who_has_csrf(const struct exch *x)
{
	char token[SECRET_HEX], right[SECRET_HEX];
	const char *header = exch_header(x, "X-Csrf-Token");
	AUTO_FREE char *field = header ? NULL : who_field(x, "csrf");
	const char *given = header ? header : field;

	if (!given || !who_cookie(x, token))
		return false;
	who_csrf(token, right);
	return secret_same(given, right);
}

void who_set_cookie(const struct collector *c, struct exch *x, const char *token)
{
	AUTO_FREE char *cookie = xasprintf(WHO_COOKIE "=%s; Path=/; HttpOnly; SameSite=Lax; "
						      "Max-Age=%lld%s",
	    token ? token : "", token ? SESSION_LIFE_MS / 1000 : 0LL,
	    who_is_https(c, x) ? "; Secure" : "");

	exch_add_header(x, "Set-Cookie", cookie);
	secret_wipe(cookie, strlen(cookie));
}
