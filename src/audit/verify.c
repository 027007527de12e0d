/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows every chain of a log. What is kept is a few words a chain, never
 * a line: a log is as long as it likes. So a line that does not continue
 * its chain is told by its number, and the chain goes on from it, to find
 * what is wrong behind it too.
 */
#include <stockade/audit.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/chain.h"
#include "audit/read.h"
#include "base/cleanup.h"
#include "base/error.h"

#define BUCKETS    4096u
#define CHAINS_MAX 1000000u
#define NONE       UINT32_MAX

/* One process, as far as it was read. */
typedef struct followed {
    int64_t pid;
    uint64_t records;
    uint64_t line, seq;       /* of the last record */
    uint64_t sure;            /* the highest number that fits the chain */
    bool ended;               /* the last record is `end` */
    char first[STK_HASH_HEX]; /* of the first line */
    uint64_t first_line;
    char head[STK_HASH_HEX];   /* of the last line */
    char before[STK_HASH_HEX]; /* the head before that */
    uint32_t next_first, next_head, next_before, next_pid; /* in its bucket */
} followed;

typedef struct verification {
    const stk_verify_calls *calls;
    stk_log_summary summary;
    followed *chains;
    uint32_t n, size;
    /* the newest chain of a bucket, or NONE */
    uint32_t firsts[BUCKETS], heads[BUCKETS], befores[BUCKETS], pids[BUCKETS];
} verification;

static void
free_verification(verification **v)
{
    if (*v)
        free((*v)->chains);
    free(*v);
}

/* ---- findings --------------------------------------------------------- */

static void STK_PRINTF(5, 6) find(verification *v, uint64_t line, int64_t pid,
                                  uint64_t seq, const char *format, ...)
{
    char message[STK_ERROR_MESSAGE_MAX + 64];
    stk_log_finding found = { line, pid, seq, message };
    va_list args;

    v->summary.findings++;
    if (!v->calls || !v->calls->finding)
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    v->calls->finding(v->calls->payload, &found);
}

static void
find_missing(verification *v, uint64_t line, const stk_record *record,
             uint64_t from)
{
    uint64_t to = record->seq - 1;

    if (from == to)
        find(v, line, record->pid, record->seq,
             "record %" PRIu64 " of process %" PRId64 " is missing before it",
             from, record->pid);
    else
        find(v, line, record->pid, record->seq,
             "records %" PRIu64 " to %" PRIu64 " of process %" PRId64
             " are missing before it",
             from, to, record->pid);
}

/* ---- the index -------------------------------------------------------- */

static uint32_t
bucket_of_hash(const char *hex)
{
    char digits[5] = { hex[0], hex[1], hex[2], hex[3], 0 };

    return (uint32_t)strtoul(digits, NULL, 16) % BUCKETS;
}

static uint32_t
bucket_of_pid(int64_t pid)
{
    return (uint32_t)((uint64_t)pid % BUCKETS);
}

static followed *
chain_at(verification *v, uint32_t index)
{
    return index == NONE ? NULL : &v->chains[index];
}

static followed *
find_first(verification *v, const char *hash)
{
    followed *c = chain_at(v, v->firsts[bucket_of_hash(hash)]);

    while (c && strcmp(c->first, hash))
        c = chain_at(v, c->next_first);
    return c;
}

static followed *
find_head(verification *v, const char *hash)
{
    followed *c = chain_at(v, v->heads[bucket_of_hash(hash)]);

    while (c && strcmp(c->head, hash))
        c = chain_at(v, c->next_head);
    return c;
}

static followed *
find_before(verification *v, const char *hash)
{
    followed *c = chain_at(v, v->befores[bucket_of_hash(hash)]);

    while (c && strcmp(c->before, hash))
        c = chain_at(v, c->next_before);
    return c;
}

/*
 * The chain of a process that a record with this number most likely belongs
 * to: of those that do not go beyond it the longest, else the newest. Numbers
 * come again, and a process may have two logs.
 */
static followed *
find_pid(verification *v, int64_t pid, uint64_t seq)
{
    followed *c = chain_at(v, v->pids[bucket_of_pid(pid)]);
    followed *newest = NULL, *best = NULL;
    unsigned looks = 64; /* a hostile log must not cost its square */

    for (; c && looks; c = chain_at(v, c->next_pid), looks--) {
        if (c->pid != pid)
            continue;
        if (!newest)
            newest = c;
        if (!c->ended && c->sure < seq && (!best || c->sure > best->sure))
            best = c;
    }
    return best ? best : newest;
}

static void
unlink_heads(verification *v, followed *c)
{
    uint32_t self = (uint32_t)(c - v->chains);
    uint32_t *at = &v->heads[bucket_of_hash(c->head)];

    while (*at != self)
        at = &v->chains[*at].next_head;
    *at = c->next_head;
    if (!strcmp(c->before, stk_hash_none))
        return;
    at = &v->befores[bucket_of_hash(c->before)];
    while (*at != self)
        at = &v->chains[*at].next_before;
    *at = c->next_before;
}

static void
link_heads(verification *v, followed *c)
{
    uint32_t self = (uint32_t)(c - v->chains);
    uint32_t *head = &v->heads[bucket_of_hash(c->head)];
    uint32_t *before = &v->befores[bucket_of_hash(c->before)];

    c->next_head = *head;
    *head = self;
    /* every chain has zeros before it: they tell none from another */
    if (!strcmp(c->before, stk_hash_none))
        return;
    c->next_before = *before;
    *before = self;
}

static followed *
grow_chains(verification *v)
{
    if (v->n == v->size) {
        uint32_t size = v->size ? v->size * 2 : 64;
        followed *grown = realloc(v->chains, size * sizeof *grown);

        if (!grown)
            return NULL;
        v->chains = grown;
        v->size = size;
    }
    return memset(&v->chains[v->n++], 0, sizeof *v->chains);
}

/* ---- following -------------------------------------------------------- */

/* A line on its way into a chain. */
typedef struct read_line {
    const stk_record *record;
    uint64_t number;
    char hash[STK_HASH_HEX];
} read_line;

static void
fill_chain(followed *c, const read_line *line)
{
    c->records++;
    c->line = line->number;
    c->seq = line->record->seq;
    c->ended = !strcmp(line->record->event, "end");
    memcpy(c->head, line->hash, sizeof c->head);
}

static void
extend_chain(verification *v, followed *c, const read_line *line,
             uint64_t sure)
{
    unlink_heads(v, c);
    memcpy(c->before, c->head, sizeof c->before);
    fill_chain(c, line);
    c->sure = sure;
    link_heads(v, c);
}

static int
begin_chain(verification *v, const read_line *line, stk_error *err)
{
    followed *c;
    uint32_t *first = &v->firsts[bucket_of_hash(line->hash)];
    uint32_t *pid = &v->pids[bucket_of_pid(line->record->pid)];

    if (v->n == CHAINS_MAX)
        return stk_error_set(err, STK_E_LIMIT, "more than %u chains",
                             CHAINS_MAX);
    c = grow_chains(v);
    if (!c)
        return stk_error_memory(err);
    fill_chain(c, line);
    c->pid = line->record->pid;
    c->sure = c->seq;
    c->first_line = line->number;
    memcpy(c->first, line->hash, sizeof c->first);
    memcpy(c->before, line->record->prev, sizeof c->before);
    c->next_first = *first;
    c->next_pid = *pid;
    *first = *pid = v->n - 1;
    link_heads(v, c);
    return 0;
}

/* It names the last line of a chain. */
static void
take_next(verification *v, followed *c, const read_line *line)
{
    const stk_record *record = line->record;

    if (c->pid != record->pid) {
        find(v, line->number, record->pid, record->seq,
             "names line %" PRIu64 " of process %" PRId64
             " as the one before it",
             c->line, c->pid);
        return;
    }
    if (c->ended)
        find(v, line->number, record->pid, record->seq,
             "comes after the end of its chain on line %" PRIu64, c->line);
    if (record->seq == c->seq + 1) {
        extend_chain(v, c, line, record->seq);
        return;
    }
    find(v, line->number, record->pid, record->seq,
         "has number %" PRIu64 " where %" PRIu64 " belongs", record->seq,
         c->seq + 1);
    extend_chain(v, c, line, c->seq + 1);
}

/* It names the line before the last one of a chain. */
static void
take_rival(verification *v, followed *c, const read_line *line)
{
    const stk_record *record = line->record;

    if (!strcmp(c->head, line->hash)) {
        find(v, line->number, record->pid, record->seq,
             "repeats line %" PRIu64, c->line);
        return;
    }
    find(v, line->number, record->pid, record->seq,
         "follows the same record as line %" PRIu64
         ": one of the two was added, changed or moved",
         c->line);
    extend_chain(v, c, line, record->seq);
}

/* It names a line that is not there. */
static int
take_stray(verification *v, const read_line *line, stk_error *err)
{
    const stk_record *record = line->record;
    followed *c = find_pid(v, record->pid, record->seq);

    if (!c && record->seq == 0)
        find(v, line->number, record->pid, record->seq,
             "is the first record of process %" PRId64
             " and names one before it",
             record->pid);
    else if (!c)
        find_missing(v, line->number, record, 0);
    if (!c)
        return begin_chain(v, line, err);
    if (record->seq <= c->sure) {
        find(v, line->number, record->pid, record->seq,
             "is out of order, or repeats a record of process %" PRId64
             ", which was at number %" PRIu64 " by line %" PRIu64,
             record->pid, c->seq, c->line);
        return 0;
    }
    if (record->seq == c->sure + 1)
        find(v, line->number, record->pid, record->seq,
             "does not continue line %" PRIu64 ": one of the two was changed",
             c->line);
    else
        find_missing(v, line->number, record, c->sure + 1);
    extend_chain(v, c, line, c->sure);
    return 0;
}

static int
take_first(verification *v, const read_line *line, stk_error *err)
{
    followed *c = find_first(v, line->hash);

    if (!c)
        return begin_chain(v, line, err);
    find(v, line->number, line->record->pid, 0, "repeats line %" PRIu64,
         c->first_line);
    return 0;
}

static int
take_record(verification *v, const read_line *line, stk_error *err)
{
    const stk_record *record = line->record;
    followed *c;

    v->summary.records++;
    if (record->seq == 0 && !strcmp(record->prev, stk_hash_none))
        return take_first(v, line, err);
    c = find_head(v, record->prev);
    if (c) {
        take_next(v, c, line);
        return 0;
    }
    c = find_before(v, record->prev);
    if (c && c->pid == record->pid) {
        take_rival(v, c, line);
        return 0;
    }
    return take_stray(v, line, err);
}

/* ---- the whole log ---------------------------------------------------- */

/* 1: a line was dealt with; 0: the end. */
static int
take_line(verification *v, stk_log_reader *reader, stk_error *err)
{
    stk_record record;
    read_line line = { &record, 0, "" };
    stk_error why = STK_ERROR_INIT;
    const char *raw;
    size_t length;
    int result = stk_log_reader_next(reader, &record, &why);

    v->summary.lines = line.number = stk_log_reader_line(reader);
    if (result == -STK_E_INVALID || result == -STK_E_LIMIT) {
        find(v, line.number, 0, 0, "no record: %s", why.message);
        return 1;
    }
    if (result < 0 && err)
        *err = why;
    if (result <= 0)
        return result;
    raw = stk_log_reader_raw(reader, &length);
    stk_chain_hash(line.hash, raw, length);
    if (stk_log_reader_cut(reader))
        find(v, line.number, record.pid, record.seq,
             "has no newline: the file was cut behind it");
    result = take_record(v, &line, err);
    return result < 0 ? result : 1;
}

static void
tell_chains(verification *v)
{
    v->summary.chains = v->n;
    for (uint32_t i = 0; i < v->n; i++) {
        const followed *c = &v->chains[i];
        stk_log_chain told = { c->pid, c->records, c->line,
                               c->seq, c->ended,   c->head };

        v->summary.open += !c->ended;
        if (v->calls && v->calls->chain)
            v->calls->chain(v->calls->payload, &told);
    }
}

static void
free_reader(stk_log_reader **reader)
{
    stk_log_reader_free(*reader);
}

int
stk_log_verify(stk_log_summary *summary, const char *path,
               const stk_verify_calls *calls, stk_error *err)
{
    STK_CLEANUP(free_verification) verification *v = NULL;
    STK_CLEANUP(free_reader) stk_log_reader *reader = NULL;
    int result = stk_log_reader_open(&reader, path, err);

    if (result < 0)
        return result;
    v = calloc(1, sizeof *v);
    if (!v)
        return stk_error_memory(err);
    v->calls = calls;
    for (uint32_t i = 0; i < BUCKETS; i++)
        v->firsts[i] = v->heads[i] = v->befores[i] = v->pids[i] = NONE;
    do
        result = take_line(v, reader, err);
    while (result > 0);
    if (result < 0)
        return result;
    tell_chains(v);
    *summary = v->summary;
    return v->summary.findings > 0;
}
