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
#include "python/broker.h"

#include <marshal.h>
#include <opcode.h>
#include <string.h>

#include "python/origin.h"

#define NESTED_MAX 100 /* code within code */

/* Of a module with `closure`: whether it inherited it; what was sent as it,
 * later the names that this states, or None: nobody knows what it is. */
enum { ENTRY_INHERITED, ENTRY_SENT, ENTRY_N };

/* ---- what code states ------------------------------------------------ */

typedef struct statement {
    PyObject *names;         /* borrowed; set */
    PyObject *tuple;         /* borrowed; co_names */
    PyObject *consts;        /* borrowed; co_consts */
    Py_ssize_t before, last; /* of the last two LOAD_CONST, or -1 */
    PyObject *from;          /* borrowed; the module of the statement */
} statement;

static bool
is_absolute(const statement *s)
{
    PyObject *level = s->before >= 0 && s->before < PyTuple_GET_SIZE(s->consts)
                          ? PyTuple_GET_ITEM(s->consts, s->before)
                          : NULL;

    return level && PyLong_CheckExact(level) &&
           PyObject_RichCompareBool(level, Py_False, Py_EQ) == 1;
}

/* A name, and the packages on the way to it. */
static int
add_name(PyObject *names, PyObject *name)
{
    Py_ssize_t end = PyUnicode_GET_LENGTH(name);
    int result = 0;

    for (; result == 0 && end > 0;
         end = PyUnicode_FindChar(name, '.', 0, end, -1)) {
        PyObject *part = PyUnicode_Substring(name, 0, end);

        result = part ? PySet_Add(names, part) : -1;
        Py_XDECREF(part);
    }
    return result;
}

static int
add_item(const statement *s, PyObject *item)
{
    PyObject *name = PyUnicode_FromFormat("%U.%U", s->from, item);
    int result = name ? PySet_Add(s->names, name) : -1;

    Py_XDECREF(name);
    return result;
}

static int
take_instruction(statement *s, int op, Py_ssize_t arg)
{
    bool is_name = arg < PyTuple_GET_SIZE(s->tuple);

    if (op == LOAD_CONST) {
        s->before = s->last;
        s->last = arg;
    } else if (op == IMPORT_NAME && is_name) {
        s->from = is_absolute(s) ? PyTuple_GET_ITEM(s->tuple, arg) : NULL;
        return s->from ? add_name(s->names, s->from) : 0;
    } else if (op == IMPORT_FROM && is_name && s->from) {
        return add_item(s, PyTuple_GET_ITEM(s->tuple, arg));
    }
    return 0;
}

static int
read_instructions(statement *s, PyObject *bytes)
{
    const unsigned char *ops = (unsigned char *)PyBytes_AS_STRING(bytes);
    Py_ssize_t n = PyBytes_GET_SIZE(bytes), arg = 0;
    int result = 0;

    for (Py_ssize_t i = 0; result == 0 && i + 1 < n; i += 2) {
        arg = (arg << 8 | ops[i + 1]) & 0x7fffffff;
        if (ops[i] == EXTENDED_ARG)
            continue;
        result = take_instruction(s, ops[i], arg);
        arg = 0;
    }
    return result;
}

static int add_stated(PyObject *names, PyObject *code, int depth);

static int
add_nested(PyObject *names, PyObject *consts, int depth)
{
    int result = 0;

    for (Py_ssize_t i = 0; result == 0 && i < PyTuple_GET_SIZE(consts); i++)
        if (PyCode_Check(PyTuple_GET_ITEM(consts, i)))
            result = add_stated(names, PyTuple_GET_ITEM(consts, i), depth + 1);
    return result;
}

static int
add_stated(PyObject *names, PyObject *code, int depth)
{
    PyObject *bytes = PyObject_GetAttrString(code, "co_code");
    PyObject *tuple = PyObject_GetAttrString(code, "co_names");
    PyObject *consts = PyObject_GetAttrString(code, "co_consts");
    statement s = { names, tuple, consts, -1, -1, NULL };
    int result = -1;

    if (bytes && tuple && consts)
        result = read_instructions(&s, bytes);
    if (result == 0 && depth < NESTED_MAX)
        result = add_nested(names, consts, depth);
    Py_XDECREF(bytes);
    Py_XDECREF(tuple);
    Py_XDECREF(consts);
    return result;
}

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
    else if (names &&
             (!code || (PyCode_Check(code) && add_stated(names, code, 0) < 0)))
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

static bool
same_top(const char *a, const char *b)
{
    size_t length = strcspn(a, ".");

    return strcspn(b, ".") == length && !memcmp(a, b, length);
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
    if (same_top(r->text.text, r->claimed.text))
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
    is_library = stk_broker_is_library(state, r);
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

/* That the worker has it is no reason to send what has to be verified: then
 * it is the plugin's own import. */
int
stk_broker_judge(stk_broker_request *r, const stk_remote *remote)
{
    if (find_asker(r, remote) < 0)
        return -1;
    judge(r);
    if (!r->unproven || r->judgement.refuse ||
        (!stk_requirement_signed(r->judgement.decision.requirement) &&
         !stk_broker_loader(r)))
        return 0;
    r->unproven = false;
    r->asker = (stk_importer){ r->package.text, 0 };
    stk_judgement_clear(&r->judgement);
    judge(r);
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
