/* SPDX-License-Identifier: MIT */
/* loop: turning a libuv loop until something is so, with a deadline. */
#ifndef FE_TESTS_SANDBOX_LOOP_H
#define FE_TESTS_SANDBOX_LOOP_H

#include <stdbool.h>
#include <uv.h>

static void loop_late(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

/* The loop runs until `condition` holds; fails the test after 30 s. */
#define LOOP_UNTIL(loop, condition)                                                                \
	do {                                                                                       \
		uv_timer_t t_;                                                                     \
		bool late_ = false;                                                                \
		uv_timer_init((loop), &t_);                                                        \
		t_.data = &late_;                                                                  \
		uv_timer_start(&t_, loop_late, 30000, 0);                                          \
		while (!(condition) && !late_)                                                     \
			uv_run((loop), UV_RUN_ONCE);                                               \
		uv_close((uv_handle_t *)&t_, NULL);                                                \
		uv_run((loop), UV_RUN_NOWAIT);                                                     \
		assert_false(late_);                                                               \
	} while (0)

#endif
