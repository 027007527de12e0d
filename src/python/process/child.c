/* SPDX-License-Identifier: Apache-2.0 */
/*
 * This process, where multiprocessing has started it for a guarded one: it
 * runs the same program under the same policy, and what has no frame of
 * anybody's asks as whoever started it.
 */
#include "python/process/child.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "python/asks/asker.h"
#include "python/asks/frame.h"
#include "python/asks/tag.h"
#include "python/object/carry.h"
#include "python/object/importer.h"
#include "python/process/install.h"

/* ---- who started it -------------------------------------------------- */

static int
take_creators(stk_interp *state, PyObject *list)
{
    uint32_t numbers[STK_IMPORTERS_MAX];
    size_t n = 0;

    if (!list || !PyList_Check(list) ||
        PyList_GET_SIZE(list) > STK_IMPORTERS_MAX) {
        numbers[n++] = 0; /* nobody has told: unknown code */
        list = NULL;
    }
    for (Py_ssize_t i = 0; list && i < PyList_GET_SIZE(list); i++) {
        const char *name;
        unsigned flags;

        if (!PyTuple_Check(PyList_GET_ITEM(list, i)) ||
            !PyArg_ParseTuple(PyList_GET_ITEM(list, i), "zI", &name, &flags))
            return -1;
        numbers[n++] =
            name ? stk_importer_number(name, flags & STK_REQUEST_CLOSURE, 0)
                 : 0;
    }
    stk_interp_set_own_creators(state, numbers, n);
    return 0;
}

/* True for what multiprocessing itself tells, and nothing that does anything
 * when it is used. */
static bool
is_plain(PyObject *value)
{
    bool plain = value == Py_None || PyBool_Check(value) ||
                 PyLong_CheckExact(value) || PyUnicode_CheckExact(value) ||
                 PyBytes_Check(value);

    if (!PyList_CheckExact(value))
        return plain;
    /* a path may have a pathlib.Path in it, which is never asked anything */
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(value); i++) {
        PyObject *item = PyList_GET_ITEM(value, i);

        if (PyUnicode_Check(item) && !PyUnicode_CheckExact(item))
            return false;
    }
    return true;
}

static bool
is_plain_data(PyObject *data)
{
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(data, &at, &key, &value))
        if (!PyUnicode_CheckExact(key) ||
            (PyUnicode_CompareWithASCIIString(key, STK_CHILD_KEY) != 0 &&
             !is_plain(value)))
            return false;
    return true;
}

/* Nobody who started it has a say in what multiprocessing needs to import
 * the main module again, which asks for itself. */
static PyObject *
prepare(stk_interp *state, PyObject *original, PyObject *args,
        PyObject *kwargs)
{
    PyObject *data = PyTuple_GET_ITEM(args, 0), *result;
    bool plain = PyDict_CheckExact(data) && is_plain_data(data);
    PyObject *creators =
        plain ? PyDict_GetItemString(data, STK_CHILD_KEY) : NULL;

    Py_XINCREF(creators);
    if (plain)
        stk_interp_set_own_creators(state, NULL, 0);
    else
        state->program_began = true; /* what comes is not the program */
    result = PyObject_Call(original, args, kwargs);
    if (take_creators(state, creators) < 0)
        Py_CLEAR(result);
    Py_XDECREF(creators);
    return result;
}

PyObject *
stk_child_prepare(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_process_guard() ? stk_interp_find() : NULL;

    if (!state || !state->is_child || PyTuple_GET_SIZE(args) != 1)
        return PyObject_Call(stk_carried(self), args, kwargs);
    return prepare(state, stk_carried(self), args, kwargs);
}

/* ---- its beginning --------------------------------------------------- */

/* A new reference, or NULL. */
static PyFrameObject *
outermost_frame(void)
{
    PyFrameObject *frame = PyEval_GetFrame(), *back;

    Py_XINCREF(frame);
    while (frame && (back = PyFrame_GetBack(frame)))
        Py_XSETREF(frame, back);
    return frame;
}

/* The outermost code is the parent's text behind -c: multiprocessing's, and
 * no program. */
static int
tag_text(const stk_interp *state)
{
    stk_code_tag tag = { STK_CODE_PLAIN, 0 };
    PyFrameObject *frame = outermost_frame();
    PyCodeObject *code;
    int result;

    if (!frame)
        return 0;
    tag.importer = stk_importer_number(STK_CHILD_MODULE, 0, 0);
    code = PyFrame_GetCode(frame);
    if (stk_code_tag_get(state, code).kind == STK_CODE_PROGRAM)
        result = stk_code_tag_not_program(state, code, tag);
    else
        result = stk_code_tag_tree(state, code, tag);
    Py_DECREF(code);
    Py_DECREF(frame);
    return result;
}

/* What comes next is for multiprocessing to execute. */
static void
expect_program(stk_interp *state, stk_file_id program)
{
    state->is_child = true;
    state->program_began = false;
    state->program = program;
}

/* The places that were noted there, a new list, and when. */
static int
read_places(PyObject *noted, PyObject **places, uint64_t *since)
{
    unsigned long long time;
    PyObject *list;

    if (!PyArg_ParseTuple(noted, "O!K", &PyList_Type, &list, &time))
        return -1;
    *since = time;
    *places = PySequence_List(list);
    return *places ? 0 : -1;
}

static void
take_places(stk_interp *state, PyObject *places, uint64_t since)
{
    if (since == 0) {
        Py_DECREF(places);
        return;
    }
    Py_XSETREF(state->known_places, places);
    state->places_time = since;
}

int
stk_child_begin(stk_guard *guard, const stk_child *child)
{
    stk_interp *state = stk_interp_get();
    PyObject *places;
    uint64_t since;

    if (!state || tag_text(state) < 0 ||
        take_creators(state, child->creators) < 0 ||
        read_places(child->places, &places, &since) < 0)
        return -1;
    if (stk_install(guard) < 0) {
        Py_DECREF(places);
        return -1;
    }
    take_places(state, places, since);
    expect_program(state, child->program);
    return 0;
}

/* The text behind -c calls our own start(), and that is all that runs. */
static bool
is_beginning(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame(), *last = outermost_frame();
    PyFrameObject *back = frame ? PyFrame_GetBack(frame) : NULL;
    bool found = frame && back && back == last && !stk_askers_inherited() &&
                 stk_frame_tag(state, frame).importer ==
                     stk_importer_number("stockade._child", 0, 0) &&
                 stk_frame_tag(state, last).kind == STK_CODE_PROGRAM;

    Py_XDECREF(back);
    Py_XDECREF(last);
    return found;
}

static bool
is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

/* Under the same policy, whose next one is held to as much. */
static bool
is_wanted(stk_guard *guard, const stk_guard_options *wanted)
{
    STK_CLEANUP(stk_freep) char *digest = stk_guard_digest(guard);
    stk_guard_options own;

    stk_guard_options_get(guard, &own);
    return digest && wanted->digest && !strcmp(digest, wanted->digest) &&
           own.observe == wanted->observe &&
           is_same_text(own.policy_key, wanted->policy_key) &&
           is_same_text(own.policy_state, wanted->policy_state);
}

int
stk_child_join(const stk_guard_options *wanted, const stk_child *child)
{
    stk_guard *guard = stk_process_guard();
    stk_interp *state = stk_interp_find();
    PyObject *places;
    uint64_t since;

    if (!state || !state->attached || state->is_child ||
        !is_wanted(guard, wanted) || !is_beginning(state)) {
        PyErr_SetString(PyExc_RuntimeError,
                        "a guard is installed in this process already");
        return -1;
    }
    if (tag_text(state) < 0 || take_creators(state, child->creators) < 0 ||
        read_places(child->places, &places, &since) < 0)
        return -1;
    take_places(state, places, since);
    expect_program(state, child->program);
    return 0;
}

/* All of it is multiprocessing's way to run the main module again. */
static bool
is_all_spawning(const stk_interp *state, uint32_t runpy)
{
    PyFrameObject *frame = PyEval_GetFrame();
    uint32_t spawn = stk_importer_number(STK_CHILD_MODULE, 0, 0);
    uint32_t server = stk_importer_number("multiprocessing.forkserver", 0, 0);
    bool all = true;

    Py_XINCREF(frame);
    while (frame) {
        uint32_t importer = stk_frame_tag(state, frame).importer;

        all = all &&
              (importer == runpy || importer == spawn || importer == server);
        frame = stk_frame_out(frame);
    }
    return all;
}

bool
stk_child_reads_main(const stk_interp *state, PyObject *path)
{
    PyFrameObject *frame = PyEval_GetFrame();
    uint32_t runpy;

    if (!state->is_child || state->program_began || !frame)
        return false;
    runpy = stk_importer_number("runpy", 0, 0);
    return runpy != 0 && stk_frame_tag(state, frame).importer == runpy &&
           stk_code_is_program(state, path) && is_all_spawning(state, runpy);
}

bool
stk_child_runs_main(const stk_interp *state, PyCodeObject *code)
{
    return stk_child_reads_main(state, code->co_filename);
}
