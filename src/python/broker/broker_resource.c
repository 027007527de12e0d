/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file beside the plugin's own modules, which it asks for: read by the host
 * below the folder of that package and nowhere else, verified where the
 * package must be signed, recorded. A path with a slash at its end, or none,
 * is a folder: what is in it is told.
 */
#include "python/broker/broker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "guard/listing.h"
#include "guard/report.h"
#include "python/signed/signature.h"
#include "python/signed/signed.h"

#define PATH_MAX_LENGTH 1000

typedef struct asked {
    stk_remote *remote;
    PyObject *module, *path; /* borrowed; exact str */
    PyObject *folders;       /* strong; list, or NULL */
    stk_utf8 name, below;
    bool lists;       /* a folder */
    PyObject *names;  /* strong; list: what is in it */
    stk_evidence why; /* where it does not hold */
} asked;

/* "" for the package itself. Freed by free(); NULL without memory. */
static char *
folder_below(const asked *a)
{
    size_t length = strlen(a->below.text);

    return strndup(a->below.text, length ? length - 1 : 0);
}

/* ---- which it is ------------------------------------------------------ */

/* The package that the worker is for, or one below it, that it has. */
static bool
is_own_package(asked *a)
{
    stk_utf8 package;
    bool own;

    if (stk_utf8_get(&package, a->remote->package) < 0)
        return false;
    own = stk_broker_is_own(a->remote, package.text, a->name.text);
    stk_utf8_clear(&package);
    if (own)
        a->folders =
            Py_XNewRef(PyDict_GetItemWithError(a->remote->served, a->module));
    return a->folders && a->folders != Py_None;
}

/* ---- reading ---------------------------------------------------------- */

/* 1 with data, 0 where there is none, or -1. */
static int
read_beneath(const char *folder, const char *path, size_t maximum, char **data,
             size_t *length)
{
    STK_CLEANUP(stk_closep)
    int at = stk_beneath_folder(folder);
    STK_CLEANUP(stk_closep) int fd = -1;

    if (at < 0 || stk_beneath_open(&fd, at, path, NULL) != STK_BENEATH_FILE)
        return 0;
    return stk_beneath_read(data, length, fd, maximum, NULL) < 0 ? -1 : 1;
}

static int
read_plain(asked *a, PyObject *folder, char **data, size_t *length)
{
    size_t maximum = (size_t)stk_worker_profile(a->remote->worker)->reply;
    PyObject *encoded = PyUnicode_EncodeFSDefault(folder);
    PyObject *path = encoded ? PyUnicode_EncodeFSDefault(a->path) : NULL;
    int result = 0;

    if (path &&
        strlen(PyBytes_AS_STRING(path)) == (size_t)PyBytes_GET_SIZE(path)) {
        Py_BEGIN_ALLOW_THREADS result =
            read_beneath(PyBytes_AS_STRING(encoded), PyBytes_AS_STRING(path),
                         maximum, data, length);
        Py_END_ALLOW_THREADS
    }
    PyErr_Clear();
    Py_XDECREF(encoded);
    Py_XDECREF(path);
    if (result < 0)
        stk_evidence_refuse(&a->why, STK_TRUST_TOO_LARGE,
                            "%s cannot be read, or is larger than `reply`",
                            a->below.text);
    return result;
}

/* Of a file, or with a slash at its end. */
static bool
is_plain_path(const char *path)
{
    size_t n;

    for (; *path; path += n + (path[n] == '/')) {
        n = strcspn(path, "/");
        if (n == 0 || (n == 1 && path[0] == '.') ||
            (n == 2 && path[0] == '.' && path[1] == '.'))
            return false;
    }
    return true;
}

/* ---- listing ---------------------------------------------------------- */

/* 1 with names, 0 where there is no such folder, or -1. */
static int
list_plain(asked *a, PyObject *folder)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(folder);
    STK_CLEANUP(stk_freep) char *below = folder_below(a);
    int result = encoded && below ? 0 : -1;

    if (result == 0)
        result =
            stk_broker_folder(a->names, PyBytes_AS_STRING(encoded), below);
    Py_XDECREF(encoded);
    return result;
}

static int
list_verified(asked *a, const stk_wanted *wanted, const stk_evidence *found)
{
    STK_CLEANUP(stk_freep) char *below = folder_below(a);
    STK_CLEANUP(stk_freep) char *joined = NULL;
    stk_listing listing = STK_LISTING_INIT;
    const char *path = found->folder;
    int result = -1;

    if (below && *below)
        path = joined = stk_path_join(found->folder, below);
    if (below && path)
        result = stk_evidence_list(&listing, wanted->evidence, found, path,
                                   &a->why);
    for (size_t i = 0; result > 0 && i < listing.n; i++)
        if (stk_broker_entry(a->names, listing.entries[i].name,
                             listing.entries[i].kind == STK_ENTRY_FOLDER) < 0)
            result = -1;
    stk_listing_clear(&listing);
    return result;
}

/* ---- what must be signed ----------------------------------------------- */

static int
read_found(asked *a, const stk_wanted *wanted, const stk_evidence *found,
           char **data, size_t *length)
{
    STK_CLEANUP(stk_freep) char *path = NULL;

    if (!found->folder)
        return 0;
    if (a->lists)
        return list_verified(a, wanted, found);
    path = stk_path_join(found->folder, a->below.text);
    return path ? stk_evidence_data(wanted->evidence, found, path, &a->why,
                                    data, length, NULL)
                : 0;
}

static int
read_verified(asked *a, const stk_wanted *wanted, PyObject *parent,
              char **data, size_t *length)
{
    const stk_interp *state = stk_interp_get();
    stk_evidence found = STK_EVIDENCE_INIT;
    int result = -1;

    if (state && stk_signed_look(state, wanted, parent, &found) == 0) {
        result = 0;
        if (found.trust != STK_TRUST_OK)
            stk_evidence_refuse(&a->why, found.trust, "%s",
                                stk_evidence_message(&found));
        else
            result = read_found(a, wanted, &found, data, length);
    }
    stk_evidence_clear(&found);
    if (result < 0 && !PyErr_Occurred())
        PyErr_NoMemory();
    return result;
}

static int
read_signed(asked *a, const stk_wanted *wanted, char **data, size_t *length)
{
    PyObject *parent = stk_broker_path(a->remote, a->module);
    int result = parent ? read_verified(a, wanted, parent, data, length)
                 : PyErr_Occurred() ? -1
                                    : 0;

    Py_XDECREF(parent);
    return result;
}

static int
read_any(asked *a, char **data, size_t *length)
{
    stk_guard *guard = stk_process_guard();
    stk_policy *policy = stk_guard_policy(guard);
    stk_decision rule = stk_policy_require(policy, a->name.text);
    stk_wanted wanted = { .name = a->name.text, .bundle = rule.bundle };
    int result = 0;

    if (stk_requirement_signed(rule.requirement) &&
        !stk_guard_observes(guard)) {
        wanted.evidence = stk_guard_evidence(guard);
        result = read_signed(a, &wanted, data, length);
        stk_evidence_store_free(wanted.evidence);
    } else {
        for (Py_ssize_t i = 0; result == 0 && PyList_Check(a->folders) &&
                               i < PyList_GET_SIZE(a->folders);
             i++)
            if (PyUnicode_Check(PyList_GET_ITEM(a->folders, i)))
                result = a->lists
                             ? list_plain(a, PyList_GET_ITEM(a->folders, i))
                             : read_plain(a, PyList_GET_ITEM(a->folders, i),
                                          data, length);
    }
    stk_policy_free(policy);
    return result;
}

/* ---- one request ------------------------------------------------------ */

static int
record(const asked *a, int result)
{
    stk_error err = STK_ERROR_INIT;
    bool refused = result <= 0 && a->why.trust != STK_TRUST_NONE &&
                   a->why.trust != STK_TRUST_UNLISTED;
    stk_utf8 package;
    int written;

    if (stk_utf8_get(&package, a->remote->package) < 0)
        return -1;
    written = stk_report_resource(
        stk_process_guard(),
        &(stk_report_read){
            .module = a->name.text,
            .path = a->below.text,
            .package = package.text,
            .profile = stk_worker_profile(a->remote->worker)->name,
            .trust = refused ? stk_trust_name(a->why.trust) : NULL,
            .error = refused ? a->why.message : NULL,
            .found = result > 0 },
        &err);
    stk_utf8_clear(&package);
    if (written == 0)
        return 0;
    PyErr_SetString(PyExc_OSError, err.message);
    return -1;
}

/* Once for all workers: a thousand files are looked at. */
static int
list_zones(asked *a)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;

    if (isolation && !isolation->zones)
        isolation->zones = stk_broker_zones();
    if (!isolation || !isolation->zones)
        return -1;
    Py_SETREF(a->names, Py_NewRef(isolation->zones));
    return 1;
}

static PyObject *
answer_asked(asked *a)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    size_t length = 0;
    int result = 0;

    if (!strcmp(a->name.text, "zoneinfo") && !*a->below.text)
        result = list_zones(a);
    else if (!strcmp(a->name.text, "zoneinfo"))
        result = stk_broker_zone(&data, &length, a->below.text);
    else if (is_own_package(a) && is_plain_path(a->below.text))
        result = read_any(a, &data, &length);
    if (PyErr_Occurred() || record(a, result) < 0)
        return NULL;
    if (result > 0 && a->lists)
        return Py_NewRef(a->names);
    if (result > 0)
        return PyBytes_FromStringAndSize(data, (Py_ssize_t)length);
    if (a->why.trust != STK_TRUST_NONE && a->why.trust != STK_TRUST_UNLISTED)
        return PyErr_Format(PyExc_OSError, "%s is refused (%s): %s",
                            a->below.text, stk_trust_name(a->why.trust),
                            stk_evidence_message(&a->why));
    Py_RETURN_NONE;
}

PyObject *
stk_broker_resource(stk_remote *remote, PyObject *question)
{
    asked a = { .remote = remote, .why = STK_EVIDENCE_INIT };
    PyObject *result = NULL;

    if (!PyList_CheckExact(question) || PyList_GET_SIZE(question) != 2 ||
        !PyUnicode_CheckExact(PyList_GET_ITEM(question, 0)) ||
        !PyUnicode_CheckExact(PyList_GET_ITEM(question, 1)))
        return PyErr_Format(PyExc_ValueError, "a resource has two parts");
    a.module = PyList_GET_ITEM(question, 0);
    a.path = PyList_GET_ITEM(question, 1);
    if (PyUnicode_GET_LENGTH(a.module) > PATH_MAX_LENGTH ||
        PyUnicode_GET_LENGTH(a.path) > PATH_MAX_LENGTH)
        return PyErr_Format(PyExc_OSError, "no name of a resource");
    if (stk_broker_count(remote) < 0)
        return NULL;
    if (stk_utf8_get(&a.name, a.module) == 0 &&
        stk_utf8_get(&a.below, a.path) == 0) {
        size_t n = strlen(a.below.text);

        a.lists = n == 0 || a.below.text[n - 1] == '/';
        a.names = PyList_New(0);
        if (a.names && !strcmp(a.name.text, STK_BROKER_METADATA))
            result = stk_broker_metadata(remote, a.below.text);
        else if (a.names)
            result = answer_asked(&a);
    }
    stk_utf8_clear(&a.name);
    stk_utf8_clear(&a.below);
    stk_evidence_clear(&a.why);
    Py_XDECREF(a.folders);
    Py_XDECREF(a.names);
    return result;
}
