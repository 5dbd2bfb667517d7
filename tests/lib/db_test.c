/* SPDX-License-Identifier: MIT */
/* db: the same tests on SQLite and on PostgreSQL. */
#include "db_engine.h"

static struct engine engine;

static void each_type_comes_back(void **state)
{
	struct db *db = fresh(state);
	static const char bytes[] = "\0\1\xFF";

	run(db, "INSERT INTO t VALUES ($1, $2, $3, $4)",
	    DB_ARGS(db_int(INT64_MIN), db_real(0.1), db_text("a'b\xE2\x9C\x93", 6),
		db_bytes(bytes, 3)));
	run(db, "INSERT INTO t VALUES ($1, $2, $3, $4)",
	    DB_ARGS(db_int(INT64_MAX), db_real(1e300), db_text("", 0), db_bytes("", 0)));
	run(db, "INSERT INTO t VALUES ($1, $2, $3, $4)",
	    DB_ARGS(db_int(0), db_null(), db_null(), db_null()));
	run(db, "INSERT INTO t VALUES ($1, $2, $3, $4)",
	    DB_ARGS(db_int(7), db_real(-3), db_text("x", 1), db_null()));
	assert_rows(db, "SELECT k, d, s, b FROM t ORDER BY k", NULL,
	    "-9223372036854775808 0.10000000000000001r 'a'b\xE2\x9C\x93' 0001ff\n"
	    "0 null null null\n"
	    "7 -3r 'x' null\n"
	    "9223372036854775807 1.0000000000000001e+300r '' \n");
	assert_rows(db, "SELECT count(*), CAST(sum(d) AS DOUBLE PRECISION) FROM t WHERE k = $1",
	    DB_ARGS(db_int(7)), "1 -3r\n");
}

/* SQLite numbers $2 by its first place in the text. */
static void parameters_are_names_not_places(void **state)
{
	struct db *db = fresh(state);

	run(db, "INSERT INTO t (s, k) VALUES ($2, $1)", DB_ARGS(db_int(5), db_text("five", 4)));
	run(db, "UPDATE t SET s = $2 WHERE k = $1 AND s <> $2",
	    DB_ARGS(db_int(5), db_text("V", 1)));
	assert_int_equal(db_changed(db), 1);
	assert_rows(db, "SELECT s, k FROM t WHERE s = $2 AND k = $1",
	    DB_ARGS(db_int(5), db_text("V", 1)), "'V' 5\n");
}

static void what_was_there_is_told(void **state)
{
	static const char upsert[] = "INSERT INTO t (k, d) VALUES ($1, $2) ON CONFLICT (k) DO "
				     "UPDATE SET d = t.d + excluded.d";
	static const char once[] = "INSERT INTO t (k) VALUES ($1) ON CONFLICT DO NOTHING";
	struct db *db = fresh(state);
	struct err err = ERR_INIT;

	run(db, once, DB_ARGS(db_int(1)));
	assert_int_equal(db_changed(db), 1);
	run(db, once, DB_ARGS(db_int(1)));
	assert_int_equal(db_changed(db), 0);
	run(db, upsert, DB_ARGS(db_int(2), db_real(1.5)));
	run(db, upsert, DB_ARGS(db_int(2), db_real(1.5)));
	assert_rows(db, "SELECT d FROM t WHERE k = 2", NULL, "3r\n");
	bad(db_run(db, "INSERT INTO t (k) VALUES (1)", NULL, &err), FE_EEXIST, &err);
	run(db, once, DB_ARGS(db_int(3))); /* outside a transaction an error spoils nothing */
}

static void transactions_are_all_or_nothing(void **state)
{
	struct db *db = fresh(state);
	struct err err = ERR_INIT;

	good(db_begin(db, &err), &err);
	bad(db_begin(db, &err), FE_EINVAL, &err);
	db_rollback(db);
	db_rollback(db);
	bad(db_commit(db, &err), FE_EINVAL, &err);
	good(db_begin(db, &err), &err);
	run(db, "INSERT INTO t (k) VALUES (1)", NULL);
	db_rollback(db);
	assert_rows(db, "SELECT count(*) FROM t", NULL, "0\n");
	good(db_begin(db, &err), &err);
	run(db, "INSERT INTO t (k) VALUES (1)", NULL);
	good(db_commit(db, &err), &err);
	assert_rows(db, "SELECT count(*) FROM t", NULL, "1\n");
}

/* After an error nothing more goes in, and the commit says so. */
static void a_failed_transaction_stays_failed(void **state)
{
	struct db *db = fresh(state);
	struct err err = ERR_INIT;

	run(db, "INSERT INTO t (k) VALUES (1)", NULL);
	good(db_begin(db, &err), &err);
	run(db, "INSERT INTO t (k) VALUES (2)", NULL);
	bad(db_run(db, "INSERT INTO t (k) VALUES (1)", NULL, &err), FE_EEXIST, &err);
	bad(db_run(db, "INSERT INTO t (k) VALUES (3)", NULL, &err), FE_EINVAL, &err);
	bad(db_commit(db, &err), FE_EINVAL, &err);
	assert_rows(db, "SELECT k FROM t ORDER BY k", NULL, "1\n");
	run(db, "INSERT INTO t (k) VALUES (4)", NULL);
}

static void add_values(struct db_value *v, size_t rows)
{
	for (size_t i = 0; i < rows; i++) {
		v[i * 2] = db_int((int64_t)i);
		v[i * 2 + 1] = i % 700 == 3 ? db_null() : db_real((double)i);
	}
}

static void batches_are_all_or_nothing(void **state)
{
	enum { ROWS = 5000 };
	static const char sql[] = "INSERT INTO t (d, k) VALUES ($2, $1)";
	struct db *db = fresh(state);
	struct db_value *v = xcalloc(ROWS * 2, sizeof *v);
	const struct db_args args = {v, ROWS * 2};
	struct err err = ERR_INIT;

	add_values(v, ROWS);
	good(db_batch(db, sql, &args, 2, &err), &err);
	assert_int_equal(db_changed(db), ROWS);
	assert_rows(db, "SELECT count(*), count(d), max(d) FROM t", NULL, "5000 4992 4999r\n");
	run(db, "DELETE FROM t WHERE k <> $1", DB_ARGS(db_int(ROWS - 10)));
	bad(db_batch(db, sql, &args, 2, &err), FE_EEXIST, &err);
	assert_rows(db, "SELECT count(*) FROM t", NULL, "1\n");
	bad(db_batch(db, sql, &(struct db_args){v, 3}, 2, &err), FE_EINVAL, &err);
	good(db_batch(db, sql, &(struct db_args){v, 0}, 2, &err), &err);
	/* inside a transaction it belongs to that */
	good(db_begin(db, &err), &err);
	good(db_batch(db, sql, &(struct db_args){v, 200}, 2, &err), &err);
	db_rollback(db);
	assert_rows(db, "SELECT count(*) FROM t", NULL, "1\n");
	free(v);
}

static void what_cannot_be_is_refused_alike(void **state)
{
	struct db *db = fresh(state);
	struct err err = ERR_INIT;

	bad(db_run(db, "SELEC 1", NULL, &err), FE_EINVAL, &err);
	bad(db_run(db, "SELECT k FROM nowhere", NULL, &err), FE_EINVAL, &err);
	bad(db_run(db, "SELECT 1; SELECT 2", NULL, &err), FE_EINVAL, &err);
	bad(db_run(db, "INSERT INTO t (k) VALUES ($1)", NULL, &err), FE_EINVAL, &err);
	bad(db_run(db, "INSERT INTO t (k, s) VALUES ($1, $2)", DB_ARGS(db_int(1)), &err), FE_EINVAL,
	    &err);
	bad(db_run(db, "INSERT INTO t (s) VALUES ($1)", DB_ARGS(db_text("a\0b", 3)), &err),
	    FE_EINVAL, &err);
	bad(db_run(db, "INSERT INTO t (s) VALUES ($1)", DB_ARGS(db_text("a\xFFz", 3)), &err),
	    FE_EINVAL, &err);
	bad(db_run(db, "INSERT INTO t (k, d) VALUES (1, $1)", DB_ARGS(db_real((double)NAN)), &err),
	    FE_EINVAL, &err);
	bad(db_run(db, "INSERT INTO t (k) VALUES (NULL), (NULL)", NULL, &err), FE_EEXIST, &err);
	assert_rows(db, "SELECT count(*) FROM t", NULL, "0\n");
}

static int stop_at_three(void *arg, const struct db_value *c, size_t n)
{
	int64_t *seen = arg;

	*seen += (int64_t)n;
	return c[0].i == 3 ? 42 : 0;
}

static void a_row_function_may_stop(void **state)
{
	struct db *db = fresh(state);
	struct db_value v[100];
	struct err err = ERR_INIT;
	int64_t seen = 0;

	for (int i = 0; i < 100; i++)
		v[i] = db_int(i);
	good(db_begin(db, &err), &err);
	good(db_batch(db, "INSERT INTO t (k) VALUES ($1)", &(struct db_args){v, 100}, 1, &err),
	    &err);
	assert_int_equal(
	    db_query(db, "SELECT k FROM t ORDER BY k", NULL, stop_at_three, &seen, &err), 42);
	assert_int_equal(seen, 4);
	good(db_commit(db, &err), &err); /* that was no error */
	assert_rows(db, "SELECT count(*) FROM t", NULL, "100\n");
}

/* More texts than are kept prepared, and the same text with other types of arguments. */
static void many_statements_are_kept_in_turn(void **state)
{
	struct db *db = fresh(state);

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 150; i++) {
			AUTO_FREE char *sql =
			    xasprintf("INSERT INTO t (k, s) VALUES ($1 + %d, $2)", i * 10);

			run(db, sql, DB_ARGS(db_int(round), round ? db_null() : db_text("x", 1)));
		}
	assert_rows(db, "SELECT count(*), count(s) FROM t", NULL, "300 150\n");
}

static const struct db_migration first[] = {
    {"one", "CREATE TABLE m1 (k BIGINT PRIMARY KEY); INSERT INTO m1 VALUES (1)"},
    {"two", "CREATE TABLE m2 (k BIGINT); CREATE INDEX m2_k ON m2 (k)"},
};
static const struct db_migration second[] = {
    {"one", "not run again"},
    {"two", "not run again"},
    {"three", "ALTER TABLE m2 ADD COLUMN s TEXT"},
};
static const struct db_migration broken[] = {
    {"one", ""},
    {"two", ""},
    {"three", ""},
    {"four",
	"CREATE TABLE m4 (k BIGINT); INSERT INTO m4 VALUES (1); INSERT INTO nowhere VALUES (2)"},
};

static void migrations_run_once_in_order(void **state)
{
	struct engine *e = *state;
	struct err err = ERR_INIT;

	run(e->db, "DROP TABLE IF EXISTS ferret_migrations", NULL);
	run(e->db, "DROP TABLE IF EXISTS m1", NULL);
	run(e->db, "DROP TABLE IF EXISTS m2", NULL);
	good(db_migrate(e->db, first, 2, 1000, &err), &err);
	good(db_migrate(e->db, first, 2, 2000, &err), &err);
	good(db_migrate(e->db, second, 3, 3000, &err), &err);
	run(e->db, "INSERT INTO m2 VALUES (1, 'x')", NULL);
	assert_rows(e->db, "SELECT version, name, at_ms FROM ferret_migrations ORDER BY version",
	    NULL, "1 'one' 1000\n2 'two' 1000\n3 'three' 3000\n");
	bad(db_migrate(e->db, first, 2, 4000, &err), FE_EUSAGE, &err);
	bad(db_migrate(e->db, broken, 4, 4000, &err), FE_EINVAL, &err);
	bad(db_run(e->db, "SELECT * FROM m4", NULL, &err), FE_EINVAL, &err); /* no half of it */
	good(db_migrate(e->db, second, 3, 5000, &err), &err);
}

/* Two connections: what is not committed is not seen, and one of them leads. */
static void two_connections_see_what_is_committed(void **state)
{
	struct engine *e = *state;
	struct db *one = fresh(state), *two;
	struct err err = ERR_INIT;
	bool leads;

	good(db_open(e->url, &two, &err), &err);
	good(db_begin(one, &err), &err);
	run(one, "INSERT INTO t (k) VALUES (1)", NULL);
	assert_rows(two, "SELECT count(*) FROM t", NULL, "0\n");
	good(db_commit(one, &err), &err);
	assert_rows(two, "SELECT count(*) FROM t", NULL, "1\n");
	good(db_lead(one, 77, &leads, &err), &err);
	assert_true(leads);
	good(db_lead(two, 77, &leads, &err), &err);
	assert_false(leads);
	db_close(one); /* and another takes over */
	e->db = two;
	for (int i = 0; i < 1000; i++) {
		good(db_lead(two, 77, &leads, &err), &err);
		if (leads)
			break;
		usleep(10000);
	}
	assert_true(leads);
}

static void the_size_is_told(void **state)
{
	struct db *db = fresh(state);
	struct err err = ERR_INIT;
	uint64_t before, after, x = 88172645463325252ULL;
	char *big = xcalloc(1, 1 << 20);

	good(db_size(db, &before, &err), &err);
	for (int i = 0; i < 4; i++) { /* nothing that compresses */
		for (size_t k = 0; k < 1 << 20; k++, x ^= x << 13, x ^= x >> 7, x ^= x << 17)
			big[k] = (char)(x >> 32);
		run(db, "INSERT INTO t (k, b) VALUES ($1, $2)",
		    DB_ARGS(db_int(i), db_bytes(big, 1 << 20)));
	}
	good(db_size(db, &after, &err), &err);
	assert_true(before > 1000 && after > before + (1 << 20));
	free(big);
}

static int all(void)
{
	const struct CMUnitTest tests[] = {
	    ON(each_type_comes_back),
	    ON(parameters_are_names_not_places),
	    ON(what_was_there_is_told),
	    ON(transactions_are_all_or_nothing),
	    ON(a_failed_transaction_stays_failed),
	    ON(batches_are_all_or_nothing),
	    ON(what_cannot_be_is_refused_alike),
	    ON(a_row_function_may_stop),
	    ON(many_statements_are_kept_in_turn),
	    ON(migrations_run_once_in_order),
	    ON(two_connections_see_what_is_committed),
	    ON(the_size_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

int main(void)
{
	return run_all(&engine, all);
}
