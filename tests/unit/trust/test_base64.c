/* SPDX-License-Identifier: Apache-2.0 */
/* Base64: one spelling for each content. */
#include "trust/base64.h"

#include "unit.h"

static bool
takes(const char *text, size_t n)
{
    unsigned char out[8];

    return stk_base64_read(out, n, text, strlen(text));
}

static void
test_read__takes_what_write_makes(void **state)
{
    static const unsigned char data[] = { 0, 255, 16, 32 };
    unsigned char again[4];
    char text[STK_BASE64_LENGTH(4) + 1];

    (void)state;
    assert_string_equal(stk_base64_write(text, sizeof text, data, 4),
                        "AP8QIA==");
    assert_true(stk_base64_read(again, 4, text, strlen(text)));
    assert_memory_equal(again, data, 4);
}

static void
test_read__refuses_other_spellings(void **state)
{
    (void)state;
    assert_true(takes("AP8QIA==", 4));
    assert_false(takes("AP8QIB==", 4)); /* spare bits */
    assert_false(takes("AP8QIP==", 4));
    assert_false(takes("AP8QIA", 4)); /* not padded */
    assert_false(takes("AP8QIA= ", 4));
    assert_false(takes("AP8QI A=", 4));
    assert_false(takes("AP8QIA==\n", 4));
    assert_false(takes("AP8QIAA=", 4)); /* five bytes */
    assert_false(takes("AP8QI*==", 4));
    assert_false(takes("_P8QIA==", 4)); /* the URL alphabet */
    assert_false(takes("", 4));
    assert_false(takes("====", 1));
}

/* Of all bytes, those of the alphabet, wherever they stand. */
static void
test_read__takes_the_alphabet_alone(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "abcdefghijklmnopqrstuvwxyz0123456789+/";

    (void)state;
    for (unsigned at = 0; at < 4; at++)
        for (int c = 1; c < 256; c++) {
            char text[] = "AAAA";

            text[at] = (char)c;
            assert_int_equal(takes(text, 3), strchr(alphabet, c) != NULL);
        }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read__takes_what_write_makes),
        cmocka_unit_test(test_read__refuses_other_spellings),
        cmocka_unit_test(test_read__takes_the_alphabet_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
