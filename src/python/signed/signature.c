/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.SignatureError: what code that is not authentic raises. */
#include "python/signed/signature.h"

#include "base/text.h"
#include "python/object/class.h"
#include "python/object/convert.h"

PyDoc_STRVAR(
    signature_doc,
    "A policy wants the module signed, and its code is not authentic.\n"
    "\n"
    "It is no ModuleNotFoundError: the module is there, and nothing else is\n"
    "to be tried in its place.\n"
    "\n"
    "name: str, the module asked for.\n"
    "path: str, the file that was refused; None when there is none.\n"
    "reason: str, why: unsigned, hash-mismatch, unknown-key, ...\n"
    "key: str, the keys of the policy that signed it; None for none.\n"
    "rule: str, \"file:line\" of the rule that wants it signed; None for "
    "none.");

PyObject *
stk_signature_class(void)
{
    /* for one that somebody else makes */
    PyObject *fields = Py_BuildValue("{sOsOsO}", "reason", Py_None, "key",
                                     Py_None, "rule", Py_None);
    PyObject *class = fields ? PyErr_NewExceptionWithDoc(
                                   "stockade.SignatureError", signature_doc,
                                   PyExc_ImportError, fields)
                             : NULL;

    Py_XDECREF(fields);
    return stk_class_seal(class);
}

/* Paths and names are whoever's made them: what a terminal would obey is
 * shown as what it is. Takes `message`. */
static PyObject *
make_printable(PyObject *message)
{
    Py_ssize_t length = 0;
    const char *text =
        message ? PyUnicode_AsUTF8AndSize(message, &length) : NULL;
    size_t size = 4 * (size_t)length + 1; /* \xNN for a byte */
    char *shown = text ? PyMem_Malloc(size) : NULL;
    PyObject *result = NULL;

    if (shown)
        result = PyUnicode_FromString(
            stk_text_printable(shown, size, text, (size_t)length));
    else if (text)
        PyErr_NoMemory();
    PyMem_Free(shown);
    Py_XDECREF(message);
    return result;
}

static PyObject *
new_message(PyObject *name, const stk_evidence *evidence,
            const stk_rule_ref *rule)
{
    const char *reason = stk_trust_name(evidence->trust);
    const char *why = stk_evidence_message(evidence);
    PyObject *text =
        PyUnicode_DecodeUTF8(why, (Py_ssize_t)strlen(why), "replace");
    PyObject *message = NULL;

    if (text && rule->file)
        message = PyUnicode_FromFormat("%U is refused (%s): %U (\"%s\" at "
                                       "%s:%u)",
                                       name, reason, text, rule->text,
                                       rule->file, (unsigned)rule->line);
    else if (text)
        message =
            PyUnicode_FromFormat("%U is refused (%s): %U", name, reason, text);
    Py_XDECREF(text);
    return make_printable(message);
}

static PyObject *
text_or_none(const char *text)
{
    if (!text || !text[0])
        return Py_NewRef(Py_None);
    return PyUnicode_DecodeFSDefault(text);
}

static PyObject *
rule_or_none(const stk_rule_ref *rule)
{
    if (!rule->file)
        return Py_NewRef(Py_None);
    return PyUnicode_FromFormat("%s:%u", rule->file, (unsigned)rule->line);
}

int
stk_signature_raise(const stk_interp *state, PyObject *name,
                    const stk_evidence *evidence, const stk_rule_ref *rule)
{
    PyObject *message = new_message(name, evidence, rule);
    PyObject *error = message ? PyObject_CallFunctionObjArgs(
                                    state->signature_error, message, NULL)
                              : NULL;
    const char *reason = stk_trust_name(evidence->trust);

    if (error && stk_attr_take(error, "name", Py_NewRef(name)) == 0 &&
        stk_attr_take(error, "path", text_or_none(evidence->path)) == 0 &&
        stk_attr_take(error, "reason", PyUnicode_FromString(reason)) == 0 &&
        stk_attr_take(error, "key",
                      text_or_none(stk_evidence_keys(evidence))) == 0 &&
        stk_attr_take(error, "rule", rule_or_none(rule)) == 0)
        PyErr_SetObject(state->signature_error, error);
    Py_XDECREF(error);
    Py_XDECREF(message);
    return -1;
}
