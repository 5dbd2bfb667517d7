/* SPDX-License-Identifier: MIT */
/* db_in: what an engine gives to db. Private to db. */
#ifndef FE_LIB_DB_IN_H
#define FE_LIB_DB_IN_H

#include "db.h"

/* A call of an engine: one statement, its arguments (checked), and where its rows go (NULL: none). */
struct db_call {
	const char *sql;
	const struct db_value *v;
	size_t n;    /* arguments of one row */
	size_t rows; /* of arguments; 1 but for a batch */
	db_row_fn *row;
	void *arg;
	/* what comes of it */
	int told; /* by the row function, where it stopped */
	uint64_t changed;
};

/* All but close fill err. Each handle is the engine's own. */
struct db_engine {
	const char *name;
	int (*open)(const char *url, void **out, struct err *err);
	void (*close)(void *handle);
	int (*call)(void *handle, struct db_call *c, struct err *err);
	/* Several statements without arguments. */
	int (*script)(void *handle, const char *sql, struct err *err);
	int (*lead)(void *handle, int64_t key, bool *out_leads, struct err *err);
	int (*ready)(void *handle, struct err *err); /* before a transaction; NULL: always */
	const char *begin;
	const char *size;         /* a query of one BIGINT */
	const char *spare, *tidy; /* whether (not 0) to run tidy; NULL: by itself */
	const char *
	    lock; /* a query with $1: hold others off until the transaction's end; NULL: begin does */
};

extern const struct db_engine db_sqlite, db_postgres;

#endif
