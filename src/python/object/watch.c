/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Was a namespace written to since it was looked at last? Up to CPython 3.11
 * every dict has a number that is another one after each write (PEP 509);
 * from 3.12 on whoever asks for it is called (PyDict_Watch). CPython's own
 * caches of globals rely on the same two.
 */
#include "python/object/watch.h"

#include <stdlib.h>

#include "python/object/state.h"

struct stk_watched {
    PyObject *dict; /* strong */
    uint64_t version;
};

uint64_t
stk_watch_version(const void *dict)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    uint64_t version = ((const PyDictObject *)dict)->ma_version_tag;
#pragma GCC diagnostic pop

    /* the bits below are marks of watchers */
    return PY_VERSION_HEX < 0x030C0000   ? version
           : PY_VERSION_HEX < 0x030D0000 ? version >> 8
                                         : version >> 12;
}

#if PY_VERSION_HEX >= 0x030C0000

static bool
holds(const stk_watch *watch, const PyObject *dict)
{
    for (size_t i = 0; i < watch->n; i++)
        if (watch->dicts[i].dict == dict)
            return true;
    return false;
}

/* A dict is of one interpreter, and written to while that one is current:
 * what is written in another is no sign of anything here. */
static int
note_write(PyDict_WatchEvent Py_UNUSED(event), PyObject *dict,
           PyObject *Py_UNUSED(key), PyObject *Py_UNUSED(value))
{
    stk_interp *state = stk_interp_find();

    if (state) {
        state->writes[STK_WATCH_PLACES] += holds(&state->places, dict);
        state->writes[STK_WATCH_PINS] += holds(&state->pinned, dict);
    }
    return 0;
}

/* One for both: an interpreter has eight watchers for everybody, and tests of
 * CPython's count on the second that is there for all to be free. */
int
stk_watch_id(void)
{
    int id = PyDict_AddWatcher(note_write);

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

static uint64_t
version_of(const struct stk_watched *Py_UNUSED(watched))
{
    return 0;
}

#else

int
stk_watch_id(void)
{
    return 0;
}

static bool
begin_watch(int Py_UNUSED(id), PyObject *Py_UNUSED(dict))
{
    return true;
}

static uint64_t
version_of(const struct stk_watched *watched)
{
    return stk_watch_version(watched->dict);
}

#endif

void
stk_watch_clear(stk_watch *watch, const uint64_t *writes)
{
    struct stk_watched *dicts = watch->dicts;
    size_t n = watch->n;

    *watch = (stk_watch){ 0 };
    watch->whole = true;
    watch->writes = writes;
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
    watch->mark = *watch->writes;
    for (size_t i = 0; i < watch->n; i++)
        watch->dicts[i].version = version_of(&watch->dicts[i]);
    watch->settled = watch->whole;
}

bool
stk_watch_changed(const stk_watch *watch)
{
    if (!watch->settled || watch->mark != *watch->writes)
        return true;
    for (size_t i = 0; i < watch->n; i++)
        if (watch->dicts[i].version != version_of(&watch->dicts[i]))
            return true;
    return false;
}

uint64_t
stk_watch_stamp(const stk_watch *watch)
{
    uint64_t stamp;

    if (!watch->whole)
        return 0;
    /* each only ever grows */
    stamp = *watch->writes + 1;
    for (size_t i = 0; i < watch->n; i++)
        stamp += version_of(&watch->dicts[i]);
    return stamp;
}
