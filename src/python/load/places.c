/* SPDX-License-Identifier: Apache-2.0 */
/* The places that code came from when the program began. */
#include "python/load/places.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "python/load/origin.h"
#include "python/object/loaded.h"
#include "python/object/name.h"

/* An entry as it stands, and as an absolute path: '' is the folder that the
 * program began in. */
static int
note_place(PyObject *places, PyObject *entry)
{
    const char *text = PyUnicode_AsUTF8(entry);
    char absolute[PATH_MAX];
    PyObject *path;
    int result;

    if (!text) {
        PyErr_Clear();
        return 0;
    }
    if (text[0] && PyList_Append(places, entry) < 0)
        return -1;
    if (!realpath(text[0] ? text : ".", absolute))
        return 0;
    path = PyUnicode_DecodeFSDefault(absolute);
    result = path ? PyList_Append(places, path) : -1;
    Py_XDECREF(path);
    return result;
}

static void
keep_zip_importer(stk_interp *state)
{
    PyObject *zipimport = stk_module_namespace("zipimport"), *class;

    class = zipimport ? PyDict_GetItemString(zipimport, "zipimporter") : NULL;
    Py_XINCREF(class);
    Py_XSETREF(state->zip_importer, class);
}

int
stk_places_note(stk_interp *state)
{
    PyObject *path = PyDict_GetItemString(state->sys_dict, "path");
    PyObject *places;
    struct timespec now;

    if (state->known_places || !path || !PyList_Check(path))
        return 0;
    /* the clock that files have theirs from */
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    state->places_time =
        (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    places = PyList_New(0);
    for (Py_ssize_t i = 0; places && i < PyList_GET_SIZE(path); i++) {
        PyObject *entry = stk_str_or_null(PyList_GET_ITEM(path, i));

        if (entry && note_place(places, entry) < 0)
            Py_CLEAR(places);
    }
    state->known_places = places;
    keep_zip_importer(state);
    return places ? 0 : -1;
}

/* As the finder of that entry finds it: TOP at once behind the entry. What
 * lies deeper is another place, that an entry of its own leads to. */
static bool
is_in_place(const char *place, const char *path, const char *name)
{
    size_t length = strlen(place);

    while (length > 1 && place[length - 1] == '/')
        length--;
    return !strncmp(path, place, length) && path[length] == '/' &&
           stk_origin_leads_to(path + length + 1, name);
}

static bool
is_in_places(const stk_interp *state, const char *path, const char *name)
{
    bool found = false;

    for (Py_ssize_t i = 0; !found && i < PyList_GET_SIZE(state->known_places);
         i++) {
        const char *place =
            PyUnicode_AsUTF8(PyList_GET_ITEM(state->known_places, i));

        found = place && is_in_place(place, path, name);
    }
    PyErr_Clear();
    return found;
}

/* What the loader will read, or what the spec says of it: a new reference
 * to an exact str, or NULL. */
static PyObject *
told_path(const stk_interp *state, PyObject *spec, PyObject *loader)
{
    PyObject *path = loader ? stk_origin_stock_path(state, loader) : NULL,
             *origin;

    if (path)
        return path;
    origin = stk_origin_field(state, spec, state->str_origin);
    path = Py_XNewRef(stk_str_or_null(origin));
    Py_XDECREF(origin);
    return path;
}

/* A file that came, or was changed, since the program began was put there by
 * somebody in it: no time that a program can set. */
static bool
is_younger(const stk_interp *state, const char *path)
{
    struct stat found;

    return stat(path, &found) == 0 &&
           (uint64_t)found.st_ctim.tv_sec * 1000000000u +
                   (uint64_t)found.st_ctim.tv_nsec >
               state->places_time;
}

static bool
leads_to_known(const stk_interp *state, PyObject *name, PyObject *path)
{
    const char *text = PyUnicode_AsUTF8(path);
    const char *dotted = PyUnicode_AsUTF8(name);
    bool known = text && dotted &&
                 (text[0] != '/' || is_in_places(state, text, dotted)) &&
                 !is_younger(state, text);

    PyErr_Clear();
    return known;
}

bool
stk_places_know(const stk_interp *state, PyObject *name, PyObject *spec)
{
    PyObject *loader = stk_origin_field(state, spec, state->str_loader);
    PyObject *path = NULL;
    bool known = true;

    /* a class is a loader of what is built in, or frozen */
    if (state->known_places && loader != Py_None &&
        !(loader && PyType_Check(loader))) {
        path = told_path(state, spec, loader);
        known = path && leads_to_known(state, name, path);
    }
    Py_XDECREF(path);
    Py_XDECREF(loader);
    return known;
}
