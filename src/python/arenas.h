/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the interpreter has the memory for objects from, once verified
 * modules are imported the fast way. An accelerator: without it everything
 * is the same, and slower.
 */
#ifndef STK_PYTHON_ARENAS_H
#define STK_PYTHON_ARENAS_H

/* From here on, for the process. Does nothing a second time, or where the
 * kernel has no large pages. With the GIL. */
void stk_arenas_enlarge(void);

#endif
