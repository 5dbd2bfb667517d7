/* SPDX-License-Identifier: MIT */
/* who_people: the rows of people and of their sessions. */
#include "who_in.h"
#include "xmem.h"

enum { CONFIGURED = 1, SET_UP = 2 }; /* ids: there is one of each at most */

void person_done(struct person *p)
{
	free(p->name);
	free(p->email);
	free(p->hash);
	*p = (struct person){0};
}

const char *person_shown(const struct person *p)
{
	return p->email && *p->email ? p->email : p->name;
}

static struct db_value bytes(const char *s)
{
	return db_bytes(s ? s : "", s ? strlen(s) : 0);
}

static struct person person_of(const struct db_value *column)
{
	return (struct person){.id = column[0].i,
	    .name = xmemdup0(column[1].p, column[1].len),
	    .email = xmemdup0(column[2].p, column[2].len),
	    .hash = xmemdup0(column[3].p, column[3].len)};
}

static int on_person(void *arg, const struct db_value *column, size_t n)
{
	struct who_find *f = arg;

	if (n != 4)
		return FE_EPROTO;
	struct person p = person_of(column);
	bool same =
	    strcasecmp(p.name, f->user) == 0 || (*p.email && strcasecmp(p.email, f->user) == 0);

	if (same && !f->person.id)
		f->person = p;
	else
		person_done(&p);
	return 0;
}

int who_find_person(void *find, struct db *db, struct err *err)
{
	struct who_find *f = find;

	person_done(&f->person);
	return db_query(db, "SELECT id, name, email, hash FROM ferret_person ORDER BY id", NULL,
	    on_person, f, err);
}

static int on_session(void *arg, const struct db_value *column, size_t n)
{
	struct who_row *r = arg;

	if (n != 5)
		return FE_EPROTO;
	r->session.person = column[0].i;
	r->session.made_ms = column[1].i;
	r->session.until_ms = column[2].i;
	free(r->session.name);
	r->session.name = column[4].len ? xmemdup0(column[4].p, column[4].len)
					: xmemdup0(column[3].p, column[3].len);
	r->found = true;
	return 0;
}

int who_find_session(void *row, struct db *db, struct err *err)
{
	struct who_row *r = row;

	r->found = false;
	return db_query(db,
	    "SELECT s.person, s.made_ms, s.until_ms, p.name, p.email FROM ferret_session s "
	    "JOIN ferret_person p ON p.id = s.person WHERE s.hash = $1 AND s.until_ms > $2",
	    DB_ARGS(bytes(r->session.hash), db_int(r->now_ms)), on_session, r, err);
}

static int on_count(void *arg, const struct db_value *column, size_t n)
{
	*(size_t *)arg = n == 1 ? (size_t)column[0].i : 0;
	return 0;
}

/* Whoever comes first; the engine decides. */
static int add_person(struct who_row *r, struct db *db, struct err *err)
{
	const struct person *p = r->person;
	size_t n = 0;
	int rc = db_query(
	    db, "SELECT CAST(COUNT(*) AS BIGINT) FROM ferret_person", NULL, on_count, &n, err);

	if (rc)
		return rc;
	if (n == 0)
		rc = db_run(db,
		    "INSERT INTO ferret_person (id, name, email, hash, configured, at_ms) "
		    "VALUES ($1, $2, $3, $4, 0, $5) ON CONFLICT (id) DO NOTHING",
		    DB_ARGS(db_int(SET_UP), bytes(p->name), bytes(p->email), bytes(p->hash),
			db_int(r->now_ms)),
		    err);
	r->taken = n > 0 || (!rc && db_changed(db) == 0);
	r->session.person = SET_UP;
	return rc;
}

int who_add_session(void *row, struct db *db, struct err *err)
{
	struct who_row *r = row;
	int rc = r->person ? add_person(r, db, err) : 0;

	if (rc || r->taken)
		return rc;
	rc = db_run(
	    db, "DELETE FROM ferret_session WHERE until_ms < $1", DB_ARGS(db_int(r->now_ms)), err);
	return rc ? rc
		  : db_run(db,
			"INSERT INTO ferret_session (hash, person, made_ms, until_ms) "
			"VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING",
			DB_ARGS(bytes(r->session.hash), db_int(r->session.person),
			    db_int(r->session.made_ms), db_int(r->session.until_ms)),
			err);
}

int who_tell_session(void *row, struct db *db, struct err *err)
{
	struct who_row *r = row;

	return db_run(db, "UPDATE ferret_session SET until_ms = $2 WHERE hash = $1",
	    DB_ARGS(bytes(r->session.hash), db_int(r->session.until_ms)), err);
}

int who_end_session(void *row, struct db *db, struct err *err)
{
	struct who_row *r = row;

	return db_run(
	    db, "DELETE FROM ferret_session WHERE hash = $1", DB_ARGS(bytes(r->session.hash)), err);
}

/* ---- the person of the environment ---- */

struct people {
	const char *name, *email;
	struct person was; /* configured before */
	char *hash;        /* new; NULL: as it was */
	size_t n;
	int64_t now_ms;
};

static int on_configured(void *arg, const struct db_value *column, size_t n)
{
	struct people *p = arg;

	if (n != 4)
		return FE_EPROTO;
	person_done(&p->was);
	p->was = person_of(column);
	return 0;
}

static int read_configured(void *arg, struct db *db, struct err *err)
{
	return db_query(db, "SELECT id, name, email, hash FROM ferret_person WHERE id = $1",
	    DB_ARGS(db_int(CONFIGURED)), on_configured, arg, err);
}

static int write_configured(void *arg, struct db *db, struct err *err)
{
	struct people *p = arg;
	int rc = 0;

	if (p->hash || !p->name)
		rc = db_run(db, "DELETE FROM ferret_session WHERE person = $1",
		    DB_ARGS(db_int(CONFIGURED)), err);
	if (!rc && !p->name)
		rc = db_run(db, "DELETE FROM ferret_person WHERE id = $1",
		    DB_ARGS(db_int(CONFIGURED)), err);
	if (!rc && p->name)
		rc = db_run(db,
		    "INSERT INTO ferret_person (id, name, email, hash, configured, at_ms) "
		    "VALUES ($1, $2, $3, $4, 1, $5) ON CONFLICT (id) DO UPDATE SET name = $2, "
		    "email = $3, hash = $4, at_ms = $5",
		    DB_ARGS(db_int(CONFIGURED), bytes(p->name), bytes(p->email),
			bytes(p->hash ? p->hash : p->was.hash), db_int(p->now_ms)),
		    err);
	return rc ? rc
		  : db_query(db, "SELECT CAST(COUNT(*) AS BIGINT) FROM ferret_person", NULL,
			on_count, &p->n, err);
}

int who_load_people(struct collector *c, struct err *err)
{
	const struct config *k = &c->config;
	struct people p = {.email = k->admin_email, .now_ms = collector_now()};
	int rc = store_call_now(c->store, read_configured, &p, err);

	if (k->admin_password) {
		p.name = k->admin_username ? k->admin_username : "admin";
		if (!rc && !(p.was.id && secret_password_is(p.was.hash, k->admin_password)))
			rc = secret_password(k->admin_password, &p.hash, err);
	}
	if (!rc)
		rc = store_call_now(c->store, write_configured, &p, err);
	c->who->people = p.n;
	person_done(&p.was);
	free(p.hash);
	return rc ? err_wrap(err, "people") : 0;
}
