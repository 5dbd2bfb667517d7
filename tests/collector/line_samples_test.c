/* SPDX-License-Identifier: MIT */
/* line: the frames of samples.txt (all composed), each against what the file says of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "line.h"
#include "xmem.h"

static void assert_kind(const struct line *line, enum line_kind kind)
{
	assert_string_equal(line_kind_name(line->kind), line_kind_name(kind));
}

static void assert_word(struct word w, const char *want)
{
	char *got = xmemdup0(w.len ? w.p : "", w.len);

	assert_string_equal(got, want);
	free(got);
}

#define MOST 40

struct samples {
	char *text;
	size_t len;
	struct frame frame[32][MOST]; /* by request and frame, from 1 */
	size_t checked;
};

static char *read_samples(size_t *out_len)
{
	const char *source = getenv("FERRET_SRC");
	AUTO_FREE char *path = xasprintf("%s/tests/collector/samples.txt", source ? source : ".");
	FILE *f = fopen(path, "r");
	char *text = xmalloc(100001);

	if (!f)
		fail_msg("%s is not there", path);
	*out_len = f ? fread(text, 1, 100000, f) : 0;
	text[*out_len] = '\0';
	if (f)
		(void)fclose(f);
	return text;
}

/* The frames of one request; *at is at its "#### REQUEST" line and moves to behind its body. */
static void take_request(struct samples *s, char **at)
{
	unsigned long n = strtoul(*at + strlen("#### REQUEST "), NULL, 10);
	char *length = strstr(*at, "\nContent-Length: "), *hex = strstr(*at, "X-Sample-Encoding");
	char *body = length ? strstr(length, "\n\n") + 2 : NULL;

	fe_assert(body && n < 32);
	size_t left = strtoul(length + strlen("\nContent-Length: "), NULL, 10);

	if (hex && hex < length)
		return;
	for (size_t i = 1; left > 0; i++) {
		long used;

		fe_assert(i < MOST);
		used = frame_parse(body, left, 65536, &s->frame[n][i]);
		if (used <= 0)
			break;
		body += used;
		left -= (size_t)used;
	}
	*at = body;
}

static const char *our_name(const char *kind)
{
	static const char *const pairs[][2] = {{"mem", "memory"}, {"sighup", "hangup"},
	    {"metrics/load", "runtime"}, {"metrics/memory", "runtime"},
	    {"postgres-log", "database-log"}, {"one-off-start", "one-off"},
	    {"build-start", "build"}, {"build-ok", "build"}, {"addon-attach", "attach"},
	    {"app", "plain"}, {"await", "plain"}, {"l2met", "metrics"}};

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (strcmp(kind, pairs[i][0]) == 0)
			return pairs[i][1];
	return kind;
}

/* The word behind key= in an expectation; "" where it has none. */
static char *said(const char *line, const char *key)
{
	AUTO_FREE char *with = xasprintf(" %s=", key);
	const char *end = strchr(line, '\n'), *hit = strstr(line, with);

	if (!hit || !end || hit > end)
		return xstrdup("");
	hit += strlen(with);
	return xmemdup0(hit, strcspn(hit, " \n"));
}

static void assert_said(const char *line, const char *key, struct word got)
{
	AUTO_FREE char *want = said(line, key);

	if (*want && strcmp(want, "-") == 0)
		assert_word(got, "");
	else if (*want)
		assert_word(got, want);
}

static void assert_said_number(const char *line, const char *key, double got)
{
	AUTO_FREE char *want = said(line, key);

	if (*want && strcmp(want, "-") == 0)
		assert_true(got == -1);
	else if (*want)
		assert_true(strtod(want, NULL) == got);
}

static void check_fields(const struct line *l, const char *line)
{
	if (l->kind == LINE_ROUTER) {
		assert_said(line, "at", l->router.at);
		assert_said(line, "code", l->router.code);
		assert_said(line, "dyno", l->router.dyno);
		assert_said_number(line, "status", l->router.status);
	} else if (l->kind == LINE_MEMORY) {
		assert_said_number(line, "mb", l->dyno.number);
		assert_said_number(line, "pct", l->dyno.share);
	} else if (l->kind == LINE_EXIT) {
		assert_said_number(line, "status", l->dyno.number);
	} else if (l->kind == LINE_DYNO_ERROR || l->kind == LINE_NOTICE || l->kind == LINE_LOSS) {
		assert_said(line, "code", l->dyno.code);
		assert_said_number(line, "dropped", l->dyno.number);
		assert_said_number(line, "lost", l->dyno.number);
	} else if (l->kind == LINE_DATABASE_LOG) {
		assert_said(line, "sqlstate", l->dyno.code);
	} else if (l->kind == LINE_RELEASE) {
		assert_said_number(line, "v", l->dyno.number);
	} else if (l->kind == LINE_DEPLOY) {
		assert_said(line, "sha", l->dyno.from);
	}
}

/* "#= 2.3 src=heroku proc=router kind=router ..." */
static void check_expectation(struct samples *s, const char *line)
{
	char *dot;
	unsigned long r = strtoul(line + 3, &dot, 10),
		      i = *dot == '.' ? strtoul(dot + 1, NULL, 10) : 0;
	AUTO_FREE char *kind = said(line, "kind");
	struct line l;

	if (r == 0 || r > 9 || i == 0)
		return;
	const struct frame *f = &s->frame[r][i];

	fe_assert(f->text);
	line_read(f, &l);
	assert_said(line, "src", (struct word){f->app, f->app_len});
	assert_said(line, "proc", (struct word){f->procid, f->procid_len});
	if (*kind)
		assert_string_equal(line_kind_name(l.kind), our_name(kind));
	else if (strstr(line, "code=L") && strstr(line, "code=L") < strchr(line, '\n'))
		assert_true(l.kind == LINE_LOSS || l.kind == LINE_NOTICE);
	else
		assert_kind(&l, LINE_PLAIN);
	check_fields(&l, line);
	s->checked++;
}

static void every_sample_is_what_it_says(void **state)
{
	struct samples *s = xcalloc(1, sizeof *s);

	(void)state;
	s->text = read_samples(&s->len);
	for (char *at = s->text; (at = strstr(at, "\n#### REQUEST ")) != NULL;) {
		at++;
		take_request(s, &at);
	}
	for (char *at = s->text; (at = strstr(at, "\n#= ")) != NULL;)
		check_expectation(s, ++at);
	assert_int_equal(s->checked, 121);
	free(s->text);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_sample_is_what_it_says)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
