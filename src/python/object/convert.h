/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the C rooms as Python objects, and errors as exceptions. */
#ifndef STK_PYTHON_CONVERT_H
#define STK_PYTHON_CONVERT_H

#include <stockade/guard.h>

#include "python/object/compat.h"
#include "python/object/name.h"

/* str, or None for NULL. */
PyObject *stk_to_str(const char *text);

/* dict[key] = value; takes `value`. 0 or -1. */
int stk_dict_take(PyObject *dict, const char *key, PyObject *value);

/* object.name = value; takes `value`. 0 or -1. */
int stk_attr_take(PyObject *object, const char *name, PyObject *value);

/* {"name", "importer", "verdict", "enforced", "rule", "requirements",
 * "reason", "fix", "lost"}, the form of `stockade explain --format json`, with
 * "signing" where a signature is required. */
PyObject *stk_to_explanation(const stk_policy *policy,
                             const stk_request *request);

/* A request with what its names live in. */
typedef struct stk_asked {
    stk_request request;
    stk_utf8 name, importer;
} stk_asked;

/* Fills `out` from two str, `importer` NULL or None for none: any str makes
 * a question. Returns 0, or -1 with an exception set and nothing to clear. */
int stk_asked_read(stk_asked *out, PyObject *name, PyObject *importer);
void stk_asked_clear(stk_asked *asked);

/* {"verdict", "reason", "rule", "requirements"}: the bare decision. */
PyObject *stk_to_decision(const stk_policy *policy,
                          const stk_request *request);

/* Raises what fits: OSError, ValueError, MemoryError, RuntimeError. */
void stk_raise_error(const stk_error *err);

/* Collects the errors of a policy file, a line each. */
typedef struct stk_messages {
    PyObject *list; /* strong; list of str */
} stk_messages;

void stk_messages_report(void *messages, const stk_diagnostic *found);

/* ValueError with all the lines when there are any, else as
 * stk_raise_error(). */
void stk_messages_raise(const stk_messages *messages, const stk_error *err);

#endif
