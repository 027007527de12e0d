/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers, strictly. */
#include "trust/number.h"

bool
stk_number_read(uint64_t *out, const char *text, size_t length)
{
    uint64_t number = 0;

    if (length == 0 || (length > 1 && text[0] == '0'))
        return false;
    for (size_t i = 0; i < length; i++) {
        unsigned digit = (unsigned char)text[i] - (unsigned)'0';

        if (digit > 9 || number > ((uint64_t)INT64_MAX - digit) / 10u)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}
