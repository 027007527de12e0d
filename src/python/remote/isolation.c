/* SPDX-License-Identifier: Apache-2.0 */
/* What an interpreter keeps of its workers, and the exceptions that they
 * make. */
#include "python/remote/isolation.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "guard/isolate.h"
#include "policy/preload.h"
#include "policy/profiles.h"
#include "python/broker/loaders.h"
#include "python/broker/preload.h"
#include "python/object/class.h"
#include "python/object/convert.h"
#include "python/object/name.h"
#include "python/remote/isolated.h"
#include "python/remote/loader_worker.h"
#include "python/remote/remote.h"
#include "python/remote/sandbox.h"
#include "python/remote/sealedbytes.h"
#include "python/remote/starter.h"

/* ---- exceptions ------------------------------------------------------ */

static PyObject *
new_class(const char *name, const char *doc, PyObject *base, PyObject *fields)
{
    PyObject *class = PyErr_NewExceptionWithDoc(name, doc, base, fields);

    Py_XDECREF(fields);
    return stk_class_seal(class);
}

static int
make_classes(stk_isolation *isolation)
{
    isolation->sandbox_error = new_class(
        "stockade.SandboxError",
        "A worker could not do what it was asked.\n"
        "\n"
        "result: RunResult, what Sandbox.run() had until then; None where it "
        "was\n"
        "something else that failed.",
        PyExc_Exception, Py_BuildValue("{sO}", "result", Py_None));
    if (!isolation->sandbox_error)
        return -1;
    isolation->sandbox_timeout =
        new_class("stockade.SandboxTimeout",
                  "A worker did not answer within its deadline; it was "
                  "killed.",
                  isolation->sandbox_error, NULL);
    isolation->worker_died =
        new_class("stockade.WorkerDied",
                  "The worker is gone, and what lived in it with it.",
                  isolation->sandbox_error, NULL);
    isolation->remote_error = new_class(
        "stockade.RemoteError",
        "Code in a worker raised an exception that has no type here.\n"
        "\n"
        "remote_type: str, the name of its type there.\n"
        "remote_traceback: str, where it was raised there.\n"
        "\n"
        "Its text is the type and the message. Its __cause__, as that of\n"
        "exceptions that do have a type here, is one that shows the\n"
        "traceback as well.",
        isolation->sandbox_error,
        Py_BuildValue("{sOsO}", "remote_type", Py_None, "remote_traceback",
                      Py_None));
    return isolation->sandbox_timeout && isolation->worker_died &&
                   isolation->remote_error
               ? 0
               : -1;
}

static int
show_all(const stk_isolation *isolation, PyObject *module)
{
    const struct {
        const char *name;
        PyObject *object;
    } shown[] = {
        { "SandboxError", isolation->sandbox_error },
        { "SandboxTimeout", isolation->sandbox_timeout },
        { "WorkerDied", isolation->worker_died },
        { "RemoteError", isolation->remote_error },
        { "Sandbox", isolation->box_type },
        { "SealedBytes", isolation->sealed_type },
        { "RunResult", isolation->result_type },
        { "Usage", isolation->usage_type },
    };

    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        if (stk_attr_take(module, shown[i].name, Py_NewRef(shown[i].object)) <
            0)
            return -1;
    return 0;
}

int
stk_isolation_show(stk_interp *state, PyObject *module)
{
    stk_isolation *isolation = stk_isolation_get(state);

    return isolation ? show_all(isolation, module) : -1;
}

/* ---- life ------------------------------------------------------------ */

void
stk_isolation_free(stk_isolation *isolation)
{
    if (!isolation)
        return;
    Py_CLEAR(isolation->loaders);
    Py_CLEAR(isolation->loggers);
    Py_CLEAR(isolation->zones);
    Py_CLEAR(isolation->workers);
    Py_CLEAR(isolation->sandbox_error);
    Py_CLEAR(isolation->sandbox_timeout);
    Py_CLEAR(isolation->worker_died);
    Py_CLEAR(isolation->remote_error);
    Py_CLEAR(isolation->remote_type);
    Py_CLEAR(isolation->await_type);
    Py_CLEAR(isolation->written_type);
    Py_CLEAR(isolation->module_type);
    Py_CLEAR(isolation->loader_type);
    Py_CLEAR(isolation->foreign_type);
    Py_CLEAR(isolation->box_type);
    Py_CLEAR(isolation->sealed_type);
    Py_CLEAR(isolation->result_type);
    Py_CLEAR(isolation->usage_type);
    for (size_t i = 0;
         i < sizeof isolation->proxy_types / sizeof *isolation->proxy_types;
         i++)
        Py_CLEAR(isolation->proxy_types[i]);
    free(isolation);
}

stk_isolation *
stk_isolation_get(stk_interp *state)
{
    stk_isolation *isolation = state->isolation;

    if (isolation)
        return isolation;
    isolation = calloc(1, sizeof *isolation);
    if (!isolation) {
        PyErr_NoMemory();
        return NULL;
    }
    isolation->workers = PyDict_New();
    isolation->loaders = PyDict_New();
    isolation->loggers = PyDict_New();
    isolation->foreign_type = stk_foreign_type();
    isolation->remote_type = stk_remote_type();
    isolation->loader_type = stk_isolated_loader_type();
    isolation->box_type = stk_sandbox_type();
    isolation->sealed_type = stk_sealedbytes_type();
    if (!isolation->workers || !isolation->loaders || !isolation->loggers ||
        !isolation->foreign_type || !isolation->remote_type ||
        !isolation->loader_type || !isolation->box_type ||
        !isolation->sealed_type || make_classes(isolation) < 0 ||
        stk_proxy_types(isolation) < 0 || stk_sandbox_types(isolation) < 0) {
        stk_isolation_free(isolation);
        return NULL;
    }
    state->isolation = isolation;
    return isolation;
}

/* ---- how workers are started ----------------------------------------- */

int
stk_isolation_prepare(stk_interp *state)
{
    STK_CLEANUP(stk_starter_clear) stk_starter starter = { NULL, NULL, { 0 } };
    stk_isolate_how how = { NULL, starter.argv, Py_GetVersion() };
    stk_error err = STK_ERROR_INIT;
    int result;

    if (stk_isolate_is_prepared())
        return 0;
    if (stk_starter_find(&starter, state) < 0)
        return -1;
    how.program = starter.program;
    result = stk_isolate_prepare(&how, &err);
    if (result == 0)
        return 0;
    stk_raise_error(&err);
    return -1;
}

/* What is not the standard library's is waited for: it asks us. */
static void
warm(const stk_profile *profile)
{
    stk_preloading preloading;
    stk_error err = STK_ERROR_INIT;

    if (stk_preload_begin(&preloading, profile) == 0) {
        stk_preload_let_go(&preloading);
        stk_isolate_warm(profile, stk_preload_host(&preloading), &err);
        stk_preload_return(&preloading);
    }
    PyErr_Clear();
    stk_preload_end(&preloading);
}

/* What stands against one is told to whoever wants a worker. */
void
stk_isolation_warm(stk_interp *state)
{
    stk_policy *policy = stk_guard_policy(stk_process_guard());
    stk_error err = STK_ERROR_INIT;
    const stk_profile *profiles;
    size_t n = 0;

    profiles = stk_policy_starts_workers(policy)
                   ? stk_policy_profiles(policy, &n)
                   : NULL;
    for (size_t i = 0; profiles && i < n; i++)
        if (profiles[i].start == STK_START_ON_INSTALL &&
            stk_policy_preloads(policy, &profiles[i], &err) == 0) {
            if (stk_isolation_prepare(state) < 0)
                PyErr_Clear();
            else
                warm(&profiles[i]);
        }
    stk_policy_free(policy);
}
