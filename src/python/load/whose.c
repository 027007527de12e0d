/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules a file would be, if import found it below sys.path. */
#include "python/load/whose.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "python/object/name.h"

/* ---- names ----------------------------------------------------------- */

static bool
ends_with(const char *text, size_t length, const char *end)
{
    size_t tail = strlen(end);

    return length > tail && !memcmp(text + length - tail, end, tail);
}

/* What is left of a file's name without what import would put behind a
 * module's: the rest is a label, or it is data. */
static enum stk_form
form_of(const char *file, size_t length, size_t *stem)
{
    *stem = strcspn(file, ".");
    if (*stem > length)
        *stem = length;
    if (*stem == 0)
        return STK_FORM_DATA;
    if (length - *stem == 3 && ends_with(file, length, ".py"))
        return STK_FORM_SOURCE;
    if (length - *stem == 4 && ends_with(file, length, ".pyc"))
        return STK_FORM_SOURCELESS;
    if (ends_with(file, length, ".so"))
        return STK_FORM_EXTENSION;
    return STK_FORM_DATA;
}

/* The folder before the file's own: `length` without "/__pycache__"; false
 * when that is not what it ends with. */
static bool
leave_cache(const char *path, size_t *length)
{
    static const char cache[] = "__pycache__";
    size_t n = sizeof cache - 1;

    if (*length < n || memcmp(path + *length - n, cache, n) != 0)
        return false;
    if (*length > n && path[*length - n - 1] != '/')
        return false;
    *length -= *length > n ? n + 1 : n;
    return true;
}

/* "shop" and "cart" as shop.cart; false for what no import asks for: a
 * label with a dot, an empty one, one that is too long. */
static bool
join_name(char out[STK_WHOSE_MAX + 1], const char *folder, size_t length,
          const char *stem, size_t stem_length)
{
    bool has_stem = stem_length != 8 || memcmp(stem, "__init__", 8) != 0;
    size_t n = length;

    if (!has_stem && length == 0)
        return false;
    if (length + stem_length + 1 > STK_WHOSE_MAX)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (folder[i] == '.' ||
            (folder[i] == '/' && (i == 0 || folder[i - 1] == '/')))
            return false;
        out[i] = folder[i] == '/' ? '.' : folder[i];
    }
    if (has_stem && length > 0)
        out[n++] = '.';
    if (has_stem) {
        memcpy(out + n, stem, stem_length);
        n += stem_length;
    }
    out[n] = '\0';
    return n > 0;
}

/*
 * "lib-dynload" and "site-packages" are folders of sys.path that lie in
 * another one, and no packages of it: their files are told by the names that
 * they have below their own folder.
 */
static bool
is_nameless(const char *folder, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)folder[i];

        if (c < 0x80 && c != '/' && c != '_' && !Py_ISALNUM(c))
            return true;
    }
    return false;
}

/* `rest` is the path below the root. */
static enum stk_form
name_of(char out[STK_WHOSE_MAX + 1], const char *rest)
{
    const char *slash = strrchr(rest, '/');
    const char *file = slash ? slash + 1 : rest;
    size_t folder = slash ? (size_t)(slash - rest) : 0, stem;
    enum stk_form form;

    if (slash && ends_with(file, strlen(file), ".pyc") &&
        leave_cache(rest, &folder)) {
        stem = strcspn(file, ".");
        form = STK_FORM_CACHED;
    } else {
        form = form_of(file, strlen(file), &stem);
    }
    /* of such a folder site runs the .pth files itself */
    if (is_nameless(rest, folder) && !ends_with(file, strlen(file), ".pth")) {
        out[0] = '\0';
        return form;
    }
    if (form != STK_FORM_DATA && join_name(out, rest, folder, file, stem))
        return form;
    if (!join_name(out, rest, folder, "__init__", 8))
        out[0] = '\0';
    return STK_FORM_DATA;
}

/* ---- folders --------------------------------------------------------- */

/* What of `path` is below `root`, or NULL. */
static const char *
below(const char *path, const char *root)
{
    size_t length = strlen(root);

    while (length > 1 && root[length - 1] == '/')
        length--;
    if (strncmp(path, root, length) != 0)
        return NULL;
    if (length == 1 && root[0] == '/')
        return path + 1;
    return path[length] == '/' && path[length + 1] ? path + length + 1 : NULL;
}

typedef struct walk {
    const char *path;
    const char *real; /* with links followed; the same where there are none */
    stk_whose_fn each;
    void *payload;
} walk;

static int
tell(const walk *w, const char *path, const char *root)
{
    const char *rest = below(path, root);
    char name[STK_WHOSE_MAX + 1];
    stk_whose one = { name, root, STK_FORM_DATA };

    if (!rest)
        return 0;
    one.form = name_of(name, rest);
    return name[0] ? w->each(w->payload, &one) : 0;
}

/* The one file may be below one folder by its name and below another one by
 * where it is. */
static int
try_folder(const walk *w, const char *folder)
{
    STK_CLEANUP(stk_freep) char *root = stk_path_absolute(folder);
    char real[PATH_MAX];
    int result;

    if (!root) {
        PyErr_NoMemory();
        return -1;
    }
    result = tell(w, w->path, root);
    if (result == 0 && strcmp(w->path, w->real) != 0)
        result = tell(w, w->real, root);
    if (result == 0 && realpath(root, real) && strcmp(real, root) != 0)
        result = tell(w, w->real, real);
    return result;
}

static int
try_entry(const walk *w, PyObject *entry)
{
    PyObject *encoded = stk_path_encoded(entry);
    int result = encoded ? try_folder(w, PyBytes_AS_STRING(encoded)) : 0;

    Py_XDECREF(encoded);
    return result;
}

int
stk_whose_among(PyObject *folders, const char *path, stk_whose_fn each,
                void *payload)
{
    char real[PATH_MAX];
    walk w = { path, realpath(path, real) ? real : path, each, payload };
    int result = 0;

    /* a copy: `each` may run what changes it */
    folders = PySequence_List(folders);
    if (!folders)
        return -1;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(folders); i++)
        result = try_entry(&w, PyList_GET_ITEM(folders, i));
    Py_DECREF(folders);
    return result;
}

int
stk_whose_each(const stk_interp *state, const char *path, stk_whose_fn each,
               void *payload)
{
    PyObject *entries = PyDict_GetItemString(state->sys_dict, "path");

    return entries ? stk_whose_among(entries, path, each, payload) : 0;
}
