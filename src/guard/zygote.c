/* SPDX-License-Identifier: Apache-2.0 */
/* One zygote, seen from the host. */
#include "guard/zygote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/pidfd.h"
#include "wire/reader.h"
#include "wire/writer.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* Python starts, and `preload` is loaded. */
#define START_NS UINT64_C(30000000000)
#define FORK_NS  UINT64_C(10000000000)
#define END_MS   2000

#define QUESTIONS_MAX 4000u

_Static_assert(2 * STK_SPARES_MAX <= STK_CHANNEL_FDS_MAX,
               "a frame has the descriptors of all that are ordered");

static void
clear_spares(stk_zygote *z, bool ours)
{
    /* each is counted out first: see stk_zygote_forget() */
    while (z->n_ready > 0)
        stk_standby_clear(&z->ready[--z->n_ready], ours);
    while (z->n_ordered > 0)
        stk_standby_clear(&z->ordered[--z->n_ordered], ours);
}

void
stk_zygote_forget(stk_zygote *z)
{
    clear_spares(z, false);
    stk_channel_free(z->channel);
    z->channel = NULL;
    z->stopped = true;
    /* a program that became a daemon has closed it, and has its number */
    if (stk_pidfd_pid(z->child.pidfd) == z->child.pid)
        close(z->child.pidfd);
    z->child = (stk_child)STK_CHILD_INIT;
}

void
stk_zygote_cancel(stk_zygote *z)
{
    while (z->n_ordered > 0)
        stk_standby_clear(&z->ordered[--z->n_ordered], true);
}

/* ---- what it is asked, and its answer --------------------------------- */

typedef struct reply {
    stk_frame frame;
    stk_reader reader;
} reply;

static int
take_reply(stk_zygote *z, reply *out, uint64_t deadline, stk_error *err)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    const unsigned char *data;
    size_t length;
    int result;

    do
        result =
            stk_channel_receive(z->channel, &data, &length, deadline, err);
    while (result == STK_CHANNEL_INTERRUPTED);
    if (result == 0)
        result = stk_frame_read(&out->frame, data, length, err);
    if (result == 0)
        result = stk_conversation_hear(&z->talk, &out->frame, err);
    if (result < 0)
        return result;
    stk_reader_init(&out->reader, data + STK_FRAME_HEAD,
                    length - STK_FRAME_HEAD, &bounds);
    return 0;
}

/* What it says instead of an answer. */
static int
tell_refusal(reply *got, stk_error *err)
{
    stk_token token;

    if (stk_reader_expect(&got->reader, STK_VALUE_TEXT, &token, err) < 0)
        return -STK_E_INVALID;
    return stk_error_set(err, STK_E_UNSUPPORTED, "%.*s", (int)token.length,
                         (const char *)token.bytes);
}

static int
send_asked(stk_zygote *z, enum stk_op op, stk_writer *writer, const int *fds,
           stk_error *err)
{
    stk_frame frame;
    int result = stk_writer_finish(writer, err);

    if (result == 0)
        result = stk_conversation_ask(&z->talk, &frame, op, err);
    if (result < 0)
        return result;
    z->asked = op;
    stk_frame_write(writer->data, &frame);
    return stk_channel_send_fds(z->channel, writer->data, writer->length, fds,
                                2 * z->n_ordered,
                                stk_clock_monotonic_ns() + FORK_NS, err);
}

/* With `n` workers that it is to fork. Waits for nobody. */
static int
ask(stk_zygote *z, enum stk_op op, stk_writer *writer, unsigned n,
    stk_error *err)
{
    int fds[2 * STK_SPARES_MAX], result = 0;

    for (unsigned i = 0; i < n && result == 0; i++) {
        stk_standby *at = &z->ordered[i];

        result = stk_standby_new(at, &z->profile, err);
        if (result < 0)
            break;
        z->n_ordered = i + 1;
        fds[2 * i] = at->sock;
        fds[2 * i + 1] = at->memory;
    }
    if (result == 0)
        result = send_asked(z, op, writer, fds, err);
    for (unsigned i = 0; i < z->n_ordered; i++)
        stk_standby_sent(&z->ordered[i]);
    return result;
}

static int
check_version(const stk_zygote *z, reply *got, stk_error *err)
{
    stk_token token;
    int result = stk_reader_expect(&got->reader, STK_VALUE_TEXT, &token, err);

    if (result < 0)
        return result;
    if (token.length == strlen(z->how->version) &&
        !memcmp(token.bytes, z->how->version, token.length))
        return 0;
    return stk_error_set(err, STK_E_UNSUPPORTED,
                         "%s is of another Python: \"%.*s\", this one is "
                         "\"%s\"",
                         z->how->program, (int)token.length,
                         (const char *)token.bytes, z->how->version);
}

/* What was ordered is there. */
static int
take_pidfds(stk_zygote *z, stk_error *err)
{
    int came[STK_CHANNEL_FDS_MAX];
    unsigned n = stk_channel_steal_fds(z->channel, came);

    if (n != z->n_ordered) {
        for (unsigned i = 0; i < n; i++)
            close(came[i]);
        return stk_error_set(err, STK_E_INVALID, "a worker without a pidfd");
    }
    while (z->n_ordered > 0) {
        stk_standby one = z->ordered[--z->n_ordered];

        stk_standby_born(&one, came[z->n_ordered]);
        z->ready[z->n_ready] = one;
        z->n_ready++;
    }
    return 0;
}

static int
take_answer(stk_zygote *z, reply *got, stk_error *err)
{
    int result = 0;

    if (got->frame.kind == STK_FRAME_RAISED)
        return tell_refusal(got, err);
    if (got->frame.kind != STK_FRAME_RESULT)
        return stk_error_set(err, STK_E_INVALID,
                             "%s asks when nothing is preloaded",
                             z->how->program);
    if (!z->greeted)
        result = check_version(z, got, err);
    if (result < 0)
        return result;
    z->greeted = true;
    return take_pidfds(z, err);
}

/* It ended instead of an answer: the loader of programs says no more. */
static int
explain_end(stk_zygote *z, stk_error *err)
{
    int status;

    if (z->greeted || err->sys_errno != EPIPE ||
        stk_child_wait(&z->child, END_MS, &status, NULL) != 1)
        return -err->code;
    if (status == STK_ISOLATE_FOREIGN << 8)
        return stk_error_set(err, STK_E_UNSUPPORTED,
                             "%s is of another Python, this one is \"%s\"",
                             z->how->program, z->how->version);
    return stk_error_set(err, STK_E_IO, "%s ended before it was ready (%s %d)",
                         z->how->program,
                         status & 0x7f ? "signal" : "exit code",
                         status & 0x7f ? status & 0x7f : status >> 8);
}

/* ---- what it asks, before it is greeted ------------------------------- */

typedef struct answering {
    int fds[STK_CHANNEL_FDS_MAX]; /* owned */
    stk_preload_answer answer;
} answering;

static int
send_answer(stk_zygote *z, answering *a, uint64_t deadline, stk_error *err)
{
    stk_writer *writer = a->answer.writer;
    stk_frame frame;
    int result = stk_writer_finish(writer, err);

    if (result == 0)
        result =
            stk_conversation_answer(&z->talk, &frame, a->answer.raised, err);
    if (result < 0)
        return result;
    stk_frame_write(writer->data, &frame);
    return stk_channel_send_fds(z->channel, writer->data, writer->length,
                                a->fds, a->answer.n_fds, deadline, err);
}

/* It may have been stopped meanwhile, or be that of a fork of ours. */
static int
have_answered(stk_zygote *z, const stk_zygote_host *host, reply *asked,
              answering *a, stk_error *err)
{
    int result;

    host->unlock(z);
    result =
        host->preloader->answer(host->preloader->payload, z->loaded,
                                asked->frame.op, &asked->reader, &a->answer);
    host->lock(z);
    if (result == 0 && !z->stopped)
        return 0;
    return stk_error_set(err, STK_E_STATE,
                         "what is preloaded was asked for in vain");
}

static int
answer_asked(stk_zygote *z, const stk_zygote_host *host, reply *asked,
             uint64_t *deadline, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    uint64_t began = stk_clock_monotonic_ns();
    answering a = { .answer = { .writer = &writer, .fds = a.fds } };
    int result = have_answered(z, host, asked, &a, err);

    *deadline += stk_clock_monotonic_ns() - began; /* it is the host's own */
    if (result == 0)
        result = send_answer(z, &a, *deadline, err);
    while (a.answer.n_fds > 0)
        close(a.fds[--a.answer.n_fds]);
    return result;
}

/* Requests are answered until it answers: only what was greeted has run
 * nothing but what came from here, and is not answered any more. */
static int
take_last(stk_zygote *z, const stk_zygote_host *host, reply *got,
          stk_error *err)
{
    uint64_t deadline = stk_clock_monotonic_ns() + START_NS;
    bool answers = host && host->preloader && !z->greeted;

    for (unsigned n = 0;; n++) {
        int result = take_reply(z, got, deadline, err);

        if (result < 0 || got->frame.kind != STK_FRAME_REQUEST || !answers)
            return result;
        if (n == QUESTIONS_MAX)
            return stk_error_set(err, STK_E_LIMIT,
                                 "%s asks for more than %u modules",
                                 z->how->program, QUESTIONS_MAX);
        result = answer_asked(z, host, got, &deadline, err);
        if (result < 0)
            return result;
    }
}

/* Waits for the answer that is not there yet, if there is one to come. */
int
stk_zygote_collect(stk_zygote *z, const stk_zygote_host *host, stk_error *err)
{
    reply got;
    int result;

    if (z->asked == STK_OP_NONE)
        return 0;
    result = take_last(z, host, &got, err);
    if (result < 0)
        return explain_end(z, err);
    z->asked = STK_OP_NONE;
    result = take_answer(z, &got, err);
    /* those that it did not fork */
    if (result < 0)
        stk_zygote_cancel(z);
    return result;
}

/* ---- a zygote's life ------------------------------------------------- */

void
stk_zygote_free(stk_zygote *z)
{
    int status;

    if (!z)
        return;
    clear_spares(z, true);
    /* it sees its socket close, and ends its workers before itself; before
     * it is greeted it has none that was given away, and does not look */
    stk_channel_free(z->channel);
    if (!z->greeted)
        stk_child_kill(&z->child);
    if (z->child.pid > 0)
        stk_child_wait(&z->child, END_MS, &status, NULL);
    stk_child_end(&z->child);
    stk_preloaded_free(z->loaded);
    free(z->text);
    free(z);
}

static void
begin(stk_writer *writer)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;

    stk_writer_begin(writer, STK_FRAME_HEAD, &bounds);
}

/* The text without the name, and the line that it ends with. */
static int
greet(stk_zygote *z, unsigned n, bool haste, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    size_t length = strlen(z->profile.name);
    const char *text = z->text + length + 1;

    begin(&writer);
    stk_writer_hold(&writer, STK_VALUE_LIST, 5);
    stk_writer_int(&writer, STK_HELLO_VERSION);
    stk_writer_int(&writer, haste);
    stk_writer_text(&writer, z->profile.name, length);
    stk_writer_text(&writer, text, strlen(text));
    stk_writer_int(&writer, z->stamp != 0);
    return ask(z, STK_OP_HELLO, &writer, n, err);
}

int
stk_zygote_order(stk_zygote *z, unsigned n, bool haste, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;

    begin(&writer);
    stk_writer_int(&writer, haste);
    return ask(z, STK_OP_SPARE, &writer, n, err);
}

static int
spawn(stk_zygote *z, stk_error *err)
{
    STK_CLEANUP(stk_closep) int sock = -1;
    STK_CLEANUP(stk_closep) int memory = -1;
    STK_CLEANUP(stk_closep) int self = -1;
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    stk_spawning what = { z->how->program, (const char *const *)z->how->argv,
                          NULL, 3 };
    int fds[3], result;

    options.fds = STK_SPARES_MAX;
    options.spin = 0;
    options.maximum = options.slot; /* what it says is names */
    result = stk_channel_new(&z->channel, &options, &sock, &memory, err);
    if (result < 0)
        return result;
    self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (self < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "pidfd_open");
    fds[0] = sock;
    fds[1] = memory;
    fds[2] = self;
    what.fds = fds;
    result = stk_spawn(&z->child, &what, err);
    if (result == 0)
        stk_channel_watch(z->channel, z->child.pidfd);
    return result;
}

/* `text` is taken. */
static stk_zygote *
make_zygote(const stk_isolate_how *how, const stk_profile *profile, char *text)
{
    stk_zygote *z = calloc(1, sizeof *z);

    if (!z) {
        free(text);
        return NULL;
    }
    z->how = how;
    z->child = (stk_child)STK_CHILD_INIT;
    z->text = text;
    z->profile = *profile;
    stk_conversation_init(&z->talk, STK_SIDE_HOST);
    return z;
}

int
stk_zygote_new(stk_zygote **out, const stk_isolate_how *how,
               const stk_profile *profile, char *text, uint64_t stamp,
               unsigned n, bool haste, stk_error *err)
{
    stk_zygote *z = make_zygote(how, profile, text);
    int result =
        z ? stk_preloaded_new(&z->loaded, err) : stk_error_memory(err);

    if (result == 0) {
        z->stamp = stamp;
        result = spawn(z, err);
    }
    if (result == 0 && (result = greet(z, n, haste, err)) < 0)
        result = explain_end(z, err);
    if (result < 0) {
        stk_zygote_free(z);
        return result;
    }
    *out = z;
    return 0;
}
