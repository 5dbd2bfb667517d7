/* SPDX-License-Identifier: MIT */
/* intake: lines, prefixes, long lines, frames and notes, however the reads cut them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../drain/intake.h"
#include "../../drain/prefix.h"
#include "clock.h"
#include "xmem.h"

static const struct spool_rules rules = {
    .batch_lines = 100000,
    .batch_bytes = 4 * 1024 * 1024,
    .buffer_bytes = 4 * 1024 * 1024,
    .wait_ns = 1,
    .lanes = 1,
    .tries = 1,
    .backoff_ns = 1,
    .backoff_most_ns = 1,
};
static const struct moment now = {NS_PER_S, 1781773201544};

/* What the receiver would get, as "procid|text" with newlines kept. */
static char *shipped(struct spool *s)
{
	struct buf out = BUF_INIT(BUF_MAX_BATCH);
	struct spool_batch b;
	unsigned lane;

	spool_end(s, now);
	while (spool_start(s, now, &lane, &b)) {
		for (size_t at = 0; at < b.len;) {
			struct frame f;
			long used = frame_parse(b.body + at, b.len - at, BUF_MAX_FRAME, &f);

			assert_true(used > 0);
			buf_put(&out, "%.*s|%.*s", (int)f.procid_len, f.procid, (int)f.text_len,
			    f.text);
			at += (size_t)used;
		}
		spool_done(s, now, lane, 200, 0);
	}
	return buf_take(&out);
}

static int feed(struct intake *in, const char *p, size_t len, size_t step, struct err *err)
{
	int rc = 0;

	while (len && !rc) {
		size_t room, n = len < step ? len : step;
		char *at = intake_space(in, &room);

		n = n < room ? n : room;
		memcpy(at, p, n);
		rc = intake_filled(in, now, n, err);
		p += n;
		len -= n;
	}
	return rc;
}

static char *through(const char *text, size_t len, size_t step, bool framed)
{
	struct spool *s = spool_new(&rules);
	struct intake *in = intake_new(s, &(struct intake_rules){framed, false, "shell"});

	assert_int_equal(feed(in, text, len, step, NULL), 0);
	intake_end(in, now);
	char *got = shipped(s);

	intake_free(in);
	spool_free(s);
	return got;
}

static void check(const char *text, const char *wanted)
{
	static const size_t steps[] = {1, 2, 3, 7, 100, 100000};

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		AUTO_FREE char *got = through(text, strlen(text), steps[i], false);

		assert_string_equal(got, wanted);
	}
}

static void lines_and_prefixes(void **state)
{
	(void)state;
	check("", "");
	check("a\n\nb", "shell|a\nshell|\nshell|b\n");
	check("12:00:01 web.1  | hello\nplain\n12:00:02 system | sending SIGTERM\n",
	    "web.1|hello\nshell|plain\nsystem|sending SIGTERM\n");
	check("\033[36m12:00:01 a_b-c.12 | \033[0m\033[1mx\n", "a_b-c.12|x\n");
	check("12:00:01 web.1 |\n12:00:01 web.1 | ", "web.1|\nweb.1|\n");
	check("12:00:01 web.1 |  two blanks | and a bar\n", "web.1| two blanks | and a bar\n");
	/* what looks like one and is none */
	check("12:00:01 web | x\n", "shell|12:00:01 web | x\n");
	check("12:00:01 web.x | x\n", "shell|12:00:01 web.x | x\n");
	check("12:00:01 .1 | x\n", "shell|12:00:01 .1 | x\n");
	check("12:00:1 web.1 | x\n", "shell|12:00:1 web.1 | x\n");
	check("12:00:01 web.1| x\n", "shell|12:00:01 web.1| x\n");
	check("12:00:01 web.1 x\n", "shell|12:00:01 web.1 x\n");
	check(" 12:00:01 web.1 | x\n", "shell| 12:00:01 web.1 | x\n");
}

static char *long_line(const char *prefix, size_t n, const char *tail)
{
	char *p = xmalloc(strlen(prefix) + n + strlen(tail) + 1);
	size_t at = strlen(prefix);

	memcpy(p, prefix, at);
	memset(p + at, 'x', n);
	memcpy(p + at + n, tail, strlen(tail) + 1);
	return p;
}

static void long_lines_go_on(void **state)
{
	static const size_t sizes[] = {9999, 10000, 10001, 10300, 20000, 20001, 200000};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		for (size_t step = 997; step < 200000; step *= 7) {
			AUTO_FREE char *in =
			    long_line("12:00:01 w.1 | ", sizes[i], "\n12:00:01 w.2 | y\n");
			AUTO_FREE char *got = through(in, strlen(in), step, false);
			size_t pieces = (sizes[i] + 9999) / 10000, seen = 0, bytes = 0;

			for (char *p = got; *p; seen++) {
				assert_memory_equal(p, seen < pieces ? "w.1|" : "w.2|", 4);
				size_t n = strcspn(p + 4, "\n");

				bytes += seen < pieces ? n : 0;
				assert_true(n <= 10000);
				p += 4 + n + 1;
			}
			assert_int_equal(seen, pieces + 1);
			assert_int_equal(bytes, sizes[i]);
		}
}

static void a_cut_spares_utf8(void **state)
{
	(void)state;
	AUTO_FREE char *in = long_line("", 9999, "\xc3\xa4\xc3\xa4\n");
	AUTO_FREE char *got = through(in, strlen(in), 5000, false);

	assert_int_equal(strcspn(got, "\n"), 6 + 9999);
	assert_string_equal(strchr(got, '\n'), "\nshell|\xc3\xa4\xc3\xa4\n");
	memset(in, 0x80, 10002); /* no UTF-8 at all */
	AUTO_FREE char *raw = through(in, strlen(in), 5000, false);
	assert_int_equal(strcspn(raw, "\n"), 6 + 10000);
}

static void frames_pass_untouched_and_notes_are_taken(void **state)
{
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_FRAME);

	(void)state;
	assert_int_equal(
	    frame_write(&b, &(struct frame_head){190, 5000, "host", "app", "web.1"}, "one\n", 4),
	    0);
	assert_int_equal(
	    frame_write(&b,
		&(struct frame_head){190, 0, FRAME_TOLD_HOST, FRAME_TOLD_APP, FRAME_TOLD_LOST},
		"41", 2),
	    0);
	assert_int_equal(
	    frame_write(&b,
		&(struct frame_head){190, 0, FRAME_TOLD_HOST, FRAME_TOLD_APP, FRAME_TOLD_DROPPED},
		"2", 1),
	    0);
	assert_int_equal(
	    frame_write(&b, &(struct frame_head){190, 6000, "host", "app", "web.2"}, "two\n", 4),
	    0);
	for (size_t step = 1; step < b.len; step += 13) {
		AUTO_FREE char *got = through(b.p, b.len, step, true);

		assert_non_null(strstr(got, "log-shuttle|Error L12: 2 messages dropped since"));
		assert_non_null(strstr(got, "log-shuttle|Error L13: 41 messages lost since"));
		assert_non_null(strstr(got, "web.1|one\nweb.2|two\n"));
	}
	/* the last one cut off: told as lost */
	AUTO_FREE char *cut = through(b.p, b.len - 1, 1000, true);
	assert_non_null(strstr(cut, "Error L13: 42 messages lost since"));
	assert_null(strstr(cut, "two"));
}

static void what_is_no_frame_is_refused(void **state)
{
	struct err err = ERR_INIT;
	struct spool *s = spool_new(&rules);
	struct intake *in = intake_new(s, &(struct intake_rules){true, false, "shell"});

	(void)state;
	assert_int_equal(feed(in, "hello\n", 6, 6, &err), FE_EPROTO);
	assert_non_null(strstr(err_text(&err), "--framed"));
	err_done(&err);
	intake_free(in);
	spool_free(s);
}

static void waiting_keeps_every_line(void **state)
{
	struct spool_rules small = rules;
	struct spool_batch b;
	uint64_t fed = 0;
	unsigned lane;

	small.batch_bytes = small.buffer_bytes = SPOOL_BATCH_MIN * 2;
	struct spool *s = spool_new(&small);
	struct intake *in = intake_new(s, &(struct intake_rules){false, true, "shell"});

	(void)state;
	for (unsigned turn = 0; turn < 2000; turn++) {
		if (!intake_is_stalled(in)) {
			size_t room;
			char *at = intake_space(in, &room);

			memset(at, '\n', room);
			fed += room;
			assert_int_equal(intake_filled(in, now, room, NULL), 0);
		}
		if (spool_start(s, (struct moment){2 * NS_PER_S, 0}, &lane, &b))
			spool_done(s, now, lane, 200, 0);
		assert_int_equal(intake_filled(in, now, 0, NULL), 0);
	}
	struct spool_counts c = spool_counts(s);

	assert_true(c.dropped == 0 && c.lines > 100000 && c.lines <= fed);
	intake_free(in);
	spool_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_and_prefixes),
	    cmocka_unit_test(long_lines_go_on),
	    cmocka_unit_test(a_cut_spares_utf8),
	    cmocka_unit_test(frames_pass_untouched_and_notes_are_taken),
	    cmocka_unit_test(what_is_no_frame_is_refused),
	    cmocka_unit_test(waiting_keeps_every_line),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
