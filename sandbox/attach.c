/* SPDX-License-Identifier: MIT */
/* attach: output goes to the room, what is typed comes from it. */
#include "attach.h"

#include <stdlib.h>

#include "xmem.h"

struct attached {
	struct dyno *dyno;
	struct meet_room *room; /* NULL: the server cut it */
	struct dyno_events ev;
};

static void on_state(void *arg, struct dyno *d, enum dyno_state from, enum dyno_state to)
{
	struct attached *a = arg;

	if (to == DYNO_UP)
		meet_join(a->room);
	if (a->ev.state)
		a->ev.state(a->ev.arg, d, from, to);
}

static void on_tell(void *arg, struct dyno *d, const char *text)
{
	struct attached *a = arg;

	if (a->ev.tell)
		a->ev.tell(a->ev.arg, d, text);
}

static void on_bytes(void *arg, struct dyno *d, const char *p, size_t n)
{
	struct attached *a = arg;

	(void)d;
	meet_send(a->room, p, n);
}

static void on_ended(void *arg, struct dyno *d, int code)
{
	struct attached *a = arg;

	meet_end(a->room);
	if (a->ev.ended)
		a->ev.ended(a->ev.arg, d, code);
	free(a);
}

static void on_input(void *arg, const char *p, size_t n)
{
	struct attached *a = arg;

	(void)dyno_input(a->dyno, p, n);
}

static void on_flow(void *arg, bool full)
{
	struct attached *a = arg;

	dyno_pause(a->dyno, full);
}

static void on_gone(void *arg)
{
	struct attached *a = arg;

	dyno_pause(a->dyno, false);
	dyno_hangup(a->dyno);
}

struct dyno *attach_new(struct meet *m, enum meet_fault fault, const struct dyno_rules *rules,
    const struct dyno_spec *spec, const struct dyno_events *ev, const char **out_secret)
{
	struct attached *a = xcalloc(1, sizeof *a);
	struct dyno_spec s = *spec;

	s.one_off = s.attached = true;
	a->ev = *ev;
	a->room = meet_expect(m, fault,
	    &(struct meet_events){.arg = a, .input = on_input, .flow = on_flow, .gone = on_gone});
	*out_secret = meet_secret(a->room);
	a->dyno = dyno_new(rules, &s,
	    &(struct dyno_events){.arg = a,
		.state = on_state,
		.tell = on_tell,
		.bytes = on_bytes,
		.ended = on_ended});
	return a->dyno;
}
