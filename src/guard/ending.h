/* SPDX-License-Identifier: Apache-2.0 */
/* How a worker ended: it is a child of its zygote's, and the kernel tells
 * others as well. */
#ifndef STK_GUARD_ENDING_H
#define STK_GUARD_ENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/sandbox.h>

#define STK_ENDING_UNTIMED UINT64_MAX

typedef struct stk_ending {
    bool known;
    int status;      /* wait(2)'s */
    uint64_t cpu_ms; /* that it took, or STK_ENDING_UNTIMED */
} stk_ending;

/* Of the process of this pidfd, which is about to end or has: waits for some
 * tenths of a second at most. */
stk_ending stk_ending_read(int pidfd);

/* ": exit status 3", or "" where it is not known. */
void stk_ending_text(char *out, size_t size, const stk_ending *ending,
                     const stk_profile *profile);

#endif
