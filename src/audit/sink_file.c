/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines to a file. Threads, forked children and other programs append to
 * the same one, so every line is a single write(2) under O_APPEND, which
 * local file systems keep whole. A line that was cut - a full disk, a kill -
 * is ended by the next writer that can know of it.
 *
 * No line waits for the next. Right after a record the code that it is about
 * runs, and may end the process with no event before: several lines a write
 * would take a third of the time, and lose the last ones just then. Lines in
 * a file that is mapped into memory would outlive the process, but a disk
 * that is full is a SIGBUS there, and whoever reads the log would have two
 * files to read.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/emit.h"
#include "audit/sink.h"
#include "base/error.h"
#include "base/file.h"

static const char *
refuse_kind(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
    case S_IFCHR:
        return NULL;
    case S_IFDIR:
        return "is a directory";
    case S_IFIFO:
        return "is a FIFO; open it yourself and use fd:N";
    default:
        return "is no regular file";
    }
}

/*
 * O_NONBLOCK: a FIFO must not wait for its reader. O_NOFOLLOW: in a folder
 * that others can write to, a link would choose the file. Reading is asked
 * for to see the last byte, and may be refused.
 */
static int
open_to_append(const char *path)
{
    const int flags =
        O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
    int fd = open(path, O_RDWR | flags, 0600);

    if (fd < 0 && errno == EACCES)
        fd = open(path, O_WRONLY | flags, 0600);
    return stk_sink_move(fd);
}

static int
refuse(const char *path, const char *why, stk_error *err)
{
    stk_error_set(err, STK_E_IO, "audit log %s", why);
    stk_error_at(err, path, 0);
    return -STK_E_IO;
}

static int
fail(const char *path, const char *what, stk_error *err)
{
    stk_error_set_errno(err, STK_E_IO, errno, "%s", what);
    stk_error_at(err, path, 0);
    return -STK_E_IO;
}

/* `what` is as its user has written it, or `path`. */
static int
open_named(stk_sink *sink, const char *what, stk_error *err)
{
    struct stat st;
    const char *why;
    int flags;

    if (stk_sink_take(sink, open_to_append(what)) < 0)
        return errno == ELOOP ? refuse(what, "is a symbolic link", err)
                              : fail(what, "cannot open the audit log", err);
    if (fstat(sink->fd, &st) < 0)
        return fail(what, "cannot stat the audit log", err);
    why = refuse_kind(st.st_mode);
    if (why)
        return refuse(what, why, err);
    flags = fcntl(sink->fd, F_GETFL);
    if (flags < 0 || fcntl(sink->fd, F_SETFL, O_APPEND) < 0)
        return fail(what, "cannot set up the audit log", err);
    sink->readable = (flags & O_ACCMODE) == O_RDWR;
    sink->unsure = true;
    return 0;
}

static int
open_file(stk_sink *sink, const char *what, stk_error *err)
{
    if (!what[0])
        return stk_error_set(err, STK_E_INVALID,
                             "audit sink \"file:\" names no file");
    sink->path = stk_path_absolute(what);
    if (!sink->path)
        return fail(what, "cannot tell the folder of the audit log", err);
    return open_named(sink, what, err);
}

static int
reopen_file(stk_sink *sink, stk_error *err)
{
    return open_named(sink, sink->path, err);
}

/* True when the file has a last byte that is, or may be, no newline. */
static bool
ends_within_line(int fd)
{
    struct stat st;
    char last;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
        return false;
    return pread(fd, &last, 1, st.st_size - 1) != 1 || last != '\n';
}

#define LOOKS         20
#define LOOK_AGAIN_NS 500000

/*
 * A line is seen to grow while another process writes it over the end of a
 * page; that one is whole in a moment. What was torn stays torn: a fatal
 * signal cuts a write there.
 */
static bool
is_torn(int fd)
{
    const struct timespec moment = { 0, LOOK_AGAIN_NS };

    for (int i = 0; i < LOOKS; i++) {
        if (!ends_within_line(fd))
            return false;
        nanosleep(&moment, NULL);
    }
    return true;
}

static int
write_file(stk_sink *sink, const stk_line *line, stk_error *err)
{
    const char *text = line->text;
    size_t length = line->length + 1;
    ssize_t n;

    if (sink->unsure && is_torn(sink->fd))
        text--, length++;
    if (!sink->settled)
        sink->limited = stk_emit_is_limited();
    n = sink->limited ? stk_emit_file(sink->fd, text, length)
                      : stk_emit_unlimited(sink->fd, text, length);
    sink->unsure = n != (ssize_t)length;
    if (n < 0)
        return stk_error_set_errno(err, STK_E_AUDIT, errno, "%s: cannot write",
                                   sink->label);
    sink->end += n;
    if (sink->unsure)
        /* the rest would stand behind a line of somebody else by now */
        return stk_error_set(err, STK_E_AUDIT,
                             "%s: took %zd of %zu bytes of a record; is the "
                             "disk full?",
                             sink->label, n, length);
    return 0;
}

const stk_sink_type stk_sink_file = { "file", open_file, reopen_file,
                                      write_file };
