/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A zygote without Python: the test's own program, started as one. What its
 * workers do is told by the name of the profile: "honest", "silent" (answers
 * nothing), "dying", "refusing" (cannot lock itself down), "foreign" (another
 * Python), "unwilling" (a zygote that refuses), "failing" (one that ends),
 * "alien" (as a foreign one that sees it first), "forgetful" (one worker too
 * few), "curious" (a zygote that asks for two modules, and says how many
 * descriptors came), "endless" (for more and more), "late" (once it was
 * greeted). An honest one answers how many handles were let go of.
 */
#ifndef STK_UNIT_FAKEZYGOTE_H
#define STK_UNIT_FAKEZYGOTE_H

#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/profile.h"
#include "guard/isolate.h"
#include "sandbox/lockdown.h"
#include "sandbox/spawn.h"
#include "wire/channel.h"
#include "wire/reader.h"

#include "guards.h"

#define FAKE_VERSION "3.99.1 (fake)"

typedef struct fake {
    stk_channel *channel;
    stk_conversation talk;
    char name[STK_PROFILE_NAME_MAX];
    uint64_t released;
    int fds[STK_CHANNEL_FDS_MAX]; /* that came with the question */
    unsigned n_fds;
} fake;

static inline bool
fake_is(const fake *f, const char *name)
{
    return !strcmp(f->name, name);
}

static inline void
fake_begin(stk_writer *writer)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;

    stk_writer_begin(writer, STK_FRAME_HEAD, &bounds);
}

/* Whoever cannot go on ends. */
static inline void
fake_answer_fds(fake *f, stk_writer *writer, bool raised, const int *fds,
                unsigned n)
{
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    if (stk_writer_finish(writer, &err) < 0 ||
        stk_conversation_answer(&f->talk, &frame, raised, &err) < 0)
        _exit(3);
    stk_frame_write(writer->data, &frame);
    if (stk_channel_send_fds(f->channel, writer->data, writer->length, fds, n,
                             0, &err) < 0)
        _exit(4);
    stk_writer_clear(writer);
}

static inline void
fake_answer(fake *f, stk_writer *writer, bool raised)
{
    fake_answer_fds(f, writer, raised, NULL, 0);
}

static inline void
fake_say(fake *f, const char *text, bool raised)
{
    stk_writer writer = STK_WRITER_INIT;

    fake_begin(&writer);
    stk_writer_text(&writer, text, strlen(text));
    fake_answer(f, &writer, raised);
}

static inline void
fake_number(fake *f, uint64_t number)
{
    stk_writer writer = STK_WRITER_INIT;

    fake_begin(&writer);
    stk_writer_uint(&writer, number);
    fake_answer(f, &writer, false);
}

/* The next request; the host's end is ours. */
static inline enum stk_op
fake_hear(fake *f, stk_reader *reader)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_error err = STK_ERROR_INIT;
    const unsigned char *data;
    stk_token token;
    stk_frame frame;
    size_t length;
    int result;

    for (;;) {
        do
            result = stk_channel_receive(f->channel, &data, &length, 0, &err);
        while (result == STK_CHANNEL_INTERRUPTED);
        if (result < 0 || stk_frame_read(&frame, data, length, &err) < 0 ||
            stk_conversation_hear(&f->talk, &frame, &err) < 0)
            _exit(0);
        stk_reader_init(reader, data + STK_FRAME_HEAD, length - STK_FRAME_HEAD,
                        &bounds);
        if (frame.kind == STK_FRAME_REQUEST)
            return frame.op;
        if (stk_reader_expect(reader, STK_VALUE_LIST, &token, &err) == 0)
            f->released += token.count / 2;
    }
}

/* seccomp and Landlock 3, and nothing else that this machine has. */
static inline void
fake_report(fake *f)
{
    stk_writer writer = STK_WRITER_INIT;

    fake_begin(&writer);
    stk_writer_hold(&writer, STK_VALUE_LIST, 3 * STK_LAYER_COUNT);
    for (int i = 0; i < STK_LAYER_COUNT; i++) {
        bool active = i == STK_LAYER_SECCOMP || i == STK_LAYER_LANDLOCK;
        const char *why = i == STK_LAYER_PID ? "unshare: no" : "";

        stk_writer_int(&writer, active               ? STK_LAYER_ACTIVE
                                : i == STK_LAYER_PID ? STK_LAYER_ABSENT
                                                     : STK_LAYER_UNUSED);
        stk_writer_int(&writer, i == STK_LAYER_LANDLOCK ? 3 : 0);
        stk_writer_text(&writer, why, strlen(why));
    }
    fake_answer(f, &writer, false);
}

static inline void
fake_worker(fake *f, const int fds[2])
{
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    const char hello = STK_LOCKDOWN_HELLO;
    stk_error err = STK_ERROR_INIT;
    stk_reader reader;

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    stk_channel_free(f->channel);
    if (stk_channel_attach(&f->channel, &options, fds[0], fds[1], &err) < 0)
        _exit(5);
    stk_conversation_init(&f->talk, STK_SIDE_WORKER);
    if (fake_hear(f, &reader) != STK_OP_CONFINE)
        _exit(6);
    if (fake_is(f, "refusing")) {
        fake_say(f, "no lock on this door", true);
        _exit(1);
    }
    if (send(stk_channel_fd(f->channel), &hello, 1, MSG_NOSIGNAL) != 1)
        _exit(7);
    fake_report(f);
    for (;;) {
        fake_hear(f, &reader);
        if (fake_is(f, "dying"))
            _exit(9);
        while (fake_is(f, "silent"))
            pause();
        fake_number(f, f->released);
    }
}

/* Forks as many as came with the question, and answers it. */
static inline void
fake_spares(fake *f, stk_writer *writer)
{
    int pidfds[STK_CHANNEL_FDS_MAX], *fds = f->fds;
    unsigned n = f->n_fds / 2;
    stk_error err = STK_ERROR_INIT;

    for (unsigned i = 0; i < n; i++) {
        stk_child child = STK_CHILD_INIT;

        if (stk_spawn_fork(&child, false, &err) == 0)
            fake_worker(f, fds + 2 * i);
        close(fds[2 * i]);
        close(fds[2 * i + 1]);
        pidfds[i] = child.pidfd;
    }
    if (n && fake_is(f, "forgetful"))
        close(pidfds[--n]);
    fake_answer_fds(f, writer, false, pidfds, n);
    while (n > 0)
        close(pidfds[--n]);
}

/* Asks for module "m": how many descriptors came with the answer. */
static inline unsigned
fake_import(fake *f)
{
    int fds[STK_CHANNEL_FDS_MAX];
    stk_writer writer = STK_WRITER_INIT;
    stk_error err = STK_ERROR_INIT;
    const unsigned char *data;
    stk_frame frame;
    size_t length;
    unsigned n;

    fake_begin(&writer);
    stk_writer_text(&writer, "m", 1);
    if (stk_writer_finish(&writer, &err) < 0 ||
        stk_conversation_ask(&f->talk, &frame, STK_OP_IMPORT, &err) < 0)
        _exit(12);
    stk_frame_write(writer.data, &frame);
    if (stk_channel_send(f->channel, writer.data, writer.length, 0, &err) <
            0 ||
        stk_channel_receive(f->channel, &data, &length, 0, &err) < 0 ||
        stk_frame_read(&frame, data, length, &err) < 0 ||
        stk_conversation_hear(&f->talk, &frame, &err) < 0)
        _exit(0);
    stk_writer_clear(&writer);
    n = stk_channel_steal_fds(f->channel, fds);
    for (unsigned i = 0; i < n; i++)
        close(fds[i]);
    return n;
}

static inline void
fake_spare(fake *f)
{
    stk_writer writer = STK_WRITER_INIT;

    if (fake_is(f, "late"))
        fake_import(f);
    fake_begin(&writer);
    stk_writer_none(&writer);
    fake_spares(f, &writer);
}

/* version, haste, name, text, hosted */
static inline void
fake_hello(fake *f, stk_reader *reader)
{
    stk_writer writer = STK_WRITER_INIT;
    stk_error err = STK_ERROR_INIT;
    const char *version = FAKE_VERSION;
    stk_token token;

    if (stk_reader_expect(reader, STK_VALUE_LIST, &token, &err) < 0 ||
        stk_reader_expect(reader, STK_VALUE_INT, &token, &err) < 0 ||
        token.integer != STK_HELLO_VERSION ||
        stk_reader_expect(reader, STK_VALUE_INT, &token, &err) < 0 ||
        stk_reader_expect(reader, STK_VALUE_TEXT, &token, &err) < 0 ||
        token.length >= sizeof f->name)
        _exit(10);
    memcpy(f->name, token.bytes, token.length);
    if (fake_is(f, "failing"))
        _exit(7);
    if (fake_is(f, "alien"))
        _exit(STK_ISOLATE_FOREIGN);
    if (fake_is(f, "unwilling")) {
        fake_say(f, "no spoons", true);
        return;
    }
    if (fake_is(f, "foreign"))
        version = "2.7";
    if (fake_is(f, "curious") && fake_import(f) + fake_import(f) != 2)
        version = "no descriptors";
    while (fake_is(f, "endless"))
        fake_import(f);
    fake_begin(&writer);
    stk_writer_text(&writer, version, strlen(version));
    fake_spares(f, &writer);
}

static inline void
fake_zygote(void)
{
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    stk_error err = STK_ERROR_INIT;
    static fake f;
    stk_reader reader;

    options.fds = STK_CHANNEL_FDS_MAX;
    if (stk_channel_attach(&f.channel, &options, 3, 4, &err) < 0)
        _exit(2);
    stk_conversation_init(&f.talk, STK_SIDE_WORKER);
    for (;;) {
        enum stk_op op = fake_hear(&f, &reader);

        f.n_fds = stk_channel_steal_fds(f.channel, f.fds);
        if (op == STK_OP_HELLO)
            fake_hello(&f, &reader);
        else if (op == STK_OP_SPARE)
            fake_spare(&f);
        else
            _exit(11);
    }
}

/* First in main(): as a zygote it does not return. */
static inline void
fake_begin_program(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "zygote"))
        fake_zygote();
}

static inline void
fake_prepare(void)
{
    static char program[PATH_MAX];
    const char *argv[] = { program, "zygote", NULL };
    stk_isolate_how how = { program, argv, FAKE_VERSION };
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);

    assert_true(n > 0);
    program[n] = '\0';
    assert_int_equal(stk_isolate_prepare(&how, NULL), 0);
}

static inline stk_profile
fake_profile(const char *name)
{
    stk_profile profile;

    stk_profile_init(&profile, name);
    return profile;
}

#endif
