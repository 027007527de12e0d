/* SPDX-License-Identifier: Apache-2.0 */
/* What is written is what is read, and nothing else is written. */
#include "manifest_text.h"

static void
test_print__gives_back_what_was_read(void **state)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = parse_good(GOOD);
    STK_CLEANUP(stk_freep) char *text = NULL;
    size_t length;

    (void)state;
    assert_int_equal(
        stk_manifest_print(&text, &length, &m->head, m->rows, m->n_rows, NULL),
        0);
    assert_string_equal(text, GOOD);
    assert_int_equal(length, strlen(GOOD));
}

static void
test_print__order_does_not_matter(void **state)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *m = parse_good(GOOD);
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_row turned[8];
    size_t length;

    (void)state;
    for (size_t i = 0; i < 8; i++)
        turned[i] = m->rows[7 - i];
    assert_int_equal(
        stk_manifest_print(&text, &length, &m->head, turned, 8, NULL), 0);
    assert_string_equal(text, GOOD);
}

static void
assert_unwritten(const stk_manifest_head *head, const stk_row *row,
                 const char *message)
{
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;
    size_t length;

    assert_int_equal(
        stk_manifest_print(&text, &length, head, row, row ? 1 : 0, &err),
        -STK_E_INVALID);
    assert_null(text);
    if (!strstr(err.message, message))
        fail_msg("%s", err.message);
}

static void
test_print__writes_nothing_that_cannot_be_read(void **state)
{
    const stk_manifest_head good = {
        .package = "", .version = "", .context = "", .prefix = ""
    };
    stk_row row = { .kind = STK_KIND_MODULE, .name = "a", .path = "b.py" };
    stk_manifest_head head = good;

    (void)state;
    assert_unwritten(&good, &row, "is not where");
    row.path = "../a.py";
    assert_unwritten(&good, &row, "is no path");
    row.kind = STK_KIND_POLICY;
    assert_unwritten(&good, &row, "is no kind");
    head.version = "1 2";
    assert_unwritten(&head, NULL, "version is a word");
    head = good;
    head.signed_at = -1;
    assert_unwritten(&head, NULL, "signed is a number");
    head = good;
    head.version = "-"; /* which is how nothing is written */
    assert_unwritten(&head, NULL, "cannot hold");
}

static void
test_print__no_name_puts_in_a_line(void **state)
{
    const stk_manifest_head head = {
        .package = "a\nversion: 1", .version = "", .context = "", .prefix = ""
    };
    const stk_manifest_head good = {
        .package = "", .version = "", .context = "", .prefix = ""
    };
    const stk_row row = { .kind = STK_KIND_NAMESPACE,
                          .name = "a a 0 -\nn b",
                          .path = "b" };

    (void)state;
    assert_unwritten(&head, NULL, "\"sequence: \" is missing");
    assert_unwritten(&good, &row, "missing");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print__gives_back_what_was_read),
        cmocka_unit_test(test_print__order_does_not_matter),
        cmocka_unit_test(test_print__writes_nothing_that_cannot_be_read),
        cmocka_unit_test(test_print__no_name_puts_in_a_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
