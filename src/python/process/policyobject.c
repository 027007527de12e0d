/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.Policy: a policy that is asked and not in force. */
#include "python/process/objects.h"

#include <stdlib.h>
#include <string.h>

#include "python/object/class.h"
#include "python/object/convert.h"

typedef struct policy_object {
    PyObject_HEAD stk_policy *policy; /* owned */
} policy_object;

static PyObject *
policy_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "path", NULL };
    stk_messages messages = { NULL };
    stk_error err = STK_ERROR_INIT;
    policy_object *self = NULL;
    PyObject *path;
    stk_policy *policy;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O&:Policy",
                                     STK_KEYWORDS(names),
                                     PyUnicode_FSConverter, &path))
        return NULL;
    messages.list = PyList_New(0);
    if (stk_policy_load(&policy, PyBytes_AS_STRING(path), stk_messages_report,
                        &messages, &err) < 0) {
        stk_messages_raise(&messages, &err);
    } else {
        self = (policy_object *)type->tp_alloc(type, 0);
        if (self)
            self->policy = policy;
        else
            stk_policy_free(policy);
    }
    Py_XDECREF(messages.list);
    Py_DECREF(path);
    return (PyObject *)self;
}

static void
policy_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    stk_policy_free(((policy_object *)self)->policy);
    type->tp_free(self);
    Py_DECREF(type);
}

static int
read_asked(stk_asked *asked, PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "name", "importer", "closure",
                                         "event", NULL };
    PyObject *name, *importer = NULL;
    int closure = 0, event = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|Op$p",
                                     STK_KEYWORDS(names), &name, &importer,
                                     &closure, &event) ||
        stk_asked_read(asked, name, importer) < 0)
        return -1;
    if (closure)
        asked->request.flags |= STK_REQUEST_CLOSURE;
    if (event)
        asked->request.flags |= STK_REQUEST_EVENT;
    return 0;
}

PyDoc_STRVAR(
    decide_doc,
    "decide($self, name, importer=None, closure=False, *, event=False)\n"
    "--\n"
    "\n"
    "Answer whether `importer` may import `name`.\n"
    "\n"
    "name: str, the absolute module name.\n"
    "importer: str, the module that asks; None for one that no section "
    "names.\n"
    "closure: bool, the importer was first loaded through a `closure`.\n"
    "event: bool, `name` is that of an audit event which it fires.\n"
    "Returns a dict: verdict, reason, rule, requirements.");

static PyObject *
policy_decide(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result;
    stk_asked asked;

    if (read_asked(&asked, args, kwargs) < 0)
        return NULL;
    result = stk_to_decision(((policy_object *)self)->policy, &asked.request);
    stk_asked_clear(&asked);
    return result;
}

PyDoc_STRVAR(
    explain_doc,
    "explain($self, name, importer=None, closure=False, *, event=False)\n"
    "--\n"
    "\n"
    "Answer as decide() does, and say why.\n"
    "\n"
    "Returns the dict that `stockade explain --format json` prints: name,\n"
    "event, importer, verdict, enforced, rule, requirements, reason, fix, "
    "lost; and signing where a signature is required.");

static PyObject *
policy_explain(PyObject *self, PyObject *args, PyObject *kwargs)
{
    PyObject *result;
    stk_asked asked;

    if (read_asked(&asked, args, kwargs) < 0)
        return NULL;
    result =
        stk_to_explanation(((policy_object *)self)->policy, &asked.request);
    stk_asked_clear(&asked);
    return result;
}

static PyObject *
policy_str(PyObject *self)
{
    stk_error err = STK_ERROR_INIT;
    PyObject *result;
    char *text;

    if (stk_policy_print(&text, ((policy_object *)self)->policy, &err) < 0) {
        stk_raise_error(&err);
        return NULL;
    }
    result = stk_to_str(text);
    free(text);
    return result;
}

static PyObject *
policy_repr(PyObject *self)
{
    PyObject *path =
        stk_to_str(stk_policy_file(((policy_object *)self)->policy));
    PyObject *text =
        path ? PyUnicode_FromFormat("<stockade.Policy %R>", path) : NULL;

    Py_XDECREF(path);
    return text;
}

static PyMethodDef policy_methods[] = {
    { "decide", (PyCFunction)(void (*)(void))policy_decide,
      METH_VARARGS | METH_KEYWORDS, decide_doc },
    { "explain", (PyCFunction)(void (*)(void))policy_explain,
      METH_VARARGS | METH_KEYWORDS, explain_doc },
    { NULL, NULL, 0, NULL },
};

PyDoc_STRVAR(
    policy_doc,
    "Policy(path)\n"
    "--\n"
    "\n"
    "A policy that can be asked; it guards nothing. str() is its canonical\n"
    "text.\n"
    "\n"
    "path: str, bytes or os.PathLike.\n"
    "Raises OSError when it cannot be read and ValueError, with every error "
    "a\n"
    "line, when it is no policy.");

static PyType_Slot policy_slots[] = {
    { Py_tp_new, (void *)(uintptr_t)policy_new },
    { Py_tp_dealloc, (void *)(uintptr_t)policy_dealloc },
    { Py_tp_methods, policy_methods },
    { Py_tp_repr, (void *)(uintptr_t)policy_repr },
    { Py_tp_str, (void *)(uintptr_t)policy_str },
    { Py_tp_doc, (void *)(uintptr_t)policy_doc },
    { 0, NULL },
};

static PyType_Spec policy_spec = { "stockade.Policy", sizeof(policy_object), 0,
                                   Py_TPFLAGS_DEFAULT, policy_slots };

PyObject *
stk_policy_type(void)
{
    return stk_class_seal(PyType_FromSpec(&policy_spec));
}
