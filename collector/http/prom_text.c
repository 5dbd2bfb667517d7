/* SPDX-License-Identifier: MIT */
#include "prom_text.h"

#include <math.h>

#include "json.h"

static void put(struct prom *p, const char *text, size_t n)
{
	if (buf_add(p->out, text, n))
		p->over = true;
}

static void puts_of(struct prom *p, const char *text)
{
	put(p, text, strlen(text));
}

void prom_head(struct prom *p, const char *name, const char *type, const char *help)
{
	puts_of(p, "# HELP ");
	puts_of(p, name);
	puts_of(p, " ");
	puts_of(p, help);
	puts_of(p, "\n# TYPE ");
	puts_of(p, name);
	puts_of(p, " ");
	puts_of(p, type);
	puts_of(p, "\n");
}

void prom_name(struct prom *p, const char *name)
{
	puts_of(p, name);
	p->labels = false;
}

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

static void put_escaped(struct prom *p, const char *value, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t plain = i;

		while (plain < len && is_plain(value[plain]))
			plain++;
		put(p, value + i, plain - i);
		i = plain;
		if (i == len)
			break;
		size_t n = json_character(value + i, len - i);

		if (n == 0) {
			puts_of(p, "\xef\xbf\xbd");
			n = 1;
		} else if (value[i] == '\n') {
			puts_of(p, "\\n");
		} else {
			if (value[i] == '"' || value[i] == '\\')
				puts_of(p, "\\");
			put(p, value + i, n);
		}
		i += n;
	}
}

void prom_label(struct prom *p, const char *name, const char *value, size_t len)
{
	puts_of(p, p->labels ? "," : "{");
	p->labels = true;
	puts_of(p, name);
	puts_of(p, "=\"");
	put_escaped(p, value, len);
	puts_of(p, "\"");
}

static void end(struct prom *p, const char *value)
{
	puts_of(p, p->labels ? "} " : " ");
	puts_of(p, value);
	puts_of(p, "\n");
}

void prom_value(struct prom *p, double value)
{
	char text[40]; /* 17 digits, sign, point, exponent */

	if (isnan(value))
		end(p, "NaN");
	else if (isinf(value))
		end(p, value < 0 ? "-Inf" : "+Inf");
	else if (snprintf(text, sizeof text, "%.15g", value) > 0)
		end(p, text);
}

void prom_count(struct prom *p, uint64_t n)
{
	char text[24], *at = text + sizeof text; /* 20 digits and a NUL */

	*--at = '\0';
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	end(p, at);
}
