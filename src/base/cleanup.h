/* SPDX-License-Identifier: Apache-2.0 */
/* Cleanup attributes: what a scope owns, it gives back. */
#ifndef STK_BASE_CLEANUP_H
#define STK_BASE_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STK_CLEANUP(function) __attribute__((cleanup(function)))

/* Hands the pointer over: the variable is NULL afterwards. */
#define STK_STEAL(pointer)                                                    \
    __extension__({                                                           \
        __typeof__(pointer) stolen_ = (pointer);                              \
        (pointer) = NULL;                                                     \
        stolen_;                                                              \
    })

static inline void
stk_freep(void *pointer)
{
    void **owned = pointer;
    free(*owned);
    *owned = NULL;
}

static inline void
stk_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static inline void
stk_fclosep(FILE **file)
{
    if (*file)
        fclose(*file);
    *file = NULL;
}

#endif
