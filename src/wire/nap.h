/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short sleep at a word of the memory that both map. It sees neither the
 * peer's death nor its descriptors: who sleeps for longer does so at the
 * socket. Not for other rooms.
 */
#ifndef STK_WIRE_NAP_H
#define STK_WIRE_NAP_H

#include <stdatomic.h>
#include <stdint.h>

/* After this long it is no nap any more. */
#define STK_NAP_NS 50000000u

enum stk_nap {
    STK_NAP_ENDED = 0,   /* somebody said so, or the word is another */
    STK_NAP_INTERRUPTED, /* a signal came */
    STK_NAP_LONG         /* nobody said so */
};

/* Until stk_nap_end(), unless the word is not `value` any more. */
enum stk_nap stk_nap_take(_Atomic uint32_t *word, uint32_t value);
void stk_nap_end(_Atomic uint32_t *word);

#endif
