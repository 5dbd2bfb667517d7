/* SPDX-License-Identifier: MIT */
/* dyno: real processes, their states and what the platform says about them; the crash policy. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../sandbox/dyno.h"
#include "buf.h"
#include "loop.h"

struct world {
	uv_loop_t loop;
	struct kids *kids;
	struct dyno_rules rules;
	struct dyno_events ev;
	struct buf said, lines, bytes;
	unsigned starts, n_lines;
	size_t longest;
	bool ended;
	int code;
};

static void on_state(void *arg, struct dyno *d, enum dyno_state from, enum dyno_state to)
{
	struct world *w = arg;

	(void)from;
	assert_int_equal(dyno_state(d), to);
	w->starts += to == DYNO_UP;
}

static void on_line(void *arg, struct dyno *d, const char *p, size_t n)
{
	struct world *w = arg;

	(void)d;
	w->n_lines++;
	w->longest = n > w->longest ? n : w->longest;
	buf_put(&w->lines, "%.*s\n", (int)n, p);
}

static void on_tell(void *arg, struct dyno *d, const char *text)
{
	struct world *w = arg;

	(void)d;
	buf_put(&w->said, "%s\n", text);
}

static void on_bytes(void *arg, struct dyno *d, const char *p, size_t n)
{
	struct world *w = arg;

	(void)d;
	assert_int_equal(buf_add(&w->bytes, p, n), 0);
}

static void on_ended(void *arg, struct dyno *d, int code)
{
	struct world *w = arg;

	(void)d;
	w->ended = true;
	w->code = code;
}

static int set_up(void **state)
{
	static struct world w;

	w = (struct world){
	    .said = BUF_INIT(1 << 20), .lines = BUF_INIT(1 << 20), .bytes = BUF_INIT(1 << 20)};
	assert_int_equal(uv_loop_init(&w.loop), 0);
	w.kids = kids_new(&w.loop);
	w.rules = (struct dyno_rules)DYNO_RULES_DEFAULT(&w.loop, w.kids);
	w.rules.crash = (struct crash_policy){.first_ms = 30, .most_ms = 60, .stable_ms = 60000};
	w.ev = (struct dyno_events){.arg = &w,
	    .state = on_state,
	    .line = on_line,
	    .tell = on_tell,
	    .bytes = on_bytes,
	    .ended = on_ended};
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	kids_close(w->kids);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&w->loop), 0);
	buf_done(&w->said);
	buf_done(&w->lines);
	buf_done(&w->bytes);
	return 0;
}

static struct dyno *begin(struct world *w, struct dyno_spec spec)
{
	spec.dir = spec.dir ? spec.dir : "/";
	return dyno_new(&w->rules, &spec, &w->ev);
}

static void one_off_tells_its_life(void **state)
{
	struct world *w = *state;
	char colour[] = "COLOUR=blue sky", port[] = "PORT=1";
	char *const config[] = {colour, port, NULL};

	begin(w, (struct dyno_spec){.name = "run.1234",
		     .command = "echo $DYNO $COLOUR $PORT; pwd; printf tail; exit 3",
		     .dir = "/tmp",
		     .config = config,
		     .one_off = true});
	assert_string_equal(buf_str(&w->said), ""); /* never from inside the call */
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->code, 3);
	assert_string_equal(buf_str(&w->lines), "run.1234 blue sky 1\n/tmp\ntail\n");
	assert_string_equal(buf_str(&w->said),
	    "Starting process with command `echo $DYNO $COLOUR $PORT; pwd; printf tail; exit 3`\n"
	    "State changed from starting to up\n"
	    "Process exited with status 3\n"
	    "State changed from up to complete\n");
}

static void long_lines_come_in_pieces(void **state)
{
	struct world *w = *state;

	begin(w,
	    (struct dyno_spec){.name = "run.1",
		.command = "head -c 25000 /dev/zero | tr '\\0' x; echo; head -c 10000 /dev/zero | "
			   "tr '\\0' y; echo; echo z",
		.one_off = true});
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->longest, 10000);
	assert_int_equal(w->n_lines, 5); /* 10000, 10000, 5000; 10000; z */
	assert_int_equal(w->lines.len, 25000 + 10000 + 1 + 5);
}

static void crash_is_restarted_at_once_then_later(void **state)
{
	struct world *w = *state;
	struct dyno *d = begin(w, (struct dyno_spec){.name = "worker.1", .command = "exit 1"});

	LOOP_UNTIL(&w->loop, w->starts == 4);
	assert_non_null(strstr(buf_str(&w->said),
	    "State changed from up to crashed\nState changed from crashed to starting\n"));
	dyno_stop(d);
	LOOP_UNTIL(&w->loop, w->ended);
}

static void crash_policy_grows_and_forgets(void **state)
{
	struct crash c = {0};
	const struct crash_policy p = CRASH_POLICY_DEFAULT;
	const uint64_t want[] = {0, 10000, 20000, 40000, 80000, 160000, 320000, 600000, 600000};
	uint64_t now = 5000;

	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		crash_started(&c, now);
		now += 1000;
		uint64_t wait = crash_wait_ms(&c, &p, now);
		assert_int_equal(wait, want[i]);
		now += wait;
	}
	crash_started(&c, now);
	assert_int_equal(crash_wait_ms(&c, &p, now + 60000), 0);
	for (int i = 0; i < 100; i++)
		(void)crash_wait_ms(&c, &p, now);
	assert_int_equal(crash_wait_ms(&c, &p, now), 600000);
}

static void stop_is_term_then_kill(void **state)
{
	struct world *w = *state;

	w->rules.stop_ms = 100;
	struct dyno *d =
	    begin(w, (struct dyno_spec){.name = "worker.1",
			 .command = "trap '' TERM; echo ready; while :; do sleep 0.05; done"});

	LOOP_UNTIL(&w->loop, w->n_lines == 1);
	pid_t pid = dyno_pid(d);
	dyno_stop(d);
	dyno_stop(d);
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->code, 137);
	LOOP_UNTIL(&w->loop, kill(-pid, 0) < 0); /* once the last of the group is reaped */
	assert_non_null(strstr(buf_str(&w->said),
	    "Stopping all processes with SIGTERM\nError R12 (Exit timeout) -> At least one process "
	    "failed to exit within 0.1 seconds of SIGTERM\nStopping remaining processes with "
	    "SIGKILL\nProcess exited with status 137\nState changed from up to down\n"));
}

static void restart_takes_the_new_config(void **state)
{
	struct world *w = *state;
	char one[] = "A=1", two[] = "A=2";
	char *const config[] = {one, NULL}, *const other[] = {two, NULL};
	struct dyno *d = begin(
	    w, (struct dyno_spec){
		   .name = "worker.1", .command = "echo a=$A; exec sleep 600", .config = config});

	LOOP_UNTIL(&w->loop, w->n_lines == 1);
	dyno_restart(d, other);
	LOOP_UNTIL(&w->loop, w->n_lines == 2);
	assert_string_equal(buf_str(&w->lines), "a=1\na=2\n");
	assert_non_null(strstr(buf_str(&w->said),
	    "Restarting\nState changed from up to starting\nStopping all processes with SIGTERM\n"
	    "Process exited with status 143\nStarting process with"));
	dyno_stop(d);
	LOOP_UNTIL(&w->loop, w->ended);
}

static void boot_times_out(void **state)
{
	struct world *w = *state;

	w->rules.boot_ms = 100;
	struct dyno *d =
	    begin(w, (struct dyno_spec){
			 .name = "web.1", .command = "exec sleep 600", .port = dyno_free_port()});
	LOOP_UNTIL(&w->loop, dyno_state(d) == DYNO_CRASHED);
	assert_non_null(strstr(buf_str(&w->said),
	    "Error R10 (Boot timeout) -> Web process failed to bind to $PORT within 0.1 seconds of "
	    "launch\nStopping process with SIGKILL\nProcess exited with status 137\nState changed "
	    "from starting to crashed\n"));
	dyno_stop(d);
	LOOP_UNTIL(&w->loop, w->ended);
}

static void web_is_up_when_it_listens(void **state)
{
	struct world *w = *state;
	struct dyno *d = begin(w,
	    (struct dyno_spec){.name = "web.1",
		.command = "exec perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new(LocalAddr "
			   "=> \"127.0.0.1:$ENV{PORT}\", Listen => 1) or die; sleep 600'",
		.port = dyno_free_port()});

	assert_int_equal(dyno_state(d), DYNO_STARTING);
	LOOP_UNTIL(&w->loop, dyno_state(d) == DYNO_UP);
	dyno_stop(d);
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->code, 143);
}

static void attached_has_a_terminal(void **state)
{
	struct world *w = *state;
	struct dyno *d =
	    begin(w, (struct dyno_spec){.name = "run.2",
			 .command = "tty; echo go; read x; echo got $x; exec sleep 600",
			 .one_off = true,
			 .attached = true});

	LOOP_UNTIL(&w->loop, strstr(buf_str(&w->bytes), "go\r\n"));
	assert_non_null(strstr(buf_str(&w->bytes), "/dev/pts/"));
	assert_true(dyno_input(d, "abc\r", 4));
	LOOP_UNTIL(&w->loop, strstr(buf_str(&w->bytes), "got abc\r\n"));
	assert_non_null(strstr(buf_str(&w->bytes), "abc\r\ngot")); /* echoed */
	assert_true(dyno_input(d, "\x03", 1));
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->code, 130);
	assert_int_equal(w->n_lines, 0); /* in no log */
}

static void without_terminal_there_is_no_echo(void **state)
{
	struct world *w = *state;
	struct dyno *d = begin(w, (struct dyno_spec){.name = "run.3",
				      .command = "tty; cat",
				      .one_off = true,
				      .attached = true,
				      .no_tty = true});

	LOOP_UNTIL(&w->loop, w->bytes.len);
	assert_true(dyno_input(d, "one\ntwo\x04", 8));
	LOOP_UNTIL(&w->loop, w->ended);
	assert_string_equal(buf_str(&w->bytes), "not a tty\r\none\r\ntwo");
	assert_int_equal(w->code, 0);
}

static void held_output_is_not_lost(void **state)
{
	struct world *w = *state;
	struct dyno *d = begin(
	    w, (struct dyno_spec){
		   .name = "run.4", .command = "seq 1 1000", .one_off = true, .attached = true});

	dyno_pause(d, true);
	LOOP_UNTIL(&w->loop, w->starts == 1 && dyno_pid(d) == 0);
	assert_int_equal(w->bytes.len, 0);
	assert_false(w->ended);
	dyno_pause(d, false);
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->bytes.len, 3893 + 1000);
}

static void time_to_live_ends_it(void **state)
{
	struct world *w = *state;

	begin(
	    w, (struct dyno_spec){
		   .name = "run.5", .command = "exec sleep 600", .one_off = true, .limit_ms = 50});
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->code, 143);
}

static void escaped_process_is_ended(void **state)
{
	struct world *w = *state;

	begin(w, (struct dyno_spec){.name = "run.6",
		     .command = "setsid sleep 600 & echo $!; sleep 0.05",
		     .one_off = true});
	LOOP_UNTIL(&w->loop, w->ended);
	assert_int_equal(w->code, 0);
	assert_int_equal(w->n_lines, 1);
}

static void missing_directory_is_a_crash(void **state)
{
	struct world *w = *state;
	struct dyno *d = begin(
	    w, (struct dyno_spec){.name = "web.1", .command = "true", .dir = "/nowhere/at/all"});

	LOOP_UNTIL(&w->loop, dyno_state(d) == DYNO_CRASHED);
	assert_non_null(strstr(buf_str(&w->said), "Error R99 (Platform error) -> /nowhere/at/all"));
	dyno_stop(d);
	LOOP_UNTIL(&w->loop, w->ended);
}

#define ROW(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {ROW(one_off_tells_its_life),
	    ROW(long_lines_come_in_pieces), ROW(crash_is_restarted_at_once_then_later),
	    cmocka_unit_test(crash_policy_grows_and_forgets), ROW(stop_is_term_then_kill),
	    ROW(restart_takes_the_new_config), ROW(boot_times_out), ROW(web_is_up_when_it_listens),
	    ROW(attached_has_a_terminal), ROW(without_terminal_there_is_no_echo),
	    ROW(held_output_is_not_lost), ROW(time_to_live_ends_it), ROW(escaped_process_is_ended),
	    ROW(missing_directory_is_a_crash)};

	if (guard_adopt() < 0)
		return 1;
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
