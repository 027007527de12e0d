/* SPDX-License-Identifier: Apache-2.0 */
/* The table of sinks, and what they share. */
#include "audit/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

static const stk_sink_type *const sink_types[] = {
    &stk_sink_fd,
    &stk_sink_file,
    &stk_sink_journal,
    &stk_sink_syslog,
};

static const stk_sink_type *
find_type(const char *spec, size_t length)
{
    for (size_t i = 0; i < sizeof sink_types / sizeof *sink_types; i++)
        if (strlen(sink_types[i]->word) == length &&
            !memcmp(sink_types[i]->word, spec, length))
            return sink_types[i];
    return NULL;
}

unsigned
stk_sink_severity(const stk_record *record)
{
    const char *event = record->event ? record->event : "import";
    bool denied = record->verdict && strcmp(record->verdict, "allow");

    return denied || record->error || !strcmp(event, "tamper") ? 4 : 5;
}

/* ---- whose descriptor it is ------------------------------------------ */

int
stk_sink_take(stk_sink *sink, int fd)
{
    struct stat st;

    sink->fd = fd;
    if (fd < 0 || fstat(fd, &st) < 0)
        return -1;
    sink->device = st.st_dev;
    sink->inode = st.st_ino;
    return 0;
}

static bool
is_ours(const stk_sink *sink, struct stat *st)
{
    return fstat(sink->fd, st) == 0 && st->st_dev == sink->device &&
           st->st_ino == sink->inode;
}

/* ---- one sink -------------------------------------------------------- */

int
stk_sink_open(stk_sink *out, const char *spec, stk_error *err)
{
    stk_sink sink = { .fd = -1 };
    const char *colon = strchr(spec, ':');
    int result;

    stk_text_printable(sink.label, sizeof sink.label, spec, strlen(spec));
    sink.type = colon ? find_type(spec, (size_t)(colon - spec)) : NULL;
    if (!sink.type && !colon && strpbrk(spec, "./"))
        return stk_error_set(err, STK_E_INVALID,
                             "unknown audit sink \"%s\"; did you mean "
                             "\"file:%s\"?",
                             sink.label, sink.label);
    if (!sink.type)
        return stk_error_set(err, STK_E_INVALID,
                             "unknown audit sink \"%s\"; known are file:PATH, "
                             "syslog:, journal: and fd:N",
                             sink.label);
    result = sink.type->open(&sink, colon + 1, err);
    if (result < 0)
        stk_sink_close(&sink);
    else
        *out = sink;
    return result;
}

/* The journal's library has a descriptor of its own. */
static bool
is_lost(const stk_sink *sink, struct stat *st)
{
    return (sink->device || sink->inode) && !is_ours(sink, st);
}

/* A process that appends to the same file may have been killed within a
 * line since. */
static void
note_end(stk_sink *sink, off_t end)
{
    if (sink->readable && end != sink->end)
        sink->unsure = true;
    sink->end = end;
}

static int
find_again(stk_sink *sink, stk_error *err)
{
    sink->fd = -1;
    return sink->type->reopen
               ? sink->type->reopen(sink, err)
               : stk_error_set(err, STK_E_AUDIT,
                               "%s: its descriptor was closed", sink->label);
}

/* Half of the 1024 that a process has by default. */
#define FIRST_FD 512

/* A time that went backwards is far ahead. A low number is soon another's. */
static bool
is_settled(const stk_sink *sink, const stk_line *line)
{
    return line->within && sink->fd >= FIRST_FD &&
           line->record->time - sink->looked_at < STK_SINK_SETTLED_US;
}

static int
write_looking(stk_sink *sink, const stk_line *line, stk_error *err)
{
    struct stat st = { .st_size = 0 };
    int result = is_lost(sink, &st) ? find_again(sink, err) : 0;

    note_end(sink, st.st_size);
    sink->settled = false;
    sink->looked_at = line->record->time;
    return result < 0 ? result : sink->type->write(sink, line, err);
}

int
stk_sink_write(stk_sink *sink, const stk_line *line, stk_error *err)
{
    struct stat st;
    int result;

    if (!is_settled(sink, line))
        return write_looking(sink, line, err);
    sink->settled = true;
    result = sink->type->write(sink, line, err);
    return result < 0 && is_lost(sink, &st) ? write_looking(sink, line, err)
                                            : result;
}

void
stk_sink_close(stk_sink *sink)
{
    struct stat st;

    if (sink->fd >= 0 && is_ours(sink, &st))
        close(sink->fd);
    sink->fd = -1;
    free(sink->path);
    sink->path = NULL;
}

void
stk_sink_forked(stk_sink *sink)
{
    sink->unsure = true;
    sink->looked_at = 0;
}

int
stk_sink_dup(int fd)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FD);

    return copy < 0 && errno == EINVAL ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : copy;
}

int
stk_sink_move(int fd)
{
    int moved, failure;

    if (fd < 0 || fd >= FIRST_FD)
        return fd;
    moved = stk_sink_dup(fd);
    failure = errno;
    close(fd);
    errno = failure;
    return moved;
}
