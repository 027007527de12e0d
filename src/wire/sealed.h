/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Large bytes that are handed over without a copy: a memfd that nobody can
 * change any more. It goes with a frame (stk_channel_send_fds) and is named
 * in its value (STK_VALUE_BUFFER).
 *
 * What is mapped must be sealed against writing, shrinking and growing
 * first, checked after that: else the peer rewrites what was checked, or
 * cuts it off and the reader dies of SIGBUS.
 */
#ifndef STK_WIRE_SEALED_H
#define STK_WIRE_SEALED_H

#include <stddef.h>

#include "base/error.h"

typedef struct stk_sealed {
    const unsigned char *data; /* mapped read-only; "" when length is 0 */
    size_t length;
} stk_sealed;

#define STK_SEALED_INIT                                                       \
    {                                                                         \
        NULL, 0                                                               \
    }

/* A sealed memfd with a copy of these bytes. Close-on-exec; the caller's. */
int stk_sealed_new(int *fd, const void *data, size_t length, stk_error *err);

/*
 * Maps one that came from a peer. `fd` stays the caller's and may be closed
 * at once. -STK_E_INVALID: it is no memfd, lacks a seal, or has not exactly
 * `length` bytes; -STK_E_LIMIT: longer than `maximum`.
 */
int stk_sealed_map(stk_sealed *sealed, int fd, size_t length, size_t maximum,
                   stk_error *err);

/* The same for a worker, which trusts its host and may neither fstat nor
 * fcntl: maps `length` bytes and checks nothing. */
int stk_sealed_trust(stk_sealed *sealed, int fd, size_t length,
                     stk_error *err);

void stk_sealed_clear(stk_sealed *sealed); /* unmaps; cleanup-able */

#endif
