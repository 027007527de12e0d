/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts as people write them. */
#include "base/unit.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DIGITS_MAX 12u /* with the largest unit it is no overflow */

typedef struct unit {
    const char *name;
    uint64_t size;
} unit;

/* The largest first. */
static const unit bytes_units[] = {
    { "T", 1ull << 40 }, { "G", 1ull << 30 }, { "M", 1ull << 20 },
    { "K", 1ull << 10 }, { "", 1 },           { NULL, 0 },
};

static const unit ms_units[] = {
    { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }, { NULL, 0 },
};

static int
parse(uint64_t *out, const char *text, const unit *units)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t number = 0;

    if (digits == 0 || digits > DIGITS_MAX || (text[0] == '0' && digits > 1))
        return -1;
    for (size_t i = 0; i < digits; i++)
        number = number * 10 + (uint64_t)(text[i] - '0');
    for (; units->name; units++) {
        if (strcmp(text + digits, units->name))
            continue;
        if (number > UINT64_MAX / 2 / units->size)
            return -1;
        *out = number * units->size;
        return 0;
    }
    return -1;
}

int
stk_unit_parse_number(uint64_t *out, const char *text)
{
    static const unit none[] = { { "", 1 }, { NULL, 0 } };

    return parse(out, text, none);
}

int
stk_unit_parse_bytes(uint64_t *out, const char *text)
{
    return parse(out, text, bytes_units);
}

int
stk_unit_parse_ms(uint64_t *out, const char *text)
{
    return parse(out, text, ms_units);
}

static const char *
show(char text[STK_UNIT_TEXT_MAX], uint64_t value, const unit *units)
{
    while (units[1].name && (value == 0 || value % units->size))
        units++;
    snprintf(text, STK_UNIT_TEXT_MAX, "%llu%s",
             (unsigned long long)(value / units->size), units->name);
    return text;
}

const char *
stk_unit_bytes(char text[STK_UNIT_TEXT_MAX], uint64_t bytes)
{
    return show(text, bytes, bytes_units);
}

const char *
stk_unit_ms(char text[STK_UNIT_TEXT_MAX], uint64_t ms)
{
    return show(text, ms, ms_units);
}
