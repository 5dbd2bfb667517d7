/* SPDX-License-Identifier: MIT */
/*
 * db URL: rows a second into a table as the collector's buckets are (three numbers for the key, five
 * for the sums, 40 bytes of sketch), each a new row or in the place of the old one; 5,000 rows a
 * commit, and one row a commit. Prints NAME ROWS_A_SECOND, one a line. The table is dropped.
 */
#include "clock.h"
#include "db.h"
#include "xmem.h"

#define WIDTH 9
#define ROWS 5000U

static const char upsert[] =
    "INSERT INTO ferret_bench VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) "
    "ON CONFLICT (id, res, start_ms) DO UPDATE SET n = excluded.n, sum = excluded.sum, "
    "low = excluded.low, high = excluded.high, squares = excluded.squares, "
    "sketch = excluded.sketch";

static void must(int rc, struct err *err)
{
	if (rc) {
		err_print("db", err);
		exit(err_exit_code(rc));
	}
}

static void fill(struct db_value *v, unsigned rows, unsigned round)
{
	static const char sketch[40];

	for (unsigned i = 0; i < rows; i++, v += WIDTH) {
		v[0] = db_int(i);
		v[1] = db_int(0);
		v[2] = db_int(60000LL * (round / 10)); /* each row is written ten times */
		v[3] = db_int(round);
		for (int k = 4; k < 8; k++)
			v[k] = db_real(0.1 * (double)i);
		v[8] = db_bytes(sketch, sizeof sketch);
	}
}

static void measure(struct db *db, const char *name, unsigned rows, struct db_value *v)
{
	uint64_t start = clock_mono_ns(), n = 0;
	struct err err = ERR_INIT;

	for (unsigned round = 0; clock_mono_ns() - start < 3 * NS_PER_S; round++, n += rows) {
		fill(v, rows, round);
		must(db_batch(db, upsert, &(struct db_args){v, (size_t)rows * WIDTH}, WIDTH, &err),
		    &err);
	}
	(void)printf("%s %.0f\n", name, (double)n * 1e9 / (double)(clock_mono_ns() - start));
}

int main(int argc, char **argv)
{
	struct db_value *v = xcalloc((size_t)ROWS * WIDTH, sizeof *v);
	struct err err = ERR_INIT;
	struct db *db;

	if (argc != 2) {
		(void)fputs("usage: db URL\n", stderr);
		return FE_EXIT_USAGE;
	}
	must(db_open(argv[1], &db, &err), &err);
	must(db_run(db, "DROP TABLE IF EXISTS ferret_bench", NULL, &err), &err);
	must(db_run(db,
		 "CREATE TABLE ferret_bench (id BIGINT NOT NULL, res BIGINT NOT NULL, start_ms "
		 "BIGINT "
		 "NOT NULL, n BIGINT, sum DOUBLE PRECISION, low DOUBLE PRECISION, high DOUBLE "
		 "PRECISION, "
		 "squares DOUBLE PRECISION, sketch BYTEA, PRIMARY KEY (id, res, start_ms))",
		 NULL, &err),
	    &err);
	measure(db, "batch", ROWS, v);
	measure(db, "single", 1, v);
	must(db_run(db, "DROP TABLE ferret_bench", NULL, &err), &err);
	db_close(db);
	free(v);
	return 0;
}
