/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.ImportDenied, stockade.EventDenied: what is refused raises. */
#include "python/attempt/denied.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "python/object/class.h"
#include "python/object/name.h"

#define NAME_SHOWN 200u

PyDoc_STRVAR(
    denied_doc,
    "A policy denies the import.\n"
    "\n"
    "name: str, the module asked for.\n"
    "importer: str, the module that asked; None for unknown code.\n"
    "rule: str, \"file:line\" of the rule that denies; None for the default.\n"
    "reason: str, why: rule, default, forbidden, parent, shadowing, ...");

PyDoc_STRVAR(
    event_doc,
    "A policy denies an audit event: what raised it did not happen.\n"
    "\n"
    "errno: int, EPERM.\n"
    "name: str, the event, as \"os.system\".\n"
    "importer: str, the module that it is denied to; None for unknown code.\n"
    "rule: str, \"file:line\" of the rule that denies.\n"
    "reason: str, why: rule, importer, audit.");

static PyObject *
make_class(const char *name, const char *doc, PyObject *base, PyObject *fields)
{
    PyObject *class =
        fields ? PyErr_NewExceptionWithDoc(name, doc, base, fields) : NULL;

    Py_XDECREF(fields);
    return stk_class_seal(class);
}

/* The fields are for one that somebody else makes. */
PyObject *
stk_denied_class(void)
{
    return make_class("stockade.ImportDenied", denied_doc,
                      PyExc_ModuleNotFoundError,
                      Py_BuildValue("{sOsOsO}", "importer", Py_None, "rule",
                                    Py_None, "reason", Py_None));
}

PyObject *
stk_denied_event_class(void)
{
    return make_class("stockade.EventDenied", event_doc, PyExc_PermissionError,
                      Py_BuildValue("{sOsOsOsO}", "name", Py_None, "importer",
                                    Py_None, "rule", Py_None, "reason",
                                    Py_None));
}

/* A word of the shell line that is shown: a name may be hostile. */
static void
append_word(stk_buffer *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./@%+=:,-";
    char shown[NAME_SHOWN];

    stk_text_printable(shown, sizeof shown, word, strlen(word));
    if (shown[0] && shown[0] != '-' && strspn(shown, plain) == strlen(shown)) {
        stk_buffer_puts(out, shown);
        return;
    }
    stk_buffer_puts(out, "'");
    for (const char *c = shown; *c; c++)
        stk_buffer_append(out, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
    stk_buffer_puts(out, "'");
}

static void
append_importer(stk_buffer *out, const stk_importer *importer)
{
    char shown[NAME_SHOWN];

    if (importer->name)
        stk_buffer_puts(out,
                        stk_text_printable(shown, sizeof shown, importer->name,
                                           strlen(importer->name)));
    else
        stk_buffer_puts(out, "unknown code");
}

/* `"os = deny" at policy.ini:12`, and why that rule, when it is not plain. */
static void
append_cause(stk_buffer *out, const stk_judgement *judgement,
             const char *detail)
{
    enum stk_reason reason = judgement->decision.reason;
    const stk_rule_ref *rule = &judgement->decision.rule;
    bool plain = reason == STK_REASON_RULE || reason == STK_REASON_IMPORTER;

    if (!plain || !rule->file)
        stk_buffer_printf(out, ", %s", stk_reason_text(reason));
    if (detail)
        stk_buffer_printf(out, " (%s)", detail);
    if (reason == STK_REASON_SHADOWING)
        stk_buffer_printf(out, "; rename it, or say shadowing = allow in %s",
                          stk_policy_file(judgement->policy));
    else if (rule->file)
        stk_buffer_printf(out, " by \"%s\" at %s:%u", rule->text, rule->file,
                          (unsigned)rule->line);
    else
        stk_buffer_printf(out, " in %s", stk_policy_file(judgement->policy));
}

static char *
compose(const char *name, const stk_importer *importer,
        const stk_judgement *judgement, const char *detail, bool event)
{
    stk_buffer out = STK_BUFFER_INIT(16384);
    /* what a box is to have is asked for by nobody else */
    bool is_itself = !event && importer->name && !strcmp(importer->name, name);
    char shown[NAME_SHOWN];

    stk_text_printable(shown, sizeof shown, name, strlen(name));
    stk_buffer_printf(
        &out, event ? "%s: denied" : "No module named '%s': denied", shown);
    if (!is_itself) {
        stk_buffer_puts(&out, " to ");
        append_importer(&out, importer);
    }
    append_cause(&out, judgement, detail);
    stk_buffer_puts(&out, "; stockade explain ");
    append_word(&out, stk_policy_file(judgement->policy));
    stk_buffer_puts(&out, event ? " --event " : " ");
    append_word(&out, name);
    if (importer->name && !is_itself) {
        stk_buffer_puts(&out, " --from ");
        append_word(&out, importer->name);
    }
    return stk_buffer_steal(&out);
}

char *
stk_denied_lazily(const char *name, const char *package,
                  const stk_judgement *judgement)
{
    char asked[NAME_SHOWN], by[NAME_SHOWN];

    if (judgement->decision.reason != STK_REASON_DEFAULT)
        return NULL;
    stk_text_printable(asked, sizeof asked, name, strcspn(name, "."));
    stk_text_printable(by, sizeof by, package, strlen(package));
    return stk_text_printf("%s, which has closure, imports it at its request: "
                           "\"%s = allow closure\" in [modules] allows that",
                           by, asked);
}

static PyObject *
text_or_none(const char *text)
{
    if (!text)
        Py_RETURN_NONE;
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text),
                                "backslashreplace");
}

static int
set_text(PyObject *exception, const char *attribute, const char *text)
{
    PyObject *value = text_or_none(text);
    int result =
        value ? PyObject_SetAttrString(exception, attribute, value) : -1;

    Py_XDECREF(value);
    return result;
}

static int
set_attributes(PyObject *exception, const stk_importer *importer,
               const stk_judgement *judgement)
{
    const stk_rule_ref *rule = &judgement->decision.rule;
    char *where =
        rule->file ? stk_text_printf("%s:%u", rule->file, (unsigned)rule->line)
                   : NULL;
    int result;

    result = set_text(exception, "importer", importer->name) < 0 ||
             set_text(exception, "rule", where) < 0 ||
             set_text(exception, "reason",
                      stk_reason_name(judgement->decision.reason)) < 0;
    free(where);
    return result ? -1 : 0;
}

static PyObject *
make_exception(const stk_interp *state, PyObject *name, const char *message)
{
    PyObject *text = text_or_none(message);
    PyObject *args = text ? PyTuple_Pack(1, text) : NULL;
    PyObject *keywords = PyDict_New(), *exception = NULL;

    if (args && keywords && PyDict_SetItemString(keywords, "name", name) == 0)
        exception = PyObject_Call(state->import_denied, args, keywords);
    Py_XDECREF(text);
    Py_XDECREF(args);
    Py_XDECREF(keywords);
    return exception;
}

int
stk_denied_raise(const stk_interp *state, PyObject *name,
                 const stk_importer *importer, const stk_judgement *judgement,
                 const char *detail)
{
    stk_utf8 utf8;
    PyObject *exception = NULL;
    char *message;

    if (stk_utf8_get(&utf8, name) < 0)
        return -1;
    message = compose(utf8.text, importer, judgement, detail, false);
    stk_utf8_clear(&utf8);
    if (message)
        exception = make_exception(state, name, message);
    else
        PyErr_NoMemory();
    free(message);
    if (exception && set_attributes(exception, importer, judgement) == 0)
        PyErr_SetObject(state->import_denied, exception);
    Py_XDECREF(exception);
    return -1;
}

int
stk_denied_raise_event(const stk_interp *state, const char *event,
                       const stk_importer *importer,
                       const stk_judgement *judgement, const char *detail)
{
    char *message = compose(event, importer, judgement, detail, true);
    PyObject *text, *exception = NULL;

    if (!message) {
        PyErr_NoMemory();
        return -1;
    }
    text = text_or_none(message);
    free(message);
    if (text)
        exception =
            PyObject_CallFunction(state->event_denied, "iN", EPERM, text);
    if (exception && set_text(exception, "name", event) == 0 &&
        set_attributes(exception, importer, judgement) == 0)
        PyErr_SetObject(state->event_denied, exception);
    Py_XDECREF(exception);
    return -1;
}
