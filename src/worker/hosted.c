/* SPDX-License-Identifier: Apache-2.0 */
/* What the host says of a module that `preload` needs. */
#include "worker/hosted.h"

#include <unistd.h>

#include "base/cleanup.h"
#include "worker/compat.h"
#include "worker/serve.h"

static int
send_question(stk_hosted *h, PyObject *question)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    stk_writer_begin(&writer, STK_FRAME_HEAD, &bounds);
    if (stk_values_write(&writer, question, NULL) < 0)
        return -1;
    if (stk_writer_finish(&writer, &err) < 0 ||
        stk_conversation_ask(h->talk, &frame, STK_OP_IMPORT, &err) < 0) {
        PyErr_SetString(PyExc_ImportError, err.message);
        return -1;
    }
    stk_frame_write(writer.data, &frame);
    if (stk_channel_send(h->channel, writer.data, writer.length, 0, &err) < 0)
        _exit(0);
    return 0;
}

static PyObject *
read_answer(const unsigned char *data, size_t length)
{
    static const stk_crossing none; /* plain values alone */
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_reader reader;

    stk_reader_init(&reader, data + STK_FRAME_HEAD, length - STK_FRAME_HEAD,
                    &bounds);
    return stk_values_read_whole(&reader, &none);
}

static void
close_fds(stk_hosted *h)
{
    while (h->n_fds > 0)
        close(h->fds[--h->n_fds]);
}

static PyObject *
hear_answer(stk_hosted *h)
{
    stk_error err = STK_ERROR_INIT;
    const unsigned char *data;
    size_t length;
    stk_frame frame;
    PyObject *value;
    int result;

    do
        result = stk_channel_receive(h->channel, &data, &length, 0, &err);
    while (result == STK_CHANNEL_INTERRUPTED);
    if (result < 0 || stk_frame_read(&frame, data, length, &err) < 0 ||
        stk_conversation_hear(h->talk, &frame, &err) < 0 ||
        (frame.kind != STK_FRAME_RESULT && frame.kind != STK_FRAME_RAISED))
        _exit(0);
    h->n_fds = stk_channel_steal_fds(h->channel, h->fds);
    value = read_answer(data, length);
    if (value && frame.kind == STK_FRAME_RAISED) {
        stk_raised_set(value);
        Py_CLEAR(value);
    }
    return value;
}

PyObject *
stk_hosted_ask(stk_hosted *h, PyObject *name)
{
    PyObject *question = Py_BuildValue("[OOO]", name, Py_None, Py_False);
    int result = question ? send_question(h, question) : -1;

    Py_XDECREF(question);
    close_fds(h);
    return result < 0 ? NULL : hear_answer(h);
}
