/* SPDX-License-Identifier: MIT */
/* store_sql: the schema, its versions, and the statements of a commit. */
#include "store_in.h"

#include "xmem.h"

/* Names, sites and outputs come from outside: bytes, never TEXT. A migration is never changed. */
const struct db_migration store_migrations[] = {
    {"the collector's tables",
	"CREATE TABLE ferret_request (id BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL);"
	"CREATE INDEX ferret_request_at ON ferret_request (at_ms);"
	"CREATE TABLE ferret_mark (name TEXT PRIMARY KEY, n BIGINT NOT NULL);"
	"CREATE TABLE ferret_journal (id BIGINT PRIMARY KEY, at_ms BIGINT NOT NULL, "
	"body BYTEA NOT NULL);"
	"CREATE TABLE ferret_check (id BIGINT PRIMARY KEY, app BYTEA NOT NULL, source BYTEA NOT "
	"NULL, "
	"rule BIGINT NOT NULL);"
	"CREATE TABLE ferret_vantage (id BIGINT PRIMARY KEY, check_id BIGINT NOT NULL, "
	"site BYTEA NOT NULL, instance BYTEA NOT NULL);"
	"CREATE TABLE ferret_run (vantage BIGINT NOT NULL, first_ms BIGINT NOT NULL, "
	"boot BIGINT NOT NULL, slot BIGINT NOT NULL, last_ms BIGINT NOT NULL, n BIGINT NOT NULL, "
	"every_ms BIGINT NOT NULL, state BIGINT NOT NULL, "
	"PRIMARY KEY (vantage, first_ms, boot, slot));"
	"CREATE TABLE ferret_incident (check_id BIGINT NOT NULL, id BIGINT NOT NULL, "
	"start_ms BIGINT NOT NULL, end_ms BIGINT, first_ms BIGINT, first_out BYTEA, "
	"first_lost BIGINT, first_phase BYTEA, first_repeat BYTEA, first_status BIGINT, "
	"last_ms BIGINT, last_out BYTEA, last_lost BIGINT, last_phase BYTEA, last_repeat BYTEA, "
	"last_status BIGINT, PRIMARY KEY (check_id, id));"
	"CREATE TABLE ferret_series (id BIGINT PRIMARY KEY, app BYTEA NOT NULL, name BYTEA NOT "
	"NULL, "
	"source BYTEA NOT NULL, unit BYTEA NOT NULL);"
	"CREATE TABLE ferret_bucket (series BIGINT NOT NULL, res BIGINT NOT NULL, "
	"start_ms BIGINT NOT NULL, n BIGINT NOT NULL, sum DOUBLE PRECISION NOT NULL, "
	"least DOUBLE PRECISION NOT NULL, most DOUBLE PRECISION NOT NULL, "
	"squares DOUBLE PRECISION NOT NULL, sketch BYTEA NOT NULL, "
	"PRIMARY KEY (series, res, start_ms));"
	"CREATE INDEX ferret_bucket_age ON ferret_bucket (res, start_ms)"},
    {"planned windows",
	"CREATE TABLE ferret_maintenance (id BIGINT PRIMARY KEY, from_ms BIGINT NOT NULL, "
	"to_ms BIGINT NOT NULL, app BYTEA NOT NULL, source BYTEA NOT NULL, note BYTEA NOT NULL, "
	"by_whom BYTEA NOT NULL)"},
    {"people, their sessions, and the apps behind drain tokens",
	"CREATE TABLE ferret_person (id BIGINT PRIMARY KEY, name BYTEA NOT NULL, "
	"email BYTEA NOT NULL, hash BYTEA NOT NULL, configured BIGINT NOT NULL, "
	"at_ms BIGINT NOT NULL);"
	"CREATE TABLE ferret_session (hash BYTEA NOT NULL PRIMARY KEY, person BIGINT NOT NULL, "
	"made_ms BIGINT NOT NULL, until_ms BIGINT NOT NULL);"
	"CREATE TABLE ferret_drain (token BYTEA NOT NULL PRIMARY KEY, app BYTEA NOT NULL, "
	"at_ms BIGINT NOT NULL)"},
    {"what retention and retirement look for",
	"CREATE INDEX ferret_run_age ON ferret_run (last_ms);"
	"CREATE INDEX ferret_incident_age ON ferret_incident (end_ms);"
	"ALTER TABLE ferret_series ADD COLUMN last_ms BIGINT"},
};
const size_t store_migrations_n = ARRAY_LEN(store_migrations);

const struct store_sql store_sql[STORE_TEXT_COUNT] = {
#define X(name, width, sql) {sql, width},
    STORE_TEXTS(X)
#undef X
};
