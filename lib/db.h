/* SPDX-License-Identifier: MIT */
/*
 * db: SQL on SQLite or PostgreSQL behind one face, one set of texts for both.
 *
 * What the texts may use: parameters $1 $2 ..., which are numbers, not places (`$2` may stand before
 * `$1`); the types BIGINT, DOUBLE PRECISION, TEXT and BYTEA; ON CONFLICT; no functions of a dialect.
 * A sum of BIGINT is no BIGINT to PostgreSQL: cast it. A PRIMARY KEY may be NULL to SQLite: say NOT
 * NULL. TEXT is valid UTF-8 without NUL on both, or
 * it is refused (text from outside goes into BYTEA, or is cleaned first).
 *
 * SQLite: WAL, synchronous FULL: what db_commit has returned 0 for is on the disk. PostgreSQL: its
 * own synchronous_commit. Statements are prepared once and kept.
 *
 * Errors, on both alike:
 *   FE_ETIMEOUT  busy, deadlock, serialisation: roll back, try again
 *   FE_ELIMIT    no room on the disk (or in the quota): roll back, say so, try again later
 *   FE_ECLOSED   the connection is lost, or the server has said nothing for 20 s: db_reopen, then all
 *                again; whether a commit that ended so has happened cannot be known
 *   FE_EEXIST    a constraint, as a key that is there already
 *   FE_EAUTH FE_EACCES  refused;  FE_EINVAL  a text, argument or type that cannot be;  FE_EIO  other
 * Messages name the engine and the statement, never the URL's password.
 *
 * After an error inside a transaction only db_rollback helps (both engines are held to that).
 * One thread a struct db; open several for several threads.
 */
#ifndef FE_LIB_DB_H
#define FE_LIB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum db_type { DB_NULL, DB_INT, DB_REAL, DB_TEXT, DB_BYTES };

struct db_value {
	enum db_type type;
	int64_t i;
	double d;
	const char *p; /* DB_TEXT, DB_BYTES: borrowed; in rows until the row function returns */
	size_t len;
};

static inline struct db_value db_null(void)
{
	return (struct db_value){.type = DB_NULL};
}
static inline struct db_value db_int(int64_t i)
{
	return (struct db_value){.type = DB_INT, .i = i};
}
static inline struct db_value db_real(double d)
{
	return (struct db_value){.type = DB_REAL, .d = d};
}
static inline struct db_value db_text(const char *p, size_t len)
{
	return (struct db_value){.type = DB_TEXT, .p = p, .len = len};
}
static inline struct db_value db_bytes(const void *p, size_t len)
{
	return (struct db_value){.type = DB_BYTES, .p = p, .len = len};
}

struct db_args {
	const struct db_value *v;
	size_t n;
};
/* DB_ARGS(db_int(1), db_null()): $1 and $2. */
#define DB_ARGS(...)                                                                               \
	(&(struct db_args){(const struct db_value[]){__VA_ARGS__},                                 \
	    sizeof((const struct db_value[]){__VA_ARGS__}) / sizeof(struct db_value)})
#define DB_ARGS_MAX 100U

struct db;

/* A row's columns. Not 0: stop, db_query returns it. Must not use this db. */
typedef int db_row_fn(void *arg, const struct db_value *column, size_t n);

/* sqlite:PATH (made with mode 0600 where it is not there), or postgres://... */
int db_open(const char *url, struct db **out, struct err *err) FE_MUST_CHECK;
/* Rolls back what is open. NULL allowed. */
void db_close(struct db *db);
/* After FE_ECLOSED: a new connection, no transaction. */
int db_reopen(struct db *db, struct err *err) FE_MUST_CHECK;
bool db_is_postgres(const struct db *db); /* for words to people, not for other SQL */

/* Run one statement; args may be NULL. Rows, if it has any, are passed over. */
int db_run(
    struct db *db, const char *sql, const struct db_args *args, struct err *err) FE_MUST_CHECK;
/* Rows that the last db_run or db_batch changed: 0 after ON CONFLICT DO NOTHING tells that it was there. */
uint64_t db_changed(const struct db *db);
/* Each row to `row`, in order, as they come: memory does not grow with their number. */
int db_query(struct db *db, const char *sql, const struct db_args *args, db_row_fn *row, void *arg,
    struct err *err) FE_MUST_CHECK;
/* The same statement for many rows of `width` arguments each, one behind the other in args. Outside
 * of a transaction all or none of them. */
int db_batch(struct db *db, const char *sql, const struct db_args *args, size_t width,
    struct err *err) FE_MUST_CHECK;

/* A transaction that writes; SQLite has one at a time, others wait 5 s and then are FE_ETIMEOUT. */
int db_begin(struct db *db, struct err *err) FE_MUST_CHECK;
int db_commit(struct db *db, struct err *err) FE_MUST_CHECK; /* an error: it is rolled back */
void db_rollback(struct db *db);                             /* nothing where none is open */

/* Bring the schema up to date: what the table ferret_migrations does not name yet is run in order,
 * each in a transaction of its own. Versions count from 1 without a gap. Several programs may do
 * so at once. FE_EUSAGE: the database is from a newer program. */
struct db_migration {
	const char *name;
	const char *sql; /* one or more statements, parted by ; */
};
int db_migrate(struct db *db, const struct db_migration *all, size_t n, int64_t now_ms,
    struct err *err) FE_MUST_CHECK;

/* Whether this connection is the one that leads: *out_leads. It stays so until it is closed or
 * lost, however that comes. key: what is led, any number above 0. PostgreSQL: an advisory lock of
 * the session. SQLite: a lock on PATH-lead, an empty file that stays. */
int db_lead(struct db *db, int64_t key, bool *out_leads, struct err *err) FE_MUST_CHECK;
/* Give some of the room back that rows have left, where that is a good part of it (SQLite; PostgreSQL
 * does so by itself). In a transaction. */
int db_tidy(struct db *db, struct err *err) FE_MUST_CHECK;
/* Bytes that the database takes. */
int db_size(struct db *db, uint64_t *out_bytes, struct err *err) FE_MUST_CHECK;

#endif
