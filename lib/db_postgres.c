/* SPDX-License-Identifier: MIT */
/* db: PostgreSQL. Arguments and columns travel in binary (db_postgres_value). */
#include <errno.h>
#include <libpq-fe.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "db_in.h"
#include "db_postgres_value.h"
#include "xmem.h"

#define STATEMENTS 64
#define PIPELINE 1000   /* rows of a batch between two answers */
#define ANSWER_MS 20000 /* a server that moves no byte for so long is lost */
#define FOR_EVER (-1)   /* a migration may take its time */

struct kept {
	char *sql;
	char *types;   /* a letter an argument */
	char name[24]; /* s and 20 digits of 2^64 */
	uint64_t used;
};

struct pg {
	PGconn *c;
	struct kept kept[STATEMENTS];
	uint64_t calls, made;
	bool hung; /* it was cut off, as it gave no answer */
};

/* SQLSTATE to our codes: its first two letters, or all five. */
static int code_of(const struct pg *pg, const char *state)
{
	static const struct {
		const char *state;
		int code;
	} codes[] = {
	    {"40", FE_ETIMEOUT}, /* serialisation, deadlock */
	    {"55P03", FE_ETIMEOUT},
	    {"57014", FE_ETIMEOUT}, /* statement_timeout */
	    {"57P", FE_ECLOSED},    /* shutdown, crash, starting up */
	    {"08P01", FE_EINVAL},   /* arguments that the text does not name */
	    {"08", FE_ECLOSED},
	    {"53", FE_ELIMIT}, /* disk full, out of memory, too many connections */
	    {"54", FE_ELIMIT},
	    {"23", FE_EEXIST},
	    {"28", FE_EAUTH},
	    {"42501", FE_EACCES},
	    {"25006", FE_EACCES}, /* read-only */
	    {"42", FE_EINVAL},
	    {"22", FE_EINVAL},
	    {"25", FE_EINVAL},
	};

	if (PQstatus(pg->c) == CONNECTION_BAD)
		return FE_ECLOSED;
	for (size_t i = 0; state && i < ARRAY_LEN(codes); i++)
		if (strncmp(state, codes[i].state, strlen(codes[i].state)) == 0)
			return codes[i].code;
	return FE_EIO;
}

/* libpq's messages end in newlines and have some inside. */
static int fail_words(int code, const char *words, const char *sql, struct err *err)
{
	AUTO_FREE char *line = xstrdup(words);

	for (char *at = line; *at; at++)
		if (*at == '\n')
			*at = at[1] ? ' ' : '\0';
	return err_set(err, code, "postgres: %s%s%.200s", line, *sql ? ": " : "", sql);
}

static int fail(const struct pg *pg, const PGresult *r, const char *sql, struct err *err)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;
	const char *words = r ? PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY) : NULL;

	if (pg->hung)
		return err_set(err, FE_ECLOSED, "postgres: no answer from the server for %d s",
		    ANSWER_MS / 1000);
	return fail_words(code_of(pg, state), words ? words : PQerrorMessage(pg->c), sql, err);
}

static void forget(struct kept *k)
{
	free(k->sql);
	free(k->types);
	*k = (struct kept){.sql = NULL};
}

static void pg_close(void *handle)
{
	struct pg *pg = handle;

	for (int i = 0; i < STATEMENTS; i++)
		forget(&pg->kept[i]);
	PQfinish(pg->c);
	free(pg);
}

static void quiet(void *arg, const char *message)
{
	(void)arg;
	(void)message;
}

/* Whether what stands for the host and the port could be one. */
static bool is_likely(const PQconninfoOption *o)
{
	if (o->val && strcmp(o->keyword, "port") == 0)
		return o->val[strspn(o->val, "0123456789,")] == '\0';
	return !o->val || strcmp(o->keyword, "host") != 0 || !strchr(o->val, '@');
}

/* What libpq says of a URL that it cannot read quotes it, and so does what it says of a host or port
 * that is the rest of a password with a / or @ in it. */
static int check_url(const char *url, struct err *err)
{
	char *why = NULL;
	PQconninfoOption *parsed = PQconninfoParse(url, &why);
	bool likely = parsed != NULL;

	for (PQconninfoOption *o = parsed; o && o->keyword; o++)
		likely = likely && is_likely(o);
	PQfreemem(why);
	PQconninfoFree(parsed);
	return likely ? 0
		      : err_set(err, FE_EUSAGE,
			    "postgres: this is no postgres://USER:PASSWORD@HOST:PORT/DATABASE (a "
			    "password's @ is %%40, its / is %%2F)");
}

static int pg_open(const char *url, void **out, struct err *err)
{
	/* Those before dbname are defaults: what the URL says holds. */
	static const char *const keys[] = {"connect_timeout", "tcp_user_timeout",
	    "application_name", "dbname", "client_encoding", NULL};
	const char *const values[] = {"10", "30000", "ferret", url, "UTF8", NULL};
	int rc = check_url(url, err);

	if (rc)
		return rc;
	struct pg *pg = xcalloc(1, sizeof *pg);

	pg->c = PQconnectdbParams(keys, values, 1);
	if (PQstatus(pg->c) != CONNECTION_OK) {
		bool refused = strstr(PQerrorMessage(pg->c), "authentication failed") != NULL;

		rc = fail_words(refused ? FE_EAUTH : FE_ECLOSED, PQerrorMessage(pg->c), "", err);
		pg_close(pg);
		return rc;
	}
	PQsetNoticeProcessor(pg->c, quiet, NULL);
	/* A server that cannot reach us any more lets go of our locks within a minute. Where it takes no
	 * such words, it has its own. */
	PQclear(PQexec(pg->c, "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; "
			      "SET tcp_keepalives_count = 3"));
	if (PQsetnonblocking(pg->c, 1) != 0) {
		rc = fail_words(FE_EIO, PQerrorMessage(pg->c), "", err);
		pg_close(pg);
		return rc;
	}
	*out = pg;
	return 0;
}

/* libpq waits for ever for a server that is there and says nothing. Cut off, it says so at once. */
static void cut_off(struct pg *pg)
{
	(void)shutdown(PQsocket(pg->c), SHUT_RDWR);
}

/* What was sent goes out, and the next result is there, or the connection is lost. */
static void await(struct pg *pg, int ms)
{
	for (;;) {
		int more = PQflush(pg->c);
		struct pollfd p = {PQsocket(pg->c), (short)(POLLIN | (more > 0 ? POLLOUT : 0)), 0};
		int n;

		if (more < 0)
			cut_off(pg);
		if (more < 0 || !PQisBusy(pg->c) || p.fd < 0)
			return;
		do
			n = poll(&p, 1, ms);
		while (n < 0 && errno == EINTR);
		if (n == 0) {
			pg->hung = true;
			cut_off(pg);
		}
		if (n <= 0 || ((p.revents & ~POLLOUT) && !PQconsumeInput(pg->c)))
			return;
	}
}

static PGresult *next_result(struct pg *pg)
{
	await(pg, ANSWER_MS);
	return PQgetResult(pg->c);
}

/* All results of what was sent, which has no rows that anybody wants. */
static int done(struct pg *pg, int sent, const char *sql, int ms, struct err *err)
{
	int rc = sent ? 0 : fail(pg, NULL, sql, err);
	PGresult *r;

	if (rc)
		return rc;
	for (await(pg, ms); (r = PQgetResult(pg->c)) != NULL; await(pg, ms)) {
		ExecStatusType status = PQresultStatus(r);

		if (rc == 0 && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
			rc = fail(pg, r, sql, err);
		PQclear(r);
	}
	return rc;
}

static int pg_script(void *handle, const char *sql, struct err *err)
{
	struct pg *pg = handle;

	return done(pg, PQsendQuery(pg->c, sql), sql, FOR_EVER, err);
}

static void types_of(const struct db_call *c, char out[DB_ARGS_MAX + 1])
{
	for (size_t i = 0; i < c->n; i++)
		out[i] = (char)('a' + (int)c->v[i].type);
	out[c->n] = '\0';
}

static int prepare_new(
    struct pg *pg, struct kept *k, const struct db_call *c, const char *types, struct err *err)
{
	Oid oids[DB_ARGS_MAX];
	int rc;

	if (k->sql) {
		AUTO_FREE char *drop = xasprintf("DEALLOCATE %s", k->name);

		/* in a failed transaction it stays; names are never used again */
		(void)done(pg, PQsendQuery(pg->c, drop), drop, ANSWER_MS, NULL);
		forget(k);
	}
	for (size_t i = 0; i < c->n; i++)
		oids[i] = db_postgres_oid(c->v[i].type);
	(void)snprintf(k->name, sizeof k->name, "s%llu", (unsigned long long)++pg->made);
	rc = done(
	    pg, PQsendPrepare(pg->c, k->name, c->sql, (int)c->n, oids), c->sql, ANSWER_MS, err);
	if (rc)
		return rc;
	k->sql = xstrdup(c->sql);
	k->types = xstrdup(types);
	k->used = pg->calls;
	return 0;
}

static int prepare(struct pg *pg, const struct db_call *c, const char **out_name, struct err *err)
{
	struct kept *oldest = &pg->kept[0];
	char types[DB_ARGS_MAX + 1];
	int rc;

	pg->calls++;
	types_of(c, types);
	for (int i = 0; i < STATEMENTS; i++) {
		struct kept *k = &pg->kept[i];

		if (k->sql && strcmp(k->sql, c->sql) == 0 && strcmp(k->types, types) == 0) {
			k->used = pg->calls;
			*out_name = k->name;
			return 0;
		}
		if (k->used < oldest->used)
			oldest = k;
	}
	rc = prepare_new(pg, oldest, c, types, err);
	*out_name = oldest->name;
	return rc;
}

static int tell_rows(const PGresult *res, struct db_call *c, struct err *err)
{
	struct db_value v[DB_ARGS_MAX];
	int n = PQnfields(res);

	if (n > (int)DB_ARGS_MAX)
		return err_set(err, FE_EINVAL, "postgres: %d columns: %.200s", n, c->sql);
	for (int r = 0; r < PQntuples(res) && c->told == 0; r++) {
		for (int i = 0; i < n; i++)
			if (!db_postgres_column(res, r, i, &v[i]))
				return err_set(err, FE_EINVAL,
				    "postgres: column %s has type %u: cast it to BIGINT, DOUBLE "
				    "PRECISION, TEXT or BYTEA: %.200s",
				    PQfname(res, i), PQftype(res, i), c->sql);
		c->told = c->row(c->arg, v, (size_t)n);
	}
	return 0;
}

static void add_changed(PGresult *r, struct db_call *c)
{
	const char *text = PQcmdTuples(r);

	c->changed += strtoull(text, NULL, 10);
}

/* All results of one statement, the rows as they come. */
static int take_results(struct pg *pg, struct db_call *c, struct err *err)
{
	PGresult *r;
	int rc = 0;

	while ((r = next_result(pg)) != NULL) {
		ExecStatusType status = PQresultStatus(r);

		if (status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK) {
			if (c->row && rc == 0 && c->told == 0)
				rc = tell_rows(r, c, err);
		} else if (status != PGRES_COMMAND_OK && rc == 0) {
			rc = fail(pg, r, c->sql, err);
		}
		if (status != PGRES_SINGLE_TUPLE)
			add_changed(r, c);
		PQclear(r);
	}
	return rc;
}

static int send_row(
    struct pg *pg, const char *name, const struct db_call *c, size_t row, struct err *err)
{
	struct db_postgres_params p;

	if (c->n)
		db_postgres_fill(&p, c->v + row * c->n, c->n);
	if (PQsendQueryPrepared(pg->c, name, (int)c->n, p.value, p.len, p.format, 1))
		return 0;
	return fail(pg, NULL, c->sql, err);
}

static int one(struct pg *pg, const char *name, struct db_call *c, struct err *err)
{
	int rc = send_row(pg, name, c, 0, err);

	if (rc)
		return rc;
	if (c->row)
		PQsetSingleRowMode(pg->c);
	return take_results(pg, c, err);
}

/* Some rows sent without waiting for each answer. */
static int send_some(
    struct pg *pg, const char *name, struct db_call *c, size_t from, size_t to, struct err *err)
{
	int rc = 0;

	for (size_t r = from; r < to && rc == 0; r++)
		rc = send_row(pg, name, c, r, err);
	if (rc == 0 && !PQpipelineSync(pg->c))
		rc = fail(pg, NULL, c->sql, err);
	return rc;
}

static int take_some(struct pg *pg, struct db_call *c, size_t n, struct err *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && PQstatus(pg->c) == CONNECTION_OK; i++) {
		int one_rc = take_results(pg, c, rc ? NULL : err);

		rc = rc ? rc : one_rc;
	}
	PGresult *sync = next_result(pg);

	if (rc == 0 && PQresultStatus(sync) != PGRES_PIPELINE_SYNC)
		rc = fail(pg, sync, c->sql, err);
	PQclear(sync);
	return rc;
}

static int many(struct pg *pg, const char *name, struct db_call *c, struct err *err)
{
	int rc = 0;

	if (!PQenterPipelineMode(pg->c))
		return fail(pg, NULL, c->sql, err);
	for (size_t at = 0; at < c->rows && rc == 0; at += PIPELINE) {
		size_t to = c->rows - at > PIPELINE ? at + PIPELINE : c->rows;

		rc = send_some(pg, name, c, at, to, err);
		if (!rc)
			rc = take_some(pg, c, to - at, err);
	}
	/* One that was lost in the middle is closed by whoever sees FE_ECLOSED. */
	(void)PQexitPipelineMode(pg->c);
	return rc;
}

/* A batch's rows may have NULLs in different places: runs of one kind share a statement. */
static size_t alike(const struct db_call *c, size_t from)
{
	size_t n = 1;

	for (; from + n < c->rows; n++)
		for (size_t i = 0; i < c->n; i++)
			if (c->v[(from + n) * c->n + i].type != c->v[from * c->n + i].type)
				return n;
	return n;
}

static int pg_call(void *handle, struct db_call *c, struct err *err)
{
	struct pg *pg = handle;
	const char *name;
	int rc = 0;

	for (size_t at = 0; at < c->rows && rc == 0;) {
		struct db_call some = *c;

		if (c->n)
			some.v += at * c->n;
		some.rows = alike(c, at);
		some.changed = 0;
		rc = prepare(pg, &some, &name, err);
		if (!rc)
			rc =
			    some.rows == 1 ? one(pg, name, &some, err) : many(pg, name, &some, err);
		c->told = some.told;
		c->changed += some.changed;
		at += some.rows;
	}
	return rc;
}

static int take_lead(void *arg, const struct db_value *column, size_t n)
{
	bool *leads = arg;

	*leads = n == 1 && column[0].i != 0;
	return 0;
}

static int pg_lead(void *handle, int64_t key, bool *out_leads, struct err *err)
{
	const struct db_value v = db_int(key);
	struct db_call c = {.sql = "SELECT pg_try_advisory_lock($1)",
	    .v = &v,
	    .n = 1,
	    .rows = 1,
	    .row = take_lead,
	    .arg = out_leads};

	*out_leads = false;
	return pg_call(handle, &c, err);
}

const struct db_engine db_postgres = {
    .name = "postgres",
    .open = pg_open,
    .close = pg_close,
    .call = pg_call,
    .script = pg_script,
    .begin = "BEGIN",
    .size = "SELECT pg_database_size(current_database())",
    .lead = pg_lead,
    .lock = "SELECT 1 FROM pg_advisory_xact_lock($1)",
};
