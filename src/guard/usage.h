/* SPDX-License-Identifier: Apache-2.0 */
/* What a process took of the machine, as the kernel tells others: its own
 * word is not asked for. */
#ifndef STK_GUARD_USAGE_H
#define STK_GUARD_USAGE_H

#include <stdint.h>
#include <sys/types.h>

typedef struct stk_usage {
    uint64_t cpu_ns; /* of all its threads, since it began */
    uint64_t memory; /* bytes that it had resident, at most */
} stk_usage;

/* Of the process of this pidfd. Total: what is not known is 0, as of one that
 * was waited for. `pid`: 0 at first, then what it is known by while it
 * lives. */
stk_usage stk_usage_read(int pidfd, pid_t *pid);

/* Its time alone, for much less. */
uint64_t stk_usage_cpu(int pidfd, pid_t *pid);

#endif
