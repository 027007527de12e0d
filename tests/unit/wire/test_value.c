/* SPDX-License-Identifier: Apache-2.0 */
/* wire/value.c: names, texts. */
#include "wire/value.h"

#include "unit.h"

static void
test_name__is_there_for_each_type(void **state)
{
    (void)state;
    for (int type = STK_VALUE_NOTHING; type <= STK_VALUE_RECORD; type++)
        assert_non_null(stk_value_name((enum stk_value_type)type));
    assert_string_equal(stk_value_name(STK_VALUE_MAP), "a dict");
    assert_string_equal(stk_value_name((enum stk_value_type)99), "nothing");
}

static void
test_holds__is_true_of_those_with_a_count(void **state)
{
    (void)state;
    assert_false(stk_value_holds(STK_VALUE_NOTHING));
    assert_false(stk_value_holds(STK_VALUE_OWN));
    assert_true(stk_value_holds(STK_VALUE_LIST));
    assert_true(stk_value_holds(STK_VALUE_RECORD));
    assert_false(stk_value_holds((enum stk_value_type)99));
}

static const char *
check(const char *text, size_t length, size_t *characters, uint32_t *widest)
{
    stk_token token = { .bytes = (const unsigned char *)text,
                        .length = length };
    const char *why = stk_value_check_text(&token);

    *characters = token.characters;
    *widest = token.widest;
    return why;
}

/* A character of each width at each place of what is read eight at a time. */
static void
test_check_text__finds_what_is_no_ascii_wherever_it_stands(void **state)
{
    static const struct {
        const char *character;
        uint32_t widest;
    } wide[] = {
        { "\xc2\x80", 0xFF },
        { "\xc3\xbf", 0xFF },
        { "\xc4\x80", 0xFFFF },
        { "\xdf\xbf", 0xFFFF },
        { "\xe0\xa0\x80", 0xFFFF },
        { "\xef\xbf\xbf", 0xFFFF },
        { "\xf0\x90\x80\x80", 0x10FFFF },
        { "\xf4\x8f\xbf\xbf", 0x10FFFF },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wide); i++)
        for (size_t place = 0; place < 20; place++) {
            size_t n = strlen(wide[i].character), characters;
            char text[24];
            uint32_t widest;

            memset(text, 'x', sizeof text);
            memcpy(text + place, wide[i].character, n);
            assert_null(check(text, sizeof text, &characters, &widest));
            assert_int_equal(characters, sizeof text - n + 1);
            assert_int_equal(widest, wide[i].widest);
            text[place + n - 1] = 'x';
            assert_string_equal(check(text, sizeof text, &characters, &widest),
                                "no UTF-8");
        }
}

static void
test_check_surrogates__wants_one_of_them(void **state)
{
    static const struct {
        const char *text;
        const char *why;
    } texts[] = {
        { "\xed\xa0\x80", NULL },
        { "\xed\xbf\xbf", NULL },
        { "x\xc3\xbc\xed\xb2\x80y", NULL },
        { "\xed\xa0\x80\xed\xb0\x80", NULL },
        { "\xed\x9f\xbf", "has no surrogates" },
        { "plain", "has no surrogates" },
        { "\xed\xa0", "no text with surrogates" },
        { "\xed\xa0\x80\xff", "no text with surrogates" },
        { "\xed\xa0x", "no text with surrogates" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        const stk_token token = {
            .bytes = (const unsigned char *)texts[i].text,
            .length = strlen(texts[i].text),
        };
        const char *why = stk_value_check_surrogates(&token);

        if (texts[i].why)
            assert_string_equal(why, texts[i].why);
        else
            assert_null(why);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_name__is_there_for_each_type),
        cmocka_unit_test(test_holds__is_true_of_those_with_a_count),
        cmocka_unit_test(
            test_check_text__finds_what_is_no_ascii_wherever_it_stands),
        cmocka_unit_test(test_check_surrogates__wants_one_of_them),
    };

    return cmocka_run_group_tests_name("wire/value", tests, NULL, NULL);
}
