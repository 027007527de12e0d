/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that has no code yet. */
#include "guard/standby.h"

#include <poll.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "guard/inforce.h"
#include "sandbox/lockdown.h"
#include "sandbox/spawn.h"
#include "wire/writer.h"

static int
make_channel(stk_standby *at, const stk_profile *profile, stk_error *err)
{
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;

    if (profile->reply + STK_FRAME_HEAD < options.maximum)
        options.maximum = (size_t)profile->reply + STK_FRAME_HEAD;
    if (options.maximum < options.slot)
        options.maximum = options.slot;
    return stk_channel_new(&at->channel, &options, &at->sock, &at->memory,
                           err);
}

/* The slot is empty: this waits for nobody. */
static int
ask_to_confine(stk_standby *at, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_frame frame;
    int result;

    stk_writer_begin(&writer, STK_FRAME_HEAD, &bounds);
    stk_writer_none(&writer);
    result = stk_writer_finish(&writer, err);
    if (result == 0)
        result = stk_conversation_ask(&at->talk, &frame, STK_OP_CONFINE, err);
    if (result < 0)
        return result;
    stk_frame_write(writer.data, &frame);
    return stk_channel_send(at->channel, writer.data, writer.length, 0, err);
}

int
stk_standby_new(stk_standby *out, const stk_profile *profile, stk_error *err)
{
    stk_standby made = STK_STANDBY_INIT;
    int result = make_channel(&made, profile, err);

    stk_conversation_init(&made.talk, STK_SIDE_HOST);
    if (result == 0)
        result = ask_to_confine(&made, err);
    if (result < 0) {
        stk_standby_clear(&made, true);
        return result;
    }
    *out = made;
    return 0;
}

void
stk_standby_sent(stk_standby *at)
{
    stk_closep(&at->sock);
    stk_closep(&at->memory);
}

void
stk_standby_born(stk_standby *at, int pidfd)
{
    at->pidfd = pidfd;
    stk_channel_watch(at->channel, pidfd);
}

bool
stk_standby_lives(const stk_standby *at)
{
    struct pollfd end = { at->pidfd, POLLIN, 0 };

    return at->pidfd >= 0 && poll(&end, 1, 0) == 0;
}

/* It was there before its report was. */
static int
hear_report(stk_standby *at, stk_error *err)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    const unsigned char *data;
    stk_reader reader;
    stk_frame frame;
    size_t length;

    if (stk_lockdown_receive(&at->listener, stk_channel_fd(at->channel), 0,
                             err) < 0 ||
        stk_channel_receive(at->channel, &data, &length, 0, err) != 0 ||
        stk_frame_read(&frame, data, length, err) < 0 ||
        stk_conversation_hear(&at->talk, &frame, err) < 0)
        return -1;
    stk_reader_init(&reader, data + STK_FRAME_HEAD, length - STK_FRAME_HEAD,
                    &bounds);
    return stk_inforce_read(&at->report, &reader,
                            frame.kind == STK_FRAME_RAISED, err);
}

static int
tell(stk_standby *at, enum stk_op op, stk_error *err)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_frame frame;

    stk_writer_begin(&writer, STK_FRAME_HEAD, &bounds);
    stk_writer_int(&writer, op);
    if (stk_writer_finish(&writer, err) < 0 ||
        stk_conversation_tell(&at->talk, &frame, STK_OP_WARM, err) < 0)
        return -1;
    stk_frame_write(writer.data, &frame);
    return stk_channel_send(at->channel, writer.data, writer.length, 0, err);
}

static void
end(stk_standby *at)
{
    at->heard = false;
    stk_spawn_kill(at->pidfd);
    stk_closep(&at->listener);
}

void
stk_standby_hear(stk_standby *at)
{
    stk_error err = STK_ERROR_INIT;

    if (at->heard || !stk_channel_has(at->channel))
        return;
    at->heard = hear_report(at, &err) == 0;
    if (!at->heard)
        end(at);
}

void
stk_standby_rouse(stk_standby *at, enum stk_op op)
{
    stk_error err = STK_ERROR_INIT;

    stk_standby_hear(at);
    if (!at->heard || at->roused)
        return;
    at->roused = tell(at, op, &err) == 0;
    if (!at->roused)
        end(at);
}

void
stk_standby_clear(stk_standby *at, bool ours)
{
    if (ours)
        stk_spawn_kill(at->pidfd);
    stk_channel_free(at->channel);
    stk_standby_sent(at);
    stk_closep(&at->pidfd);
    stk_closep(&at->listener);
    *at = (stk_standby)STK_STANDBY_INIT;
}
