/* SPDX-License-Identifier: MIT */
/* store_owner: one collector at a time has a database, and knows when that is over. */
#include <sys/random.h>

#include "store_in.h"

#include "xmem.h"

#define LEAD_KEY 0x66657272657431LL /* any number; of this use alone */

static const char taken[] = "another collector has the database";

static int read_number(void *arg, const struct db_value *column, size_t n)
{
	int64_t *out = arg;

	*out = n == 1 ? column[0].i : 0;
	return 0;
}

int store_mark(struct db *db, const char *name, int64_t *out, struct err *err)
{
	*out = 0;
	return db_query(db, "SELECT n FROM ferret_mark WHERE name = $1",
	    DB_ARGS(db_text(name, strlen(name))), read_number, out, err);
}

static int lead(struct db *db, struct err *err)
{
	bool leads = false;
	int rc = db_lead(db, LEAD_KEY, &leads, err);

	return rc || leads ? rc : err_set(err, FE_EEXIST, "%s", taken);
}

/* Whoever comes after us finds another number there. */
static int sign(struct store_link *l, struct err *err)
{
	uint64_t n;

	if (getrandom(&n, sizeof n, 0) != (ssize_t)sizeof n)
		return err_set(err, FE_ESYS, "no random bytes to be had");
	l->owner = (int64_t)(n >> 1);
	return db_run(
	    l->db, store_sql[STORE_MARK].sql, DB_ARGS(db_text("owner", 5), db_int(l->owner)), err);
}

int store_connect(const char *url, int64_t now_ms, struct store_link **out, struct err *err)
{
	struct store_link *l = xcalloc(1, sizeof *l);
	int rc = db_open(url, &l->db, err);

	if (!rc)
		rc = lead(l->db, err);
	if (!rc)
		rc = db_migrate(l->db, store_migrations, store_migrations_n, now_ms, err);
	if (!rc)
		rc = sign(l, err);
	if (!rc)
		rc = db_open(url, &l->reader, err);
	if (!rc) {
		*out = l;
		return 0;
	}
	store_disconnect(l);
	return rc;
}

void store_disconnect(struct store_link *l)
{
	if (!l)
		return;
	db_close(l->db);
	db_close(l->reader);
	free(l);
}

/* The lock went with the connection. Nobody has led in between as long as the mark is ours: what is
 * in memory is then still what the database holds. A server may not have noticed yet that our old
 * connection is gone; its lock goes when it does. */
int store_lead_again(struct store *s, struct err *err)
{
	int64_t owner = 0;
	int rc = db_reopen(s->db, err), led;

	if (rc)
		return rc;
	led = lead(s->db, err);
	if (led && led != FE_EEXIST)
		return led;
	rc = store_mark(s->db, "owner", &owner, err);
	if (rc)
		return rc;
	if (owner != s->owner) {
		s->deposed = true;
		return err_set(err, FE_EEXIST, "%s now", taken);
	}
	return led ? err_set(err, FE_ECLOSED, "the lock of the lost connection is still held") : 0;
}
