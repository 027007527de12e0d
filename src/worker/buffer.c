/* SPDX-License-Identifier: Apache-2.0 */
/* Large bytes of the host's, where they are: mapped, never copied. The host
 * sealed them; nobody can write to them, the host neither. */
#include "worker/serve.h"

#include <unistd.h>

#include "wire/sealed.h"
#include "worker/compat.h"

typedef struct mapping {
    PyObject_HEAD stk_sealed memory; /* owned */
} mapping;

static PyTypeObject *type; /* of this process; made before the lock-down */

static int
get_buffer(PyObject *self, Py_buffer *view, int flags)
{
    const stk_sealed *memory = &((mapping *)self)->memory;

    return PyBuffer_FillInfo(view, self, (void *)(uintptr_t)memory->data,
                             (Py_ssize_t)memory->length, 1, flags);
}

static void
dealloc(PyObject *self)
{
    PyTypeObject *own = Py_TYPE(self);

    stk_sealed_clear(&((mapping *)self)->memory);
    own->tp_free(self);
    Py_DECREF(own);
}

static PyType_Slot slots[] = {
    { Py_tp_dealloc, (void *)(uintptr_t)dealloc },
    { Py_tp_doc, (void *)(uintptr_t) "Bytes of the host's." },
    { 0, NULL },
};

static PyType_Spec spec = { "stockade.Sealed", sizeof(mapping), 0,
                            Py_TPFLAGS_DEFAULT, slots };

int
stk_buffer_init(void)
{
    type = (PyTypeObject *)PyType_FromSpec(&spec);
    /* before 3.9 no slot says it */
    if (type)
        type->tp_as_buffer->bf_getbuffer = get_buffer;
    return type ? 0 : -1;
}

PyObject *
stk_buffer_map(void *payload, unsigned index, size_t length)
{
    const stk_serving *serving = payload;
    stk_error err = STK_ERROR_INIT;
    PyObject *self, *view;

    if (index >= serving->n_fds)
        return PyErr_Format(PyExc_ValueError, "a buffer that did not come");
    self = PyType_GenericAlloc(type, 0);
    if (!self)
        return NULL;
    if (stk_sealed_trust(&((mapping *)self)->memory, serving->fds[index],
                         length, &err) < 0) {
        Py_DECREF(self);
        return PyErr_Format(PyExc_MemoryError, "%s", err.message);
    }
    view = PyMemoryView_FromObject(self);
    Py_DECREF(self);
    return view;
}

void
stk_buffer_take(stk_serving *serving)
{
    serving->n_fds = stk_channel_steal_fds(serving->channel, serving->fds);
}

void
stk_buffer_close(stk_serving *serving)
{
    while (serving->n_fds > 0)
        close(serving->fds[--serving->n_fds]);
}
