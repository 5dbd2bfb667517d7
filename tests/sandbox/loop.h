/* SPDX-License-Identifier: MIT */
/* loop: turning a libuv loop until something is so, with a deadline. */
#ifndef FE_TESTS_SANDBOX_LOOP_H
#define FE_TESTS_SANDBOX_LOOP_H

#include <stdbool.h>
#include <uv.h>

static inline void loop_tick(uv_timer_t *t)
{
	(void)t;
}

/* Run until the condition holds, 30 s at most. A tick wakes the loop every 10 ms: UV_RUN_ONCE runs
 * due timers before it waits, so that a condition one of them fulfils would else be seen only at
 * the next event. */
#define LOOP_UNTIL(loop, condition)                                                                \
	do {                                                                                       \
		uv_timer_t t_;                                                                     \
		uint64_t end_ = uv_hrtime() + 30000000000ULL;                                      \
		uv_timer_init((loop), &t_);                                                        \
		uv_timer_start(&t_, loop_tick, 10, 10);                                            \
		while (!(condition) && uv_hrtime() < end_)                                         \
			uv_run((loop), UV_RUN_ONCE);                                               \
		bool late_ = !(condition);                                                         \
		uv_close((uv_handle_t *)&t_, NULL);                                                \
		uv_run((loop), UV_RUN_NOWAIT);                                                     \
		assert_false(late_);                                                               \
	} while (0)

#endif
