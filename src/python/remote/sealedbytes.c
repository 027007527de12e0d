/* SPDX-License-Identifier: Apache-2.0 */
/* Large bytes that workers see where they are. Copied once, when they are
 * made; from then on nobody can change them, not even this process. */
#include "python/remote/sealedbytes.h"

#include "base/cleanup.h"
#include "python/object/class.h"
#include "python/object/convert.h"
#include "wire/sealed.h"

typedef struct sealed_bytes {
    PyObject_HEAD int fd; /* owned */
    stk_sealed memory;    /* owned */
} sealed_bytes;

static sealed_bytes *
as_sealed(PyObject *self)
{
    return (sealed_bytes *)(void *)self;
}

/* ---- made ------------------------------------------------------------ */

static int
fill(sealed_bytes *self, const Py_buffer *from)
{
    stk_error err = STK_ERROR_INIT;
    int result;

    Py_BEGIN_ALLOW_THREADS result =
        stk_sealed_new(&self->fd, from->buf, (size_t)from->len, &err);
    Py_END_ALLOW_THREADS if (result == 0) result =
        stk_sealed_trust(&self->memory, self->fd, (size_t)from->len, &err);
    if (result < 0)
        stk_raise_error(&err);
    return result;
}

static PyObject *
sealed_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    PyObject *self;
    Py_buffer from;
    int result;

    if (kwargs && PyDict_GET_SIZE(kwargs))
        return PyErr_Format(PyExc_TypeError,
                            "SealedBytes() takes no keyword arguments");
    if (!PyArg_ParseTuple(args, "y*:SealedBytes", &from))
        return NULL;
    self = PyType_GenericAlloc(type, 0);
    if (self) {
        as_sealed(self)->fd = -1;
        result = fill(as_sealed(self), &from);
        if (result < 0)
            Py_CLEAR(self);
    }
    PyBuffer_Release(&from);
    return self;
}

static void
sealed_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    stk_sealed_clear(&as_sealed(self)->memory);
    stk_closep(&as_sealed(self)->fd);
    type->tp_free(self);
    Py_DECREF(type);
}

/* ---- used ------------------------------------------------------------ */

static Py_ssize_t
sealed_length(PyObject *self)
{
    return (Py_ssize_t)as_sealed(self)->memory.length;
}

static int
sealed_get_buffer(PyObject *self, Py_buffer *view, int flags)
{
    const stk_sealed *memory = &as_sealed(self)->memory;

    return PyBuffer_FillInfo(view, self, (void *)(uintptr_t)memory->data,
                             (Py_ssize_t)memory->length, 1, flags);
}

static PyObject *
sealed_repr(PyObject *self)
{
    return PyUnicode_FromFormat("<stockade.SealedBytes of %zd bytes>",
                                sealed_length(self));
}

PyDoc_STRVAR(
    sealed_doc,
    "SealedBytes(data, /)\n"
    "--\n"
    "\n"
    "A copy of `data`, a bytes-like object, that cannot be changed "
    "any more.\n"
    "\n"
    "Handed to a worker whose profile has `syscalls = @buffers` it is "
    "a\n"
    "memoryview there, of this very memory, however large it is.");

static PyType_Slot sealed_slots[] = {
    { Py_tp_new, (void *)(uintptr_t)sealed_new },
    { Py_tp_dealloc, (void *)(uintptr_t)sealed_dealloc },
    { Py_tp_repr, (void *)(uintptr_t)sealed_repr },
    { Py_sq_length, (void *)(uintptr_t)sealed_length },
    { Py_tp_doc, (void *)(uintptr_t)sealed_doc },
    { 0, NULL },
};

static PyType_Spec sealed_spec = { "stockade.SealedBytes",
                                   sizeof(sealed_bytes), 0, Py_TPFLAGS_DEFAULT,
                                   sealed_slots };

PyObject *
stk_sealedbytes_type(void)
{
    PyObject *type = PyType_FromSpec(&sealed_spec);

    /* before 3.9 no slot says it */
    if (type)
        ((PyTypeObject *)type)->tp_as_buffer->bf_getbuffer = sealed_get_buffer;
    return stk_class_seal(type);
}

bool
stk_sealedbytes_check(PyObject *object)
{
    return Py_TYPE(object)->tp_dealloc == sealed_dealloc;
}

int
stk_sealedbytes_write(stk_writer *writer, PyObject *object)
{
    const sealed_bytes *self = as_sealed(object);

    return stk_writer_sealed(writer, self->fd, self->memory.length);
}
