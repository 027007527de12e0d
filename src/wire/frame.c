/* SPDX-License-Identifier: Apache-2.0 */
/* The 32 bytes in front of each value. */
#include "wire/frame.h"

#include <string.h>

static void
store(unsigned char *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++, value >>= 8)
        at[i] = (unsigned char)value;
}

static uint64_t
load(const unsigned char *at)
{
    uint64_t value = 0;

    for (unsigned i = 8; i-- > 0;)
        value = value << 8 | at[i];
    return value;
}

void
stk_frame_write(unsigned char head[STK_FRAME_HEAD], const stk_frame *frame)
{
    memset(head, 0, STK_FRAME_HEAD);
    head[0] = STK_FRAME_VERSION;
    head[1] = (unsigned char)frame->kind;
    head[2] = (unsigned char)frame->op;
    head[3] = (unsigned char)frame->depth;
    store(head + 8, frame->number);
    store(head + 16, frame->nonce);
    store(head + 24, frame->conversation);
}

/* A request is of an op that is answered, a notice of one that is not, and
 * only a notice can stand in no conversation. */
static bool
is_sound(const stk_frame *frame)
{
    const stk_op_info *info = stk_op_get(frame->op);

    if (info->by == 0 || frame->number == 0)
        return false;
    switch (frame->kind) {
    case STK_FRAME_REQUEST:
    case STK_FRAME_RESULT:
    case STK_FRAME_RAISED:
        return info->answered && frame->depth > 0 && frame->conversation > 0;
    case STK_FRAME_NOTICE:
        return !info->answered && frame->nonce == 0 &&
               (frame->depth > 0) == (frame->conversation > 0);
    default:
        return false;
    }
}

int
stk_frame_read(stk_frame *frame, const void *data, size_t length,
               stk_error *err)
{
    static const unsigned char zeros[4];
    const unsigned char *head = data;
    stk_frame found;

    if (length < STK_FRAME_HEAD)
        return stk_error_set(err, STK_E_INVALID, "a frame of %zu bytes",
                             length);
    if (head[0] != STK_FRAME_VERSION)
        return stk_error_set(err, STK_E_INVALID,
                             "a frame of version %u, not %u", head[0],
                             STK_FRAME_VERSION);
    found.kind = (enum stk_frame_kind)head[1];
    found.op = (enum stk_op)head[2];
    found.depth = head[3];
    found.number = load(head + 8);
    found.nonce = load(head + 16);
    found.conversation = load(head + 24);
    if (memcmp(head + 4, zeros, sizeof zeros) != 0 || !is_sound(&found))
        return stk_error_set(err, STK_E_INVALID,
                             "a frame that cannot be: kind %u, op %u (%s)",
                             head[1], head[2], stk_op_get(head[2])->name);
    *frame = found;
    return 0;
}
