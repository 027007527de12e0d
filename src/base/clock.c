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

/* Days since 1970 to a date of the proleptic Gregorian calendar. */
static void
split_days(uint64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    /* years that begin in March, in eras of 400 of them */
    uint64_t z = days + 719468u, era = z / 146097u;
    unsigned doe = (unsigned)(z - era * 146097u);
    unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    unsigned march = (5 * doy + 2) / 153;

    *day = doy - (153 * march + 2) / 5 + 1;
    *month = march < 10 ? march + 3 : march - 9;
    *year = (unsigned)(yoe + era * 400u) + (*month <= 2);
}

/* Two digits, and what stands behind them. */
static inline char *
put_two(char *text, unsigned value, char after)
{
    text[0] = (char)('0' + value / 10);
    text[1] = (char)('0' + value % 10);
    text[2] = after;
    return text + 3;
}

static char *
put_date(char *text, uint64_t days)
{
    unsigned year, month, day;

    split_days(days, &year, &month, &day);
    put_two(text, year / 100, '\0');
    text = put_two(text + 2, year % 100, '-');
    text = put_two(text, month, '-');
    return put_two(text, day, 'T');
}

/*
 * Not gmtime_r: it takes a lock of libc, which a child that was forked while
 * another thread held it waits for forever.
 */
const char *
stk_clock_text(char text[STK_CLOCK_TEXT_MAX], uint64_t wall_us)
{
    uint64_t seconds = wall_us / 1000000u;
    unsigned second, us = (unsigned)(wall_us % 1000000u);
    char *at;

    /* four-digit years: the text has a fixed length */
    if (seconds > 253402300799u)
        seconds = 0;
    at = put_date(text, seconds / 86400u);
    second = (unsigned)(seconds % 86400u);
    at = put_two(at, second / 3600, ':');
    at = put_two(at, second / 60 % 60, ':');
    at = put_two(at, second % 60, '.');
    put_two(at, us / 10000, '\0');
    put_two(at + 2, us / 100 % 100, '\0');
    at = put_two(at + 4, us % 100, 'Z');
    *at = '\0';
    return text;
}

int
stk_clock_parse(uint64_t *wall_us, const char *text)
{
    char again[STK_CLOCK_TEXT_MAX];
    struct tm utc;
    unsigned us;
    time_t seconds;
    uint64_t found;

    memset(&utc, 0, sizeof utc);
    if (strlen(text) != STK_CLOCK_TEXT_MAX - 1 ||
        sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%6uZ", &utc.tm_year, &utc.tm_mon,
               &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec, &us) != 7)
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
