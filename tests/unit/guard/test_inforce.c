/* SPDX-License-Identifier: Apache-2.0 */
/* guard/inforce.c: no report but a whole one; nothing missing goes untold. */
#include "guard/inforce.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "wire/writer.h"

#include "unit.h"

static stk_error err;
static stk_sandbox_report report;

/* A report of `layers` layers whose state, level and reason are these, and
 * `cut` bytes less; returns what reading it did. */
typedef struct told {
    unsigned layers;
    int64_t state, level;
    const char *reason;
    unsigned cut;
} told;

static int
read_told(const told *what)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_reader reader;

    stk_writer_begin(&writer, 0, &bounds);
    stk_writer_hold(&writer, STK_VALUE_LIST, 3 * what->layers);
    for (unsigned i = 0; i < what->layers; i++) {
        stk_writer_int(&writer, what->state);
        stk_writer_int(&writer, what->level);
        stk_writer_text(&writer, what->reason, strlen(what->reason));
    }
    assert_int_equal(stk_writer_finish(&writer, &err), 0);
    stk_reader_init(&reader, writer.data, writer.length - what->cut, &bounds);
    return stk_inforce_read(&report, &reader, false, &err);
}

static void
test_read__a_whole_report_is_taken(void **state)
{
    const told what = { STK_LAYER_COUNT, STK_LAYER_ABSENT, 0, "no", 0 };

    (void)state;
    assert_int_equal(read_told(&what), 0);
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        assert_string_equal(report.layers[i].reason, "no");
}

static void
test_read__anything_else_is_refused(void **state)
{
    static char long_reason[STK_LAYER_REASON_MAX + 1];
    const told wrong[] = {
        { STK_LAYER_COUNT - 1, 1, 0, "", 0 },
        { STK_LAYER_COUNT + 1, 1, 0, "", 0 },
        { STK_LAYER_COUNT, STK_LAYER_UNUSED + 1, 0, "", 0 },
        { STK_LAYER_COUNT, -1, 0, "", 0 },
        { STK_LAYER_COUNT, 1, -3, "", 0 },
        { STK_LAYER_COUNT, 1, INT64_C(1) << 40, "", 0 },
        { STK_LAYER_COUNT, 1, 0, long_reason, 0 },
        { STK_LAYER_COUNT, 1, 0, "", 1 },
    };

    (void)state;
    memset(long_reason, 'x', STK_LAYER_REASON_MAX);
    memset(&report, 0, sizeof report);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_true(read_told(&wrong[i]) < 0);
        assert_int_equal(report.layers[0].state, 0);
    }
}

static void
test_read__a_refusal_says_why(void **state)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_reader reader;

    (void)state;
    stk_writer_begin(&writer, 0, &bounds);
    stk_writer_text(&writer, "no room", 7);
    assert_int_equal(stk_writer_finish(&writer, &err), 0);
    stk_reader_init(&reader, writer.data, writer.length, &bounds);
    assert_int_equal(stk_inforce_read(&report, &reader, true, &err),
                     -STK_E_UNSUPPORTED);
    assert_string_equal(err.message, "no room");
}

static void
check_text(const stk_sandbox_report *given, const char *expected)
{
    char *text = stk_inforce_text(given);

    assert_string_equal(text, expected);
    free(text);
}

static void
test_text__says_what_is_there_and_what_is_not(void **state)
{
    stk_sandbox_report given = STK_SANDBOX_REPORT_INIT;

    (void)state;
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        given.layers[i].state = STK_LAYER_UNUSED;
    check_text(&given, "");
    given.layers[STK_LAYER_NET].state = STK_LAYER_ABSENT;
    check_text(&given, "without net");
    strcpy(given.layers[STK_LAYER_NET].reason, "unshare: no");
    given.layers[STK_LAYER_UTS].state = STK_LAYER_ABSENT;
    given.layers[STK_LAYER_SECCOMP].state = STK_LAYER_ACTIVE;
    given.layers[STK_LAYER_LANDLOCK].state = STK_LAYER_ACTIVE;
    given.layers[STK_LAYER_LANDLOCK].level = 3;
    check_text(&given,
               "with seccomp, landlock 3; without net (unshare: no), uts");
}

static void
test_text__has_room_for_the_longest_report(void **state)
{
    stk_sandbox_report given;
    char *text;

    (void)state;
    memset(&given, 0, sizeof given);
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        memset(given.layers[i].reason, 'x', STK_LAYER_REASON_MAX - 1);
    text = stk_inforce_text(&given);
    assert_non_null(text);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__a_whole_report_is_taken),
        cmocka_unit_test(test_read__anything_else_is_refused),
        cmocka_unit_test(test_read__a_refusal_says_why),
        cmocka_unit_test(test_text__says_what_is_there_and_what_is_not),
        cmocka_unit_test(test_text__has_room_for_the_longest_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
