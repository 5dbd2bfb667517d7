/* SPDX-License-Identifier: MIT */
/* slots: the pure grid of one check. */
#include "slots.h"

#include "err.h"

void slots_init(struct slots *s, uint64_t origin_ns, uint64_t interval_ns, uint64_t random)
{
	fe_assert(interval_ns > 0);
	*s = (struct slots){
	    .first_ns = origin_ns + random % interval_ns,
	    .interval_ns = interval_ns,
	};
}

uint64_t slots_due_ns(const struct slots *s, uint64_t slot)
{
	return s->first_ns + slot * s->interval_ns;
}

uint64_t slots_next_ns(const struct slots *s)
{
	return slots_due_ns(s, s->next);
}

static void wait_current(struct slots *s)
{
	s->current = s->next++;
	s->state = SLOTS_WAITING;
}

enum slots_miss slots_advance(struct slots *s, uint64_t now_ns, uint64_t *out_slot)
{
	while (slots_next_ns(s) <= now_ns) {
		switch (s->state) {
		case SLOTS_IDLE:
			wait_current(s);
			break;
		case SLOTS_TRYING:
			s->next++;
			break;
		case SLOTS_WAITING: {
			bool there = s->seen || s->current < s->noticed;
			enum slots_miss why = there ? SLOTS_BUSY : SLOTS_STOPPED;

			*out_slot = s->current;
			s->seen = false;
			wait_current(s);
			return why;
		}
		}
	}
	/* Not stored again when it is so already: after each fork the first store to a page copies it. */
	if (s->seen != (s->state == SLOTS_WAITING))
		s->seen = !s->seen;
	return SLOTS_NONE;
}

void slots_start(struct slots *s)
{
	fe_assert(s->state == SLOTS_WAITING);
	s->state = SLOTS_TRYING;
	s->seen = false;
}

uint64_t slots_end(struct slots *s, uint64_t end_ns, uint64_t *out_first)
{
	uint64_t due_by_end;

	fe_assert(s->state == SLOTS_TRYING);
	s->state = SLOTS_IDLE;
	*out_first = s->current + 1;
	/* slots with a due moment <= end; the current one is, whatever end claims */
	due_by_end = end_ns < s->first_ns ? 0 : (end_ns - s->first_ns) / s->interval_ns + 1;
	if (due_by_end <= s->current)
		due_by_end = s->current + 1;
	s->noticed = s->next;
	s->next = due_by_end;
	return s->next - *out_first;
}

bool slots_overrun_passes(
    const struct slots *s, uint64_t slot, uint64_t end_ns, uint64_t timeout_ns)
{
	uint64_t due = slots_due_ns(s, slot);

	return end_ns <= due || end_ns - due <= timeout_ns / 10 * 9;
}

size_t slots_pick(const struct slots *const *all, size_t n)
{
	size_t best = n;

	for (size_t i = 0; i < n; i++) {
		if (all[i]->state != SLOTS_WAITING)
			continue;
		if (best == n || slots_due_ns(all[i], all[i]->current) <
				     slots_due_ns(all[best], all[best]->current))
			best = i;
	}
	return best;
}
