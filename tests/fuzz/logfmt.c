/* SPDX-License-Identifier: MIT */
/*
 * Whatever bytes go into `out`, the line reads back as the pairs that were written and no pair is a
 * metric; whatever bytes are parsed as a line, the pairs lie inside it.
 */
#include "logfmt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void pair_of(const char **at, const char *end, struct logfmt_pair *p, const char *key)
{
	fe_assert(logfmt_next(at, end, p) == 1);
	fe_assert(p->key_len == strlen(key) && memcmp(p->key, key, p->key_len) == 0);
}

static void written_text_is_one_value(const char *text, size_t len)
{
	struct buf AUTO_BUF line = BUF_INIT(8 * BUF_MAX_OUTPUT),
			    back = BUF_INIT(BUF_MAX_OUTPUT * 4);
	struct buf AUTO_BUF again = BUF_INIT(8 * BUF_MAX_OUTPUT);
	struct logfmt_pair p;
	const char *at, *end;

	if (len > BUF_MAX_OUTPUT)
		return;
	fe_assert(logfmt_str(&line, "app", "A") == 0);
	fe_assert(logfmt_quoted(&line, "out", text, len) == 0);
	fe_assert(logfmt_int(&line, "i", 1) == 0);
	at = buf_str(&line);
	end = at + line.len;
	for (const char *c = at; c < end; c++)
		fe_assert((unsigned char)*c >= ' ' && *c != 0x7F);
	fe_assert(!strstr(at, "measure#") && !strstr(at, "sample#") && !strstr(at, "count#"));
	fe_assert(!strstr(at, "measure=") && !strstr(at, "measure."));
	pair_of(&at, end, &p, "app");
	pair_of(&at, end, &p, "out");
	fe_assert(p.quoted && logfmt_unquote(&back, p.value, p.value_len) == 0);
	pair_of(&at, end, &p, "i");
	fe_assert(logfmt_next(&at, end, &p) == 0);
	fe_assert(logfmt_quoted(&again, "out", buf_str(&back), back.len) == 0);
	fe_assert(strstr(buf_str(&line), buf_str(&again)));
}

static void any_line_parses(const char *text, size_t len)
{
	const char *at = text, *end = text + len;
	struct logfmt_pair p;

	while (logfmt_next(&at, end, &p) == 1) {
		struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_OUTPUT * 4);

		fe_assert(p.key >= text && p.key_len > 0 && p.key + p.key_len <= at && at <= end);
		fe_assert(!p.value || (p.value > p.key && p.value + p.value_len <= at));
		if (p.quoted)
			(void)!logfmt_unquote(&b, p.value, p.value_len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	written_text_is_one_value((const char *)data, len);
	any_line_parses((const char *)data, len);
	return 0;
}
