/* SPDX-License-Identifier: Apache-2.0 */
/* A verified extension module, loaded from a sealed memfd. */
#include "python/extension.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "python/loaded.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* A content that is in a memfd already. Of the process: a module without
 * multi-phase initialisation is initialised once for a path. */
typedef struct kept_file {
    struct kept_file *next;
    unsigned char identity[32];
    int fd; /* as long as it is the file of these two: */
    dev_t device;
    ino_t inode;
} kept_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept_file *kept;

/* -1 with errno. */
static int
new_memfd(const stk_evidence *evidence)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int sealed;

    fd = memfd_create("stockade", flags | MFD_EXEC);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("stockade", flags);
    if (fd < 0 ||
        stk_fd_write(fd, evidence->source, evidence->source_length) < 0)
        return -1;
    if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return -1;
    sealed = fd;
    fd = -1;
    return sealed;
}

/* A daemon closes all descriptors that it does not know, and ours may then
 * be the number of another file. */
static bool
is_there(const kept_file *file)
{
    struct stat st;

    return fstat(file->fd, &st) == 0 && st.st_dev == file->device &&
           st.st_ino == file->inode;
}

static int
find_kept(const unsigned char identity[32])
{
    for (const kept_file *at = kept; at; at = at->next)
        if (!memcmp(at->identity, identity, sizeof at->identity) &&
            is_there(at))
            return at->fd;
    return -1;
}

/* dlopen() gives what it has loaded by this very name, without a look at the
 * file: a number that another content has had is not used again. */
static int
take_unused(int fd)
{
    bool used = false;
    int last = fd, other;

    for (const kept_file *at = kept; at; at = at->next) {
        used = used || at->fd == fd;
        last = at->fd > last ? at->fd : last;
    }
    if (!used)
        return fd;
    other = fcntl(fd, F_DUPFD_CLOEXEC, last + 1);
    close(fd);
    return other;
}

/* -1 with errno. */
static int
open_new(kept_file *file, const stk_evidence *evidence)
{
    struct stat st;
    int fd = new_memfd(evidence);

    file->fd = fd < 0 ? -1 : take_unused(fd);
    if (file->fd < 0 || fstat(file->fd, &st) < 0)
        return -1;
    file->device = st.st_dev;
    file->inode = st.st_ino;
    return 0;
}

static int
keep_new(const stk_evidence *evidence, const unsigned char identity[32])
{
    kept_file *file = evidence->source ? calloc(1, sizeof *file) : NULL;

    if (!file)
        return -1;
    if (open_new(file, evidence) < 0) {
        free(file);
        return -1;
    }
    memcpy(file->identity, identity, sizeof file->identity);
    file->next = kept;
    kept = file;
    return file->fd;
}

/* NULL where nothing tells it from another. */
static const unsigned char *
identity_of(const stk_evidence *evidence)
{
    if (evidence->has_identity)
        return evidence->identity;
    return evidence->has_digest ? evidence->digest : NULL;
}

/* -1 with errno. */
static int
keep_file(stk_evidence *evidence)
{
    const unsigned char *identity = identity_of(evidence);
    int fd;

    errno = EINVAL;
    if (!identity)
        return -1;
    pthread_mutex_lock(&lock);
    fd = find_kept(identity);
    if (fd < 0)
        fd = keep_new(evidence, identity);
    pthread_mutex_unlock(&lock);
    /* it is in the memfd, for as long as the process lives */
    if (fd >= 0) {
        free(evidence->source);
        evidence->source = NULL;
    }
    return fd;
}

/* A spec that leads to the memfd. */
static PyObject *
new_spec(const stk_interp *state, PyObject *spec, int fd)
{
    PyObject *name = PyObject_GetAttr(spec, state->str_spec_name);
    PyObject *origin = PyUnicode_FromFormat("/proc/self/fd/%d", fd);
    PyObject *copy = NULL;

    if (name && origin)
        copy = PyObject_CallFunction(state->spec_class, "OO", name, Py_None);
    if (copy && PyObject_SetAttr(copy, state->str_origin, origin) < 0)
        Py_CLEAR(copy);
    Py_XDECREF(name);
    Py_XDECREF(origin);
    return copy;
}

/* A module without multi-phase initialisation has the memfd as its file. */
static PyObject *
set_file(PyObject *module, const char *path)
{
    PyObject *file = PyUnicode_DecodeFSDefault(path);

    if (!file || (PyObject_HasAttrString(module, "__file__") &&
                  PyObject_SetAttrString(module, "__file__", file) < 0))
        Py_CLEAR(module);
    Py_XDECREF(file);
    return module;
}

PyObject *
stk_extension_create(stk_interp *state, PyObject *spec, stk_evidence *evidence)
{
    int fd = keep_file(evidence);
    PyObject *copy, *module;

    if (fd < 0)
        return PyErr_Format(PyExc_ImportError,
                            "cannot load an extension from memory: %s",
                            strerror(errno));
    copy = new_spec(state, spec, fd);
    /* taken back as the call begins: what it initialises is nobody's copy */
    state->making_verified = copy != NULL;
    module = copy ? stk_namespace_call(state->imp_dict, "create_dynamic", copy,
                                       NULL)
                  : NULL;
    state->making_verified = false;
    Py_XDECREF(copy);
    return module ? set_file(module, evidence->path) : NULL;
}

PyObject *
stk_extension_exec(const stk_interp *state, PyObject *module)
{
    return stk_namespace_call(state->imp_dict, "exec_dynamic", module, NULL);
}
