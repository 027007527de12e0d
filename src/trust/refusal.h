/* SPDX-License-Identifier: Apache-2.0 */
/* Why bytes were refused: a reason with a stable name, and one line. */
#ifndef STK_TRUST_REFUSAL_H
#define STK_TRUST_REFUSAL_H

#include <stockade/trust.h>

#define STK_REFUSAL_MESSAGE_MAX 512u

typedef struct stk_refusal {
    enum stk_trust trust;                  /* STK_TRUST_NONE: memory is out */
    char message[STK_REFUSAL_MESSAGE_MAX]; /* one line, safe to print */
} stk_refusal;

/* Fills `why`, which may be NULL. Returns -1, to be forwarded. Foreign bytes
 * in the message are escaped. */
int stk_refuse(stk_refusal *why, enum stk_trust trust, const char *format, ...)
    STK_PRINTF(3, 4);
int stk_refuse_memory(stk_refusal *why);

#endif
