/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is, and which frame of the peer's may come. */
#include "wire/conversation.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

void
stk_conversation_init(stk_conversation *at, enum stk_side side)
{
    memset(at, 0, sizeof *at);
    at->side = side;
}

/* The host asks at odd depths, the worker at even ones. */
enum stk_side
stk_conversation_turn(const stk_conversation *at)
{
    return at->depth % 2 ? STK_SIDE_WORKER : STK_SIDE_HOST;
}

void
stk_conversation_break(stk_conversation *at)
{
    at->broken = true;
}

static enum stk_side
peer_of(const stk_conversation *at)
{
    return at->side == STK_SIDE_HOST ? STK_SIDE_WORKER : STK_SIDE_HOST;
}

static uint64_t
current_conversation(const stk_conversation *at)
{
    return at->depth ? at->open[0].number : 0;
}

/* ---- what we say ------------------------------------------------------- */

static int
check_ours(const stk_conversation *at, stk_error *err)
{
    if (at->broken)
        return stk_error_set(err, STK_E_STATE, "the conversation is broken");
    if (stk_conversation_turn(at) != at->side)
        return stk_error_set(err, STK_E_STATE, "it is not our turn");
    return 0;
}

static int
check_op(const stk_conversation *at, enum stk_op op, bool answered,
         stk_error *err)
{
    const stk_op_info *info = stk_op_get(op);

    if (!(info->by & (unsigned)at->side) || info->answered != answered)
        return stk_error_set(err, STK_E_STATE, "%s is not for us to %s",
                             info->name, answered ? "ask" : "tell");
    return 0;
}

/* What a worker cannot guess it cannot answer before it read it. */
static int
draw_nonce(stk_conversation *at, uint64_t *nonce, stk_error *err)
{
    ssize_t got;

    *nonce = 0;
    if (at->side != STK_SIDE_HOST)
        return 0;
    if (at->drawn == 0) {
        do
            got = getrandom(at->nonces, sizeof at->nonces, 0);
        while (got < 0 && errno == EINTR);
        if (got != sizeof at->nonces)
            return stk_error_set_errno(err, STK_E_IO, errno,
                                       "no random bytes");
        at->drawn = sizeof at->nonces / sizeof *at->nonces;
    }
    *nonce = at->nonces[--at->drawn];
    at->nonces[at->drawn] = 0;
    return 0;
}

int
stk_conversation_ask(stk_conversation *at, stk_frame *frame, enum stk_op op,
                     stk_error *err)
{
    uint64_t nonce;
    int r;

    if ((r = check_ours(at, err)) < 0 || (r = check_op(at, op, true, err)) < 0)
        return r;
    if (at->depth == STK_CONVERSATION_DEPTH_MAX) {
        r = stk_error_set(err, STK_E_LIMIT,
                          "more than %u calls within each other",
                          STK_CONVERSATION_DEPTH_MAX);
        if (err)
            err->sys_errno = ELOOP;
        return r;
    }
    if ((r = draw_nonce(at, &nonce, err)) < 0)
        return r;
    at->ours++;
    *frame = (stk_frame){
        .kind = STK_FRAME_REQUEST,
        .op = op,
        .depth = at->depth + 1,
        .number = at->ours,
        .nonce = nonce,
        .conversation = at->depth ? current_conversation(at) : at->ours,
    };
    at->open[at->depth++] = *frame;
    return 0;
}

int
stk_conversation_tell(stk_conversation *at, stk_frame *frame, enum stk_op op,
                      stk_error *err)
{
    int r;

    if ((r = check_ours(at, err)) < 0 ||
        (r = check_op(at, op, false, err)) < 0)
        return r;
    *frame = (stk_frame){
        .kind = STK_FRAME_NOTICE,
        .op = op,
        .depth = at->depth,
        .number = ++at->ours,
        .conversation = current_conversation(at),
    };
    return 0;
}

int
stk_conversation_answer(stk_conversation *at, stk_frame *frame, bool raised,
                        stk_error *err)
{
    int r = check_ours(at, err);

    if (r < 0)
        return r;
    if (at->depth == 0)
        return stk_error_set(err, STK_E_STATE, "nothing was asked");
    *frame = at->open[--at->depth];
    frame->kind = raised ? STK_FRAME_RAISED : STK_FRAME_RESULT;
    return 0;
}

/* ---- what we hear ------------------------------------------------------ */

/* NULL, or what is wrong with it. */
static const char *
judge_new(const stk_conversation *at, const stk_frame *frame)
{
    const stk_op_info *info = stk_op_get(frame->op);
    bool asks = frame->kind == STK_FRAME_REQUEST;

    if (!(info->by & (unsigned)peer_of(at)) || info->answered != asks)
        return "an op that is not its own";
    if (frame->number != at->theirs + 1)
        return "a number out of order";
    if (frame->depth != at->depth + asks)
        return "a wrong depth";
    if (asks && at->depth == STK_CONVERSATION_DEPTH_MAX)
        return "too many calls within each other";
    if (frame->conversation !=
        (asks && at->depth == 0 ? frame->number : current_conversation(at)))
        return "another conversation";
    if (at->side == STK_SIDE_HOST && frame->nonce != 0)
        return "a nonce that is not its own";
    return NULL;
}

static const char *
judge_reply(const stk_conversation *at, const stk_frame *frame)
{
    const stk_frame *asked;

    if (at->depth == 0)
        return "a reply to nothing";
    asked = &at->open[at->depth - 1];
    if (frame->op != asked->op || frame->depth != asked->depth ||
        frame->number != asked->number || frame->nonce != asked->nonce ||
        frame->conversation != asked->conversation)
        return "a reply to what was not asked";
    return NULL;
}

static const char *
judge(const stk_conversation *at, const stk_frame *frame)
{
    if (stk_conversation_turn(at) == at->side)
        return "a frame out of turn";
    switch (frame->kind) {
    case STK_FRAME_REQUEST:
    case STK_FRAME_NOTICE:
        return judge_new(at, frame);
    case STK_FRAME_RESULT:
    case STK_FRAME_RAISED:
        return judge_reply(at, frame);
    default:
        return "a frame of no kind";
    }
}

int
stk_conversation_hear(stk_conversation *at, const stk_frame *frame,
                      stk_error *err)
{
    const char *wrong;

    if (at->broken)
        return stk_error_set(err, STK_E_STATE, "the conversation is broken");
    wrong = judge(at, frame);
    if (wrong) {
        at->broken = true;
        return stk_error_set(err, STK_E_INVALID, "%s (%s)", wrong,
                             stk_op_get(frame->op)->name);
    }
    if (frame->kind == STK_FRAME_RESULT || frame->kind == STK_FRAME_RAISED) {
        at->depth--;
        return 0;
    }
    at->theirs = frame->number;
    if (frame->kind == STK_FRAME_REQUEST)
        at->open[at->depth++] = *frame;
    return 0;
}
