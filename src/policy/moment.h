/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times of a policy. */
#ifndef STK_POLICY_MOMENT_H
#define STK_POLICY_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Reads YYYY-MM-DD, in UTC, or YYYY-MM-DDTHH:MM:SSZ into seconds since 1970.
 * A date is its first second; its last one where `end` is set. False for
 * what is neither, and before 2000: a clock that was never set says 1970,
 * and zero is for "not written".
 */
bool stk_moment_parse(int64_t *out, const char *text, bool end);

/* The same back, as short as it goes. Returns `text`. */
#define STK_MOMENT_MAX 21u
const char *stk_moment_text(char text[STK_MOMENT_MAX], int64_t seconds,
                            bool end);

/* What to write, for messages. */
#define STK_MOMENT_HINT "write 2027-01-31 or 2027-01-31T12:00:00Z"

#endif
