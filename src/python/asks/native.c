/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What functions written in C import for themselves. They have no frame, and
 * whoever calls datetime.strftime() did not ask for `time`. The names are
 * few: none of them leads on to other modules, unless the caller's code
 * names the function that needs it. pickle, which imports what its data says,
 * gets no more than these.
 */
#include "python/asks/native.h"

#include <string.h>

#include "python/asks/frame.h"
#include "python/object/importer.h"
#include "python/object/spelling.h"

typedef struct native {
    const char *name;
    const char *importer; /* where the function is */
    const char *word;     /* what the code that calls it names, or NULL */
    bool for_library;     /* called by the standard library alone */
    bool compiles;        /* called by importlib, too */
} native;

static const native natives[] = {
    { "_codecs", "_pickle", NULL, false, false }, /* bytes, by old protocols */
    { "_compat_pickle", "_pickle", NULL, true, false },
    { "_strptime", "time", "strptime", false, false },
    { "builtins", "_pickle", NULL, false, false },
    { "copyreg", "builtins", NULL, false, false }, /* object.__reduce_ex__() */
    { "io", "_io", NULL, true, false },
    { "re", "_sre", "expand", true, false },
    { "re", "_sre", "sub", true, false },
    { "re", "_sre", "subn", true, false },
    { "time", "datetime", NULL, false, false },
    { "unicodedata", "builtins", NULL, false, true }, /* "\N{DASH}" */
};

static bool
fits(const native *row, const char *name, bool is_library, PyCodeObject *code)
{
    /* hardly any name goes past its first letter */
    return row->name[0] == name[0] && !strcmp(row->name, name) &&
           (is_library || !row->for_library) &&
           (!row->word || stk_code_spells(code, &row->word, 1));
}

static const native *
find(const char *name, bool is_library, PyCodeObject *code)
{
    static const char *const by_name = "__import__";

    for (size_t i = 0; i < sizeof natives / sizeof *natives; i++)
        if (fits(&natives[i], name, is_library, code))
            /* it may be called for any name that somebody gave it */
            return stk_code_spells(code, &by_name, 1) ? NULL : &natives[i];
    return NULL;
}

uint32_t
stk_native_importer(const stk_interp *state, PyFrameObject *frame,
                    const char *name, bool is_library)
{
    const native *row;
    PyCodeObject *code;

    if (!name)
        return 0;
    code = PyFrame_GetCode(frame);
    row = find(name, is_library, code);
    Py_DECREF(code);
    /* importlib imports what it is told to, but for what compiling a module's
     * source needs; a statement says what it wants */
    return row && (!stk_frame_is_importlib(state) || row->compiles) &&
                   !stk_frame_states(frame, NULL, name)
               ? stk_importer_number(row->importer, 0, 0)
               : 0;
}

bool
stk_native_is_interpreters(const char *name)
{
    static const char *const names[] = {
        "_colorize", "_io", "codecs", "encodings", "io",        "linecache",
        "locale",    "re",  "site",   "threading", "traceback", "warnings",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}
