/* SPDX-License-Identifier: MIT */
/*
 * who_in: what the files of who share: who.c (may it?), who_session.c (cookies), who_login.c (login,
 * logout), who_setup.c (the link), who_people.c (their rows).
 */
#ifndef FE_COLLECTOR_WHO_IN_H
#define FE_COLLECTOR_WHO_IN_H

#include "drains.h"
#include "json.h"
#include "safe.h"
#include "secret.h"
#include "session.h"
#include "throttle.h"
#include "who.h"

#define WHO_COOKIE "ferret_session"
#define WHO_LOOKUPS_MAX 16U /* requests that wait for their session's row */
#define WHO_LOGINS_MAX 32U  /* that wait for the one whose password is being hashed */
#define WHO_FIELD_MAX 1024U /* of a form */
#define WHO_PASSWORD_MIN 10U
#define WHO_SETUP_MS (15 * 60000LL)

struct who {
	struct sessions sessions;
	struct drains drains;
	struct throttle *by_address, *by_account;
	uint64_t seed;
	bool loaded, said;
	size_t people;
	unsigned lookups, errands;
	struct errand *waiting, *running;
	char setup[SECRET_HEX], setup_hash[SECRET_HEX]; /* "": none */
	int64_t setup_until_ms;
};

struct person {
	int64_t id; /* 0: there is none */
	char *name, *email, *hash;
};
void person_done(struct person *p);
const char *person_shown(const struct person *p);

/* Work inside of a store_call. Each may run twice. */
struct who_find { /* a person by name or e-mail */
	const char *user;
	struct person person;
};
int who_find_person(void *find, struct db *db, struct err *err);
struct who_row {                /* a session's row */
	struct session session; /* hash given; name is the row's, freed by the caller */
	int64_t now_ms;
	bool found;
	struct person *person; /* who_add_session: made too, unless somebody is there already */
	bool taken;            /* somebody was */
};
int who_find_session(void *row, struct db *db, struct err *err);
int who_add_session(void *row, struct db *db, struct err *err);
int who_tell_session(void *row, struct db *db, struct err *err);
int who_end_session(void *row, struct db *db, struct err *err);
/* The configured person is as configured; how many people there are. Blocks. */
int who_load_people(struct collector *c, struct err *err) FE_MUST_CHECK;

struct safe_rules who_safe_rules(const struct collector *c);
struct safe_request who_safe_request(const struct exch *x, char peer[HTTPD_ADDRESS]);
bool who_is_https(const struct collector *c, const struct exch *x);
/* A browser shows the answer. */
bool who_wants_page(const struct exch *x);

/* The cookie's token; false: none that can be one. */
bool who_cookie(const struct exch *x, char out[SECRET_HEX]);
/* The cookie's session is in memory, or there is none; false: answered, or web_route comes later. */
bool who_session_look(struct collector *c, struct exch *x);
struct session *who_session(struct collector *c, const struct exch *x);
void who_csrf(const char token[SECRET_HEX], char out[SECRET_HEX]);
/* Header or form field is that of this cookie. */
bool who_has_csrf(const struct exch *x);
void who_set_cookie(const struct collector *c, struct exch *x, const char *token);
void who_redirect(struct exch *x, const char *to);
/* To the login, and on to next. note: more of the query, or NULL. */
void who_redirect_login(struct exch *x, const char *next, const char *note);
/* A field of a form's body; NULL: absent, or too long. Caller frees. */
char *who_field(const struct exch *x, const char *name);

/* A login or a set-up on its way. */
struct errand {
	struct errand *next;
	uv_work_t work;
	struct collector *c;
	struct exch *x; /* NULL: the client has gone */
	char *user, *email, *password, *to;
	bool setup, right, page;
	uint64_t address, account; /* keys of throttle */
	struct who_find find;
	struct who_row row;
	char token[SECRET_HEX];
	char *hash;
};
/* Queued; it is the queue's from then on. False: the queue is full, the caller's still. */
bool who_errand(struct errand *e);
void who_errand_free(struct errand *e);

#endif
