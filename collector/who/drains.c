/* SPDX-License-Identifier: MIT */
#include "drains.h"

#include "secret.h"
#include "xmem.h"

#define BLANKS " \t\r\n"

static bool is_name(const char *p, size_t n)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return n > 0 && strspn(p, letters) >= n;
}

int drains_parse(const char *text, struct drains *out, struct err *err)
{
	*out = (struct drains){0};
	for (const char *p = text ? text : ""; *(p += strspn(p, BLANKS));) {
		size_t n = strcspn(p, BLANKS), name = strcspn(p, "=" BLANKS);

		if (!is_name(p, name) || p[name] != '=' || n == name + 1) {
			err_set(err, FE_EUSAGE,
			    "DRAIN_TOKENS: pair %zu: expected APP=TOKEN, APP of [A-Za-z0-9._-]",
			    out->n + 1);
			drains_done(out);
			return FE_EUSAGE;
		}
		out->v = xreallocarray(out->v, out->n + 1, sizeof *out->v);
		out->v[out->n++] =
		    (struct drain_pair){xmemdup0(p, name), xmemdup0(p + name + 1, n - name - 1)};
		p += n;
	}
	return 0;
}

void drains_done(struct drains *d)
{
	for (size_t i = 0; i < d->n; i++) {
		secret_wipe(d->v[i].token, strlen(d->v[i].token));
		free(d->v[i].app);
		free(d->v[i].token);
	}
	free(d->v);
	*d = (struct drains){0};
}

const char *drains_app(const struct drains *d, const char *token)
{
	const char *app = NULL;

	for (size_t i = 0; i < d->n; i++)
		if (secret_same(token, d->v[i].token))
			app = d->v[i].app;
	return app;
}
