/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time zone that a worker asks for: it opens no file itself. What every
 * machine has is no secret, and nothing else is to be had: the name is one
 * of letters, and the file begins as those of zones do (RFC 8536).
 */
#include "python/broker/broker.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"

#define ZONE_MAX  65536u /* bytes; the largest has 4000 */
#define KEY_MAX   100u
#define DEPTH_MAX 3u    /* America/Argentina/Salta */
#define SEEN_MAX  8192u /* files and folders; there are 1,900 */
#define KEY_LETTERS                                                           \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/"

/* No dot, so no way out of the folder. */
static bool
is_key(const char *key)
{
    size_t length = strlen(key);

    return length > 0 && length <= KEY_MAX && key[0] != '/' &&
           strspn(key, KEY_LETTERS) == length;
}

static bool
is_zone(const stk_file *file)
{
    return file->length > 4 && !memcmp(file->data, "TZif", 4);
}

static const char *const folders[] = { "/usr/share/zoneinfo",
                                       "/usr/lib/zoneinfo",
                                       "/usr/share/lib/zoneinfo",
                                       "/etc/zoneinfo" };

#define N_FOLDERS (sizeof folders / sizeof *folders)

int
stk_broker_zone(char **data, size_t *length, const char *key)
{
    for (size_t i = 0; is_key(key) && i < N_FOLDERS; i++) {
        STK_CLEANUP(stk_freep) char *path = stk_path_join(folders[i], key);
        STK_CLEANUP(stk_file_clear) stk_file file = { NULL, 0, 0, 0 };

        if (path && stk_file_read(&file, path, ZONE_MAX, NULL) == 0 &&
            is_zone(&file)) {
            *data = STK_STEAL(file.data);
            *length = file.length;
            return 1;
        }
    }
    return 0;
}

/* ---- all of them ----------------------------------------------------- */

/* As zoneinfo.available_timezones() leaves them out. */
static bool
is_no_place(const char *key)
{
    return !strcmp(key, "posix") || !strcmp(key, "right") ||
           !strcmp(key, "posixrules");
}

typedef struct walk {
    const char *folder;
    PyObject *names; /* list */
    unsigned seen;
} walk;

static int list_below(walk *w, const char *below, unsigned depth);

static int
list_one(walk *w, const char *key, unsigned depth)
{
    STK_CLEANUP(stk_freep) char *path = stk_path_join(w->folder, key);
    STK_CLEANUP(stk_file_clear) stk_file file = { NULL, 0, 0, 0 };
    PyObject *text;
    int result;

    if (!path || !is_key(key) || is_no_place(key))
        return 0;
    if (stk_file_read(&file, path, ZONE_MAX, NULL) < 0)
        return list_below(w, key, depth + 1);
    if (!is_zone(&file))
        return 0;
    text = PyUnicode_FromString(key);
    result = text ? PyList_Append(w->names, text) : -1;
    Py_XDECREF(text);
    return result;
}

/* 0, or -1 with an exception; a folder that is none has nothing in it. */
static int
list_below(walk *w, const char *below, unsigned depth)
{
    STK_CLEANUP(stk_freep) char *path = stk_path_join(w->folder, below);
    DIR *folder = path && depth <= DEPTH_MAX ? opendir(path) : NULL;
    struct dirent *entry;
    int result = 0;

    while (folder && result == 0 && (entry = readdir(folder)) &&
           w->seen++ < SEEN_MAX) {
        STK_CLEANUP(stk_freep)
        char *key =
            stk_text_printf("%s%s%s", below, *below ? "/" : "", entry->d_name);

        if (key)
            result = list_one(w, key, depth);
    }
    if (folder)
        closedir(folder);
    return result;
}

PyObject *
stk_broker_zones(void)
{
    walk w = { NULL, PyList_New(0), 0 };

    for (size_t i = 0; w.names && i < N_FOLDERS; i++) {
        w.folder = folders[i];
        if (list_below(&w, "", 0) < 0)
            Py_CLEAR(w.names);
    }
    return w.names;
}
