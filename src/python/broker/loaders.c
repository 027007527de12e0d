/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The finders of [loader NAME]: each is made in a worker of its own, which is
 * locked down before any of its code is there, and asked for one module at a
 * time. Whatever goes wrong there is one ImportError here.
 */
#include "python/broker/loaders.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/profile.h"
#include "python/broker/broker.h"
#include "python/object/convert.h"
#include "python/object/name.h"
#include "python/object/printable.h"
#include "trust/keyring.h"

#define ARGUMENT_MAX (16u << 20) /* bytes of file:X */

/* What the interpreter keeps of one, a tuple. */
enum { KEPT_KEY, KEPT_WORKER, KEPT_FINDER, KEPT_N };

/* ---- making one ------------------------------------------------------ */

static PyObject *
read_file(const char *path)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { 0 };
    stk_error err = STK_ERROR_INIT;
    int result;

    Py_BEGIN_ALLOW_THREADS result =
        stk_file_read(&file, path, ARGUMENT_MAX, &err);
    Py_END_ALLOW_THREADS if (result < 0)
    {
        return PyErr_Format(PyExc_ImportError, "%s: %s", path, err.message);
    }
    return PyBytes_FromStringAndSize(file.data, (Py_ssize_t)file.length);
}

static PyObject *
make_argument(const stk_loader_argument *argument)
{
    switch (argument->kind) {
    case STK_ARGUMENT_FILE:
        return read_file(argument->text);
    case STK_ARGUMENT_PATH:
        return PyUnicode_DecodeFSDefault(argument->text);
    default:
        return stk_to_str(argument->text);
    }
}

static PyObject *
make_arguments(const stk_loader_rule *rule)
{
    PyObject *args = PyTuple_New((Py_ssize_t)rule->n_arguments);

    for (size_t i = 0; args && i < rule->n_arguments; i++) {
        PyObject *one = make_argument(&rule->arguments[i]);

        if (!one)
            Py_CLEAR(args);
        else
            PyTuple_SET_ITEM(args, (Py_ssize_t)i, one);
    }
    return args;
}

/* Its module, decided, verified where it must be, and recorded as every
 * import of a worker is. */
static PyObject *
load_module(stk_remote *remote)
{
    PyObject *loaded = stk_remote_ask(
        remote, STK_OP_LOAD, stk_broker_load_request(remote, remote->package));
    PyObject *module;

    if (!loaded)
        return NULL;
    module = PyList_CheckExact(loaded) && PyList_GET_SIZE(loaded) == 3
                 ? Py_NewRef(PyList_GET_ITEM(loaded, 0))
                 : PyErr_Format(PyExc_ImportError, "it loaded no module");
    Py_DECREF(loaded);
    return module;
}

static PyObject *
check_object(PyObject *object, const char *what)
{
    if (object && !stk_proxy_check(object)) {
        Py_DECREF(object);
        return PyErr_Format(PyExc_ImportError, "%s is none", what);
    }
    return object;
}

static PyObject *
find_class(stk_remote *remote, PyObject *module, const char *attribute)
{
    PyObject *parts = PyUnicode_FromString(attribute);
    PyObject *object = Py_NewRef(module);

    if (parts)
        Py_SETREF(parts, PyObject_CallMethod(parts, "split", "s", "."));
    for (Py_ssize_t i = 0; parts && object && i < PyList_GET_SIZE(parts); i++)
        Py_SETREF(object,
                  check_object(
                      stk_remote_ask(remote, STK_OP_GETATTR,
                                     Py_BuildValue("[OO]", object,
                                                   PyList_GET_ITEM(parts, i))),
                      "the class"));
    if (!parts)
        Py_CLEAR(object);
    Py_XDECREF(parts);
    return object;
}

static PyObject *
make_finder(stk_remote *remote, const stk_loader_rule *rule)
{
    PyObject *args = make_arguments(rule);
    PyObject *module = args ? load_module(remote) : NULL;
    PyObject *class = NULL, *finder = NULL;

    module = check_object(module, "the module");
    if (module)
        class = find_class(remote, module, rule->attribute);
    if (class)
        finder = check_object(
            stk_remote_ask(remote, STK_OP_CALL,
                           Py_BuildValue("[OOO]", class, args, Py_None)),
            "the finder");
    Py_XDECREF(module);
    Py_XDECREF(class);
    Py_XDECREF(args);
    return finder;
}

static PyObject *
make_worker(stk_interp *state, const stk_fetching *asked)
{
    const stk_loader_rule *rule = asked->rule;
    const stk_profile *profile =
        stk_policy_profile(asked->policy, rule->sandbox);
    PyObject *package = PyUnicode_FromString(rule->module);
    PyObject *worker = NULL;

    if (package && profile)
        worker = stk_remote_new(state, profile, package);
    else if (package)
        PyErr_Format(PyExc_ImportError, "there is no sandbox %s",
                     rule->sandbox);
    Py_XDECREF(package);
    if (!worker)
        return NULL;
    stk_as_remote(worker)->boxed = true;
    stk_as_remote(worker)->loader = PyUnicode_FromString(rule->name);
    if (!stk_as_remote(worker)->loader)
        Py_CLEAR(worker);
    return worker;
}

/* ---- those that there are -------------------------------------------- */

/* What it was made from: a policy that was loaded again may say otherwise. */
static PyObject *
make_key(const stk_fetching *asked)
{
    const stk_loader_rule *rule = asked->rule;
    const stk_profile *profile =
        stk_policy_profile(asked->policy, rule->sandbox);
    STK_CLEANUP(stk_freep)
    char *text = profile ? stk_profile_print(profile) : NULL;
    STK_CLEANUP(stk_buffer_clear) stk_buffer key = STK_BUFFER_INIT(1u << 20);

    stk_buffer_printf(&key, "%s:%s\n%s\n", rule->module, rule->attribute,
                      text ? text : "");
    for (size_t i = 0; i < rule->n_arguments; i++)
        stk_buffer_printf(&key, "%d %s\n", (int)rule->arguments[i].kind,
                          rule->arguments[i].text);
    if (!key.failed)
        return PyBytes_FromStringAndSize(key.data, (Py_ssize_t)key.length);
    return PyErr_NoMemory();
}

static PyObject *
make_kept(stk_interp *state, const stk_fetching *asked, PyObject *key)
{
    PyObject *worker = make_worker(state, asked);
    PyObject *finder =
        worker ? make_finder(stk_as_remote(worker), asked->rule) : NULL;
    PyObject *kept = finder ? PyTuple_Pack(KEPT_N, key, worker, finder) : NULL;

    Py_XDECREF(worker);
    Py_XDECREF(finder);
    return kept;
}

/* What its own module imports cannot be of its modules: it would be made for
 * that, and for that again. */
static PyObject *
start_kept(stk_interp *state, const stk_fetching *asked, PyObject *key)
{
    PyObject *loaders = stk_isolation_get(state)->loaders;
    PyObject *thread = PyLong_FromUnsignedLong(PyThread_get_thread_ident());
    PyObject *kept = NULL;

    if (thread && PyDict_SetItemString(loaders, asked->rule->name, thread) < 0)
        Py_CLEAR(thread);
    if (thread)
        kept = make_kept(state, asked, key);
    Py_XDECREF(thread);
    if (kept && PyDict_SetItemString(loaders, asked->rule->name, kept) < 0)
        Py_CLEAR(kept);
    if (!kept) {
        PyObject *type, *value, *traceback;

        PyErr_Fetch(&type, &value, &traceback);
        PyDict_DelItemString(loaders, asked->rule->name);
        PyErr_Clear();
        PyErr_Restore(type, value, traceback);
    }
    return kept;
}

static bool
is_being_made(PyObject *found)
{
    return PyLong_CheckExact(found) &&
           PyLong_AsUnsignedLong(found) == PyThread_get_thread_ident();
}

/* A dead one is replaced, unless the profile says that there is no other. */
static bool
is_good(PyObject *found, PyObject *key)
{
    const stk_remote *remote;

    if (!PyTuple_CheckExact(found) ||
        PyObject_RichCompareBool(PyTuple_GET_ITEM(found, KEPT_KEY), key,
                                 Py_EQ) != 1)
        return false;
    remote = stk_as_remote(PyTuple_GET_ITEM(found, KEPT_WORKER));
    return stk_worker_is_alive(remote->worker) ||
           stk_worker_profile(remote->worker)->restart == STK_RESTART_NEVER;
}

static PyObject *
get_kept(stk_interp *state, const stk_fetching *asked)
{
    stk_isolation *isolation = stk_isolation_get(state);
    PyObject *key = isolation ? make_key(asked) : NULL;
    PyObject *found = NULL;

    if (key)
        found = PyDict_GetItemString(isolation->loaders, asked->rule->name);
    if (found && is_being_made(found)) {
        PyErr_Format(PyExc_ImportError,
                     "its own module imports it: it is being made");
        found = NULL;
    } else if (key) {
        found = found && is_good(found, key) ? Py_NewRef(found)
                                             : start_kept(state, asked, key);
    }
    Py_XDECREF(key);
    return found;
}

/* ---- where it is said to be ------------------------------------------- */

static PyObject *
make_folder(const stk_fetching *asked)
{
    PyObject *path =
        PyObject_CallMethod(asked->name, "replace", "ss", ".", "/");
    PyObject *folder =
        path ? PyUnicode_FromFormat("<loader %s>/%U", asked->rule->name, path)
             : NULL;

    Py_XDECREF(path);
    return folder;
}

/* Of what the finder says of that, nothing is taken: it could name any file
 * of the host's. */
static int
set_places(const stk_fetching *asked, stk_fetched *out, bool package)
{
    PyObject *folder = make_folder(asked);

    if (folder)
        out->origin =
            PyUnicode_FromFormat(package ? "%U/__init__.py" : "%U.py", folder);
    if (package)
        out->folder = folder;
    else
        Py_XDECREF(folder);
    return out->origin ? 0 : -1;
}

/* ---- asking ---------------------------------------------------------- */

/* The packages above it that are the finder's, too, and the module. */
static PyObject *
list_names(const stk_fetching *asked)
{
    PyObject *names = PyList_New(0);
    Py_ssize_t length = PyUnicode_GET_LENGTH(asked->name);

    for (Py_ssize_t i = 1; names && i <= length; i++) {
        PyObject *part;
        const char *text;

        if (i < length && PyUnicode_READ_CHAR(asked->name, i) != '.')
            continue;
        part = PyUnicode_Substring(asked->name, 0, i);
        text = part ? PyUnicode_AsUTF8(part) : NULL;
        if (!text || (stk_policy_loader(asked->policy, text) == asked->rule &&
                      PyList_Append(names, part) < 0))
            Py_CLEAR(names);
        Py_XDECREF(part);
    }
    return names;
}

/* [spec, its name, is it a package] */
static int
take_found(const stk_fetching *asked, stk_fetched *out, PyObject *found)
{
    PyObject *const *parts =
        PyList_CheckExact(found) && PyList_GET_SIZE(found) == 3
            ? PySequence_Fast_ITEMS(found)
            : NULL;

    if (!parts || !stk_proxy_check(parts[0]) ||
        !PyUnicode_CheckExact(parts[1]) || !PyBool_Check(parts[2])) {
        PyErr_Format(PyExc_ImportError, "its finder gave no spec");
        return -1;
    }
    if (PyUnicode_Compare(parts[1], asked->name) != 0) {
        PyErr_Format(PyExc_ImportError,
                     "its finder gave the spec of another module: %.100R",
                     parts[1]);
        return -1;
    }
    out->spec = Py_NewRef(parts[0]);
    return set_places(asked, out, parts[2] == Py_True);
}

static int
ask_finder(const stk_fetching *asked, stk_fetched *out, PyObject *finder)
{
    PyObject *names = list_names(asked);
    PyObject *found =
        names ? stk_remote_ask(stk_as_remote(out->remote), STK_OP_FIND,
                               Py_BuildValue("[OO]", finder, names))
              : NULL;
    int result = found ? 0 : -1;

    if (found && found != Py_None)
        result = take_found(asked, out, found);
    Py_XDECREF(names);
    Py_XDECREF(found);
    return result;
}

/* Text, and nothing else: marshal data has a NUL, and a code object does not
 * come over at all. */
static PyObject *
check_source(PyObject *given)
{
    PyObject *source = given, *text;

    if (PyUnicode_CheckExact(given))
        source = PyUnicode_AsUTF8String(given);
    else if (PyBytes_CheckExact(given))
        Py_INCREF(given);
    else
        return PyErr_Format(PyExc_ImportError,
                            "its loader gave no source: text is taken, and "
                            "no code");
    text = source ? PyUnicode_DecodeUTF8(PyBytes_AS_STRING(source),
                                         PyBytes_GET_SIZE(source), NULL)
                  : NULL;
    if (!text || strlen(PyBytes_AS_STRING(source)) !=
                     (size_t)PyBytes_GET_SIZE(source)) {
        PyErr_Format(PyExc_ImportError,
                     "its loader gave no source: it is no UTF-8 text");
        Py_CLEAR(source);
    } else if (PyBytes_GET_SIZE(source) > (Py_ssize_t)STK_MODULE_BYTES_MAX) {
        PyErr_Format(PyExc_ImportError, "its source is too large");
        Py_CLEAR(source);
    }
    Py_XDECREF(text);
    return source;
}

static int
ask_source(const stk_fetching *asked, stk_fetched *out)
{
    PyObject *given =
        stk_remote_ask(stk_as_remote(out->remote), STK_OP_SOURCE,
                       Py_BuildValue("[OO]", out->spec, asked->name));

    if (!given)
        return -1;
    out->source = check_source(given);
    Py_DECREF(given);
    return out->source ? 0 : -1;
}

/* ---- signatures ------------------------------------------------------ */

static size_t
take_signatures(PyObject *list, stk_given_text *out)
{
    size_t n = 0;

    for (Py_ssize_t i = 0; PyList_CheckExact(list) && n < STK_SIGNATURES_MAX &&
                           i < PyList_GET_SIZE(list);
         i++) {
        PyObject *one = PyList_GET_ITEM(list, i);

        if (PyBytes_CheckExact(one))
            out[n++] = (stk_given_text){ PyBytes_AS_STRING(one),
                                         (size_t)PyBytes_GET_SIZE(one) };
    }
    return n;
}

static int
verify_with(const stk_fetching *asked, stk_fetched *out, PyObject *list)
{
    stk_given_text texts[STK_SIGNATURES_MAX];
    const char *origin = PyUnicode_AsUTF8(out->origin);
    stk_given given = { .name = asked->text,
                        .kind =
                            out->folder ? STK_KIND_PACKAGE : STK_KIND_MODULE,
                        .path = origin,
                        .source = PyBytes_AS_STRING(out->source),
                        .length = (size_t)PyBytes_GET_SIZE(out->source),
                        .signatures = texts };

    if (!origin)
        return -1;
    given.basename = strrchr(origin, '/') + 1;
    given.n_signatures = take_signatures(list, texts);
    if (stk_evidence_given(asked->evidence, &given, &out->evidence, NULL) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

/* The bytes that were given are those that will run. */
static int
verify_source(const stk_fetching *asked, stk_fetched *out)
{
    PyObject *list = stk_remote_ask(
        stk_as_remote(out->remote), STK_OP_DATA,
        Py_BuildValue("[OOO]", out->spec, asked->name, Py_None));
    int result = list ? verify_with(asked, out, list) : -1;

    Py_XDECREF(list);
    return result;
}

static int
verify(const stk_fetching *asked, stk_fetched *out)
{
    if (!asked->is_signed)
        return 0;
    if (out->source)
        return verify_source(asked, out);
    stk_evidence_refuse(&out->evidence, STK_TRUST_UNSIGNED,
                        "%s stays in the worker of [loader %s], where nobody "
                        "verifies it",
                        asked->text, asked->rule->name);
    return 0;
}

/* ---- one module ------------------------------------------------------ */

/* What the worker did is the cause, and the message one line of it. */
static void
wrap_failure(const stk_fetching *asked)
{
    PyObject *type, *value, *traceback, *text, *error;

    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback)
        PyException_SetTraceback(value, traceback);
    text = PyObject_Str(value);
    if (text) /* a terminal shows it */
        Py_SETREF(text, stk_printable(text, false));
    PyErr_Clear();
    PyErr_Format(PyExc_ImportError, "%U: [loader %s] %s:%s: %.300U",
                 asked->name, asked->rule->name, asked->rule->module,
                 asked->rule->attribute, text ? text : asked->name);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    PyErr_Fetch(&type, &error, &traceback);
    PyErr_NormalizeException(&type, &error, &traceback);
    PyException_SetCause(error, value);
    if (stk_attr_take(error, "name", Py_NewRef(asked->name)) < 0)
        PyErr_Clear();
    PyErr_Restore(type, error, traceback);
}

static int
wrapped(const stk_fetching *asked, int result)
{
    if (result == 0)
        return 0;
    wrap_failure(asked);
    return -1;
}

static int
find(stk_interp *state, const stk_fetching *asked, stk_fetched *out)
{
    PyObject *kept = get_kept(state, asked);
    int result;

    if (!kept)
        return -1;
    out->remote = Py_NewRef(PyTuple_GET_ITEM(kept, KEPT_WORKER));
    result = ask_finder(asked, out, PyTuple_GET_ITEM(kept, KEPT_FINDER));
    Py_DECREF(kept);
    return result;
}

static int
fetch(stk_interp *state, const stk_fetching *asked, stk_fetched *out)
{
    int result = find(state, asked, out);

    if (result < 0 || !out->spec)
        return result;
    if (asked->rule->result == STK_LOADER_SOURCE)
        result = ask_source(asked, out);
    return result < 0 ? result : verify(asked, out);
}

int
stk_loaders_fetch(stk_interp *state, const stk_fetching *asked,
                  stk_fetched *out)
{
    return wrapped(asked, fetch(state, asked, out));
}

int
stk_loaders_find(stk_interp *state, const stk_fetching *asked,
                 stk_fetched *out)
{
    return wrapped(asked, find(state, asked, out));
}

void
stk_fetched_clear(stk_fetched *fetched)
{
    Py_CLEAR(fetched->remote);
    Py_CLEAR(fetched->spec);
    Py_CLEAR(fetched->source);
    Py_CLEAR(fetched->origin);
    Py_CLEAR(fetched->folder);
    stk_evidence_clear(&fetched->evidence);
}

bool
stk_loaders_failure(char *out, size_t size)
{
    PyObject *type, *value, *traceback, *text;
    const char *utf8;

    if (!PyErr_ExceptionMatches(PyExc_ImportError))
        return false;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    text = PyObject_Str(value);
    utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
    PyOS_snprintf(out, size, "%.400s", utf8 ? utf8 : "it cannot be told");
    Py_XDECREF(text);
    PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    return true;
}
