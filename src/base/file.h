/* SPDX-License-Identifier: Apache-2.0 */
/* Files of policy and trust: opened once, read once, bounded. */
#ifndef STK_BASE_FILE_H
#define STK_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/error.h"

typedef struct stk_file {
    char *data; /* owned; `length` bytes and a NUL */
    size_t length;
    mode_t mode; /* permissions of what was opened */
    uid_t owner;
} stk_file;

/*
 * Reads a regular file whole, at most `maximum` bytes. Anything else is
 * named as what it is: "is a directory", "is a FIFO", "is world-writable".
 * The checks are made on the descriptor that is read. Symbolic links are
 * followed: /etc is full of them, and the owner of the link decided.
 * On success the caller frees with stk_file_clear().
 */
int stk_file_read(stk_file *out, const char *path, size_t maximum,
                  stk_error *err);
void stk_file_clear(stk_file *file);

/* The folder of `path`, "." for a bare name. Freed by free(); NULL when
 * memory is out. */
char *stk_path_folder(const char *path);

/* `path`, or folder/path when it is relative. Freed by free(). */
char *stk_path_join(const char *folder, const char *path);

/* `path` from the root on, links left as they are; "" is the working folder,
 * as in sys.path. Freed by free(); NULL when memory is out. */
char *stk_path_absolute(const char *path);

/* Takes //, /. and a / at the end out of an absolute path, which says the same
 * without; what is before a .. may be a link, and is left. */
void stk_path_fold(char *path);

/* The same with each .. as well, as if no part of the path were a link: for
 * what is only looked up in a list of paths, and never opened by this one. */
void stk_path_resolve(char *path);

/* True where both are there, and one file or folder. */
bool stk_path_is_same(const char *a, const char *b);

/* The same file, and nobody has written it or changed its owner since. */
bool stk_stat_is_unchanged(const struct stat *a, const struct stat *b);

/* What of `path` is below `folder`, as both are written: "" for the folder
 * itself, NULL for what is elsewhere. Borrowed from `path`. */
const char *stk_path_below(const char *folder, const char *path);

/*
 * Opens a regular file for reading, links followed. Returns a descriptor that
 * the caller closes, or -STK_E_IO; err->sys_errno is ENOENT where there is
 * none.
 */
int stk_file_open(const char *path, stk_error *err);

/* Reads `most` bytes, or to the end where that comes first. Returns how many,
 * or -1 with errno. */
ssize_t stk_fd_read(int fd, void *data, size_t most);

/* Writes all of it. Returns 0, or -1 with errno. */
int stk_fd_write(int fd, const void *data, size_t length);

/*
 * Writes `length` bytes to `path` through a temporary file beside it and
 * rename(2), so that readers see the old or the new. Created with `mode`.
 */
int stk_file_replace(const char *path, const char *data, size_t length,
                     mode_t mode, stk_error *err);

#endif
