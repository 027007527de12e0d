/* SPDX-License-Identifier: Apache-2.0 */
/* wire/reader.c: each byte that may be, and each that may not. */
#include "wire/reader.h"

#include "wire.h"

#define INVALID STK_E_INVALID
#define LIMIT   STK_E_LIMIT

typedef struct script {
    unsigned char *bytes;
    size_t length;
    stk_value_bounds bounds;
    stk_reader reader;
    stk_error err;
} script;

static script
start(const char *hex)
{
    script at = { .bounds = wide_bounds(), .err = STK_ERROR_INIT };

    at.bytes = unhex(hex, &at.length);
    stk_reader_init(&at.reader, at.bytes, at.length, &at.bounds);
    return at;
}

static stk_token
next(script *at)
{
    stk_token token;

    if (stk_reader_next(&at->reader, &token, &at->err) < 0)
        fail_msg("%s", at->err.message);
    return token;
}

static void
finish(script *at)
{
    if (stk_reader_finish(&at->reader, &at->err) < 0)
        fail_msg("%s", at->err.message);
    free(at->bytes);
}

static stk_token
read_one(const char *hex)
{
    script at = start(hex);
    stk_token token = next(&at);

    finish(&at);
    return token;
}

static void
assert_int(const char *hex, bool negative, uint64_t integer)
{
    stk_token token = read_one(hex);

    assert_int_equal(token.type, STK_VALUE_INT);
    assert_int_equal(token.negative, negative);
    assert_true(token.integer == integer);
}

/* The examples of RFC 8949, appendix A, as far as they are of the subset. */
static void
test_next__reads_the_examples_of_the_rfc(void **state)
{
    (void)state;
    assert_int("00", false, 0);
    assert_int("17", false, 23);
    assert_int("18 18", false, 24);
    assert_int("19 03e8", false, 1000);
    assert_int("1a 000f4240", false, 1000000);
    assert_int("1b 000000e8d4a51000", false, UINT64_C(1000000000000));
    assert_int("1b ffffffffffffffff", false, UINT64_MAX);
    assert_int("3b ffffffffffffffff", true, UINT64_MAX);
    assert_int("20", true, 0);
    assert_int("39 03e7", true, 999);
    assert_int_equal(read_one("f4").type, STK_VALUE_FALSE);
    assert_int_equal(read_one("f5").type, STK_VALUE_TRUE);
    assert_int_equal(read_one("f6").type, STK_VALUE_NONE);
    assert_true(read_one("fb 3ff199999999999a").real == 1.1);
    assert_true(read_one("fb fff0000000000000").real == -1.0 / 0.0);
    assert_true(read_one("fb 7ff8000000000000").real !=
                read_one("fb 7ff8000000000000").real);
}

static void
test_next__reads_large_ints(void **state)
{
    stk_token token = read_one("c2 49 010000000000000000");

    (void)state;
    assert_int_equal(token.type, STK_VALUE_BIGNUM);
    assert_false(token.negative);
    assert_int_equal(token.length, 9);
    assert_int_equal(read_one("c3 49 010000000000000000").negative, true);
}

static void
test_next__tells_how_wide_a_text_is(void **state)
{
    static const struct {
        const char *hex;
        size_t length, characters;
        uint32_t widest;
    } texts[] = {
        { "60", 0, 0, 0x7F },
        { "64 49455446", 4, 4, 0x7F },
        { "62 c3bc", 2, 1, 0xFF },
        { "62 c480", 2, 1, 0xFFFF },
        { "63 e6b0b4", 3, 1, 0xFFFF },
        { "64 f0908591", 4, 1, 0x10FFFF },
        { "6f 6161616161616161616161 f0908591", 15, 12, 0x10FFFF },
        { "6a c3bc6161616161616161", 10, 9, 0xFF },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        stk_token token = read_one(texts[i].hex);

        assert_int_equal(token.type, STK_VALUE_TEXT);
        assert_int_equal(token.length, texts[i].length);
        assert_int_equal(token.characters, texts[i].characters);
        assert_int_equal(token.widest, texts[i].widest);
    }
}

static void
test_next__reads_what_holds_values_in_order(void **state)
{
    script at = start("d9 0102 82 01 c6 82 41 ff a1 61 61");
    stk_token token = next(&at);

    (void)state;
    assert_int_equal(token.type, STK_VALUE_SET);
    assert_int_equal(token.count, 2);
    assert_int_equal(next(&at).integer, 1);
    assert_int_equal(next(&at).type, STK_VALUE_TUPLE);
    token = next(&at);
    assert_int_equal(token.type, STK_VALUE_BYTES);
    assert_int_equal(token.bytes[0], 0xFF);
    assert_int_equal(next(&at).type, STK_VALUE_MAP);
    assert_memory_equal(next(&at).bytes, "a", 1);
    assert_int_equal(stk_reader_finish(&at.reader, &at.err), -INVALID);
    assert_string_equal(at.err.message, "offset 12: not the whole value");
    free(at.bytes);
}

static void
test_next__reads_objects_buffers_and_records(void **state)
{
    script at = start("84 c8 82 07 61 66 c9 18 2a ca 82 01 19 1000 cc 81 05");
    stk_token token;

    (void)state;
    assert_int_equal(next(&at).type, STK_VALUE_LIST);
    token = next(&at);
    assert_int_equal(token.type, STK_VALUE_HANDLE);
    assert_int_equal(token.count, 2);
    assert_int_equal(next(&at).integer, 7);
    assert_int_equal(next(&at).type, STK_VALUE_TEXT);
    token = next(&at);
    assert_int_equal(token.type, STK_VALUE_OWN);
    assert_int_equal(token.integer, 42);
    token = next(&at);
    assert_int_equal(token.type, STK_VALUE_BUFFER);
    assert_int_equal(token.integer, 1);
    assert_int_equal(token.length, 4096);
    assert_int_equal(next(&at).type, STK_VALUE_RECORD);
    assert_int_equal(next(&at).integer, 5);
    finish(&at);
}

static void
test_next__reads_a_text_with_surrogates(void **state)
{
    script at = start("cb 45 61 eda080 62");
    stk_token token = next(&at);

    (void)state;
    assert_int_equal(token.type, STK_VALUE_SURROGATES);
    assert_int_equal(token.length, 5);
    assert_memory_equal(token.bytes, "a\xed\xa0\x80\x62", 5);
    finish(&at);
}

static void
test_next__refuses_heads_that_could_be_shorter(void **state)
{
    static const char *const heads[] = {
        "18 17",       "19 00ff",  "1a 0000ffff", "1b 00000000ffffffff",
        "38 00",       "58 01 00", "78 01 61",    "98 01 00",
        "b8 01 00 00", "d8 06 80", "d9 0006 80",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(heads); i++)
        assert_refused(heads[i], INVALID,
                       "offset 0: a head that could be shorter");
}

static void
test_next__refuses_what_the_subset_does_not_have(void **state)
{
    static const struct {
        const char *hex, *message;
    } refused[] = {
        { "1c", "no head of this format" },
        { "1f", "no head of this format" },
        { "5f 41 00 ff", "no head of this format" },
        { "7f 61 61 ff", "no head of this format" },
        { "9f ff", "no head of this format" },
        { "bf ff", "no head of this format" },
        { "ff", "no simple value of this format" },
        { "f7", "no simple value of this format" },
        { "e0", "no simple value of this format" },
        { "f8 ff", "no simple value of this format" },
        { "f9 3c00", "no simple value of this format" },
        { "fa 47c35000", "no simple value of this format" },
        { "c0 60", "no tag of this format" },
        { "c1 00", "no tag of this format" },
        { "c4 82 00 01", "no tag of this format" },
        { "cd 80", "no tag of this format" },
        { "d9 d9f7 00", "no tag of this format" },
        { "db ffffffffffffffff 00", "no tag of this format" },
        { "fb 7ff8000000000001", "a NaN that is not the NaN" },
        { "fb fff8000000000000", "a NaN that is not the NaN" },
        { "fb 7ff0000000000001", "a NaN that is not the NaN" },
        { "c2 48 0100000000000000", "a large int that could be shorter" },
        { "c2 49 00ffffffffffffffff", "a large int that could be shorter" },
        { "c2 40", "a large int that could be shorter" },
        { "c2 58 09 010000000000000000", "a head that could be shorter" },
        { "c2 00", "not what its tag is for" },
        { "c6 a0", "not what its tag is for" },
        { "c6 c6 80", "not what its tag is for" },
        { "d9 0102 01", "not what its tag is for" },
        { "c9 20", "not what its tag is for" },
        { "cb 61 61", "not what its tag is for" },
        { "cb 41 61", "has no surrogates" },
        { "cb 40", "has no surrogates" },
        { "cb 43 edafff", "no text with surrogates" },
        { "cb 44 eda080ff", "no text with surrogates" },
        { "cb 42 eda0", "no text with surrogates" },
        { "61 ff", "no UTF-8" },
        { "62 c080", "no UTF-8" },
        { "63 eda080", "no UTF-8" },
        { "64 f4908080", "no UTF-8" },
        { "62 61c3", "no UTF-8" },
        { "ca 81 00", "no buffer" },
        { "ca 82 00 20", "not what its tag is for" },
        { "ca 82 00 1b ffffffffffffffff", "no buffer" },
        { "ca 82 02 00", "names a descriptor that is not there" },
        { "c8 80", "no handle" },
        { "c8 89 01 01 01 01 01 01 01 01 01", "no handle" },
        { "cc 80", "no record" },
        { "cc 89 01 01 01 01 01 01 01 01 01", "no record" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(refused); i++) {
        char message[80];

        snprintf(message, sizeof message, "offset 0: %s", refused[i].message);
        assert_refused(refused[i].hex, INVALID, message);
    }
}

static void
test_next__refuses_what_is_cut_off_at_every_byte(void **state)
{
    const char *hex = "88 18 2a 19 1234 1a 12345678 1b 123456789abcdef0 "
                      "fb 3ff199999999999a 63 616263 d9 0102 81 01 a1 01 "
                      "c2 49 010000000000000000";
    stk_value_bounds bounds = wide_bounds();
    stk_error err;
    size_t length;
    unsigned char *bytes = unhex(hex, &length);

    (void)state;
    assert_int_equal(read_all(bytes, length, &bounds, &err), 0);
    for (size_t cut = 0; cut < length; cut++) {
        unsigned char *part = malloc(cut ? cut : 1);

        memcpy(part, bytes, cut);
        assert_int_equal(read_all(part, cut, &bounds, &err), -INVALID);
        free(part);
    }
    free(bytes);
}

static void
test_next__refuses_lengths_and_counts_beyond_the_end(void **state)
{
    (void)state;
    assert_refused("42 00", INVALID, "offset 0: longer than what is left");
    assert_refused("5b ffffffffffffffff 00", INVALID,
                   "offset 0: longer than what is left");
    assert_refused("7b 7fffffffffffffff 00", INVALID,
                   "offset 0: longer than what is left");
    assert_refused("82 00", INVALID,
                   "offset 0: more values than bytes are left");
    /* what made another decoder allocate for three seconds */
    assert_refused("9a 0fffffff", INVALID,
                   "offset 0: more values than bytes are left");
    assert_refused("a1 00", INVALID,
                   "offset 0: more values than bytes are left");
    assert_refused("bb 8000000000000000 00 00", INVALID,
                   "offset 0: more values than bytes are left");
    assert_refused("81 82 00", INVALID,
                   "offset 1: more values than bytes are left");
}

static void
test_finish__refuses_what_is_behind_the_value(void **state)
{
    (void)state;
    assert_refused("00 00", INVALID, "offset 1: bytes behind the value");
    assert_refused("80 f6", INVALID, "offset 1: bytes behind the value");
    assert_refused("", INVALID, "offset 0: cut off");
}

static void
test_next__refuses_a_second_value(void **state)
{
    script at = start("00 00");
    stk_token token;

    (void)state;
    next(&at);
    assert_int_equal(stk_reader_next(&at.reader, &token, &at.err), -INVALID);
    assert_string_equal(at.err.message, "offset 1: a second value");
    assert_int_equal(token.type, STK_VALUE_NOTHING);
    free(at.bytes);
}

static void
test_next__reads_nothing_behind_an_error(void **state)
{
    script at = start("82 ff 00");
    stk_token token;

    (void)state;
    next(&at);
    assert_int_equal(stk_reader_next(&at.reader, &token, &at.err), -INVALID);
    assert_int_equal(stk_reader_next(&at.reader, &token, &at.err), -INVALID);
    assert_string_equal(at.err.message, "refused already");
    assert_int_equal(stk_reader_finish(&at.reader, &at.err), -INVALID);
    free(at.bytes);
}

static void
test_next__refuses_a_frame_longer_than_its_bound(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    stk_error err;

    (void)state;
    bounds.bytes = 3;
    assert_int_equal(read_all("\x42\x01\x02", 3, &bounds, &err), 0);
    assert_int_equal(read_all("\x43\x01\x02\x03", 4, &bounds, &err), -LIMIT);
    assert_string_equal(err.message, "longer than 3 bytes");
}

static void
test_expect__says_what_came_instead(void **state)
{
    script at = start("82 80 01");
    stk_token token;

    (void)state;
    assert_int_equal(
        stk_reader_expect(&at.reader, STK_VALUE_LIST, &token, &at.err), 0);
    assert_int_equal(
        stk_reader_expect(&at.reader, STK_VALUE_INT, &token, &at.err),
        -INVALID);
    assert_string_equal(at.err.message,
                        "offset 1: a list where an int is expected");
    assert_int_equal(stk_reader_next(&at.reader, &token, &at.err), -INVALID);
    free(at.bytes);
}

static void
test_skip__reads_over_one_value_with_what_it_holds(void **state)
{
    script at = start("83 a1 61 61 82 01 02 80 05");

    (void)state;
    next(&at);
    assert_int_equal(stk_reader_skip(&at.reader, &at.err), 0);
    assert_int_equal(stk_reader_skip(&at.reader, &at.err), 0);
    assert_int_equal(next(&at).integer, 5);
    finish(&at);
}

static void
test_refuse__sticks(void **state)
{
    script at = start("a2 01 02 01 03");

    (void)state;
    assert_int_equal(stk_reader_skip(&at.reader, &at.err), 0);
    assert_int_equal(
        stk_reader_refuse(&at.reader, &at.err, "a key came twice"), -INVALID);
    assert_string_equal(at.err.message, "offset 5: a key came twice");
    assert_int_equal(stk_reader_finish(&at.reader, &at.err), -INVALID);
    free(at.bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next__reads_the_examples_of_the_rfc),
        cmocka_unit_test(test_next__reads_large_ints),
        cmocka_unit_test(test_next__tells_how_wide_a_text_is),
        cmocka_unit_test(test_next__reads_what_holds_values_in_order),
        cmocka_unit_test(test_next__reads_objects_buffers_and_records),
        cmocka_unit_test(test_next__reads_a_text_with_surrogates),
        cmocka_unit_test(test_next__refuses_heads_that_could_be_shorter),
        cmocka_unit_test(test_next__refuses_what_the_subset_does_not_have),
        cmocka_unit_test(test_next__refuses_what_is_cut_off_at_every_byte),
        cmocka_unit_test(test_next__refuses_lengths_and_counts_beyond_the_end),
        cmocka_unit_test(test_finish__refuses_what_is_behind_the_value),
        cmocka_unit_test(test_next__refuses_a_second_value),
        cmocka_unit_test(test_next__reads_nothing_behind_an_error),
        cmocka_unit_test(test_next__refuses_a_frame_longer_than_its_bound),
        cmocka_unit_test(test_expect__says_what_came_instead),
        cmocka_unit_test(test_skip__reads_over_one_value_with_what_it_holds),
        cmocka_unit_test(test_refuse__sticks),
    };

    return cmocka_run_group_tests_name("wire/reader", tests, NULL, NULL);
}
