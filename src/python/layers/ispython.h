/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a program that is about to be started is a Python. */
#ifndef STK_PYTHON_ISPYTHON_H
#define STK_PYTHON_ISPYTHON_H

#include <stdbool.h>

/* The program of this process; what is called as Python is, leads to such a
 * one, or is a script for it. A name without a slash is looked for in PATH,
 * too. */
bool stk_path_is_python(const char *path);

/* The same of what an open descriptor is of. */
bool stk_descriptor_is_python(long fd);

#endif
