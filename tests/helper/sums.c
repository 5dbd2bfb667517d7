/* SPDX-License-Identifier: MIT */
/*
 * sums: reads `NAME | TEXT` lines (or bare TEXT) and prints, per NAME in order of first sight, how
 * many lines and an FNV-1a sum of their bytes; the supervisor's own messages are left out.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES 16

struct sum {
	char name[32]; /* of the tests' own Procfiles */
	uint64_t lines, hash;
};

static struct sum *find(struct sum *v, const char *name, size_t len)
{
	for (size_t i = 0; i < NAMES; i++) {
		if (!v[i].hash) {
			(void)snprintf(v[i].name, sizeof v[i].name, "%.*s", (int)len, name);
			v[i].hash = 0xcbf29ce484222325ULL;
		}
		if (strlen(v[i].name) == len && memcmp(v[i].name, name, len) == 0)
			return &v[i];
	}
	abort();
}

/* Eight bytes at a time: quick, and still sensitive to each byte and its place. */
static void add(struct sum *s, const char *p, size_t n)
{
	uint64_t word;

	s->lines++;
	for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
		memcpy(&word, p, sizeof word);
		s->hash = (s->hash ^ word) * 0x100000001b3ULL;
	}
	for (; n > 0; n--)
		s->hash = (s->hash ^ (unsigned char)*p++) * 0x100000001b3ULL;
}

int main(void)
{
	static struct sum v[NAMES];
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, stdin)) > 0) {
		char *bar = memchr(line, '|', (size_t)n < 32 ? (size_t)n : 32);
		char *text = bar ? bar + 2 : line;
		size_t len = bar ? strcspn(line, " ") : 0;

		if (strncmp(text, "started with pid", 16) != 0 &&
		    strncmp(text, "exited with", 11) != 0)
			add(find(v, line, len), text, (size_t)(line + n - text));
	}
	for (size_t i = 0; i < NAMES && v[i].hash; i++)
		(void)printf(
		    "%s %lu %lx\n", v[i].name, (unsigned long)v[i].lines, (unsigned long)v[i].hash);
	free(line);
	return 0;
}
