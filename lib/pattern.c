/* SPDX-License-Identifier: MIT */
/* pattern: PCRE2 with limits. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pattern.h"

#include <pcre2.h>

#include "xmem.h"

/* Steps of one search: some tens of milliseconds at worst. PCRE2's own default is ten times that. */
#define MATCH_STEPS 1000000
#define MATCH_DEPTH 100000
#define MATCH_HEAP_KB 8192
#define PATTERN_TEXT_MAX 4096

struct pattern {
	pcre2_code *code;
	pcre2_match_context *limits;
};

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
	free(p);
}

int pattern_new(const char *text, struct pattern **out, struct err *err)
{
	const uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_MULTILINE;
	PCRE2_SIZE offset = 0;
	int code = 0;

	if (strlen(text) > PATTERN_TEXT_MAX)
		return err_set(err, FE_EUSAGE, "pattern of %zu bytes is longer than %d",
		    strlen(text), PATTERN_TEXT_MAX);
	struct pattern *p = xcalloc(1, sizeof *p);

	p->code =
	    pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, flags, &code, &offset, NULL);
	if (!p->code) {
		unsigned char why[256]; /* PCRE2's messages are below 120 bytes */

		pattern_free(p);
		if (pcre2_get_error_message(code, why, sizeof why) < 0)
			why[0] = '\0';
		return err_set(err, FE_EUSAGE, "pattern '%s' is wrong at offset %zu: %s", text,
		    offset, (const char *)why);
	}
	p->limits = pcre2_match_context_create(NULL);
	fe_assert(p->limits);
	pcre2_set_match_limit(p->limits, MATCH_STEPS);
	pcre2_set_depth_limit(p->limits, MATCH_DEPTH);
	pcre2_set_heap_limit(p->limits, MATCH_HEAP_KB);
	*out = p;
	return 0;
}

int pattern_find(const struct pattern *p, const void *text, size_t len)
{
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	int rc;

	fe_assert(data);
	rc = pcre2_match(p->code, text ? text : "", len, 0, 0, data, p->limits);
	pcre2_match_data_free(data);
	if (rc >= 0)
		return 1;
	return rc == PCRE2_ERROR_NOMATCH ? 0 : FE_ELIMIT;
}
