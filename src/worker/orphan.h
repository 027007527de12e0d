/* SPDX-License-Identifier: Apache-2.0 */
/* A zygote whose host is gone, while it runs what was preloaded: nobody looks
 * whether he is there, so a thread does, and ends the process. */
#ifndef STK_WORKER_ORPHAN_H
#define STK_WORKER_ORPHAN_H

#include "worker/thread.h"

typedef struct stk_orphan {
    stk_thread thread;
    int over; /* owned; readable when it is not to look any more, or -1 */
} stk_orphan;

/* Without a thread, or a descriptor, it is noticed later. */
void stk_orphan_watch(stk_orphan *orphan);

void stk_orphan_end(stk_orphan *orphan);

#endif
