/* SPDX-License-Identifier: Apache-2.0 */
/* What became of an exchange with a worker, as an exception of the host's. */
#include "python/remote/remote.h"

#include <errno.h>

void
stk_remote_raise_error(stk_remote *remote, const stk_error *err)
{
    stk_interp *state = stk_interp_get();
    stk_isolation *isolation = state ? stk_isolation_get(state) : NULL;
    PyObject *class, *text;

    if (!isolation)
        return;
    if (err->code == STK_E_MEMORY) {
        PyErr_NoMemory();
        return;
    }
    if (err->code == STK_E_LIMIT && err->sys_errno == ELOOP)
        class = PyExc_RecursionError;
    else if (err->code == STK_E_IO && err->sys_errno == ETIMEDOUT)
        class = isolation->sandbox_timeout;
    else if (err->code == STK_E_INVALID ||
             (err->code == STK_E_IO && err->sys_errno == EPIPE))
        class = isolation->worker_died;
    else
        class = isolation->sandbox_error;
    text = PyUnicode_FromFormat("%U: %s", remote->package, err->message);
    if (text)
        PyErr_SetObject(class, text);
    Py_XDECREF(text);
}
