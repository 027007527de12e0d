/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host's conversation with a worker that sends any heads. Steps of 33
 * bytes: what the host does, then a head: as it is, or as changes to a reply
 * to the host's last request, which alone can know its nonce. Nothing but
 * that reply, unchanged, ends a request.
 */
#include <stdlib.h>
#include <string.h>

#include "wire/conversation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
hear(stk_conversation *at, const unsigned char *head, const stk_frame *asked)
{
    unsigned before = at->depth;
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    if (stk_frame_read(&frame, head, STK_FRAME_HEAD, &err) < 0) {
        if (!err.message[0])
            abort();
        return;
    }
    if (stk_conversation_hear(at, &frame, &err) < 0) {
        if (!at->broken || at->depth != before)
            abort();
        return;
    }
    if (at->depth > STK_CONVERSATION_DEPTH_MAX)
        abort();
    if (frame.kind == STK_FRAME_RESULT || frame.kind == STK_FRAME_RAISED) {
        if (at->depth + 1 != before || frame.number != asked->number ||
            frame.nonce != asked->nonce || frame.op != asked->op)
            abort();
    } else if (frame.number != at->theirs ||
               !(stk_op_get(frame.op)->by & STK_OP_BY_WORKER)) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stk_conversation at;
    stk_frame frame;

    stk_conversation_init(&at, STK_SIDE_HOST);
    for (; size >= 1 + STK_FRAME_HEAD;
         data += 1 + STK_FRAME_HEAD, size -= 1 + STK_FRAME_HEAD) {
        stk_frame asked = { .kind = STK_FRAME_NOTHING };
        unsigned char head[STK_FRAME_HEAD];

        if (at.depth > 0)
            asked = at.open[at.depth - 1];
        switch (data[0] % 5) {
        case 0:
            stk_conversation_ask(&at, &frame, (enum stk_op)data[1], NULL);
            break;
        case 1:
            stk_conversation_answer(&at, &frame, data[1] & 1, NULL);
            break;
        case 2:
            stk_conversation_tell(&at, &frame, (enum stk_op)data[1], NULL);
            break;
        case 3:
            hear(&at, data + 1, &asked);
            break;
        default:
            asked.kind = STK_FRAME_RESULT;
            stk_frame_write(head, &asked);
            for (unsigned i = 0; i < STK_FRAME_HEAD; i++)
                head[i] ^= data[1 + i];
            hear(&at, head, &asked);
        }
    }
    return 0;
}
