/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with all that is below it: walked, each file digested. */
#include "trust/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

typedef struct walker {
    stk_tree *tree;
    size_t size; /* entries allocated */
    char path[STK_NAMING_MAX + 1];
    unsigned depth;
    stk_error *err;
} walker;

static int walk_folder(walker *w, int fd, size_t length);

static void
close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static int
fail(walker *w, int code, int sys_errno, const char *what)
{
    if (sys_errno)
        stk_error_set_errno(w->err, code, sys_errno, "%s", what);
    else
        stk_error_set(w->err, code, "%s", what);
    stk_error_at(w->err, *w->path ? w->path : ".", 0);
    return -code;
}

static enum stk_entry_kind
kind_of(mode_t mode)
{
    if (S_ISREG(mode))
        return STK_ENTRY_FILE;
    if (S_ISDIR(mode))
        return STK_ENTRY_FOLDER;
    return S_ISLNK(mode) ? STK_ENTRY_LINK : STK_ENTRY_OTHER;
}

static int
add_entry(walker *w, const struct stat *st)
{
    stk_tree *tree = w->tree;
    stk_entry *entry;

    if (tree->n == STK_TREE_MAX)
        return fail(w, STK_E_LIMIT, 0, "more files than a tree may have");
    if (tree->n == w->size) {
        size_t size = w->size ? 2 * w->size : 64;
        stk_entry *grown = realloc(tree->entries, size * sizeof *grown);

        if (!grown)
            return stk_error_memory(w->err);
        tree->entries = grown;
        w->size = size;
    }
    entry = &tree->entries[tree->n];
    entry->path = stk_text_dup(w->path);
    if (!entry->path)
        return stk_error_memory(w->err);
    entry->kind = kind_of(st->st_mode);
    entry->size = entry->kind == STK_ENTRY_FILE ? (uint64_t)st->st_size : 0;
    tree->total += entry->size;
    tree->n++;
    return 0;
}

static int
enter_folder(walker *w, int at, const char *name, size_t length)
{
    int fd, result;

    if (w->depth == STK_NAMING_LABELS_MAX)
        return fail(w, STK_E_LIMIT, 0, "deeper than a tree may be");
    /* it may be a link by now */
    fd = openat(at, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW);
    if (fd < 0)
        return fail(w, STK_E_IO, errno, "cannot open");
    w->depth++;
    result = walk_folder(w, fd, length);
    w->depth--;
    return result;
}

/* `length` bytes of w->path are the folder, with its slash. */
static int
take_name(walker *w, int at, const char *name, size_t length)
{
    size_t n = strlen(name);
    struct stat st;
    int result;

    if (length + n > STK_NAMING_MAX)
        return fail(w, STK_E_LIMIT, 0, "a path in it is too long");
    memcpy(w->path + length, name, n + 1);
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fail(w, STK_E_IO, errno, "cannot stat");
    result = add_entry(w, &st);
    if (result < 0 || !S_ISDIR(st.st_mode))
        return result;
    if (length + n + 1 > STK_NAMING_MAX)
        return fail(w, STK_E_LIMIT, 0, "a path in it is too long");
    memcpy(w->path + length + n, "/", 2);
    return enter_folder(w, at, name, length + n + 1);
}

static bool
is_left_out(const char *name, bool at_root)
{
    if (!strcmp(name, ".") || !strcmp(name, ".."))
        return true;
    return stk_naming_is_passed_over(name, at_root) &&
           strcmp(name, STK_CODE_FOLDER) != 0;
}

/* Takes the descriptor over. */
static int
walk_folder(walker *w, int fd, size_t length)
{
    STK_CLEANUP(close_folder) DIR *folder = fdopendir(fd);

    if (!folder) {
        fail(w, STK_E_IO, errno, "cannot read");
        close(fd);
        return -STK_E_IO;
    }
    for (;;) {
        const struct dirent *entry;
        int result;

        w->path[length] = '\0';
        errno = 0;
        entry = readdir(folder);
        if (!entry && errno)
            return fail(w, STK_E_IO, errno, "cannot read");
        if (!entry)
            return 0;
        if (is_left_out(entry->d_name, length == 0))
            continue;
        result = take_name(w, dirfd(folder), entry->d_name, length);
        if (result < 0)
            return result;
    }
}

/* A slash is before any other byte. */
static int
rank(char byte)
{
    if (!byte)
        return 0;
    return byte == '/' ? 1 : (unsigned char)byte + 1;
}

int
stk_tree_order(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return rank(*a) - rank(*b);
}

static int
compare_entries(const void *a, const void *b)
{
    return stk_tree_order(((const stk_entry *)a)->path,
                          ((const stk_entry *)b)->path);
}

int
stk_tree_walk(stk_tree *out, const char *folder, stk_error *err)
{
    STK_CLEANUP(stk_tree_clear) stk_tree tree = STK_TREE_INIT;
    walker w = { .tree = &tree, .err = err };
    int fd, result;

    tree.fd = open(folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    fd = tree.fd < 0 ? -1 : openat(tree.fd, ".", O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        stk_error_set_errno(err, STK_E_IO, errno, "cannot open");
        stk_error_at(err, folder, 0);
        return -STK_E_IO;
    }
    result = walk_folder(&w, fd, 0);
    if (result < 0)
        return result;
    if (tree.n)
        qsort(tree.entries, tree.n, sizeof *tree.entries, compare_entries);
    *out = tree;
    tree = (stk_tree)STK_TREE_INIT;
    return 0;
}

void
stk_tree_clear(stk_tree *tree)
{
    for (size_t i = 0; i < tree->n; i++)
        free(tree->entries[i].path);
    free(tree->entries);
    stk_closep(&tree->fd);
    *tree = (stk_tree)STK_TREE_INIT;
}

const stk_entry *
stk_tree_find(const stk_tree *tree, const char *path)
{
    const stk_entry wanted = { .path = (char *)path };

    if (!tree->n)
        return NULL;
    return bsearch(&wanted, tree->entries, tree->n, sizeof wanted,
                   compare_entries);
}

int
stk_tree_digest(unsigned char out[STK_DIGEST_BYTES], uint64_t *size,
                const stk_tree *tree, const char *path, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    int result = stk_beneath_open(&fd, tree->fd, path, err);

    if (result < 0)
        return result;
    if (result != STK_BENEATH_FILE)
        result = stk_error_set(err, STK_E_IO, "is no file any more");
    else
        result = stk_digest_fd(out, size, fd, err);
    if (result < 0)
        stk_error_at(err, path, 0);
    return result;
}
