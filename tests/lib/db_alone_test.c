/* SPDX-License-Identifier: MIT */
/* db: what only one engine has, and what is refused before there is one. */
#include "db_engine.h"

static struct engine engine;

/* --- SQLite alone --- */

static void a_second_writer_is_told_busy(void **state)
{
	struct engine *e = *state;
	struct db *db = fresh(state), *other;
	struct err err = ERR_INIT;

	if (db_is_postgres(db))
		return;
	good(db_open(e->url, &other, &err), &err);
	run(other, "PRAGMA busy_timeout = 20", NULL);
	good(db_begin(db, &err), &err);
	bad(db_begin(other, &err), FE_ETIMEOUT, &err);
	db_rollback(db);
	good(db_begin(other, &err), &err);
	db_close(other);
}

static void a_full_disk_is_told_and_passes(void **state)
{
	struct db *db = fresh(state);
	struct err err = ERR_INIT;
	char *big = xcalloc(1, 1 << 20);

	if (db_is_postgres(db)) {
		free(big);
		return;
	}
	run(db, "VACUUM", NULL);
	run(db, "PRAGMA max_page_count = 100", NULL);
	good(db_begin(db, &err), &err);
	bad(db_run(
		db, "INSERT INTO t (k, b) VALUES (1, $1)", DB_ARGS(db_bytes(big, 1 << 20)), &err),
	    FE_ELIMIT, &err);
	db_rollback(db);
	run(db, "PRAGMA max_page_count = 100000", NULL);
	run(db, "INSERT INTO t (k, b) VALUES (1, $1)", DB_ARGS(db_bytes(big, 1 << 20)));
	free(big);
}

static void the_file_is_its_owners_alone(void **state)
{
	struct engine *e = *state;
	struct stat s;

	if (db_is_postgres(e->db))
		return;
	assert_int_equal(stat(e->url + strlen("sqlite:"), &s), 0);
	assert_int_equal(s.st_mode & 077, 0);
	assert_rows(e->db, "SELECT journal_mode FROM pragma_journal_mode", NULL, "'wal'\n");
	assert_rows(e->db, "SELECT synchronous FROM pragma_synchronous", NULL, "2\n");
}

/* --- PostgreSQL alone --- */

static int take_int(void *arg, const struct db_value *c, size_t n)
{
	assert_int_equal(n, 1);
	*(int64_t *)arg = c[0].i;
	return 0;
}

static void a_lost_connection_is_told_and_comes_back(void **state)
{
	struct engine *e = *state;
	struct db *db = fresh(state), *other;
	struct err err = ERR_INIT;
	int64_t pid = 0;

	if (!db_is_postgres(db))
		return;
	good(db_open(e->url, &other, &err), &err);
	good(db_query(db, "SELECT pg_backend_pid()", NULL, take_int, &pid, &err), &err);
	good(db_begin(db, &err), &err);
	run(db, "INSERT INTO t (k) VALUES (1)", NULL);
	run(other, "SELECT pg_terminate_backend(CAST($1 AS INTEGER))", DB_ARGS(db_int(pid)));
	bad(db_commit(db, &err), FE_ECLOSED, &err);
	bad(db_run(db, "SELECT 1", NULL, &err), FE_ECLOSED, &err);
	good(db_reopen(db, &err), &err);
	assert_rows(db, "SELECT count(*) FROM t", NULL, "0\n");
	db_close(other);
}

/* In the middle of many rows, too: it is told, not waited for. */
static void a_batch_on_a_lost_connection_is_told(void **state)
{
	enum { ROWS = 3000 };
	struct engine *e = *state;
	struct db *db = fresh(state), *other;
	struct db_value v[ROWS];
	const struct db_args args = {v, ROWS};
	struct err err = ERR_INIT;
	int64_t pid = 0;

	if (!db_is_postgres(db))
		return;
	for (int i = 0; i < ROWS; i++)
		v[i] = db_int(i);
	good(db_open(e->url, &other, &err), &err);
	good(db_query(db, "SELECT pg_backend_pid()", NULL, take_int, &pid, &err), &err);
	good(db_begin(db, &err), &err);
	good(db_batch(db, "INSERT INTO t (k) VALUES ($1)", &args, 1, &err), &err);
	run(other, "SELECT pg_terminate_backend(CAST($1 AS INTEGER))", DB_ARGS(db_int(pid)));
	bad(db_batch(db, "INSERT INTO t (k) VALUES ($1 + 10000)", &args, 1, &err), FE_ECLOSED,
	    &err);
	db_rollback(db);
	good(db_reopen(db, &err), &err);
	good(db_batch(db, "INSERT INTO t (k) VALUES ($1)", &args, 1, &err), &err);
	assert_rows(db, "SELECT count(*) FROM t", NULL, "3000\n");
	db_close(other);
}

static void types_without_likeness_are_named(void **state)
{
	struct db *db = fresh(state);
	struct err err = ERR_INIT;
	int64_t n;

	if (!db_is_postgres(db))
		return;
	assert_int_equal(
	    db_query(db, "SELECT sum(k) AS total FROM t GROUP BY k > 0", NULL, take_int, &n, &err),
	    0); /* no rows, nothing to tell */
	run(db, "INSERT INTO t (k) VALUES (1)", NULL);
	bad(db_query(db, "SELECT sum(k) AS total FROM t", NULL, take_int, &n, &err), FE_EINVAL,
	    &err);
}

/* --- both, before anything is open --- */

static void urls_that_cannot_be(void **state)
{
	static const struct {
		const char *url;
		int code;
	} urls[] = {
	    {"mysql://x", FE_EUSAGE},
	    {"sqlite:", FE_EUSAGE},
	    {"sqlite:/nowhere/at/all.db", FE_ENOENT},
	    {"postgres://me:geheim@host:port/x", FE_EUSAGE},
	    {"postgres://me:geheim/x@127.0.0.1:1/x", FE_EUSAGE},
	    {"postgres://me:x@geheim@127.0.0.1:1/x", FE_EUSAGE},
	    {"postgres://me:geheim@127.0.0.1:1/x", FE_ECLOSED},
	    {"postgres://me:geheim@127.0.0.1:1/x?nonsense=1", FE_EUSAGE},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct err err = ERR_INIT;
		struct db *db;
		int rc = db_open(urls[i].url, &db, &err);

		assert_null(strstr(err_text(&err), "geheim"));
		bad(rc, urls[i].code, &err);
	}
}

static void no_file_that_is_no_database(void **state)
{
	char path[] = "/tmp/ferret-db.XXXXXX";
	int fd = mkstemp(path);
	AUTO_FREE char *url = xasprintf("sqlite:%s", path);
	struct err err = ERR_INIT;
	struct db *db;

	(void)state;
	assert_true(fd >= 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(write(fd, "no database at all\n", 19), 19);
	(void)close(fd);
	bad(db_open(url, &db, &err), FE_EIO, &err);
	(void)unlink(path);
}

static int all(void)
{
	const struct CMUnitTest tests[] = {
	    ON(a_second_writer_is_told_busy),
	    ON(a_full_disk_is_told_and_passes),
	    ON(the_file_is_its_owners_alone),
	    ON(a_lost_connection_is_told_and_comes_back),
	    ON(a_batch_on_a_lost_connection_is_told),
	    ON(types_without_likeness_are_named),
	    ON(urls_that_cannot_be),
	    ON(no_file_that_is_no_database),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_all(&engine, all);
}
