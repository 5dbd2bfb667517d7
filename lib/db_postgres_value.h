/* SPDX-License-Identifier: MIT */
/* db_postgres_value: arguments and columns as PostgreSQL sends them in binary. Private to db. */
#ifndef FE_LIB_DB_POSTGRES_VALUE_H
#define FE_LIB_DB_POSTGRES_VALUE_H

#include <libpq-fe.h>

#include "db.h"

struct db_postgres_params {
	const char *value[DB_ARGS_MAX];
	int len[DB_ARGS_MAX], format[DB_ARGS_MAX];
	uint64_t number[DB_ARGS_MAX];
};

/* The type that an argument is told to be; 0: the server may find out. */
Oid db_postgres_oid(enum db_type type);
/* Point to n values, at most DB_ARGS_MAX, which must stay where they are. */
void db_postgres_fill(struct db_postgres_params *p, const struct db_value *v, size_t n);
/* Column i of row r, borrowed. False: a type that has no likeness here. */
bool db_postgres_column(const PGresult *res, int r, int i, struct db_value *out);

#endif
