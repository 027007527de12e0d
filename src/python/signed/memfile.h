/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verified machine code in sealed memfds (memfd_create(2)), one for each
 * content: dlopen(3) reads the bytes that were verified, whatever the file
 * says by then.
 *
 * Of the process: dlopen(3) knows a library by its path, and a module without
 * multi-phase initialisation is initialised once for a path. A descriptor
 * stays open as long as the process lives. Any thread.
 */
#ifndef STK_PYTHON_MEMFILE_H
#define STK_PYTHON_MEMFILE_H

#include <stddef.h>

#define STK_MEMFILE_PATH sizeof "/proc/self/fd/2147483647"

/* The descriptor of the content with this identity; -1 where there is none. */
int stk_memfile_find(const unsigned char identity[32]);

/* The same, made where there is none. -1 with errno. */
int stk_memfile_keep(const unsigned char identity[32], const void *data,
                     size_t length);

/* One for another process: its descriptor is the caller's. -1 with errno. */
int stk_memfile_new(const void *data, size_t length);

/* The path that dlopen(3) is given. */
const char *stk_memfile_path(char out[STK_MEMFILE_PATH], int fd);

#endif
