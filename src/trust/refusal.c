/* SPDX-License-Identifier: Apache-2.0 */
/* Why bytes were refused: a reason with a stable name, and one line. */
#include "trust/refusal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

int
stk_refuse(stk_refusal *why, enum stk_trust trust, const char *format, ...)
{
    char raw[STK_REFUSAL_MESSAGE_MAX];
    va_list arguments;

    if (!why)
        return -1;
    why->trust = trust;
    va_start(arguments, format);
    vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    stk_text_printable(why->message, sizeof why->message, raw, strlen(raw));
    return -1;
}

int
stk_refuse_memory(stk_refusal *why)
{
    return stk_refuse(why, STK_TRUST_NONE, "out of memory");
}
