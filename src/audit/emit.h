/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to a descriptor, with no signal for the process around it. */
#ifndef STK_AUDIT_EMIT_H
#define STK_AUDIT_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

/* How long a non-blocking descriptor is waited for, in all. */
#define STK_EMIT_PATIENCE_MS 1000

/*
 * One write(2), or send(2) on a socket, begun again when a signal came
 * first. EPIPE and EFBIG are returned, SIGPIPE and SIGXFSZ do not happen.
 * Returns the bytes taken, or -1 with errno.
 */
ssize_t stk_emit_once(int fd, bool is_socket, const char *data, size_t length);

/*
 * The same for a regular file or a device, that no SIGPIPE comes from: the
 * signals are blocked only where file sizes are limited (setrlimit(2)), for
 * that costs as much again as the write itself.
 */
ssize_t stk_emit_file(int fd, const char *data, size_t length);

/* Whether file sizes are limited now, or that is not known. */
bool stk_emit_is_limited(void);

/* stk_emit_file() for whoever knows that they are not. */
ssize_t stk_emit_unlimited(int fd, const char *data, size_t length);

/*
 * Writes until all is taken. A descriptor that would block is waited for.
 * Returns 0, or -1 with errno; `*taken` says how far it came either way.
 */
int stk_emit_all(int fd, bool is_socket, const char *data, size_t length,
                 size_t *taken);

/*
 * Sends one datagram of all the parts. A full queue is waited for.
 * Returns 0, or -1 with errno.
 */
int stk_emit_message(int fd, struct iovec *parts, size_t n);

#endif
