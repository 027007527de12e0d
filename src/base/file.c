/* SPDX-License-Identifier: Apache-2.0 */
/* Files of policy and trust: opened once, read once, bounded. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/text.h"

static const char *
kind_name(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "is a directory";
    case S_IFIFO:
        return "is a FIFO";
    case S_IFSOCK:
        return "is a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "is a device";
    default:
        return "is no regular file";
    }
}

/* What cannot even be opened, a socket, is named as what it is too. */
static int
refuse_unopened(const char *path, int sys_errno, stk_error *err)
{
    struct stat st;

    if (sys_errno == ENXIO && stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        stk_error_set(err, STK_E_IO, "%s", kind_name(st.st_mode));
    else
        stk_error_set_errno(err, STK_E_IO, sys_errno, "cannot open");
    stk_error_at(err, path, 0);
    return -STK_E_IO;
}

static int
check_kind(int fd, struct stat *st, const char *path, stk_error *err)
{
    if (fstat(fd, st) < 0)
        stk_error_set_errno(err, STK_E_IO, errno, "cannot stat");
    else if (!S_ISREG(st->st_mode))
        stk_error_set(err, STK_E_IO, "%s", kind_name(st->st_mode));
    else if (st->st_mode & S_IWOTH)
        stk_error_set(err, STK_E_IO, "is world-writable; run: chmod o-w %s",
                      path);
    else
        return 0;
    stk_error_at(err, path, 0);
    return -STK_E_IO;
}

int
stk_file_open(const char *path, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    struct stat st;
    int opened;

    /* O_NONBLOCK: opening a FIFO must not wait for its writer */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        stk_error_set_errno(err, STK_E_IO, errno, "cannot open");
    else if (fstat(fd, &st) < 0)
        stk_error_set_errno(err, STK_E_IO, errno, "cannot stat");
    else if (!S_ISREG(st.st_mode))
        stk_error_set(err, STK_E_IO, "is no regular file");
    else {
        opened = fd;
        fd = -1;
        return opened;
    }
    stk_error_at(err, path, 0);
    return -STK_E_IO;
}

ssize_t
stk_fd_read(int fd, void *data, size_t most)
{
    size_t used = 0;

    while (used < most) {
        ssize_t n = read(fd, (char *)data + used, most - used);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        used += (size_t)n;
    }
    return (ssize_t)used;
}

int
stk_fd_write(int fd, const void *data, size_t length)
{
    const char *at = data;

    while (length > 0) {
        ssize_t n = write(fd, at, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

int
stk_file_read(stk_file *out, const char *path, size_t maximum, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    STK_CLEANUP(stk_freep) char *data = NULL;
    struct stat st;
    ssize_t n;
    size_t length;
    char *fitted;

    /* O_NONBLOCK: opening a FIFO must not wait for its writer */
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return refuse_unopened(path, errno, err);
    if (check_kind(fd, &st, path, err) < 0)
        return -STK_E_IO;
    data = malloc(maximum + 2);
    if (!data)
        return stk_error_memory(err);
    n = stk_fd_read(fd, data, maximum + 1);
    if (n < 0) {
        stk_error_set_errno(err, STK_E_IO, errno, "cannot read");
        stk_error_at(err, path, 0);
        return -STK_E_IO;
    }
    length = (size_t)n;
    if (length > maximum) {
        stk_error_set(err, STK_E_LIMIT, "is larger than %zu bytes", maximum);
        stk_error_at(err, path, 0);
        return -STK_E_LIMIT;
    }
    data[length] = '\0';
    fitted = realloc(data, length + 1);
    if (fitted)
        data = fitted;
    out->data = STK_STEAL(data);
    out->length = length;
    out->mode = st.st_mode & 07777;
    out->owner = st.st_uid;
    return 0;
}

void
stk_file_clear(stk_file *file)
{
    free(file->data);
    file->data = NULL;
    file->length = 0;
}

char *
stk_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (!slash)
        return stk_text_dup(".");
    if (slash == path)
        return stk_text_dup("/");
    return stk_text_printf("%.*s", (int)(slash - path), path);
}

char *
stk_path_absolute(const char *path)
{
    STK_CLEANUP(stk_freep) char *here = NULL;

    if (path[0] == '/')
        return stk_text_dup(path);
    here = getcwd(NULL, 0);
    if (!here)
        return stk_text_dup(path[0] ? path : ".");
    return path[0] ? stk_text_printf("%s/%s", here, path) : STK_STEAL(here);
}

void
stk_path_fold(char *path)
{
    const char *at = path;
    char *to = path;

    while (*at == '/') {
        size_t length = strcspn(at + 1, "/") + 1;

        if (length > 1 && !(length == 2 && at[1] == '.')) {
            memmove(to, at, length);
            to += length;
        }
        at += length;
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

void
stk_path_resolve(char *path)
{
    const char *at;
    char *to = path;

    stk_path_fold(path);
    at = path;
    while (*at == '/') {
        size_t length = strcspn(at + 1, "/") + 1;

        if (length == 3 && !memcmp(at, "/..", 3)) {
            while (to > path && *--to != '/')
                ;
        } else {
            memmove(to, at, length);
            to += length;
        }
        at += length;
    }
    if (to == path)
        *to++ = '/';
    *to = '\0';
}

bool
stk_path_is_same(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 &&
           one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

bool
stk_stat_is_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
           a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
           a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

const char *
stk_path_below(const char *folder, const char *path)
{
    size_t length = strlen(folder);

    if (strncmp(folder, path, length) != 0)
        return NULL;
    if (!path[length])
        return path + length;
    return path[length] == '/' ? path + length + 1 : NULL;
}

char *
stk_path_join(const char *folder, const char *path)
{
    size_t before = strlen(folder), length = strlen(path) + 1;
    char *whole;

    if (path[0] == '/' || !folder[0] || !strcmp(folder, "."))
        return stk_text_dup(path);
    /* by hand: each signed module has a path or two, and printf() is slow */
    whole = malloc(before + 1 + length);
    if (!whole)
        return NULL;
    memcpy(whole, folder, before);
    if (folder[before - 1] != '/')
        whole[before++] = '/';
    memcpy(whole + before, path, length);
    return whole;
}

/* rename(2) would put a file in the place of /dev/null, for whoever may. */
static bool
is_no_file(const char *path)
{
    struct stat st;

    /* of a folder it says itself that it does not */
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
           !S_ISDIR(st.st_mode);
}

int
stk_file_replace(const char *path, const char *data, size_t length,
                 mode_t mode, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *beside = stk_text_printf("%s.XXXXXX", path);
    STK_CLEANUP(stk_closep) int fd = -1;

    if (!beside)
        return stk_error_memory(err);
    if (is_no_file(path)) {
        stk_error_set(err, STK_E_IO, "is there, and is no regular file");
        stk_error_at(err, path, 0);
        return -STK_E_IO;
    }
    fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0) {
        stk_error_set_errno(err, STK_E_IO, errno, "cannot create");
        stk_error_at(err, path, 0);
        return -STK_E_IO;
    }
    if (stk_fd_write(fd, data, length) < 0 || fchmod(fd, mode) < 0 ||
        fsync(fd) < 0 || rename(beside, path) < 0) {
        stk_error_set_errno(err, STK_E_IO, errno, "cannot write");
        stk_error_at(err, path, 0);
        unlink(beside);
        return -STK_E_IO;
    }
    return 0;
}
