/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOCKADE_AUDIT_H
#define STOCKADE_AUDIT_H

/*
 * The audit log: one JSON object (RFC 8259) per attempt, one line each.
 *
 * Life cycle: stk_log_open() -> stk_log_write() from any thread ->
 * stk_log_close(), which writes the `end` record. A record is in the hands
 * of the kernel when stk_log_write() returns: a process that is killed
 * afterwards loses nothing that was written.
 *
 * Chain: `prev` is the BLAKE2b-256 (RFC 7693) of the line before it of the
 * same process, in hex, without its newline; 64 zeros in a first record.
 * After fork() the child starts a chain of its own. The hashes are not
 * keyed: they show an edit, a drop, a reordering and a cut to whoever holds
 * the last hash, and do not stop the owner of the file from writing a new
 * chain.
 *
 * Process-wide effects: none; signals that a write could raise are held back
 * in the writing thread. Sinks are opened close-on-exec.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct stk_log stk_log;

/* The `v` of every record. */
#define STK_RECORD_VERSION 1

/* No line is longer, its newline not counted. In a record that would be,
 * each text over 8 KiB is cut to that, and `cut` names it. */
#define STK_RECORD_LINE_MAX (1u << 20)

/*
 * One record. Strings are UTF-8, borrowed. They are escaped, never trusted:
 * any bytes make a valid line. What is NULL, zero or false is left out,
 * except v, seq, time, pid, tid, event and prev, which every line has. The
 * members stand here in the order of a line.
 */
typedef struct stk_record {
    uint64_t seq;      /* per chain, from 0; set by stk_log_write() */
    uint64_t time;     /* microseconds since 1970 UTC; set by stk_log_write();
                          written as "2026-01-31T12:00:00.123456Z" */
    int64_t pid;       /* set by stk_log_write() */
    int64_t tid;       /* kernel thread; set by stk_log_write() */
    const char *event; /* start, import, reload, tamper, finder (behind ours),
                          child, frozen, loaded (before the guard was there),
                          worker (one was started), syscall (it was denied
                          one), resource (a file that it asked for), end, or
                          the name of an audit event; NULL: import */
    const char *name;  /* the module asked for; of an audit event the same */
    const char *importer; /* who asked; NULL: unknown code */
    const char *through;  /* other importers that had to be allowed too,
                             separated by spaces, innermost first */
    const char *file;     /* where the import stands */
    uint32_t line;        /* 0: left out */
    const char *verdict;  /* allow, deny */
    const char *rule;     /* file:line of the rule that won */
    const char *requirement;
    const char *reason;  /* stk_reason_name() or stk_trust_name(); of a worker
                            its layers */
    bool cached;         /* the module was in sys.modules */
    const char *origin;  /* where the code comes from */
    const char *loader;  /* the loader's type */
    const char *key;     /* the key that signed it */
    const char *digest;  /* BLAKE2b-256 of what was read, hex */
    const char *sandbox; /* the profile it runs under */
    const char *observe; /* the verdict of the `observe =` policy */
    const char *observe_rule;
    const char *outcome; /* found, not-found, cached, refused, would-refuse,
                            failed, done (an audit event), guarded (a child),
                            started (a worker), killed (by its system call),
                            output-dropped (of a worker), put-back (a layer),
                            put-behind (a finder), not-verified (frozen,
                            loaded), enforce or observe (start and reload) */
    const char *error;   /* one line */
    uint64_t ns;         /* nanoseconds the guard took */
    uint64_t count;      /* in `end`: cached repeats that were not written */
    const char *cut;     /* texts that were shortened, separated by spaces;
                            set where the line would be too long */
    const char *prev;    /* 64 hex digits; set by stk_log_write() */
} stk_record;

/* The initial value: every field zero. */
#define STK_RECORD_INIT                                                       \
    {                                                                         \
        0                                                                     \
    }

/* ---- writing ------------------------------------------------------- */

/*
 * Opens `n` sinks, borrowed for the call. All open or none does. `*out` is
 * freed by stk_log_close(). Returns 0, -STK_E_INVALID (no such sink),
 * -STK_E_UNSUPPORTED (this build or machine has none), -STK_E_IO or
 * -STK_E_MEMORY.
 *
 * file:PATH  appended to, created 0600, never through a symbolic link. One
 *            write(2) a line: on a local file system the lines of any
 *            number of threads and processes stay whole. It is kept open:
 *            rotate it by copying and truncating. A line that a full disk
 *            or a kill cut is ended before the next.
 * syslog:    /dev/log, or the datagram socket in syslog:PATH, as RFC 3164:
 *            stockade[PID], facility authpriv, severity notice, warning for
 *            what was denied. What the kernel does not take (about 200 kB)
 *            is a lost record; what the daemon behind it cuts is not seen.
 * journal:   MESSAGE is the line, STOCKADE_NAME and so on are its texts.
 *            What the journal drops for its rate limit is not seen.
 * fd:N       duplicated: the number stays the caller's. A line of up to
 *            PIPE_BUF bytes (4096) reaches a pipe whole; longer ones of
 *            several processes may mix there. A descriptor that is
 *            non-blocking is waited for one second a line, one that is not
 *            for as long as its reader takes. A closed pipe is a lost
 *            record, not a SIGPIPE.
 */
STK_API int stk_log_open(stk_log **out, const char *const *sinks, size_t n,
                         stk_error *err);

/*
 * Writes one record to every sink. The first failure of a log is also told
 * on file descriptor 2, once. Any thread, errno is kept. A forked child
 * writes a `start` record with the reason `fork` before its first. A record
 * that is lost leaves a gap in the chain, which stk_log_verify() finds.
 * Returns 0, or -STK_E_AUDIT when a sink did not take the whole line; the
 * other sinks have it all the same.
 */
STK_API int stk_log_write(stk_log *log, const stk_record *record,
                          stk_error *err);

/*
 * The same for a record that belongs to what the one before was about: an
 * import in the midst of another. Written as early, with fewer questions: for
 * up to 2 milliseconds it relies on the descriptor being the log's, and on no
 * limit of file sizes (setrlimit(2)) having been set. A descriptor that was
 * closed is noticed all the same.
 */
STK_API int stk_log_write_within(stk_log *log, const stk_record *record,
                                 stk_error *err);

/*
 * Gives every line that is written from now on to `tap` as well, before the
 * sinks get it and under the lock of the log: `tap` must not call the log.
 * `line` is `length` bytes without a newline, borrowed for the call. Before
 * the first record of the thread that uses it.
 */
typedef void (*stk_line_fn)(void *payload, const char *line, size_t length);
STK_API void stk_log_set_tap(stk_log *log, stk_line_fn tap, void *payload);

/*
 * For a log that has no sink: `keep` gets the records themselves, with their
 * numbers and their time, and no line is made of them; the tap is not
 * called. Without lines there is no chain: `prev` is NULL. Under the lock of
 * the log, and before the first record, as above; what the record points to
 * is borrowed for the call. Has no effect on a log that has a sink.
 */
typedef void (*stk_record_fn)(void *payload, const stk_record *record);
STK_API void stk_log_set_keep(stk_log *log, stk_record_fn keep, void *payload);

/* How many records of this process were not written whole. */
STK_API uint64_t stk_log_lost(const stk_log *log);

/*
 * Writes the `end` record (with `count` repeats, and in `error` how many
 * records were lost, if any), closes, frees. NULL is fine. In a forked child
 * that wrote nothing, it writes nothing.
 */
STK_API void stk_log_close(stk_log *log, uint64_t count);

/*
 * One record as a line without its newline, exactly as a sink gets it.
 * Writes at most `size` bytes into `text`, the closing NUL among them.
 * Returns the length in bytes of the whole line, NUL not counted: it was cut
 * where that is `size` or more.
 */
STK_API size_t stk_record_format(const stk_record *record, char *text,
                                 size_t size);

/* ---- reading back -------------------------------------------------- */

typedef struct stk_log_reader stk_log_reader;

/*
 * Opens a log for reading. `path` "-" is standard input. `*out` is freed by
 * stk_log_reader_free(). Returns 0, -STK_E_IO or -STK_E_MEMORY.
 */
STK_API int stk_log_reader_open(stk_log_reader **out, const char *path,
                                stk_error *err);
STK_API void stk_log_reader_free(stk_log_reader *reader);

/*
 * Reads one line. Its strings live until the next call on `reader`. Empty
 * lines are passed over: a writer that cannot tell whether the line before
 * its own was cut begins with a newline. A record that stands behind a torn
 * one on the same line is given out on its own, after an -STK_E_INVALID.
 * Returns 1 with `*record` filled, 0 at the end of the file, -STK_E_INVALID
 * for a line that is no record (err->line says which; reading may go on),
 * -STK_E_LIMIT for a line over 1 MiB (likewise), -STK_E_IO or
 * -STK_E_MEMORY.
 */
STK_API int stk_log_reader_next(stk_log_reader *reader, stk_record *record,
                                stk_error *err);

/* The line number, 1-based, and the raw bytes of what _next() gave last:
 * `*length` of them, borrowed until it is called again. */
STK_API uint64_t stk_log_reader_line(const stk_log_reader *reader);
STK_API const char *stk_log_reader_raw(const stk_log_reader *reader,
                                       size_t *length);

/*
 * Parses one line of `length` bytes, without its newline. Strict: a field
 * that is unknown, doubled, missing or of another type is an error. What
 * `*record` points to is freed with stk_record_parsed_free(). Returns 0, or
 * as stk_log_reader_next().
 */
typedef struct stk_record_parsed stk_record_parsed;
STK_API int stk_record_parse(stk_record_parsed **out, stk_record *record,
                             const char *line, size_t length, stk_error *err);
STK_API void stk_record_parsed_free(stk_record_parsed *parsed);

/* What verification found wrong with a log, in the order of its lines. */
typedef struct stk_log_finding {
    uint64_t line; /* 1-based */
    int64_t pid;   /* 0 where the line is no record */
    uint64_t seq;
    const char *message; /* one line, borrowed for the call */
} stk_log_finding;

typedef void (*stk_finding_fn)(void *payload, const stk_log_finding *found);

typedef struct stk_log_summary {
    uint64_t lines;    /* all lines */
    uint64_t records;  /* lines that are records */
    uint64_t chains;   /* processes */
    uint64_t open;     /* chains with no `end` record: killed, still
                          running, or cut off */
    uint64_t findings; /* calls of the finding function */
} stk_log_summary;

/* A chain as verification leaves it. Borrowed for the call. */
typedef struct stk_log_chain {
    int64_t pid;
    uint64_t records;
    uint64_t last_line; /* 1-based, of its last record */
    uint64_t last_seq;
    bool ended;       /* its last record is `end` */
    const char *head; /* hash of its last line, 64 hex digits */
} stk_log_chain;

typedef void (*stk_chain_fn)(void *payload, const stk_log_chain *chain);

typedef struct stk_verify_calls {
    stk_finding_fn finding; /* may be NULL */
    stk_chain_fn chain;     /* may be NULL; after the last line */
    void *payload;
} stk_verify_calls;

/*
 * Checks every chain of a log. `path` "-" is standard input; `calls` may be
 * NULL. Returns 0 when nothing was found, 1 when
 * something was (summary->findings > 0), or negative when it could not be
 * read. A chain with no `end` is reported through `chain`, not a finding.
 */
STK_API int stk_log_verify(stk_log_summary *summary, const char *path,
                           const stk_verify_calls *calls, stk_error *err);

#ifdef __cplusplus
}
#endif
#endif
