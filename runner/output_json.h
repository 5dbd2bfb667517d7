/* SPDX-License-Identifier: MIT */
/* output_json: one line of --format json; any bytes in, valid UTF-8 JSON out. Pure. */
#ifndef FE_RUNNER_OUTPUT_JSON_H
#define FE_RUNNER_OUTPUT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct output_json {
	const char *line;
	size_t len;
	bool partial; /* a piece: the line goes on in the next object of this name */
};

/* Room that output_json_line may need. */
size_t output_json_size(const char *name, size_t len);
/* Write {"time":"2026-11-21T09:00:01.544Z","name":"web.1","line":"..."} and a newline at `at`;
 * returns the bytes. Invalid UTF-8 becomes U+FFFD. */
size_t output_json_line(char *at, int64_t wall_ms, const char *name, const struct output_json *j);

#endif
