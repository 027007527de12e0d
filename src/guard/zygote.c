/* SPDX-License-Identifier: Apache-2.0 */
/* The zygotes of this process: started when they are first needed. */
#include "guard/zygote.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/profile.h"
#include "base/text.h"
#include "sandbox/spawn.h"
#include "wire/channel.h"
#include "wire/reader.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* Python starts, and `preload` is loaded. */
#define START_NS UINT64_C(30000000000)
#define FORK_NS  UINT64_C(10000000000)
#define END_MS   2000

typedef struct zygote {
    char *profile; /* owned; the canonical text, with its name before it */
    stk_child child;
    stk_channel *channel; /* owned */
    stk_conversation talk;
    struct zygote *next;
} zygote;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static zygote *first;
static _Atomic bool prepared; /* `how` stays from then on */

/* owned */
static struct {
    char *program, *version;
    char **argv, **folders;
    unsigned n_folders;
} how;

/* ---- how they are started -------------------------------------------- */

static void
free_texts(char **texts)
{
    for (char **text = texts; text && *text; text++)
        free(*text);
    free(texts);
}

static char **
copy_texts(const char *const *texts, unsigned n)
{
    char **copy = calloc((size_t)n + 1, sizeof *copy);

    for (unsigned i = 0; copy && i < n; i++) {
        copy[i] = stk_text_dup(texts[i]);
        if (!copy[i]) {
            free_texts(copy);
            return NULL;
        }
    }
    return copy;
}

static void
forget_how(void)
{
    free(how.program);
    free(how.version);
    free_texts(how.argv);
    free_texts(how.folders);
    memset(&how, 0, sizeof how);
}

/* The child has none of them: they are its parent's, whose locks another
 * thread may have held. */
static void
forget_all(void)
{
    pthread_mutex_init(&lock, NULL);
    for (zygote *z = first; z; z = z->next) {
        stk_channel_free(z->channel);
        close(z->child.pidfd);
    }
    first = NULL;
}

static void
watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget_all);
}

static int
prepare_locked(const stk_isolate_how *given, stk_error *err)
{
    unsigned n = 0;

    if (prepared)
        return 0;
    while (given->argv[n])
        n++;
    how.program = stk_text_dup(given->program);
    how.version = stk_text_dup(given->version);
    how.argv = copy_texts(given->argv, n);
    how.folders = copy_texts(given->folders, given->n_folders);
    how.n_folders = given->n_folders;
    if (!how.program || !how.version || !how.argv || !how.folders) {
        forget_how();
        return stk_error_memory(err);
    }
    pthread_once(&once, watch_forks);
    prepared = true;
    return 0;
}

int
stk_isolate_prepare(const stk_isolate_how *given, stk_error *err)
{
    int result;

    pthread_mutex_lock(&lock);
    result = prepare_locked(given, err);
    pthread_mutex_unlock(&lock);
    return result;
}

bool
stk_isolate_is_prepared(void)
{
    return prepared;
}

/* ---- one request ----------------------------------------------------- */

static void
begin(stk_writer *writer)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;

    stk_writer_begin(writer, STK_FRAME_HEAD, &bounds);
}

typedef struct reply {
    stk_frame frame;
    stk_reader reader;
} reply;

static int
take_reply(zygote *z, reply *out, uint64_t deadline, stk_error *err)
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

typedef struct asking {
    enum stk_op op;
    const int *fds;
    unsigned n_fds;
    uint64_t deadline;
} asking;

static int
ask(zygote *z, const asking *what, stk_writer *writer, reply *out,
    stk_error *err)
{
    stk_frame frame;
    int result = stk_writer_finish(writer, err);

    if (result == 0)
        result = stk_conversation_ask(&z->talk, &frame, what->op, err);
    if (result < 0)
        return result;
    stk_frame_write(writer->data, &frame);
    result = stk_channel_send_fds(z->channel, writer->data, writer->length,
                                  what->fds, what->n_fds, what->deadline, err);
    if (result == 0)
        result = take_reply(z, out, what->deadline, err);
    if (result == 0 && out->frame.kind != STK_FRAME_RESULT)
        result = tell_refusal(out, err);
    return result;
}

/* ---- a zygote's life ------------------------------------------------- */

static void
free_zygote(zygote *z)
{
    int status;

    if (!z)
        return;
    /* it sees its socket close, and ends its workers before itself */
    stk_channel_free(z->channel);
    if (z->child.pid > 0)
        stk_child_wait(&z->child, END_MS, &status, NULL);
    stk_child_end(&z->child);
    free(z->profile);
    free(z);
}

static void
write_hello(stk_writer *writer, const stk_profile *profile, const char *text)
{
    begin(writer);
    stk_writer_hold(writer, STK_VALUE_LIST, 4);
    stk_writer_int(writer, STK_HELLO_VERSION);
    stk_writer_text(writer, profile->name, strlen(profile->name));
    stk_writer_text(writer, text, strlen(text));
    stk_writer_hold(writer, STK_VALUE_LIST, how.n_folders);
    for (unsigned i = 0; i < how.n_folders; i++)
        stk_writer_text(writer, how.folders[i], strlen(how.folders[i]));
}

static int
greet(zygote *z, const stk_profile *profile, const char *text, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    asking hello = { STK_OP_HELLO, NULL, 0,
                     stk_clock_monotonic_ns() + START_NS };
    stk_token token;
    reply got;
    int result;

    write_hello(&writer, profile, text);
    result = ask(z, &hello, &writer, &got, err);
    if (result < 0)
        return result;
    result = stk_reader_expect(&got.reader, STK_VALUE_TEXT, &token, err);
    if (result < 0)
        return result;
    if (token.length == strlen(how.version) &&
        !memcmp(token.bytes, how.version, token.length))
        return 0;
    return stk_error_set(err, STK_E_UNSUPPORTED,
                         "%s is of another Python: \"%.*s\", this one is "
                         "\"%s\"",
                         how.program, (int)token.length,
                         (const char *)token.bytes, how.version);
}

static int
spawn(zygote *z, stk_error *err)
{
    STK_CLEANUP(stk_closep) int sock = -1;
    STK_CLEANUP(stk_closep) int memory = -1;
    STK_CLEANUP(stk_closep) int self = -1;
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    stk_spawning what = { how.program, (const char *const *)how.argv, NULL,
                          3 };
    int fds[3], result;

    options.fds = 1;
    options.spin = 0;
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

static int
start_zygote(zygote **out, const stk_profile *profile, const char *text,
             stk_error *err)
{
    zygote *z = calloc(1, sizeof *z);
    int result;

    if (!z)
        return stk_error_memory(err);
    z->child = (stk_child)STK_CHILD_INIT;
    stk_conversation_init(&z->talk, STK_SIDE_HOST);
    z->profile = stk_text_printf("%s\n%s", profile->name, text);
    result = z->profile ? spawn(z, err) : stk_error_memory(err);
    if (result == 0)
        result = greet(z, profile, text, err);
    if (result < 0) {
        free_zygote(z);
        return result;
    }
    z->next = first;
    first = z;
    *out = z;
    return 0;
}

static zygote *
find_zygote(const stk_profile *profile, const char *text)
{
    size_t n = strlen(profile->name);

    for (zygote *z = first; z; z = z->next)
        if (!strncmp(z->profile, profile->name, n) && z->profile[n] == '\n' &&
            !strcmp(z->profile + n + 1, text))
            return z;
    return NULL;
}

static void
drop_zygote(zygote *gone)
{
    zygote **link = &first;

    while (*link && *link != gone)
        link = &(*link)->next;
    if (*link)
        *link = gone->next;
    free_zygote(gone);
}

/* ---- forks ----------------------------------------------------------- */

static int
ask_for_fork(zygote *z, const int fds[2], int *pidfd, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    asking spare = { STK_OP_SPARE, fds, 2,
                     stk_clock_monotonic_ns() + FORK_NS };
    int came[STK_CHANNEL_FDS_MAX];
    reply got;
    int result;

    begin(&writer);
    stk_writer_none(&writer);
    result = ask(z, &spare, &writer, &got, err);
    if (result < 0)
        return result;
    if (stk_channel_steal_fds(z->channel, came) != 1)
        return stk_error_set(err, STK_E_INVALID, "a worker without a pidfd");
    *pidfd = came[0];
    return 0;
}

static int
fork_locked(const stk_profile *profile, const int fds[2], int *pidfd,
            stk_error *err)
{
    STK_CLEANUP(stk_freep) char *text = stk_profile_print(profile);
    zygote *z = text ? find_zygote(profile, text) : NULL;
    int result = 0;

    if (!text)
        return stk_error_memory(err);
    if (z) {
        result = ask_for_fork(z, fds, pidfd, err);
        /* one that refuses lives, and the workers that it has: they would
         * end with it */
        if (result == 0 || result == -STK_E_UNSUPPORTED)
            return result;
        drop_zygote(z); /* it died, or broke: once more, with another */
    }
    result = start_zygote(&z, profile, text, err);
    if (result == 0)
        result = ask_for_fork(z, fds, pidfd, err);
    return result;
}

int
stk_zygote_fork(const stk_profile *profile, int sock, int memory, int *pidfd,
                stk_error *err)
{
    const int fds[2] = { sock, memory };
    int result;

    if (!prepared)
        return stk_error_set(err, STK_E_STATE,
                             "nobody said how workers are started");
    pthread_mutex_lock(&lock);
    result = fork_locked(profile, fds, pidfd, err);
    pthread_mutex_unlock(&lock);
    return result;
}

void
stk_zygotes_stop(void)
{
    pthread_mutex_lock(&lock);
    while (first)
        drop_zygote(first);
    pthread_mutex_unlock(&lock);
}
