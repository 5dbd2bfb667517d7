/* SPDX-License-Identifier: MIT */
/* tap: bounded copies of lines for listeners. */
#include "tap.h"

#include "xmem.h"

void tap_init(struct tap *t, const char *name)
{
	*t = (struct tap){.name = name ? xstrdup(name) : NULL, .out = BUF_INIT(TAP_MAX)};
}

void tap_done(struct tap *t)
{
	free(t->name);
	buf_done(&t->out);
	t->name = NULL;
}

bool tap_names(const char *name, const char *child)
{
	size_t n = name ? strlen(name) : 0;

	if (!name || strcmp(name, child) == 0)
		return true;
	return strncmp(name, child, n) == 0 && child[n] == '.' && !strchr(child + n + 1, '.');
}

/* Whole or not at all. */
static bool add_line(struct tap *t, const char *time, const char *child, const char *p, size_t len)
{
	size_t before = t->out.len;

	if (buf_addf(&t->out, "%s %-6s | ", time, child) == 0 && buf_add(&t->out, p, len) == 0 &&
	    buf_addc(&t->out, '\n') == 0)
		return true;
	t->out.len = before;
	return false;
}

/* What was lost is told before the next line that fits. */
static bool tell_dropped(struct tap *t, const char *time)
{
	char text[64]; /* 20 digits and the words */

	if (!t->dropped)
		return true;
	int n = snprintf(
	    text, sizeof text, "%llu lines dropped: slow reader", (unsigned long long)t->dropped);

	if (!add_line(t, time, "system", text, (size_t)n))
		return false;
	t->dropped = 0;
	return true;
}

void tap_caught_up(struct tap *t, const char *time)
{
	(void)tell_dropped(t, time);
}

void tap_line(struct tap *list, const char *time, const char *child, const char *p, size_t len)
{
	for (struct tap *t = list; t; t = t->next) {
		if (!tap_names(t->name, child))
			continue;
		if (!tell_dropped(t, time) || !add_line(t, time, child, p, len))
			t->dropped++;
	}
}
