/* SPDX-License-Identifier: Apache-2.0 */
/* An extension while it is loaded. */
#include "python/asks/initial.h"

#include <string.h>

#include "policy/name.h"
#include "python/object/importer.h"
#include "python/object/name.h"

static _Thread_local stk_initial initial;

stk_initial
stk_initial_begin(PyObject *name, bool imported, uint32_t number)
{
    stk_initial before = initial;
    stk_utf8 utf8;

    if (stk_utf8_get(&utf8, name) < 0) {
        PyErr_Clear();
        return before;
    }
    initial.frame = PyEval_GetFrame();
    initial.number = number ? number : stk_importer_number(utf8.text, 0, 0);
    initial.imported = imported;
    stk_utf8_clear(&utf8);
    return before;
}

void
stk_initial_end(stk_initial before)
{
    initial = before;
}

bool
stk_initial_is_at(const PyFrameObject *frame)
{
    return initial.number != 0 && initial.frame == frame;
}

uint32_t
stk_initial_number(void)
{
    return stk_initial_is_at(PyEval_GetFrame()) ? initial.number : 0;
}

/* What they import on CPython 3.8 to 3.13, found by having each loaded. */
static const struct {
    const char *extension, *name;
} known[] = {
    { "_asyncio", "asyncio" },
    { "_asyncio", "collections.abc" },
    { "_asyncio", "traceback" },
    { "_asyncio", "weakref" },
    { "_curses_panel", "_curses" },
    { "_decimal", "collections" },
    { "_decimal", "collections.abc" },
    { "_decimal", "numbers" },
    { "_elementtree", "copy" },
    { "_elementtree", "pyexpat" },
    { "_elementtree", "xml.etree.ElementPath" },
    { "_pickle", "_compat_pickle" },
    { "_pickle", "codecs" },
    { "_pickle", "copyreg" },
    { "_pickle", "functools" },
    { "_sqlite3", "functools" },
    { "_ssl", "_socket" },
    { "_zoneinfo", "datetime" },
    { "_zoneinfo", "io" },
    { "_zoneinfo", "weakref" },
    { "_zoneinfo", "zoneinfo" },
    { "array", "collections.abc" },
    { "decimal", "collections" }, /* as _decimal calls itself in C */
    { "decimal", "numbers" },
    { "parser", "copyreg" },
};

bool
stk_initial_stands_alone(const char *name)
{
    const char *own = stk_importer_get(initial.number).name;

    if (!own || !name)
        return false;
    if (!stk_policy_in_stdlib(own))
        return initial.imported;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(own, known[i].extension) &&
            stk_name_is_within(name, known[i].name))
            return true;
    return false;
}
