/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker allocates, apart from what it shares: a hole between objects
 * that all workers have together makes each of them copy the page that it is
 * in.
 */
#ifndef STK_WORKER_HEAP_H
#define STK_WORKER_HEAP_H

/* Fills the holes, for good. Once, before workers are forked. */
void stk_heap_fill(void);

#endif
