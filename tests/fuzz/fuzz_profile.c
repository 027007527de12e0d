/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile as a worker gets it. What is taken is written as text that is
 * taken too, and makes the same profile.
 */
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_error err = STK_ERROR_INIT;
    stk_profile first, second;
    char *text;

    if (stk_profile_parse(&first, "p", (const char *)data, size, &err) < 0) {
        if (err.code == STK_E_NONE || !err.message[0])
            abort();
        return 0;
    }
    if (stk_profile_check(&first, &err) < 0)
        abort();
    text = stk_profile_print(&first);
    if (!text ||
        stk_profile_parse(&second, "p", text, strlen(text), &err) < 0 ||
        memcmp(&first, &second, sizeof first) != 0)
        abort();
    free(text);
    return 0;
}
