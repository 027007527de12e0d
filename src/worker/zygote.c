/* SPDX-License-Identifier: Apache-2.0 */
/* The process that workers are forked from. */
#include "worker/zygote.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/profile.h"
#include "sandbox/limits.h"
#include "sandbox/lockdown.h"
#include "sandbox/namespaces.h"
#include "sandbox/spawn.h"
#include "sandbox/syscalls.h"
#include "worker/beside.h"
#include "worker/compat.h"
#include "worker/heap.h"
#include "worker/interpreter.h"
#include "worker/kept.h"
#include "worker/serve.h"

#define CHILDREN_MAX 4096u
#define IDLE_MS      50 /* then nobody seems to wait for it */
#define ENDED_MS     10 /* the times of a worker are read before it is gone */

typedef struct zygote {
    stk_channel *channel;
    stk_conversation talk;
    stk_profile profile;
    stk_filter filter;
    stk_namespaces made;
    stk_sandbox_report report;
    stk_serving serving;
    bool ready;                   /* HELLO was answered */
    bool complete;                /* of what a spare has time for */
    pid_t children[CHILDREN_MAX]; /* not waited for yet; 0: free */
} zygote;

typedef struct request {
    stk_frame frame;
    const unsigned char *data;
    size_t length;
} request;

/* ---- frames, without Python ------------------------------------------ */

/* False when the host is gone, or says what is not to be said. */
static bool
hear(stk_channel *channel, stk_conversation *talk, request *out)
{
    stk_error err = STK_ERROR_INIT;
    int result;

    do
        result =
            stk_channel_receive(channel, &out->data, &out->length, 0, &err);
    while (result == STK_CHANNEL_INTERRUPTED);
    return result == 0 &&
           stk_frame_read(&out->frame, out->data, out->length, &err) == 0 &&
           stk_conversation_hear(talk, &out->frame, &err) == 0 &&
           out->frame.kind == STK_FRAME_REQUEST;
}

static void
begin(stk_writer *writer)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;

    stk_writer_begin(writer, STK_FRAME_HEAD, &bounds);
}

typedef struct given {
    int fds[STK_CHANNEL_FDS_MAX]; /* owned */
    unsigned n;
} given;

static void
close_given(given *all)
{
    while (all->n > 0)
        close(all->fds[--all->n]);
}

/* `beside` goes with it; NULL: none. */
static bool
reply(stk_channel *channel, stk_conversation *talk, stk_writer *writer,
      bool raised, const given *beside)
{
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    if (stk_writer_finish(writer, &err) < 0 ||
        stk_conversation_answer(talk, &frame, raised, &err) < 0)
        return false;
    stk_frame_write(writer->data, &frame);
    return stk_channel_send_fds(channel, writer->data, writer->length,
                                beside ? beside->fds : NULL,
                                beside ? beside->n : 0, 0, &err) == 0;
}

static bool
refuse(stk_channel *channel, stk_conversation *talk, const char *message)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;

    begin(&writer);
    stk_writer_text(&writer, message, strlen(message));
    return reply(channel, talk, &writer, true, NULL);
}

/* ---- a worker -------------------------------------------------------- */

static bool
tell_report(stk_channel *channel, stk_conversation *talk,
            const stk_sandbox_report *report)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;

    begin(&writer);
    stk_writer_hold(&writer, STK_VALUE_LIST, 3 * STK_LAYER_COUNT);
    for (unsigned i = 0; i < STK_LAYER_COUNT; i++) {
        const char *reason = report->layers[i].reason;

        stk_writer_int(&writer, report->layers[i].state);
        stk_writer_int(&writer, report->layers[i].level);
        stk_writer_text(&writer, reason,
                        strnlen(reason, STK_LAYER_REASON_MAX));
    }
    return reply(channel, talk, &writer, false, NULL);
}

/* What is sent before the lock-down is trusted code's; after it nothing
 * is. */
static void
be_worker(zygote *z, stk_channel *channel, int parent)
{
    const stk_locking how = { &z->profile, &z->filter, STK_WORKER_FD, parent };
    stk_conversation *talk = &z->serving.talk;
    stk_error err = STK_ERROR_INIT;
    request asked;

    if (!hear(channel, talk, &asked) || asked.frame.op != STK_OP_CONFINE)
        _exit(0);
    if (stk_lockdown(&how, &z->report, &err) < 0) {
        refuse(channel, talk, err.message);
        _exit(1);
    }
    if (!tell_report(channel, talk, &z->report))
        _exit(0);
    if (z->complete)
        stk_warm(&z->serving, false);
    z->serving.fresh = z->complete;
    if (stk_objects_renew(&z->serving.objects) < 0)
        _exit(1);
    stk_serve(&z->serving, channel);
    _exit(0);
}

/* ---- ends -------------------------------------------------------------- */

static void
wake_up(int number)
{
    (void)number;
}

/* A worker that has ended is waited for soon: only then does the kernel tell
 * every user how it ended. */
static void
hear_ends(bool hear)
{
    struct sigaction action = { .sa_handler = hear ? wake_up : SIG_DFL,
                                .sa_flags = SA_NOCLDSTOP };
    sigset_t mask;

    sigaction(SIGCHLD, &action, NULL);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(hear ? SIG_BLOCK : SIG_UNBLOCK, &mask, NULL);
}

static void
start_worker(zygote *z, int sock, int memory, int parent)
{
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    stk_error err = STK_ERROR_INIT;
    stk_channel *channel;

    PyOS_AfterFork_Child();
    hear_ends(false);
    stk_channel_free(z->channel);
    if (dup2(sock, STK_WORKER_FD) < 0 ||
        stk_channel_attach(&channel, &options, STK_WORKER_FD, memory, &err) <
            0)
        _exit(1);
    if (z->profile.calls & STK_CALLS_BUFFERS)
        stk_channel_expect_fds(channel, STK_WRITER_FDS_MAX);
    be_worker(z, channel, parent);
}

/* ---- workers that were forked ------------------------------------------ */

/* Those that have ended: the host knows of it by their pidfds. */
static void
reap(zygote *z)
{
    pid_t pid;
    int status;

    while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
        for (unsigned i = 0; i < CHILDREN_MAX; i++)
            if (z->children[i] == pid)
                z->children[i] = 0;
}

/* None is left, not even as a zombie of somebody else's. */
static void
end_children(zygote *z)
{
    int status;

    for (unsigned i = 0; i < CHILDREN_MAX; i++)
        if (z->children[i] > 0)
            kill(z->children[i], SIGKILL);
    for (unsigned i = 0; i < CHILDREN_MAX; i++)
        while (z->children[i] > 0 &&
               waitpid(z->children[i], &status, __WALL) < 0 && errno == EINTR)
            continue;
}

static int
keep_child(zygote *z, pid_t pid)
{
    for (unsigned i = 0; i < CHILDREN_MAX; i++)
        if (z->children[i] == 0) {
            z->children[i] = pid;
            return 0;
        }
    kill(pid, SIGKILL);
    return -1;
}

/* ---- what the host asks ---------------------------------------------- */

/* What it forked before stays, when it fails: the host lets go of them. */
static bool
make_spare(zygote *z, const int fds[2], given *pidfds, stk_error *err)
{
    bool alone = stk_namespaces_alone(&z->report);
    stk_child child = STK_CHILD_INIT;
    int result;

    PyOS_BeforeFork();
    result = stk_spawn_fork(&child, alone, err);
    if (result == 0)
        start_worker(z, fds[0], fds[1], child.pidfd);
    PyOS_AfterFork_Parent();
    if (result < 0)
        return false;
    pidfds->fds[pidfds->n++] = child.pidfd;
    if (keep_child(z, child.pid) == 0)
        return true;
    stk_error_set(err, STK_E_LIMIT, "too many workers");
    return false;
}

/* Two descriptors a worker. */
static bool
make_spares(zygote *z, const given *ends, given *pidfds, stk_error *err)
{
    for (unsigned i = 0; i + 1 < ends->n; i += 2)
        if (!make_spare(z, ends->fds + i, pidfds, err))
            return false;
    return true;
}

/* The answer, with the pidfds of those that were ordered with the question. */
static bool
answer_with_spares(zygote *z, stk_writer *writer, const given *ends)
{
    STK_CLEANUP(close_given) given pidfds = { { 0 }, 0 };
    stk_error err = STK_ERROR_INIT;

    if (!make_spares(z, ends, &pidfds, &err))
        return refuse(z->channel, &z->talk, err.message);
    return reply(z->channel, &z->talk, writer, false, &pidfds);
}

/* What the collector never looks at is not written to, and stays shared. */
static void
freeze(bool collect)
{
    static const char *const steps[] = { "unfreeze", "collect", "freeze" };
    PyObject *gc = stk_kept_import("gc");

    for (size_t i = collect ? 0 : 2; gc && i < 3; i++) {
        PyObject *done = PyObject_CallMethod(gc, steps[i], NULL);

        Py_XDECREF(done);
        PyErr_Clear();
    }
    Py_XDECREF(gc);
    PyErr_Clear();
}

/* What a worker that is waited for does without: what it needs of that, it
 * does itself. */
static void
complete(zygote *z)
{
    if (z->complete)
        return;
    z->complete = true;
    stk_kept_complete();
    stk_warm(&z->serving, true);
    freeze(true);
    malloc_trim(0);
    stk_heap_fill();
}

static void
begin_reading(stk_reader *reader, const request *asked)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;

    stk_reader_init(reader, asked->data + STK_FRAME_HEAD,
                    asked->length - STK_FRAME_HEAD, &bounds);
}

static bool
read_haste(const request *asked, bool *haste)
{
    stk_error err = STK_ERROR_INIT;
    stk_reader reader;
    stk_token token;

    begin_reading(&reader, asked);
    if (stk_reader_expect(&reader, STK_VALUE_INT, &token, &err) < 0)
        return false;
    *haste = token.integer != 0;
    return stk_reader_finish(&reader, &err) == 0;
}

static bool
take_spare(zygote *z, const request *asked, const given *ends)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    bool haste;

    if (!z->ready || ends->n == 0 || !read_haste(asked, &haste))
        return false;
    if (!haste)
        complete(z);
    begin(&writer);
    stk_writer_none(&writer);
    return answer_with_spares(z, &writer, ends);
}

/* [version, haste, profile's name, its text, whether the host answers what
 * `preload` needs]. Texts are copied: they are in the frame. */
typedef struct hello {
    bool haste, hosted;
    char *name, *text;
} hello;

/* With what is worked out beside it. */
static int
start_python(zygote *z, bool *stored, char *why, unsigned size)
{
    stk_beside beside;
    int result;

    stk_beside_start(&beside, &z->profile, &z->filter);
    result = stk_interpreter_start(why, size);
    stk_beside_join(&beside);
    z->made = beside.made;
    if (result < 0)
        return result;
    *stored = beside.has_folders && stk_interpreter_has(&beside.folders);
    if (beside.result < 0)
        snprintf(why, size, "%s", beside.err.message);
    return beside.result;
}

static int
make_serving(zygote *z, bool stored, char *why, unsigned size)
{
    if (stk_serve_init(&z->serving) < 0 ||
        stk_broker_install(z->profile.calls, stored) < 0) {
        snprintf(why, size, "the interpreter of workers is not whole");
        return -1;
    }
    stk_serve_bound(&z->serving, z->profile.reply);
    return 0;
}

static int
prepare(zygote *z, const hello *said, char *why, unsigned size)
{
    stk_hosted hosted = { .channel = z->channel, .talk = &z->talk };
    stk_filling what = { &z->profile, said->hosted ? &hosted : NULL, false };
    stk_error err = STK_ERROR_INIT;

    if (start_python(z, &what.stored, why, size) < 0 ||
        stk_interpreter_fill(&what, why, size) < 0 ||
        make_serving(z, what.stored, why, size) < 0)
        return -1;
    /* one that a module has started would be forked with its locks held */
    if (stk_limits_one_thread(&err) < 0) {
        snprintf(why, size,
                 "a module that is loaded before, by `preload`, "
                 "has started a thread");
        return -1;
    }
    /* beside another thread none may be executed: see kept.c */
    if (!said->haste || z->profile.calls & STK_CALLS_THREADS)
        complete(z);
    else
        freeze(false);
    if (stk_namespaces_join(&z->made, &z->profile, &z->report, &err) == 0)
        return 0;
    snprintf(why, size, "%s", err.message);
    return -1;
}

static void
clear_hello(hello *said)
{
    free(said->name);
    free(said->text);
}

static char *
read_text(stk_reader *reader)
{
    stk_error err = STK_ERROR_INIT;
    stk_token token;

    if (stk_reader_expect(reader, STK_VALUE_TEXT, &token, &err) < 0)
        return NULL;
    return strndup((const char *)token.bytes, token.length);
}

static bool
read_hello(const request *asked, hello *said)
{
    stk_error err = STK_ERROR_INIT;
    stk_reader reader;
    stk_token token;

    begin_reading(&reader, asked);
    if (stk_reader_expect(&reader, STK_VALUE_LIST, &token, &err) < 0 ||
        token.count != 5 ||
        stk_reader_expect(&reader, STK_VALUE_INT, &token, &err) < 0 ||
        token.integer != STK_HELLO_VERSION ||
        stk_reader_expect(&reader, STK_VALUE_INT, &token, &err) < 0)
        return false;
    said->haste = token.integer != 0;
    said->name = read_text(&reader);
    said->text = read_text(&reader);
    if (!said->name || !said->text ||
        stk_reader_expect(&reader, STK_VALUE_INT, &token, &err) < 0)
        return false;
    said->hosted = token.integer != 0;
    return stk_reader_finish(&reader, &err) == 0;
}

static bool
take_hello(zygote *z, const request *asked, const given *ends)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    STK_CLEANUP(clear_hello) hello said = { 0 };
    stk_error err = STK_ERROR_INIT;
    char why[STK_ERROR_MESSAGE_MAX];
    const char *version;

    if (z->ready || !read_hello(asked, &said))
        return refuse(z->channel, &z->talk,
                      "host and worker are of different versions");
    if (stk_profile_parse(&z->profile, said.name, said.text, strlen(said.text),
                          &err) < 0)
        return refuse(z->channel, &z->talk, err.message);
    if (prepare(z, &said, why, sizeof why) < 0)
        return refuse(z->channel, &z->talk, why);
    z->ready = true;
    hear_ends(true); /* what `preload` has started is not ours to hear */
    version = Py_GetVersion();
    begin(&writer);
    stk_writer_text(&writer, version, strlen(version));
    return answer_with_spares(z, &writer, ends);
}

static bool
take_request(zygote *z, const request *asked)
{
    STK_CLEANUP(close_given) given ends = { { 0 }, 0 };

    ends.n = stk_channel_steal_fds(z->channel, ends.fds);
    if (ends.n % 2)
        return false;
    switch (asked->frame.op) {
    case STK_OP_HELLO:
        return take_hello(z, asked, &ends);
    case STK_OP_SPARE:
        return take_spare(z, asked, &ends);
    default:
        return false;
    }
}

/* ---- life ------------------------------------------------------------ */

/* SIGCHLD comes nowhere else. */
static int
wait_for(struct pollfd *watched, nfds_t n, int timeout_ms)
{
    const struct timespec soon = { 0, timeout_ms * 1000000L };
    sigset_t mask;

    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigdelset(&mask, SIGCHLD);
    return ppoll(watched, n, timeout_ms < 0 ? NULL : &soon, &mask);
}

static int
patience(const zygote *z, bool ended)
{
    if (ended)
        return ENDED_MS;
    return z->ready && !z->complete ? IDLE_MS : -1;
}

/* The socket stays open while a fork of the host's has it: the host itself
 * counts. False when it is gone. */
static bool
wait_for_host(zygote *z)
{
    struct pollfd watched[] = {
        { .fd = stk_channel_fd(z->channel), .events = POLLIN },
        { .fd = STK_ZYGOTE_HOST, .events = POLLIN },
    };
    bool ended = false;
    int n;

    while (!stk_channel_arm(z->channel)) {
        n = wait_for(watched, 2, patience(z, ended));
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0)
            return !watched[1].revents;
        if (ended)
            reap(z);
        else if (n == 0)
            complete(z);
        ended = n < 0;
    }
    return true;
}

int
stk_zygote_main(void)
{
    static zygote z; /* too large for a stack */
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    stk_error err = STK_ERROR_INIT;
    request asked;

    z.filter = (stk_filter)STK_FILTER_INIT;
    options.fds = STK_CHANNEL_FDS_MAX;
    if (stk_channel_attach(&z.channel, &options, STK_ZYGOTE_SOCKET,
                           STK_ZYGOTE_MEMORY, &err) < 0)
        return 2;
    close(STK_ZYGOTE_MEMORY);
    stk_channel_watch(z.channel, STK_ZYGOTE_HOST);
    stk_conversation_init(&z.talk, STK_SIDE_WORKER);
    while (wait_for_host(&z) && hear(z.channel, &z.talk, &asked)) {
        reap(&z);
        if (!take_request(&z, &asked))
            break;
    }
    end_children(&z);
    _exit(0);
}
