/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was a namespace written to since it was looked at last? Up to CPython 3.11
 * every dict has a number that is another one after each write (PEP 509);
 * from 3.12 on whoever asks for it is called (PyDict_Watch). CPython's own
 * caches of globals rely on the same two.
 */
#include "python/watch.h"

#include <stdatomic.h>
#include <stdlib.h>

struct stk_watched {
    PyObject *dict; /* strong */
    uint64_t version;
};

#if PY_VERSION_HEX >= 0x030C0000

/* Of all interpreters together: they write there hardly ever, and a write
 * too many costs a look. */
static _Atomic uint64_t writes[STK_WATCH_KINDS];

static int
note_write(PyDict_WatchEvent Py_UNUSED(event), PyObject *Py_UNUSED(dict),
           PyObject *Py_UNUSED(key), PyObject *Py_UNUSED(value))
{
    atomic_fetch_add_explicit(&writes[0], 1, memory_order_release);
    return 0;
}

static int
note_other_write(PyDict_WatchEvent Py_UNUSED(event), PyObject *Py_UNUSED(dict),
                 PyObject *Py_UNUSED(key), PyObject *Py_UNUSED(value))
{
    atomic_fetch_add_explicit(&writes[1], 1, memory_order_release);
    return 0;
}

int
stk_watch_id(unsigned kind)
{
    int id = PyDict_AddWatcher(kind == 0 ? note_write : note_other_write);

    /* others have them all */
    if (id < 0)
        PyErr_Clear();
    return id;
}

static bool
begin_watch(int id, PyObject *dict)
{
    if (id >= 0 && PyDict_Watch(id, dict) == 0)
        return true;
    PyErr_Clear();
    return false;
}

uint64_t
stk_watch_version(PyObject *Py_UNUSED(dict))
{
    return 0;
}

static uint64_t
count_writes(const stk_watch *watch)
{
    return atomic_load_explicit(&writes[watch->kind], memory_order_acquire);
}

#else

int
stk_watch_id(unsigned Py_UNUSED(kind))
{
    return 0;
}

static bool
begin_watch(int Py_UNUSED(id), PyObject *Py_UNUSED(dict))
{
    return true;
}

uint64_t
stk_watch_version(PyObject *dict)
{
    return ((PyDictObject *)dict)->ma_version_tag;
}

static uint64_t
count_writes(const stk_watch *Py_UNUSED(watch))
{
    return 0;
}

#endif

void
stk_watch_clear(stk_watch *watch, unsigned kind)
{
    struct stk_watched *dicts = watch->dicts;
    size_t n = watch->n;

    *watch = (stk_watch){ 0 };
    watch->whole = true;
    watch->kind = kind;
    for (size_t i = 0; i < n; i++)
        Py_DECREF(dicts[i].dict);
    free(dicts);
}

void
stk_watch_add(stk_watch *watch, int id, PyObject *dict)
{
    struct stk_watched *grown =
        realloc(watch->dicts, (watch->n + 1) * sizeof *grown);

    watch->settled = false;
    if (grown)
        watch->dicts = grown;
    if (!grown || !PyDict_CheckExact(dict) || !begin_watch(id, dict)) {
        watch->whole = false;
        return;
    }
    grown[watch->n++] = (struct stk_watched){ Py_NewRef(dict), 0 };
}

void
stk_watch_settle(stk_watch *watch)
{
    watch->mark = count_writes(watch);
    for (size_t i = 0; i < watch->n; i++)
        watch->dicts[i].version = stk_watch_version(watch->dicts[i].dict);
    watch->settled = watch->whole;
}

bool
stk_watch_changed(const stk_watch *watch)
{
    if (!watch->settled || watch->mark != count_writes(watch))
        return true;
    for (size_t i = 0; i < watch->n; i++)
        if (watch->dicts[i].version != stk_watch_version(watch->dicts[i].dict))
            return true;
    return false;
}

uint64_t
stk_watch_stamp(const stk_watch *watch)
{
    uint64_t stamp = count_writes(watch) + 1;

    /* each only ever grows */
    for (size_t i = 0; i < watch->n; i++)
        stamp += stk_watch_version(watch->dicts[i].dict);
    return watch->whole ? stamp : 0;
}
