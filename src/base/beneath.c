/* SPDX-License-Identifier: Apache-2.0 */
/* Files below a folder that somebody else may write in. */
#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

/* O_NONBLOCK: opening a FIFO must not wait for its writer. */
#define FLAGS    (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define PART_MAX 255u

/* "a/b": no part is empty, `.` or `..`. */
static bool
is_plain(const char *path)
{
    for (const char *part = path;; part++) {
        size_t length = strcspn(part, "/");

        if (length == 0 || (length == 1 && part[0] == '.') ||
            (length == 2 && part[0] == '.' && part[1] == '.'))
            return false;
        part += length;
        if (*part == '\0')
            return true;
    }
}

static void
close_quietly(int fd)
{
    int before = errno;

    close(fd);
    errno = before;
}

static bool
is_link(int folder, const char *part)
{
    struct stat st;

    return fstatat(folder, part, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(st.st_mode);
}

/* One part after the other; -1 with errno. */
static int
walk(int folder, const char *path)
{
    char part[PART_MAX + 1];
    int at = folder;

    for (;;) {
        size_t length = strcspn(path, "/");
        bool last = path[length] == '\0';
        int next;

        if (length > PART_MAX) {
            errno = ENAMETOOLONG;
            next = -1;
        } else {
            memcpy(part, path, length);
            part[length] = '\0';
            next = openat(at, part,
                          FLAGS | O_NOFOLLOW | (last ? 0 : O_DIRECTORY));
        }
        if (next < 0 && errno == ENOTDIR && is_link(at, part))
            errno = ELOOP;
        if (at != folder)
            close_quietly(at);
        if (next < 0 || last)
            return next;
        at = next;
        path += length + 1;
    }
}

/* -1 with errno. */
static int
open_plain(int folder, const char *path)
{
    struct open_how how = { .flags = FLAGS,
                            .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
                                       RESOLVE_NO_MAGICLINKS };
    long fd = syscall(SYS_openat2, folder, path, &how, sizeof how);

    /* EPERM: a seccomp filter that does not know the call says so */
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return walk(folder, path);
    return (int)fd;
}

/* What could not be opened. */
static int
tell_unopened(int sys_errno, const char *path, stk_error *err)
{
    switch (sys_errno) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
        return STK_BENEATH_MISSING;
    case ELOOP: /* a link */
    case EXDEV: /* out of the folder */
    case ENXIO: /* a socket */
        return STK_BENEATH_OTHER;
    default:
        stk_error_set_errno(err, STK_E_IO, sys_errno, "cannot open");
        stk_error_at(err, path, 0);
        return -STK_E_IO;
    }
}

int
stk_beneath_folder(const char *path)
{
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int
stk_beneath_open(int *fd, int folder, const char *path, stk_error *err)
{
    STK_CLEANUP(stk_closep) int opened = -1;
    struct stat st;

    *fd = -1;
    if (!is_plain(path))
        return stk_error_set(err, STK_E_INVALID,
                             "is no plain path below a folder");
    opened = open_plain(folder, path);
    if (opened < 0)
        return tell_unopened(errno, path, err);
    if (fstat(opened, &st) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "cannot stat");
    if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return STK_BENEATH_OTHER;
    *fd = opened;
    opened = -1;
    return S_ISREG(st.st_mode) ? STK_BENEATH_FILE : STK_BENEATH_FOLDER;
}

/* One byte more than the file had, to see that it ends there. */
static size_t
first_size(int fd, size_t maximum)
{
    struct stat st;
    size_t size = 4096;

    if (fstat(fd, &st) == 0 && st.st_size > 0 &&
        (uintmax_t)st.st_size <= maximum)
        size = (size_t)st.st_size + 1;
    return size <= maximum ? size : maximum + 1;
}

int
stk_beneath_read(char **out, size_t *length, int fd, size_t maximum,
                 stk_error *err)
{
    STK_CLEANUP(stk_freep) char *data = NULL;
    size_t size = first_size(fd, maximum), used = 0;
    char *grown;
    ssize_t n;

    for (;;) {
        grown = realloc(data, size + 1);
        if (!grown)
            return stk_error_memory(err);
        data = grown;
        n = stk_fd_read(fd, data + used, size - used);
        if (n < 0)
            return stk_error_set_errno(err, STK_E_IO, errno, "cannot read");
        used += (size_t)n;
        if (used > maximum)
            return stk_error_set(err, STK_E_LIMIT, "is larger than %zu bytes",
                                 maximum);
        if (used < size)
            break;
        size = size > maximum / 2 ? maximum + 1 : size * 2;
    }
    data[used] = '\0';
    *out = STK_STEAL(data);
    *length = used;
    return 0;
}

int
stk_beneath_read_sized(char **out, int fd, size_t size, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *data = malloc(size + 1);
    ssize_t n, more = 0;

    if (!data)
        return stk_error_memory(err);
    /* one byte more than it is to have; a file that is whole ends there */
    do
        n = read(fd, data, size + 1);
    while (n < 0 && errno == EINTR);
    if (n >= 0 && (size_t)n < size)
        more = stk_fd_read(fd, data + n, size + 1 - (size_t)n);
    if (n < 0 || more < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "cannot read");
    if ((size_t)(n + more) != size)
        return 0;
    data[size] = '\0';
    *out = STK_STEAL(data);
    return 1;
}
