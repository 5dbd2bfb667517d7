/* SPDX-License-Identifier: MIT */
/* fleet_env: .env and environment of the platform's tools, judged by one table of keys. */
#include "fleet_env.h"

#include <ctype.h>
#include <stdlib.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "env.h"
#include "fleet.h"
#include "io.h"
#include "num.h"
#include "textline.h"
#include "xmem.h"

#define DAY_S 86400ULL

static bool no_blanks(const char *v)
{
	for (; *v; v++)
		if (!isgraph((unsigned char)*v))
			return false;
	return true;
}

static bool good_app(const char *v)
{
	return fleet_check_name(v, NULL) == 0;
}

static bool good_email(const char *v)
{
	const char *at = strchr(v, '@');

	return no_blanks(v) && at && at != v && at[1] && !strchr(at + 1, '@');
}

static bool good_team(const char *v)
{
	size_t n = strspn(v, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return v[n] == '\0' && isalnum((unsigned char)v[0]) && isalnum((unsigned char)v[n - 1]);
}

/* One of these schemes (NULL-terminated), then a host. */
static bool good_url(const char *v, const char *const *schemes)
{
	for (; *schemes; schemes++) {
		size_t n = strlen(*schemes);
		const char *host = v + n + 3;

		if (strncasecmp(v, *schemes, n) != 0 || strncmp(v + n, "://", 3) != 0)
			continue;
		const char *at = strpbrk(host, "@/?#");

		host = at && *at == '@' ? at + 1 : host;
		return no_blanks(v) && isalnum((unsigned char)*host | (*host == '[' ? 'a' : 0));
	}
	return false;
}

static bool good_drain(const char *v)
{
	static const char *const schemes[] = {"https", "http", "syslog", "syslog+tls", NULL};

	return good_url(v, schemes);
}

static bool good_token(const char *v)
{
	for (; *v; v++)
		if (!isalnum((unsigned char)*v) && !strchr("._~-", *v))
			return false;
	return true;
}

static bool good_page(const char *v)
{
	static const char *const schemes[] = {"https", "http", NULL};

	return good_url(v, schemes);
}

static bool good_api(const char *v)
{
	static const char *const loopback[] = {"localhost", "127.", "[::1]", NULL};

	if (strncasecmp(v, "http://", 7) != 0)
		return good_page(v);
	for (size_t i = 0; loopback[i]; i++)
		if (strncasecmp(v + 7, loopback[i], strlen(loopback[i])) == 0)
			return good_page(v);
	return false;
}

static bool good_freq(const char *v)
{
	uint64_t ns;

	return num_seconds_ns(v, &ns) == 0 && ns >= 10 * NS_PER_MS && ns <= DAY_S * NS_PER_S;
}

static bool good_host(const char *v)
{
	size_t n = strspn(v, "abcdefghijklmnopqrstuvwxyz0123456789-.");

	if (v[n] != '\0' || n == 0 || n > 253 || !strchr(v, '.') || strstr(v, ".."))
		return false;
	return isalnum((unsigned char)v[0]) && isalnum((unsigned char)v[n - 1]);
}

#define ALWAYS 128U

static const struct rule {
	const char *key;
	unsigned needed; /* bits of fleet_env_needs; ALWAYS; 0: it may be left out */
	bool secret;
	bool (*good)(const char *v);
	const char *expected;
} rules[] = {
    {"APP", ALWAYS, false, good_app,
	"3 to 13 characters, a letter first, then lower-case letters, digits and dashes, no dash "
	"at the end"},
    {"HEROKU_USERNAME", FLEET_ENV_USER, false, good_email, "the account's e-mail address"},
    {"HEROKU_API_KEY", ALWAYS, true, no_blanks,
	"the account's API key, without blanks (bin/unprivileged makes one)"},
    {"HEROKU_API_URL", 0, false, good_api, "an https:// address, or http:// on this machine"},
    {"ORG", 0, false, good_team, "a team's name: lower-case letters, digits and dashes"},
    {"L2MET_URL", FLEET_ENV_DRAIN, true, good_drain,
	"a drain's address: https://, http://, syslog:// or syslog+tls:// (or none, and "
	"DRAIN_TOKEN, for the collector of APP)"},
    {"DRAIN_TOKEN", 0, true, good_token, "letters, digits and . _ ~ -, as an URL can hold them"},
    {"METRICS_URL", 0, false, good_page, "an https:// or http:// address"},
    {"METRICS_TOKEN", 0, true, no_blanks, "a token without blanks"},
    {"FREQ", 0, false, good_freq, "seconds from 0.01 to 86400"},
    {"ENDPOINT_DOMAIN", 0, false, good_host, "a host name in lower case, as canary.example.com"},
    {"SSL_CERT_FILE", 0, false, NULL, ""},
};

bool fleet_env_secret(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (strcmp(rules[i].key, key) == 0)
			return rules[i].secret;
	return false;
}

/* Where the key got its value in the file: its last line. 0: it is not there. */
static int line_of(const struct text *text, const char *key)
{
	struct textline t = {.rest = text->p, .left = text->len};
	size_t n = strlen(key);
	int line = 0;

	while (textline_next(&t))
		if (t.len > n && memcmp(t.p, key, n) == 0 && t.p[n] == '=')
			line = t.number;
	return line;
}

struct odd {
	struct strv *problems;
};

static void odd_line(void *arg, const char *path, int line, const char *why)
{
	struct odd *o = arg;

	strv_take(o->problems, xasprintf("%s:%d: %s", path, line, why));
}

/* The file's value, else the environment's; NULL where both are empty or missing. */
static const char *value_of(const struct fleet_env *e, const char *key, bool *from_file)
{
	const char *v = strv_getenv(&e->file, key);

	*from_file = v != NULL;
	if (!v)
		v = getenv(key);
	return v && *v ? v : NULL;
}

/* With DRAIN_TOKEN the fleet's own collector is where lines go. */
static bool is_missing(const struct fleet_env *e, const struct rule *r, unsigned needs)
{
	bool from_file;

	return (r->needed & needs) &&
	       !(r->needed == FLEET_ENV_DRAIN && value_of(e, "DRAIN_TOKEN", &from_file));
}

static void judge(struct fleet_env *e, const struct text *text, const struct rule *r,
    unsigned needs, struct strv *problems)
{
	bool from_file;
	const char *v = value_of(e, r->key, &from_file);

	if (!v) {
		if (is_missing(e, r, needs))
			strv_take(problems,
			    xasprintf("%s: %s: missing, expected %s",
				e->has_file ? e->path : "environment", r->key, r->expected));
		return;
	}
	if (r->good && !r->good(v)) {
		AUTO_FREE char *place = from_file
					    ? xasprintf("%s:%d", e->path, line_of(text, r->key))
					    : xstrdup("environment");

		strv_take(problems, r->secret ? xasprintf("%s: %s: expected %s (its value is "
							  "secret and not shown)",
						    place, r->key, r->expected)
					      : xasprintf("%s: %s: '%.200s': expected %s", place,
						    r->key, v, r->expected));
		return;
	}
	strv_setenv(&e->given, r->key, v);
}

static int read_file(struct fleet_env *e, const char *path, struct buf *text, struct err *err)
{
	e->path = xstrdup(path ? path : FLEET_ENV_FILE);
	e->has_file = path || access(FLEET_ENV_FILE, F_OK) == 0;
	return e->has_file ? io_read_file(e->path, text, err) : 0;
}

int fleet_env_read(
    struct fleet_env *e, const char *path, unsigned needs, struct strv *problems, struct err *err)
{
	struct buf AUTO_BUF bytes = BUF_INIT(BUF_MAX_FILE);
	size_t before = problems->n;

	*e = (struct fleet_env){0};
	int rc = read_file(e, path, &bytes, err);

	if (rc)
		return rc;
	struct text text = {buf_str(&bytes), bytes.len, e->path};

	env_parse(&text, &e->file, odd_line, &(struct odd){problems});
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		judge(e, &text, &rules[i], needs | ALWAYS, problems);
	if (bytes.p)
		explicit_bzero(bytes.p, bytes.len);
	e->app = fleet_env_get(e, "APP");
	e->key = fleet_env_get(e, "HEROKU_API_KEY");
	e->username = fleet_env_get(e, "HEROKU_USERNAME");
	e->org = fleet_env_get(e, "ORG");
	e->url = fleet_env_get(e, "HEROKU_API_URL");
	e->cacert = fleet_env_get(e, "SSL_CERT_FILE");
	e->l2met_url = fleet_env_get(e, "L2MET_URL");
	e->drain_token = fleet_env_get(e, "DRAIN_TOKEN");
	e->endpoint_domain = fleet_env_get(e, "ENDPOINT_DOMAIN");
	if (problems->n == before)
		return 0;
	return err_set(err, FE_EUSAGE, "%zu mistakes in the configuration", problems->n - before);
}

const char *fleet_env_get(const struct fleet_env *e, const char *key)
{
	return strv_getenv(&e->given, key);
}

void fleet_env_done(struct fleet_env *e)
{
	strv_done(&e->file);
	strv_done(&e->given);
	free(e->path);
	*e = (struct fleet_env){0};
}
