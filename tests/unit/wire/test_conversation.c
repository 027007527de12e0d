/* SPDX-License-Identifier: Apache-2.0 */
/* wire/conversation.c: turns, numbers, and replies that nobody asked for. */
#include "wire/conversation.h"

#include "unit.h"

typedef struct pair {
    stk_conversation host, worker;
} pair;

static pair
make_pair(void)
{
    pair at;

    stk_conversation_init(&at.host, STK_SIDE_HOST);
    stk_conversation_init(&at.worker, STK_SIDE_WORKER);
    return at;
}

static stk_frame
ask(stk_conversation *from, stk_conversation *to, enum stk_op op)
{
    stk_frame frame;

    assert_int_equal(stk_conversation_ask(from, &frame, op, NULL), 0);
    assert_int_equal(stk_conversation_hear(to, &frame, NULL), 0);
    return frame;
}

static stk_frame
answer(stk_conversation *from, stk_conversation *to, bool raised)
{
    stk_frame frame;

    assert_int_equal(stk_conversation_answer(from, &frame, raised, NULL), 0);
    assert_int_equal(stk_conversation_hear(to, &frame, NULL), 0);
    return frame;
}

/* Fatal, in these words, and nothing is said or heard afterwards. */
static void
assert_fatal(stk_conversation *at, const stk_frame *frame, const char *message)
{
    stk_error err = STK_ERROR_INIT;
    stk_frame next;

    assert_int_equal(stk_conversation_hear(at, frame, &err), -STK_E_INVALID);
    assert_string_equal(err.message, message);
    assert_int_equal(stk_conversation_hear(at, frame, &err), -STK_E_STATE);
    assert_string_equal(err.message, "the conversation is broken");
    assert_int_equal(stk_conversation_ask(at, &next, STK_OP_CALL, NULL),
                     -STK_E_STATE);
    assert_int_equal(stk_conversation_tell(at, &next, STK_OP_RELEASE, NULL),
                     -STK_E_STATE);
    assert_int_equal(stk_conversation_answer(at, &next, false, NULL),
                     -STK_E_STATE);
}

static void
test_conversation__a_call_with_an_import_and_output_within(void **state)
{
    pair at = make_pair();
    stk_frame call, import, output, reply;

    (void)state;
    assert_int_equal(stk_conversation_turn(&at.host), STK_SIDE_HOST);
    call = ask(&at.host, &at.worker, STK_OP_CALL);
    assert_int_equal(stk_conversation_turn(&at.host), STK_SIDE_WORKER);
    assert_int_equal(stk_conversation_turn(&at.worker), STK_SIDE_WORKER);
    assert_int_equal(
        stk_conversation_tell(&at.worker, &output, STK_OP_OUTPUT, NULL), 0);
    assert_int_equal(stk_conversation_hear(&at.host, &output, NULL), 0);
    import = ask(&at.worker, &at.host, STK_OP_IMPORT);
    assert_int_equal(import.depth, 2);
    assert_true(import.conversation == call.number);
    assert_int_equal(stk_conversation_turn(&at.host), STK_SIDE_HOST);
    /* and while the worker waits for that, the host calls into it again */
    ask(&at.host, &at.worker, STK_OP_GETATTR);
    answer(&at.worker, &at.host, true);
    answer(&at.host, &at.worker, false);
    reply = answer(&at.worker, &at.host, false);
    assert_int_equal(reply.kind, STK_FRAME_RESULT);
    assert_true(reply.number == call.number && reply.nonce == call.nonce);
    assert_int_equal(at.host.depth, 0);
    assert_int_equal(at.worker.depth, 0);
    ask(&at.host, &at.worker, STK_OP_CALL);
}

static void
test_ask__uses_no_number_twice_and_no_nonce_that_can_be_guessed(void **state)
{
    pair at = make_pair();
    uint64_t seen[200] = { 0 };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(seen); i++) {
        stk_frame frame = ask(&at.host, &at.worker, STK_OP_PING);

        assert_int_equal(frame.number, i + 1);
        assert_true(frame.conversation == frame.number);
        seen[i] = frame.nonce;
        for (unsigned j = 0; j < i; j++)
            assert_true(seen[j] != seen[i]);
        answer(&at.worker, &at.host, false);
    }
}

/* All that can be known of the next request, written before it is asked. */
static void
test_hear__an_early_reply_is_fatal(void **state)
{
    pair at = make_pair();
    stk_frame early = ask(&at.host, &at.worker, STK_OP_CALL), next;

    (void)state;
    answer(&at.worker, &at.host, false);
    early.kind = STK_FRAME_RESULT;
    early.number++;
    early.conversation++;
    assert_int_equal(stk_conversation_ask(&at.host, &next, STK_OP_CALL, NULL),
                     0);
    assert_true(next.number == early.number);
    assert_fatal(&at.host, &early, "a reply to what was not asked (call)");
}

static void
test_hear__a_frame_while_nothing_is_open_is_fatal(void **state)
{
    static const stk_frame frames[] = {
        { STK_FRAME_RESULT, STK_OP_CALL, 1, 1, 0, 1 },
        { STK_FRAME_REQUEST, STK_OP_IMPORT, 1, 1, 0, 1 },
        { STK_FRAME_NOTICE, STK_OP_OUTPUT, 0, 1, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(frames); i++) {
        pair at = make_pair();
        stk_error err = STK_ERROR_INIT;

        assert_int_equal(stk_conversation_hear(&at.host, &frames[i], &err),
                         -STK_E_INVALID);
        assert_memory_equal(err.message, "a frame out of turn", 19);
    }
}

static void
test_hear__a_second_reply_is_fatal(void **state)
{
    pair at = make_pair();
    stk_frame reply;

    (void)state;
    ask(&at.host, &at.worker, STK_OP_CALL);
    reply = answer(&at.worker, &at.host, false);
    assert_fatal(&at.host, &reply, "a frame out of turn (call)");
}

/* The reply of the call before, after the next was asked. */
static void
test_hear__a_reply_once_more_is_fatal(void **state)
{
    pair at = make_pair();
    stk_frame reply;

    (void)state;
    ask(&at.host, &at.worker, STK_OP_CALL);
    reply = answer(&at.worker, &at.host, false);
    ask(&at.host, &at.worker, STK_OP_CALL);
    assert_fatal(&at.host, &reply, "a reply to what was not asked (call)");
}

static void
test_hear__a_reply_to_the_outer_call_is_fatal(void **state)
{
    pair at = make_pair();
    stk_frame outer = ask(&at.host, &at.worker, STK_OP_CALL);

    (void)state;
    ask(&at.worker, &at.host, STK_OP_CALLBACK);
    ask(&at.host, &at.worker, STK_OP_CALL);
    outer.kind = STK_FRAME_RESULT;
    assert_fatal(&at.host, &outer, "a reply to what was not asked (call)");
}

static void
test_hear__a_reply_that_differs_in_anything_is_fatal(void **state)
{
    (void)state;
    for (unsigned field = 0; field < 5; field++) {
        pair at = make_pair();
        stk_frame reply = ask(&at.host, &at.worker, STK_OP_CALL);

        reply.kind = STK_FRAME_RESULT;
        reply.op = field == 0 ? STK_OP_NEXT : reply.op;
        reply.depth += field == 1;
        reply.number += field == 2;
        reply.nonce ^= field == 3;
        reply.conversation += field == 4;
        assert_fatal(&at.host, &reply,
                     field == 0 ? "a reply to what was not asked (next)"
                                : "a reply to what was not asked (call)");
    }
}

static void
test_hear__a_request_that_differs_in_anything_is_fatal(void **state)
{
    static const char *const messages[] = {
        "a number out of order (import)",
        "a number out of order (import)",
        "a wrong depth (import)",
        "another conversation (import)",
        "a nonce that is not its own (import)",
        "an op that is not its own (call)",
        "an op that is not its own (output)",
    };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(messages); i++) {
        pair at = make_pair();
        stk_frame frame;

        ask(&at.host, &at.worker, STK_OP_CALL);
        ask(&at.worker, &at.host, STK_OP_IMPORT);
        answer(&at.host, &at.worker, false);
        assert_int_equal(
            stk_conversation_ask(&at.worker, &frame, STK_OP_IMPORT, NULL), 0);
        frame.number -= i == 0; /* one that came before */
        frame.number += i == 1;
        frame.depth += i == 2;
        frame.conversation += i == 3;
        frame.nonce += i == 4;
        frame.op = i == 5 ? STK_OP_CALL : i == 6 ? STK_OP_OUTPUT : frame.op;
        assert_fatal(&at.host, &frame, messages[i]);
    }
}

static void
test_hear__a_notice_that_is_none_is_fatal(void **state)
{
    pair at = make_pair();
    stk_frame frame;

    (void)state;
    ask(&at.host, &at.worker, STK_OP_CALL);
    assert_int_equal(
        stk_conversation_tell(&at.worker, &frame, STK_OP_OUTPUT, NULL), 0);
    frame.op = STK_OP_IMPORT;
    assert_fatal(&at.host, &frame, "an op that is not its own (import)");
}

static void
test_hear__a_frame_of_no_kind_is_fatal(void **state)
{
    pair at = make_pair();
    stk_frame frame = ask(&at.host, &at.worker, STK_OP_CALL);

    (void)state;
    frame.kind = STK_FRAME_NOTHING;
    assert_fatal(&at.host, &frame, "a frame of no kind (call)");
}

static void
test_ask__is_refused_out_of_turn_and_to_the_wrong_side(void **state)
{
    pair at = make_pair();
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    (void)state;
    assert_int_equal(
        stk_conversation_ask(&at.worker, &frame, STK_OP_IMPORT, &err),
        -STK_E_STATE);
    assert_string_equal(err.message, "it is not our turn");
    assert_int_equal(
        stk_conversation_ask(&at.host, &frame, STK_OP_IMPORT, &err),
        -STK_E_STATE);
    assert_string_equal(err.message, "import is not for us to ask");
    assert_int_equal(
        stk_conversation_tell(&at.host, &frame, STK_OP_OUTPUT, &err),
        -STK_E_STATE);
    assert_string_equal(err.message, "output is not for us to tell");
    assert_int_equal(
        stk_conversation_ask(&at.host, &frame, STK_OP_RELEASE, &err),
        -STK_E_STATE);
    assert_int_equal(stk_conversation_answer(&at.host, &frame, false, &err),
                     -STK_E_STATE);
    assert_string_equal(err.message, "nothing was asked");
    /* a slip of ours breaks nothing */
    ask(&at.host, &at.worker, STK_OP_CALL);
    assert_int_equal(stk_conversation_ask(&at.host, &frame, STK_OP_CALL, NULL),
                     -STK_E_STATE);
    answer(&at.worker, &at.host, false);
}

static void
test_tell__the_host_releases_between_calls(void **state)
{
    pair at = make_pair();
    stk_frame frame;

    (void)state;
    assert_int_equal(
        stk_conversation_tell(&at.host, &frame, STK_OP_RELEASE, NULL), 0);
    assert_int_equal(frame.depth, 0);
    assert_int_equal(stk_conversation_hear(&at.worker, &frame, NULL), 0);
    ask(&at.host, &at.worker, STK_OP_CALL);
    assert_int_equal(
        stk_conversation_tell(&at.worker, &frame, STK_OP_RELEASE, NULL), 0);
    assert_int_equal(stk_conversation_hear(&at.host, &frame, NULL), 0);
    answer(&at.worker, &at.host, false);
}

static void
test_ask__goes_32_calls_deep_and_not_33(void **state)
{
    pair at = make_pair();
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    (void)state;
    for (unsigned i = 0; i < STK_CONVERSATION_DEPTH_MAX / 2; i++) {
        ask(&at.host, &at.worker, STK_OP_CALL);
        ask(&at.worker, &at.host, STK_OP_CALLBACK);
    }
    assert_int_equal(stk_conversation_ask(&at.host, &frame, STK_OP_CALL, &err),
                     -STK_E_LIMIT);
    assert_string_equal(err.message, "more than 32 calls within each other");
    /* it is told, not fatal: the call fails, the rest goes on */
    for (unsigned i = 0; i < STK_CONVERSATION_DEPTH_MAX / 2; i++) {
        answer(&at.host, &at.worker, i == 0);
        answer(&at.worker, &at.host, false);
    }
    ask(&at.host, &at.worker, STK_OP_CALL);
}

/* A worker that asks once more than there is room for. */
static void
test_hear__a_request_too_deep_is_fatal(void **state)
{
    pair at = make_pair();
    stk_frame frame = { STK_FRAME_REQUEST, STK_OP_CALL, 33, 17, 0, 1 };

    (void)state;
    for (unsigned i = 0; i < STK_CONVERSATION_DEPTH_MAX / 2; i++) {
        ask(&at.host, &at.worker, STK_OP_CALL);
        ask(&at.worker, &at.host, STK_OP_CALLBACK);
    }
    assert_fatal(&at.worker, &frame,
                 "too many calls within each other (call)");
}

static void
test_break__ends_it(void **state)
{
    pair at = make_pair();
    stk_frame frame;

    (void)state;
    stk_conversation_break(&at.host);
    assert_int_equal(stk_conversation_ask(&at.host, &frame, STK_OP_CALL, NULL),
                     -STK_E_STATE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_conversation__a_call_with_an_import_and_output_within),
        cmocka_unit_test(
            test_ask__uses_no_number_twice_and_no_nonce_that_can_be_guessed),
        cmocka_unit_test(test_hear__an_early_reply_is_fatal),
        cmocka_unit_test(test_hear__a_frame_while_nothing_is_open_is_fatal),
        cmocka_unit_test(test_hear__a_second_reply_is_fatal),
        cmocka_unit_test(test_hear__a_reply_once_more_is_fatal),
        cmocka_unit_test(test_hear__a_reply_to_the_outer_call_is_fatal),
        cmocka_unit_test(test_hear__a_reply_that_differs_in_anything_is_fatal),
        cmocka_unit_test(
            test_hear__a_request_that_differs_in_anything_is_fatal),
        cmocka_unit_test(test_hear__a_notice_that_is_none_is_fatal),
        cmocka_unit_test(test_hear__a_frame_of_no_kind_is_fatal),
        cmocka_unit_test(
            test_ask__is_refused_out_of_turn_and_to_the_wrong_side),
        cmocka_unit_test(test_tell__the_host_releases_between_calls),
        cmocka_unit_test(test_ask__goes_32_calls_deep_and_not_33),
        cmocka_unit_test(test_hear__a_request_too_deep_is_fatal),
        cmocka_unit_test(test_break__ends_it),
    };

    return cmocka_run_group_tests_name("wire/conversation", tests, NULL, NULL);
}
