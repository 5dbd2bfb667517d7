/* SPDX-License-Identifier: MIT */
#include <ctype.h>

#include "io.h"
#include "num.h"
#include "schema.h"
#include "schema_in.h"
#include "xmem.h"

/* "{(%23%2Fdefinitions%2Fapp%2Fdefinitions%2Fidentity)}" becomes "{app}". */
static char *plain_href(const char *href)
{
	static const char mark[] = "(%23%2Fdefinitions%2F";
	struct buf AUTO_BUF b = BUF_INIT(BUF_MAX_LINE);

	while (*href) {
		const char *in = href + 1, *end = strchr(href, '}'), *stop;

		if (*href != '{' || !end || strncmp(in, mark, sizeof mark - 1) != 0) {
			buf_put(&b, "%c", *href++);
			continue;
		}
		in += sizeof mark - 1;
		stop = strstr(in, "%2F");
		buf_put(&b, "{%.*s}", (int)((stop && stop < end ? stop : end) - in), in);
		href = end + 1;
	}
	return buf_take(&b);
}

static void add_link(struct schema *s, const char *resource, json_t *link)
{
	const char *method = json_string_value(json_object_get(link, "method"));
	const char *href = json_string_value(json_object_get(link, "href"));

	if (!method || !href || *href != '/')
		return;
	s->links = xreallocarray(s->links, s->n + 1, sizeof *s->links);
	s->links[s->n++] = (struct schema_link){
	    .method = method,
	    .href = plain_href(href),
	    .rel = json_string_value(json_object_get(link, "rel")),
	    .resource = resource,
	    .body = json_object_get(link, "schema"),
	    .target = json_object_get(link, "targetSchema"),
	};
}

int schema_load(const char *path, struct schema **out, struct err *err)
{
	struct schema *s = xcalloc(1, sizeof *s);
	const char *resource;
	json_error_t why;
	json_t *definition, *link;
	size_t i;

	buf_init(&s->text, BUF_MAX_FILE);
	s->patterns = xcalloc(1, sizeof *s->patterns);
	if (io_read_file(path, &s->text, err)) {
		schema_free(s);
		return err_wrap(err, "the platform's schema");
	}
	s->root = json_loadb(s->text.p, s->text.len, 0, &why);
	if (!s->root) {
		schema_free(s);
		return err_set(err, FE_EINVAL, "%s:%d: %s", path, why.line, why.text);
	}
	json_object_foreach(json_object_get(s->root, "definitions"), resource, definition)
	{
		json_t *links = json_object_get(definition, "links");

		json_array_foreach(links, i, link)
		{
			add_link(s, resource, link);
		}
	}
	*out = s;
	return 0;
}

void schema_free(struct schema *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->links[i].href);
	free(s->links);
	for (size_t i = 0; i < s->patterns->n; i++) {
		free(s->patterns->v[i].text);
		pattern_free(s->patterns->v[i].compiled);
	}
	free(s->patterns->v);
	free(s->patterns);
	buf_done(&s->text);
	json_decref(s->root);
	free(s);
}

const char *schema_text(const struct schema *s)
{
	return buf_str(&s->text);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void add_decoded(struct strv *out, const char *p, size_t n)
{
	char AUTO_FREE *text = xmalloc(n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n; i++) {
		if (p[i] == '%' && i + 2 < n && hex(p[i + 1]) >= 0 && hex(p[i + 2]) >= 0) {
			text[len++] = (char)(hex(p[i + 1]) * 16 + hex(p[i + 2]));
			i += 2;
		} else {
			text[len++] = p[i];
		}
	}
	strv_addn(out, text, len);
}

/* Part by part; a {x} takes any part that is not empty. */
static bool match_path(const char *href, const char *path, struct strv *params)
{
	while (*href == '/' && *path == '/') {
		size_t h = strcspn(++href, "/"), p = strcspn(++path, "/");

		if (*href == '{') {
			if (p == 0)
				return false;
			add_decoded(params, path, p);
		} else if (h != p || memcmp(href, path, h) != 0) {
			return false;
		}
		href += h;
		path += p;
	}
	return *href == '\0' && *path == '\0';
}

const struct schema_link *schema_match(const struct schema *s, const struct schema_link *from,
    const char *method, const char *path, struct strv *params)
{
	for (size_t i = from ? (size_t)(from - s->links) + 1 : 0; i < s->n; i++) {
		const struct schema_link *l = &s->links[i];

		while (params->n)
			strv_remove(params, params->n - 1);
		if ((!method || strcmp(l->method, method) == 0) &&
		    match_path(l->href, path, params))
			return l;
	}
	return NULL;
}
