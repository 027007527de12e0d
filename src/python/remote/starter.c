/* SPDX-License-Identifier: Apache-2.0 */
/* What workers of this interpreter are started with. */
#include "python/remote/starter.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "guard/isolate.h"
#include "python/object/name.h"
#include "python/remote/isolation.h"

/* Its extensions are not to be loaded by another. */
#define FOREIGN Py_STRINGIFY(STK_ISOLATE_FOREIGN)

#define SHORT_VERSION                                                         \
    Py_STRINGIFY(PY_MAJOR_VERSION) "." Py_STRINGIFY(PY_MINOR_VERSION)

/* Without importlib: it would be imported for the path alone. */
static const char code[] =
    "import sys\n"
    "if sys.version != sys.argv[2]: sys.exit(" FOREIGN ")\n"
    "import _imp, _frozen_importlib as b\n"
    "s = b.ModuleSpec('stockade._worker', None, origin=sys.argv[1])\n"
    "m = _imp.create_dynamic(s)\n"
    "_imp.exec_dynamic(m)\n"
    "sys.argv[:] = ['']\n"
    "sys.modules['__main__'] = type(sys)('__main__')\n"
    "m.main()\n";

/* ---- paths ----------------------------------------------------------- */

static bool
is_program(const char *path)
{
    return path && path[0] == '/' && access(path, X_OK) == 0;
}

/* Freed by free(); NULL, without an exception. */
static char *
path_of(PyObject *text)
{
    PyObject *encoded = text ? stk_path_encoded(text) : NULL;
    char *path = encoded ? stk_text_dup(PyBytes_AS_STRING(encoded)) : NULL;

    Py_XDECREF(encoded);
    return path;
}

static char *
sys_path_of(const stk_interp *state, const char *name)
{
    return path_of(PyDict_GetItemString(state->sys_dict, name));
}

/* `name` in the package that we were imported from. */
static char *
beside_us(const stk_interp *state, const char *name)
{
    STK_CLEANUP(stk_freep)
    char *folder =
        path_of(state->self_folder ? state->self_folder : state->child_folder);

    return folder ? stk_text_printf("%s/stockade/%s", folder, name) : NULL;
}

/* ---- the program ----------------------------------------------------- */

static bool
find_program(stk_starter *out, const stk_interp *state)
{
    out->program = beside_us(state, "stockade-worker");
    if (!is_program(out->program)) {
        free(out->program);
        out->program = stk_text_dup(STK_WORKER_PROGRAM);
    }
    if (!is_program(out->program))
        return false;
    out->argv[0] = out->program;
    out->argv[1] = "zygote";
    return true;
}

/* ---- this Python ----------------------------------------------------- */

static bool
is_python(const char *path)
{
    STK_CLEANUP(stk_freep)
    char *real = is_program(path) ? realpath(path, NULL) : NULL;
    const char *names[] = { path, real };

    for (size_t i = 0; real && i < sizeof names / sizeof *names; i++) {
        const char *slash = strrchr(names[i], '/');

        if (!strncmp(slash + 1, "python", 6))
            return true;
    }
    return false;
}

/* In a product the prefix is the Python that it brings along. */
static char *
find_python(const stk_interp *state)
{
    static const char *const executables[] = { "executable",
                                               "_base_executable" };
    static const char *const prefixes[] = { "exec_prefix",
                                            "base_exec_prefix" };
    char *path;

    for (size_t i = 0; i < sizeof executables / sizeof *executables; i++) {
        path = sys_path_of(state, executables[i]);
        if (is_python(path))
            return path;
        free(path);
    }
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        STK_CLEANUP(stk_freep) char *prefix = sys_path_of(state, prefixes[i]);

        path = prefix ? stk_text_printf("%s/bin/python" SHORT_VERSION, prefix)
                      : NULL;
        if (is_python(path))
            return path;
        free(path);
    }
    return NULL;
}

static bool
find_interpreter(stk_starter *out, const stk_interp *state)
{
    static const char *const options[] = { "-I", "-S",   "-E", "-B",
                                           "-X", "utf8", "-c", code };
    unsigned n = 1;

    out->module = beside_us(state, "_worker" STK_PYTHON_SUFFIX);
    if (!out->module || access(out->module, R_OK) != 0)
        return false;
    out->program = find_python(state);
    if (!out->program)
        return false;
    out->argv[0] = out->program;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        out->argv[n++] = options[i];
    out->argv[n++] = out->module;
    out->argv[n] = Py_GetVersion();
    return true;
}

/* ---- either ---------------------------------------------------------- */

void
stk_starter_clear(stk_starter *starter)
{
    free(starter->program);
    free(starter->module);
    memset(starter, 0, sizeof *starter);
}

/* A product in C has no package of Python's beside it, and nothing that a
 * Python could start a worker with. */
static int
refuse(stk_interp *state)
{
    stk_isolation *isolation = stk_isolation_get(state);
    PyObject *executable = PyDict_GetItemString(state->sys_dict, "executable");

    if (isolation && !state->self_folder && !state->child_folder)
        PyErr_SetString(isolation->sandbox_error,
                        "nothing to start workers with: there is no "
                        "program " STK_WORKER_PROGRAM
                        "; meson install puts it there");
    else if (isolation)
        PyErr_Format(isolation->sandbox_error,
                     "nothing to start workers with: sys.executable, %R, is "
                     "no python" SHORT_VERSION
                     ", and there is none in the bin of sys.exec_prefix; set "
                     "sys.executable to one before the guard is installed, or "
                     "install stockade-worker as %s",
                     executable ? executable : Py_None, STK_WORKER_PROGRAM);
    return -1;
}

int
stk_starter_find(stk_starter *out, stk_interp *state)
{
    memset(out, 0, sizeof *out);
    if (find_program(out, state))
        return 0;
    stk_starter_clear(out);
    if (find_interpreter(out, state))
        return 0;
    stk_starter_clear(out);
    return refuse(state);
}
