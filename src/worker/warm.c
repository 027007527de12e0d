/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first requests of a host, rehearsed with code of our own: what a worker
 * shares with its zygote is copied, page by page, when it is first written,
 * and Python writes wherever it looks. A spare has the time for that, the
 * first import has not. No code of a plugin's is there yet.
 */
#include "worker/serve.h"

#include <string.h>

#include "base/cleanup.h"
#include "worker/compat.h"

#define NAME      "_warm"
#define FILE_NAME "/_warm.py"

/* Where the code of a plugin is on its way: small steps first, since the next
 * is not begun once it is here. */
static const char *const sources[] = { "0\n",
                                       "def call(x):\n"
                                       "    return -x\n",
                                       "limit = 10\n"
                                       "def call(x, *more, y=None):\n"
                                       "    return [x, more, y, str(x)]\n"
                                       "def half(data):\n"
                                       "    return len(data[::2])\n"
                                       "text = 'x' * limit\n"
                                       "def show():\n"
                                       "    return text\n"
                                       "class Class:\n"
                                       "    def __init__(self):\n"
                                       "        self.x = {}\n" };

#define N_SOURCES (sizeof sources / sizeof *sources)

/* A bit of each kind of statement and expression: the types of their trees,
 * and what is looked up in those, are written to when they are first met. */
static const char broad[] = "def f(x, y=1, *z, **w):\n"
                            "    'text'\n"
                            "    for i in range(2):\n"
                            "        if i > 1 and not y:\n"
                            "            x += i\n"
                            "    while not x:\n"
                            "        break\n"
                            "    try:\n"
                            "        x = [a * 2 for a in z if a]\n"
                            "    except (ValueError, KeyError) as e:\n"
                            "        raise\n"
                            "    return -y if x is None else f'{y!r}{w}'\n"
                            "class C(object):\n"
                            "    a: int = 0\n"
                            "    def m(self):\n"
                            "        return self.a\n"
                            "x = {'a': C().m(), 'b': (1, 2)[0]}\n"
                            "x['c'] = sorted({3, 1}, key=lambda v: -v)[:1]\n"
                            "result = [f(1), x, len(str(1.5))]\n"
                            "f(2, y=3)\n";
/* What a worker has of its own counts for each: the most usual. */
static const char narrow[] = "def f(x, y=1):\n"
                             "    return -x\n"
                             "result = [f(1)]\n";

static void
begin(stk_serving *serving, stk_writer *writer, size_t n)
{
    stk_writer_begin(writer, STK_FRAME_HEAD, &serving->bounds);
    stk_writer_hold(writer, STK_VALUE_LIST, n);
}

static void
write_text(stk_writer *writer, const char *text)
{
    stk_writer_text(writer, text, strlen(text));
}

static int
load(stk_serving *serving, stk_writer *writer, const char *text)
{
    begin(serving, writer, 5);
    write_text(writer, NAME);
    write_text(writer, "source");
    stk_writer_bool(writer, false);
    stk_writer_bytes(writer, text, strlen(text));
    write_text(writer, FILE_NAME);
    return stk_serve_rehearse(serving, STK_OP_LOAD, writer);
}

static int
get(stk_serving *serving, stk_writer *writer, uint64_t module,
    const char *name)
{
    begin(serving, writer, 2);
    stk_writer_own(writer, module);
    write_text(writer, name);
    return stk_serve_rehearse(serving, STK_OP_GETATTR, writer);
}

static int
call(stk_serving *serving, stk_writer *writer, unsigned n)
{
    begin(serving, writer, 3);
    stk_writer_own(writer, serving->objects.last); /* what get() gave */
    stk_writer_hold(writer, STK_VALUE_TUPLE, n);
    for (unsigned i = 0; i < n; i++)
        stk_writer_int(writer, i);
    stk_writer_none(writer);
    return stk_serve_rehearse(serving, STK_OP_CALL, writer);
}

static int
run(stk_serving *serving, stk_writer *writer, const char *script)
{
    begin(serving, writer, 3);
    write_text(writer, script);
    write_text(writer, NAME);
    stk_writer_none(writer);
    return stk_serve_rehearse(serving, STK_OP_RUN, writer);
}

/* What is really asked for by now comes first. */
static bool
may_go_on(const stk_serving *serving)
{
    return !serving->channel || !stk_channel_has(serving->channel);
}

static int
load_some(stk_serving *serving, stk_writer *writer, enum stk_op op)
{
    size_t first = op == STK_OP_LOAD ? 0 : N_SOURCES - 1;

    for (size_t i = first; i < N_SOURCES; i++)
        if (load(serving, writer, sources[i]) < 0 || !may_go_on(serving))
            return -1;
    return 0;
}

static int
rehearse_module(stk_serving *serving, stk_writer *writer, enum stk_op op)
{
    uint64_t module;

    if (load_some(serving, writer, op) < 0)
        return -1;
    module = serving->objects.last;
    if (get(serving, writer, module, "call") < 0 ||
        call(serving, writer, 3) < 0 || !may_go_on(serving) ||
        get(serving, writer, module, "Class") < 0)
        return -1;
    return call(serving, writer, 0);
}

/* Of `op`, or where it is none all. */
static void
rehearse(stk_serving *serving, const char *script, enum stk_op op)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;

    if (op != STK_OP_RUN && rehearse_module(serving, &writer, op) < 0)
        op = STK_OP_LOAD;
    if (op != STK_OP_LOAD)
        run(serving, &writer, script);
    PyErr_Clear();
}

static void
forget_modules(PyObject *main)
{
    PyObject *modules = PyImport_GetModuleDict();

    if (PyDict_DelItemString(modules, NAME) < 0)
        PyErr_Clear();
    if (main && PyDict_SetItemString(modules, "__main__", main) < 0)
        PyErr_Clear();
}

/* Nothing of it is left, the ids neither: the host counts on neither. */
static void
warm(stk_serving *serving, const char *script, enum stk_op op)
{
    PyObject *main =
        PyDict_GetItemString(PyImport_GetModuleDict(), "__main__");
    stk_objects kept = serving->objects;

    Py_XINCREF(main);
    if (stk_objects_init(&serving->objects) == 0) {
        rehearse(serving, script, op);
        Py_CLEAR(serving->objects.by_id);
        Py_CLEAR(serving->objects.by_address);
    }
    serving->objects = kept;
    forget_modules(main);
    stk_lines_forget(FILE_NAME);
    stk_lines_forget("<" NAME ">");
    Py_XDECREF(main);
}

void
stk_warm(stk_serving *serving, bool shared)
{
    warm(serving, shared ? broad : narrow, STK_OP_NONE);
}

void
stk_warm_for(stk_serving *serving, enum stk_op op)
{
    if (may_go_on(serving))
        warm(serving, narrow, op);
}
