/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker prints and logs, in the host's logging. */
#include "python/remote/remote.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/unit.h"
#include "guard/report.h"
#include "policy/name.h"
#include "python/asks/own.h"
#include "python/object/convert.h"
#include "python/object/printable.h"

#define LINE_LEAST  64  /* characters: what a record costs the host */
#define LOGGERS_MAX 256 /* logging keeps each for ever */
#define OWN_MAX     64  /* of one package, whichever its workers are */
#define LABELS_MAX  4   /* below it: logging keeps one for every dot */

#define INDENT "    " /* of a record's lines but the first */

#define LEVEL_OUT 20 /* logging.INFO */
#define LEVEL_ERR 30 /* logging.WARNING */

typedef struct output {
    PyObject *text; /* borrowed */
    PyObject *name; /* borrowed; of a logger, or NULL */
    int level;
} output;

/* ---- which logger ---------------------------------------------------- */

static bool
is_label_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Labels between single dots. */
static bool
is_plain(const char *name)
{
    for (size_t i = 0; name[i]; i++)
        if (!is_label_letter(name[i]) &&
            (name[i] != '.' || i == 0 || name[i - 1] == '.' || !name[i + 1]))
            return false;
    return name[0] != '\0' && strcmp(name, "root") != 0;
}

/* Those below `package` that the host has by this. Borrowed; NULL. */
static PyObject *
loggers_of(stk_isolation *isolation, PyObject *package)
{
    PyObject *own = PyDict_GetItemWithError(isolation->loggers, package), *set;

    if (own || PyErr_Occurred() || isolation->n_loggers >= LOGGERS_MAX)
        return own;
    set = PySet_New(NULL);
    if (set && PyDict_SetItem(isolation->loggers, package, set) == 0)
        own = set; /* the dict's */
    Py_XDECREF(set);
    return own;
}

/* True where the host has that one already, or may have one more. */
static bool
may_have(PyObject *package, PyObject *name)
{
    stk_interp *state = stk_interp_find();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *own = isolation ? loggers_of(isolation, package) : NULL;

    if (!own || PySet_Contains(own, name) != 0)
        return own && !PyErr_Occurred();
    if (isolation->n_loggers >= LOGGERS_MAX ||
        PySet_GET_SIZE(own) >= OWN_MAX || PySet_Add(own, name) < 0)
        return false;
    isolation->n_loggers++;
    return true;
}

/* `below`: "", or labels with a dot before each. */
static bool
is_far(const char *below)
{
    unsigned labels = 0;

    for (; *below; below++)
        labels += *below == '.';
    return labels > LABELS_MAX;
}

/* `package` and the logger `told` of it. New reference; NULL for none. */
static PyObject *
full_name(PyObject *package, PyObject *told)
{
    const char *above = PyUnicode_AsUTF8(package);
    const char *name = PyUnicode_AsUTF8(told), *full;
    PyObject *made;

    if (!above || !name ||
        strlen(name) != (size_t)PyUnicode_GET_LENGTH(told) || !is_plain(name))
        return NULL;
    made = stk_name_is_within(name, above)
               ? Py_NewRef(told)
               : PyUnicode_FromFormat("%U.%U", package, told);
    full = made ? PyUnicode_AsUTF8(made) : NULL;
    if (full && (!full[strlen(above)] || is_far(full + strlen(above))))
        Py_CLEAR(made);
    return made;
}

/* The package's own or one below it: a plugin speaks for nobody else. New
 * reference. */
static PyObject *
logger_name(const stk_remote *remote, PyObject *told)
{
    PyObject *full = told ? full_name(remote->package, told) : NULL;

    PyErr_Clear();
    if (full && !may_have(remote->package, full))
        Py_CLEAR(full);
    PyErr_Clear();
    return full ? full : Py_NewRef(remote->package);
}

static PyObject *
get_logger(stk_remote *remote, PyObject *name)
{
    const stk_guard *guard = stk_process_guard();
    uint64_t policy = guard ? stk_guard_generation(guard) : 0;
    bool is_denied = remote->unlogged && remote->unlogged_by == policy;
    PyObject *logging = is_denied ? NULL : stk_own_import("logging");
    PyObject *logger =
        logging ? PyObject_CallMethod(logging, "getLogger", "O", name) : NULL;

    Py_XDECREF(logging);
    if (!logger && PyErr_Occurred()) {
        /* once: a plugin that prints would fill the audit log */
        remote->unlogged = PyErr_ExceptionMatches(PyExc_ImportError);
        remote->unlogged_by = policy;
        if (remote->unlogged)
            PyErr_Clear();
        else
            stk_write_unraisable("logging the output of", remote->package);
    }
    return logger;
}

/* ---- its lines ------------------------------------------------------- */

static bool
is_too_much(const stk_remote *remote)
{
    return remote->printed > stk_worker_profile(remote->worker)->output;
}

static bool
write_log(PyObject *logger, int level, PyObject *line)
{
    PyObject *done =
        PyObject_CallMethod(logger, "log", "isO", level, "%s", line);

    Py_XDECREF(done);
    return done != NULL;
}

/* Where there is no `logging` to be had it is not lost. */
static void
write_line(stk_remote *remote, PyObject *logger, int level, PyObject *line)
{
    if (logger && write_log(logger, level, line))
        return;
    if (PyErr_Occurred())
        stk_write_unraisable("logging the output of", remote->package);
    PySys_FormatStderr("%U: %U\n", remote->package, line);
}

/* As it is shown: new reference. What it costs beyond its own characters is
 * counted. */
static PyObject *
pay_line(stk_remote *remote, PyObject *line)
{
    PyObject *shown = stk_printable(line, false);
    Py_ssize_t cost = shown ? PyUnicode_GET_LENGTH(shown) : 0;

    if (cost < LINE_LEAST)
        cost = LINE_LEAST;
    remote->printed += (uint64_t)(cost - PyUnicode_GET_LENGTH(line));
    return shown;
}

static void
show_line(stk_remote *remote, PyObject *logger, int level, PyObject *line)
{
    PyObject *shown = pay_line(remote, line);

    if (shown)
        write_line(remote, logger, level, shown);
    else
        stk_write_unraisable("logging the output of", remote->package);
    Py_XDECREF(shown);
}

/* All lines of a record; the others are indented, so that none looks like a
 * record of its own. New reference. */
static PyObject *
join_lines(stk_remote *remote, PyObject *lines, Py_ssize_t *n)
{
    PyObject *shown = PyList_New(0), *joiner, *text = NULL;
    int result = shown ? 0 : -1;

    for (*n = 0;
         result == 0 && *n < PyList_GET_SIZE(lines) && !is_too_much(remote);
         ++*n) {
        PyObject *line = pay_line(remote, PyList_GET_ITEM(lines, *n));

        result = line ? PyList_Append(shown, line) : -1;
        Py_XDECREF(line);
    }
    joiner = PyUnicode_FromString("\n" INDENT);
    if (result == 0 && joiner)
        text = PyUnicode_Join(joiner, shown);
    Py_XDECREF(joiner);
    Py_XDECREF(shown);
    return text;
}

static Py_ssize_t
show_record(stk_remote *remote, PyObject *logger, int level, PyObject *lines)
{
    Py_ssize_t n;
    PyObject *text = join_lines(remote, lines, &n);

    if (!text)
        stk_write_unraisable("logging the output of", remote->package);
    else if (n > 0)
        write_line(remote, logger, level, text);
    Py_XDECREF(text);
    return n;
}

static void
write_lines(stk_remote *remote, const output *out, PyObject *lines)
{
    PyObject *name = logger_name(remote, out->name);
    PyObject *logger = get_logger(remote, name);
    Py_ssize_t n = PyList_GET_SIZE(lines), i = 0;

    if (out->name)
        i = show_record(remote, logger, out->level, lines);
    for (; !out->name && i < n && !is_too_much(remote); i++)
        show_line(remote, logger, out->level, PyList_GET_ITEM(lines, i));
    for (; i < n; i++)
        remote->dropped +=
            (uint64_t)PyUnicode_GET_LENGTH(PyList_GET_ITEM(lines, i));
    Py_XDECREF(name);
    Py_XDECREF(logger);
}

static void
log_output(stk_remote *remote, const output *out)
{
    uint64_t began = stk_clock_monotonic_ns();
    PyObject *lines = PyUnicode_Splitlines(out->text, 0);

    if (lines)
        write_lines(remote, out, lines);
    else
        stk_write_unraisable("logging the output of", remote->package);
    Py_XDECREF(lines);
    /* the host's own time is not the worker's */
    remote->deadline += stk_clock_monotonic_ns() - began;
}

/* A lone surrogate would raise where the host prints the text: new
 * reference. */
static PyObject *
escape_surrogates(PyObject *text)
{
    PyObject *bytes, *shown;

    if (PyUnicode_MAX_CHAR_VALUE(text) <= 0xff)
        return Py_NewRef(text);
    bytes = PyUnicode_AsEncodedString(text, "utf-8", "backslashreplace");
    if (!bytes)
        return NULL;
    shown = PyUnicode_DecodeUTF8(PyBytes_AS_STRING(bytes),
                                 PyBytes_GET_SIZE(bytes), NULL);
    Py_DECREF(bytes);
    return shown;
}

/* A record has no end of line of its own. */
static int
capture(stk_remote *remote, const output *out)
{
    PyObject *text = out->name ? PyUnicode_FromFormat("%U\n", out->text)
                               : Py_NewRef(out->text);
    int result = text ? PyList_Append(remote->captured, text) : -1;

    Py_XDECREF(text);
    return result;
}

/* ---- what is told ---------------------------------------------------- */

static bool
read_int(PyObject *value, int most, int *out)
{
    long n = PyLong_CheckExact(value) ? PyLong_AsLong(value) : 0;

    PyErr_Clear();
    *out = (int)n;
    return n >= 1 && n <= most;
}

/* [stream, text], or [stream, text, level, name]. */
static bool
read_output(PyObject *value, output *out)
{
    Py_ssize_t n = PyList_CheckExact(value) ? PyList_GET_SIZE(value) : 0;
    int stream;

    if ((n != 2 && n != 4) || !read_int(PyList_GET_ITEM(value, 0), 2, &stream))
        return false;
    out->text = PyList_GET_ITEM(value, 1);
    out->name = n == 4 ? PyList_GET_ITEM(value, 3) : NULL;
    out->level = stream == 2 ? LEVEL_ERR : LEVEL_OUT;
    if (n == 4 && (!read_int(PyList_GET_ITEM(value, 2), STK_OUTPUT_LEVEL_MAX,
                             &out->level) ||
                   !PyUnicode_CheckExact(out->name) ||
                   PyUnicode_GET_LENGTH(out->name) > STK_OUTPUT_LOGGER_MAX))
        return false;
    return PyUnicode_CheckExact(out->text);
}

/* What it costs, before any of it is looked at. */
static uint64_t
cost_of(const output *out)
{
    uint64_t cost = (uint64_t)PyUnicode_GET_LENGTH(out->text);

    if (cost == 0)
        cost = LINE_LEAST; /* no text has no line that would be counted */
    return out->name ? cost + (uint64_t)PyUnicode_GET_LENGTH(out->name) : cost;
}

/* A text is cut where it reaches the bound, a line of the log is dropped. */
static int
drop(stk_remote *remote, const output *out, uint64_t before)
{
    uint64_t most = stk_worker_profile(remote->worker)->output;
    Py_ssize_t length = PyUnicode_GET_LENGTH(out->text), keep = 0;
    output kept = *out;
    int result = 0;

    if (remote->captured && !out->name && before < most)
        keep = (Py_ssize_t)(most - before);
    if (keep > 0) {
        kept.text = PyUnicode_Substring(out->text, 0, keep);
        result = kept.text ? capture(remote, &kept) : -1;
        Py_XDECREF(kept.text);
    }
    remote->dropped += length > keep ? (uint64_t)(length - keep) : 1;
    return result;
}

/* Beyond the profile's `output` it is dropped. */
static int
take(stk_remote *remote, const output *out)
{
    uint64_t before = remote->printed;

    remote->printed += cost_of(out);
    if (is_too_much(remote))
        return drop(remote, out, before);
    if (remote->captured)
        return capture(remote, out);
    log_output(remote, out);
    return 0;
}

int
stk_remote_output(stk_remote *remote, PyObject *value)
{
    PyObject *shown;
    output out;
    int result;

    if (!read_output(value, &out)) {
        PyErr_SetString(PyExc_ValueError, "output that cannot be");
        return -1;
    }
    if (!remote->captured)
        return take(remote, &out);
    shown = escape_surrogates(out.text);
    if (!shown)
        return -1;
    out.text = shown;
    result = take(remote, &out);
    Py_DECREF(shown);
    return result;
}

/* ---- what was dropped ------------------------------------------------ */

static void
record_dropped(const stk_remote *remote, const char *text)
{
    const char *package = PyUnicode_AsUTF8(remote->package);
    const char *profile = stk_worker_profile(remote->worker)->name;
    const stk_report_dropped dropped = { package, profile, text };
    stk_guard *guard = stk_process_guard();
    stk_error err = STK_ERROR_INIT;

    /* what cannot be written is told where records cannot be written */
    if (guard && package)
        stk_report_dropped_output(guard, &dropped, &err);
}

static void
show_dropped(stk_remote *remote, const char *text)
{
    PyObject *line = PyUnicode_FromString(text), *logger;

    if (!line)
        return;
    logger = get_logger(remote, remote->package);
    write_line(remote, logger, LEVEL_ERR, line);
    Py_XDECREF(logger);
    Py_DECREF(line);
}

/* On a line of its own. */
static void
capture_dropped(stk_remote *remote, const char *text)
{
    PyObject *line = PyUnicode_FromFormat("\n[stockade: %s]\n", text);

    if (line)
        PyList_Append(remote->captured, line);
    Py_XDECREF(line);
}

void
stk_remote_tell_dropped(stk_remote *remote)
{
    PyObject *type, *value, *traceback;
    char text[160], most[STK_UNIT_TEXT_MAX];

    PyErr_Fetch(&type, &value, &traceback);
    snprintf(text, sizeof text,
             "%llu characters of output were dropped: `output` of the "
             "profile is %s a call",
             (unsigned long long)remote->dropped,
             stk_unit_bytes(most, stk_worker_profile(remote->worker)->output));
    remote->dropped = 0;
    record_dropped(remote, text);
    if (remote->captured)
        capture_dropped(remote, text);
    else
        show_dropped(remote, text);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}
