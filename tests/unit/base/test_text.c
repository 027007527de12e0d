/* SPDX-License-Identifier: Apache-2.0 */
/* base/text.c: foreign text is checked, escaped and guessed at. */
#include "base/text.h"

#include <jansson.h>

#include "unit.h"

/* ---- UTF-8 ----------------------------------------------------------- */

static size_t
encode(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

static void
test_utf8__takes_every_character_and_no_surrogate(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[4];
        size_t n = encode(text, c);
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;

        if (stk_utf8_length(text, n) != (surrogate ? 0 : n))
            fail_msg("U+%04X", (unsigned)c);
        if (n > 1 && stk_utf8_length(text, n - 1) != 0)
            fail_msg("U+%04X was cut", (unsigned)c);
    }
}

static void
test_utf8__refuses_what_is_malformed(void **state)
{
    static const char *const texts[] = {
        "\x80", /* a continuation alone */
        "\xbf",
        "\xc0\x80", /* overlong NUL */
        "\xc0\xaf",
        "\xc1\xbf",
        "\xe0\x80\xaf",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\xaf",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", /* U+110000 */
        "\xf5\x80\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
        "\xc3(",
        "\xe2\x82(",
        "\xf0\x9f\x90(",
        "\xed\xa0\x80", /* the two halves of a surrogate pair */
        "\xed\xbf\xbf",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++)
        assert_int_equal(stk_utf8_length(texts[i], strlen(texts[i])), 0);
    assert_int_equal(stk_utf8_length("", 0), 0);
}

static void
test_utf8__check_gives_the_offset_of_the_first_bad_byte(void **state)
{
    (void)state;
    assert_int_equal(stk_utf8_check("", 0), 0);
    assert_int_equal(stk_utf8_check("abc", 3), 3);
    assert_int_equal(stk_utf8_check("a\xc3\xa9\xff", 4), 3);
    assert_int_equal(stk_utf8_check("\xc3\xa9\xe2\x82", 4), 2);
    assert_int_equal(stk_utf8_check("a\0b", 3), 3);
}

/* Plain text is passed over in words: a bad byte anywhere in one is seen. */
static void
test_utf8__check_finds_a_bad_byte_at_every_place(void **state)
{
    char text[32];

    (void)state;
    for (size_t length = 1; length <= sizeof text; length++)
        for (size_t at = 0; at < length; at++) {
            memset(text, at % 2 ? 'x' : '\0', sizeof text);
            assert_int_equal(stk_utf8_check(text, length), length);
            text[at] = '\xff';
            assert_int_equal(stk_utf8_check(text, length), at);
            assert_int_equal(stk_utf8_check(text, at), at);
            if (at + 1 == length)
                continue;
            memcpy(text + at, "\xc3\xa9", 2);
            assert_int_equal(stk_utf8_check(text, length), length);
            assert_int_equal(stk_utf8_check(text, at + 1), at);
        }
}

/* ---- JSON ------------------------------------------------------------ */

/* What jansson reads back from the escaped text. Freed by json_decref(). */
static json_t *
read_back(const char *text, size_t length)
{
    size_t need = stk_json_escape(NULL, 0, text, length);
    char *line = malloc(need + 3);
    json_t *value;
    json_error_t error;

    assert_non_null(line);
    line[0] = '"';
    assert_int_equal(stk_json_escape(line + 1, need + 1, text, length), need);
    assert_int_equal(strlen(line + 1), need);
    assert_null(strpbrk(line, "\n\r\t\x7f"));
    strcpy(line + 1 + need, "\"");
    value = json_loads(line, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!value)
        fail_msg("%s: %s", line, error.text);
    free(line);
    return value;
}

static void
test_json__every_character_comes_back(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[6] = "<";
        size_t n;
        json_t *value;

        /* every BMP character, then a sample */
        if ((c >= 0xD800 && c <= 0xDFFF) || (c > 0x10000 && c % 257))
            continue;
        n = 1 + encode(text + 1, c);
        text[n++] = '>';
        value = read_back(text, n);
        if (json_string_length(value) != n ||
            memcmp(json_string_value(value), text, n))
            fail_msg("U+%04X", (unsigned)c);
        json_decref(value);
    }
}

static void
test_json__bytes_that_are_no_utf8_are_shown(void **state)
{
    static const struct {
        const char *bytes, *shown;
    } cases[] = {
        { "a\xff", "a\\xff" },
        { "\xed\xa0\x80", "\\xed\\xa0\\x80" }, /* a surrogate */
        { "\xc0\xaf", "\\xc0\\xaf" },
        { "\xe2\x82", "\\xe2\\x82" }, /* cut short */
        { "\\xff", "\\xff" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        json_t *value = read_back(cases[i].bytes, strlen(cases[i].bytes));

        assert_string_equal(json_string_value(value), cases[i].shown);
        json_decref(value);
    }
}

static void
test_json__what_turns_or_hides_text_is_escaped(void **state)
{
    char out[64];

    (void)state;
    stk_json_escape(out, sizeof out, "a\xe2\x80\xaez", 5);
    assert_string_equal(out, "a\\u202ez");
    stk_json_escape(out, sizeof out, "\xc2\x9b\xf3\xa0\x80\x81\x7f", 7);
    assert_string_equal(out, "\\u009b\\udb40\\udc01\\u007f");
    stk_json_escape(out, sizeof out, "caf\xc3\xa9", 5);
    assert_string_equal(out, "caf\xc3\xa9");
}

static void
test_json__random_bytes_make_valid_json(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (int i = 0; i < 5000; i++) {
        char bytes[40];

        for (size_t j = 0; j < sizeof bytes; j++) {
            seed = seed * 1664525u + 1013904223u;
            bytes[j] = (char)(seed >> 24);
        }
        json_decref(read_back(bytes, (size_t)i % (sizeof bytes + 1)));
    }
}

/* The long way round: each text alone, in pieces of one byte. */
static void
test_json__no_byte_is_overlooked_wherever_it_stands(void **state)
{
    char text[41], out[256];

    (void)state;
    for (size_t length = 1; length < sizeof text; length++)
        for (size_t at = 0; at < length; at++)
            for (int byte = 0; byte < 256; byte++) {
                char alone = (char)byte;
                size_t one = stk_json_escape(NULL, 0, &alone, 1);

                memset(text, 'a', length);
                text[at] = alone;
                assert_int_equal(
                    stk_json_escape(out, sizeof out, text, length),
                    length - 1 + one);
                assert_int_equal(strspn(out, "a") == length - 1 + one,
                                 byte == 'a');
            }
}

static void
test_json__a_short_buffer_is_never_cut_within_an_escape(void **state)
{
    static const char text[] = "a\"\\\n\xc3\xa9\xff\x01z";
    size_t length = sizeof text - 1;
    size_t need = stk_json_escape(NULL, 0, text, length);

    (void)state;
    for (size_t size = 1; size <= need + 1; size++) {
        char out[64], quoted[66];
        json_t *value;

        memset(out, '#', sizeof out);
        assert_int_equal(stk_json_escape(out, size, text, length), need);
        assert_true(strlen(out) < size);
        assert_int_equal(out[size], '#');
        snprintf(quoted, sizeof quoted, "\"%s\"", out);
        value = json_loads(quoted, JSON_DECODE_ANY, NULL);
        if (!value)
            fail_msg("cut at %zu: %s", size, out);
        json_decref(value);
    }
}

static void
test_json__a_cut_text_is_a_prefix(void **state)
{
    char out[5];

    (void)state;
    /* the escape does not fit, and nothing may slip in after it */
    assert_int_equal(stk_json_escape(out, sizeof out, "abc\nd", 5), 10);
    assert_string_equal(out, "abc");
}

/* ---- terminals ------------------------------------------------------- */

static const char *
printable(const char *text, size_t length)
{
    static char out[256];

    return stk_text_printable(out, sizeof out, text, length);
}

static void
test_printable__leaves_letters_of_all_alphabets(void **state)
{
    static const char text[] = "a \\ \" \xc3\xa9 \xe6\xbc\xa2 "
                               "\xd7\x90 \xf0\x9f\x90\x8d";

    (void)state;
    assert_string_equal(printable(text, sizeof text - 1), text);
}

static void
test_printable__shows_what_drives_a_terminal(void **state)
{
    (void)state;
    assert_string_equal(printable("\x1b[2J\n\t\0\x7f", 8),
                        "\\x1b[2J\\x0a\\x09\\x00\\x7f");
    assert_string_equal(printable("\xc2\x9b"
                                  "31m",
                                  5),
                        "\\u009b31m");
    assert_string_equal(printable("\x9b\xff", 2), "\\x9b\\xff");
}

static void
test_printable__shows_every_control_and_format_character(void **state)
{
    /* Unicode 15 Bidi_Control, and what is drawn as nothing at all */
    static const uint32_t hidden[] = {
        0x061C, 0x200E, 0x200F, 0x202A,  0x202B,  0x202C,  0x202D,
        0x202E, 0x2066, 0x2067, 0x2068,  0x2069,  0x00AD,  0x180E,
        0x200B, 0x200C, 0x200D, 0x2028,  0x2029,  0x2060,  0xFEFF,
        0xFFF9, 0xFFFA, 0xFFFB, 0xE0001, 0xE0061, 0xE007F,
    };

    (void)state;
    for (uint32_t c = 0; c < 0xA0; c++) {
        char text[4], want[12];
        size_t n = encode(text, c);

        if (c >= 0x20 && c < 0x7F)
            continue;
        snprintf(want, sizeof want, c < 0x80 ? "\\x%02x" : "\\u%04x",
                 (unsigned)c);
        assert_string_equal(printable(text, n), want);
    }
    for (size_t i = 0; i < UNIT_COUNT(hidden); i++) {
        char text[4], want[12];
        size_t n = encode(text, hidden[i]);

        snprintf(want, sizeof want, "\\u%04x", (unsigned)hidden[i]);
        assert_string_equal(printable(text, n), want);
    }
}

static void
test_printable__halves_of_characters_are_none(void **state)
{
    static const uint32_t whole[] = { 0x20,   0x7E,   0xA0,   0xE9,
                                      0xD7FF, 0xE000, 0x1F600 };

    (void)state;
    assert_true(stk_text_is_unprintable(0x1B));
    assert_true(stk_text_is_unprintable(0x9B));
    assert_true(stk_text_is_unprintable(0x202E));
    assert_true(stk_text_is_unprintable(0xD800));
    assert_true(stk_text_is_unprintable(0xDFFF));
    for (size_t i = 0; i < UNIT_COUNT(whole); i++)
        assert_false(stk_text_is_unprintable(whole[i]));
}

static void
test_printable__a_text_that_fits_exactly_is_whole(void **state)
{
    char out[8];

    (void)state;
    assert_string_equal(stk_text_printable(out, 6, "abcde", 5), "abcde");
    assert_string_equal(stk_text_printable(out, 8, "abc\xff", 4), "abc\\xff");
    assert_string_equal(stk_text_printable(out, 1, "", 0), "");
}

static void
test_printable__a_longer_text_ends_in_dots(void **state)
{
    char out[8];

    (void)state;
    assert_string_equal(stk_text_printable(out, 6, "abcdef", 6), "ab...");
    assert_string_equal(stk_text_printable(out, 6, "a\xc3\xa9x\xc3\xa9", 6),
                        "a...");
    assert_string_equal(stk_text_printable(out, 4, "abcdef", 6), "...");
}

static void
test_printable__never_passes_its_size(void **state)
{
    static const char text[] = "ab\xc3\xa9\x1b\xe2\x80\xae\xff"
                               "cdefgh";

    (void)state;
    for (size_t size = 1; size < 40; size++) {
        char out[64];

        memset(out, '#', sizeof out);
        stk_text_printable(out, size, text, sizeof text - 1);
        assert_true(strlen(out) < size);
        assert_int_equal(out[size], '#');
        assert_int_equal(stk_utf8_check(out, strlen(out)), strlen(out));
    }
    stk_text_printable(NULL, 0, text, sizeof text - 1);
}

/* ---- guessing -------------------------------------------------------- */

static void
test_distance__counts_edits(void **state)
{
    static const struct {
        const char *a, *b;
        size_t edits;
    } cases[] = {
        { "", "", 0 },          { "allow", "allow", 0 },
        { "", "abc", 3 },       { "abc", "", 3 },
        { "alow", "allow", 1 }, { "dney", "deny", 1 },
        { "ab", "ba", 1 },      { "kitten", "sitting", 3 },
        { "abc", "xyz", 3 },    { "ca", "abc", 3 },
        { "abcd", "badc", 2 },  { "modules", "moduels", 1 },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        assert_int_equal(stk_text_distance(cases[i].a, cases[i].b, 9),
                         cases[i].edits);
        assert_int_equal(stk_text_distance(cases[i].b, cases[i].a, 9),
                         cases[i].edits);
    }
}

static void
test_distance__stops_counting_over_the_most(void **state)
{
    (void)state;
    assert_int_equal(stk_text_distance("abcdef", "uvwxyz", 2), 3);
    assert_int_equal(stk_text_distance("abcdef", "uvwxyz", 0), 1);
    assert_int_equal(stk_text_distance("abc", "abd", 1), 1);
}

static void
test_distance__long_words_are_equal_or_far(void **state)
{
    char a[100], b[100];

    (void)state;
    memset(a, 'x', sizeof a);
    a[64] = '\0';
    strcpy(b, a);
    b[63] = 'y';
    assert_int_equal(stk_text_distance(a, b, 3), 1);
    memset(a, 'x', 99), a[99] = '\0';
    strcpy(b, a);
    assert_int_equal(stk_text_distance(a, b, 3), 0);
    b[98] = 'y';
    assert_int_equal(stk_text_distance(a, b, 3), 4);
    assert_int_equal(stk_text_distance("x", b, 3), 4);
}

static void
test_nearest__guesses_what_was_meant(void **state)
{
    static const char *const words[] = { "allow",   "deny",    "signed",
                                         "observe", "enforce", NULL };

    (void)state;
    assert_string_equal(stk_text_nearest("alow", words), "allow");
    assert_string_equal(stk_text_nearest("dney", words), "deny");
    assert_string_equal(stk_text_nearest("enforced", words), "enforce");
    assert_string_equal(stk_text_nearest("obsreve", words), "observe");
    assert_string_equal(stk_text_nearest("deny", words), "deny");
}

static void
test_nearest__gives_nothing_for_what_is_far(void **state)
{
    static const char *const words[] = { "allow", "deny", NULL };
    static const char *const none[] = { NULL };

    (void)state;
    assert_null(stk_text_nearest("", words));
    assert_null(stk_text_nearest("python", words));
    assert_null(stk_text_nearest("all-the-things", words));
    assert_null(stk_text_nearest("allow", none));
}

static void
test_nearest__the_first_of_two_equals_wins(void **state)
{
    static const char *const words[] = { "cats", "bats", NULL };

    (void)state;
    assert_string_equal(stk_text_nearest("rats", words), "cats");
}

static void
test_nearest__a_third_of_the_letters_is_the_most(void **state)
{
    static const char *const words[] = { "abcdefghijkl", NULL };

    (void)state;
    assert_non_null(stk_text_nearest("abcdefghiXXX", words));
    assert_null(stk_text_nearest("abcdefghXXXX", words)); /* 3 at most */
    assert_null(stk_text_nearest("abc", words));
}

/* ---- copies ---------------------------------------------------------- */

static void
test_label__is_a_word_in_ascii(void **state)
{
    static const char *const wrong[] = { "",    "a b",      "a,b",
                                         "a/b", "a:b",      "a\n",
                                         "*",   "\xc3\xa9", "abcde" };

    (void)state;
    assert_true(stk_text_is_label("aZ", 4));
    assert_true(stk_text_is_label("0._-", 4));
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++)
        assert_false(stk_text_is_label(wrong[i], 4));
}

static void
test_word__takes_words_off_a_list(void **state)
{
    const char *rest = " a,, b\t";
    char word[8];

    (void)state;
    assert_true(stk_text_word(word, sizeof word, &rest, ", \t"));
    assert_string_equal(word, "a");
    assert_true(stk_text_word(word, sizeof word, &rest, ", \t"));
    assert_string_equal(word, "b");
    assert_false(stk_text_word(word, sizeof word, &rest, ", \t"));
    rest = "12345678";
    assert_false(stk_text_word(word, sizeof word, &rest, ", \t"));
}

static void
test_copies__are_the_callers(void **state)
{
    char *copy = stk_text_dup("abc"), *text = stk_text_printf("%s-%d", "x", 5);

    (void)state;
    assert_string_equal(copy, "abc");
    assert_string_equal(text, "x-5");
    free(copy);
    free(text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__takes_every_character_and_no_surrogate),
        cmocka_unit_test(test_utf8__refuses_what_is_malformed),
        cmocka_unit_test(
            test_utf8__check_gives_the_offset_of_the_first_bad_byte),
        cmocka_unit_test(test_utf8__check_finds_a_bad_byte_at_every_place),
        cmocka_unit_test(test_json__every_character_comes_back),
        cmocka_unit_test(test_json__bytes_that_are_no_utf8_are_shown),
        cmocka_unit_test(test_json__what_turns_or_hides_text_is_escaped),
        cmocka_unit_test(test_json__random_bytes_make_valid_json),
        cmocka_unit_test(test_json__no_byte_is_overlooked_wherever_it_stands),
        cmocka_unit_test(
            test_json__a_short_buffer_is_never_cut_within_an_escape),
        cmocka_unit_test(test_json__a_cut_text_is_a_prefix),
        cmocka_unit_test(test_printable__leaves_letters_of_all_alphabets),
        cmocka_unit_test(test_printable__shows_what_drives_a_terminal),
        cmocka_unit_test(
            test_printable__shows_every_control_and_format_character),
        cmocka_unit_test(test_printable__halves_of_characters_are_none),
        cmocka_unit_test(test_printable__a_text_that_fits_exactly_is_whole),
        cmocka_unit_test(test_printable__a_longer_text_ends_in_dots),
        cmocka_unit_test(test_printable__never_passes_its_size),
        cmocka_unit_test(test_distance__counts_edits),
        cmocka_unit_test(test_distance__stops_counting_over_the_most),
        cmocka_unit_test(test_distance__long_words_are_equal_or_far),
        cmocka_unit_test(test_nearest__guesses_what_was_meant),
        cmocka_unit_test(test_nearest__gives_nothing_for_what_is_far),
        cmocka_unit_test(test_nearest__the_first_of_two_equals_wins),
        cmocka_unit_test(test_nearest__a_third_of_the_letters_is_the_most),
        cmocka_unit_test(test_label__is_a_word_in_ascii),
        cmocka_unit_test(test_word__takes_words_off_a_list),
        cmocka_unit_test(test_copies__are_the_callers),
    };

    return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
