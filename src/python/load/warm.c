/* SPDX-License-Identifier: Apache-2.0 */
/* The code that importlib keeps of a source file. */
#include "python/load/warm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "python/load/bytecode.h"

/* PEP 552: magic, flags, and time and size of the source. */
#define HEAD 16

/* No code of a module is as large; importlib would try. */
#define CODE_MAX (1 << 28)

typedef struct kept_file {
    int fd;
    off_t size;
    unsigned char head[HEAD];
} kept_file;

static bool
read_all(int fd, void *into, size_t n)
{
    char *at = into;

    while (n > 0) {
        ssize_t got = read(fd, at, n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        n -= (size_t)got;
    }
    return true;
}

/* Not what would wait for somebody, as a pipe does. */
static bool
open_kept(kept_file *out, const char *path)
{
    struct stat st;

    out->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (out->fd < 0)
        return false;
    if (fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > HEAD &&
        st.st_size <= CODE_MAX && read_all(out->fd, out->head, HEAD)) {
        out->size = st.st_size;
        return true;
    }
    close(out->fd);
    return false;
}

static uint32_t
number_at(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

double
stk_warm_time(const struct stat *st)
{
    return (double)st->st_mtim.tv_sec + 1e-9 * (double)st->st_mtim.tv_nsec;
}

/* int() of that, of which importlib takes the lower half. */
static uint32_t
time_in_head(const struct stat *st)
{
    return (uint32_t)(int64_t)stk_warm_time(st);
}

/* Code that a hash vouches for is importlib's business. */
static bool
is_of(const kept_file *file, const struct stat *source)
{
    return number_at(file->head) == (uint32_t)PyImport_GetMagicNumber() &&
           number_at(file->head + 4) == 0 &&
           number_at(file->head + 8) == time_in_head(source) &&
           number_at(file->head + 12) ==
               (uint32_t)((uint64_t)source->st_size & 0xFFFFFFFFu);
}

/* The event that FileIO raises. An OSError is one of opening: importlib makes
 * do without, and is asked. */
static int
tell_open(PyObject *path)
{
    int result = PySys_Audit("open", "Osi", path, "r", O_RDONLY | O_CLOEXEC);

    if (result < 0 && PyErr_ExceptionMatches(PyExc_OSError))
        PyErr_Clear();
    return result;
}

/* What follows the head: new bytes, or NULL. */
static PyObject *
read_code(const kept_file *file, PyObject *path)
{
    size_t length = (size_t)file->size - HEAD;
    PyObject *bytes;
    bool whole;

    if (tell_open(path) < 0)
        return NULL;
    bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
    if (!bytes)
        return NULL;
    Py_BEGIN_ALLOW_THREADS whole =
        read_all(file->fd, PyBytes_AS_STRING(bytes), length);
    Py_END_ALLOW_THREADS if (!whole) Py_CLEAR(bytes);
    return bytes;
}

/* What marshal says of bytes, and not what hooks of others say. */
static bool
is_of_bytes(void)
{
    return PyErr_ExceptionMatches(PyExc_EOFError) ||
           PyErr_ExceptionMatches(PyExc_ImportError) ||
           PyErr_ExceptionMatches(PyExc_TypeError) ||
           PyErr_ExceptionMatches(PyExc_ValueError);
}

/* What is no code is told by importlib, in its own words. */
static PyObject *
load_code(PyObject *bytes, PyObject *source)
{
    stk_code_bytes code = { PyBytes_AS_STRING(bytes),
                            (size_t)PyBytes_GET_SIZE(bytes), source, NULL };
    PyObject *result = stk_bytecode_unmarshal(&code);

    if (!result && is_of_bytes())
        PyErr_Clear();
    return result;
}

PyObject *
stk_warm_bytes(const stk_warm *warm)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(warm->kept), *bytes;
    kept_file file;
    bool fits;

    if (!encoded) {
        PyErr_Clear();
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS fits = open_kept(&file, PyBytes_AS_STRING(encoded));
    Py_END_ALLOW_THREADS Py_DECREF(encoded);
    if (!fits)
        return NULL;
    bytes = is_of(&file, warm->st) ? read_code(&file, warm->kept) : NULL;
    close(file.fd);
    return bytes;
}

PyObject *
stk_warm_code(const stk_warm *warm)
{
    PyObject *bytes = stk_warm_bytes(warm), *code;

    code = bytes ? load_code(bytes, warm->source) : NULL;
    Py_XDECREF(bytes);
    return code;
}
