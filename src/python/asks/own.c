/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guard itself imports. The names are in a table: nobody has one of
 * his choice imported here. `builtins.__import__` is not called: that may be
 * the host's own, or that of the namespace that called us. What is imported
 * is in sys.modules afterwards, as all that the standard library imports for
 * itself, and an import of it by anybody else is judged as ever.
 */
#include "python/asks/own.h"

#include <stdlib.h>
#include <string.h>

#include "policy/name.h"
#include "python/asks/frame.h"
#include "python/attempt/attempt_cached.h"
#include "python/object/loaded.h"

/* Sorted. */
static const char *const names[] = {
    "asyncio",   "concurrent.futures",
    "datetime",  "decimal",
    "fractions", "inspect",
    "logging",   "uuid",
    "zoneinfo",
};

/* One call, of this thread. On the heap and unlinked one by one: greenlets
 * swap C stacks in the midst of an import. They run other frames. */
typedef struct own_import {
    struct own_import *outer;
    const char *name;
    PyFrameObject *asking; /* strong; NULL: no Python code called us */
} own_import;

static _Thread_local own_import *importing;

static bool
is_ours(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

bool
stk_own_asks(const PyFrameObject *asking, const char *name)
{
    for (const own_import *at = importing; name && at; at = at->outer)
        if (at->asking == asking && stk_name_is_within(at->name, name))
            return true;
    return false;
}

bool
stk_own_is_at(const PyFrameObject *asking)
{
    const own_import *at = importing;

    while (at && at->asking != asking)
        at = at->outer;
    return at != NULL;
}

uint32_t
stk_own_number(stk_asker *out)
{
    out->is_guard = true;
    out->innermost = stk_importer_number("stockade", 0, 0);
    return out->innermost;
}

void
stk_own_allow(const stk_asker *asker, const char *name,
              stk_judgement *judgement)
{
    stk_decision *decision = &judgement->decision, wanted;

    if (!asker->is_guard || decision->verdict == STK_ALLOW ||
        (decision->reason != STK_REASON_RULE &&
         decision->reason != STK_REASON_PARENT &&
         decision->reason != STK_REASON_DEFAULT))
        return;
    /* who asks changes nothing of where code runs, and whose it must be */
    wanted = stk_policy_require(judgement->policy, name);
    *decision = (stk_decision){ .verdict = STK_ALLOW,
                                .reason = STK_REASON_TRUSTED,
                                .requirement = wanted.requirement,
                                .bundle = wanted.bundle };
    judgement->refuse = false;
}

/* ---- importing ------------------------------------------------------- */

static PyObject *
import_judged(stk_interp *state, PyObject *name)
{
    PyObject *top, *module;

    if (stk_attempt_if_loaded(state, name) < 0)
        return NULL;
    top = PyImport_ImportModuleLevelObject(name, NULL, NULL, NULL, 0);
    if (!top)
        return NULL;
    Py_DECREF(top);
    module = stk_module_loaded(name);
    return module ? module
                  : PyErr_Format(PyExc_ImportError, "%U is gone again", name);
}

static own_import *
begin(stk_interp *state, const char *name)
{
    own_import *one = malloc(sizeof *one);

    if (!one) {
        PyErr_NoMemory();
        return NULL;
    }
    *one = (own_import){ importing, name, stk_frame_asking(state) };
    importing = one;
    return one;
}

static void
end(own_import *one)
{
    own_import **link = &importing;

    while (*link && *link != one)
        link = &(*link)->outer;
    if (*link)
        *link = one->outer;
    Py_XDECREF(one->asking);
    free(one);
}

static PyObject *
import_as_guard(stk_interp *state, const char *name)
{
    PyObject *text = PyUnicode_InternFromString(name), *module;
    own_import *one = text ? begin(state, name) : NULL;

    module = one ? import_judged(state, text) : NULL;
    if (one)
        end(one);
    Py_XDECREF(text);
    return module;
}

PyObject *
stk_own_import(const char *name)
{
    stk_interp *state = stk_interp_find();

    if (!is_ours(name))
        return PyErr_Format(PyExc_ImportError, "the guard imports no %s",
                            name);
    return state && stk_process_guard() ? import_as_guard(state, name)
                                        : PyImport_ImportModule(name);
}
