/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker does with what it is asked: a table. */
#include "worker/serve.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "worker/compat.h"
#include "worker/kept.h"

static stk_serving *current;

stk_serving *
stk_serve_current(void)
{
    return current;
}

/* ---- whose word it is ------------------------------------------------ */

/* With @threads another one may wait for the host's answer: what this one has
 * to say comes after it. What the host asks meanwhile, that one answers. */
static struct {
    PyThread_type_lock lock;
    unsigned long owner;
    unsigned depth;
} word;

static void
take_word(void)
{
    unsigned long own = PyThread_get_thread_ident();

    if (word.depth == 0 || word.owner != own) {
        if (!PyThread_acquire_lock(word.lock, NOWAIT_LOCK)) {
            Py_BEGIN_ALLOW_THREADS PyThread_acquire_lock(word.lock, WAIT_LOCK);
            Py_END_ALLOW_THREADS
        }
        word.owner = own;
    }
    word.depth++;
}

static void
leave_word(void)
{
    if (--word.depth == 0)
        PyThread_release_lock(word.lock);
}

/* ---- frames out ------------------------------------------------------ */

static void
begin_frame(stk_serving *serving, stk_writer *writer)
{
    stk_writer_begin(writer, STK_FRAME_HEAD, &serving->bounds);
}

static int
send_frame(stk_serving *serving, stk_writer *writer, const stk_frame *frame)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_writer_finish(writer, &err) < 0)
        return -1;
    stk_frame_write(writer->data, frame);
    return stk_channel_send(serving->channel, writer->data, writer->length, 0,
                            &err);
}

static int
answer(stk_serving *serving, stk_writer *writer, bool raised)
{
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    if (stk_conversation_answer(&serving->talk, &frame, raised, &err) < 0)
        return -1;
    return send_frame(serving, writer, &frame);
}

/* The exception that is set. What cannot be told of it is left out. */
static int
answer_raised(stk_serving *serving)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    PyObject *raised = stk_raised_take();

    begin_frame(serving, &writer);
    if (!raised || stk_values_write(&writer, raised, NULL) < 0) {
        PyErr_Clear();
        begin_frame(serving, &writer);
        stk_writer_none(&writer);
    }
    Py_XDECREF(raised);
    return answer(serving, &writer, true);
}

static int
answer_value(stk_serving *serving, PyObject *value)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_error err = STK_ERROR_INIT;

    begin_frame(serving, &writer);
    if (stk_values_write(&writer, value, &serving->crossing) < 0)
        return answer_raised(serving);
    if (stk_writer_finish(&writer, &err) < 0) {
        stk_values_fail(&writer);
        return answer_raised(serving);
    }
    return answer(serving, &writer, false);
}

/* ---- the table ------------------------------------------------------- */

static PyObject *
do_ping(stk_serving *serving, PyObject *const *args)
{
    (void)serving;
    return Py_NewRef(args[0]);
}

static const struct {
    enum stk_op op;
    Py_ssize_t n; /* arguments */
    stk_handler handler;
} requests[] = {
    { STK_OP_PING, 1, do_ping },
    { STK_OP_LOAD, 5, stk_code_load },
    { STK_OP_FIND, 2, stk_loaders_find },
    { STK_OP_SOURCE, 2, stk_loaders_source },
    { STK_OP_DATA, 3, stk_loaders_data },
    { STK_OP_ADOPT, 2, stk_code_adopt },
    { STK_OP_RUN, 3, stk_code_run },
    { STK_OP_DESCRIBE, 1, stk_operate_describe },
    { STK_OP_CALL, 3, stk_operate_call },
    { STK_OP_CALL_METHOD, 4, stk_operate_call_method },
    { STK_OP_GETATTR, 2, stk_operate_getattr },
    { STK_OP_SETATTR, 3, stk_operate_setattr },
    { STK_OP_DELATTR, 2, stk_operate_delattr },
    { STK_OP_DIR, 1, stk_operate_dir },
    { STK_OP_TEXT, 2, stk_operate_text },
    { STK_OP_COMPARE, 3, stk_operate_compare },
    { STK_OP_OPERATE, 3, stk_operate_operate },
    { STK_OP_LEN, 1, stk_operate_len },
    { STK_OP_GETITEM, 2, stk_operate_getitem },
    { STK_OP_SETITEM, 3, stk_operate_setitem },
    { STK_OP_DELITEM, 2, stk_operate_delitem },
    { STK_OP_CONTAINS, 2, stk_operate_contains },
    { STK_OP_ITER, 1, stk_operate_iter },
    { STK_OP_NEXT, 1, stk_operate_next },
    { STK_OP_SEND, 2, stk_operate_send },
    { STK_OP_THROW, 2, stk_operate_throw },
    { STK_OP_CLOSE, 1, stk_operate_close },
    { STK_OP_AWAIT, 3, stk_operate_await },
    { STK_OP_ENTER, 1, stk_operate_enter },
    { STK_OP_EXIT, 2, stk_operate_exit },
};

#define N_REQUESTS (sizeof requests / sizeof requests[0])

/* `value` is a list of the arguments. */
static PyObject *
dispatch(stk_serving *serving, enum stk_op op, PyObject *value)
{
    for (size_t i = 0; i < N_REQUESTS; i++) {
        if (requests[i].op != op)
            continue;
        if (!PyList_CheckExact(value) ||
            PyList_GET_SIZE(value) != requests[i].n)
            return PyErr_Format(PyExc_ValueError, "%s takes a list of %zd",
                                stk_op_get(op)->name, requests[i].n);
        return requests[i].handler(serving, PySequence_Fast_ITEMS(value));
    }
    return PyErr_Format(PyExc_NotImplementedError,
                        "this worker does not know how to %s",
                        stk_op_get(op)->name);
}

/* ---- frames in ------------------------------------------------------- */

typedef struct heard {
    stk_frame frame;
    PyObject *value; /* strong */
} heard;

static PyObject *
read_value(stk_serving *serving, const unsigned char *data, size_t length)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_reader reader;

    bounds.buffers = serving->n_fds;
    stk_reader_init(&reader, data + STK_FRAME_HEAD, length - STK_FRAME_HEAD,
                    &bounds);
    return stk_values_read_whole(&reader, &serving->crossing);
}

/* Once more, from a copy. */
static PyObject *
read_copied(stk_serving *serving, const unsigned char *data, size_t length)
{
    STK_CLEANUP(stk_freep) unsigned char *copy = malloc(length);
    PyObject *value;

    serving->wanting = false;
    if (!copy)
        return PyErr_NoMemory();
    PyErr_Clear();
    memcpy(copy, data, length);
    serving->copied = true;
    value = read_value(serving, copy, length);
    serving->copied = false;
    return value;
}

static PyObject *
read_frame(stk_serving *serving, const unsigned char *data, size_t length)
{
    PyObject *value = read_value(serving, data, length);

    return value || !serving->wanting ? value
                                      : read_copied(serving, data, length);
}

/* The host is gone, or we are no use to it any more. */
static void
leave(void)
{
    _exit(0);
}

/* The next frame. Its value is NULL, with an exception, where it says
 * something that is not here any more. */
static void
hear(stk_serving *serving, heard *out)
{
    stk_error err = STK_ERROR_INIT;
    const unsigned char *data;
    size_t length;
    int result;

    do {
        Py_BEGIN_ALLOW_THREADS result =
            stk_channel_receive(serving->channel, &data, &length, 0, &err);
        Py_END_ALLOW_THREADS
    } while (result == STK_CHANNEL_INTERRUPTED);
    if (result < 0 || stk_frame_read(&out->frame, data, length, &err) < 0 ||
        stk_conversation_hear(&serving->talk, &out->frame, &err) < 0)
        leave();
    stk_buffer_take(serving);
    out->value = read_frame(serving, data, length);
    stk_buffer_close(serving);
}

/* Once: whoever had it done again would see what it does. */
static void
get_ready(stk_serving *serving, PyObject *op)
{
    bool fresh = serving->fresh;

    serving->fresh = false;
    if (fresh && op && PyLong_CheckExact(op))
        stk_warm_for(serving, (enum stk_op)PyLong_AsLong(op));
    PyErr_Clear();
}

static void
take_notice(stk_serving *serving, const heard *told)
{
    PyObject *list = told->value;

    if (told->frame.op == STK_OP_WARM)
        get_ready(serving, told->value);
    if (told->frame.op != STK_OP_RELEASE || !list ||
        !PyList_CheckExact(list)) {
        PyErr_Clear();
        return;
    }
    for (Py_ssize_t i = 0; i + 1 < PyList_GET_SIZE(list); i += 2)
        stk_objects_release(
            &serving->objects,
            PyLong_AsUnsignedLongLong(PyList_GET_ITEM(list, i)),
            PyLong_AsUnsignedLongLong(PyList_GET_ITEM(list, i + 1)));
    PyErr_Clear();
}

static void
take_request(stk_serving *serving, const heard *asked)
{
    PyObject *result = NULL;
    int sent;

    serving->fresh = false;
    if (asked->frame.op == STK_OP_STOP)
        leave();
    if (asked->value)
        result = dispatch(serving, asked->frame.op, asked->value);
    take_word();
    stk_output_flush(serving);
    stk_callback_flush(serving);
    sent = result ? answer_value(serving, result) : answer_raised(serving);
    leave_word();
    Py_XDECREF(result);
    if (sent < 0)
        leave();
}

/* ---- asking ---------------------------------------------------------- */

int
stk_serve_tell(stk_serving *serving, enum stk_op op, PyObject *value)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    /* written before it is counted: what cannot cross is not missed */
    begin_frame(serving, &writer);
    if (stk_values_write(&writer, value, &serving->crossing) < 0 ||
        stk_writer_finish(&writer, &err) < 0 || !serving->channel ||
        stk_conversation_tell(&serving->talk, &frame, op, &err) < 0) {
        PyErr_Clear();
        return -1;
    }
    return send_frame(serving, &writer, &frame);
}

/* The host may ask for something before it answers. */
static PyObject *
await_answer(stk_serving *serving)
{
    heard what;

    for (;;) {
        hear(serving, &what);
        if (what.frame.kind == STK_FRAME_RESULT)
            return what.value;
        if (what.frame.kind == STK_FRAME_RAISED) {
            if (what.value)
                stk_raised_set(what.value);
            Py_CLEAR(what.value);
            return NULL;
        }
        if (what.frame.kind == STK_FRAME_REQUEST)
            take_request(serving, &what);
        else
            take_notice(serving, &what);
        Py_CLEAR(what.value);
    }
}

/* Written before it is promised: what cannot cross is an exception, and no
 * frame that never comes. */
static int
ask_written(stk_serving *serving, enum stk_op op, stk_writer *writer)
{
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    if (!serving->channel ||
        stk_conversation_ask(&serving->talk, &frame, op, &err) < 0) {
        PyErr_Format(PyExc_RuntimeError, "the host does not listen now: %s",
                     err.message);
        return -1;
    }
    if (send_frame(serving, writer, &frame) < 0)
        leave();
    return 0;
}

PyObject *
stk_serve_ask(stk_serving *serving, enum stk_op op, PyObject *value)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_error err = STK_ERROR_INIT;
    PyObject *answer = NULL;

    stk_output_flush(serving);
    begin_frame(serving, &writer);
    if (stk_values_write(&writer, value, &serving->crossing) < 0)
        return NULL;
    if (stk_writer_finish(&writer, &err) < 0) {
        stk_values_fail(&writer);
        return NULL;
    }
    take_word();
    if (ask_written(serving, op, &writer) == 0)
        answer = await_answer(serving);
    leave_word();
    return answer;
}

/* ---- rehearsed ------------------------------------------------------- */

int
stk_serve_rehearse(stk_serving *serving, enum stk_op op, stk_writer *asked)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_error err = STK_ERROR_INIT;
    PyObject *value = NULL, *result;
    int done = -1;

    if (stk_writer_finish(asked, &err) == 0)
        value = read_value(serving, asked->data, asked->length);
    result = value ? dispatch(serving, op, value) : NULL;
    begin_frame(serving, &writer);
    if (result)
        done = stk_values_write(&writer, result, &serving->crossing);
    Py_XDECREF(value);
    Py_XDECREF(result);
    return done;
}

/* ---- life ------------------------------------------------------------ */

static int
write_object(void *payload, stk_writer *writer, PyObject *object)
{
    stk_serving *serving = payload;
    uint64_t id = stk_callback_id(object);
    char title[STK_OBJECTS_TITLE];
    size_t length;
    bool own;

    if (id)
        return stk_writer_own(writer, id) < 0 ? stk_values_fail(writer) : 0;
    length = stk_objects_title(object, title, sizeof title);
    id = stk_objects_send(&serving->objects, object);
    if (id == 0)
        return -1;
    own = stk_likeness_is_own(object);
    if (stk_writer_hold(writer, STK_VALUE_HANDLE, own ? 3 : 4) < 0 ||
        stk_writer_uint(writer, id) < 0 ||
        stk_writer_int(writer, (int64_t)stk_objects_kind(object)) < 0 ||
        stk_writer_text(writer, title, length) < 0 ||
        (!own && stk_likeness_write(writer, object) < 0))
        return stk_values_fail(writer);
    return 0;
}

static PyObject *
read_own(void *payload, uint64_t id)
{
    stk_serving *serving = payload;
    PyObject *object = stk_objects_get(&serving->objects, id);

    return object ? Py_NewRef(object) : NULL;
}

/* A function of the host's: [id, kind, title]. */
static PyObject *
read_handle(void *payload, stk_reader *reader, size_t count)
{
    stk_token id, kind, title;
    PyObject *name, *function;

    (void)payload;
    if (count != 3)
        return PyErr_Format(PyExc_ValueError, "a handle that cannot be");
    if (stk_values_expect(reader, STK_VALUE_INT, &id) < 0 ||
        stk_values_expect(reader, STK_VALUE_INT, &kind) < 0 ||
        stk_values_expect(reader, STK_VALUE_TEXT, &title) < 0)
        return NULL;
    name = PyUnicode_DecodeUTF8((const char *)title.bytes,
                                (Py_ssize_t)title.length, "replace");
    function =
        name ? stk_callback_new(
                   id.integer, kind.integer == STK_OBJECT_ASYNC_FUNCTION, name)
             : NULL;
    Py_XDECREF(name);
    return function;
}

/* What came in place of a value is not asked for here: the frame it is in
 * would be overwritten. */
static PyObject *
get_module(void *payload, const char *name)
{
    PyObject *text, *module;

    (void)payload;
    if (!strcmp(name, "datetime"))
        return stk_kept_import("_datetime");
    if (!strcmp(name, "decimal"))
        return stk_kept_import("_decimal");
    text = PyUnicode_FromString(name);
    module = text ? stk_kept_get(text) : NULL;
    Py_XDECREF(text);
    if (module || PyErr_Occurred())
        return module;
    return PyErr_Format(
        PyExc_ImportError,
        "what the host handed over takes the module '%s', "
        "which is not loaded here: import it in the plugin, name it in "
        "`preload` of its profile, or hand over str() of it",
        name);
}

int
stk_serve_init(stk_serving *serving)
{
    memset(serving, 0, sizeof *serving);
    serving->bounds = (stk_value_bounds)STK_VALUE_BOUNDS_INIT;
    serving->crossing.payload = serving;
    serving->crossing.other = write_object;
    serving->crossing.takes_all = true;
    serving->crossing.own = read_own;
    serving->crossing.buffer = stk_buffer_map;
    serving->crossing.handle = read_handle;
    serving->crossing.module = get_module;
    serving->crossing.zone = stk_zones_find;
    word.lock = PyThread_allocate_lock();
    if (!word.lock || stk_objects_init(&serving->objects) < 0 ||
        stk_output_install(serving) < 0 || stk_buffer_init() < 0 ||
        stk_caller_init() < 0)
        return -1;
    stk_conversation_init(&serving->talk, STK_SIDE_WORKER);
    current = serving;
    return 0;
}

void
stk_serve_bound(stk_serving *serving, uint64_t reply)
{
    if (reply < serving->bounds.bytes)
        serving->bounds.bytes = (size_t)reply;
    serving->bounds.memory = serving->bounds.bytes * 4;
    serving->bounds.bytes -= STK_FRAME_HEAD;
}

void
stk_serve(stk_serving *serving, stk_channel *channel)
{
    heard what;

    serving->channel = channel;
    for (;;) {
        hear(serving, &what);
        if (what.frame.kind == STK_FRAME_REQUEST)
            take_request(serving, &what);
        else
            take_notice(serving, &what);
        Py_CLEAR(what.value);
    }
}
