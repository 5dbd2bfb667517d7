/* SPDX-License-Identifier: MIT */
/* db_postgres_value: arguments and columns as PostgreSQL sends them in binary. */
#include "db_postgres_value.h"

#include <string.h>

/* pg_type.dat; these numbers never change. */
enum {
	BOOL = 16,
	BYTEA = 17,
	NAME = 19,
	INT8 = 20,
	INT2 = 21,
	INT4 = 23,
	TEXT = 25,
	FLOAT4 = 700,
	FLOAT8 = 701,
	UNKNOWN = 705,
	BPCHAR = 1042,
	VARCHAR = 1043
};

Oid db_postgres_oid(enum db_type type)
{
	static const Oid oids[] = {[DB_NULL] = 0,
	    [DB_INT] = INT8,
	    [DB_REAL] = FLOAT8,
	    [DB_TEXT] = TEXT,
	    [DB_BYTES] = BYTEA};

	return oids[type];
}

void db_postgres_fill(struct db_postgres_params *p, const struct db_value *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t bits = (uint64_t)v[i].i;

		if (v[i].type == DB_REAL)
			memcpy(&bits, &v[i].d, sizeof bits);
		p->number[i] = __builtin_bswap64(bits);
		p->value[i] = v[i].type == DB_NULL ? NULL : v[i].p ? v[i].p : "";
		p->len[i] = (int)v[i].len;
		p->format[i] = 1;
		if (v[i].type == DB_INT || v[i].type == DB_REAL) {
			p->value[i] = (const char *)&p->number[i];
			p->len[i] = sizeof bits;
		}
	}
}

static uint64_t big_endian(const char *p, int len)
{
	uint64_t v = 0;

	for (int i = 0; i < len; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static double real_of(const char *p, int len)
{
	uint64_t bits = big_endian(p, len);
	uint32_t low = (uint32_t)bits;
	double d;
	float f;

	memcpy(&d, &bits, sizeof d);
	memcpy(&f, &low, sizeof f);
	return len == 4 ? (double)f : d;
}

bool db_postgres_column(const PGresult *res, int r, int i, struct db_value *out)
{
	const char *p = PQgetvalue(res, r, i);
	int len = PQgetlength(res, r, i);

	*out = db_null();
	if (PQgetisnull(res, r, i))
		return true;
	switch (PQftype(res, i)) {
	case INT8:
		*out = db_int((int64_t)big_endian(p, len));
		return true;
	case INT4:
		*out = db_int((int32_t)big_endian(p, len));
		return true;
	case INT2:
		*out = db_int((int16_t)big_endian(p, len));
		return true;
	case BOOL:
		*out = db_int(p[0] != 0);
		return true;
	case FLOAT4:
	case FLOAT8:
		*out = db_real(real_of(p, len));
		return true;
	case BYTEA:
		*out = db_bytes(p, (size_t)len);
		return true;
	case TEXT:
	case NAME:
	case UNKNOWN:
	case BPCHAR:
	case VARCHAR:
		*out = db_text(p, (size_t)len);
		return true;
	default:
		return false;
	}
}
