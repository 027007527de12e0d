/* SPDX-License-Identifier: Apache-2.0 */
/* wire/frame.c: 32 bytes, each of which is checked. */
#include "wire/frame.h"

#include "unit.h"

static const stk_frame call = { STK_FRAME_REQUEST,
                                STK_OP_CALL,
                                1,
                                UINT64_C(0x0102030405060708),
                                UINT64_C(0xFFEEDDCCBBAA9988),
                                UINT64_C(0x0102030405060708) };

static int
read_head(const unsigned char *head, stk_frame *frame, const char **message)
{
    static stk_error err;
    int r;

    err = (stk_error)STK_ERROR_INIT;
    r = stk_frame_read(frame, head, STK_FRAME_HEAD, &err);
    *message = err.message;
    return r;
}

static void
test_write__lays_the_fields_out_little_endian(void **state)
{
    static const unsigned char expected[STK_FRAME_HEAD] = {
        1,    1,    21,   1,    0,    0,    0,    0,    8, 7, 6, 5, 4, 3, 2, 1,
        0x88, 0x99, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 8, 7, 6, 5, 4, 3, 2, 1,
    };
    unsigned char head[STK_FRAME_HEAD];

    (void)state;
    memset(head, 0xAA, sizeof head);
    stk_frame_write(head, &call);
    assert_memory_equal(head, expected, sizeof head);
}

static void
test_read__gives_back_what_was_written(void **state)
{
    static const stk_frame frames[] = {
        { STK_FRAME_REQUEST, STK_OP_IMPORT, 2, 1, 0, 9 },
        { STK_FRAME_RESULT, STK_OP_CALL, 1, 9, 77, 9 },
        { STK_FRAME_RAISED, STK_OP_NEXT, 31, UINT64_MAX, UINT64_MAX, 3 },
        { STK_FRAME_NOTICE, STK_OP_OUTPUT, 1, 2, 0, 9 },
        { STK_FRAME_NOTICE, STK_OP_RELEASE, 0, 2, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(frames); i++) {
        unsigned char head[STK_FRAME_HEAD];
        const char *message;
        stk_frame frame;

        stk_frame_write(head, &frames[i]);
        assert_int_equal(read_head(head, &frame, &message), 0);
        assert_int_equal(frame.kind, frames[i].kind);
        assert_int_equal(frame.op, frames[i].op);
        assert_int_equal(frame.depth, frames[i].depth);
        assert_true(frame.number == frames[i].number);
        assert_true(frame.nonce == frames[i].nonce);
        assert_true(frame.conversation == frames[i].conversation);
    }
}

static void
test_read__refuses_what_is_cut_off(void **state)
{
    unsigned char head[STK_FRAME_HEAD];
    stk_error err = STK_ERROR_INIT;
    stk_frame frame;

    (void)state;
    stk_frame_write(head, &call);
    for (size_t length = 0; length < STK_FRAME_HEAD; length++)
        assert_int_equal(stk_frame_read(&frame, head, length, &err),
                         -STK_E_INVALID);
    assert_string_equal(err.message, "a frame of 31 bytes");
}

/* Version, kind, op, zeros: each byte alone is enough. */
static void
test_read__refuses_heads_that_cannot_be(void **state)
{
    static const struct {
        unsigned at, value;
        const char *message;
    } changes[] = {
        { 0, 0, "a frame of version 0, not 1" },
        { 0, 2, "a frame of version 2, not 1" },
        { 1, 0, "a frame that cannot be: kind 0, op 21 (call)" },
        { 1, 5, "a frame that cannot be: kind 5, op 21 (call)" },
        { 1, 255, "a frame that cannot be: kind 255, op 21 (call)" },
        /* a notice of what is to be answered */
        { 1, 4, "a frame that cannot be: kind 4, op 21 (call)" },
        /* a request of what nobody answers */
        { 2, STK_OP_OUTPUT, "a frame that cannot be: kind 1, op 63 (output)" },
        { 2, 0, "a frame that cannot be: kind 1, op 0 (no op)" },
        { 2, 200, "a frame that cannot be: kind 1, op 200 (no op)" },
        { 3, 0, "a frame that cannot be: kind 1, op 21 (call)" },
        { 4, 1, "a frame that cannot be: kind 1, op 21 (call)" },
        { 5, 1, "a frame that cannot be: kind 1, op 21 (call)" },
        { 6, 1, "a frame that cannot be: kind 1, op 21 (call)" },
        { 7, 128, "a frame that cannot be: kind 1, op 21 (call)" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(changes); i++) {
        unsigned char head[STK_FRAME_HEAD];
        stk_frame frame = { .number = 5 };
        const char *message;

        stk_frame_write(head, &call);
        head[changes[i].at] = (unsigned char)changes[i].value;
        assert_int_equal(read_head(head, &frame, &message), -STK_E_INVALID);
        assert_string_equal(message, changes[i].message);
        assert_int_equal(frame.number, 5); /* untouched */
    }
}

static void
test_read__refuses_numbers_that_cannot_be(void **state)
{
    static const stk_frame frames[] = {
        { STK_FRAME_REQUEST, STK_OP_CALL, 1, 0, 5, 1 },
        { STK_FRAME_REQUEST, STK_OP_CALL, 1, 1, 5, 0 },
        { STK_FRAME_RESULT, STK_OP_CALL, 0, 1, 5, 1 },
        { STK_FRAME_NOTICE, STK_OP_OUTPUT, 1, 1, 5, 1 },
        { STK_FRAME_NOTICE, STK_OP_OUTPUT, 0, 1, 0, 1 },
        { STK_FRAME_NOTICE, STK_OP_OUTPUT, 1, 1, 0, 0 },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(frames); i++) {
        unsigned char head[STK_FRAME_HEAD];
        const char *message;
        stk_frame frame;

        stk_frame_write(head, &frames[i]);
        assert_int_equal(read_head(head, &frame, &message), -STK_E_INVALID);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write__lays_the_fields_out_little_endian),
        cmocka_unit_test(test_read__gives_back_what_was_written),
        cmocka_unit_test(test_read__refuses_what_is_cut_off),
        cmocka_unit_test(test_read__refuses_heads_that_cannot_be),
        cmocka_unit_test(test_read__refuses_numbers_that_cannot_be),
    };

    return cmocka_run_group_tests_name("wire/frame", tests, NULL, NULL);
}
