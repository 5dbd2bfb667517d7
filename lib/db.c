/* SPDX-License-Identifier: MIT */
/* db: SQL on SQLite or PostgreSQL behind one face. What both are held to is here. */
#include "db_in.h"

#include <math.h>
#include <string.h>

#include "xmem.h"

#define MIGRATION_LOCK 0x46455252 /* any number; of this use alone */

struct db {
	const struct db_engine *engine;
	void *handle; /* NULL while the connection is lost */
	char *url;
	uint64_t changed;
	bool open;   /* in a transaction */
	bool failed; /* and something in it has */
};

int db_open(const char *url, struct db **out, struct err *err)
{
	const struct db_engine *engine = NULL;
	void *handle;
	int rc;

	if (strncmp(url, "sqlite:", 7) == 0)
		engine = &db_sqlite;
	else if (strncmp(url, "postgres://", 11) == 0 || strncmp(url, "postgresql://", 13) == 0)
		engine = &db_postgres;
	if (!engine)
		return err_set(err, FE_EUSAGE,
		    "a database URL begins with sqlite: or postgres://, this one with neither");
	rc = engine->open(url, &handle, err);
	if (rc)
		return rc;
	*out = xcalloc(1, sizeof **out);
	(*out)->engine = engine;
	(*out)->handle = handle;
	(*out)->url = xstrdup(url);
	return 0;
}

void db_close(struct db *db)
{
	if (!db)
		return;
	if (db->handle)
		db->engine->close(db->handle); /* which rolls back */
	free(db->url);
	free(db);
}

int db_reopen(struct db *db, struct err *err)
{
	if (db->handle)
		db->engine->close(db->handle);
	db->handle = NULL;
	db->open = db->failed = false;
	return db->engine->open(db->url, &db->handle, err);
}

bool db_is_postgres(const struct db *db)
{
	return db->engine == &db_postgres;
}

uint64_t db_changed(const struct db *db)
{
	return db->changed;
}

/* Length of a UTF-8 sequence that may stand in TEXT; 0: none. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

	if (p[0] == 0 || p[0] > 0xF4 || n == 0 || n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
	    (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
		return 0;
	return n;
}

static bool is_text(const struct db_value *v)
{
	const unsigned char *p = (const unsigned char *)v->p;

	for (size_t at = 0, n; at < v->len; at += n) {
		n = utf8_len(p + at, v->len - at);
		if (n == 0)
			return false;
	}
	return true;
}

static int check(const struct db_call *c, struct err *err)
{
	if (c->n > DB_ARGS_MAX)
		return err_set(err, FE_EINVAL, "%zu arguments, at most %u", c->n, DB_ARGS_MAX);
	for (size_t i = 0; i < c->n * c->rows; i++) {
		if (c->v[i].type == DB_TEXT && !is_text(&c->v[i]))
			return err_set(err, FE_EINVAL,
			    "argument $%zu is no UTF-8 text without NUL: %s", i % c->n + 1, c->sql);
		if (c->v[i].type == DB_REAL && isnan(c->v[i].d)) /* SQLite makes it a NULL */
			return err_set(
			    err, FE_EINVAL, "argument $%zu is no number: %s", i % c->n + 1, c->sql);
	}
	return 0;
}

static int call(struct db *db, struct db_call *c, struct err *err)
{
	int rc = check(c, err);

	if (!db->handle)
		return err_set(err, FE_ECLOSED, "%s: not connected", db->engine->name);
	if (!rc && db->failed)
		rc = err_set(err, FE_EINVAL, "%s: this transaction has failed; roll it back first",
		    db->engine->name);
	if (!rc)
		rc = db->engine->call(db->handle, c, err);
	if (rc && db->open)
		db->failed = true;
	db->changed = c->changed;
	return rc ? rc : c->told;
}

int db_run(struct db *db, const char *sql, const struct db_args *args, struct err *err)
{
	struct db_call c = {
	    .sql = sql, .v = args ? args->v : NULL, .n = args ? args->n : 0, .rows = 1};

	return call(db, &c, err);
}

int db_query(struct db *db, const char *sql, const struct db_args *args, db_row_fn *row, void *arg,
    struct err *err)
{
	struct db_call c = {.sql = sql,
	    .v = args ? args->v : NULL,
	    .n = args ? args->n : 0,
	    .rows = 1,
	    .row = row,
	    .arg = arg};

	return call(db, &c, err);
}

int db_batch(
    struct db *db, const char *sql, const struct db_args *args, size_t width, struct err *err)
{
	struct db_call c = {.sql = sql, .v = args->v, .n = width};
	bool own = !db->open;
	int rc;

	if (width == 0 || args->n % width != 0)
		return err_set(
		    err, FE_EINVAL, "%zu arguments are no rows of %zu: %s", args->n, width, sql);
	c.rows = args->n / width;
	if (c.rows == 0)
		return 0;
	if (!own)
		return call(db, &c, err);
	rc = db_begin(db, err);
	if (!rc)
		rc = call(db, &c, err);
	uint64_t changed = db->changed;

	if (!rc)
		rc = db_commit(db, err);
	else
		db_rollback(db);
	db->changed = rc ? 0 : changed;
	return rc;
}

int db_begin(struct db *db, struct err *err)
{
	int rc;

	if (db->open)
		return err_set(
		    err, FE_EINVAL, "%s: a transaction is open already", db->engine->name);
	if (db->handle && db->engine->ready && db->engine->ready(db->handle, err))
		return FE_EIO;
	rc = db_run(db, db->engine->begin, NULL, err);
	db->open = rc == 0;
	return rc;
}

int db_commit(struct db *db, struct err *err)
{
	int rc;

	if (!db->open)
		return err_set(err, FE_EINVAL, "%s: no transaction is open", db->engine->name);
	rc = db_run(db, "COMMIT", NULL, err);
	if (rc)
		db_rollback(db);
	db->open = false;
	return rc;
}

void db_rollback(struct db *db)
{
	struct db_call c = {.sql = "ROLLBACK", .rows = 1};
	struct err err = ERR_INIT;

	/* What cannot be rolled back is a connection that is lost, or one that did so by itself. */
	if (db->open && db->handle)
		(void)db->engine->call(db->handle, &c, &err);
	db->open = db->failed = false;
	err_done(&err);
}

static int take_number(void *arg, const struct db_value *column, size_t n)
{
	int64_t *out = arg;

	if (n == 1 && column[0].type == DB_INT)
		*out = column[0].i;
	return 0;
}

static int one_number(
    struct db *db, const char *sql, const struct db_args *args, int64_t *out, struct err *err)
{
	*out = 0;
	return db_query(db, sql, args, take_number, out, err);
}

/* One migration, unless another program has run it in the meantime. */
static int migrate_one(
    struct db *db, const struct db_migration *m, int64_t version, int64_t now_ms, struct err *err)
{
	int64_t there;
	int rc = db_begin(db, err);

	if (rc)
		return rc;
	if (db->engine->lock)
		rc = one_number(db, db->engine->lock, DB_ARGS(db_int(MIGRATION_LOCK)), &there, err);
	if (!rc)
		rc = one_number(db, "SELECT count(*) FROM ferret_migrations WHERE version = $1",
		    DB_ARGS(db_int(version)), &there, err);
	if (!rc && there == 0)
		rc = db->engine->script(db->handle, m->sql, err);
	if (!rc && there == 0)
		rc = db_run(db, "INSERT INTO ferret_migrations VALUES ($1, $2, $3)",
		    DB_ARGS(db_int(version), db_text(m->name, strlen(m->name)), db_int(now_ms)),
		    err);
	if (!rc)
		return db_commit(db, err);
	db_rollback(db);
	return rc;
}

/* Two programs that make the table at once may trip over each other: the second is told so by an
 * error, and finds it there when it looks again. */
static int make_table(struct db *db, struct err *err)
{
	static const char sql[] =
	    "CREATE TABLE IF NOT EXISTS ferret_migrations "
	    "(version BIGINT PRIMARY KEY, name TEXT NOT NULL, at_ms BIGINT NOT NULL)";
	struct err first = ERR_INIT;
	int rc = db_run(db, sql, NULL, &first);

	err_done(&first);
	return rc ? db_run(db, sql, NULL, err) : 0;
}

int db_migrate(
    struct db *db, const struct db_migration *all, size_t n, int64_t now_ms, struct err *err)
{
	int64_t there = 0;
	int rc = make_table(db, err);

	if (!rc)
		rc = one_number(db, "SELECT coalesce(max(version), 0) FROM ferret_migrations", NULL,
		    &there, err);
	if (!rc && there > (int64_t)n)
		rc = err_set(err, FE_EUSAGE,
		    "the database's schema is version %lld, of a newer program; this one knows %zu",
		    (long long)there, n);
	for (size_t i = (size_t)there; !rc && i < n; i++) {
		rc = migrate_one(db, &all[i], (int64_t)i + 1, now_ms, err);
		if (rc)
			err_wrap(err, "migration %zu (%s)", i + 1, all[i].name);
	}
	return rc;
}

int db_lead(struct db *db, int64_t key, bool *out_leads, struct err *err)
{
	if (!db->handle)
		return err_set(err, FE_ECLOSED, "%s: not connected", db->engine->name);
	return db->engine->lead(db->handle, key, out_leads, err);
}

int db_tidy(struct db *db, struct err *err)
{
	int64_t spare = 0;
	int rc = db->engine->tidy ? one_number(db, db->engine->spare, NULL, &spare, err) : 0;

	return rc || spare == 0 ? rc : db_run(db, db->engine->tidy, NULL, err);
}

int db_size(struct db *db, uint64_t *out_bytes, struct err *err)
{
	int64_t bytes = 0;
	int rc = one_number(db, db->engine->size, NULL, &bytes, err);

	if (!rc)
		*out_bytes = (uint64_t)bytes;
	return rc;
}
