/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker imports because a module that it has imports it, of which
 * the policy says by `closure` that this is its own business.
 *
 * Who asks is the worker's word. So that a plugin which says that it is that
 * module gets no other code by it, what is sent must be named by an import
 * statement of the very code that was sent as that module, or be of the same
 * package. What the worker has, and the text of the standard library, is no
 * secret.
 */
#include "python/broker/broker.h"

#include <marshal.h>
#include <string.h>

#include "policy/name.h"
#include "python/asks/stated.h"
#include "python/load/origin.h"

/* Of a module with `closure`: whether it inherited it; what was sent as it,
 * later the names that this states, or None: nobody knows what it is. */
enum { ENTRY_INHERITED, ENTRY_SENT, ENTRY_N };

/* ---- what was sent --------------------------------------------------- */

/* The filters that the compiler asks: new reference; NULL without an
 * exception. */
static PyObject *
warning_filters(void)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module = PyDict_GetItemString(modules, "warnings"), *list;

    if (!module)
        module = PyDict_GetItemString(modules, "_warnings");
    list = module && PyModule_Check(module)
               ? PyDict_GetItemString(PyModule_GetDict(module), "filters")
               : NULL;
    return list && PyList_CheckExact(list) ? Py_NewRef(list) : NULL;
}

static void
take_out(PyObject *list, PyObject *item)
{
    Py_ssize_t i = PyList_GET_SIZE(list);

    while (i-- > 0)
        if (PyList_GET_ITEM(list, i) == item)
            PyList_SetSlice(list, i, i + 1, NULL);
}

/* It is run elsewhere: that warns, and what is an error here is none there. */
static PyObject *
compile_quietly(const char *text)
{
    PyObject *filters = warning_filters(), *code = NULL;
    PyObject *ignore =
        Py_BuildValue("sOOOi", "ignore", Py_None, PyExc_Warning, Py_None, 0);

    if (ignore && (!filters || PyList_Insert(filters, 0, ignore) == 0))
        code = Py_CompileString(text, "<sent>", Py_file_input);
    if (ignore && filters) {
        PyObject *type, *value, *traceback;

        PyErr_Fetch(&type, &value, &traceback);
        take_out(filters, ignore);
        PyErr_Restore(type, value, traceback);
    }
    Py_XDECREF(ignore);
    Py_XDECREF(filters);
    return code;
}

/* The code of `[kind, package, data, origin]`, for its names alone. */
static PyObject *
code_of(PyObject *sent)
{
    PyObject *kind = PyList_GET_ITEM(sent, 0),
             *data = PyList_GET_ITEM(sent, 2);
    const char *text;

    if (!PyBytes_CheckExact(data))
        return Py_NewRef(Py_None);
    text = PyBytes_AS_STRING(data);
    if (PyUnicode_CompareWithASCIIString(kind, "code") == 0)
        return PyMarshal_ReadObjectFromString(text, PyBytes_GET_SIZE(data));
    if (strlen(text) != (size_t)PyBytes_GET_SIZE(data))
        return Py_NewRef(Py_None);
    return compile_quietly(text);
}

/* Code that does not compile runs nowhere, and states nothing. NULL with any
 * other exception: the next time it may be known. */
static PyObject *
names_of(PyObject *sent)
{
    PyObject *names = PySet_New(NULL), *code = names ? code_of(sent) : NULL;

    if (names && !code && PyErr_ExceptionMatches(PyExc_SyntaxError))
        PyErr_Clear();
    else if (names && (!code || (PyCode_Check(code) &&
                                 stk_stated_add(names, code) < 0)))
        Py_CLEAR(names);
    Py_XDECREF(code);
    return names;
}

/* ---- one that asks --------------------------------------------------- */

/* Of `name`, or of the package that it is in. Borrowed, or NULL. */
static PyObject *
find_entry(const stk_remote *remote, PyObject *name, bool *exact)
{
    Py_ssize_t dot = PyUnicode_GET_LENGTH(name);
    PyObject *entry = NULL, *package;

    for (*exact = true; !entry && dot > 0; *exact = false) {
        package = PyUnicode_Substring(name, 0, dot);
        entry = package ? PyDict_GetItemWithError(remote->closures, package)
                        : NULL;
        Py_XDECREF(package);
        if (entry || PyErr_Occurred())
            break;
        dot = PyUnicode_FindChar(name, '.', 0, dot, -1);
    }
    return entry;
}

/* 1: the code that was sent states `name`; 0; -1. */
static int
states(PyObject *entry, PyObject *name)
{
    PyObject *names = PyList_GET_ITEM(entry, ENTRY_SENT);

    if (PyList_CheckExact(names)) {
        names = names_of(names);
        if (!names || PyList_SetItem(entry, ENTRY_SENT, names) < 0)
            return -1;
    }
    return PySet_Contains(names, name);
}

/* 1: what was sent as it closes over what is asked for; 0; -1. */
static int
sent_closes(const stk_broker_request *r, PyObject *entry, bool exact)
{
    if (PyList_GET_ITEM(entry, ENTRY_SENT) == Py_None)
        return 0;
    if (stk_name_same_top(r->text.text, r->claimed.text))
        return 1;
    return exact ? states(entry, r->name) : 0;
}

/* 1: it is the business of what the worker says that asks; 0; -1. */
static int
closes(stk_broker_request *r, const stk_remote *remote, bool is_library,
       uint32_t *flags)
{
    PyObject *entry;
    bool exact;
    int result;

    if (!PyDict_GET_SIZE(remote->closures))
        return 0;
    entry = find_entry(remote, r->importer, &exact);
    if (!entry || entry == Py_None)
        return PyErr_Occurred() ? -1 : 0;
    if (PyList_GET_ITEM(entry, ENTRY_INHERITED) == Py_True)
        *flags = STK_REQUEST_CLOSURE;
    if (is_library || r->loaded)
        return 1;
    result = sent_closes(r, entry, exact);
    r->unproven = result == 0 && r->kept;
    r->lazily = result == 0;
    return r->unproven ? 1 : result;
}

static int
find_asker(stk_broker_request *r, const stk_remote *remote)
{
    const stk_interp *state = stk_interp_get();
    uint32_t flags = 0;
    bool is_library;
    int closed;

    r->asker = (stk_importer){ r->package.text, 0 };
    if (!state || !r->claimed.text || r->own)
        return state ? 0 : -1;
    is_library = stk_origin_is_stdlib_name(state, r->name);
    closed = closes(r, remote, is_library, &flags);
    if (closed > 0 ||
        (is_library && stk_origin_is_stdlib_name(state, r->importer)))
        r->asker = (stk_importer){ r->claimed.text, flags };
    return closed < 0 ? -1 : 0;
}

const stk_loader_rule *
stk_broker_loader(const stk_broker_request *r)
{
    return r->judgement.decision.bundle
               ? NULL
               : stk_policy_loader(r->judgement.policy, r->text.text);
}

static void
judge(stk_broker_request *r)
{
    stk_attempt attempt = stk_broker_attempt(r);

    stk_guard_judge(stk_process_guard(), &attempt, &r->judgement);
}

void
stk_broker_judge_anew(stk_broker_request *r)
{
    r->unproven = false;
    r->asker = (stk_importer){ r->package.text, 0 };
    stk_judgement_clear(&r->judgement);
    judge(r);
}

/* That the worker has it is no reason to send what has to be verified: then
 * it is the plugin's own import. */
int
stk_broker_judge(stk_broker_request *r, const stk_remote *remote)
{
    if (find_asker(r, remote) < 0)
        return -1;
    judge(r);
    if (r->unproven && !r->judgement.refuse &&
        (stk_requirement_signed(r->judgement.decision.requirement) ||
         stk_broker_loader(r)))
        stk_broker_judge_anew(r);
    return 0;
}

int
stk_broker_note_closure(const stk_broker_request *r, stk_remote *remote,
                        PyObject *sent)
{
    bool inherits = r->judgement.decision.reason == STK_REASON_CLOSURE;
    bool closes_over =
        inherits || stk_policy_closes(r->judgement.policy, r->text.text);
    PyObject *entry;
    int result;

    if (r->own || r->loaded || sent == Py_None)
        return 0;
    if (!closes_over && !PyDict_GET_SIZE(remote->closures))
        return 0;
    entry = closes_over ? Py_BuildValue("[OO]", inherits ? Py_True : Py_False,
                                        r->unproven ? Py_None : sent)
                        : Py_NewRef(Py_None); /* it inherits nothing */
    result = entry ? PyDict_SetItem(remote->closures, r->name, entry) : -1;
    Py_XDECREF(entry);
    return result;
}
