/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a folder beside the plugin's modules: files and folders, and
 * nothing that a worker could not be given, as links. */
#include "python/broker/broker.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"

#define ENTRIES_MAX 10000

int
stk_broker_entry(PyObject *names, const char *name, bool is_folder)
{
    PyObject *text;
    int result;

    if (PyList_GET_SIZE(names) >= ENTRIES_MAX) {
        PyErr_Format(PyExc_OSError, "more than %d files in one folder",
                     ENTRIES_MAX);
        return -1;
    }
    text = PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "strict");
    if (text && is_folder)
        Py_SETREF(text, PyUnicode_FromFormat("%U/", text));
    if (!text && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
        return 0;
    }
    result = text ? PyList_Append(names, text) : -1;
    Py_XDECREF(text);
    return result;
}

/* DT_UNKNOWN where the file system does not tell. */
static unsigned char
type_of(int folder, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type != DT_UNKNOWN)
        return entry->d_type;
    if (fstatat(folder, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return DT_UNKNOWN;
    return S_ISREG(st.st_mode)   ? DT_REG
           : S_ISDIR(st.st_mode) ? DT_DIR
                                 : DT_UNKNOWN;
}

static int
add_entries(PyObject *names, DIR *stream)
{
    const struct dirent *entry;
    int result = 0;

    while (result == 0 && (entry = readdir(stream))) {
        unsigned char type = type_of(dirfd(stream), entry);

        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
            (type == DT_REG || type == DT_DIR))
            result = stk_broker_entry(names, entry->d_name, type == DT_DIR);
    }
    return result;
}

static DIR *
open_below(const char *folder, const char *below)
{
    STK_CLEANUP(stk_closep)
    int at = stk_beneath_folder(folder);
    STK_CLEANUP(stk_closep) int inner = -1;
    DIR *stream;
    int fd;

    if (at < 0 || (*below && stk_beneath_open(&inner, at, below, NULL) !=
                                 STK_BENEATH_FOLDER))
        return NULL;
    fd = openat(*below ? inner : at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    stream = fd < 0 ? NULL : fdopendir(fd);
    if (fd >= 0 && !stream)
        close(fd);
    return stream;
}

int
stk_broker_folder(PyObject *names, const char *folder, const char *below)
{
    DIR *stream = open_below(folder, below);
    int result;

    if (!stream)
        return 0;
    result = add_entries(names, stream);
    closedir(stream);
    if (result == 0)
        result = PyList_Sort(names);
    return result < 0 ? -1 : 1;
}
