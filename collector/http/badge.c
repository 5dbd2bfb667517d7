/* SPDX-License-Identifier: MIT */
/* badge: GET /badge/SOURCE.svg, one check as a small picture for other pages (docs/http.md). */
#include "api_param.h"
#include "badge_text.h"
#include "who.h"
#include "xmem.h"

#define PREFIX "/badge/"
#define SUFFIX ".svg"

static const struct {
	const char *word, *colour; /* white on them is readable: at least 4.5 to 1 */
} looks[UPTIME_STATES] = {
    [UPTIME_UNKNOWN] = {"unknown", "#59636e"},
    [UPTIME_UP] = {"up", "#1a7f37"},
    [UPTIME_DOWN] = {"down", "#c4231c"},
};

static struct word word_of(const char *text)
{
	return (struct word){text, strlen(text)};
}

/* The check of this source: of ?app=, or where only one app has it. NULL: answered. */
static const struct check *find(
    struct collector *c, struct exch *x, const char *source, const char *app)
{
	const struct check *found = app ? core_check(c->core, word_of(app), word_of(source)) : NULL;

	for (size_t i = 0; !app && i < core_checks(c->core); i++) {
		const struct check *check = core_check_at(c->core, i);

		if (strcmp(check->source, source) != 0)
			continue;
		if (found) {
			web_error(x, 400, "several apps have %s: wanted ?app=APP", source);
			return NULL;
		}
		found = check;
	}
	if (!found)
		web_error(x, 404, "there is no check %s", source);
	return found;
}

/* "99.95 %", never rounded up to what is not so; no share: nothing. */
static char *words_of(const struct check *check, const struct check_window *w)
{
	double percent = w->time.up * 100;
	int decimals = percent >= 99.9 ? 3 : 2;
	double step = decimals == 3 ? 1000 : 100;

	if (percent < 0)
		return xstrdup(looks[check->state].word);
	if (percent < 100)
		percent = (double)(int64_t)(percent * step) / step;
	return xasprintf(
	    "%s %.*f %%", looks[check->state].word, percent < 100 ? decimals : 0, percent);
}

static void badge(struct collector *c, struct exch *x)
{
	AUTO_FREE char *source = exch_path_from(x, strlen(PREFIX)), *app = exch_param(x, "app");
	struct buf AUTO_BUF out = BUF_INIT(BUF_MAX_TEXT);
	size_t n = strlen(source);
	const struct api_window *window;
	const struct check *check;
	struct check_window w;

	if (!c->config.public_page && !who_may(c, x, WEB_READER))
		return;
	if (n <= strlen(SUFFIX) || strcmp(source + n - strlen(SUFFIX), SUFFIX) != 0) {
		web_error(x, 404, "wanted " PREFIX "SOURCE" SUFFIX);
		return;
	}
	source[n - strlen(SUFFIX)] = '\0';
	if (!(window = api_window_of(x)) || !(check = find(c, x, source, app)))
		return;
	api_sum_up(c->core, check, window, collector_now(), &w);
	AUTO_FREE char *words = words_of(check, &w);

	if (badge_draw(&out, source, words, looks[check->state].colour)) {
		web_error(x, 500, "the badge is over %zu bytes", out.max);
		return;
	}
	exch_add_header(x, "Cache-Control",
	    c->config.public_page ? "public, max-age=30" : "private, max-age=30");
	exch_answer(x, 200, "image/svg+xml; charset=utf-8", out.p, out.len);
}

const struct web_route badge_routes[] = {
    {"GET", PREFIX, WEB_ALL, badge},
    {NULL, NULL, WEB_ALL, NULL},
};
