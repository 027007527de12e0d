/* SPDX-License-Identifier: Apache-2.0 */
/* Dates and times of a policy, read and written. */
#include "policy/moment.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"

#define YEAR_2000     INT64_C(946684800)
#define SECONDS_A_DAY 86400
#define DATE_LENGTH   10u /* 2027-01-31 */
#define TIME_LENGTH   20u /* 2027-01-31T12:00:00Z */

bool
stk_moment_parse(int64_t *out, const char *text, bool end)
{
    char whole[STK_CLOCK_TEXT_MAX];
    size_t length = strlen(text);
    uint64_t us;

    if (length == DATE_LENGTH)
        snprintf(whole, sizeof whole, "%.10sT%s.000000Z", text,
                 end ? "23:59:59" : "00:00:00");
    else if (length == TIME_LENGTH && text[TIME_LENGTH - 1] == 'Z')
        snprintf(whole, sizeof whole, "%.19s.000000Z", text);
    else
        return false;
    if (stk_clock_parse(&us, whole) < 0 ||
        (int64_t)(us / 1000000u) < YEAR_2000)
        return false;
    *out = (int64_t)(us / 1000000u);
    return true;
}

const char *
stk_moment_text(char text[STK_MOMENT_MAX], int64_t seconds, bool end)
{
    char whole[STK_CLOCK_TEXT_MAX];
    int64_t rest = seconds % SECONDS_A_DAY;

    stk_clock_text(whole, (uint64_t)seconds * 1000000u);
    if (rest == (end ? SECONDS_A_DAY - 1 : 0))
        snprintf(text, STK_MOMENT_MAX, "%.10s", whole);
    else
        snprintf(text, STK_MOMENT_MAX, "%.19sZ", whole);
    return text;
}
