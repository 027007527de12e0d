/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a worker that has ended, and whether there is another. */
#include "python/remote/remote.h"

bool
stk_remote_is_to_restart(const stk_remote *remote)
{
    return stk_process_guard() && !stk_worker_is_alive(remote->worker) &&
           stk_worker_profile(remote->worker)->restart ==
               STK_RESTART_ON_NEXT_CALL;
}

/* What helps whoever asks one that ended before; "" where nothing does. */
static PyObject *
advise_ended(const stk_remote *remote)
{
    const stk_profile *profile = stk_worker_profile(remote->worker);

    if (stk_worker_was_closed(remote->worker))
        return PyUnicode_FromString("");
    if (remote->strings)
        return PyUnicode_FromString("; the next run() has another");
    if (remote->boxed && !remote->loader)
        return PyUnicode_FromString("; import_module() of the box loads the "
                                    "module into another");
    if (profile->restart == STK_RESTART_NEVER)
        return PyUnicode_FromFormat(
            "; `restart = on_next_call` in [sandbox %s] has %s another",
            profile->name,
            remote->loader ? "its finder made in" : "the module loaded into");
    return PyUnicode_FromString("; take it from the module again, which is "
                                "loaded into another");
}

void
stk_remote_raise_ended(const stk_remote *remote)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *advice = isolation ? advise_ended(remote) : NULL, *text;

    if (!advice)
        return;
    text = PyUnicode_FromFormat("%U: its worker ended earlier: %s%U",
                                remote->package,
                                stk_worker_why(remote->worker), advice);
    if (text)
        PyErr_SetObject(isolation->worker_died, text);
    Py_XDECREF(text);
    Py_DECREF(advice);
}
