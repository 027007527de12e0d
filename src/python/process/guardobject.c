/* SPDX-License-Identifier: Apache-2.0 */
/* stockade.Guard: the guard of this process, seen from Python. */
#include "python/process/objects.h"

#include <stddef.h>
#include <string.h>

#include "python/object/class.h"
#include "python/object/convert.h"
#include "python/object/state.h"
#include "python/remote/isolation.h"
#include "python/remote/sandbox.h"

typedef struct guard_object {
    PyObject_HEAD
} guard_object;

/* Borrowed; NULL with RuntimeError once the interpreter went down. */
static stk_guard *
current_guard(void)
{
    stk_guard *guard = stk_process_guard();

    if (!guard)
        PyErr_SetString(PyExc_RuntimeError, "the guard is closed");
    return guard;
}

/* ---- explain --------------------------------------------------------- */

PyDoc_STRVAR(
    explain_doc,
    "explain($self, name, importer=None, *, event=False)\n"
    "--\n"
    "\n"
    "Say what the policy in force answers, and why.\n"
    "\n"
    "name: str, the absolute module name.\n"
    "importer: str, the module that asks; None for one that no section "
    "names.\n"
    "Returns the dict that `stockade explain --format json` prints: name,\n"
    "importer, verdict, enforced, rule, requirements, reason, fix, lost;\n"
    "and signing where a signature is required.");

static PyObject *
guard_explain(PyObject *Py_UNUSED(self), PyObject *args, PyObject *kwargs)
{
    static const char *const names[] = { "name", "importer", "event", NULL };
    PyObject *name, *importer = NULL, *result;
    stk_guard *guard;
    stk_policy *policy;
    stk_asked asked;
    int event = 0;

    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O|O$p:explain",
                                     STK_KEYWORDS(names), &name, &importer,
                                     &event))
        return NULL;
    guard = current_guard();
    if (!guard || stk_asked_read(&asked, name, importer) < 0)
        return NULL;
    if (event)
        asked.request.flags |= STK_REQUEST_EVENT;
    policy = stk_guard_policy(guard);
    result = stk_to_explanation(policy, &asked.request);
    stk_policy_free(policy);
    stk_asked_clear(&asked);
    if (result && stk_guard_observes(guard) &&
        PyDict_SetItemString(result, "enforced", Py_False) < 0)
        Py_CLEAR(result);
    return result;
}

/* ---- stats ----------------------------------------------------------- */

PyDoc_STRVAR(
    stats_doc,
    "stats($self)\n"
    "--\n"
    "\n"
    "Count what was decided since the guard was installed.\n"
    "\n"
    "Returns a dict of int: attempts, allowed, denied, refused, cached,\n"
    "repeats, tampered, reloads, lost.");

static PyObject *
guard_stats(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    stk_guard *guard = current_guard();
    stk_guard_stats s;

    if (!guard)
        return NULL;
    stk_guard_stats_get(guard, &s);
    return Py_BuildValue(
        "{sKsKsKsKsKsKsKsKsK}", "attempts", (unsigned long long)s.attempts,
        "allowed", (unsigned long long)s.allowed, "denied",
        (unsigned long long)s.denied, "refused", (unsigned long long)s.refused,
        "cached", (unsigned long long)s.cached, "repeats",
        (unsigned long long)s.repeats, "tampered",
        (unsigned long long)s.tampered, "reloads",
        (unsigned long long)s.reloads, "lost", (unsigned long long)s.lost);
}

/* ---- history --------------------------------------------------------- */

enum field_kind { FIELD_TEXT, FIELD_NUMBER, FIELD_LINE, FIELD_BOOL };

/* The fields of a record, in the order of the log. */
static const struct {
    const char *name;
    enum field_kind kind;
    size_t offset;
} fields[] = {
    { "seq", FIELD_NUMBER, offsetof(stk_record, seq) },
    { "time", FIELD_NUMBER, offsetof(stk_record, time) },
    { "pid", FIELD_NUMBER, offsetof(stk_record, pid) },
    { "tid", FIELD_NUMBER, offsetof(stk_record, tid) },
    { "event", FIELD_TEXT, offsetof(stk_record, event) },
    { "name", FIELD_TEXT, offsetof(stk_record, name) },
    { "importer", FIELD_TEXT, offsetof(stk_record, importer) },
    { "through", FIELD_TEXT, offsetof(stk_record, through) },
    { "file", FIELD_TEXT, offsetof(stk_record, file) },
    { "line", FIELD_LINE, offsetof(stk_record, line) },
    { "verdict", FIELD_TEXT, offsetof(stk_record, verdict) },
    { "rule", FIELD_TEXT, offsetof(stk_record, rule) },
    { "requirement", FIELD_TEXT, offsetof(stk_record, requirement) },
    { "reason", FIELD_TEXT, offsetof(stk_record, reason) },
    { "cached", FIELD_BOOL, offsetof(stk_record, cached) },
    { "origin", FIELD_TEXT, offsetof(stk_record, origin) },
    { "loader", FIELD_TEXT, offsetof(stk_record, loader) },
    { "observe", FIELD_TEXT, offsetof(stk_record, observe) },
    { "observe_rule", FIELD_TEXT, offsetof(stk_record, observe_rule) },
    { "outcome", FIELD_TEXT, offsetof(stk_record, outcome) },
    { "error", FIELD_TEXT, offsetof(stk_record, error) },
    { "ns", FIELD_NUMBER, offsetof(stk_record, ns) },
};

static PyObject *
to_field(const stk_record *record, enum field_kind kind, size_t offset)
{
    const char *at = (const char *)record + offset;
    uint64_t number;
    uint32_t line;
    bool truth;

    switch (kind) {
    case FIELD_TEXT: {
        const char *text;

        memcpy(&text, at, sizeof text);
        return stk_to_str(text);
    }
    case FIELD_LINE:
        memcpy(&line, at, sizeof line);
        return PyLong_FromUnsignedLong(line);
    case FIELD_BOOL:
        memcpy(&truth, at, sizeof truth);
        return PyBool_FromLong(truth);
    default:
        memcpy(&number, at, sizeof number);
        return PyLong_FromUnsignedLongLong(number);
    }
}

static PyObject *
to_record(const stk_record *record)
{
    PyObject *dict = PyDict_New();

    for (size_t i = 0; dict && i < sizeof fields / sizeof *fields; i++)
        if (stk_dict_take(dict, fields[i].name,
                          to_field(record, fields[i].kind, fields[i].offset)) <
            0)
            Py_CLEAR(dict);
    return dict;
}

/* Lines are copied first: no Python runs under the guard's lock. */
static void
keep_line(void *payload, const char *line, size_t length)
{
    PyObject *bytes = PyBytes_FromStringAndSize(line, (Py_ssize_t)length);

    if (!bytes || PyList_Append(payload, bytes) < 0)
        PyErr_Clear();
    Py_XDECREF(bytes);
}

static PyObject *
parse_line(PyObject *bytes)
{
    stk_record_parsed *parsed;
    stk_record record;
    stk_error err = STK_ERROR_INIT;
    PyObject *dict;

    if (stk_record_parse(&parsed, &record, PyBytes_AS_STRING(bytes),
                         (size_t)PyBytes_GET_SIZE(bytes), &err) < 0) {
        stk_raise_error(&err);
        return NULL;
    }
    dict = to_record(&record);
    stk_record_parsed_free(parsed);
    return dict;
}

PyDoc_STRVAR(history_doc,
             "history($self)\n"
             "--\n"
             "\n"
             "Return the last 1000 records at most, oldest first.\n"
             "\n"
             "Each is a dict with the fields of the log; time is in "
             "microseconds since\n"
             "1970 UTC, ns in nanoseconds.");

static PyObject *
guard_history(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    stk_guard *guard = current_guard();
    PyObject *list = guard ? PyList_New(0) : NULL;

    if (!list)
        return NULL;
    stk_guard_history(guard, keep_line, list);
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *dict = parse_line(PyList_GET_ITEM(list, i));

        if (!dict) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SetItem(list, i, dict);
    }
    return list;
}

/* ---- reload ---------------------------------------------------------- */

PyDoc_STRVAR(reload_doc,
             "reload($self)\n"
             "--\n"
             "\n"
             "Load the policy file again and put it in force.\n"
             "\n"
             "Raises OSError when it cannot be read and ValueError, with "
             "every error a\n"
             "line, when it is no policy, OSError when the log does not take "
             "the record:\n"
             "the old one then stays in force.");

static void
add_line(const stk_messages *messages, const char *text)
{
    PyObject *line = messages->list ? stk_to_str(text) : NULL;

    if (line && PyList_Append(messages->list, line) < 0)
        PyErr_Clear();
    Py_XDECREF(line);
}

/* The exception of a reload that failed, and what that means. */
static void
raise_kept(const stk_messages *messages, const stk_error *err)
{
    char text[STK_ERROR_FILE_MAX + STK_ERROR_MESSAGE_MAX + 16];

    if (messages->list && PyList_GET_SIZE(messages->list) == 0)
        add_line(messages, stk_error_text(err, text, sizeof text));
    add_line(messages, "the old policy stays in force");
    stk_messages_raise(messages, err);
}

static PyObject *
guard_reload(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    stk_guard *guard = current_guard();
    stk_messages messages;
    stk_error err = STK_ERROR_INIT;
    stk_interp *state;
    int result;

    if (!guard)
        return NULL;
    messages.list = PyList_New(0);
    result = stk_guard_reload_reporting(guard, stk_messages_report, &messages,
                                        &err);
    if (result < 0)
        raise_kept(&messages, &err);
    Py_XDECREF(messages.list);
    if (result < 0)
        return NULL;
    state = stk_interp_get();
    if (!state)
        return NULL;
    stk_isolation_warm(state);
    Py_RETURN_NONE;
}

/* ---- sandbox --------------------------------------------------------- */

PyDoc_STRVAR(
    sandbox_doc,
    "sandbox($self, profile, /)\n"
    "--\n"
    "\n"
    "Make a box that code runs in, in a process of its own.\n"
    "\n"
    "profile: str, the NAME of a [sandbox NAME] of the policy in "
    "force, or one\n"
    "that every policy has: strict, agent, files-readonly, numpy.\n"
    "Returns a Sandbox, which is closed by close() or `with`. It keeps "
    "the profile\n"
    "as it is now, whatever policy is loaded later; imports are judged "
    "by the policy\n"
    "in force then. Raises ValueError where there is no such "
    "profile.");

static PyObject *
guard_sandbox(PyObject *Py_UNUSED(self), PyObject *profile)
{
    stk_guard *guard = current_guard();
    stk_interp *state = guard ? stk_interp_get() : NULL;

    if (!state)
        return NULL;
    if (!PyUnicode_Check(profile))
        return PyErr_Format(PyExc_TypeError, "profile is a str, not %.100s",
                            Py_TYPE(profile)->tp_name);
    return stk_sandbox_new(state, profile);
}

/* ---- the type -------------------------------------------------------- */

static PyObject *
guard_get_policy(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    stk_guard *guard = current_guard();
    stk_policy *policy;
    PyObject *path;

    if (!guard)
        return NULL;
    policy = stk_guard_policy(guard);
    path = stk_to_str(stk_policy_file(policy));
    stk_policy_free(policy);
    return path;
}

static PyObject *
guard_get_observes(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    stk_guard *guard = current_guard();

    return guard ? PyBool_FromLong(stk_guard_observes(guard)) : NULL;
}

static PyObject *
guard_repr(PyObject *self)
{
    PyObject *path = stk_process_guard() ? guard_get_policy(self, NULL) : NULL;
    PyObject *text;

    PyErr_Clear();
    text = path ? PyUnicode_FromFormat("<stockade.Guard %R%s>", path,
                                       stk_guard_observes(stk_process_guard())
                                           ? ", observing"
                                           : "")
                : PyUnicode_FromString("<stockade.Guard, closed>");
    Py_XDECREF(path);
    return text;
}

static void
guard_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef guard_methods[] = {
    { "explain", (PyCFunction)(void (*)(void))guard_explain,
      METH_VARARGS | METH_KEYWORDS, explain_doc },
    { "stats", guard_stats, METH_NOARGS, stats_doc },
    { "history", guard_history, METH_NOARGS, history_doc },
    { "reload", guard_reload, METH_NOARGS, reload_doc },
    { "sandbox", guard_sandbox, METH_O, sandbox_doc },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef guard_fields[] = {
    { "policy", guard_get_policy, NULL,
      "str: the path of the policy in force.", NULL },
    { "observes", guard_get_observes, NULL,
      "bool: denials are recorded and not enforced.", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

PyDoc_STRVAR(guard_doc,
             "The guard of this process. Made by stockade.install().");

static PyType_Slot guard_slots[] = {
    { Py_tp_methods, guard_methods },
    { Py_tp_getset, guard_fields },
    { Py_tp_repr, (void *)(uintptr_t)guard_repr },
    { Py_tp_dealloc, (void *)(uintptr_t)guard_dealloc },
    { Py_tp_doc, (void *)(uintptr_t)guard_doc },
    { 0, NULL },
};

static PyType_Spec guard_spec = { "stockade.Guard", sizeof(guard_object), 0,
                                  Py_TPFLAGS_DEFAULT, guard_slots };

static PyObject *
refuse_new(PyTypeObject *Py_UNUSED(type), PyObject *Py_UNUSED(args),
           PyObject *Py_UNUSED(kwargs))
{
    PyErr_SetString(PyExc_TypeError, "a Guard is made by stockade.install()");
    return NULL;
}

PyObject *
stk_guard_type(void)
{
    PyObject *type = PyType_FromSpec(&guard_spec);

    if (type)
        ((PyTypeObject *)type)->tp_new = refuse_new;
    return stk_class_seal(type);
}

PyObject *
stk_guard_object(PyObject *type)
{
    return PyType_GenericAlloc((PyTypeObject *)type, 0);
}
