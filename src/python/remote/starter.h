/* SPDX-License-Identifier: Apache-2.0 */
/* What workers of this interpreter are started with. */
#ifndef STK_PYTHON_STARTER_H
#define STK_PYTHON_STARTER_H

#include "python/object/state.h"

#define STK_STARTER_ARGS 12u

/* Texts are owned by it; the code among them is static. */
typedef struct stk_starter {
    char *program, *module;
    const char *argv[STK_STARTER_ARGS];
} stk_starter;

/*
 * The program stockade-worker, beside the package or where it was installed;
 * where there is none, this Python, with the extension stockade._worker.
 * Never what PATH says, and nothing that is no Python by its name: in a
 * product that embeds one, sys.executable is the product.
 * 0, or -1 with a SandboxError that says what to do.
 */
int stk_starter_find(stk_starter *out, stk_interp *state);
void stk_starter_clear(stk_starter *starter);

#endif
