/* SPDX-License-Identifier: MIT */
#include <ctype.h>

#include "num.h"
#include "range.h"
#include "strv.h"
#include "xmem.h"

#define PAGE_DEFAULT 200
#define PAGE_MOST 1000

struct want {
	char attr[32];
	char *start, *end; /* owned; "" where open */
	bool after;        /* start is exclusive */
	bool desc;
	uint64_t max;
};

static const struct {
	const char *resource, *accept, *first; /* first: sorted by, where nothing is asked */
} lists[] = {
    {"app", "id, name, updated_at", "name"},
    {"team-app", "id, name, updated_at", "name"},
    {"release", "id, version", "version"},
    {"domain", "hostname, id", "hostname"},
    {"add-on", "id, name", "id"},
    {"plan", "id, name", "id"},
    {"region", "id, name", "id"},
    {"key", "fingerprint, id", "id"},
    {"buildpack-installation", "id, ordinal", "ordinal"},
    {"build", "id, started_at", "id"},
    {"collaborator", "id, email", "id"},
    {"log-drain", "id", "id"},
    {"oauth-authorization", "id", "id"},
    {"stack", "id, name", "id"},
};

/* Of the attribute, and where that is the same (two changes in a second), of the id: a place in a list
 * is "VALUE~ID" where the attribute alone is none. text NULL: compare with b. */
static int compare(const json_t *a, const char *text, const json_t *b, const char *attr)
{
	json_t *va = json_object_get(a, attr), *vb = json_object_get(b, attr);
	const char *tie = text ? strchr(text, '~') : NULL,
		   *id = json_string_value(json_object_get(a, "id"));
	char AUTO_FREE *value = tie ? xmemdup0(text, (size_t)(tie - text)) : NULL;
	const char *other = value ? value : text ? text : json_string_value(vb);
	const char *other_id = tie    ? tie + 1
			       : text ? NULL
				      : json_string_value(json_object_get(b, "id"));
	int order;

	if (json_is_integer(va)) {
		int64_t wanted = json_integer_value(vb), is = json_integer_value(va);

		if (text && num_i64(text, INT64_MIN, INT64_MAX, &wanted))
			wanted = 0;
		return is < wanted ? -1 : is > wanted;
	}
	order = strcmp(json_string_value(va) ? json_string_value(va) : "", other ? other : "");
	return order || !other_id ? order : strcmp(id ? id : "", other_id);
}

static void sort(json_t *list, const struct want *w)
{
	size_t n = json_array_size(list);
	/* an array of pointers. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	json_t **v = xcalloc(n + 1, sizeof *v);

	for (size_t i = 0; i < n; i++) {
		json_t *one = json_incref(json_array_get(list, i));
		size_t k = i;

		while (k > 0 && (w->desc ? compare(v[k - 1], NULL, one, w->attr) < 0
					 : compare(v[k - 1], NULL, one, w->attr) > 0)) {
			v[k] = v[k - 1];
			k--;
		}
		v[k] = one;
	}
	json_array_clear(list);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, v[i]);
	free(v);
}

static bool parse_option(struct want *w, const char *text)
{
	if (strncmp(text, "max=", 4) == 0)
		return num_u64(text + 4, 1, PAGE_MOST, &w->max) == 0;
	if (strcmp(text, "order=asc") == 0 || strcmp(text, "order=desc") == 0) {
		w->desc = text[6] == 'd';
		return true;
	}
	return false;
}

static bool has_word(const char *list, const char *word)
{
	struct strv AUTO_STRV words = {0};

	strv_split(&words, list, ", ");
	for (size_t i = 0; i < words.n; i++)
		if (strcmp(words.v[i], word) == 0)
			return true;
	return false;
}

/* "ATTR [START]..[END]; max=N, order=asc|desc" */
static bool parse(struct want *w, const char *header, const char *accept)
{
	size_t n = strcspn(header, " ;"), span;
	struct strv AUTO_STRV options = {0};
	const char *from = header + n, *dots;

	if (n == 0 || n >= sizeof w->attr)
		return false;
	memcpy(w->attr, header, n);
	w->attr[n] = '\0';
	from += strspn(from, " ");
	span = strcspn(from, ";");
	dots = strstr(from, "..");
	if (!has_word(accept, w->attr) || !dots || dots > from + span)
		return false;
	w->after = *from == ']';
	from += w->after ? 1 : 0;
	free(w->start);
	free(w->end);
	w->start = xmemdup0(from, (size_t)(dots - from));
	w->end = xmemdup0(dots + 2, strcspn(dots + 2, "; ,"));
	dots += 2 + strlen(w->end);
	strv_split(&options, dots, ";, ");
	for (size_t i = 0; i < options.n; i++)
		if (!parse_option(w, options.v[i]))
			return false;
	return true;
}

static void keep_between(json_t *list, const struct want *w)
{
	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *one = json_array_get(list, i);
		int from = *w->start ? compare(one, w->start, NULL, w->attr) : 1;
		int to = *w->end ? compare(one, w->end, NULL, w->attr) : -1;

		if (w->desc) {
			from = *w->start ? -from : 1;
			to = *w->end ? -to : -1;
		}
		if (from < 0 || to > 0 || (from == 0 && w->after))
			json_array_remove(list, i);
	}
}

static char *value_of(const json_t *one, const char *attr)
{
	json_t *v = json_object_get(one, attr);

	if (json_is_integer(v))
		return xasprintf("%lld", (long long)json_integer_value(v));
	if (strcmp(attr, "updated_at") == 0)
		return xasprintf("%s~%s", json_string_value(v) ? json_string_value(v) : "",
		    json_string_value(json_object_get(one, "id")));
	return xstrdup(json_string_value(v) ? json_string_value(v) : "");
}

static void cut(json_t *list, const struct want *w, struct range_page *out)
{
	size_t n = json_array_size(list);
	char AUTO_FREE *first = n ? value_of(json_array_get(list, 0), w->attr) : NULL;
	char AUTO_FREE *last = NULL;

	if (n == 0)
		return;
	if (n > w->max) {
		out->status = 206;
		while (json_array_size(list) > w->max)
			json_array_remove(list, json_array_size(list) - 1);
	}
	last = value_of(json_array_get(list, json_array_size(list) - 1), w->attr);
	out->content = xasprintf("%s %s..%s", w->attr, first, last);
	if (out->status == 206)
		out->next = xasprintf("%s ]%s..%s; max=%llu%s", w->attr, last, w->end,
		    (unsigned long long)w->max, w->desc ? ", order=desc" : "");
}

struct range_page range_cut(
    json_t *list, const char *resource, const char *header, unsigned page_max)
{
	struct range_page out = {.status = 200};
	struct want w = {.max = page_max && page_max < PAGE_DEFAULT ? page_max : PAGE_DEFAULT};

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		if (strcmp(lists[i].resource, resource) != 0)
			continue;
		out.accept = lists[i].accept;
		(void)snprintf(w.attr, sizeof w.attr, "%s", lists[i].first);
	}
	if (!out.accept)
		return out;
	w.start = xstrdup("");
	w.end = xstrdup("");
	if (header && !parse(&w, header, out.accept)) {
		out.status = 416;
	} else {
		if (page_max && w.max > page_max)
			w.max = page_max;
		sort(list, &w);
		keep_between(list, &w);
		cut(list, &w, &out);
	}
	free(w.start);
	free(w.end);
	return out;
}
