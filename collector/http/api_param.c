/* SPDX-License-Identifier: MIT */
#include "api_param.h"

#include "num.h"
#include "xmem.h"

#define DAY_MS (24LL * 3600 * 1000)
#define TIME_MAX 253402300799999LL /* the last millisecond of the year 9999 */

bool api_number(struct exch *x, const char *name, int64_t min, int64_t max, int64_t *value)
{
	AUTO_FREE char *text = exch_param(x, name);

	if (!text || num_i64(text, min, max, value) == 0)
		return true;
	web_error(x, 400, "%s=%s: wanted a number from %lld to %lld", name, text, (long long)min,
	    (long long)max);
	return false;
}

const struct api_window *api_window_of(struct exch *x)
{
	AUTO_FREE char *text = exch_param(x, "window");
	const struct api_window *w = api_window(text);

	if (!w)
		web_error(x, 400, "window=%s: wanted 1h, 24h, 7d or 30d", text);
	return w;
}

const struct check *api_check_of(struct collector *c, struct exch *x)
{
	AUTO_FREE char *app = exch_param(x, "app"), *source = exch_param(x, "source");
	const struct check *check = NULL;

	if (!app || !source) {
		web_error(x, 400, "wanted ?app=APP&source=SOURCE");
		return NULL;
	}
	check = core_check(
	    c->core, (struct word){app, strlen(app)}, (struct word){source, strlen(source)});
	if (!check)
		web_error(x, 404, "there is no check %s of %s", source, app);
	return check;
}

bool api_span(struct exch *x, int64_t now_ms, int64_t *from, int64_t *to)
{
	*to = now_ms;
	if (!api_number(x, "to", 0, TIME_MAX, to))
		return false;
	*from = *to > DAY_MS ? *to - DAY_MS : 0;
	if (!api_number(x, "from", 0, TIME_MAX, from))
		return false;
	if (*from < *to)
		return true;
	web_error(
	    x, 400, "from=%lld&to=%lld: wanted from before to", (long long)*from, (long long)*to);
	return false;
}

void api_answer(struct exch *x, const struct json *j)
{
	if (j->over)
		web_error(x, 500, "the answer is over %zu bytes", j->out->max);
	else
		web_json(x, j->out);
}
