/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.Sandbox: a box with its workers. What runs in them is not looked
 * at here. */
#include "python/remote/sandbox.h"

#include <stdlib.h>
#include <string.h>

#include "python/object/class.h"
#include "python/object/convert.h"
#include "python/object/name.h"

static stk_sandbox *
as_box(PyObject *self)
{
    return (stk_sandbox *)self;
}

/* ---- workers --------------------------------------------------------- */

static void
end_worker(PyObject *worker, const char *why)
{
    if (worker)
        stk_worker_close(stk_as_remote(worker)->worker, why);
}

/* The next is not to be killed for what the ones before it took. */
static bool
is_spent(stk_worker *worker)
{
    uint64_t most = stk_worker_profile(worker)->cpu_ms;

    return most != STK_UNLIMITED &&
           stk_worker_cpu(worker) / 1000000u > most / 2;
}

/* Code of one name shares a worker, and so what it left there; code of
 * another has its own rights, and cannot be told from it in there. */
static bool
is_fit(const stk_sandbox *box, PyObject *name)
{
    stk_remote *remote = stk_as_remote(box->runner);

    return remote && stk_worker_is_alive(remote->worker) &&
           PyUnicode_Compare(remote->package, name) == 0 &&
           !is_spent(remote->worker);
}

/* What ends runs code, here and in other threads: the list may be another
 * after each. */
static int
drop_retired(stk_sandbox *box)
{
    for (Py_ssize_t i = PyList_GET_SIZE(box->retired); i-- > 0;) {
        PyObject *one;

        if (i >= PyList_GET_SIZE(box->retired))
            continue;
        one = PyList_GET_ITEM(box->retired, i);
        if ((Py_REFCNT(one) == 1 ||
             !stk_worker_is_alive(stk_as_remote(one)->worker)) &&
            PyList_SetSlice(box->retired, i, i + 1, NULL) < 0)
            return -1;
    }
    return 0;
}

/* The one before may be at work, in another thread, or have objects that the
 * host holds: those go on until the box is closed. No code runs in here. */
static int
replace_runner(stk_sandbox *box, PyObject *worker)
{
    PyObject *before = box->runner;

    if (before && PyList_Append(box->retired, before) < 0)
        return -1;
    box->runner = Py_NewRef(worker);
    Py_XDECREF(before);
    return 0;
}

static PyObject *
runner_of(stk_sandbox *box, PyObject *name)
{
    PyObject *worker, *made;

    if (is_fit(box, name))
        return Py_NewRef(box->runner);
    made = drop_retired(box) == 0 ? stk_sandbox_worker(box, name, true) : NULL;
    if (!made)
        return NULL;
    /* another thread may have been faster; while ours ends, there may be a
     * third one, of another name */
    worker = Py_NewRef(is_fit(box, name) ? box->runner : made);
    if (worker == made && replace_runner(box, made) < 0)
        Py_CLEAR(worker);
    Py_DECREF(made);
    return worker;
}

/* ---- run ------------------------------------------------------------- */

PyDoc_STRVAR(
    run_doc,
    "run($self, source, *, name='snippet', inputs=None, timeout=None)\n"
    "--\n"
    "\n"
    "Run a string of Python in a worker, and return what it left.\n"
    "\n"
    "source: str.\n"
    "name: str, what tracebacks and records call it; the policy judges its\n"
    "imports as those of this importer. Never take it from whoever wrote the\n"
    "code. It cannot be that of a module.\n"
    "inputs: dict of str to values, which are names of the code.\n"
    "timeout: float, seconds; the profile's `deadline` is the most: what is\n"
    "  above it is cut, with a RuntimeWarning.\n"
    "\n"
    "Returns a RunResult: value, output, denied, usage. Runs of one name "
    "share\n"
    "a worker: each has names of its own, and sys.stdout, the built-in "
    "names,\n"
    "decimal's context and other settings of the interpreter as they are at\n"
    "first; what one leaves in modules, os.environ say, the next may find.\n"
    "After its death, or half of the profile's `cpu`, the next has a new "
    "one,\n"
    "and code of another name has its own. An exception of the code is raised "
    "here: its\n"
    "__cause__ is a RemoteError with the traceback, whose `result` is the\n"
    "RunResult up to there. Raises SandboxTimeout and WorkerDied, which have\n"
    "a `result`, too.");

static PyObject *
run_named(stk_sandbox *box, stk_sandbox_job *job)
{
    PyObject *worker = runner_of(box, job->name), *result;

    if (!worker)
        return NULL;
    result = stk_sandbox_run(stk_as_remote(worker), job);
    Py_DECREF(worker);
    return result;
}

static PyObject *
box_run(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "source", "name", "inputs", "timeout",
                                         NULL };
    PyObject *name = NULL, *timeout = Py_None, *result = NULL;
    stk_sandbox_job job = { NULL, NULL, Py_None, 0 };
    stk_sandbox *box = as_box(self);

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "U|$UOO:run",
                                     STK_KEYWORDS(names), &job.source, &name,
                                     &job.inputs, &timeout) ||
        stk_sandbox_check(box) < 0)
        return NULL;
    job.source = stk_name_exact(job.source);
    job.name = name ? stk_name_exact(name) : PyUnicode_FromString("snippet");
    if (job.source && job.name &&
        stk_sandbox_check_job(&job, timeout, box->profile) == 0)
        result = run_named(box, &job);
    Py_XDECREF(job.source);
    Py_XDECREF(job.name);
    return result;
}

/* ---- modules --------------------------------------------------------- */

PyDoc_STRVAR(
    import_doc,
    "import_module($self, name, /)\n"
    "--\n"
    "\n"
    "Import a module into this box, and return it.\n"
    "\n"
    "name: str, absolute. It runs in a worker of its own under the profile "
    "of the\n"
    "box, with its submodules; nothing of it is in sys.modules. The policy "
    "judges\n"
    "it and what it imports. Asked for again it is the same one, or, once its "
    "worker\n"
    "died, a new one. Raises ImportError, and what the module raises.");

static PyObject *
box_import(PyObject *self, PyObject *name)
{
    stk_sandbox *box = as_box(self);
    PyObject *exact = stk_name_exact(name), *pair, *module = NULL;

    if (!exact)
        return NULL;
    pair = PyDict_GetItemWithError(box->modules, exact);
    if (stk_sandbox_check(box) == 0 && !PyErr_Occurred()) {
        if (pair && stk_worker_is_alive(
                        stk_as_remote(PyTuple_GET_ITEM(pair, 0))->worker))
            module = Py_NewRef(PyTuple_GET_ITEM(pair, 1));
        else
            module = stk_sandbox_import(box, exact);
    }
    Py_DECREF(exact);
    return module;
}

/* ---- life ------------------------------------------------------------ */

static void
end_all(stk_sandbox *box)
{
    const char *why = "its sandbox is closed";
    PyObject *name, *pair;
    Py_ssize_t at = 0;

    end_worker(box->runner, why);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(box->retired); i++)
        end_worker(PyList_GET_ITEM(box->retired, i), why);
    while (PyDict_Next(box->modules, &at, &name, &pair))
        end_worker(PyTuple_GET_ITEM(pair, 0), why);
    Py_CLEAR(box->runner);
    PyDict_Clear(box->modules);
    PyList_SetSlice(box->retired, 0, PY_SSIZE_T_MAX, NULL);
}

PyDoc_STRVAR(close_doc,
             "close($self)\n"
             "--\n"
             "\n"
             "End its workers, with all that lives in them. A second time "
             "does nothing.");

static PyObject *
box_close(PyObject *self, PyObject *Py_UNUSED(unused))
{
    as_box(self)->closed = true;
    end_all(as_box(self));
    Py_RETURN_NONE;
}

static PyObject *
box_enter(PyObject *self, PyObject *Py_UNUSED(unused))
{
    return stk_sandbox_check(as_box(self)) < 0 ? NULL : Py_NewRef(self);
}

static PyObject *
box_exit(PyObject *self, PyObject *Py_UNUSED(args))
{
    return box_close(self, NULL);
}

static PyObject *
box_get_profile(PyObject *self, void *Py_UNUSED(closure))
{
    return stk_to_str(as_box(self)->profile->name);
}

static PyObject *
box_get_closed(PyObject *self, void *Py_UNUSED(closure))
{
    return PyBool_FromLong(as_box(self)->closed);
}

static PyObject *
box_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<stockade.Sandbox %s%s>",
                                as_box(self)->profile->name,
                                as_box(self)->closed ? ", closed" : "");
}

static void
box_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    PyObject_GC_UnTrack(self);
    Py_CLEAR(as_box(self)->runner);
    Py_CLEAR(as_box(self)->modules);
    Py_CLEAR(as_box(self)->retired);
    free(as_box(self)->profile);
    type->tp_free(self);
    Py_DECREF(type);
}

static int
box_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(as_box(self)->runner);
    Py_VISIT(as_box(self)->modules);
    Py_VISIT(as_box(self)->retired);
    return 0;
}

static PyMethodDef box_methods[] = {
    { "run", (PyCFunction)(void (*)(void))box_run,
      METH_VARARGS | METH_KEYWORDS, run_doc },
    { "import_module", box_import, METH_O, import_doc },
    { "close", box_close, METH_NOARGS, close_doc },
    { "__enter__", box_enter, METH_NOARGS, "Return the box." },
    { "__exit__", box_exit, METH_VARARGS, "Close the box." },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef box_fields[] = {
    { "profile", box_get_profile, NULL, "str: the name of its profile.",
      NULL },
    { "closed", box_get_closed, NULL, "bool: it runs nothing any more.",
      NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

PyDoc_STRVAR(box_doc,
             "A box that code runs in. Made by Guard.sandbox().\n"
             "\n"
             "A context manager that closes it. Any thread may use it; of the "
             "strings of\n"
             "one name one runs at a time.");

static PyObject *
refuse_new(PyTypeObject *Py_UNUSED(type), PyObject *Py_UNUSED(args),
           PyObject *Py_UNUSED(kwargs))
{
    PyErr_SetString(PyExc_TypeError, "a Sandbox is made by Guard.sandbox()");
    return NULL;
}

static PyType_Slot box_slots[] = {
    { Py_tp_methods, box_methods },
    { Py_tp_getset, box_fields },
    { Py_tp_repr, (void *)(uintptr_t)box_repr },
    { Py_tp_new, (void *)(uintptr_t)refuse_new },
    { Py_tp_dealloc, (void *)(uintptr_t)box_dealloc },
    { Py_tp_traverse, (void *)(uintptr_t)box_traverse },
    { Py_tp_doc, (void *)(uintptr_t)box_doc },
    { 0, NULL },
};

static PyType_Spec box_spec = { "stockade.Sandbox", sizeof(stk_sandbox), 0,
                                Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                                box_slots };

PyObject *
stk_sandbox_type(void)
{
    return stk_class_seal(PyType_FromSpec(&box_spec));
}

/* ---- making one ------------------------------------------------------ */

static PyObject *
names_of_profiles(const stk_policy *policy)
{
    size_t n;
    const stk_profile *profiles = stk_policy_profiles(policy, &n);
    PyObject *text = PyUnicode_FromString("");

    for (size_t i = 0; text && i < n; i++)
        Py_SETREF(text, PyUnicode_FromFormat("%U%s%s", text, i ? ", " : "",
                                             profiles[i].name));
    return text;
}

static stk_profile *
copy_profile(const stk_policy *policy, PyObject *name)
{
    stk_utf8 text = { NULL, NULL };
    const stk_profile *profile = stk_utf8_get(&text, name) == 0
                                     ? stk_policy_profile(policy, text.text)
                                     : NULL;
    stk_profile *copy = profile ? malloc(sizeof *copy) : NULL;
    PyObject *known;

    if (copy)
        memcpy(copy, profile, sizeof *copy);
    else if (profile)
        PyErr_NoMemory();
    else if (text.text && (known = names_of_profiles(policy))) {
        PyErr_Format(PyExc_ValueError,
                     "the policy has no [sandbox %s]; it has %U", text.text,
                     known);
        Py_DECREF(known);
    }
    stk_utf8_clear(&text);
    return copy;
}

PyObject *
stk_sandbox_new(stk_interp *state, PyObject *name)
{
    stk_isolation *isolation = stk_isolation_get(state);
    stk_policy *policy = stk_guard_policy(stk_process_guard());
    stk_profile *profile = isolation ? copy_profile(policy, name) : NULL;
    PyObject *self = NULL;

    stk_policy_free(policy);
    if (profile)
        self = PyType_GenericAlloc((PyTypeObject *)isolation->box_type, 0);
    if (!self) {
        free(profile);
        return NULL;
    }
    as_box(self)->profile = profile;
    as_box(self)->modules = PyDict_New();
    as_box(self)->retired = PyList_New(0);
    if (!as_box(self)->modules || !as_box(self)->retired)
        Py_CLEAR(self);
    else /* who makes one mostly has code for it */
        stk_isolate_rouse(profile, STK_OP_RUN);
    return self;
}
