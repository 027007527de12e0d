/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that the host has allowed to the code of this worker. An import of
 * any other is asked for, though sys.modules has it: that the standard library
 * has loaded a module is no permission for a plugin. What the standard library
 * imports for itself is not asked for again.
 *
 * It makes the policy and the log true of honest code. Nothing is kept in
 * here by it: what is in sys.modules can be taken from there.
 */
#ifndef STK_WORKER_GRANTED_H
#define STK_WORKER_GRANTED_H

#include <Python.h>
#include <stdbool.h>

/* 0, or -1 with an exception. */
int stk_granted_init(void);

/* The worker is for module `name`, an exact str, and what is below it: what
 * the host allows to it, it allows to all code here. 0, -1. */
int stk_granted_own(PyObject *name);

/* The host has sent `name` to `who`: it may be a matter of `who` alone. 0,
 * -1. */
int stk_granted_to(PyObject *name, PyObject *who);

/* Whether all code here may import `name` (an exact str). */
bool stk_granted_has(PyObject *name);

/* The code that runs imports `name`. 0: it may go on; what is not loaded is
 * asked for by the finder. -1 with what the host refused it by. */
int stk_granted_ask(PyObject *name);
/* The same for what it has got hold of though sys.modules has it not. */
int stk_granted_ask_kept(PyObject *name);

/* CPython itself imports `name` from now on in this thread, borrowed; NULL:
 * nothing. It is not asked for what is loaded. Returns what it was before. */
PyObject *stk_granted_set_native(PyObject *name);

/* As who `name`, which is not loaded, is asked for. New reference. */
PyObject *stk_granted_who(PyObject *name);

/* One that we need ourselves, and what it needs, as the library's own; it is
 * not granted by it. New reference. */
PyObject *stk_granted_import(const char *name);

/* who.c: whose statement it is, as far as an honest one can be told: the name
 * of the first frame that is not importlib's, or None. The host believes it
 * where nothing hangs on it. New reference. */
PyObject *stk_who_imports(void);

#endif
