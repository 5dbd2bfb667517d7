/* SPDX-License-Identifier: MIT */
/* retry: what an answer means, and the wait before the next try. */
#include "retry.h"

enum retry_verdict retry_judge(int status)
{
	if (status >= 200 && status < 300)
		return RETRY_DELIVERED;
	if (status >= 400 && status < 500 && status != 429)
		return RETRY_REFUSED;
	return RETRY_AGAIN;
}

uint64_t retry_delay_ns(unsigned tries, uint64_t first_ns, uint64_t most_ns, uint64_t rnd)
{
	uint64_t delay = first_ns;

	for (unsigned i = 1; i < tries && delay < most_ns; i++)
		delay *= 2;
	if (delay > most_ns)
		delay = most_ns;
	return delay / 2 + rnd % (delay - delay / 2 + 1);
}
