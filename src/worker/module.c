/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extension stockade._worker: a zygote in a python3 that was started for
 * it, where there is no program stockade-worker. The host runs
 *
 *     python3 -I -S -E -B -X utf8 -c CODE PATH VERSION
 *
 * with the CODE of python/remote/starter.c, which loads this and calls main().
 */
#include <signal.h>
#include <sys/prctl.h>

#include <stockade/error.h>

#include "worker/compat.h"
#include "worker/zygote.h"

/* Python has set them; the program has none. */
static void
reset_signals(void)
{
    static const int handled[] = { SIGINT, SIGPIPE, SIGXFSZ };

    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
        PyOS_setsig(handled[i], SIG_DFL);
}

static PyObject *
module_main(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(none))
{
    reset_signals();
    prctl(PR_SET_NAME, "stockade-worker", 0, 0, 0);
    if (stk_zygote_main() != 0)
        return PyErr_Format(PyExc_RuntimeError,
                            "stockade._worker: started by stockade alone, "
                            "for what a policy puts into a sandbox");
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "main", module_main, METH_NOARGS,
      "Serve the host that started this process." },
    { NULL, NULL, 0, NULL },
};

static PyModuleDef_Slot slots[] = { { 0, NULL } };

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    "stockade._worker",
    "The process that workers are forked from.",
    0,
    methods,
    slots,
    NULL,
    NULL,
    NULL,
};

/* before 3.9 PyMODINIT_FUNC does not say that it is seen */
STK_API PyMODINIT_FUNC PyInit__worker(void);

PyMODINIT_FUNC
PyInit__worker(void)
{
    return PyModuleDef_Init(&definition);
}
