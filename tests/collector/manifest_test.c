/* SPDX-License-Identifier: MIT */
/* manifest: files of JSON to groups, each mistake one clear line; a group's level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asset.h"
#include "manifest.h"
#include "io.h"
#include "xmem.h"

#define LEVELS "\"levels\":{\"green\":0.999,\"yellow\":0.99}"

static void parse(struct manifests *m, const char *text)
{
	struct err err = ERR_INIT;
	int rc = manifest_parse(m, "a.json", text, strlen(text), &err);

	if (rc)
		fail_msg("%s", err_text(&err));
}

static void assert_refused(const char *text, const char *why)
{
	struct manifests m = {0};
	struct err err = ERR_INIT;

	assert_int_equal(manifest_parse(&m, "a.json", text, strlen(text), &err), FE_EUSAGE);
	assert_string_equal(err_text(&err), why);
	assert_int_equal(m.n, 0);
	err_done(&err);
	manifests_done(&m);
}

static void test_whole(void **state)
{
	struct manifests m = {0};

	(void)state;
	parse(&m, "{\"name\":\"git\",\"title\":\"Git\",\"checks\":[\"git.*\",\"ssh.*\"],\"apps\":["
		  "\"demo*\"],"
		  "\"measure\":\"samples\",\"window\":\"7d\"," LEVELS "}");
	assert_int_equal(m.n, 1);
	assert_string_equal(m.v[0].name, "git");
	assert_string_equal(m.v[0].title, "Git");
	assert_string_equal(m.v[0].window, "7d");
	assert_int_equal(m.v[0].window_ms, 7LL * 24 * 3600 * 1000);
	assert_int_equal(m.v[0].measure, MANIFEST_SAMPLES);
	assert_true(manifest_holds(&m.v[0], "demo-1", "git.clone.a"));
	assert_true(manifest_holds(&m.v[0], "demo", "ssh.fingerprint.b"));
	assert_false(manifest_holds(&m.v[0], "other", "git.clone.a"));
	assert_false(manifest_holds(&m.v[0], "demo", "http.git.a"));
	manifests_done(&m);
}

static void test_usual(void **state)
{
	struct manifests m = {0};

	(void)state;
	parse(&m, "{\"name\":\"git\",\"checks\":[\"git.*\"]," LEVELS "}");
	assert_string_equal(m.v[0].title, "git");
	assert_string_equal(m.v[0].window, "24h");
	assert_int_equal(m.v[0].measure, MANIFEST_UPTIME);
	assert_true(manifest_holds(&m.v[0], "any", "git.x"));
	parse(&m, "{\"name\":\"slow\",\"checks\":[\"*\"],\"measure\":\"p95\","
		  "\"levels\":{\"green\":0.5,\"yellow\":2}}");
	assert_string_equal(m.v[1].window, "1h");
	manifests_done(&m);
}

static void test_refused(void **state)
{
	(void)state;
	assert_refused(
	    "{", "a.json: line 1: expected JSON: string or '}' expected near end of file");
	assert_refused("[]", "a.json: expected an object { ... }");
	assert_refused("{\"name\":\"a\",\"name\":\"b\"}",
	    "a.json: line 1: expected JSON: duplicate object key near '\"name\"'");
	assert_refused("{\"colour\":1}",
	    "a.json: 'colour': expected one of name, title, checks, apps, measure, window, levels");
	assert_refused("{\"name\":1}", "a.json: name: expected a text of 1 to 100 bytes");
	assert_refused("{\"name\":\"\"}", "a.json: name: expected a text of 1 to 100 bytes");
	assert_refused("{\"checks\":[\"a\"]," LEVELS "}", "a.json: name: expected it");
	assert_refused("{\"name\":\"a\"," LEVELS "}", "a.json: checks: expected it");
	assert_refused("{\"name\":\"a\",\"checks\":[\"b\"]}", "a.json: levels: expected it");
	assert_refused("{\"name\":\"a\",\"checks\":[]}",
	    "a.json: checks: expected a list of patterns like \"git.*\"");
	assert_refused("{\"name\":\"a\",\"checks\":\"git.*\"}",
	    "a.json: checks: expected a list of patterns like \"git.*\"");
	assert_refused("{\"name\":\"a\",\"checks\":[1]}",
	    "a.json: checks: expected a list of patterns like \"git.*\"");
	assert_refused(
	    "{\"measure\":\"mean\"}", "a.json: measure: expected uptime, samples, p50 or p95");
	assert_refused("{\"window\":24}", "a.json: window: expected 1h, 24h, 7d or 30d");
	assert_refused("{\"window\":\"2h\"}", "a.json: window: expected 1h, 24h, 7d or 30d");
	assert_refused("{\"levels\":{\"green\":1,\"red\":0}}",
	    "a.json: levels: expected green and yellow, nothing else");
	assert_refused("{\"levels\":{\"green\":\"1\"}}", "a.json: levels: expected numbers from 0");
	assert_refused("{\"levels\":{\"green\":1}}",
	    "a.json: levels: expected {\"green\": NUMBER, \"yellow\": NUMBER}");
	assert_refused(
	    "{\"levels\":7}", "a.json: levels: expected {\"green\": NUMBER, \"yellow\": NUMBER}");
	assert_refused(
	    "{\"name\":\"a\",\"checks\":[\"b\"],\"levels\":{\"green\":0.9,\"yellow\":0.99}}",
	    "a.json: levels: expected shares from 0 to 1, green above yellow");
	assert_refused(
	    "{\"name\":\"a\",\"checks\":[\"b\"],\"levels\":{\"green\":99,\"yellow\":90}}",
	    "a.json: levels: expected shares from 0 to 1, green above yellow");
	assert_refused("{\"name\":\"a\",\"checks\":[\"b\"],\"measure\":\"p50\",\"levels\":{"
		       "\"green\":3,\"yellow\":2}}",
	    "a.json: levels: expected green below yellow, for a time");
	assert_refused("{\"name\":\"a\",\"checks\":[\"b\"],\"measure\":\"p50\",\"window\":\"7d\","
		       "\"levels\":{\"green\":1,\"yellow\":2}}",
	    "a.json: window: expected 1h where the measure is p50 or p95");
}

static void test_twice(void **state)
{
	static const char text[] = "{\"name\":\"git\",\"checks\":[\"git.*\"]," LEVELS "}";
	struct manifests m = {0};
	struct err err = ERR_INIT;

	(void)state;
	parse(&m, text);
	assert_int_equal(manifest_parse(&m, "b.json", text, sizeof text - 1, &err), FE_EUSAGE);
	assert_string_equal(err_text(&err), "b.json: name: 'git' is a.json's, expected another");
	assert_int_equal(m.n, 1);
	err_done(&err);
	manifests_done(&m);
}

static void test_levels(void **state)
{
	struct manifest share = {.measure = MANIFEST_UPTIME, .green = 0.999, .yellow = 0.99};
	struct manifest slow = {.measure = MANIFEST_P95, .green = 0.5, .yellow = 2};

	(void)state;
	assert_int_equal(manifest_level(&share, 1, UPTIME_UP), MANIFEST_GREEN);
	assert_int_equal(manifest_level(&share, 0.999, UPTIME_UP), MANIFEST_GREEN);
	assert_int_equal(manifest_level(&share, 0.9989, UPTIME_UP), MANIFEST_YELLOW);
	assert_int_equal(manifest_level(&share, 0.99, UPTIME_UNKNOWN), MANIFEST_YELLOW);
	assert_int_equal(manifest_level(&share, 1, UPTIME_UNKNOWN), MANIFEST_UNKNOWN);
	assert_int_equal(manifest_level(&share, 0.9899, UPTIME_UP), MANIFEST_RED);
	assert_int_equal(manifest_level(&share, 0, UPTIME_UP), MANIFEST_RED);
	assert_int_equal(manifest_level(&share, -1, UPTIME_UP), MANIFEST_UNKNOWN);
	assert_int_equal(manifest_level(&share, 1, UPTIME_DOWN), MANIFEST_RED);
	assert_int_equal(manifest_level(&share, -1, UPTIME_DOWN), MANIFEST_RED);
	assert_int_equal(manifest_level(&slow, 0.5, UPTIME_UP), MANIFEST_GREEN);
	assert_int_equal(manifest_level(&slow, 0.51, UPTIME_UP), MANIFEST_YELLOW);
	assert_int_equal(manifest_level(&slow, 2, UPTIME_UP), MANIFEST_YELLOW);
	assert_int_equal(manifest_level(&slow, 2.01, UPTIME_UP), MANIFEST_RED);
}

static void assert_sum(
    const struct manifest *m, const double *values, size_t n, int level, double value)
{
	struct manifest_sum sum = {.level = MANIFEST_UNKNOWN, .value = -1};

	for (size_t i = 0; i < n; i++)
		manifest_add(m, &sum, values[i], manifest_level(m, values[i], UPTIME_UP));
	assert_int_equal(sum.members, n);
	assert_int_equal(sum.level, level);
	assert_float_equal(sum.value, value, 0);
}

static void test_sums(void **state)
{
	struct manifest share = {.measure = MANIFEST_UPTIME, .green = 0.999, .yellow = 0.99};
	struct manifest slow = {.measure = MANIFEST_P50, .green = 0.5, .yellow = 2};

	(void)state;
	assert_sum(&share, NULL, 0, MANIFEST_UNKNOWN, -1);
	assert_sum(&share, (double[]){1, 0.9995}, 2, MANIFEST_GREEN, 0.9995);
	assert_sum(&share, (double[]){-1, 1}, 2, MANIFEST_UNKNOWN, 1);
	assert_sum(&share, (double[]){-1, 0.995, 1}, 3, MANIFEST_YELLOW, 0.995);
	assert_sum(&share, (double[]){1, 0.5, -1}, 3, MANIFEST_RED, 0.5);
	assert_sum(&slow, (double[]){0.1, 1, 0.2}, 3, MANIFEST_YELLOW, 1);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	AUTO_FREE char *path = xasprintf("%s/%s", dir, name);

	assert_int_equal(io_replace_file(path, text, strlen(text), NULL), 0);
}

static void assert_load(const char *dir, const char *wanted)
{
	struct manifests m = {0};
	struct err err = ERR_INIT;
	int rc = manifests_load(&m, dir, &err);

	if (wanted)
		assert_non_null(strstr(err_text(&err), wanted));
	else if (rc)
		fail_msg("%s", err_text(&err));
	assert_int_equal(rc, wanted ? FE_EUSAGE : 0);
	if (!wanted) {
		assert_int_equal(m.n, 2);
		assert_string_equal(m.v[0].name, "first");
	}
	err_done(&err);
	manifests_done(&m);
}

static void test_directory(void **state)
{
	char dir[] = "/tmp/ferret-manifest.XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_load("/nowhere/at/all", "FERRET_MANIFESTS: /nowhere/at/all: No such file");
	assert_load(dir, ": 0 files *.json, expected 1 to 200");
	write_file(dir, "b.json", "{\"name\":\"second\",\"checks\":[\"*\"]," LEVELS "}");
	write_file(dir, "a.json", "{\"name\":\"first\",\"checks\":[\"*\"]," LEVELS "}");
	write_file(dir, "notes.txt", "not JSON");
	write_file(dir, ".hidden.json", "not JSON");
	assert_load(dir, NULL);
	write_file(dir, "c.json", "{\"name\":\n 3}");
	assert_load(dir, "/c.json: name: expected a text");
	AUTO_FREE char *all = xasprintf("%s/", dir);
	static const char *const names[] = {
	    "a.json", "b.json", "c.json", "notes.txt", ".hidden.json"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO_FREE char *path = xasprintf("%s%s", all, names[i]);

		assert_int_equal(remove(path), 0);
	}
	assert_int_equal(remove(dir), 0);
}

static void test_built_in(void **state)
{
	struct manifests m = {0};
	struct err err = ERR_INIT;

	(void)state;
	for (const struct asset *a = asset_table; a->name; a++)
		if (strncmp(a->name, "manifests/", 10) == 0 &&
		    manifest_parse(&m, a->name, a->raw, a->raw_n, &err))
			fail_msg("%s", err_text(&err));
	assert_true(m.n >= 5);
	manifests_done(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whole),
	    cmocka_unit_test(test_usual),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_twice),
	    cmocka_unit_test(test_levels),
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_directory),
	    cmocka_unit_test(test_built_in),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
