/* SPDX-License-Identifier: MIT */
/* line: what the platform's router, dyno manager, API and data stores write (facts/dynos.md 5). */
#include "line_in.h"
#include "logfmt.h"

static double number_or_none(struct word w)
{
	struct word unit;
	double v;

	return line_number(w, &v, &unit) ? v : -1;
}

/* A router pair into its field; words of clients (path, fwd, agent) are never looked at for others. */
static void router_pair(struct word key, struct word value, struct line_router *r)
{
	const struct {
		struct word key;
		struct word *out;
	} words[] = {
	    {WORD("at"), &r->at},
	    {WORD("code"), &r->code},
	    {WORD("desc"), &r->desc},
	    {WORD("method"), &r->method},
	    {WORD("host"), &r->host},
	    {WORD("dyno"), &r->dyno},
	    {WORD("protocol"), &r->protocol},
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (word_is(key, words[i].key)) {
			*words[i].out = value;
			return;
		}
	if (word_is(key, WORD("status"))) {
		double status = number_or_none(value);

		r->status = status >= 0 && status < 1000 ? (int32_t)status : -1;
	} else if (word_is(key, WORD("connect"))) {
		r->connect_ms = number_or_none(value);
	} else if (word_is(key, WORD("service"))) {
		r->service_ms = number_or_none(value);
	} else if (word_is(key, WORD("bytes"))) {
		double bytes = number_or_none(value);

		r->bytes = bytes >= 0 && bytes < 9e18 ? (int64_t)bytes : -1;
	}
}

static void router_pairs(const char *at, const char *end, struct line_router *r)
{
	struct logfmt_pair p;

	while (logfmt_next(&at, end, &p) == 1)
		if (p.value && !word_is((struct word){p.key, p.key_len}, WORD("agent")))
			router_pair((struct word){p.key, p.key_len},
			    (struct word){p.value, p.value_len}, r);
		else if (p.value)
			return;
}

/*
 * The order is fixed: sock at code desc cause method path host request_id fwd dyno connect service
 * status bytes protocol tls agent. path and fwd are a client's words, and should the router not
 * escape their quotes they could spell any pair: so what stands before the path is taken from
 * before it, host from behind the last `" host=`, and the rest from behind the last `" dyno=`.
 */
void line_router_read(struct word text, struct line_router *r)
{
	const char *end = text.p + text.len;
	const char *path = find_first(text.p, end, WORD(" path=\""));

	*r = (struct line_router){.status = -1, .connect_ms = -1, .service_ms = -1, .bytes = -1};
	if (!path) {
		router_pairs(text.p, end, r);
		return;
	}
	router_pairs(text.p, path, r);
	path += 7;
	const char *host = find_last(path, end, WORD("\" host="));

	if (!host)
		return;
	r->path = (struct word){path, (size_t)(host - path)};
	const char *dyno = find_last(host, end, WORD("\" dyno="));

	router_pairs(host + 1, dyno ? dyno + 1 : end, r);
	if (dyno)
		router_pairs(dyno + 1, end, r);
}

/* Words that a line begins with, and what it then is. */
struct opening {
	struct word words;
	enum line_kind kind;
};

static const struct opening *opening_of(
    struct word text, const struct opening *all, size_t n, struct cursor *out_rest)
{
	for (size_t i = 0; i < n; i++)
		if (word_starts(text, all[i].words)) {
			*out_rest = cursor_of(text);
			out_rest->at += all[i].words.len;
			return &all[i];
		}
	return NULL;
}

static struct word rest_of(const struct cursor *c)
{
	return (struct word){c->at, (size_t)(c->end - c->at)};
}

/* Up to these words or the end; the cursor moves behind them. */
static struct word eat_until(struct cursor *c, struct word stop)
{
	const char *hit = find_first(c->at, c->end, stop);
	struct word w = {c->at, (size_t)((hit ? hit : c->end) - c->at)};

	c->at = hit ? hit + stop.len : c->end;
	return w;
}

static const struct opening dyno_lines[] = {
    {{"State changed from ", 19}, LINE_STATE},
    {{"Error ", 6}, LINE_DYNO_ERROR},
    {{"Process running mem=", 20}, LINE_MEMORY},
    {{"Process exited with status ", 27}, LINE_EXIT},
    {{"Starting process with command `", 31}, LINE_START},
    {{"Stopping all processes with SIGTERM", 35}, LINE_TERM},
    {{"Stopping process with SIGKILL", 29}, LINE_KILL},
    {{"Stopping remaining processes with SIGKILL", 41}, LINE_KILL},
    {{"Client connection closed. Sending SIGHUP", 40}, LINE_HANGUP},
    {{"Cycling", 7}, LINE_CYCLE},
    {{"Restarting", 10}, LINE_RESTART},
    {{"Idling", 6}, LINE_IDLE},
    {{"Unidling", 8}, LINE_UNIDLE},
};

static bool is_code(struct word w, char letter)
{
	return w.len >= 2 && w.len <= 4 && w.p[0] == letter && w.p[1] >= '0' && w.p[1] <= '9';
}

/* "531M(103.8%)" or "1029MB(201.0%)" */
static bool read_memory(struct cursor *c, struct line_dyno *d)
{
	if (!eat_number(c, &d->number))
		return false;
	eat_until(c, WORD("("));
	return at_end(c) || eat_number(c, &d->share);
}

static bool read_dyno_rest(enum line_kind kind, struct cursor *c, struct line_dyno *d)
{
	if (kind == LINE_STATE) {
		d->from = eat_until(c, WORD(" to "));
		d->to = rest_of(c);
		return d->to.len > 0;
	}
	if (kind == LINE_DYNO_ERROR) {
		d->code = eat_word(c);
		return is_code(d->code, 'R');
	}
	if (kind == LINE_MEMORY)
		return read_memory(c, d);
	if (kind == LINE_EXIT)
		return eat_number(c, &d->number);
	if (kind == LINE_START)
		d->from = eat_until(c, WORD("`"));
	return true;
}

static struct line_dyno no_dyno(void)
{
	return (struct line_dyno){.number = -1, .share = -1};
}

bool line_dyno_read(struct word text, struct line *out)
{
	struct cursor c;
	const struct opening *o =
	    opening_of(text, dyno_lines, sizeof dyno_lines / sizeof *dyno_lines, &c);
	struct line_dyno d = no_dyno();

	if (!o || !read_dyno_rest(o->kind, &c, &d))
		return false;
	out->kind = o->kind;
	out->dyno = d;
	return true;
}

static const struct opening api_lines[] = {
    {{"Scaled to ", 10}, LINE_SCALE},
    {{"Release v", 9}, LINE_RELEASE},
    {{"Rollback to v", 13}, LINE_ROLLBACK},
    {{"Deploy ", 7}, LINE_DEPLOY},
    {{"Build ", 6}, LINE_BUILD},
    {{"Set ", 4}, LINE_CONFIG_SET},
    {{"Remove ", 7}, LINE_CONFIG_UNSET},
    {{"Attach ", 7}, LINE_ATTACH},
    {{"Starting process with command `", 31}, LINE_ONE_OFF},
    {{"", 0}, LINE_API},
};

/* WHAT by user WHO; the words of a command are anybody's, so who is behind the last. */
bool line_api_read(struct word text, struct line *out)
{
	static const struct word by = {" by user ", 9};
	struct cursor c;
	const struct opening *o =
	    opening_of(text, api_lines, sizeof api_lines / sizeof *api_lines, &c);
	struct line_dyno d = no_dyno();

	if (!o)
		return false;
	const char *who = find_last(c.at, c.end, by);

	if (who) {
		d.to = (struct word){who + by.len, (size_t)(c.end - who) - by.len};
		c.end = who;
	}
	d.from = rest_of(&c);
	if (o->kind == LINE_RELEASE || o->kind == LINE_ROLLBACK)
		(void)eat_number(&c, &d.number);
	if (o->kind == LINE_ONE_OFF && d.from.len > 0 && d.from.p[d.from.len - 1] == '`')
		d.from.len--;
	out->kind = o->kind;
	out->dyno = d;
	return true;
}

bool line_scale_next(struct word what, const char **at, struct line_scale *out)
{
	struct cursor c = {*at, what.p + what.len};

	while (eat(&c, " "))
		;
	if (at_end(&c))
		return false;
	struct cursor one = cursor_of(eat_word(&c));

	*at = c.at;
	out->type = eat_until(&one, WORD("@"));
	out->quantity = 0;
	if (!eat_u64(&one, &out->quantity))
		return false;
	out->size = eat(&one, ":") ? rest_of(&one) : (struct word){NULL, 0};
	return true;
}

/* The number in front of " messages"; -1: none. */
static double lost_lines(struct word text)
{
	const char *hit = find_first(text.p, text.p + text.len, WORD(" messages")), *p = hit;
	double n = -1;

	while (p && p > text.p && p[-1] >= '0' && p[-1] <= '9')
		p--;
	if (p && p < hit) {
		struct cursor c = {p, hit};

		(void)!eat_number(&c, &n);
	}
	return n;
}

/* "Error L10 (output buffer overflow): 37 messages dropped since ..." and its kin. */
bool line_loss_read(struct word text, struct line *out)
{
	struct cursor c = cursor_of(text);
	struct line_dyno d = no_dyno();

	(void)eat(&c, "Error ");
	d.code = eat_word(&c);
	if (d.code.len > 0 && d.code.p[d.code.len - 1] == ':')
		d.code.len--;
	if (!is_code(d.code, 'L'))
		return false;
	d.number = lost_lines(text);
	out->kind = d.number >= 0 ? LINE_LOSS : LINE_NOTICE;
	out->dyno = d;
	return true;
}

/* "[DATABASE] [5123-1]  sql_error_code = 23505 ERROR:  duplicate ..." */
bool line_database_log_read(struct word text, struct line *out)
{
	struct cursor c = cursor_of(text);
	struct line_dyno d = no_dyno();

	eat_until(&c, WORD("sql_error_code = "));
	d.code = eat_word(&c);
	if (d.code.len != 5)
		return false;
	(void)eat(&c, " ");
	d.from = eat_until(&c, WORD(":"));
	out->kind = LINE_DATABASE_LOG;
	out->dyno = d;
	return true;
}
