/* SPDX-License-Identifier: Apache-2.0 */
/* Code that the host sends: modules, and strings to run. */
#include "worker/serve.h"

#include <string.h>

#include "worker/compat.h"
#include "worker/kept.h"
#include "worker/words.h"

/* ---- modules --------------------------------------------------------- */

/* Without the AttributeError that nobody looks at. */
static PyObject *
find_attribute(PyObject *object, PyObject *name)
{
    PyObject *dict =
        PyModule_CheckExact(object) ? PyModule_GetDict(object) : NULL;
    PyObject *value = dict ? PyDict_GetItemWithError(dict, name) : NULL;

    if (value || PyErr_Occurred())
        return Py_XNewRef(value);
    if (dict && !PyDict_GetItemWithError(dict, stk_word(STK_WORD_GETATTR)) &&
        !PyErr_Occurred())
        return NULL;
    PyErr_Clear();
    return PyObject_GetAttr(object, name);
}

static PyObject *
plain_attribute(PyObject *object, enum stk_word name)
{
    PyObject *value = find_attribute(object, stk_word(name));

    if (value && PyUnicode_CheckExact(value))
        return value;
    if (value && (PyList_CheckExact(value) || PyTuple_CheckExact(value)))
        return value;
    Py_XDECREF(value);
    PyErr_Clear();
    return Py_NewRef(Py_None);
}

/* What `from module import *` takes. */
static PyObject *
public_names(PyObject *module)
{
    PyObject *told = plain_attribute(module, STK_WORD_ALL);
    PyObject *names, *key, *value;
    Py_ssize_t at = 0;

    if (!told || told != Py_None || !PyModule_Check(module))
        return told;
    names = PyList_New(0);
    while (names && PyDict_Next(PyModule_GetDict(module), &at, &key, &value))
        if (PyUnicode_CheckExact(key) && PyUnicode_GET_LENGTH(key) > 0 &&
            PyUnicode_READ_CHAR(key, 0) != '_' &&
            PyList_Append(names, key) < 0)
            Py_CLEAR(names);
    Py_DECREF(told);
    return names;
}

/* `module` is taken. */
static PyObject *
tell_module(PyObject *module)
{
    return module ? Py_BuildValue("[NNN]", module,
                                  plain_attribute(module, STK_WORD_DOC),
                                  public_names(module))
                  : NULL;
}

/* [name, kind, package, data, origin] */
PyObject *
stk_code_load(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    if (!PyUnicode_CheckExact(args[0]))
        return PyErr_Format(PyExc_TypeError, "a module has a name");
    return tell_module(stk_broker_load(args[0], args + 1));
}

/* [spec, name] */
PyObject *
stk_code_adopt(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    if (!PyUnicode_CheckExact(args[1]))
        return PyErr_Format(PyExc_TypeError, "a module has a name");
    return tell_module(stk_broker_adopt(args[1], args[0]));
}

/* ---- strings --------------------------------------------------------- */

static PyObject *
compile_it(PyObject *what, PyObject *file, const char *mode, int flags)
{
    PyObject *compile = PyDict_GetItemString(PyEval_GetBuiltins(), "compile");

    if (!compile)
        return PyErr_Format(PyExc_RuntimeError, "no compile()");
    return PyObject_CallFunction(compile, "OOsii", what, file, mode, flags, 1);
}

static bool
is_expression(PyObject *statement)
{
    const char *name = Py_TYPE(statement)->tp_name;
    const char *dot = strrchr(name, '.');

    return !strcmp(dot ? dot + 1 : name, "Expr");
}

/* Takes the last expression off the body of `tree`; None when it ends with
 * something else. */
static PyObject *
take_last(PyObject *tree)
{
    PyObject *body = PyObject_GetAttrString(tree, "body"), *last, *result;
    Py_ssize_t n = body && PyList_Check(body) ? PyList_GET_SIZE(body) : 0;
    PyObject *ast;

    last = n ? PyList_GET_ITEM(body, n - 1) : NULL;
    if (!last || !is_expression(last)) {
        Py_XDECREF(body);
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    }
    last = PyObject_GetAttrString(last, "value");
    ast = stk_kept_import("_ast");
    result =
        last && ast ? PyObject_CallMethod(ast, "Expression", "O", last) : NULL;
    if (result && PyList_SetSlice(body, n - 1, n, NULL) < 0)
        Py_CLEAR(result);
    Py_XDECREF(ast);
    Py_XDECREF(last);
    Py_DECREF(body);
    return result;
}

static PyObject *
execute(PyObject *what, PyObject *file, const char *mode, PyObject *dict)
{
    PyObject *code = compile_it(what, file, mode, 0), *result;

    if (!code)
        return NULL;
    if (!PyCode_Check(code)) { /* the code replaced compile() */
        Py_DECREF(code);
        return PyErr_Format(PyExc_TypeError, "compile() gave no code");
    }
    result = PyEval_EvalCode(code, dict, dict);
    Py_DECREF(code);
    return result;
}

/* ---- whether its value is asked for ---------------------------------- */

/* What follows a string that begins at `at`, or NULL: it is not simple. From
 * 3.12 on one in another may have its quotes. */
static const char *
skip_string(const char *text, const char *at)
{
    const char quote = *at, *letter = at;
    bool triple = at[1] == quote && at[2] == quote;

    while (PY_VERSION_HEX >= 0x030C0000 && letter > text &&
           strchr("rRbBuUfFtT", letter[-1]))
        if (strchr("fFtT", *--letter))
            return NULL;
    if (!triple && at[1] == quote)
        return at + 2;
    for (at += triple ? 3 : 1; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '\n' && !triple)
            return NULL;
        else if (*at == quote &&
                 (!triple || (at[1] == quote && at[2] == quote)))
            return at + (triple ? 3 : 1);
    }
    return NULL;
}

/* Where the last statement begins that is not within another one; NULL: one
 * had to be Python to say. */
static const char *
find_last(const char *text)
{
    const char *last = NULL, *at = text;
    bool begins = true;
    int depth = 0;

    while (at && *at) {
        if (begins && depth == 0 && !strchr("\n#", *at))
            last = at;
        begins = *at == '\n';
        if (strchr(";\\\r\f", *at))
            return NULL;
        depth += *at == '(' || *at == '[' || *at == '{';
        depth -= *at == ')' || *at == ']' || *at == '}';
        if (*at == '\'' || *at == '"')
            at = skip_string(text, at);
        else
            at += *at == '#' ? strcspn(at, "\n") : 1;
    }
    return at && depth == 0 ? last : NULL;
}

/*
 * `name = ...`, so that there is no last expression, and nobody has to look
 * into a tree for it: that takes as long as all else. False: it may be.
 */
static bool
ends_with_setting(PyObject *source)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(source, &length), *last;

    if (!text) {
        PyErr_Clear();
        return false;
    }
    last = strlen(text) == (size_t)length ? find_last(text) : NULL;
    if (!last || (*last >= '0' && *last <= '9'))
        return false;
    text = last + strspn(last, letters);
    if (text == last)
        return false;
    text += strspn(text, " ");
    return *text == '=' && text[1] != '=';
}

/* ---- running it ------------------------------------------------------ */

/* sys.exit() at the end of a script that has done its work. */
static bool
has_ended_well(void)
{
    PyObject *type, *value, *traceback, *code;
    bool well;

    if (!PyErr_ExceptionMatches(PyExc_SystemExit))
        return false;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    code = value ? PyObject_GetAttrString(value, "code") : NULL;
    well = code && (code == Py_None ||
                    (PyLong_Check(code) && PyObject_IsTrue(code) == 0));
    Py_XDECREF(code);
    PyErr_Clear();
    if (!well) {
        PyErr_Restore(type, value, traceback);
        return false;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
    return true;
}

/* Its last expression, or None; NULL: an exception. */
static PyObject *
run_tree(PyObject *source, PyObject *file, PyObject *dict)
{
    PyObject *tree = compile_it(source, file, "exec", PyCF_ONLY_AST);
    PyObject *last = tree ? take_last(tree) : NULL, *done = NULL;
    PyObject *value = NULL;

    if (last)
        done = execute(tree, file, "exec", dict);
    if (done)
        value = last == Py_None ? Py_NewRef(Py_None)
                                : execute(last, file, "eval", dict);
    Py_XDECREF(tree);
    Py_XDECREF(last);
    Py_XDECREF(done);
    return value;
}

static PyObject *
run_source(PyObject *source, PyObject *file, PyObject *dict)
{
    PyObject *value, *named;

    if (ends_with_setting(source))
        value = execute(source, file, "exec", dict);
    else
        value = run_tree(source, file, dict);
    if (!value && has_ended_well())
        value = Py_NewRef(Py_None);
    named = value ? PyDict_GetItemString(dict, "result") : NULL;
    if (named)
        Py_SETREF(value, Py_NewRef(named));
    return value;
}

/* A namespace of its own, as __main__: what a script expects. */
static PyObject *
fresh_main(PyObject *inputs)
{
    PyObject *name = PyUnicode_FromString("__main__");
    PyObject *module = name ? PyModule_NewObject(name) : NULL;
    PyObject *dict = module ? PyModule_GetDict(module) : NULL;
    int result = -1;

    if (dict &&
        PyDict_SetItemString(dict, "__builtins__", PyEval_GetBuiltins()) ==
            0 &&
        (inputs == Py_None || PyDict_Update(dict, inputs) == 0))
        result = PyDict_SetItem(PyImport_GetModuleDict(), name, module);
    Py_XDECREF(name);
    if (result < 0)
        Py_CLEAR(module);
    return module;
}

/* [source, name, inputs] */
PyObject *
stk_code_run(stk_serving *serving, PyObject *const *args)
{
    PyObject *file, *module, *value = NULL;
    bool within = serving->strings;

    if (!PyUnicode_CheckExact(args[0]) || !PyUnicode_CheckExact(args[1]))
        return PyErr_Format(PyExc_TypeError, "source and name are str");
    if (!within)
        stk_fresh();
    file = PyUnicode_FromFormat("<%U>", args[1]);
    if (file)
        stk_lines_remember(file, args[0], PyUnicode_GET_LENGTH(args[0]));
    module = file ? fresh_main(args[2]) : NULL;
    serving->strings = true;
    if (module)
        value = run_source(args[0], file, PyModule_GetDict(module));
    serving->strings = within;
    Py_XDECREF(file);
    Py_XDECREF(module);
    return value;
}
