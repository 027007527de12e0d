/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Beside importers: what makes interpreters on CPython 3.12 (where the event
 * of it cannot be refused) and 3.13 (which raises none). _interpreters of
 * 3.13 takes no function whose code somebody has marked (PEP 523), either,
 * and ours have a mark each: as what the other interpreter runs is a copy,
 * the mark is away while it does.
 */
#include "python/layers/layers.h"

#include "python/later/handover.h"
#include "python/layers/event.h"
#include "python/object/carry.h"

#if PY_VERSION_HEX < 0x030C0000

int
stk_interpfn_mend(PyObject *Py_UNUSED(dict))
{
    return 0;
}

#else

#if PY_VERSION_HEX >= 0x030D0000

#define MODULE "_interpreters"

/* The code of what may be asked to run there: borrowed, or NULL. */
static PyCodeObject *
code_of(PyObject *object)
{
    if (PyFunction_Check(object))
        object = PyFunction_GET_CODE(object);
    return PyCode_Check(object) ? (PyCodeObject *)object : NULL;
}

/* Of (id, callable, ...): the second, or the one with a name. */
static PyCodeObject *
find_code(PyObject *args, PyObject *kwargs)
{
    PyObject *key, *value;
    PyCodeObject *code = NULL;
    Py_ssize_t at = 0;

    if (PyTuple_GET_SIZE(args) > 1)
        return code_of(PyTuple_GET_ITEM(args, 1));
    while (kwargs && !code && PyDict_Next(kwargs, &at, &key, &value))
        code = code_of(value);
    return code;
}

static void
put_back(PyCodeObject *code, void *extra)
{
    /* another thread had taken it away before */
    if (!extra)
        return;
    /* marked anew in between: the mark is the same */
    PyMem_Free(code->co_extra);
    code->co_extra = extra;
}

static PyObject *
run_there(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyCodeObject *code = find_code(args, kwargs);
    PyObject *result;
    void *extra;

    if (!code || !stk_interp_find())
        return PyObject_Call(stk_carried(self), args, kwargs);
    Py_INCREF(code);
    extra = code->co_extra;
    code->co_extra = NULL;
    result = PyObject_Call(stk_carried(self), args, kwargs);
    put_back(code, extra);
    Py_DECREF(code);
    return result;
}

#define RUN (PyCFunction)(void (*)(void)) run_there

#else /* 3.12 */

#define MODULE "_xxsubinterpreters"

#endif

/*
 * The event is judged here: 3.13 raises none, and 3.12 crashes where a hook
 * refuses it (new_interpreter() gives no thread state and no error). What
 * runs in the new one is bound as whoever makes it.
 */
static PyObject *
create_there(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result;

    if (stk_process_guard() &&
        stk_guard_watches(stk_process_guard(), STK_EVENT_INTERPRETER) &&
        stk_event_see(STK_EVENT_INTERPRETER, NULL) < 0)
        return NULL;
    stk_audithook_note_creators();
    result = PyObject_Call(stk_carried(self), args, kwargs);
    /* where nothing was imported in it, nobody has taken them over */
    stk_interp_set_creators(NULL, 0);
    return result;
}

/* Their docs are those of CPython's own. */
static PyMethodDef definitions[] = {
    { "create", (PyCFunction)(void (*)(void))create_there,
      METH_VARARGS | METH_KEYWORDS, NULL },
#if PY_VERSION_HEX >= 0x030D0000
    { "call", RUN, METH_VARARGS | METH_KEYWORDS, NULL },
    { "exec", RUN, METH_VARARGS | METH_KEYWORDS, NULL },
    { "run_func", RUN, METH_VARARGS | METH_KEYWORDS, NULL },
#endif
};

int
stk_interpfn_mend(PyObject *dict)
{
    for (size_t i = 0; i < sizeof definitions / sizeof *definitions; i++)
        if (stk_handover_builtin(dict, MODULE, &definitions[i]) < 0)
            return -1;
    return 0;
}

#endif
