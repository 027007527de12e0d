/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What importlib does for an import, in C: as long as no thread can be there
 * to wait for it, and nobody in the worker has changed how modules are found.
 */
#ifndef STK_WORKER_IMPORTING_H
#define STK_WORKER_IMPORTING_H

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

/* `calls`: the groups of system calls that the profile has; `finder`: ours. */
void stk_importing_init(uint32_t calls, PyObject *finder);

/* _load_unlocked(): the module of `spec`, in sys.modules, executed. New
 * reference. */
PyObject *stk_importing_load(PyObject *name, PyObject *spec);

/* _find_and_load() of what is not loaded. New reference; NULL without an
 * exception where importlib is to do it. */
PyObject *stk_importing_find(PyObject *name);

#endif
