/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a source file. */
#include "python/load/sourcefile.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "python/load/cached.h"
#include "python/load/opencode.h"

/* No source of a module is as large; importlib would try. */
#define SOURCE_MAX (16 << 20)

typedef struct source_file {
    int fd;
    off_t size;
} source_file;

static bool
open_source(source_file *out, const char *path)
{
    struct stat st;

    out->fd = stk_file_open(path, NULL);
    if (out->fd < 0)
        return false;
    if (fstat(out->fd, &st) == 0 && st.st_size <= SOURCE_MAX) {
        out->size = st.st_size;
        return true;
    }
    close(out->fd);
    return false;
}

/* To its end: one that grows meanwhile is importlib's. */
static bool
read_all(const source_file *file, char *data)
{
    char more;

    return stk_fd_read(file->fd, data, (size_t)file->size) == file->size &&
           stk_fd_read(file->fd, &more, 1) == 0;
}

/* `file` is closed. */
static PyObject *
take_bytes(const source_file *file)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)file->size);
    bool whole = false;

    Py_BEGIN_ALLOW_THREADS if (bytes) whole =
        read_all(file, PyBytes_AS_STRING(bytes));
    close(file->fd);
    Py_END_ALLOW_THREADS if (!whole) Py_CLEAR(bytes);
    return bytes;
}

/* Who asks for an event that the policy speaks of is told by the frames that
 * it is raised in. */
static bool
may_read(PyObject *loader)
{
    const stk_guard *guard = stk_process_guard();

    return guard && !stk_guard_needs_signatures(guard) &&
           !stk_guard_watches(guard, "open") && stk_opencode_is_ours() &&
           stk_cached_is_plain(loader);
}

PyObject *
stk_sourcefile_read(PyObject *loader, PyObject *path)
{
    PyObject *encoded =
        may_read(loader) ? PyUnicode_EncodeFSDefault(path) : NULL;
    PyObject *bytes = NULL;
    source_file file;
    bool fits;

    if (encoded &&
        PySys_Audit("open", "Osi", path, "r", O_RDONLY | O_CLOEXEC) == 0) {
        Py_BEGIN_ALLOW_THREADS fits =
            open_source(&file, PyBytes_AS_STRING(encoded));
        Py_END_ALLOW_THREADS if (fits) bytes = take_bytes(&file);
    }
    Py_XDECREF(encoded);
    PyErr_Clear();
    return bytes;
}
