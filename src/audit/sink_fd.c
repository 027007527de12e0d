/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to a descriptor that the host opened: a pipe, a socket, a terminal,
 * a file. It is duplicated, so that the host may close its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/emit.h"
#include "audit/sink.h"
#include "base/error.h"

/* Digits alone: not what strtol would make of " +7x". */
static int
parse_number(const char *text)
{
    long number = 0;

    if (!text[0] || strlen(text) > 9)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        number = number * 10 + (*text - '0');
    }
    return (int)number;
}

static int
open_fd(stk_sink *sink, const char *what, stk_error *err)
{
    int number = parse_number(what), flags;
    struct stat st;

    if (number < 0)
        return stk_error_set(err, STK_E_INVALID,
                             "audit sink \"%s\" names no descriptor",
                             sink->label);
    flags = fcntl(number, F_GETFL);
    if (flags < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "audit sink %s: cannot use descriptor",
                                   sink->label);
    if ((flags & O_ACCMODE) == O_RDONLY || (flags & O_PATH))
        return stk_error_set(err, STK_E_IO,
                             "audit sink %s: is not open for writing",
                             sink->label);
    if (stk_sink_take(sink, stk_sink_dup(number)) < 0 ||
        fstat(sink->fd, &st) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "audit sink %s: cannot duplicate",
                                   sink->label);
    sink->is_socket = S_ISSOCK(st.st_mode);
    return 0;
}

static int
write_fd(stk_sink *sink, const stk_line *line, stk_error *err)
{
    const char *text = line->text - sink->cut;
    size_t length = line->length + 1 + sink->cut, taken;
    int result = stk_emit_all(sink->fd, sink->is_socket, text, length, &taken);

    if (taken > 0)
        sink->cut = text[taken - 1] != '\n';
    if (result < 0)
        return stk_error_set_errno(err, STK_E_AUDIT, errno, "%s: cannot write",
                                   sink->label);
    return 0;
}

const stk_sink_type stk_sink_fd = { "fd", open_fd, NULL, write_fd };
