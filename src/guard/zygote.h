/* SPDX-License-Identifier: Apache-2.0 */
/* The zygotes of this process, one for each profile. For isolate.c. */
#ifndef STK_GUARD_ZYGOTE_H
#define STK_GUARD_ZYGOTE_H

#include "guard/isolate.h"

/*
 * A process for a worker under `profile`, not locked down yet: it has the
 * socket and the memory that are given (the caller's still). `*pidfd` is the
 * caller's.
 */
int stk_zygote_fork(const stk_profile *profile, int sock, int memory,
                    int *pidfd, stk_error *err);

/* Ends all of them, and waits. */
void stk_zygotes_stop(void);

#endif
