/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the C rooms as Python objects, and errors as exceptions. */
#include "python/object/convert.h"

#include <stdio.h>
#include <string.h>

PyObject *
stk_to_str(const char *text)
{
    if (!text)
        Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text),
                                "backslashreplace");
}

int
stk_dict_take(PyObject *dict, const char *key, PyObject *value)
{
    int result = value ? PyDict_SetItemString(dict, key, value) : -1;

    Py_XDECREF(value);
    return result;
}

int
stk_attr_take(PyObject *object, const char *name, PyObject *value)
{
    int result = value ? PyObject_SetAttrString(object, name, value) : -1;

    Py_XDECREF(value);
    return result;
}

static PyObject *
to_rule(const stk_rule_ref *rule)
{
    PyObject *dict;

    if (!rule->file)
        Py_RETURN_NONE;
    dict = PyDict_New();
    if (dict && stk_dict_take(dict, "file", stk_to_str(rule->file)) == 0 &&
        stk_dict_take(dict, "line", PyLong_FromUnsignedLong(rule->line)) ==
            0 &&
        stk_dict_take(dict, "text", stk_to_str(rule->text)) == 0)
        return dict;
    Py_XDECREF(dict);
    return NULL;
}

static PyObject *
to_requirements(const char *requirement)
{
    const char *space = requirement ? strchr(requirement, ' ') : NULL;

    if (space)
        return Py_BuildValue("[ss]", "signed", space + 1);
    return requirement ? Py_BuildValue("[s]", requirement) : PyList_New(0);
}

static PyObject *
to_verdict(enum stk_verdict verdict)
{
    return PyUnicode_FromString(verdict == STK_ALLOW ? "allow" : "deny");
}

/* The bytes that a shell would have given the command (PEP 383), so that
 * both answer alike; any other surrogate as it stands. */
static PyObject *
shell_bytes(PyObject *exact)
{
    PyObject *bytes =
        PyUnicode_AsEncodedString(exact, "utf-8", "surrogateescape");

    if (bytes)
        return bytes;
    PyErr_Clear();
    return PyUnicode_AsEncodedString(exact, "utf-8", "surrogatepass");
}

static int
read_exact(stk_utf8 *out, PyObject *exact)
{
    /* a NUL would cut the bytes off */
    if (PyUnicode_AsUTF8(exact) ||
        PyUnicode_FindChar(exact, 0, 0, PyUnicode_GetLength(exact), 1) >= 0) {
        PyErr_Clear();
        return stk_utf8_get(out, exact);
    }
    PyErr_Clear();
    out->owner = shell_bytes(exact);
    if (!out->owner)
        return -1;
    out->text = PyBytes_AS_STRING(out->owner);
    return 0;
}

static int
read_name(stk_utf8 *out, PyObject *object)
{
    PyObject *exact = stk_name_exact(object);
    int result;

    if (!exact)
        return -1;
    result = read_exact(out, exact);
    Py_DECREF(exact);
    return result;
}

int
stk_asked_read(stk_asked *out, PyObject *name, PyObject *importer)
{
    *out = (stk_asked){ STK_REQUEST_INIT, { NULL, NULL }, { NULL, NULL } };
    if (read_name(&out->name, name) < 0)
        return -1;
    if (importer && importer != Py_None &&
        read_name(&out->importer, importer) < 0) {
        stk_asked_clear(out);
        return -1;
    }
    out->request.name = out->name.text;
    out->request.importer = out->importer.text;
    return 0;
}

void
stk_asked_clear(stk_asked *asked)
{
    stk_utf8_clear(&asked->name);
    stk_utf8_clear(&asked->importer);
}

PyObject *
stk_to_decision(const stk_policy *policy, const stk_request *request)
{
    stk_decision decision = stk_policy_decide(policy, request);
    PyObject *dict = PyDict_New();

    if (dict &&
        stk_dict_take(dict, "verdict", to_verdict(decision.verdict)) == 0 &&
        stk_dict_take(dict, "reason",
                      stk_to_str(stk_reason_name(decision.reason))) == 0 &&
        stk_dict_take(dict, "rule", to_rule(&decision.rule)) == 0 &&
        stk_dict_take(dict, "requirements",
                      to_requirements(decision.requirement)) == 0)
        return dict;
    Py_XDECREF(dict);
    return NULL;
}

static PyObject *
to_lost(const stk_explanation *told)
{
    PyObject *list = PyList_New(0);

    for (size_t i = 0; list && i < told->n_lost; i++) {
        PyObject *rule = to_rule(&told->lost[i].rule);
        int failed =
            !rule ||
            (rule != Py_None &&
             stk_dict_take(rule, "why", stk_to_str(told->lost[i].why)) < 0) ||
            PyList_Append(list, rule) < 0;

        Py_XDECREF(rule);
        if (failed)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *
to_signer(const stk_signer *signer)
{
    return Py_BuildValue("{s:s,s:O,s:s}", "name", signer->key, "usable",
                         signer->usable ? Py_True : Py_False, "note",
                         signer->note);
}

static PyObject *
to_signers(const stk_explanation *told)
{
    PyObject *list = PyList_New(0);

    for (size_t i = 0; list && i < told->n_signers; i++) {
        PyObject *signer = to_signer(&told->signers[i]);

        if (!signer || PyList_Append(list, signer) < 0)
            Py_CLEAR(list);
        Py_XDECREF(signer);
    }
    return list;
}

/* What is there for a name that must be signed alone. */
static PyObject *
to_signing(const stk_explanation *told)
{
    PyObject *dict = PyDict_New();

    if (dict &&
        stk_dict_take(dict, "threshold",
                      PyLong_FromUnsignedLong(told->threshold)) == 0 &&
        stk_dict_take(dict, "keys", to_signers(told)) == 0 &&
        stk_dict_take(dict, "bundle", stk_to_str(told->decision.bundle)) ==
            0 &&
        stk_dict_take(dict, "rule", to_rule(&told->required_by)) == 0)
        return dict;
    Py_XDECREF(dict);
    return NULL;
}

/* Who finds it, where that is a loader in a worker. */
static PyObject *
to_loader(const stk_loader_rule *loader)
{
    return Py_BuildValue(
        "{sssssssssssssI}", "name", loader->name, "module", loader->module,
        "class", loader->attribute, "result",
        loader->result == STK_LOADER_MODULE ? "module" : "source", "sandbox",
        loader->sandbox, "file", loader->file, "line", (unsigned)loader->line);
}

static PyObject *
fill_explanation(const stk_explanation *told, const stk_request *request)
{
    PyObject *dict = PyDict_New();

    if (dict && stk_dict_take(dict, "name", stk_to_str(request->name)) == 0 &&
        stk_dict_take(dict, "event",
                      PyBool_FromLong(request->flags & STK_REQUEST_EVENT)) ==
            0 &&
        stk_dict_take(dict, "importer", stk_to_str(request->importer)) == 0 &&
        stk_dict_take(dict, "verdict", to_verdict(told->decision.verdict)) ==
            0 &&
        stk_dict_take(dict, "enforced", PyBool_FromLong(told->enforced)) ==
            0 &&
        stk_dict_take(dict, "rule", to_rule(&told->decision.rule)) == 0 &&
        stk_dict_take(dict, "requirements",
                      to_requirements(told->decision.requirement)) == 0 &&
        stk_dict_take(dict, "reason", stk_to_str(told->reason)) == 0 &&
        stk_dict_take(dict, "fix", stk_to_str(told->fix)) == 0 &&
        stk_dict_take(dict, "closure", stk_to_str(told->closure)) == 0 &&
        stk_dict_take(dict, "lost", to_lost(told)) == 0 &&
        (!told->loader ||
         stk_dict_take(dict, "loader", to_loader(told->loader)) == 0) &&
        (told->threshold == 0 ||
         stk_dict_take(dict, "signing", to_signing(told)) == 0))
        return dict;
    Py_XDECREF(dict);
    return NULL;
}

PyObject *
stk_to_explanation(const stk_policy *policy, const stk_request *request)
{
    stk_error err = STK_ERROR_INIT;
    stk_explanation *told;
    PyObject *dict;

    if (stk_policy_explain(&told, policy, request, &err) < 0) {
        stk_raise_error(&err);
        return NULL;
    }
    dict = fill_explanation(told, request);
    stk_explanation_free(told);
    return dict;
}

/* ---- errors ---------------------------------------------------------- */

static PyObject *
error_class(const stk_error *err)
{
    switch (err->code) {
    case STK_E_IO:
    case STK_E_AUDIT:
        return PyExc_OSError;
    case STK_E_INVALID:
    case STK_E_LIMIT:
    case STK_E_UNSUPPORTED:
        return PyExc_ValueError;
    default:
        return PyExc_RuntimeError;
    }
}

/* `text` is taken. With its errno, an OSError is a FileNotFoundError and the
 * like: made here, or `except` of an older Python would see an OSError. */
static void
raise_text(const stk_error *err, PyObject *text)
{
    PyObject *class = error_class(err), *made;

    if (!text)
        return;
    if (class == PyExc_OSError && err->sys_errno)
        made = PyObject_CallFunction(class, "iO", err->sys_errno, text);
    else
        made = PyObject_CallFunctionObjArgs(class, text, NULL);
    if (made)
        PyErr_SetObject((PyObject *)Py_TYPE(made), made);
    Py_XDECREF(made);
    Py_DECREF(text);
}

void
stk_raise_error(const stk_error *err)
{
    char text[sizeof err->file + sizeof err->message + 16];

    if (err->code == STK_E_MEMORY)
        PyErr_NoMemory();
    else
        raise_text(err, stk_to_str(stk_error_text(err, text, sizeof text)));
}

void
stk_messages_report(void *payload, const stk_diagnostic *found)
{
    stk_messages *messages = payload;
    PyObject *line;

    if (!messages->list || found->severity != STK_SEVERITY_ERROR)
        return;
    if (found->line)
        line = PyUnicode_FromFormat("%s:%u: %s", found->file,
                                    (unsigned)found->line, found->message);
    else
        line = PyUnicode_FromFormat("%s: %s", found->file, found->message);
    if (!line || PyList_Append(messages->list, line) < 0)
        PyErr_Clear();
    Py_XDECREF(line);
}

void
stk_messages_raise(const stk_messages *messages, const stk_error *err)
{
    PyObject *newline;

    if (!messages->list || PyList_GET_SIZE(messages->list) == 0 ||
        err->code == STK_E_MEMORY) {
        stk_raise_error(err);
        return;
    }
    newline = PyUnicode_FromString("\n");
    if (newline)
        raise_text(err, PyUnicode_Join(newline, messages->list));
    Py_XDECREF(newline);
}
