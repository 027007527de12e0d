/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extension module `_stockade`: what the package `stockade` shows.
 * Multi-phase initialisation, heap types, no state of its own: what belongs
 * to an interpreter is in state.c.
 */
#include "python/object/compat.h"

#include <string.h>

#include "base/file.h"
#include "python/asks/asker.h"
#include "python/asks/tag.h"
#include "python/load/program.h"
#include "python/object/convert.h"
#include "python/object/state.h"
#include "python/process/child.h"
#include "python/process/ending.h"
#include "python/process/install.h"
#include "python/process/objects.h"
#include "python/remote/isolation.h"
#include "python/signed/likeness.h"

#include <stockade/embed.h>
#include <stockade/stockade.h>

STK_API PyMODINIT_FUNC PyInit__stockade(void);

PyDoc_STRVAR(
    install_doc,
    "install($module, /, policy, *, observe=False, audit=None, "
    "policy_key=None, "
    "policy_state=None)\n"
    "--\n"
    "\n"
    "Put a policy before every import of this process.\n"
    "\n"
    "policy: str, bytes or os.PathLike, the path of the policy file.\n"
    "observe: bool, record denials and do not enforce them, whatever `mode`\n"
    "says.\n"
    "audit: str, sinks separated by spaces, instead of the policy's own:\n"
    "file:PATH, syslog:, journal:, fd:N.\n"
    "policy_key: str, a public key that the policy must be signed with, or\n"
    "its file.\n"
    "policy_state: str, the path of a file that remembers the newest policy\n"
    "that was in force, by the sequence that it was signed with: no older "
    "one\n"
    "is taken. It needs a policy_key.\n"
    "Returns the Guard. It cannot be taken out again. In a process of\n"
    "multiprocessing, which came up guarded, the Guard that is there.\n"
    "Raises OSError and ValueError for a policy or a sink that cannot be "
    "used,\n"
    "RuntimeError when a guard is installed already or this Python is newer\n"
    "than those that this was tested with. Nothing has changed then.");

/* New guard for these options; NULL with an exception. */
static stk_guard *
make_guard(stk_guard_options *options)
{
    stk_messages messages = { PyList_New(0) };
    stk_error err = STK_ERROR_INIT;
    stk_guard *guard = NULL;

    options->version = stk_python_version();
    options->report = stk_messages_report;
    options->payload = &messages;
    if (stk_guard_new(&guard, options, &err) < 0)
        stk_messages_raise(&messages, &err);
    Py_XDECREF(messages.list);
    return guard;
}

/* This Python may be guarded, and is not. */
static int
check_python(void)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_install_supported(&err) < 0) {
        PyErr_SetString(PyExc_RuntimeError, err.message);
        return -1;
    }
    if (stk_process_guard()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "a guard is installed in this process already");
        return -1;
    }
    return 0;
}

/* Processes that multiprocessing starts have the package from here. */
static int
note_folder(PyObject *module)
{
    stk_interp *state = stk_interp_get();
    PyObject *file = PyModule_GetFilenameObject(module);
    Py_ssize_t slash;

    if (!state || !file) { /* built in: there is no folder */
        PyErr_Clear();
        return state ? 0 : -1;
    }
    slash = PyUnicode_FindChar(file, '/', 0, PyUnicode_GetLength(file), -1);
    if (slash > 0)
        Py_XSETREF(state->child_folder, PyUnicode_Substring(file, 0, slash));
    Py_DECREF(file);
    return slash > 0 && !state->child_folder ? -1 : 0;
}

static PyObject *
guard_for(PyObject *module)
{
    PyObject *type = PyObject_GetAttrString(module, "Guard");
    PyObject *object = type ? stk_guard_object(type) : NULL;

    Py_XDECREF(type);
    return object;
}

/* The main module that multiprocessing imports again in a process says
 * install() again, with nothing to ask whether it is the program. */
static bool
is_installed_in_child(const stk_guard_options *options)
{
    stk_interp *state = stk_interp_find();
    stk_guard_options ours;

    if (!state || !state->is_child || !stk_process_guard())
        return false;
    stk_guard_options_get(stk_process_guard(), &ours);
    return stk_path_is_same(options->policy, ours.policy);
}

static PyObject *
install_guard(PyObject *module, stk_guard_options *options)
{
    stk_guard *guard;

    if (is_installed_in_child(options))
        return guard_for(module);
    guard = check_python() < 0 || note_folder(module) < 0
                ? NULL
                : make_guard(options);
    if (!guard)
        return NULL;
    if (stk_install(guard) < 0) {
        stk_guard_free(guard);
        return NULL;
    }
    return guard_for(module);
}

static PyObject *
module_install(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "policy",     "observe",      "audit",
                                         "policy_key", "policy_state", NULL };
    stk_guard_options options = STK_GUARD_OPTIONS_INIT;
    PyObject *path, *result;
    int observe = 0;

    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "O&|$pzzz:install", STK_KEYWORDS(names),
            PyUnicode_FSConverter, &path, &observe, &options.audit,
            &options.policy_key, &options.policy_state))
        return NULL;
    options.policy = PyBytes_AS_STRING(path);
    options.observe = observe;
    options.host = "install";
    result = install_guard(module, &options);
    Py_DECREF(path);
    return result;
}

PyDoc_STRVAR(current_doc,
             "current($module, /)\n"
             "--\n"
             "\n"
             "Return the Guard of this process, or None when there is none.");

static PyObject *
module_current(PyObject *module, PyObject *Py_UNUSED(unused))
{
    if (!stk_process_guard())
        Py_RETURN_NONE;
    return guard_for(module);
}

PyDoc_STRVAR(run_program_doc, "_run_program($module, code, globals, /)\n"
                              "--\n"
                              "\n"
                              "Execute the program of `python -m stockade "
                              "run`, once in a process: what\n"
                              "runs through here imports as `__main__`.");

/* Only our own __main__.py, run by python -m, may say what the program is. */
static bool
is_ours_to_run(const stk_interp *state)
{
    stk_asker asker;
    bool ours;

    stk_asker_all(&asker, state, NULL);
    ours = !stk_askers_inherited();
    for (size_t i = 0; ours && i < asker.n; i++)
        ours = asker.importers[i].name &&
               (!strcmp(asker.importers[i].name, "__main__") ||
                !strcmp(asker.importers[i].name, "stockade.__main__") ||
                !strcmp(asker.importers[i].name, "runpy"));
    return ours;
}

static PyObject *
module_run_program(PyObject *Py_UNUSED(module), PyObject *args)
{
    stk_interp *state = stk_interp_get();
    PyObject *code, *globals;

    if (!state || !PyArg_ParseTuple(args, "O!O!:_run_program", &PyCode_Type,
                                    &code, &PyDict_Type, &globals))
        return NULL;
    if (state->program_ran || !stk_process_guard() || !is_ours_to_run(state)) {
        PyErr_SetString(PyExc_RuntimeError, "the program runs already");
        return NULL;
    }
    if (stk_program_check(state, (PyCodeObject *)code) < 0)
        return NULL;
    state->program_ran = true;
    if (stk_code_tag_program(state, (PyCodeObject *)code) < 0)
        return NULL;
    return PyEval_EvalCode(code, globals, globals);
}

PyDoc_STRVAR(start_child_doc,
             "_start_child($module, /, policy, observe, audit, policy_key, "
             "policy_state, digest, creators, parent, program, places)\n"
             "--\n"
             "\n"
             "install(), in a process that multiprocessing has started for "
             "a guarded one.");

static int
start_child(PyObject *module, stk_guard_options *options,
            const stk_child *child)
{
    stk_guard *guard;

    if (note_folder(module) < 0)
        return -1;
    if (stk_process_guard())
        return stk_child_join(options, child);
    guard = check_python() < 0 ? NULL : make_guard(options);
    if (!guard)
        return -1;
    if (stk_child_begin(guard, child) < 0) {
        stk_guard_free(guard);
        return -1;
    }
    return 0;
}

static PyObject *
module_start_child(PyObject *module, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = {
        "policy",       "observe", "audit",    "policy_key",
        "policy_state", "digest",  "creators", "parent",
        "program",      "places",  NULL,
    };
    unsigned long long dev, ino;
    stk_guard_options options = STK_GUARD_OPTIONS_INIT;
    stk_child child;
    PyObject *path;
    unsigned long parent;
    char host[64];
    int observe, result;

    if (!PyArg_ParseTupleAndKeywords(
            args, kwargs, "O&pzzzsOk(KK)O!:_start_child", STK_KEYWORDS(names),
            PyUnicode_FSConverter, &path, &observe, &options.audit,
            &options.policy_key, &options.policy_state, &options.digest,
            &child.creators, &parent, &dev, &ino, &PyTuple_Type,
            &child.places))
        return NULL;
    snprintf(host, sizeof host, "child of %lu", parent);
    options.policy = PyBytes_AS_STRING(path);
    options.observe = observe;
    options.host = host;
    child.program = (stk_file_id){ dev, ino };
    result = start_child(module, &options, &child);
    Py_DECREF(path);
    if (result < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "install", (PyCFunction)(void (*)(void))module_install,
      METH_VARARGS | METH_KEYWORDS, install_doc },
    { "current", module_current, METH_NOARGS, current_doc },
    { "_run_program", module_run_program, METH_VARARGS, run_program_doc },
    { "_hide_runner", stk_ending_hide_runner, METH_VARARGS,
      stk_ending_hide_runner_doc },
    { "_start_child", (PyCFunction)(void (*)(void))module_start_child,
      METH_VARARGS | METH_KEYWORDS, start_child_doc },
    { "_loader_of", stk_likeness_find, METH_O,
      "Return the loader of a module; what a pickle of one calls." },
    { "load", (PyCFunction)(void (*)(void))stk_load,
      METH_VARARGS | METH_KEYWORDS, stk_load_doc },
    { NULL, NULL, 0, NULL },
};

static int
exec_module(PyObject *module)
{
    stk_interp *state = stk_interp_get();

    if (!state)
        return -1;
    if (stk_attr_take(module, "ImportDenied",
                      Py_NewRef(state->import_denied)) < 0)
        return -1;
    if (stk_attr_take(module, "EventDenied", Py_NewRef(state->event_denied)) <
        0)
        return -1;
    if (stk_attr_take(module, "SignatureError",
                      Py_NewRef(state->signature_error)) < 0)
        return -1;
    if (stk_isolation_show(state, module) < 0)
        return -1;
    if (stk_attr_take(module, "Guard", stk_guard_type()) < 0)
        return -1;
    if (stk_attr_take(module, "Policy", stk_policy_type()) < 0)
        return -1;
    return PyModule_AddStringConstant(module, "__version__", STK_VERSION);
}

static PyModuleDef_Slot slots[] = {
    { Py_mod_exec, (void *)(uintptr_t)exec_module },
#if PY_VERSION_HEX >= 0x030C0000
    { Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED },
#endif
    { 0, NULL },
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "_stockade",
    "The C half of the package stockade.",
    0,
    methods,
    slots,
    NULL,
    NULL,
    NULL,
};

PyMODINIT_FUNC
PyInit__stockade(void)
{
    return PyModuleDef_Init(&definition);
}
