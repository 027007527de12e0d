/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker prints and logs, in the host's logging. */
#include "python/remote.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "policy/name.h"
#include "python/convert.h"
#include "python/own.h"

#define LINE_LEAST  64 /* characters: what a record costs the host */
#define LEVEL_MAX   50
#define LOGGERS_MAX 256 /* logging keeps each for ever */
#define OWN_MAX     64  /* of one package, whichever its workers are */
#define LABELS_MAX  4   /* below it: logging keeps one for every dot */
#define LOGGER_MAX  100

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

/* ---- what is shown of a line ----------------------------------------- */

#define ESCAPE_MAX 8u /* a backslash, ue0001 and its end */

/* The host's terminal may show it, and obeys no plugin. */
static bool
is_odd(Py_UCS4 c)
{
    return c != '\t' && stk_text_is_unprintable(c);
}

static size_t
count_odd(PyObject *line)
{
    size_t n = 0;

    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(line); i++)
        n += is_odd(PyUnicode_READ_CHAR(line, i));
    return n;
}

static size_t
escape(Py_UCS4 *out, Py_UCS4 c)
{
    char piece[ESCAPE_MAX];
    size_t n;

    if (!is_odd(c)) {
        *out = c;
        return 1;
    }
    n = (size_t)snprintf(piece, sizeof piece, c < 0x80 ? "\\x%02x" : "\\u%04x",
                         (unsigned)c);
    for (size_t i = 0; i < n; i++)
        out[i] = (Py_UCS4)piece[i];
    return n;
}

/* New reference. */
static PyObject *
escape_line(PyObject *line)
{
    size_t odd = count_odd(line), n = 0;
    size_t length = (size_t)PyUnicode_GET_LENGTH(line);
    Py_UCS4 *text;
    PyObject *shown;

    if (odd == 0)
        return Py_NewRef(line);
    text = PyMem_New(Py_UCS4, length + odd * (ESCAPE_MAX - 2));
    if (!text)
        return PyErr_NoMemory();
    for (size_t i = 0; i < length; i++)
        n += escape(text + n, PyUnicode_READ_CHAR(line, (Py_ssize_t)i));
    shown =
        PyUnicode_FromKindAndData(PyUnicode_4BYTE_KIND, text, (Py_ssize_t)n);
    PyMem_Free(text);
    return shown;
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

/* What it costs beyond its own characters is counted here. */
static void
show_line(stk_remote *remote, PyObject *logger, int level, PyObject *line)
{
    PyObject *shown = escape_line(line);
    Py_ssize_t length = PyUnicode_GET_LENGTH(line), cost;

    if (!shown) {
        stk_write_unraisable("logging the output of", remote->package);
        return;
    }
    cost = PyUnicode_GET_LENGTH(shown);
    if (cost < LINE_LEAST)
        cost = LINE_LEAST;
    remote->printed += (uint64_t)(cost - length);
    write_line(remote, logger, level, shown);
    Py_DECREF(shown);
}

static void
write_lines(stk_remote *remote, const output *out, PyObject *lines)
{
    PyObject *name = logger_name(remote, out->name);
    PyObject *logger = get_logger(remote, name);

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(lines) && !is_too_much(remote);
         i++)
        show_line(remote, logger, out->level, PyList_GET_ITEM(lines, i));
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
    if (n == 4 &&
        (!read_int(PyList_GET_ITEM(value, 2), LEVEL_MAX, &out->level) ||
         !PyUnicode_CheckExact(out->name) ||
         PyUnicode_GET_LENGTH(out->name) > LOGGER_MAX))
        return false;
    return PyUnicode_CheckExact(out->text);
}

/* Beyond the profile's `output` it is dropped. */
int
stk_remote_output(stk_remote *remote, PyObject *value)
{
    output out;

    if (!read_output(value, &out)) {
        PyErr_SetString(PyExc_ValueError, "output that cannot be");
        return -1;
    }
    /* no text has no line that would be counted */
    remote->printed += PyUnicode_GET_LENGTH(out.text) > 0
                           ? (uint64_t)PyUnicode_GET_LENGTH(out.text)
                           : LINE_LEAST;
    if (out.name)
        remote->printed += (uint64_t)PyUnicode_GET_LENGTH(out.name);
    if (is_too_much(remote))
        return 0;
    if (remote->captured)
        return capture(remote, &out);
    log_output(remote, &out);
    return 0;
}
