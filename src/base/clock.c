/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the two clocks, writing and reading back a time as text. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

uint64_t
stk_clock_wall_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t
stk_clock_monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const char *
stk_clock_text(char text[STK_CLOCK_TEXT_MAX], uint64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / 1000000u);
    struct tm utc;
    size_t used;

    /* four-digit years: the text has a fixed length */
    if (seconds > 253402300799 || !gmtime_r(&seconds, &utc))
        seconds = 0, gmtime_r(&seconds, &utc);
    used = strftime(text, STK_CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + used, STK_CLOCK_TEXT_MAX - used, ".%06uZ",
             (unsigned)(wall_us % 1000000u));
    return text;
}

int
stk_clock_parse(uint64_t *wall_us, const char *text)
{
    char again[STK_CLOCK_TEXT_MAX];
    struct tm utc;
    unsigned us;
    int used = 0;
    time_t seconds;
    uint64_t found;

    memset(&utc, 0, sizeof utc);
    if (strlen(text) != STK_CLOCK_TEXT_MAX - 1 ||
        sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%6uZ%n", &utc.tm_year,
               &utc.tm_mon, &utc.tm_mday, &utc.tm_hour, &utc.tm_min,
               &utc.tm_sec, &us, &used) != 7 ||
        used != (int)STK_CLOCK_TEXT_MAX - 1)
        return -1;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    seconds = timegm(&utc);
    if (seconds < 0)
        return -1;
    found = (uint64_t)seconds * 1000000u + us;
    /* scanf takes signs and blanks, timegm the 31st of February */
    if (strcmp(stk_clock_text(again, found), text))
        return -1;
    *wall_us = found;
    return 0;
}
