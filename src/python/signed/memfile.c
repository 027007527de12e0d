/* SPDX-License-Identifier: Apache-2.0 */
/* Verified machine code in sealed memfds, one for each content. */
#include "python/signed/memfile.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* A content that is in a memfd already. */
typedef struct kept_file {
    struct kept_file *next;
    unsigned char identity[32];
    int fd; /* as long as it is the file of these two: */
    dev_t device;
    ino_t inode;
} kept_file;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept_file *kept;

int
stk_memfile_new(const void *data, size_t length)
{
    STK_CLEANUP(stk_closep) int fd = -1;
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    int sealed;

    fd = memfd_create("stockade", flags | MFD_EXEC);
    if (fd < 0 && errno == EINVAL)
        fd = memfd_create("stockade", flags);
    if (fd < 0 || stk_fd_write(fd, data, length) < 0)
        return -1;
    if (fcntl(fd, F_ADD_SEALS, SEALS) < 0)
        return -1;
    sealed = fd;
    fd = -1;
    return sealed;
}

/* A daemon closes all descriptors that it does not know, and ours may then
 * be the number of another file. */
static bool
is_there(const kept_file *file)
{
    struct stat st;

    return fstat(file->fd, &st) == 0 && st.st_dev == file->device &&
           st.st_ino == file->inode;
}

static int
find_kept(const unsigned char identity[32])
{
    for (const kept_file *at = kept; at; at = at->next)
        if (!memcmp(at->identity, identity, sizeof at->identity) &&
            is_there(at))
            return at->fd;
    return -1;
}

/* dlopen() gives what it has loaded by this very name, without a look at the
 * file: a number that another content has had is not used again. */
static int
take_unused(int fd)
{
    bool used = false;
    int last = fd, other;

    for (const kept_file *at = kept; at; at = at->next) {
        used = used || at->fd == fd;
        last = at->fd > last ? at->fd : last;
    }
    if (!used)
        return fd;
    other = fcntl(fd, F_DUPFD_CLOEXEC, last + 1);
    close(fd);
    return other;
}

/* -1 with errno. */
static int
open_new(kept_file *file, const void *data, size_t length)
{
    struct stat st;
    int fd = stk_memfile_new(data, length);

    file->fd = fd < 0 ? -1 : take_unused(fd);
    if (file->fd < 0 || fstat(file->fd, &st) < 0)
        return -1;
    file->device = st.st_dev;
    file->inode = st.st_ino;
    return 0;
}

static int
keep_new(const unsigned char identity[32], const void *data, size_t length)
{
    kept_file *file = calloc(1, sizeof *file);

    if (!file)
        return -1;
    if (open_new(file, data, length) < 0) {
        free(file);
        return -1;
    }
    memcpy(file->identity, identity, sizeof file->identity);
    file->next = kept;
    kept = file;
    return file->fd;
}

int
stk_memfile_find(const unsigned char identity[32])
{
    int fd;

    pthread_mutex_lock(&lock);
    fd = find_kept(identity);
    pthread_mutex_unlock(&lock);
    return fd;
}

int
stk_memfile_keep(const unsigned char identity[32], const void *data,
                 size_t length)
{
    int fd;

    pthread_mutex_lock(&lock);
    fd = find_kept(identity);
    if (fd < 0)
        fd = keep_new(identity, data, length);
    pthread_mutex_unlock(&lock);
    return fd;
}

const char *
stk_memfile_path(char out[STK_MEMFILE_PATH], int fd)
{
    snprintf(out, STK_MEMFILE_PATH, "/proc/self/fd/%d", fd);
    return out;
}
