/* SPDX-License-Identifier: Apache-2.0 */
/* The audit events that are not judged, whatever the policy says. */
#include "python/layers/harmless.h"

#include <string.h>

#include "python/asks/frame.h"
#include "python/attempt/attempt.h"

bool
stk_event_is_one_of(const char *event, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(event, names[i]))
            return true;
    return false;
}

/* A socket of AF_UNIX, of which asyncio makes a pair for itself: what it is
 * connected to, or bound to, has an event of its own. */
static bool
is_local_socket(const char *event, PyObject *args)
{
    PyObject *family;

    if (strcmp(event, "socket.__new__") || !args || !PyTuple_Check(args) ||
        PyTuple_GET_SIZE(args) < 2)
        return false;
    family = PyTuple_GET_ITEM(args, 1);
    return PyLong_CheckExact(family) && PyLong_AsLong(family) == 1;
}

/* Attributes of classes are written all the time; a function's are its
 * code, or what that is called with. */
static bool
is_plain_write(const char *event, PyObject *args)
{
    return (!strcmp(event, "object.__setattr__") ||
            !strcmp(event, "object.__delattr__")) &&
           args && PyTuple_Check(args) && PyTuple_GET_SIZE(args) > 0 &&
           !PyFunction_Check(PyTuple_GET_ITEM(args, 0));
}

/* importlib keeps what it has compiled: no finder has to. */
static bool
is_cache_step(const char *event)
{
    static const char *const steps[] = { "os.mkdir", "os.remove",
                                         "os.rename" };
    PyFrameObject *frame = PyEval_GetFrame();

    return stk_event_is_one_of(event, steps, sizeof steps / sizeof *steps) &&
           frame &&
           (stk_frame_is_named(frame, "_write_atomic") ||
            stk_frame_is_named(frame, "set_data"));
}

/* What an import is made of, whoever's finder and loader do it. */
static bool
is_import_step(const char *event)
{
    static const char *const steps[] = { "code.__new__", "compile",
                                         "exec",         "marshal.loads",
                                         "open",         "os.listdir" };

    return stk_event_is_one_of(event, steps, sizeof steps / sizeof *steps) ||
           is_cache_step(event);
}

/* What importlib does beside that for an import that is open. */
static bool
is_importlibs_step(const char *event)
{
    return !strcmp(event, "marshal.dumps") || !strcmp(event, "winreg.OpenKey");
}

/* The import system at work, for an import that is open. Its path hooks are
 * anybody's callables: an os.system among them. */
static bool
is_import(const stk_interp *state, const char *event)
{
    uint32_t number;

    return (is_import_step(event) || is_importlibs_step(event)) &&
           stk_frame_is_importlib(state) &&
           stk_attempt_executing(state, &number) &&
           !stk_frame_is_named(PyEval_GetFrame(), "_path_hooks");
}

static bool
is_unmarshalled(const stk_interp *state, const char *event)
{
    return STK_TELLS_UNMARSHALLED && !strcmp(event, "code.__new__") &&
           stk_frame_is_importlib(state);
}

bool
stk_event_is_importing(const char *event)
{
    return is_import_step(event) || !strcmp(event, "import") ||
           !strcmp(event, "builtins.id"); /* of the lock of a module */
}

/* An attribute of a function whose code is of the very module that runs. */
static bool
is_own_function(const stk_interp *state, const char *event, PyObject *args)
{
    PyFrameObject *frame;
    uint32_t importer;
    PyObject *function;
    bool own = false;

    if (strncmp(event, "object.", 7) || !args || !PyTuple_Check(args) ||
        PyTuple_GET_SIZE(args) < 1)
        return false;
    function = PyTuple_GET_ITEM(args, 0);
    frame = PyFunction_Check(function) ? stk_frame_asking(state) : NULL;
    if (frame) {
        importer = stk_frame_tag(state, frame).importer;
        own = importer &&
              stk_code_tag_get(state,
                               (PyCodeObject *)PyFunction_GET_CODE(function))
                      .importer == importer;
        Py_DECREF(frame);
    }
    return own;
}

bool
stk_event_is_harmless(const stk_interp *state, const char *event,
                      PyObject *args)
{
    return is_local_socket(event, args) || is_plain_write(event, args) ||
           is_import(state, event) || is_unmarshalled(state, event) ||
           is_own_function(state, event, args);
}
