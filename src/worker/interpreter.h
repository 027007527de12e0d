/* SPDX-License-Identifier: Apache-2.0 */
/* Python as workers have it. */
#ifndef STK_WORKER_INTERPRETER_H
#define STK_WORKER_INTERPRETER_H

#include <limits.h>
#include <stdbool.h>

#include <stockade/sandbox.h>

#include "worker/hosted.h"

/* Where the standard library is: Python code, and machine code. */
typedef struct stk_folders {
    char library[PATH_MAX], machine[PATH_MAX];
} stk_folders;

/* False when they are not to be found. Also before Python is there. */
bool stk_interpreter_folders(stk_folders *out);

/* True when the store was filled from where this Python has its library, and
 * is whole. */
bool stk_interpreter_has(const stk_folders *folders);

/* Initialises it: 0, or -1 and what failed. */
int stk_interpreter_start(char *why, unsigned size);

typedef struct stk_filling {
    const stk_profile *profile;
    stk_hosted *hosted; /* who has what `preload` needs; NULL: nobody */
    bool stored;        /* the store is used */
} stk_filling;

/* With `preload` in memory. That nothing more is found is broker.c's. */
int stk_interpreter_fill(const stk_filling *what, char *why, unsigned size);

#endif
