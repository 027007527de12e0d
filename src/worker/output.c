/* SPDX-License-Identifier: Apache-2.0 */
/* sys.stdout and sys.stderr of a worker: what is printed goes to the host,
 * a line at a time. There is no descriptor to write to, and nobody to ask:
 * sys.stdin is at its end. */
#include "worker/serve.h"

#include <stddef.h>
#include <structmember.h>

#include "worker/compat.h"

#define HELD_MAX   8192  /* characters */
#define PIECE_MAX  65536 /* of one frame */
#define BESIDE_MAX 160   /* of it: what else is in a frame */

typedef struct stream_object {
    PyObject_HEAD PyObject *held; /* strong; str, or NULL */
    PyObject *bytes;              /* strong; its `buffer`, or NULL */
    int number;                   /* 1 or 2 */
} stream_object;

static stream_object *
as_stream(PyObject *self)
{
    return (stream_object *)self;
}

PyObject *
stk_output_piece(const stk_serving *serving, PyObject *text, Py_ssize_t at)
{
    size_t most = serving->bounds.bytes / 4 - BESIDE_MAX; /* UTF-8 */

    if (most > PIECE_MAX)
        most = PIECE_MAX;
    if (at == 0 && PyUnicode_GET_LENGTH(text) <= (Py_ssize_t)most)
        return Py_NewRef(text);
    return PyUnicode_Substring(text, at, at + (Py_ssize_t)most);
}

static void
send_text(stk_serving *serving, int number, PyObject *text)
{
    Py_ssize_t at = 0, length = PyUnicode_GET_LENGTH(text);

    while (at < length) {
        PyObject *piece = stk_output_piece(serving, text, at);
        PyObject *value = piece ? Py_BuildValue("[iO]", number, piece) : NULL;

        at = piece ? at + PyUnicode_GET_LENGTH(piece) : length;
        /* a thread of the plugin's prints when nobody listens: it is lost */
        if (!value || stk_serve_tell(serving, STK_OP_OUTPUT, value) < 0)
            at = length;
        Py_XDECREF(piece);
        Py_XDECREF(value);
    }
    PyErr_Clear();
}

static void
send_held(stream_object *stream)
{
    stk_serving *serving = stk_serve_current();
    PyObject *text = stream->held;

    if (!text || PyUnicode_GET_LENGTH(text) == 0)
        return;
    stream->held = NULL;
    if (serving)
        send_text(serving, stream->number, text);
    Py_DECREF(text);
}

/* Takes `rest`, which follows what finalizers printed meanwhile: any object
 * that is made may begin a collection. */
static int
hold(stream_object *stream, PyObject *rest)
{
    if (stream->held)
        PyUnicode_AppendAndDel(&stream->held, rest);
    else
        stream->held = rest;
    return stream->held ? 0 : -1;
}

/* The lines that are whole: what follows is the beginning of the next. */
static int
send_lines(stream_object *stream)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(stream->held);
    Py_ssize_t end = PyUnicode_FindChar(stream->held, '\n', 0, length, -1);
    PyObject *lines, *rest;

    if (end < 0 && length < HELD_MAX)
        return 0;
    if (end < 0 || end + 1 == length) {
        send_held(stream);
        return 0;
    }
    lines = PyUnicode_Substring(stream->held, 0, end + 1);
    rest = lines ? PyUnicode_Substring(stream->held, end + 1, length) : NULL;
    if (!rest) {
        Py_XDECREF(lines);
        return -1;
    }
    Py_SETREF(stream->held, lines);
    send_held(stream);
    return hold(stream, rest);
}

static PyObject *
stream_write(PyObject *self, PyObject *text)
{
    stream_object *stream = as_stream(self);

    if (!PyUnicode_Check(text))
        return PyErr_Format(PyExc_TypeError,
                            "write() argument must be str, not %.100s",
                            Py_TYPE(text)->tp_name);
    if (stream->held)
        PyUnicode_Append(&stream->held, text);
    else
        stream->held = PyUnicode_FromObject(text);
    if (!stream->held)
        return NULL;
    if (send_lines(stream) < 0)
        return NULL;
    return PyLong_FromSsize_t(PyUnicode_GET_LENGTH(text));
}

static PyObject *
stream_writelines(PyObject *self, PyObject *lines)
{
    PyObject *iterator = PyObject_GetIter(lines), *line, *done = NULL;

    while (iterator && (line = PyIter_Next(iterator))) {
        done = stream_write(self, line);
        Py_DECREF(line);
        if (!done)
            break;
        Py_DECREF(done);
    }
    Py_XDECREF(iterator);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

static PyObject *
stream_flush(PyObject *self, PyObject *Py_UNUSED(unused))
{
    send_held(as_stream(self));
    Py_RETURN_NONE;
}

static PyObject *
stream_yes(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    Py_RETURN_TRUE;
}

static PyObject *
stream_no(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    Py_RETURN_FALSE;
}

/* As of a wrapper around it, that ends: what is printed goes on. */
static PyObject *
stream_close(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    Py_RETURN_NONE;
}

/* As streams in memory do: who asks whether it is a terminal takes that, and
 * no other OSError, for a no. */
static PyObject *
stream_fileno(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(unused))
{
    PyObject *module = PyDict_GetItemString(PyImport_GetModuleDict(), "_io");
    PyObject *type =
        module ? PyObject_GetAttrString(module, "UnsupportedOperation") : NULL;

    PyErr_Clear();
    PyErr_SetString(type && PyExceptionClass_Check(type) ? type
                                                         : PyExc_OSError,
                    "a worker's output has no descriptor");
    Py_XDECREF(type);
    return NULL;
}

/* ---- bytes ------------------------------------------------------------ */

/* sys.stdout.buffer: UTF-8, of which a letter may come in pieces. */
typedef struct bytes_object {
    PyObject_HEAD stream_object *stream; /* strong */
    PyObject *rest;                      /* strong; bytes, or NULL */
} bytes_object;

static PyObject *bytes_type; /* strong; once needed */

static bytes_object *
as_bytes(PyObject *self)
{
    return (bytes_object *)self;
}

/* What is no UTF-8, or no more than a part, as escapes. */
static int
write_rest(bytes_object *self, bool all)
{
    PyObject *data = self->rest, *text, *done;
    Py_ssize_t size = data ? PyBytes_GET_SIZE(data) : 0, used = size;

    if (size == 0)
        return 0;
    self->rest = NULL;
    text = PyUnicode_DecodeUTF8Stateful(
        PyBytes_AS_STRING(data), size, "backslashreplace", all ? NULL : &used);
    if (text && used < size)
        self->rest = PyBytes_FromStringAndSize(PyBytes_AS_STRING(data) + used,
                                               size - used);
    Py_DECREF(data);
    done = text ? stream_write((PyObject *)self->stream, text) : NULL;
    Py_XDECREF(text);
    Py_XDECREF(done);
    return done ? 0 : -1;
}

static PyObject *
bytes_write(PyObject *self, PyObject *data)
{
    PyObject *bytes, **rest = &as_bytes(self)->rest;
    Py_ssize_t size;

    if (!PyObject_CheckBuffer(data))
        return PyErr_Format(PyExc_TypeError,
                            "a bytes-like object is required, not '%.100s'",
                            Py_TYPE(data)->tp_name);
    bytes = PyBytes_FromObject(data);
    if (!bytes)
        return NULL;
    size = PyBytes_GET_SIZE(bytes);
    if (*rest)
        PyBytes_ConcatAndDel(rest, bytes);
    else
        *rest = bytes;
    if (!*rest || write_rest(as_bytes(self), false) < 0)
        return NULL;
    return PyLong_FromSsize_t(size);
}

static PyObject *
bytes_flush(PyObject *self, PyObject *Py_UNUSED(unused))
{
    send_held(as_bytes(self)->stream);
    Py_RETURN_NONE;
}

static void
bytes_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_bytes(self)->stream);
    Py_CLEAR(as_bytes(self)->rest);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyObject *stream_closed(PyObject *self, void *closure);

static PyMethodDef bytes_methods[] = {
    { "write", bytes_write, METH_O, "Send UTF-8 to the host." },
    { "flush", bytes_flush, METH_NOARGS, "Send what is held back." },
    { "writable", stream_yes, METH_NOARGS, "True." },
    { "readable", stream_no, METH_NOARGS, "False." },
    { "seekable", stream_no, METH_NOARGS, "False." },
    { "isatty", stream_no, METH_NOARGS, "False." },
    { "fileno", stream_fileno, METH_NOARGS, "There is none: OSError." },
    { "close", stream_close, METH_NOARGS, "Nothing." },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef bytes_getset[] = {
    { "closed", stream_closed, NULL, "False", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot bytes_slots[] = {
    { Py_tp_methods, bytes_methods },
    { Py_tp_getset, bytes_getset },
    { Py_tp_dealloc, (void *)(uintptr_t)bytes_dealloc },
    { Py_tp_doc, (void *)(uintptr_t) "The output of a worker, as bytes." },
    { 0, NULL },
};

static PyType_Spec bytes_spec = { "stockade.WorkerBytes", sizeof(bytes_object),
                                  0, Py_TPFLAGS_DEFAULT, bytes_slots };

static PyObject *
stream_buffer(PyObject *self, void *Py_UNUSED(closure))
{
    stream_object *stream = as_stream(self);

    if (!bytes_type)
        bytes_type = PyType_FromSpec(&bytes_spec);
    if (bytes_type && !stream->bytes)
        stream->bytes = PyType_GenericAlloc((PyTypeObject *)bytes_type, 0);
    if (stream->bytes && !as_bytes(stream->bytes)->stream)
        as_bytes(stream->bytes)->stream = (stream_object *)Py_NewRef(self);
    return Py_XNewRef(stream->bytes);
}

/* ---- texts ------------------------------------------------------------ */

static PyObject *
stream_name(PyObject *self, void *Py_UNUSED(closure))
{
    return PyUnicode_FromString(as_stream(self)->number == 1 ? "<stdout>"
                                                             : "<stderr>");
}

static PyObject *
stream_mode(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return PyUnicode_FromString("w");
}

static PyObject *
stream_line_buffering(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    Py_RETURN_TRUE;
}

static PyObject *
stream_newlines(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    Py_RETURN_NONE;
}

/* It is UTF-8, a line at a time, whatever is wished. */
static PyObject *
stream_reconfigure(PyObject *Py_UNUSED(self), PyObject *Py_UNUSED(args),
                   PyObject *Py_UNUSED(keywords))
{
    Py_RETURN_NONE;
}

static PyObject *
stream_encoding(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return PyUnicode_FromString("utf-8");
}

static PyObject *
stream_errors(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    return PyUnicode_FromString("strict");
}

static PyObject *
stream_closed(PyObject *Py_UNUSED(self), void *Py_UNUSED(closure))
{
    Py_RETURN_FALSE;
}

static void
stream_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_CLEAR(as_stream(self)->held);
    Py_CLEAR(as_stream(self)->bytes);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyMethodDef stream_methods[] = {
    { "write", stream_write, METH_O, "Send text to the host." },
    { "writelines", stream_writelines, METH_O, "Send several." },
    { "flush", stream_flush, METH_NOARGS, "Send what is held back." },
    { "writable", stream_yes, METH_NOARGS, "True." },
    { "readable", stream_no, METH_NOARGS, "False." },
    { "seekable", stream_no, METH_NOARGS, "False." },
    { "isatty", stream_no, METH_NOARGS, "False." },
    { "fileno", stream_fileno, METH_NOARGS, "There is none: OSError." },
    { "close", stream_close, METH_NOARGS, "Nothing." },
    { "reconfigure", (PyCFunction)(void (*)(void))stream_reconfigure,
      METH_VARARGS | METH_KEYWORDS, "Nothing." },
    { NULL, NULL, 0, NULL },
};

static PyGetSetDef stream_getset[] = {
    { "buffer", stream_buffer, NULL, "For bytes, of UTF-8.", NULL },
    { "line_buffering", stream_line_buffering, NULL, "True", NULL },
    { "mode", stream_mode, NULL, "w", NULL },
    { "name", stream_name, NULL, "<stdout>, <stderr>", NULL },
    { "newlines", stream_newlines, NULL, "None", NULL },
    { "encoding", stream_encoding, NULL, "utf-8", NULL },
    { "errors", stream_errors, NULL, "strict", NULL },
    { "closed", stream_closed, NULL, "False", NULL },
    { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot stream_slots[] = {
    { Py_tp_methods, stream_methods },
    { Py_tp_getset, stream_getset },
    { Py_tp_dealloc, (void *)(uintptr_t)stream_dealloc },
    { Py_tp_doc, (void *)(uintptr_t) "The output of a worker." },
    { 0, NULL },
};

static PyType_Spec stream_spec = { "stockade.WorkerOutput",
                                   sizeof(stream_object), 0,
                                   Py_TPFLAGS_DEFAULT, stream_slots };

static PyObject *
new_stream(PyObject *type, int number)
{
    PyObject *stream = PyType_GenericAlloc((PyTypeObject *)type, 0);

    if (!stream)
        return NULL;
    as_stream(stream)->number = number;
    return stream;
}

PyObject *
stk_output_input(void)
{
    static PyObject *io; /* strong; from before there is a plugin */
    PyObject *bytes, *stream;

    if (!io)
        io = PyImport_ImportModule("_io");
    bytes = io ? PyObject_CallMethod(io, "BytesIO", NULL) : NULL;
    stream =
        bytes ? PyObject_CallMethod(io, "TextIOWrapper", "Os", bytes, "utf-8")
              : NULL;
    Py_XDECREF(bytes);
    return stream;
}

int
stk_output_install(stk_serving *serving)
{
    PyObject *type = PyType_FromSpec(&stream_spec), *in = stk_output_input();
    PyObject *out = type ? new_stream(type, 1) : NULL;
    PyObject *err = out ? new_stream(type, 2) : NULL;
    int result = -1;

    if (err)
        serving->output = PyTuple_Pack(2, out, err);
    if (serving->output && in && PySys_SetObject("stdout", out) == 0 &&
        PySys_SetObject("stderr", err) == 0 &&
        PySys_SetObject("__stdout__", out) == 0 &&
        PySys_SetObject("__stderr__", err) == 0 &&
        PySys_SetObject("stdin", in) == 0 &&
        PySys_SetObject("__stdin__", in) == 0)
        result = 0;
    Py_XDECREF(type);
    Py_XDECREF(in);
    Py_XDECREF(out);
    Py_XDECREF(err);
    return result;
}

void
stk_output_flush(stk_serving *serving)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(serving->output); i++) {
        stream_object *stream =
            as_stream(PyTuple_GET_ITEM(serving->output, i));

        if (stream->bytes && write_rest(as_bytes(stream->bytes), true) < 0)
            PyErr_Clear();
        send_held(stream);
    }
    PyErr_Restore(type, value, traceback);
}
