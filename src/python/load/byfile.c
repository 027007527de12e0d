/* SPDX-License-Identifier: Apache-2.0 */
/* A body that no finder was asked for, by the file that it says it is of. */
#include "python/load/byfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "python/attempt/attempt.h"
#include "python/attempt/open.h"
#include "python/load/byhand.h"
#include "python/load/whose.h"
#include "python/object/name.h"

/* A program may execute any file of its own, as its settings: only what a
 * rule speaks of is denied. */
static bool
is_denied_by_name(const stk_attempt_open *at)
{
    const stk_decision *decision = &at->judgement.decision;

    return decision->verdict == STK_DENY && decision->rule.text &&
           decision->rule.text[0] != '*';
}

static int
judge_name(stk_interp *state, PyObject *name)
{
    /* importlib is at another name, as whoever loads it calls it */
    PyObject *said = stk_byhand_name(state);
    stk_attempt_open *at = stk_attempt_new(state, name, said ? said : name);
    int result = 0;

    Py_XDECREF(said);
    if (!at)
        return -1;
    stk_attempt_judge(at, false);
    if (is_denied_by_name(at))
        result = stk_attempt_settle(at, NULL, false, NULL);
    stk_attempt_free(at);
    return result;
}

static int
judge_one(void *payload, const stk_whose *one)
{
    stk_interp *state = payload;
    PyObject *name;
    int result;

    if (one->form == STK_FORM_DATA ||
        stk_guard_is_free(stk_process_guard(), one->name))
        return 0;
    name = PyUnicode_FromString(one->name);
    if (!name) { /* no name of a module's is anything but UTF-8 */
        PyErr_Clear();
        return 0;
    }
    result = stk_attempt_find(state, name) ? 0 : judge_name(state, name);
    Py_DECREF(name);
    return result;
}

/* New; NULL, without an exception, for the code of no file. */
static char *
file_of(PyCodeObject *code)
{
    PyObject *exact = stk_str_or_null(code->co_filename), *encoded;
    char *file = NULL;

    if (!exact || PyUnicode_GetLength(exact) == 0 ||
        PyUnicode_ReadChar(exact, 0) == '<' ||
        PyUnicode_CompareWithASCIIString(code->co_name, "<module>") != 0)
        return NULL;
    encoded = stk_path_encoded(exact);
    if (encoded)
        file = stk_path_absolute(PyBytes_AS_STRING(encoded));
    Py_XDECREF(encoded);
    PyErr_Clear();
    return file;
}

/* Below sys.path as it is, and as it was when the program began. What is no
 * list has nothing imported from it. */
static int
judge_file(stk_interp *state, const char *file)
{
    PyObject *path = PyDict_GetItemString(state->sys_dict, "path");
    PyObject *known = state->known_places;
    int result = 0;

    if (path && PyList_CheckExact(path))
        result = stk_whose_among(path, file, judge_one, state);
    if (result == 0 && known && !stk_guard_observes(stk_process_guard()))
        result = stk_whose_among(known, file, judge_one, state);
    return result;
}

int
stk_byfile_judge(stk_interp *state, PyCodeObject *code)
{
    STK_CLEANUP(stk_freep) char *file = file_of(code);

    return file ? judge_file(state, file) : 0;
}
