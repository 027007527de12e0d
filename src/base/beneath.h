/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files below a folder that somebody else may write in: no link is followed,
 * no path leads out, and what was opened is what is read.
 */
#ifndef STK_BASE_BENEATH_H
#define STK_BASE_BENEATH_H

#include <stddef.h>

#include "base/error.h"

/* What a path is. */
enum stk_beneath {
    STK_BENEATH_MISSING = 0,
    STK_BENEATH_FILE,
    STK_BENEATH_FOLDER,
    STK_BENEATH_OTHER /* a link, a device, a FIFO; a link on the way */
};

/* The folder itself, for the functions below; a link to it is followed.
 * Returns a descriptor that the caller closes, or -1 with errno. */
int stk_beneath_folder(const char *path);

/*
 * Opens `path`, relative and without `..`, below the folder open at `folder`.
 * `*fd` is the caller's for a file and a folder, else -1. Returns enum
 * stk_beneath, or -STK_E_INVALID for a path that is absolute, empty or has
 * an empty, `.` or `..` part, or -STK_E_IO. (openat2(2), RESOLVE_BENEATH and
 * RESOLVE_NO_SYMLINKS; a walk with O_NOFOLLOW where the kernel has none.)
 */
int stk_beneath_open(int *fd, int folder, const char *path, stk_error *err);

/*
 * Reads the file open at `fd` to its end, at most `maximum` bytes. `*data`
 * has a NUL behind its `*length` bytes and is freed by free(). Returns 0,
 * -STK_E_IO, -STK_E_LIMIT or -STK_E_MEMORY.
 */
int stk_beneath_read(char **data, size_t *length, int fd, size_t maximum,
                     stk_error *err);
/*
 * The same for a file that has `size` bytes: 1, 0 when it has not, or
 * negative.
 */
int stk_beneath_read_sized(char **data, int fd, size_t size, stk_error *err);

#endif
