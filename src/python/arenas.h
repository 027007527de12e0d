/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the interpreter has the memory for objects from, once many
 * verified modules are imported the fast way. An accelerator: without it
 * everything is the same, and slower.
 */
#ifndef STK_PYTHON_ARENAS_H
#define STK_PYTHON_ARENAS_H

/* One more verified module. From the 32nd on the process has large pages,
 * where the kernel has them. With the GIL. */
void stk_arenas_see_module(void);

#endif
