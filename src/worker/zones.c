/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones that the host hands over, by their keys. What one of them says
 * is asked of the host, once: not while the frame is read that it came in,
 * which would be overwritten, but with a copy of that.
 */
#include "worker/serve.h"

#include <string.h>

#include "worker/compat.h"
#include "worker/granted.h"

/* What a frame came with, while others are heard. */
typedef struct aside {
    int fds[STK_CHANNEL_FDS_MAX];
    unsigned n_fds;
} aside;

static void
put_aside(stk_serving *serving, aside *out)
{
    memcpy(out->fds, serving->fds, sizeof out->fds);
    out->n_fds = serving->n_fds;
    serving->n_fds = 0;
    serving->copied = false;
}

static void
put_back(stk_serving *serving, const aside *kept)
{
    memcpy(serving->fds, kept->fds, sizeof serving->fds);
    serving->n_fds = kept->n_fds;
    serving->copied = true;
    serving->wanting = false;
}

/* For the library's own sake: that it is here is no permission. */
static PyObject *
make_zone(PyObject *key)
{
    PyObject *module = stk_granted_import("zoneinfo");
    PyObject *zone =
        module ? PyObject_CallMethod(module, "ZoneInfo", "O", key) : NULL;

    Py_XDECREF(module);
    return zone;
}

static PyObject *
ask_for_zone(stk_serving *serving, PyObject *key)
{
    PyObject *zone;
    aside kept;

    put_aside(serving, &kept);
    zone = make_zone(key);
    put_back(serving, &kept);
    if (zone && PyDict_SetItem(serving->zones, key, zone) < 0)
        Py_CLEAR(zone);
    return zone;
}

PyObject *
stk_zones_find(void *payload, PyObject *key)
{
    stk_serving *serving = payload;
    PyObject *zone;

    if (!serving->zones)
        serving->zones = PyDict_New();
    if (!serving->zones)
        return NULL;
    zone = PyDict_GetItemWithError(serving->zones, key);
    if (zone || PyErr_Occurred())
        return Py_XNewRef(zone);
    if (serving->copied)
        return ask_for_zone(serving, key);
    serving->wanting = true;
    return PyErr_Format(PyExc_ImportError, "a time zone is to be asked for");
}
