/* SPDX-License-Identifier: MIT */
/* One-off dynos, and what is done to those that run. */

#include "world_in.h"
#include "xmem.h"

json_t *world_dynos(struct world *w, const json_t *doc)
{
	struct place *p = world_place(w, doc);
	json_t *out = json_array();

	for (struct run *r = p ? p->runs : NULL; r; r = r->next) {
		if (r->leaving || !r->dyno)
			continue;
		json_object_set_new(
		    r->shown, "state", json_string(dyno_state_word(dyno_state(r->dyno))));
		json_array_append(out, r->shown);
	}
	return out;
}

static enum meet_fault meet_fault_of(struct world *w, const char *app)
{
	static const char *const words[] = {[MEET_NEVER] = "never",
	    [MEET_EMPTY] = "empty",
	    [MEET_SPLIT] = "split",
	    [MEET_JOINED] = "joined",
	    [MEET_CUT] = "cut"};
	const char *how = state_str(fault_named(w->rules.api->fault, "rendezvous", app), "how");

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (words[i] && strcmp(words[i], how) == 0)
			return (enum meet_fault)i;
	return MEET_FINE;
}

/* A bare process type stands for its command. */
static char *command_of(const json_t *doc, const char *text)
{
	size_t n = strcspn(text, " ");
	char AUTO_FREE *word = xmemdup0(text, n);
	json_t *entry = state_find(json_object_get(doc, "formation"), "type", NULL, word);

	return entry ? xasprintf("%s%s", state_str(entry, "command"), text + n) : xstrdup(text);
}

static char *folder_of(const struct world *w, const char *slug)
{
	/* An app without code still runs one-offs, in an empty directory. */
	char *dir = world_slug_folder(w, *slug ? slug : "empty");

	return dir;
}

void world_free_name(const struct place *p, const char *type, char out[24])
{
	bool taken = true;

	while (taken) {
		(void)snprintf(out, 24, "%s.%ld", type, 1000 + random() % 9000);
		taken = false;
		for (const struct run *r = p->runs; r; r = r->next)
			taken = taken || strcmp(state_str(r->shown, "name"), out) == 0;
	}
}

int world_run(struct world *w, json_t *doc, json_t *request, json_t **out)
{
	struct place *p = world_place(w, doc);
	const char *slug = state_str(json_object_get(api_release_current(doc), "slug"), "id");
	const char *app = state_str(json_object_get(doc, "app"), "name"), *secret;
	bool attach = json_is_true(json_object_get(request, "attach"));
	char AUTO_FREE *command = command_of(doc, state_str(request, "command"));
	char AUTO_FREE *dir = folder_of(w, slug);
	struct strv AUTO_STRV env = {0};
	char name[24];
	struct run *r;
	struct dyno_spec spec = {.command = command,
	    .dir = dir,
	    .one_off = true,
	    .no_tty = json_is_true(json_object_get(request, "force_no_tty")),
	    .limit_ms =
		(uint64_t)json_integer_value(json_object_get(request, "time_to_live")) * 1000};

	if (!p)
		return FE_ENOENT;
	world_free_name(p, "run", name);
	spec.name = name;
	world_dyno_env(doc, json_object_get(request, "env"), &env);
	spec.config = strv_argv(&env);
	r = world_new_run(p, "run", name, slug);
	json_object_set(r->shown, "command", json_object_get(request, "command"));
	if (json_object_get(request, "size"))
		json_object_set(r->shown, "size", json_object_get(request, "size"));
	struct dyno_events ev = {.arg = r,
	    .state = world_on_state,
	    .line = world_on_line,
	    .tell = world_on_tell,
	    .ended = world_on_ended};
	if (attach) {
		r->dyno =
		    attach_new(w->meet, meet_fault_of(w, app), &r->rules, &spec, &ev, &secret);
		json_object_set_new(r->shown, "attach_url",
		    json_sprintf(
			"rendezvous://%s:%u/%s", w->rules.bind, meet_port(w->meet), secret));
	} else {
		r->dyno = dyno_new(&r->rules, &spec, &ev);
	}
	*out = json_incref(r->shown);
	return 0;
}

unsigned world_act(
    struct world *w, const json_t *doc, const char *dyno, const char *type, bool stop)
{
	struct place *p = world_place(w, doc);
	unsigned n = 0;

	for (struct run *r = p ? p->runs : NULL; r; r = r->next) {
		if (r->leaving || (type && strcmp(r->type, type) != 0) ||
		    (dyno && strcmp(state_str(r->shown, "name"), dyno) != 0 &&
			strcmp(state_str(r->shown, "id"), dyno) != 0))
			continue;
		if (r->phase && !stop)
			continue;
		n++;
		if (stop || r->one_off)
			world_stop_run(r);
		else
			world_restart_run(r);
	}
	return n;
}

int world_meet_open(struct world *w, struct err *err)
{
	struct buf AUTO_BUF chain = BUF_INIT(BUF_MAX_TEXT), key = BUF_INIT(BUF_MAX_TEXT);
	struct meet_rules rules = {.loop = w->rules.loop,
	    .bind = w->rules.bind,
	    .port = w->rules.rendezvous_port,
	    .close_ms = 200,
	    .secret_ms = 10000};
	int rc = tlsd_issue(w->ca, w->rules.bind, 30, &chain, &key, err);

	if (rc == 0)
		rc = tlsd_new(buf_str(&chain), buf_str(&key), &rules.tls, err);
	if (rc == 0)
		rc = meet_new(&rules, &w->meet, err);
	return rc;
}
