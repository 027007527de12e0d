/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Machine code that the host has verified: from the sealed memfds that came
 * with its answer, while `preload` is loaded. Descriptors are kept until all
 * is: dlopen(3) knows a library by its path, which is their number.
 */
#ifndef STK_WORKER_MACHINE_H
#define STK_WORKER_MACHINE_H

#include <Python.h>

/* Loads libraries that an extension will need, in that order; the descriptors
 * are taken. 0, or -1 with ImportError. */
int stk_machine_link(const int *fds, unsigned n);

/* The spec of the extension in `fd`, which is taken; `origin` is what the host
 * calls its file. New reference. */
PyObject *stk_machine_spec(PyObject *name, PyObject *origin, int fd);

/* All is loaded: closes them. */
void stk_machine_end(void);

#endif
