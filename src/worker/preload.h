/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a profile has loaded before the lock-down. The standard library is
 * found where this Python has it; every other module is asked of the host,
 * which decides, finds and verifies it: no folder is looked into for one here.
 */
#ifndef STK_WORKER_PRELOAD_H
#define STK_WORKER_PRELOAD_H

#include <stockade/sandbox.h>

#include "worker/hosted.h"

/* Loads them. `hosted` is NULL where the host answers nothing: then there is
 * no other module. 0, or -1 with an exception. */
int stk_preload(const stk_words *names, stk_hosted *hosted);

#endif
