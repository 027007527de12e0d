/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What importlib.metadata asks in a worker: of the distributions that have a
 * module which the worker was given, or which the policy lets it import, and
 * of no other; that another is installed is not told either. Where one of its
 * modules must be signed, what is told is verified by the same tree.
 */
#include "python/broker/broker.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "guard/listing.h"
#include "guard/report.h"
#include "policy/name.h"
#include "python/broker/installed.h"
#include "python/signed/signed.h"

#define METADATA_MAX (4u << 20)

typedef struct asked {
    stk_remote *remote;
    stk_utf8 package;       /* that the worker is for */
    const char *path;       /* "", "shop/", "shop/METADATA" */
    PyObject *key;          /* strong; the name that is asked for, or NULL */
    PyObject *distribution; /* borrowed, or NULL */
    PyObject *by; /* borrowed; its module that must be signed, or NULL */
    stk_evidence why;
} asked;

/* ---- whether it may ---------------------------------------------------- */

static bool
is_signed(const char *module)
{
    stk_guard *guard = stk_process_guard();
    stk_policy *policy = stk_guard_policy(guard);
    stk_decision rule = stk_policy_require(policy, module);
    bool result =
        stk_requirement_signed(rule.requirement) && !stk_guard_observes(guard);

    stk_policy_free(policy);
    return result;
}

/* As an import of the plugin's would be judged. */
static bool
is_allowed(const asked *a, const char *module)
{
    stk_importer importer = { a->package.text, 0 };
    stk_attempt attempt = { module, &importer, 1, 0 };
    stk_judgement judgement = { 0 };
    bool allowed;

    if (stk_broker_is_own(a->remote, a->package.text, module))
        return true;
    stk_guard_judge(stk_process_guard(), &attempt, &judgement);
    allowed = !judgement.refuse &&
              !stk_requirement_profile(judgement.decision.requirement);
    stk_judgement_clear(&judgement);
    return allowed;
}

/* 1, 0 or -1 with an exception. */
static int
may_have(asked *a, PyObject *module)
{
    const char *text = PyUnicode_AsUTF8(module);
    int served = text ? PyDict_Contains(a->remote->served, module) : -1;

    if (served == 0)
        served = is_allowed(a, text);
    if (text && !a->by && is_signed(text))
        a->by = module;
    return served;
}

/* By any of its modules. Fills `distribution` and `by`. 1, 0 or -1. */
static int
find_one(asked *a, PyObject *key, PyObject *distribution)
{
    const char *name = PyUnicode_AsUTF8(key);
    PyObject *modules =
        name ? stk_installed_modules(distribution, name) : NULL;
    int result = modules ? 0 : -1;

    a->distribution = distribution;
    a->by = NULL;
    for (Py_ssize_t i = 0;
         result >= 0 && modules && i < PyList_GET_SIZE(modules); i++) {
        int may = may_have(a, PyList_GET_ITEM(modules, i));

        result = may < 0 ? -1 : result | may;
    }
    /* it may say nothing of the module that it is called after */
    if (result > 0 && !a->by && is_signed(name))
        a->by = key;
    return result;
}

static PyObject *
all_of(stk_remote *remote)
{
    const stk_interp *state = stk_interp_get();
    PyObject *path =
        state ? PyDict_GetItemString(state->sys_dict, "path") : NULL;

    if (!remote->distributions && path)
        remote->distributions = stk_installed_find(path);
    return remote->distributions;
}

/* That of a->path, up to its slash. */
static int
find_asked(asked *a, size_t length)
{
    char name[STK_DISTRIBUTION_NAME];
    PyObject *all = all_of(a->remote), *distribution;
    int result = all ? 0 : -1;

    if (!all || !stk_installed_name(name, a->path, length))
        return result;
    a->key = PyUnicode_FromString(name);
    distribution = a->key ? PyDict_GetItemWithError(all, a->key) : NULL;
    if (distribution)
        result = find_one(a, a->key, distribution);
    return PyErr_Occurred() ? -1 : result;
}

/* ---- reading ------------------------------------------------------------ */

static size_t
most(const asked *a)
{
    uint64_t reply = stk_worker_profile(a->remote->worker)->reply;

    return reply < METADATA_MAX ? (size_t)reply : METADATA_MAX;
}

/* Of the folder that package or module `name` is found in, the path of the
 * file. Freed by free(); NULL without one. */
static char *
path_beside(const asked *a, const stk_evidence *found, const char *name,
            const char *file)
{
    STK_CLEANUP(stk_freep)
    char *root = found->folder || found->path
                     ? strdup(found->folder ? found->folder : found->path)
                     : NULL;
    STK_CLEANUP(stk_freep) char *below = NULL;

    for (; root; name++) {
        char *slash = strrchr(root, '/');

        if (!slash || slash == root)
            return NULL;
        *slash = '\0';
        name = strchr(name, '.');
        if (!name)
            break;
    }
    below = stk_path_join(PyBytes_AS_STRING(PyList_GET_ITEM(
                              a->distribution, STK_DISTRIBUTION_FOLDER)),
                          file);
    return root && below ? stk_path_join(root, below) : NULL;
}

static int
read_beside(asked *a, const stk_wanted *wanted, const stk_evidence *found,
            const char *file, char **data, size_t *length)
{
    STK_CLEANUP(stk_freep)
    char *path = path_beside(a, found, wanted->name, file);

    if (found->trust != STK_TRUST_OK) {
        stk_evidence_refuse(&a->why, found->trust, "%s",
                            stk_evidence_message(found));
        return 0;
    }
    return path ? stk_evidence_data(wanted->evidence, found, path, &a->why,
                                    data, length, NULL)
                : 0;
}

static int
look_and_read(asked *a, const stk_wanted *wanted, const char *file,
              char **data, size_t *length)
{
    const stk_interp *state = stk_interp_get();
    PyObject *parent = stk_broker_path(a->remote, a->by);
    stk_evidence found = STK_EVIDENCE_INIT;
    int result = PyErr_Occurred() ? -1 : 0;

    if (state && parent)
        result = stk_signed_look(state, wanted, parent, &found) < 0
                     ? -1
                     : read_beside(a, wanted, &found, file, data, length);
    stk_evidence_clear(&found);
    Py_XDECREF(parent);
    if (result < 0 && !PyErr_Occurred())
        PyErr_NoMemory();
    return result;
}

static int
read_verified(asked *a, const char *file, char **data, size_t *length)
{
    stk_guard *guard = stk_process_guard();
    stk_policy *policy = stk_guard_policy(guard);
    const char *name = PyUnicode_AsUTF8(a->by);
    stk_wanted wanted = { .name = name };
    int result = -1;

    if (name) {
        wanted.bundle = stk_policy_require(policy, name).bundle;
        wanted.evidence = stk_guard_evidence(guard);
        result = look_and_read(a, &wanted, file, data, length);
        stk_evidence_store_free(wanted.evidence);
    }
    stk_policy_free(policy);
    return result;
}

/* 1 with data, 0, perhaps with `why`, or -1 with an exception. */
static int
read_one(asked *a, const char *file, char **data, size_t *length)
{
    int result;

    if (a->by)
        return read_verified(a, file, data, length);
    result = stk_installed_read(a->distribution, file, most(a), data, length);
    if (result < 0)
        stk_evidence_refuse(&a->why, STK_TRUST_TOO_LARGE,
                            "%s cannot be read, or is larger than `reply`",
                            a->path);
    return result > 0;
}

/* ---- answers ------------------------------------------------------------ */

static bool
is_refused(const asked *a)
{
    return a->why.trust != STK_TRUST_NONE &&
           a->why.trust != STK_TRUST_UNLISTED;
}

static PyObject *
answer_file(asked *a, const char *file)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    size_t length = 0, i = 0;
    int result;

    while (stk_installed_file(i) && strcmp(stk_installed_file(i), file))
        i++;
    if (!stk_installed_file(i))
        Py_RETURN_NONE;
    result = read_one(a, file, &data, &length);
    if (result > 0 && length > most(a)) {
        result = 0;
        stk_evidence_refuse(&a->why, STK_TRUST_TOO_LARGE,
                            "%s is larger than `reply`", a->path);
    }
    if (result > 0)
        return PyBytes_FromStringAndSize(data, (Py_ssize_t)length);
    return result < 0 ? NULL : Py_NewRef(Py_None);
}

/* 1, 0 or -1 with an exception. */
static int
is_there(asked *a, const char *file)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    size_t length;

    return a->by ? read_verified(a, file, &data, &length)
                 : stk_installed_has(a->distribution, file);
}

static PyObject *
answer_files(asked *a)
{
    PyObject *names = PyList_New(0);

    for (size_t i = 0; names && !is_refused(a) && stk_installed_file(i); i++) {
        int there = is_there(a, stk_installed_file(i));

        if (there < 0 ||
            (there > 0 &&
             stk_broker_entry(names, stk_installed_file(i), false) < 0))
            Py_CLEAR(names);
    }
    if (names && (is_refused(a) || PyList_GET_SIZE(names) == 0))
        Py_SETREF(names, Py_NewRef(Py_None));
    return names;
}

static PyObject *
answer_all(asked *a)
{
    PyObject *all = all_of(a->remote), *names = all ? PyList_New(0) : NULL;
    PyObject *key, *distribution;
    Py_ssize_t at = 0;

    while (names && PyDict_Next(all, &at, &key, &distribution)) {
        int may = find_one(a, key, distribution);

        if (may < 0 || (may > 0 && PyList_Append(names, key) < 0))
            Py_CLEAR(names);
    }
    if (names && PyList_Sort(names) < 0)
        Py_CLEAR(names);
    return names;
}

static PyObject *
answer_asked(asked *a)
{
    const char *slash = strchr(a->path, '/');
    int may;

    if (!*a->path)
        return answer_all(a);
    may = slash ? find_asked(a, (size_t)(slash - a->path)) : 0;
    if (may < 0)
        return NULL;
    if (may == 0)
        Py_RETURN_NONE;
    return slash[1] ? answer_file(a, slash + 1) : answer_files(a);
}

static int
record(const asked *a, bool found)
{
    bool refused = !found && is_refused(a);
    stk_error err = STK_ERROR_INIT;

    if (stk_report_resource(
            stk_process_guard(),
            &(stk_report_read){
                .module = STK_BROKER_METADATA,
                .path = a->path,
                .package = a->package.text,
                .profile = stk_worker_profile(a->remote->worker)->name,
                .trust = refused ? stk_trust_name(a->why.trust) : NULL,
                .error = refused ? a->why.message : NULL,
                .found = found },
            &err) == 0)
        return 0;
    PyErr_SetString(PyExc_OSError, err.message);
    return -1;
}

PyObject *
stk_broker_metadata(stk_remote *remote, const char *path)
{
    asked a = { .remote = remote, .path = path, .why = STK_EVIDENCE_INIT };
    PyObject *answer = NULL;

    if (stk_utf8_get(&a.package, remote->package) == 0)
        answer = answer_asked(&a);
    if (answer && record(&a, answer != Py_None) < 0)
        Py_CLEAR(answer);
    if (answer == Py_None && is_refused(&a)) {
        Py_CLEAR(answer);
        PyErr_Format(PyExc_OSError, "%s is refused (%s): %s", path,
                     stk_trust_name(a.why.trust),
                     stk_evidence_message(&a.why));
    }
    Py_XDECREF(a.key);
    stk_utf8_clear(&a.package);
    stk_evidence_clear(&a.why);
    return answer;
}
