/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks: when it happened, how long it took. */
#ifndef STK_BASE_CLOCK_H
#define STK_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t stk_clock_wall_us(void);      /* since 1970 UTC, CLOCK_REALTIME */
uint64_t stk_clock_monotonic_ns(void); /* CLOCK_MONOTONIC */

#define STK_CLOCK_TEXT_MAX 28u /* "2026-01-31T12:00:00.123456Z" and NUL */
const char *stk_clock_text(char text[STK_CLOCK_TEXT_MAX], uint64_t wall_us);
/* 0, or -1 when it is no such text. */
int stk_clock_parse(uint64_t *wall_us, const char *text);

#endif
