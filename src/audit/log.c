/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a process: numbers, chains and hands out lines, in one order
 * for every sink. After fork() the child finds out at its first record, and
 * begins a chain of its own.
 */
#include <stockade/audit.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/chain.h"
#include "audit/emit.h"
#include "audit/sink.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

struct stk_log {
    /* The process that `lock` and `chain` belong to, on a page of its own;
     * negative while that process takes them over. */
    _Atomic pid_t *owner;
    bool wiped; /* the kernel clears the page in a child */
    pthread_mutex_t lock;
    stk_chain chain;
    bool forked; /* its chain wants a `start` first */
    bool said;   /* a failure was told on descriptor 2 */
    _Atomic uint64_t lost;
    stk_line_fn tap; /* or NULL */
    void *tap_payload;
    stk_record_fn keep; /* or NULL; for a log with no sink */
    void *keep_payload;
    size_t n;
    stk_sink sinks[];
};

/* ---- one process at a time -------------------------------------------- */

/*
 * The kernel clears the page in a forked child, where it can (Linux 4.14):
 * a process number alone comes again, as 1 does in each new pid namespace.
 */
static _Atomic pid_t *
map_owner(bool *wiped)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return NULL;
    *wiped = madvise(page, size, MADV_WIPEONFORK) == 0;
    return page;
}

static void
unmap_owner(_Atomic pid_t *owner)
{
    munmap((void *)owner, (size_t)sysconf(_SC_PAGESIZE));
}

/* Another one in each child, and for each log: what a thread has kept of
 * itself is of the parent's. */
static _Atomic uint64_t life = 1;

static pid_t
thread_number(void)
{
    static _Thread_local uint64_t kept_in;
    static _Thread_local pid_t kept;
    uint64_t now = atomic_load(&life);

    if (kept_in != now) {
        kept = gettid();
        kept_in = now;
    }
    return kept;
}

static void
begin_child(stk_log *log)
{
    atomic_fetch_add(&life, 1);
    /* another thread of the parent may have held it, and is not here */
    pthread_mutex_init(&log->lock, NULL);
    stk_chain_begin(&log->chain);
    log->forked = true;
    atomic_store(&log->lost, 0);
    for (size_t i = 0; i < log->n; i++)
        stk_sink_forked(&log->sinks[i]);
}

/* The first thread of a child that comes here takes the log over. */
static void
own_log(stk_log *log)
{
    pid_t self = getpid(), owner = atomic_load(log->owner);

    while (owner != self) {
        if (owner == -self) {
            sched_yield();
            owner = atomic_load(log->owner);
        } else if (atomic_compare_exchange_weak(log->owner, &owner, -self)) {
            begin_child(log);
            atomic_store(log->owner, self);
            break;
        }
    }
}

static void
lock_log(stk_log *log)
{
    /* a system call less: in a child that page is empty */
    if (!log->wiped || atomic_load(log->owner) <= 0)
        own_log(log);
    pthread_mutex_lock(&log->lock);
}

/* ---- opening ---------------------------------------------------------- */

static void
free_log(stk_log *log)
{
    if (!log)
        return;
    for (size_t i = 0; i < log->n; i++)
        stk_sink_close(&log->sinks[i]);
    if (log->owner)
        unmap_owner(log->owner);
    pthread_mutex_destroy(&log->lock);
    free(log);
}

static void
free_logp(stk_log **log)
{
    free_log(*log);
}

int
stk_log_open(stk_log **out, const char *const *sinks, size_t n, stk_error *err)
{
    STK_CLEANUP(free_logp) stk_log *log = NULL;

    if (sodium_init() < 0)
        return stk_error_set(err, STK_E_UNSUPPORTED,
                             "libsodium cannot be initialised");
    log = calloc(1, sizeof *log + n * sizeof *log->sinks);
    if (!log)
        return stk_error_memory(err);
    pthread_mutex_init(&log->lock, NULL);
    stk_chain_begin(&log->chain);
    log->owner = map_owner(&log->wiped);
    if (!log->owner)
        return stk_error_memory(err);
    atomic_store(log->owner, getpid());
    atomic_fetch_add(&life, 1);
    for (size_t i = 0; i < n; i++) {
        int result = stk_sink_open(&log->sinks[i], sinks[i], err);

        if (result < 0)
            return result;
        log->n++;
    }
    *out = STK_STEAL(log);
    return 0;
}

/* ---- writing ---------------------------------------------------------- */

static void
say_once(stk_log *log, const stk_error *err)
{
    char text[STK_ERROR_MESSAGE_MAX + 64] = "stockade: audit record lost: ";
    size_t used = strlen(text), taken;

    if (log->said)
        return;
    log->said = true;
    stk_text_printable(text + used, sizeof text - used - 1, err->message,
                       strlen(err->message));
    used = strlen(text);
    text[used++] = '\n';
    (void)stk_emit_all(2, false, text, used, &taken);
}

static int
lose_record(stk_log *log, const stk_error *failure, stk_error *err)
{
    atomic_fetch_add(&log->lost, 1);
    say_once(log, failure);
    if (err)
        *err = *failure;
    return -STK_E_AUDIT;
}

static int
write_line(stk_log *log, const stk_line *line, stk_error *err)
{
    stk_error failure;
    bool failed = false;

    stk_error_begin(&failure);
    for (size_t i = 0; i < log->n; i++)
        if (stk_sink_write(&log->sinks[i], line, failed ? NULL : &failure) < 0)
            failed = true;
    return failed ? lose_record(log, &failure, err) : 0;
}

#define ORDINARY_LINE 4096u

/* `record` has its number and time. Needs the lock. */
static int
write_as_line(stk_log *log, stk_record *record, bool within, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *longer = NULL;
    char ordinary[ORDINARY_LINE + 2], *text = ordinary + 1;
    char prev[STK_HASH_HEX];
    stk_line line = { .record = record, .within = within };
    stk_error failure;

    record->prev = memcpy(prev, log->chain.prev, sizeof prev);
    line.length = stk_record_format(record, text, ORDINARY_LINE);
    if (line.length >= ORDINARY_LINE) {
        longer = malloc(line.length + 3);
        if (!longer) {
            stk_chain_skip(&log->chain);
            stk_error_begin(&failure);
            stk_error_memory(&failure);
            return lose_record(log, &failure, err);
        }
        text = longer + 1;
        stk_record_format(record, text, line.length + 1);
    }
    text[-1] = text[line.length] = '\n';
    line.text = text;
    if (log->tap)
        log->tap(log->tap_payload, text, line.length);
    /* the chain goes on over a lost line: the gap must show in the log */
    stk_chain_step(&log->chain, text, line.length);
    return write_line(log, &line, err);
}

/* A line that nobody gets costs several times what keeping the record does,
 * which may never be asked for. */
static int
write_record(stk_log *log, const stk_record *given, bool within,
             stk_error *err)
{
    stk_record record = *given;

    record.seq = log->chain.seq;
    record.time = stk_clock_wall_us();
    record.pid = atomic_load(log->owner);
    record.tid = thread_number();
    if (log->n > 0 || !log->keep)
        return write_as_line(log, &record, within, err);
    record.prev = NULL;
    log->keep(log->keep_payload, &record);
    stk_chain_skip(&log->chain);
    return 0;
}

static void
write_fork_start(stk_log *log)
{
    stk_record start = STK_RECORD_INIT;

    log->forked = false;
    start.event = "start";
    start.reason = "fork";
    (void)write_record(log, &start, false, NULL);
}

static int
take_record(stk_log *log, const stk_record *record, bool within,
            stk_error *err)
{
    int saved = errno, result;

    lock_log(log);
    if (log->forked)
        write_fork_start(log);
    result = write_record(log, record, within, err);
    pthread_mutex_unlock(&log->lock);
    errno = saved;
    return result;
}

int
stk_log_write(stk_log *log, const stk_record *record, stk_error *err)
{
    return take_record(log, record, false, err);
}

int
stk_log_write_within(stk_log *log, const stk_record *record, stk_error *err)
{
    return take_record(log, record, true, err);
}

void
stk_log_set_tap(stk_log *log, stk_line_fn tap, void *payload)
{
    log->tap = tap;
    log->tap_payload = payload;
}

void
stk_log_set_keep(stk_log *log, stk_record_fn keep, void *payload)
{
    log->keep = keep;
    log->keep_payload = payload;
}

uint64_t
stk_log_lost(const stk_log *log)
{
    return atomic_load(&log->lost);
}

void
stk_log_close(stk_log *log, uint64_t count)
{
    stk_record end = STK_RECORD_INIT;
    char lost[64];

    if (!log)
        return;
    lock_log(log);
    end.event = "end";
    end.count = count;
    if (atomic_load(&log->lost)) {
        snprintf(lost, sizeof lost, "%llu records were lost",
                 (unsigned long long)atomic_load(&log->lost));
        end.error = lost;
    }
    if (!log->forked)
        (void)write_record(log, &end, false, NULL);
    pthread_mutex_unlock(&log->lock);
    free_log(log);
}
