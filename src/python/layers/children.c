/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Pythons that a program starts as processes. Those of multiprocessing
 * (spawn, forkserver) run the same program: they come up guarded, before
 * they import its main module again, and ask as whoever started them. With
 * `children = deny` none is started, whatever its program.
 */
#include "python/layers/children.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "python/asks/asker.h"
#include "python/later/handover.h"
#include "python/layers/event.h"
#include "python/layers/ispython.h"
#include "python/layers/layers.h"
#include "python/object/carry.h"
#include "python/object/convert.h"
#include "python/object/importer.h"
#include "python/object/name.h"
#include "python/process/child.h"

/* ---- what is started ------------------------------------------------- */

/* What multiprocessing says after -c. No kind: it runs nothing of the
 * program, and is not guarded. */
static const struct {
    const char *kind;
    const char *head;
} programs[] = {
    { "spawn", "from multiprocessing.spawn import spawn_main; spawn_main(" },
    { "forkserver", "from multiprocessing.forkserver import main; main(" },
    { NULL, "from multiprocessing.resource_tracker import main;main(" },
};

#define N_PROGRAMS (sizeof programs / sizeof *programs)

/* The index of multiprocessing's text in a command line, a list; -1: none.
 * `*program` is which of them. */
static Py_ssize_t
find_program(PyObject *line, size_t *program)
{
    Py_ssize_t at = 1, n = PyList_GET_SIZE(line);
    const char *text;

    while (at < n && (!PyUnicode_Check(PyList_GET_ITEM(line, at)) ||
                      PyUnicode_CompareWithASCIIString(
                          PyList_GET_ITEM(line, at), "-c") != 0))
        at++;
    if (at + 1 >= n || !PyUnicode_Check(PyList_GET_ITEM(line, at + 1)))
        return -1;
    text = PyUnicode_AsUTF8(PyList_GET_ITEM(line, at + 1));
    if (!text) {
        PyErr_Clear();
        return -1;
    }
    for (*program = 0; *program < N_PROGRAMS; ++*program)
        if (!strncmp(text, programs[*program].head,
                     strlen(programs[*program].head)))
            return at + 1;
    return -1;
}

/* `program` is a str, bytes or a descriptor: what os has made of a path. An
 * object that says by a method which descriptor it is may have said another
 * when it was asked before. */
static bool
is_python(PyObject *program)
{
    PyObject *bytes = NULL;
    bool found;

    if (PyLong_Check(program)) {
        found = stk_descriptor_is_python(PyLong_AsLong(program));
        PyErr_Clear();
        return found;
    }
    if (!PyUnicode_Check(program) && !PyBytes_Check(program))
        return true;
    if (!PyUnicode_FSConverter(program, &bytes)) {
        PyErr_Clear();
        return false;
    }
    found = stk_path_is_python(PyBytes_AS_STRING(bytes));
    Py_DECREF(bytes);
    return found;
}

/* ---- who starts it --------------------------------------------------- */

/* [(name or None, flags), ...], of everybody who asks now. */
static PyObject *
askers_list(const stk_interp *state)
{
    PyObject *list = PyList_New(0);
    stk_asker asker;

    stk_asker_all(&asker, state, NULL);
    for (size_t i = 0; list && i < asker.n; i++) {
        stk_importer one = stk_importer_get(asker.numbers[i]);
        PyObject *item = Py_BuildValue(
            "(zI)", one.name, (unsigned)(one.flags & STK_REQUEST_CLOSURE));

        if (!item || PyList_Append(list, item) < 0)
            Py_CLEAR(list);
        Py_XDECREF(item);
    }
    return list;
}

/* ---- a command line -------------------------------------------------- */

/* What was there when the program began: a file that came since then is as
 * new to its child. (list of str, nanoseconds) */
static PyObject *
places_tuple(const stk_interp *state)
{
    return state->known_places
               ? Py_BuildValue("OK", state->known_places,
                               (unsigned long long)state->places_time)
               : Py_BuildValue("[]K", 0ULL);
}

static PyObject *
path_or_none(const char *path)
{
    return path ? PyUnicode_DecodeFSDefault(path) : Py_NewRef(Py_None);
}

/* The keywords of _stockade._start_child(). */
static PyObject *
child_options(const stk_interp *state)
{
    stk_guard *guard = stk_process_guard();
    stk_guard_options options;
    PyObject *dict = NULL, *creators = askers_list(state);
    PyObject *places = places_tuple(state);
    char *digest = stk_guard_digest(guard);

    stk_guard_options_get(guard, &options);
    if (creators && places && digest)
        dict = Py_BuildValue(
            "{sNsOsNszsNsssOsks(KK)sO}", "policy",
            PyUnicode_DecodeFSDefault(options.policy), "observe",
            options.observe ? Py_True : Py_False, "audit",
            path_or_none(options.audit), "policy_key", options.policy_key,
            "policy_state", path_or_none(options.policy_state), "digest",
            digest, "creators", creators, "parent", (unsigned long)getpid(),
            "program", (unsigned long long)state->program.dev,
            (unsigned long long)state->program.ino, "places", places);
    Py_XDECREF(creators);
    Py_XDECREF(places);
    free(digest);
    return dict;
}

/* Before the guard stands nothing is imported from where the program could
 * have put it: the folder that the parent began in comes after the standard
 * library. start() takes the entries away again. */
#define LIBRARY_FIRST                                                         \
    "(lambda lib: sys.path.__setitem__(slice(0, 0), [lib, lib + "             \
    "'/lib-dynload']))(sys.modules['encodings'].__path__[0].rpartition('/')"  \
    "[0]); "

/* `head(...)` becomes `start(...)(...)`. */
static PyObject *
guarded_program(const stk_interp *state, PyObject *text, size_t program)
{
    PyObject *options = child_options(state), *rest, *result = NULL;
    PyObject *folder =
        state->self_folder ? state->self_folder : state->child_folder;

    rest = PyUnicode_Substring(text,
                               (Py_ssize_t)strlen(programs[program].head) - 1,
                               PyUnicode_GetLength(text));
    if (options && rest)
        result = PyUnicode_FromFormat(
            "import sys; " LIBRARY_FIRST "sys.path.insert(0, %A); "
            "from stockade._child import start; start('%s', %A)%U",
            folder, programs[program].kind, options, rest);
    Py_XDECREF(options);
    Py_XDECREF(rest);
    return result;
}

static int
record_start(const stk_interp *state, const char *name, const char *outcome)
{
    stk_error err = STK_ERROR_INIT;
    stk_asker asker;
    int result;

    stk_asker_innermost(&asker, state);
    result = stk_guard_record_child(stk_process_guard(), name,
                                    asker.importers[0].name, outcome, &err);
    if (result < 0)
        stk_raise_error(&err);
    return result;
}

static int
replace_text(PyObject *line, Py_ssize_t at, PyObject *text)
{
    return text ? PyList_SetItem(line, at, text) : -1;
}

/* What multiprocessing starts, guarded: a new list; the same one when it is
 * something else. */
static PyObject *
guard_line(const stk_interp *state, PyObject *line)
{
    size_t program;
    Py_ssize_t at = find_program(line, &program);
    PyObject *text;

    if (at < 0)
        return Py_NewRef(line);
    if (!programs[program].kind) {
        text = PyUnicode_FromFormat("import sys; " LIBRARY_FIRST "%U",
                                    PyList_GET_ITEM(line, at));
        return replace_text(line, at, text) < 0 ? NULL : Py_NewRef(line);
    }
    if (!state->self_folder && !state->child_folder) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the package stockade is nowhere that a process of "
                        "multiprocessing could have it from");
        return NULL;
    }
    if (record_start(state, programs[program].kind, "guarded") < 0)
        return NULL;
    text = guarded_program(state, PyList_GET_ITEM(line, at), program);
    return replace_text(line, at, text) < 0 ? NULL : Py_NewRef(line);
}

/* ---- children = deny ------------------------------------------------- */

static enum stk_children
children_setting(void)
{
    stk_policy *policy = stk_guard_policy(stk_process_guard());
    enum stk_children setting = stk_policy_children(policy);

    stk_policy_free(policy);
    return setting;
}

static int
refuse_python(const stk_interp *state, PyObject *program)
{
    bool observes = stk_guard_observes(stk_process_guard());
    PyObject *told = PyUnicode_FromFormat("%S", program);
    stk_utf8 utf8;
    int result;

    if (!told || stk_utf8_get(&utf8, told) < 0) {
        Py_XDECREF(told);
        return -1;
    }
    result =
        record_start(state, utf8.text, observes ? "would-refuse" : "refused");
    if (result == 0 && !observes) {
        PyErr_Format(PyExc_PermissionError,
                     "%S is not started: the policy says children = deny",
                     program);
        result = -1;
    }
    stk_utf8_clear(&utf8);
    Py_DECREF(told);
    return result;
}

/* One program, or a sequence of places where it might be. */
static int
judge_programs(const stk_interp *state, PyObject *programs_)
{
    PyObject *list = PyUnicode_Check(programs_) || PyBytes_Check(programs_)
                         ? PyTuple_Pack(1, programs_)
                         : PySequence_Tuple(programs_);
    int result = 0;

    if (!list) {
        PyErr_Clear();
        list = PyTuple_Pack(1, programs_);
    }
    for (Py_ssize_t i = 0; list && i < PyTuple_GET_SIZE(list); i++)
        if (is_python(PyTuple_GET_ITEM(list, i))) {
            result = refuse_python(state, PyTuple_GET_ITEM(list, i));
            break;
        }
    Py_XDECREF(list);
    return list ? result : -1;
}

int
stk_children_see(stk_interp *state, PyObject *program)
{
    if (!state || !state->attached || children_setting() != STK_CHILDREN_DENY)
        return 0;
    return judge_programs(state, program);
}

/* ---- _posixsubprocess.fork_exec -------------------------------------- */

/* The descriptor of a sink `fd:N` beyond the three that everybody has. */
static int
add_descriptor(PyObject *set, const char *sink)
{
    long number = strncmp(sink, "fd:", 3) ? 0 : strtol(sink + 3, NULL, 10);
    PyObject *object = number > 2 ? PyLong_FromLong(number) : NULL;
    int result = object ? PySet_Add(set, object) : 0;

    Py_XDECREF(object);
    return result;
}

static int
add_descriptors(PyObject *set)
{
    stk_policy *policy = stk_guard_policy(stk_process_guard());
    stk_guard_options options;
    const char *const *sinks;
    size_t n;
    int result = 0;

    stk_guard_options_get(stk_process_guard(), &options);
    sinks = stk_policy_audit(policy, &n);
    for (size_t i = 0; !options.audit && i < n && result == 0; i++)
        result = add_descriptor(set, sinks[i]);
    for (const char *at = options.audit; at && *at && result == 0;) {
        at += strspn(at, " ");
        result = add_descriptor(set, at);
        at += strcspn(at, " ");
    }
    stk_policy_free(policy);
    return result;
}

/* The child writes to the same sinks: a sorted tuple, a new reference. */
static PyObject *
with_descriptors(PyObject *kept)
{
    PyObject *set = PySet_New(kept), *list = NULL, *result = NULL;

    if (set && add_descriptors(set) == 0)
        list = PySequence_List(set);
    if (list && PyList_Sort(list) == 0)
        result = PyList_AsTuple(list);
    Py_XDECREF(set);
    Py_XDECREF(list);
    return result;
}

static PyObject *
with_line(const stk_interp *state, PyObject *args)
{
    PyObject *line = PySequence_List(PyTuple_GET_ITEM(args, 0)), *guarded;
    size_t program;
    PyObject *kept, *list, *result = NULL;

    if (!line) { /* fork_exec says what is wrong with it */
        PyErr_Clear();
        return Py_NewRef(args);
    }
    if (find_program(line, &program) < 0) {
        Py_DECREF(line);
        return Py_NewRef(args);
    }
    guarded = guard_line(state, line);
    list = guarded ? PySequence_List(args) : NULL;
    kept = list && PyList_GET_SIZE(list) > 3 &&
                   PyTuple_CheckExact(PyList_GET_ITEM(list, 3))
               ? with_descriptors(PyList_GET_ITEM(list, 3))
               : NULL;
    if (kept && PyList_SetItem(list, 3, kept) == 0 &&
        PyList_SetItem(list, 0, Py_NewRef(guarded)) == 0)
        result = PyList_AsTuple(list);
    else if (list && !PyErr_Occurred())
        PyErr_SetString(PyExc_TypeError, "fork_exec: descriptors are a tuple");
    Py_XDECREF(list);
    Py_XDECREF(guarded);
    Py_DECREF(line);
    return result;
}

/* CPython raises it since 3.14; before, it is judged here, and other audit
 * hooks see nothing new. */
#define EVENT "_posixsubprocess.fork_exec"

/* What is judged is what is started: a sequence may tell something else the
 * second time. */
static PyObject *
start_judged(const stk_interp *state, PyObject *original, PyObject *args)
{
    PyObject *programs_ = PySequence_Tuple(PyTuple_GET_ITEM(args, 1));
    PyObject *judged = NULL, *changed, *result = NULL;

    if (programs_ && judge_programs(state, programs_) == 0)
        judged = stk_handover_with(args, 1, programs_);
    changed = judged ? with_line(state, judged) : NULL;
    if (changed)
        result = PyObject_Call(original, changed, NULL);
    Py_XDECREF(programs_);
    Py_XDECREF(judged);
    Py_XDECREF(changed);
    return result;
}

static PyObject *
fork_exec(PyObject *self, PyObject *args)
{
    stk_interp *state = stk_process_guard() ? stk_interp_find() : NULL;
    PyObject *original = stk_carried(self), *changed, *result;
    enum stk_children setting;

    if (!state || !state->attached || PyTuple_GET_SIZE(args) < 2)
        return PyObject_Call(original, args, NULL);
    if (stk_guard_watches(stk_process_guard(), EVENT) &&
        stk_event_see(EVENT, NULL) < 0)
        return NULL;
    setting = children_setting();
    if (setting == STK_CHILDREN_FREE)
        return PyObject_Call(original, args, NULL);
    if (setting == STK_CHILDREN_DENY)
        return start_judged(state, original, args);
    changed = with_line(state, args);
    if (!changed)
        return NULL;
    result = PyObject_Call(original, changed, NULL);
    Py_DECREF(changed);
    return result;
}

static PyMethodDef definition = { "fork_exec", fork_exec, METH_VARARGS, NULL };

int
stk_children_mend(PyObject *dict)
{
    static const char *const names[] = { "fork_exec", "_fork_exec" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyObject *found = PyDict_GetItemString(dict, names[i]), *ours;
        int result;

        if (!found || !PyCFunction_Check(found) ||
            stk_carry_check(found, &definition))
            continue;
        ours = stk_carry_new(&definition, found, "_posixsubprocess");
        result = ours ? PyDict_SetItemString(dict, names[i], ours) : -1;
        Py_XDECREF(ours);
        if (result < 0)
            return -1;
    }
    return 0;
}

/* ---- multiprocessing.spawn ------------------------------------------- */

/* A process of the forkserver is forked by that, and told here who wants
 * it. */
static PyObject *
preparation_data(PyObject *self, PyObject *args, PyObject *kwargs)
{
    stk_interp *state = stk_process_guard() ? stk_interp_find() : NULL;
    PyObject *data = PyObject_Call(stk_carried(self), args, kwargs), *askers;

    if (!data || !state || !state->attached || !PyDict_Check(data))
        return data;
    askers = askers_list(state);
    if (!askers || PyDict_SetItemString(data, STK_CHILD_KEY, askers) < 0)
        Py_CLEAR(data);
    Py_XDECREF(askers);
    return data;
}

#define KEYWORDS(f) (PyCFunction)(void (*)(void)) f

static PyMethodDef spawn_definitions[] = {
    { "get_preparation_data", KEYWORDS(preparation_data),
      METH_VARARGS | METH_KEYWORDS,
      "Return info about parent needed by child to unpickle process object" },
    { "prepare", KEYWORDS(stk_child_prepare), METH_VARARGS | METH_KEYWORDS,
      "Try to get current process ready to unpickle process object" },
};

int
stk_children_mend_spawn(PyObject *dict)
{
    for (size_t i = 0;
         i < sizeof spawn_definitions / sizeof *spawn_definitions; i++) {
        PyMethodDef *def = &spawn_definitions[i];
        PyObject *found = PyDict_GetItemString(dict, def->ml_name), *ours;
        int result;

        if (!found || !PyFunction_Check(found))
            continue;
        ours = stk_carry_new(def, found, "multiprocessing.spawn");
        result = ours ? PyDict_SetItemString(dict, def->ml_name, ours) : -1;
        Py_XDECREF(ours);
        if (result < 0)
            return -1;
    }
    return 0;
}
