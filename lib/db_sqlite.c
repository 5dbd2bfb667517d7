/* SPDX-License-Identifier: MIT */
/* db: SQLite. The one owner of sqlite3.h. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "db_in.h"
#include "xmem.h"

#define STATEMENTS 64
#define BUSY_MS 5000

struct kept {
	char *sql;
	sqlite3_stmt *stmt;
	uint64_t used; /* when last, in calls */
};

struct lite {
	sqlite3 *db;
	char *path;
	int lead; /* a file beside it, locked by who leads; -1 */
	struct kept kept[STATEMENTS];
	uint64_t calls;
};

static int code_of(sqlite3 *db, int rc)
{
	switch (rc & 0xFF) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return FE_ETIMEOUT;
	case SQLITE_FULL:
		return FE_ELIMIT;
	case SQLITE_CONSTRAINT:
		return FE_EEXIST;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_AUTH:
		return FE_EACCES;
	case SQLITE_ERROR:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_TOOBIG:
		return FE_EINVAL;
	case SQLITE_IOERR: {
		int why = db ? sqlite3_system_errno(db) : 0;

		return why == ENOSPC || why == EDQUOT || why == EFBIG ? FE_ELIMIT : FE_EIO;
	}
	default:
		return FE_EIO;
	}
}

static int fail(struct lite *l, int rc, const char *sql, struct err *err)
{
	return err_set(err, code_of(l->db, rc), "sqlite: %s: %.200s", sqlite3_errmsg(l->db), sql);
}

static void lite_close(void *handle)
{
	struct lite *l = handle;

	for (int i = 0; i < STATEMENTS; i++) {
		sqlite3_finalize(l->kept[i].stmt);
		free(l->kept[i].sql);
	}
	sqlite3_close(l->db);
	if (l->lead >= 0)
		(void)close(l->lead);
	free(l->path);
	free(l);
}

static int lite_script(void *handle, const char *sql, struct err *err)
{
	struct lite *l = handle;
	int rc = sqlite3_exec(l->db, sql, NULL, NULL, NULL);

	return rc ? fail(l, rc, sql, err) : 0;
}

/* Nobody else may read what a fleet logs. A file that is there is not opened: closing it would drop
 * the locks that this process holds on it through another connection. */
static int make_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0 && errno == EEXIST)
		return access(path, R_OK | W_OK) ? err_sys(err, errno, "sqlite: %s", path) : 0;
	if (fd < 0)
		return err_sys(err, errno, "sqlite: %s", path);
	(void)close(fd);
	return 0;
}

static bool in_memory(const struct lite *l)
{
	return strcmp(l->path, ":memory:") == 0;
}

/* A lock on a file of its own: those on the database come and go with each statement. It belongs to
 * the open file, and the kernel drops it however the process ends. */
static int lite_lead(void *handle, int64_t key, bool *out_leads, struct err *err)
{
	struct lite *l = handle;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = key, .l_len = 1};

	*out_leads = true;
	if (in_memory(l))
		return 0;
	AUTO_FREE char *path = xasprintf("%s-lead", l->path);

	if (l->lead < 0)
		l->lead = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->lead < 0)
		return err_sys(err, errno, "sqlite: %s", path);
	if (fcntl(l->lead, F_OFD_SETLK, &lock) == 0)
		return 0;
	*out_leads = false;
	return errno == EAGAIN || errno == EACCES ? 0 : err_sys(err, errno, "sqlite: %s", path);
}

/* SQLite goes on writing to a file that has no name any more, which nobody will ever read. */
static int lite_ready(void *handle, struct err *err)
{
	struct lite *l = handle;
	int moved = 0;

	if (!in_memory(l) &&
	    sqlite3_file_control(l->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
	    moved)
		return err_set(err, FE_EIO, "sqlite: %s has been removed or replaced", l->path);
	return 0;
}

static int lite_open(const char *url, void **out, struct err *err)
{
	const char *path = url + strlen("sqlite:");
	struct lite *l;
	int rc = 0;

	if (!*path)
		return err_set(err, FE_EUSAGE, "sqlite: no path; wanted sqlite:PATH");
	if (strcmp(path, ":memory:") != 0)
		rc = make_file(path, err);
	if (rc)
		return rc;
	l = xcalloc(1, sizeof *l);
	l->lead = -1;
	l->path = xstrdup(path);
	rc = sqlite3_open_v2(
	    path, &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	if (rc)
		rc = fail(l, rc, path, err);
	if (!rc) {
		sqlite3_busy_timeout(l->db, BUSY_MS);
		sqlite3_extended_result_codes(l->db, 1);
		rc = lite_script(l,
		    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA "
		    "synchronous = FULL; PRAGMA foreign_keys = "
		    "ON; "
		    "PRAGMA journal_size_limit = 67108864",
		    err);
	}
	if (rc) {
		err_wrap(err, "%s", path);
		lite_close(l);
		return rc;
	}
	*out = l;
	return 0;
}

/* The statement of this text, kept from before or prepared now, in the place of the one that was
 * not used for the longest time. */
static int prepare(struct lite *l, const char *sql, sqlite3_stmt **out, struct err *err)
{
	struct kept *oldest = &l->kept[0];
	const char *tail = "";

	l->calls++;
	for (int i = 0; i < STATEMENTS; i++) {
		struct kept *k = &l->kept[i];

		if (k->sql && strcmp(k->sql, sql) == 0) {
			k->used = l->calls;
			*out = k->stmt;
			return 0;
		}
		if (k->used < oldest->used)
			oldest = k;
	}
	sqlite3_finalize(oldest->stmt);
	free(oldest->sql);
	*oldest = (struct kept){.used = 0};
	int rc =
	    sqlite3_prepare_v3(l->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &oldest->stmt, &tail);

	if (rc)
		return fail(l, rc, sql, err);
	if (!oldest->stmt || tail[strspn(tail, " \t\n;")]) {
		sqlite3_finalize(oldest->stmt);
		oldest->stmt = NULL;
		return err_set(err, FE_EINVAL, "sqlite: not one statement: %.200s", sql);
	}
	oldest->sql = xstrdup(sql);
	oldest->used = l->calls;
	*out = oldest->stmt;
	return 0;
}

static int bind(sqlite3_stmt *s, int at, const struct db_value *v)
{
	switch (v->type) {
	case DB_INT:
		return sqlite3_bind_int64(s, at, v->i);
	case DB_REAL:
		return sqlite3_bind_double(s, at, v->d);
	case DB_TEXT:
		return sqlite3_bind_text64(
		    s, at, v->p ? v->p : "", v->len, SQLITE_STATIC, SQLITE_UTF8);
	case DB_BYTES:
		return sqlite3_bind_blob64(s, at, v->p ? v->p : "", v->len, SQLITE_STATIC);
	case DB_NULL:
		break;
	}
	return sqlite3_bind_null(s, at);
}

/* Where each argument belongs: SQLite numbers $2 by its first place in the text, not by its name.
 * All that the text names must be given, and nothing else. */
static int places(sqlite3_stmt *s, const struct db_call *c, int *at, struct err *err)
{
	char name[24]; /* $ and 20 digits of 2^64 */

	for (size_t i = 0; i < c->n; i++) {
		(void)snprintf(name, sizeof name, "$%zu", i + 1);
		at[i] = sqlite3_bind_parameter_index(s, name);
		if (at[i] == 0)
			return err_set(
			    err, FE_EINVAL, "sqlite: there is no %s in: %.200s", name, c->sql);
	}
	if ((size_t)sqlite3_bind_parameter_count(s) != c->n)
		return err_set(err, FE_EINVAL, "sqlite: %d parameters, %zu arguments: %.200s",
		    sqlite3_bind_parameter_count(s), c->n, c->sql);
	return 0;
}

static struct db_value column(sqlite3_stmt *s, int i)
{
	switch (sqlite3_column_type(s, i)) {
	case SQLITE_INTEGER:
		return db_int(sqlite3_column_int64(s, i));
	case SQLITE_FLOAT:
		return db_real(sqlite3_column_double(s, i));
	case SQLITE_TEXT: {
		const char *p = (const char *)sqlite3_column_text(s, i);

		return db_text(p, (size_t)sqlite3_column_bytes(s, i));
	}
	case SQLITE_BLOB: {
		const void *p = sqlite3_column_blob(s, i);

		return db_bytes(p ? p : "", (size_t)sqlite3_column_bytes(s, i));
	}
	default:
		return db_null();
	}
}

static int tell_row(sqlite3_stmt *s, const struct db_call *c)
{
	struct db_value v[DB_ARGS_MAX];
	size_t n = (size_t)sqlite3_column_count(s);

	if (n > DB_ARGS_MAX)
		return FE_ELIMIT;
	for (size_t i = 0; i < n; i++)
		v[i] = column(s, (int)i);
	return c->row(c->arg, v, n);
}

/* Step to the end, or to where the row function stops. */
static int steps(sqlite3_stmt *s, struct db_call *c)
{
	int rc;

	while ((rc = sqlite3_step(s)) == SQLITE_ROW)
		if (c->row) {
			c->told = tell_row(s, c);
			if (c->told)
				return SQLITE_DONE;
		}
	return rc;
}

static int run_rows(
    struct lite *l, sqlite3_stmt *s, struct db_call *c, const int *at, struct err *err)
{
	int rc = SQLITE_DONE;

	for (size_t r = 0; r < c->rows && rc == SQLITE_DONE && c->told == 0; r++) {
		rc = SQLITE_OK;
		for (size_t i = 0; i < c->n && rc == SQLITE_OK; i++)
			rc = bind(s, at[i], &c->v[r * c->n + i]);
		if (rc == SQLITE_OK)
			rc = steps(s, c);
		if (rc == SQLITE_DONE)
			sqlite3_reset(s);
	}
	rc = rc == SQLITE_DONE ? 0 : fail(l, rc, c->sql, err);
	sqlite3_reset(s);
	sqlite3_clear_bindings(s);
	return rc;
}

static int lite_call(void *handle, struct db_call *c, struct err *err)
{
	struct lite *l = handle;
	int64_t before = sqlite3_total_changes64(l->db);
	int at[DB_ARGS_MAX] = {0};
	sqlite3_stmt *s = NULL;
	int rc = prepare(l, c->sql, &s, err);

	if (!rc)
		rc = places(s, c, at, err);
	if (!rc)
		rc = run_rows(l, s, c, at, err);
	c->changed = (uint64_t)(sqlite3_total_changes64(l->db) - before);
	return rc;
}

const struct db_engine db_sqlite = {
    .name = "sqlite",
    .open = lite_open,
    .close = lite_close,
    .call = lite_call,
    .script = lite_script,
    .lead = lite_lead,
    .ready = lite_ready,
    .spare = "SELECT freelist_count > 1000 AND freelist_count * 4 > page_count "
	     "FROM pragma_freelist_count(), pragma_page_count()",
    .tidy = "PRAGMA incremental_vacuum(500)",
    .begin = "BEGIN IMMEDIATE",
    .size = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
};
