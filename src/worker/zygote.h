/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that workers are forked from: an interpreter that is ready,
 * in a world of its own, and has run nothing but the standard library and
 * what the profile has it load before.
 *
 * It is started with three descriptors and nothing else (sandbox/spawn.h).
 */
#ifndef STK_WORKER_ZYGOTE_H
#define STK_WORKER_ZYGOTE_H

#define STK_ZYGOTE_SOCKET 3 /* of its channel */
#define STK_ZYGOTE_MEMORY 4
#define STK_ZYGOTE_HOST   5 /* a pidfd: it ends with the host */

/* Serves the host until it is gone, in the workers, too: exit code. 2 where
 * it was not a host that started us. */
int stk_zygote_main(void);

#endif
