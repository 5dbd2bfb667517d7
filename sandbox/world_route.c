/* SPDX-License-Identifier: MIT */
/* Which dyno answers a request. */
#include "world_in.h"
#include "xmem.h"

static bool host_is(const json_t *app, const char *host)
{
	const char *url = state_str(app, "web_url");
	size_t n;

	url += strncmp(url, "http://", 7) == 0 ? 7 : 0;
	n = strcspn(url, ":/");
	return strlen(host) == n && strncasecmp(url, host, n) == 0;
}

/* "*.example.com" is any one name below it. */
static bool domain_is(const char *hostname, const char *host)
{
	const char *dot = strchr(host, '.');

	return strcasecmp(hostname, host) == 0 ||
	       (strncmp(hostname, "*.", 2) == 0 && dot && strcasecmp(hostname + 1, dot) == 0);
}

struct place *world_domain(struct world *w, const char *host, const json_t **out)
{
	for (struct place *p = w->places; p; p = p->next) {
		json_t *one;
		size_t i;

		json_array_foreach(json_object_get(p->doc, "domains"), i, one)
		{
			if (domain_is(state_str(one, "hostname"), host)) {
				*out = one;
				return p;
			}
		}
	}
	return NULL;
}

static struct place *find_place(struct world *w, const char *host, const char *name)
{
	const json_t *domain;

	for (struct place *p = w->places; p; p = p->next) {
		json_t *app = json_object_get(p->doc, "app");

		if (name && strcmp(state_str(app, "name"), name) == 0)
			return p;
		if (host && host_is(app, host))
			return p;
	}
	return host ? world_domain(w, host, &domain) : NULL;
}

enum router_found world_find(
    void *arg, const char *host, const char *name, struct router_target *out)
{
	struct world *w = arg;
	struct place *p = find_place(w, host, name);
	enum router_found found = ROUTER_NO_WEB;
	unsigned up = 0, chosen;
	json_t *app;

	if (!p)
		return ROUTER_UNKNOWN;
	app = json_object_get(p->doc, "app");
	(void)snprintf(out->app, sizeof out->app, "%s", state_str(app, "name"));
	if (json_is_true(json_object_get(app, "maintenance")))
		return ROUTER_MAINTENANCE;
	if (!*state_str(json_object_get(api_release_current(p->doc), "slug"), "id"))
		return ROUTER_BLANK;
	for (struct run *r = p->runs; r; r = r->next) {
		enum dyno_state s = dyno_state(r->dyno);

		if (strcmp(r->type, "web") != 0 || r->leaving)
			continue;
		up += s == DYNO_UP;
		if (s == DYNO_CRASHED && found == ROUTER_NO_WEB)
			found = ROUTER_CRASHED;
		else if (s == DYNO_STARTING)
			found = ROUTER_BOOTING;
	}
	if (!up)
		return found;
	chosen = (unsigned)random() % up;
	for (struct run *r = p->runs; r; r = r->next) {
		if (strcmp(r->type, "web") != 0 || r->leaving || dyno_state(r->dyno) != DYNO_UP ||
		    chosen-- > 0)
			continue;
		(void)snprintf(out->dyno, sizeof out->dyno, "%s", dyno_name(r->dyno));
		out->port = dyno_port(r->dyno);
		break;
	}
	return ROUTER_DYNO;
}

void world_router_line(void *arg, const char *app, const char *line)
{
	struct place *p = find_place(arg, NULL, app);

	if (p)
		world_line(p, "heroku", "router", line, strlen(line));
}
