/* SPDX-License-Identifier: Apache-2.0 */
/* STOCKADE.code of a tree, made anew beside the old one. */
#include "cli/tree_code.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "trust/naming.h"

#define FOLDER (O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW)

static int
fail(stk_error *err, const char *what, const char *path)
{
    stk_error_set_errno(err, STK_E_IO, errno, "%s", what);
    return stk_error_at(err, path, 0);
}

/* ---- removing ------------------------------------------------------- */

static int remove_below(int at, const char *name);

static int
empty_folder(int fd)
{
    DIR *folder = fdopendir(fd);
    const struct dirent *entry;
    int result = 0;

    if (!folder) {
        close(fd);
        return -1;
    }
    while (result == 0 && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
            result = remove_below(dirfd(folder), entry->d_name);
    closedir(folder);
    return result;
}

/* A file, a link itself, or a folder with all that is in it; nothing there
 * is fine. -1 with errno. */
static int
remove_below(int at, const char *name)
{
    int fd = openat(at, name, FOLDER);

    if (fd < 0 && errno != ENOTDIR && errno != ELOOP)
        return errno == ENOENT ? 0 : -1;
    if (fd < 0)
        return unlinkat(at, name, 0);
    return empty_folder(fd) < 0 ? -1 : unlinkat(at, name, AT_REMOVEDIR);
}

/* ---- making --------------------------------------------------------- */

int
cli_code_folder_open(cli_code_folder *out, int tree, stk_error *err)
{
    int fd = -1;

    if (remove_below(tree, STK_CODE_UNDONE) == 0 &&
        mkdirat(tree, STK_CODE_UNDONE, 0777) == 0)
        fd = openat(tree, STK_CODE_UNDONE, FOLDER);
    if (fd < 0)
        return fail(err, "cannot make", STK_CODE_UNDONE);
    out->tree = tree;
    out->fd = fd;
    out->used = false;
    return 0;
}

/* The folder of `path`, made on the way; `*name` is the file's. An owned
 * descriptor, or -1 with errno. */
static int
make_folders(int fd, const char *path, const char **name)
{
    int at = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    const char *slash;

    for (; at >= 0 && (slash = strchr(path, '/')); path = slash + 1) {
        char part[256];
        int next = -1;

        if (snprintf(part, sizeof part, "%.*s", (int)(slash - path), path) <
                (int)sizeof part &&
            (mkdirat(at, part, 0777) == 0 || errno == EEXIST))
            next = openat(at, part, FOLDER);
        close(at);
        at = next;
    }
    *name = path;
    return at;
}

static int
write_file(int at, const char *name, const char *data, size_t length)
{
    STK_CLEANUP(stk_closep)
    int fd = openat(
        at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);

    if (fd < 0)
        return -1;
    return stk_fd_write(fd, data, length);
}

int
cli_code_folder_put(cli_code_folder *folder, const char *path,
                    const void *data, size_t length, stk_error *err)
{
    const char *name;
    STK_CLEANUP(stk_closep) int at = -1;

    at = make_folders(folder->fd, path + sizeof STK_CODE_FOLDER, &name);
    if (at < 0 || write_file(at, name, data, length) < 0)
        return fail(err, "cannot write", path);
    folder->used = true;
    return 0;
}

int
cli_code_folder_commit(cli_code_folder *folder, stk_error *err)
{
    if (remove_below(folder->tree, STK_CODE_FOLDER) < 0)
        return fail(err, "cannot remove", STK_CODE_FOLDER);
    if (folder->used && renameat(folder->tree, STK_CODE_UNDONE, folder->tree,
                                 STK_CODE_FOLDER) < 0)
        return fail(err, "cannot make", STK_CODE_FOLDER);
    return 0;
}

void
cli_code_folder_clear(cli_code_folder *folder)
{
    if (folder->fd < 0)
        return;
    stk_closep(&folder->fd);
    remove_below(folder->tree, STK_CODE_UNDONE);
}
