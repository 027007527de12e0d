/* SPDX-License-Identifier: Apache-2.0 */
/* The root of a mount namespace: empty, or what a profile names. */
#include "sandbox/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

#define HARMLESS ((unsigned long)MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* What mount_setattr(2) takes; linux/mount.h and sys/mount.h do not go
 * together everywhere. */
typedef struct attributes {
    uint64_t set, clear, propagation, userns;
} attributes;
#define ATTR_RDONLY 1u
#define ATTR_NOSUID 2u
#define ATTR_NODEV  4u
#define ATTR_NOEXEC 8u
#define EVERYTHING  0x8000u /* AT_RECURSIVE */
#define HERE        "."

/* A path of the profile, opened before the new root hides it. */
typedef struct source {
    const char *path; /* borrowed */
    int fd;           /* owned */
    bool writable, folder;
} source;

typedef struct sources {
    source *items; /* owned */
    size_t n;
} sources;

static void
clear_sources(sources *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].fd >= 0)
            close(all->items[i].fd);
    free(all->items);
}

/* ---- what is wanted ----------------------------------------------------- */

static int
open_source(sources *all, const char *path, bool writable, stk_error *err)
{
    source *one = &all->items[all->n++];
    struct stat st;

    *one = (source){ path, open(path, O_PATH | O_CLOEXEC), writable, false };
    if (one->fd < 0 || fstat(one->fd, &st) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "the profile opens %.200s", path);
    one->folder = S_ISDIR(st.st_mode);
    return 0;
}

static int
open_words(sources *all, const stk_words *words, bool writable, stk_error *err)
{
    const char *at = words->text;

    for (uint32_t i = 0; i < words->n; i++, at += strlen(at) + 1) {
        int r = open_source(all, at, writable, err);

        if (r < 0)
            return r;
    }
    return 0;
}

/* A folder comes before what is below it, and so does not hide it. */
static int
compare_sources(const void *left, const void *right)
{
    return strcmp(((const source *)left)->path, ((const source *)right)->path);
}

static int
open_sources(sources *all, const stk_profile *profile, stk_error *err)
{
    int r;

    all->items =
        calloc((size_t)profile->read.n + profile->write.n + 1, sizeof(source));
    if (!all->items)
        return stk_error_memory(err);
    r = open_words(all, &profile->read, false, err);
    if (r == 0)
        r = open_words(all, &profile->write, true, err);
    if (r == 0 && all->n)
        qsort(all->items, all->n, sizeof(source), compare_sources);
    return r;
}

/* ---- mounting ----------------------------------------------------------- */

/* ./a/b/c for /a/b/c; every folder above it, and itself. */
static int
make_target(char target[PATH_MAX], const source *from)
{
    size_t length;

    if (snprintf(target, PATH_MAX, ".%s", from->path) >= PATH_MAX)
        return -1;
    length = strlen(target);
    for (size_t i = 2; i < length; i++) {
        if (target[i] != '/')
            continue;
        target[i] = '\0';
        if (mkdir(target, 0755) < 0 && errno != EEXIST)
            return -1;
        target[i] = '/';
    }
    if (from->folder)
        return mkdir(target, 0755) < 0 && errno != EEXIST ? -1 : 0;
    if (mknod(target, S_IFREG | 0644, 0) < 0 && errno != EEXIST)
        return -1;
    return 0;
}

/* All below it too. Before Linux 5.12 only the top could be made read-only:
 * then what has mounts below it is refused. */
static int
restrict_mount(const char *target, bool writable, bool whole)
{
    attributes attr = { ATTR_NOSUID | ATTR_NODEV | ATTR_NOEXEC |
                            (writable ? 0 : ATTR_RDONLY),
                        0, 0, 0 };
    unsigned long flags = MS_REMOUNT | MS_BIND | HARMLESS |
                          (writable ? 0 : (unsigned long)MS_RDONLY);

    if (syscall(SYS_mount_setattr, AT_FDCWD, target, whole ? EVERYTHING : 0,
                &attr, sizeof attr) == 0)
        return 0;
    return errno == ENOSYS && !whole ? mount(NULL, target, NULL, flags, NULL)
                                     : -1;
}

static int
bind_source(const source *from)
{
    char target[PATH_MAX], path[48];
    bool whole = false;

    snprintf(path, sizeof path, "/proc/self/fd/%d", from->fd);
    if (make_target(target, from) < 0)
        return -1;
    if (mount(path, target, NULL, MS_BIND, NULL) < 0) {
        /* mounts below it that may not be looked under */
        whole = true;
        if (mount(path, target, NULL, MS_BIND | MS_REC, NULL) < 0)
            return -1;
    }
    return restrict_mount(target, from->writable, whole);
}

/* A place to put the new root on that every machine has. */
static int
mount_tmpfs(bool empty)
{
    static const char *const places[] = { "/tmp", "/var", "/dev" };
    const char *options =
        empty ? "mode=0555,size=4k,nr_inodes=2" : "mode=0755,size=1m";
    int number = ENOENT;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (mount("tmpfs", places[i], "tmpfs", HARMLESS, options) == 0)
            return chdir(places[i]);
        if (errno != ENOENT)
            number = errno;
    }
    errno = number;
    return -1;
}

static int
change_root(const sources *all, stk_error *err)
{
    for (size_t i = 0; i < all->n; i++)
        if (bind_source(&all->items[i]) < 0)
            return stk_error_set_errno(err, STK_E_IO, errno,
                                       "cannot mount %.200s",
                                       all->items[i].path);
    /* the old root, on top of the new one, is taken off again */
    if (syscall(SYS_pivot_root, HERE, HERE) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "pivot_root");
    if (umount2(HERE, MNT_DETACH) < 0 || chdir("/") < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot leave the old root");
    if (mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | HARMLESS,
              NULL) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot make the root read-only");
    return 0;
}

int
stk_root_change(const stk_profile *profile, stk_sandbox_report *report,
                stk_error *err)
{
    STK_CLEANUP(clear_sources) sources all = { NULL, 0 };
    int r = open_sources(&all, profile, err);

    if (r < 0)
        return r;
    /* AppArmor lets unshare(2) pass and stops what it is good for */
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount_tmpfs(all.n == 0) < 0) {
        stk_layers_absent(report, STK_LAYER_MOUNT, "mount", errno);
        return 0;
    }
    r = change_root(&all, err);
    if (r == 0)
        stk_layers_active(report, STK_LAYER_MOUNT, 0);
    return r;
}
