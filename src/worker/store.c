/* SPDX-License-Identifier: Apache-2.0 */
/* Modules of the standard library, in memory before they are executed. */
#include "worker/store.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <fcntl.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "worker/compat.h"

#define CODE_MAX (4u << 20)
#define HEAD     16u /* PEP 552 */
#define TAG                                                                   \
    "cpython-" Py_STRINGIFY(PY_MAJOR_VERSION) Py_STRINGIFY(PY_MINOR_VERSION)

/* Machine code that only computes: it could not be loaded later. Whether a
 * plugin may import it is for the policy to say. A Python may be built
 * without one, or have it inside. */
static const char *const machine_code[] = {
    "_bisect",  "_blake2", "_bz2",        "_contextvars", "_csv",  "_datetime",
    "_decimal", "_heapq",  "_json",       "_lzma",        "_md5",  "_opcode",
    "_pickle",  "_queue",  "_random",     "_sha1",        "_sha2", "_sha256",
    "_sha3",    "_sha512", "_statistics", "_struct",      "array", "binascii",
    "cmath",    "math",    "pyexpat",     "unicodedata",  "zlib",
};

/* What these import, and `traceback`, which tells of exceptions: all of it or
 * nothing. */
static const struct source {
    const char *name;
    bool package;
} sources[] = {
#if PY_VERSION_HEX < 0x030B0000
    { "_collections_abc", false },
    { "genericpath", false },
    { "os", false },
    { "posixpath", false },
    { "sre_compile", false },
    { "sre_constants", false },
    { "sre_parse", false },
    { "stat", false },
    { "re", false },
#else
    { "contextlib", false },
    { "re", true },
    { "re._casefix", false },
    { "re._compiler", false },
    { "re._constants", false },
    { "re._parser", false },
    { "textwrap", false },
#endif
#if PY_VERSION_HEX < 0x030A0000
    { "heapq", false },
#endif
#if PY_VERSION_HEX >= 0x030D0000
    { "_colorize", false },
    { "warnings", false },
#endif
    { "_compat_pickle", false },
    { "collections", true },
    { "collections.abc", false },
    { "copyreg", false },
    { "enum", false },
    { "functools", false },
    { "keyword", false },
    { "linecache", false },
    { "numbers", false },
    { "operator", false },
    { "reprlib", false },
    { "token", false },
    { "tokenize", false },
    { "traceback", false },
    { "types", false },
};

#define N_MACHINE (sizeof machine_code / sizeof *machine_code)
#define N_SOURCES (sizeof sources / sizeof *sources)

static stk_stored items[N_MACHINE + N_SOURCES];
static size_t n_items, n_read;
static unsigned char magic_read[4];

/* ---- machine code ---------------------------------------------------- */

/* Until somebody executes it, it is mapped and no more: dlopen(3) finds it
 * by this path then, and opens nothing. */
static void
load_machine_code(const char *folder, const char *name)
{
    char path[PATH_MAX];

    if (snprintf(path, sizeof path, "%s/%s%s", folder, name,
                 STK_PYTHON_SUFFIX) >= PATH_MAX ||
        !dlopen(path, RTLD_NOW | RTLD_LOCAL))
        return;
    items[n_items] = (stk_stored){ .name = name, .path = strdup(path) };
    n_items += items[n_items].path != NULL;
}

/* ---- Python code ----------------------------------------------------- */

/* "/lib/collections/abc.py", and where its code is kept. */
static bool
name_files(const char *folder, const struct source *what,
           char source[PATH_MAX], char code[PATH_MAX])
{
    STK_CLEANUP(stk_freep) char *path = strdup(what->name);
    const char *last;
    char *dot;

    if (!path)
        return false;
    while ((dot = strchr(path, '.')))
        *dot = '/';
    dot = what->package ? NULL : strrchr(path, '/');
    if (dot)
        *dot = '\0';
    last = what->package ? "__init__" : dot ? dot + 1 : path;
    if (!dot && !what->package)
        return snprintf(source, PATH_MAX, "%s/%s.py", folder, last) <
                   PATH_MAX &&
               snprintf(code, PATH_MAX, "%s/__pycache__/%s." TAG ".pyc",
                        folder, last) < PATH_MAX;
    return snprintf(source, PATH_MAX, "%s/%s/%s.py", folder, path, last) <
               PATH_MAX &&
           snprintf(code, PATH_MAX, "%s/%s/__pycache__/%s." TAG ".pyc", folder,
                    path, last) < PATH_MAX;
}

static uint32_t
read_word(const unsigned char *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

/* As importlib has it: of the very source that is there. */
static bool
is_current(const unsigned char *head, const char *source)
{
    struct stat st;

    return read_word(head + 4) == 0 && stat(source, &st) == 0 &&
           read_word(head + 8) == (uint32_t)st.st_mtime &&
           read_word(head + 12) == (uint32_t)st.st_size;
}

/* Freed by free(); NULL. */
static unsigned char *
read_code(const char *path, size_t *length)
{
    STK_CLEANUP(stk_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    STK_CLEANUP(stk_freep) unsigned char *code = NULL;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= (off_t)HEAD ||
        st.st_size > (off_t)CODE_MAX)
        return NULL;
    code = malloc((size_t)st.st_size);
    if (!code || stk_fd_read(fd, code, (size_t)st.st_size) != st.st_size)
        return NULL;
    *length = (size_t)st.st_size;
    return STK_STEAL(code);
}

static bool
read_source(const char *folder, const struct source *what)
{
    STK_CLEANUP(stk_freep) unsigned char *data = NULL;
    char source[PATH_MAX], code[PATH_MAX], *path;
    size_t length;

    if (!name_files(folder, what, source, code))
        return false;
    data = read_code(code, &length);
    if (!data || !is_current(data, source) ||
        (n_read > 0 && memcmp(magic_read, data, sizeof magic_read) != 0))
        return false;
    path = strdup(source);
    if (!path)
        return false;
    memcpy(magic_read, data, sizeof magic_read);
    items[n_items++] = (stk_stored){ what->name, what->package, path,
                                     STK_STEAL(data) + HEAD, length - HEAD };
    n_read++;
    return true;
}

/* ---- all of it ------------------------------------------------------- */

void
stk_store_fill(const char *library, const char *machine)
{
    for (size_t i = 0; i < N_SOURCES; i++)
        if (!read_source(library, &sources[i]))
            return;
    for (size_t i = 0; i < N_MACHINE; i++)
        load_machine_code(machine, machine_code[i]);
}

bool
stk_store_is_whole(long magic)
{
    return n_read == N_SOURCES && read_word(magic_read) == (uint32_t)magic;
}

const stk_stored *
stk_store_find(const char *name)
{
    for (size_t i = 0; i < n_items; i++)
        if (!strcmp(items[i].name, name))
            return &items[i];
    return NULL;
}

const stk_stored *
stk_store_at(size_t index)
{
    return index < n_items ? &items[index] : NULL;
}

const char *
stk_store_name(size_t index)
{
    return index < N_MACHINE ? machine_code[index] : NULL;
}
