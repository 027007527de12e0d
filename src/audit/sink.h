/* SPDX-License-Identifier: Apache-2.0 */
/* Where lines go: one type a mechanism, found by the word before the colon. */
#ifndef STK_AUDIT_SINK_H
#define STK_AUDIT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <stockade/audit.h>

/*
 * A line on its way. text[-1] and text[length] are newlines that may be
 * written with it: the one in front lets a sink whose last line was cut
 * begin afresh in the same write.
 */
typedef struct stk_line {
    const char *text;
    size_t length;
    const stk_record *record; /* what the line says */
    bool within;              /* it may follow closely on the one before */
} stk_line;

typedef struct stk_sink stk_sink;

typedef struct stk_sink_type {
    const char *word; /* "file" of `file:PATH` */
    /* `what` is the text after the colon; fills fd and flags. */
    int (*open)(stk_sink *sink, const char *what, stk_error *err);
    /* Fills fd once more, from `path`; NULL where that cannot be. */
    int (*reopen)(stk_sink *sink, stk_error *err);
    /* Takes the whole line, or fails. Called by one thread at a time. */
    int (*write)(stk_sink *sink, const stk_line *line, stk_error *err);
} stk_sink_type;

struct stk_sink {
    const stk_sink_type *type;
    char *path;      /* owned; absolute, for reopen(), else NULL */
    char label[128]; /* "file:imports.jsonl", printable, for messages */
    int fd;          /* owned, never 0 to 2; -1: none */
    dev_t device;    /* what `fd` was when it was opened: */
    ino_t inode;
    bool is_socket;
    uint64_t looked_at; /* a record's time: when fd was looked at last */
    bool settled;       /* it was that a moment ago */
    bool limited;       /* file: and its size was limited, or may have been */
    bool readable;      /* file: its last byte can be looked at */
    bool unsure;        /* file: look whether it ends with a newline */
    off_t end;          /* file: where it ended behind our last line */
    bool cut;           /* fd: the last line was written in part */
    int32_t utc_offset; /* seconds; syslog's times are local */
};

extern const stk_sink_type stk_sink_file;
extern const stk_sink_type stk_sink_fd;
extern const stk_sink_type stk_sink_syslog;
extern const stk_sink_type stk_sink_journal;

/* syslog's severity (RFC 5424): warning for what was denied or is wrong. */
unsigned stk_sink_severity(const stk_record *record);

/* Opens `spec`; on success the caller gives it to stk_sink_close(). */
int stk_sink_open(stk_sink *out, const char *spec, stk_error *err);

/*
 * Programs that become daemons close every descriptor that they find, and the
 * number is another file's then: that one is neither written to nor closed.
 * The sink is opened again where it has a path. 0 or a negative stk_status.
 *
 * Of lines `within`, which a module that is loaded brings by the dozen, only
 * the first in STK_SINK_SETTLED_US is looked at so: to ask takes half as
 * long as to write. A number that is nobody's is noticed all the same.
 */
#define STK_SINK_SETTLED_US 2000u
int stk_sink_write(stk_sink *sink, const stk_line *line, stk_error *err);
void stk_sink_close(stk_sink *sink);

/* After fork(): what the parent knew of the end of the sink is old. */
void stk_sink_forked(stk_sink *sink);

/*
 * A copy of `fd` that is close-on-exec and stands where no program looks for
 * its own: above the three of its terminal, and, where the limit allows,
 * above those that it is handed or chooses itself. Returns it, or -1 with
 * errno.
 */
int stk_sink_dup(int fd);

/* `fd` is the sink's from now on. 0, or -1 with errno where it is none. */
int stk_sink_take(stk_sink *sink, int fd);

/* Takes `fd`; moves it there. Returns the descriptor to use, or -1 with
 * errno. */
int stk_sink_move(int fd);

#endif
