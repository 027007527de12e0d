/* SPDX-License-Identifier: Apache-2.0 */
/* Specs of modules that run in a worker, and which worker that is. */
#include "python/remote/isolated.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/profile.h"
#include "python/broker/loaders.h"
#include "python/object/convert.h"
#include "python/object/loaded.h"
#include "python/object/name.h"
#include "python/remote/loader_worker.h"
#include "python/remote/remote.h"

/* ---- which worker ---------------------------------------------------- */

/* The first package on the way to `name` that has a worker: all below it is
 * in that. */
static PyObject *
root_package(const stk_policy *policy, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 1; i <= length; i++) {
        char *prefix;
        stk_decision wanted;

        if (i < length && name[i] != '.')
            continue;
        prefix = strndup(name, i);
        if (!prefix)
            return PyErr_NoMemory();
        wanted = stk_policy_require(policy, prefix);
        free(prefix);
        if (stk_requirement_profile(wanted.requirement))
            return PyUnicode_FromStringAndSize(name, (Py_ssize_t)i);
    }
    return PyUnicode_FromString(name);
}

static PyObject *
new_worker(stk_interp *state, const stk_profile *profile, PyObject *package)
{
    stk_isolation *isolation = stk_isolation_get(state);
    PyObject *worker = stk_remote_new(state, profile, package);

    if (worker && PyDict_SetItem(isolation->workers, package, worker) < 0)
        Py_CLEAR(worker);
    return worker;
}

/* A policy that was loaded again may give less: what is imported then must
 * not get what was given before. 1, 0, or -1 with an exception. */
static int
is_under(const stk_remote *remote, const stk_profile *profile)
{
    STK_CLEANUP(stk_freep) char *now = stk_profile_print(profile);
    STK_CLEANUP(stk_freep)
    char *then = stk_profile_print(stk_worker_profile(remote->worker));

    if (now && then)
        return !strcmp(now, then);
    PyErr_NoMemory();
    return -1;
}

static PyObject *
take_found(stk_remote *remote, const stk_profile *profile)
{
    int same = is_under(remote, profile);

    if (same > 0)
        return Py_NewRef((PyObject *)remote);
    if (same == 0)
        PyErr_Format(PyExc_ImportError,
                     "%U is in a worker that was started under another "
                     "profile: start the host again",
                     remote->package);
    return NULL;
}

/* A dead one is left to those that hold it: what is imported anew gets a new
 * one, unless the profile says that there is no other. */
static PyObject *
worker_of(stk_interp *state, const stk_profile *profile, PyObject *package)
{
    stk_isolation *isolation = stk_isolation_get(state);
    PyObject *found =
        isolation ? PyDict_GetItemWithError(isolation->workers, package)
                  : NULL;
    stk_remote *remote = stk_as_remote(found);

    if (!isolation || PyErr_Occurred())
        return NULL;
    if (found && (stk_worker_is_alive(remote->worker) ||
                  profile->restart == STK_RESTART_NEVER))
        return take_found(remote, profile);
    return new_worker(state, profile, package);
}

PyObject *
stk_isolated_worker(stk_interp *state, const char *name)
{
    stk_policy *policy = stk_guard_policy(stk_process_guard());
    stk_decision wanted = stk_policy_require(policy, name);
    const char *box = stk_requirement_profile(wanted.requirement);
    const stk_profile *profile = box ? stk_policy_profile(policy, box) : NULL;
    PyObject *package, *worker = NULL;

    package = profile ? root_package(policy, name) : NULL;
    if (package)
        worker = worker_of(state, profile, package);
    else if (!PyErr_Occurred())
        PyErr_Format(PyExc_ImportError, "%s is in no sandbox any more", name);
    Py_XDECREF(package);
    stk_policy_free(policy);
    return worker;
}

/* ---- specs ----------------------------------------------------------- */

static int
copy_field(PyObject *to, PyObject *from, const char *name)
{
    PyObject *value = PyObject_GetAttrString(from, name);

    return value ? stk_attr_take(to, name, value) : -1;
}

static PyObject *
new_spec(stk_interp *state, PyObject *name, PyObject *found)
{
    PyObject *loader = stk_isolated_loader_new(state, name, found);
    PyObject *spec = loader ? PyObject_CallFunctionObjArgs(state->spec_class,
                                                           name, loader, NULL)
                            : NULL;

    Py_XDECREF(loader);
    if (spec && (copy_field(spec, found, "origin") < 0 ||
                 copy_field(spec, found, "has_location") < 0 ||
                 copy_field(spec, found, "submodule_search_locations") < 0))
        Py_CLEAR(spec);
    return spec;
}

PyObject *
stk_isolated_spec(stk_interp *state, PyObject *name, PyObject *found)
{
    PyObject *loader;
    bool is_ours;

    if (found == Py_None)
        return Py_NewRef(found);
    loader = PyObject_GetAttrString(found, "loader");
    if (!loader)
        return NULL;
    is_ours = stk_isolated_loader_check(loader) || stk_foreign_stays(loader);
    Py_DECREF(loader);
    return is_ours ? Py_NewRef(found) : new_spec(state, name, found);
}

void
stk_isolated_rouse(const stk_interp *state, const stk_wanted *wanted)
{
    const stk_profile *profile =
        stk_policy_profile(wanted->policy, wanted->sandbox);
    PyObject *package =
        profile ? root_package(wanted->policy, wanted->name) : NULL;

    if (package && !(state->isolation &&
                     PyDict_GetItem(state->isolation->workers, package)))
        stk_isolate_rouse(profile, STK_OP_LOAD);
    PyErr_Clear();
    Py_XDECREF(package);
}

PyObject *
stk_isolated_walk(stk_interp *state, PyObject *name, PyObject *path,
                  stk_walked *out)
{
    PyObject *found, *spec;

    found = stk_walk_find(state, name, path, out);
    spec = found ? stk_isolated_spec(state, name, found) : NULL;
    Py_XDECREF(found);
    return spec;
}

PyObject *
stk_isolated_find(stk_interp *state, PyObject *name, PyObject *path)
{
    PyObject *external = stk_module_namespace("_frozen_importlib_external");
    PyObject *finder =
        external ? PyDict_GetItemString(external, "PathFinder") : NULL;
    stk_walked walked = { .path = NULL };
    PyObject *found = NULL, *spec;

    if (!finder)
        return PyErr_Format(PyExc_ImportError, "importlib is not there yet");
    Py_INCREF(finder);
    if (stk_walk_is_ours(state))
        found = stk_walk_find(state, name, path, &walked);
    stk_walk_clear(&walked);
    if (!found && !PyErr_Occurred())
        found = PyObject_CallMethod(finder, "find_spec", "OO", name, path);
    Py_DECREF(finder);
    spec = found ? stk_isolated_spec(state, name, found) : NULL;
    Py_XDECREF(found);
    return spec;
}
