/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layer 1: the audit hook (PEP 578). It refuses at the `import` event,
 * tags the code of modules at the `exec` event, and puts the other layers
 * into an interpreter as soon as that has what they stand in.
 */
#include "python/layers/layers.h"

#include <string.h>

#include "python/asks/frame.h"
#include "python/asks/home.h"
#include "python/asks/importframes.h"
#include "python/asks/tag.h"
#include "python/attempt/attempt.h"
#include "python/attempt/attempt_reload.h"
#include "python/attempt/lent.h"
#include "python/later/hooked.h"
#include "python/layers/children.h"
#include "python/layers/event.h"
#include "python/load/byfile.h"
#include "python/load/byhand.h"
#include "python/load/origin.h"
#include "python/load/pins.h"
#include "python/load/places.h"
#include "python/load/program.h"
#include "python/object/importer.h"
#include "python/object/name.h"
#include "python/process/child.h"

/* ---- import ---------------------------------------------------------- */

static int
judge_event(stk_interp *state, PyObject *name)
{
    stk_attempt_open *attempt;
    PyObject *exact;
    int result = 0;

    if (!PyUnicode_Check(name))
        return 0;
    exact = stk_name_exact(name);
    if (!exact)
        return -1;
    if (!stk_attempt_find(state, exact)) {
        /* layer 2 was not asked: PyImport_ImportModuleLevel() from C, or
         * _imp.create_dynamic(); the layers behind judge it again and
         * record it, only a refusal ends here */
        attempt = stk_attempt_begin(state, exact);
        if (attempt)
            stk_attempt_drop(attempt);
        else
            result = -1;
    }
    Py_DECREF(exact);
    return result;
}

/* The interpreter state, with its layers in place as far as they can be:
 * NULL without an exception while it is not so far, -1 in *failed. */
static stk_interp *
ready_state(int *failed)
{
    stk_interp *state = stk_interp_find();

    *failed = 0;
    if (state && state->attached)
        return state;
    if (Py_IsFinalizing())
        return NULL;
    state = stk_interp_get();
    if (!state || stk_layers_attach(state) < 0) {
        *failed = -1;
        return NULL;
    }
    return state->attached ? state : NULL;
}

static int
see_import(PyObject *args)
{
    int failed;
    stk_interp *state = ready_state(&failed);

    if (!state)
        return failed;
    if (stk_tripwire(state) < 0)
        return -1;
    return judge_event(state, PyTuple_GET_ITEM(args, 0));
}

/* ---- exec ------------------------------------------------------------ */

/*
 * Code that the host runs, with no Python code below it: the program. There
 * is one in a process; an embedding host may run more. Code that a thread,
 * or an exit function, executes looks the same, and is not it.
 */
static int
see_program(stk_interp *state, PyCodeObject *code)
{
    /* what runs in an interpreter that somebody has made is bound as he is */
    bool again = state->program_began && !stk_process_embedded() &&
                 state->n_creators == 0;

    if (again || stk_askers_inherited())
        return 0;
    if (Py_IsInitialized() && stk_program_check(state, code) < 0)
        return -1;
    if (Py_IsInitialized()) {
        state->program_began = true;
        state->phase = STK_PHASE_ENFORCE;
        if (stk_places_note(state) < 0)
            return -1;
    }
    return stk_code_tag_program(state, code);
}

/* runpy alone on the stack: `python -m`, or a folder or zip as script. */
static bool
is_run_as_main(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame(), *back;
    uint32_t runpy;
    bool all;

    if (!frame || stk_frame_is_importlib(state))
        return false;
    runpy = stk_importer_number("runpy", 0, 0);
    all = runpy != 0;
    Py_INCREF(frame);
    while (frame && all) {
        all = stk_frame_tag(state, frame).importer == runpy;
        back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    Py_XDECREF(frame);
    return all;
}

/* The modules whose code is the import system: never an importer. */
static bool
is_importlib_name(const char *name)
{
    static const char *const names[] = { "_frozen_importlib_external",
                                         "importlib", "importlib.util",
                                         "zipimport" };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (name && !strcmp(name, names[i]))
            return true;
    return false;
}

/* A loader that is driven by hand executes what no finder was asked for. */
static int
judge_code(stk_interp *state, PyCodeObject *code)
{
    PyObject *name = stk_origin_of_code(state, code);
    stk_utf8 utf8;
    int result = 0;

    if (!name)
        return 0;
    if (stk_utf8_get(&utf8, name) < 0) {
        Py_DECREF(name);
        return -1;
    }
    if (!stk_guard_is_free(stk_process_guard(), utf8.text))
        result = stk_attempt_once(state, name);
    stk_utf8_clear(&utf8);
    Py_DECREF(name);
    return result;
}

static int
refuse_name(stk_interp *state)
{
    stk_error err = STK_ERROR_INIT;
    stk_asker asker;
    int result;

    stk_asker_innermost(&asker, state);
    result = stk_guard_record_tamper(stk_process_guard(), "importlib", NULL,
                                     asker.importers[0].name, &err);
    if (result < 0)
        PyErr_SetString(PyExc_ImportError, err.message);
    return result;
}

/*
 * A loader of CPython's that was patched executes whatever it likes in the
 * name of the standard library: then the code stays unknown. Of another
 * module, it is held to what binds those who had it imported.
 */
static int
tag_lent(stk_interp *state, PyCodeObject *code, stk_attempt_open *attempt)
{
    if (stk_attempt_from_stdlib(attempt))
        return refuse_name(state);
    if (!stk_attempt_is_brought(attempt))
        stk_attempt_set_brought(attempt);
    return stk_audithook_body(state, code, attempt,
                              stk_attempt_number(attempt));
}

/* importlib executes it, but nobody asked for it by its name. */
static int
tag_reloaded(stk_interp *state, PyCodeObject *code)
{
    stk_attempt_open *attempt = stk_attempt_reloading(state);
    stk_code_tag tag = { STK_CODE_RELOADED, 0 };
    int result;

    if (!attempt)
        return stk_byfile_judge(state, code);
    tag.importer = stk_attempt_number(attempt);
    if (!stk_lent_is_own(state, attempt, code))
        result = tag_lent(state, code, attempt);
    else if (stk_home_note_body(state, tag.importer) < 0)
        result = -1;
    else
        result = stk_code_tag_tree(state, code, tag);
    stk_attempt_reloaded(state);
    return result;
}

static int
tag_module(stk_interp *state, PyCodeObject *code)
{
    uint32_t importer = 0;
    stk_attempt_open *attempt = stk_attempt_executing(state, &importer);

    if (!attempt)
        return tag_reloaded(state, code);
    /* its finder is still looking: somebody has something else executed
     * from there */
    if (!stk_attempt_is_found(attempt))
        return 0;
    if (stk_attempt_is_brought(attempt) && stk_byfile_judge(state, code) < 0)
        return -1;
    if (!stk_lent_is_own(state, attempt, code))
        return tag_lent(state, code, attempt);
    if (stk_home_note_body(state, importer) < 0)
        return -1;
    return stk_audithook_body(state, code, attempt, importer);
}

bool
stk_audithook_is_plain(const stk_attempt_open *attempt, uint32_t importer)
{
    return !is_importlib_name(stk_importer_get(importer).name) ||
           !stk_attempt_from_stdlib(attempt);
}

int
stk_audithook_body(stk_interp *state, PyCodeObject *code,
                   const stk_attempt_open *attempt, uint32_t importer)
{
    stk_code_tag tag = { STK_CODE_BODY, importer };

    if (!stk_audithook_is_plain(attempt, importer)) {
        /* the body asks as any other; what it defines is the import system */
        if (stk_code_tag_set(state, code, tag) < 0)
            return -1;
        tag = (stk_code_tag){ STK_CODE_IMPORTLIB, 0 };
    }
    return stk_code_tag_tree(state, code, tag);
}

/*
 * Modules that write the functions of a class as text; none of that name that
 * somebody brought along. Whoever gets them to write what he likes has no
 * more of it than of a bare callable: it asks for nothing itself only where
 * it calls a function of the program.
 */
static bool
is_generator(uint32_t importer)
{
    static const char *const names[] = { "attr._make", "collections",
                                         "dataclasses" };
    const char *name = stk_importer_get(importer).name;

    if (!name || stk_importer_brought_by(importer) != 0)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

/* A loader of the program's own executes what importlib asked it for: pytest
 * rewrites what it loads. What the standard library executes for whoever
 * hands it code stays unknown. */
static int
tag_loaded(stk_interp *state, PyCodeObject *code)
{
    PyFrameObject *frame = PyEval_GetFrame(), *back;
    stk_code_tag tag = { STK_CODE_BODY, 0 };
    uint32_t loader = stk_frame_tag(state, frame).importer;

    /* what C calls amid an import in C is not the statement's code */
    if (loader == 0 || stk_attempt_is_amid(state))
        return stk_byfile_judge(state, code);
    if (is_generator(loader)) {
        tag.kind = STK_CODE_GENERATED;
        return stk_code_tag_tree(state, code, tag);
    }
    if (stk_policy_in_stdlib(stk_importer_get(loader).name))
        return stk_byfile_judge(state, code);
    back = PyFrame_GetBack(frame);
    if (back && stk_frame_tag(state, back).kind == STK_CODE_IMPORTLIB) {
        back = stk_frame_skip_importlib(state, back);
        tag.importer = stk_attempt_loaded(state, back, loader);
    }
    Py_XDECREF(back);
    if (stk_byfile_judge(state, code) < 0)
        return -1;
    return tag.importer ? stk_code_tag_tree(state, code, tag) : 0;
}

static int
see_exec(PyObject *args)
{
    stk_interp *state = stk_interp_find();
    PyObject *code = PyTuple_GET_ITEM(args, 0);

    if (!state || !state->attached || !PyCode_Check(code))
        return 0;
    if (stk_tripwire(state) < 0)
        return -1;
    if (code == state->announced)
        return 0;
    stk_importframes_learn(state);
    if (!PyEval_GetFrame())
        return see_program(state, (PyCodeObject *)code);
    if (is_run_as_main(state) ||
        stk_child_runs_main(state, (PyCodeObject *)code))
        return see_program(state, (PyCodeObject *)code);
    if (stk_byhand_body(state, code) < 0 ||
        judge_code(state, (PyCodeObject *)code) < 0)
        return -1;
    if (stk_frame_is_importlib(state))
        return tag_module(state, (PyCodeObject *)code);
    return tag_loaded(state, (PyCodeObject *)code);
}

/* ---- function.__new__ ------------------------------------------------ */

/* types.FunctionType(code, namespace) executes a body with no exec. */
static int
see_function(PyObject *args)
{
    stk_interp *state = stk_interp_find();
    PyObject *code = PyTuple_GET_ITEM(args, 0);

    if (!state || !state->attached || !PyCode_Check(code))
        return 0;
    return judge_code(state, (PyCodeObject *)code);
}

/* ---- object.__setattr__ ---------------------------------------------- */

/* A function gets other code, a class other bases. */
static int
see_write(PyObject *args)
{
    stk_interp *state = stk_interp_find();

    if (state && state->attached)
        stk_pins_see_write(state, PyTuple_GET_ITEM(args, 0));
    return 0;
}

/* ---- sys.monitoring -------------------------------------------------- */

/* Before a tool is called at all; it may be, from then on. */
static int
see_monitoring(PyObject *Py_UNUSED(args))
{
    stk_interp *state = stk_interp_find();

    if (state)
        state->monitored = true;
    return 0;
}

/* ---- hooks of sys ---------------------------------------------------- */

static int
see_hook(PyObject *args)
{
    stk_interp *state = stk_interp_find();

    if (state && state->attached)
        stk_hooked_see(state, PyTuple_GET_ITEM(args, 0));
    return 0;
}

/* ---- interpreters ---------------------------------------------------- */

void
stk_audithook_note_creators(void)
{
    stk_interp *state = stk_interp_find();
    stk_asker asker;

    if (!state || !state->attached || !stk_process_guard())
        return;
    stk_asker_all(&asker, state, NULL);
    stk_interp_set_creators(asker.numbers,
                            stk_asker_is_host(&asker) ? 0 : asker.n);
}

/* What runs in a new interpreter has no frame of whoever made it. */
static int
see_interpreter(PyObject *Py_UNUSED(args))
{
    stk_audithook_note_creators();
    return 0;
}

/* ---- processes ------------------------------------------------------- */

/* os.exec*(), os.posix_spawn(): the program comes first. */
static int
see_program_start(PyObject *args)
{
    return stk_children_see(stk_interp_find(), PyTuple_GET_ITEM(args, 0));
}

/* ---- signatures ------------------------------------------------------ */

static int
see_open(PyObject *args)
{
    stk_interp *state = stk_interp_find();

    return state && state->attached ? stk_byhand_open(state, args) : 0;
}

static int
see_run(const char *event, PyObject *args)
{
    stk_interp *state = stk_interp_find();

    return state && state->attached ? stk_program_event(state, event, args)
                                    : 0;
}

/* ---- the hook -------------------------------------------------------- */

#define EVENT_MONITORING "sys.monitoring.register_callback"

static const struct {
    const char *event;
    Py_ssize_t args; /* at least */
    int (*see)(PyObject *args);
} events[] = {
    { "builtins.breakpoint", 1, see_hook },
    { STK_EVENT_INTERPRETER, 0, see_interpreter },
    { "exec", 1, see_exec },
    { "function.__new__", 1, see_function },
    { "import", 1, see_import },
    { "object.__setattr__", 2, see_write },
    { "open", 1, see_open },
    { "os.exec", 1, see_program_start },
    { "os.posix_spawn", 1, see_program_start },
    { "sys.excepthook", 1, see_hook },
    { EVENT_MONITORING, 0, see_monitoring },
    { "sys.unraisablehook", 1, see_hook },
};

#define N_EVENTS (sizeof events / sizeof *events)

static bool
has_args(PyObject *args, Py_ssize_t least)
{
    return least == 0 ||
           (args && PyTuple_Check(args) && PyTuple_GET_SIZE(args) >= least);
}

/* Before 3.11 there is a "code.__new__" for each function of a module that is
 * loaded: it leaves before it is compared with anything. */
static inline bool
is_of_cpython(const char *event)
{
    return event[0] == 'c' && event[1] == 'p';
}

/* Some programs call id() more often than anything else: an event is compared
 * with those that begin as it does, and the table is in the order of that. */
static int
see_event(const char *event, PyObject *args)
{
    char letter = event[0];

    if (!strchr("bcefios", letter) || (letter == 'c' && !is_of_cpython(event)))
        return 0;
    if (letter == 'c' && !strncmp(event, "cpython.run_", 12))
        return see_run(event, args);
    for (size_t i = 0; i < N_EVENTS && events[i].event[0] <= letter; i++)
        if (events[i].event[0] == letter && !strcmp(event, events[i].event))
            return has_args(args, events[i].args) ? events[i].see(args) : 0;
    return 0;
}

/* CPython takes its hooks away when it is finalised: a Python that the
 * process starts after that has none of them. */
#define EVENT_CLEARED "cpython._PySys_ClearAuditHooks"

static bool added;

/* What interpfn.c judges: CPython 3.12 crashes where a hook says no. */
static bool
is_judged_elsewhere(const char *event)
{
    return PY_VERSION_HEX >= 0x030C0000 &&
           strcmp(event, STK_EVENT_INTERPRETER) == 0;
}

/* Every event of the process comes through here: most leave at once. */
static int
audit_hook(const char *event, PyObject *args, void *Py_UNUSED(payload))
{
    if (is_of_cpython(event) && !strcmp(event, EVENT_CLEARED) &&
        Py_IsFinalizing())
        added = false;
    if (!stk_process_guard())
        return 0;
    if (see_event(event, args) < 0)
        return -1;
    return stk_guard_watches(stk_process_guard(), event) &&
                   !is_judged_elsewhere(event) &&
                   !stk_importframes_raises(event)
               ? stk_event_see(event, args)
               : 0;
}

int
stk_audithook_add(void)
{
    /* one is enough for every interpreter of a running Python */
    if (added)
        return 0;
    if (PySys_AddAuditHook(audit_hook, NULL) < 0)
        return -1;
    added = true;
    return 0;
}
