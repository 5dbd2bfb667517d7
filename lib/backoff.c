/* SPDX-License-Identifier: MIT */
#include "backoff.h"

#include "clock.h"

const struct backoff_policy backoff_platform = {
    .limited_ns = 800 * NS_PER_MS, /* 3600 s / 4500 calls */
    .limited_growth = 1.2,
    .limited_max_ns = 60 * NS_PER_S,
    .trouble_ns = 200 * NS_PER_MS,
    .trouble_max_ns = 10 * NS_PER_S,
    .tries = 5,
    .allowed = 4500,
};

static uint64_t spread(uint64_t ns, double chance)
{
	return (uint64_t)((double)ns * (0.5 + chance));
}

static bool in_time(uint64_t wait_ns, const struct backoff_now *at)
{
	return !at->deadline_ns ||
	       (at->now_ns < at->deadline_ns && wait_ns < at->deadline_ns - at->now_ns);
}

uint64_t backoff_begin(struct backoff *b, const struct backoff_now *at)
{
	uint64_t wait = spread(b->pace_ns, at->chance);

	b->troubles = b->limited = 0;
	return in_time(wait, at) ? wait : 0;
}

static uint64_t after_limit(struct backoff *b, const struct backoff_policy *policy)
{
	if (b->pace_ns < policy->limited_ns)
		b->pace_ns = policy->limited_ns;
	else
		b->pace_ns = (uint64_t)((double)b->pace_ns * policy->limited_growth);
	if (b->pace_ns > policy->limited_max_ns)
		b->pace_ns = policy->limited_max_ns;
	b->limited++;
	return b->pace_ns;
}

static uint64_t after_trouble(struct backoff *b, const struct backoff_policy *policy)
{
	uint64_t wait = policy->trouble_ns;

	for (unsigned i = 0; i < b->troubles && wait < policy->trouble_max_ns; i++)
		wait *= 2;
	b->troubles++;
	return wait < policy->trouble_max_ns ? wait : policy->trouble_max_ns;
}

bool backoff_again(struct backoff *b, const struct backoff_policy *policy, enum backoff_event event,
    const struct backoff_now *at, uint64_t *wait_ns)
{
	uint64_t wait =
	    event == BACKOFF_LIMITED ? after_limit(b, policy) : after_trouble(b, policy);

	*wait_ns = spread(wait, at->chance);
	if (*wait_ns < at->asked_ns)
		*wait_ns = at->asked_ns;
	return b->troubles < policy->tries && in_time(*wait_ns, at);
}

void backoff_went_well(struct backoff *b, const struct backoff_policy *policy, uint64_t remaining)
{
	uint64_t share = remaining < policy->allowed ? remaining : policy->allowed;

	b->pace_ns -= (uint64_t)((double)b->pace_ns * (double)share / (double)policy->allowed);
	if (b->pace_ns < NS_PER_MS)
		b->pace_ns = 0;
}
