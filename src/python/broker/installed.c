/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The distributions that are installed on sys.path. What they say of
 * themselves is the text of whoever installed them: it is read as text, below
 * their folder, through no link, bounded.
 */
#include "python/broker/installed.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "policy/name.h"

#define DISTRIBUTIONS_MAX 4096
#define MODULES_MAX       64
#define RECORD_MAX        (4u << 20) /* bytes; torch has 1.4 MiB */

/* direct_url.json is none: it may say where the host's sources are, and by
 * which password. */
static const char *const files[] = {
    "INSTALLER",    "METADATA",      "PKG-INFO",         "RECORD",
    "SOURCES.txt",  "WHEEL",         "entry_points.txt", "installed-files.txt",
    "requires.txt", "top_level.txt",
};

const char *
stk_installed_file(size_t i)
{
    return i < sizeof files / sizeof *files ? files[i] : NULL;
}

/* ---- which there are -------------------------------------------------- */

static bool
is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9');
}

bool
stk_installed_name(char out[STK_DISTRIBUTION_NAME], const char *name,
                   size_t length)
{
    size_t n = 0;

    if (length == 0 || length >= STK_DISTRIBUTION_NAME)
        return false;
    for (size_t i = 0; i < length; i++) {
        char c = name[i];

        if (is_alphanumeric(c))
            out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        else if (c != '-' && c != '_' && c != '.')
            return false;
        else if (n == 0 || out[n - 1] != '_')
            out[n++] = '_';
    }
    out[n] = '\0';
    return true;
}

/* The length of the name in "Shop-1.0.dist-info"; 0: it is none. */
static size_t
name_length(const char *entry)
{
    static const char suffix[] = ".dist-info", older[] = ".egg-info";
    size_t n = strlen(entry), name = strcspn(entry, "-");

    if (n > sizeof suffix - 1 &&
        !strcmp(entry + n - (sizeof suffix - 1), suffix))
        n -= sizeof suffix - 1;
    else if (n > sizeof older - 1 &&
             !strcmp(entry + n - (sizeof older - 1), older))
        n -= sizeof older - 1;
    else
        return 0;
    return name < n ? name : n;
}

static int
add_entry(PyObject *all, const char *folder, const char *entry)
{
    char name[STK_DISTRIBUTION_NAME];
    size_t length = name_length(entry);
    PyObject *key, *value;
    int result = -1;

    if (!length || !stk_installed_name(name, entry, length) ||
        PyDict_GET_SIZE(all) >= DISTRIBUTIONS_MAX)
        return 0;
    key = PyUnicode_FromString(name);
    value = key ? Py_BuildValue("[yyO]", folder, entry, Py_None) : NULL;
    if (value && PyDict_SetDefault(all, key, value))
        result = 0;
    Py_XDECREF(key);
    Py_XDECREF(value);
    return result;
}

static int
add_folder(PyObject *all, const char *folder)
{
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    int result = 0;

    while (stream && result == 0 && (entry = readdir(stream)))
        result = add_entry(all, folder, entry->d_name);
    if (stream)
        closedir(stream);
    return result;
}

PyObject *
stk_installed_find(PyObject *sys_path)
{
    PyObject *all = PyDict_New();

    for (Py_ssize_t i = 0;
         all && PyList_Check(sys_path) && i < PyList_GET_SIZE(sys_path); i++) {
        PyObject *path = stk_path_encoded(PyList_GET_ITEM(sys_path, i));
        const char *text = path ? PyBytes_AS_STRING(path) : NULL;

        if (PyErr_Occurred() ||
            (text && add_folder(all, *text ? text : ".") < 0))
            Py_CLEAR(all);
        Py_XDECREF(path);
    }
    return all;
}

/* ---- reading ----------------------------------------------------------- */

/* Its descriptor, or -1: there is none. */
static int
open_file(PyObject *distribution, const char *file)
{
    const char *path = PyBytes_AS_STRING(
        PyList_GET_ITEM(distribution, STK_DISTRIBUTION_PATH));
    STK_CLEANUP(stk_freep)
    char *below = stk_path_join(PyBytes_AS_STRING(PyList_GET_ITEM(
                                    distribution, STK_DISTRIBUTION_FOLDER)),
                                file);
    STK_CLEANUP(stk_closep)
    int at = below ? stk_beneath_folder(path) : -1;
    int fd = -1;

    if (at < 0 || stk_beneath_open(&fd, at, below, NULL) == STK_BENEATH_FILE)
        return fd;
    stk_closep(&fd);
    return -1;
}

bool
stk_installed_has(PyObject *distribution, const char *file)
{
    STK_CLEANUP(stk_closep) int fd = open_file(distribution, file);

    return fd >= 0;
}

int
stk_installed_read(PyObject *distribution, const char *file, size_t maximum,
                   char **data, size_t *length)
{
    STK_CLEANUP(stk_closep) int fd = open_file(distribution, file);

    if (fd < 0)
        return 0;
    return stk_beneath_read(data, length, fd, maximum, NULL) < 0 ? -1 : 1;
}

/* ---- its modules ------------------------------------------------------- */

/* The highest alone: what is below one is left out. */
static int
add_module(PyObject *modules, const char *name)
{
    PyObject *text;
    int result;

    for (Py_ssize_t i = PyList_GET_SIZE(modules); i-- > 0;) {
        const char *known = PyUnicode_AsUTF8(PyList_GET_ITEM(modules, i));

        if (!known || stk_name_is_within(name, known))
            return known ? 0 : -1;
        if (stk_name_is_within(known, name) &&
            PyList_SetSlice(modules, i, i + 1, NULL) < 0)
            return -1;
    }
    if (PyList_GET_SIZE(modules) >= MODULES_MAX)
        return 0;
    text = PyUnicode_FromString(name);
    result = text ? PyList_Append(modules, text) : -1;
    Py_XDECREF(text);
    return result;
}

/* "shop/cart.py" is shop.cart, and what is no module is "". */
static void
module_of_path(char *path)
{
    static const char init[] = "/__init__";
    char *last = strrchr(path, '/'), *end = strchr(last ? last : path, '.');
    size_t n;

    if (!end || (strcmp(end, ".py") &&
                 strcmp(end + strlen(end) - (strlen(end) > 2 ? 3 : 0), ".so")))
        end = path;
    *end = '\0';
    n = strlen(path);
    if (n > sizeof init - 1 && !strcmp(path + n - (sizeof init - 1), init))
        path[n - (sizeof init - 1)] = '\0';
    if (strchr(path, '.'))
        *path = '\0';
    for (; (path = strchr(path, '/')); path++)
        *path = '.';
}

/* Of a RECORD (PEP 376), whose rows begin with a path, or a list of names. */
static int
add_lines(PyObject *modules, char *text, bool are_paths)
{
    char *rest = text, *line;
    int result = 0;

    while (result == 0 && (line = strsep(&rest, "\r\n"))) {
        line[strcspn(line, ",")] = '\0';
        if (are_paths)
            module_of_path(line);
        if (strlen(line) <= STK_NAME_MAX &&
            stk_name_is_dotted(line, strlen(line)))
            result = add_module(modules, line);
    }
    return result;
}

static int
add_file(PyObject *modules, PyObject *distribution, const char *file)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    size_t length;

    if (stk_installed_read(distribution, file, RECORD_MAX, &data, &length) <=
        0)
        return 0;
    return add_lines(modules, data, strcmp(file, "top_level.txt") != 0);
}

PyObject *
stk_installed_modules(PyObject *distribution, const char *name)
{
    PyObject *modules =
        PyList_GET_ITEM(distribution, STK_DISTRIBUTION_MODULES);

    if (PyList_Check(modules))
        return modules;
    modules = PyList_New(0);
    if (!modules || add_file(modules, distribution, "RECORD") < 0 ||
        add_file(modules, distribution, "top_level.txt") < 0 ||
        (PyList_GET_SIZE(modules) == 0 && add_module(modules, name) < 0)) {
        Py_XDECREF(modules);
        return NULL;
    }
    PyList_SetItem(distribution, STK_DISTRIBUTION_MODULES, modules);
    return modules;
}
