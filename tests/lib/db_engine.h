/* SPDX-License-Identifier: MIT */
/* db_engine: what the tests of db share: one engine, SQLite in a directory of its own, or the
 * PostgreSQL that FERRET_TEST_POSTGRES names (tests/lib/db.t). */
#ifndef FE_TESTS_LIB_DB_ENGINE_H
#define FE_TESTS_LIB_DB_ENGINE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "db.h"
#include "xmem.h"

struct engine {
	const char *url;
	char *dir; /* SQLite's */
	struct db *db;
};

static void good(int rc, struct err *err)
{
	if (rc)
		fail_msg("%s: %s", err_name(rc), err_text(err));
	err_done(err);
}

static void bad(int rc, int want, struct err *err)
{
	if (rc != want)
		fail_msg("%s instead of %s: %s", err_name(rc), err_name(want), err_text(err));
	assert_true(strlen(err_text(err)) > 10);
	assert_null(strchr(err_text(err), '\n'));
	err_done(err);
}

static void run(struct db *db, const char *sql, const struct db_args *args)
{
	struct err err = ERR_INIT;

	good(db_run(db, sql, args, &err), &err);
}

static int write_row(void *arg, const struct db_value *c, size_t n)
{
	struct buf *b = arg;

	for (size_t i = 0; i < n; i++) {
		if (c[i].type == DB_NULL)
			buf_put(b, "null");
		else if (c[i].type == DB_INT)
			buf_put(b, "%lld", (long long)c[i].i);
		else if (c[i].type == DB_REAL)
			buf_put(b, "%.17gr", c[i].d);
		else if (c[i].type == DB_TEXT)
			buf_put(b, "'%.*s'", (int)c[i].len, c[i].p);
		else
			for (size_t k = 0; k < c[i].len; k++)
				buf_put(b, "%02x", (unsigned char)c[i].p[k]);
		buf_put(b, "%s", i + 1 < n ? " " : "\n");
	}
	return 0;
}

static void assert_rows(
    struct db *db, const char *sql, const struct db_args *args, const char *want)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_BATCH);
	struct err err = ERR_INIT;

	good(db_query(db, sql, args, write_row, &b, &err), &err);
	assert_string_equal(buf_str(&b), want);
}

/* A table of each type, empty. */
static struct db *fresh(void **state)
{
	struct engine *e = *state;

	db_rollback(e->db);
	run(e->db, "DROP TABLE IF EXISTS t", NULL);
	run(e->db,
	    "CREATE TABLE t (k BIGINT NOT NULL PRIMARY KEY, d DOUBLE PRECISION, s TEXT, b BYTEA)",
	    NULL);
	return e->db;
}

static int set_up(void **state)
{
	struct engine *e = *state;
	struct err err = ERR_INIT;

	if (!e->url) {
		char dir[] = "/tmp/ferret-db.XXXXXX";

		fe_assert(mkdtemp(dir));
		e->dir = xstrdup(dir);
		e->url = xasprintf("sqlite:%s/t.db", dir);
	}
	good(db_open(e->url, &e->db, &err), &err);
	return 0;
}

static int tear_down(void **state)
{
	struct engine *e = *state;
	static const char *const ends[] = {"t.db", "t.db-wal", "t.db-shm"};

	db_close(e->db);
	for (size_t i = 0; e->dir && i < ARRAY_LEN(ends); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", e->dir, ends[i]);

		(void)unlink(path);
	}
	if (e->dir) {
		(void)rmdir(e->dir);
		free((char *)(uintptr_t)e->url);
		free(e->dir);
	}
	return 0;
}

#define ON(test)                                                                                   \
	{                                                                                          \
#test, test, NULL, NULL, &engine                                                   \
	}

/* The tests, on the engine that is to be tested. */
static int run_all(struct engine *engine, int (*tests)(void))
{
	void *state = engine;
	int failed;

	cmocka_set_message_output(CM_OUTPUT_TAP);
	engine->url = getenv("FERRET_TEST_POSTGRES");
	(void)set_up(&state);
	failed = tests();
	(void)tear_down(&state);
	return failed;
}

#endif
