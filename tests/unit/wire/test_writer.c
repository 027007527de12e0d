/* SPDX-License-Identifier: Apache-2.0 */
/* wire/writer.c: what it writes, and what it refuses to. */
#include "wire/writer.h"

#include <math.h>

#include "base/cleanup.h"
#include "wire.h"

static stk_writer
begin(void)
{
    const stk_value_bounds bounds = wide_bounds();
    stk_writer writer = STK_WRITER_INIT;

    assert_int_equal(stk_writer_begin(&writer, 0, &bounds), 0);
    return writer;
}

/* Ends the frame: it has these bytes, and a reader takes them. */
static void
assert_wrote(stk_writer *writer, const char *hex)
{
    const stk_value_bounds bounds = wide_bounds();
    stk_error err = STK_ERROR_INIT;
    size_t length;
    unsigned char *bytes = unhex(hex, &length);

    if (stk_writer_finish(writer, &err) < 0)
        fail_msg("%s: %s", hex, err.message);
    assert_int_equal(writer->length, length);
    assert_memory_equal(writer->data, bytes, length);
    assert_int_equal(read_all(bytes, length, &bounds, &err), 0);
    free(bytes);
    assert_int_equal(stk_writer_begin(writer, 0, &bounds), 0);
}

static void
assert_failed(stk_writer *writer, int code, const char *message)
{
    const stk_value_bounds bounds = wide_bounds();
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_writer_finish(writer, &err), -code);
    assert_string_equal(err.message, message);
    assert_int_equal(stk_writer_begin(writer, 0, &bounds), 0);
}

static void
test_int__takes_the_shortest_head(void **state)
{
    static const struct {
        int64_t value;
        const char *hex;
    } ints[] = {
        { 0, "00" },
        { 23, "17" },
        { 24, "1818" },
        { 255, "18ff" },
        { 256, "190100" },
        { 65535, "19ffff" },
        { 65536, "1a00010000" },
        { INT64_C(4294967295), "1affffffff" },
        { INT64_C(4294967296), "1b0000000100000000" },
        { INT64_MAX, "1b7fffffffffffffff" },
        { -1, "20" },
        { -24, "37" },
        { -25, "3818" },
        { -256, "38ff" },
        { -257, "390100" },
        { INT64_MIN, "3b7fffffffffffffff" },
    };
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(ints); i++) {
        stk_writer_int(&writer, ints[i].value);
        assert_wrote(&writer, ints[i].hex);
    }
    stk_writer_uint(&writer, UINT64_MAX);
    assert_wrote(&writer, "1bffffffffffffffff");
    stk_writer_negative(&writer, UINT64_MAX);
    assert_wrote(&writer, "3bffffffffffffffff");
}

static void
test_bignum__is_an_int_where_it_fits(void **state)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();

    (void)state;
    stk_writer_bignum(&writer, false, "\0\0\1\2", 4);
    assert_wrote(&writer, "19 0102");
    stk_writer_bignum(&writer, true, "", 0);
    assert_wrote(&writer, "20");
    stk_writer_bignum(&writer, true, "\0\xff\xff\xff\xff\xff\xff\xff\xff", 9);
    assert_wrote(&writer, "3b ffffffffffffffff");
    stk_writer_bignum(&writer, false, "\0\1\0\0\0\0\0\0\0\0", 10);
    assert_wrote(&writer, "c2 49 010000000000000000");
    stk_writer_bignum(&writer, true, "\1\0\0\0\0\0\0\0\0", 9);
    assert_wrote(&writer, "c3 49 010000000000000000");
}

static void
test_bignum__is_bounded(void **state)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();
    char *bytes = malloc(STK_VALUE_BIGNUM_MAX + 1);

    (void)state;
    memset(bytes, 1, STK_VALUE_BIGNUM_MAX + 1);
    assert_int_equal(
        stk_writer_bignum(&writer, false, bytes, STK_VALUE_BIGNUM_MAX), 0);
    stk_writer_bignum(&writer, false, bytes, STK_VALUE_BIGNUM_MAX + 1);
    assert_failed(&writer, STK_E_LIMIT, "too large an int");
    free(bytes);
}

static void
test_float__has_one_nan(void **state)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();

    (void)state;
    stk_writer_float(&writer, 1.1);
    assert_wrote(&writer, "fb 3ff199999999999a");
    stk_writer_float(&writer, -0.0);
    assert_wrote(&writer, "fb 8000000000000000");
    stk_writer_float(&writer, (double)INFINITY);
    assert_wrote(&writer, "fb 7ff0000000000000");
    stk_writer_float(&writer, -(double)NAN);
    assert_wrote(&writer, "fb 7ff8000000000000");
}

static void
test_values__are_written_as_the_format_says(void **state)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();

    (void)state;
    stk_writer_none(&writer);
    assert_wrote(&writer, "f6");
    stk_writer_bool(&writer, true);
    assert_wrote(&writer, "f5");
    stk_writer_bool(&writer, false);
    assert_wrote(&writer, "f4");
    stk_writer_text(&writer, "\xc3\xbc", 2);
    assert_wrote(&writer, "62 c3bc");
    stk_writer_text(&writer, NULL, 0);
    assert_wrote(&writer, "60");
    stk_writer_bytes(&writer, "\0\xff", 2);
    assert_wrote(&writer, "42 00ff");
    stk_writer_surrogates(&writer, "\xed\xa0\x80", 3);
    assert_wrote(&writer, "cb 43 eda080");
    stk_writer_buffer(&writer, 1, 4096);
    assert_wrote(&writer, "ca 82 01 191000");
    stk_writer_own(&writer, 300);
    assert_wrote(&writer, "c9 19012c");
}

static void
test_sealed__notes_each_descriptor_once_and_no_fifth(void **state)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_writer writer = STK_WRITER_INIT;

    (void)state;
    bounds.buffers = STK_WRITER_FDS_MAX;
    stk_writer_begin(&writer, 0, &bounds);
    stk_writer_hold(&writer, STK_VALUE_LIST, 6);
    for (int fd = 10; fd < 14; fd++)
        assert_int_equal(stk_writer_sealed(&writer, fd, 1), 0);
    assert_int_equal(stk_writer_sealed(&writer, 11, 1), 0);
    assert_int_equal(writer.n_fds, 4);
    assert_int_equal(writer.fds[3], 13);
    assert_true(stk_writer_sealed(&writer, 14, 1) < 0);
    assert_int_equal(writer.n_fds, 4);
    stk_writer_begin(&writer, 0, &bounds);
    assert_int_equal(writer.n_fds, 0);
    stk_writer_clear(&writer);
}

static void
test_hold__writes_each_kind(void **state)
{
    static const struct {
        enum stk_value_type type;
        const char *hex;
    } kinds[] = {
        { STK_VALUE_LIST, "82 01 02" },
        { STK_VALUE_TUPLE, "c6 82 01 02" },
        { STK_VALUE_SET, "d90102 82 01 02" },
        { STK_VALUE_FROZENSET, "c7 82 01 02" },
        { STK_VALUE_HANDLE, "c8 82 01 02" },
        { STK_VALUE_RECORD, "cc 82 01 02" },
    };
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
        stk_writer_hold(&writer, kinds[i].type, 2);
        stk_writer_int(&writer, 1);
        stk_writer_int(&writer, 2);
        assert_wrote(&writer, kinds[i].hex);
    }
    stk_writer_hold(&writer, STK_VALUE_MAP, 1);
    stk_writer_int(&writer, 1);
    stk_writer_hold(&writer, STK_VALUE_LIST, 0);
    assert_wrote(&writer, "a1 01 80");
}

static void
test_put__writes_back_what_was_read(void **state)
{
    const char *hex = "8d f6 f4 f5 181e 3903e7 c249010000000000000000 "
                      "fb3ff199999999999a 6161 c6814100 d901028101 "
                      "c781cb43eda080 a101c8820161 66 cc820aca820005";
    stk_value_bounds bounds = wide_bounds();
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();
    stk_reader reader;
    stk_token token;
    stk_error err;
    size_t length;
    unsigned char *bytes = unhex(hex, &length);

    (void)state;
    stk_reader_init(&reader, bytes, length, &bounds);
    while (!reader.nest.complete) {
        if (stk_reader_next(&reader, &token, &err) < 0)
            fail_msg("%s", err.message);
        assert_int_equal(stk_writer_put(&writer, &token), 0);
    }
    assert_wrote(&writer, hex);
    free(bytes);
}

static void
test_begin__leaves_room_for_a_header(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;

    (void)state;
    bounds.bytes = 3;
    assert_int_equal(stk_writer_begin(&writer, 1000, &bounds), 0);
    memset(writer.data, 0xAA, 1000);
    stk_writer_bytes(&writer, "ab", 2);
    assert_int_equal(stk_writer_finish(&writer, NULL), 0);
    assert_int_equal(writer.length, 1003);
    assert_memory_equal(writer.data + 999,
                        "\xaa\x42"
                        "ab",
                        4);
}

static void
test_begin__gives_back_what_a_large_frame_took(void **state)
{
    const stk_value_bounds bounds = wide_bounds();
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();
    char *bytes = calloc(1, 4u << 20);
    const unsigned char *kept;

    (void)state;
    stk_writer_bytes(&writer, bytes, 4u << 20);
    assert_int_equal(stk_writer_finish(&writer, NULL), 0);
    assert_true(writer.size >= 4u << 20);
    assert_int_equal(stk_writer_begin(&writer, 0, &bounds), 0);
    assert_int_equal(writer.size, 0);
    stk_writer_bytes(&writer, bytes, 4096);
    kept = writer.data;
    assert_int_equal(stk_writer_begin(&writer, 0, &bounds), 0);
    assert_ptr_equal(writer.data, kept);
    free(bytes);
}

static void
test_writer__refuses_what_a_reader_would(void **state)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();

    (void)state;
    stk_writer_text(&writer, "\xff", 1);
    assert_failed(&writer, STK_E_INVALID, "no UTF-8");
    stk_writer_surrogates(&writer, "x", 1);
    assert_failed(&writer, STK_E_INVALID, "has no surrogates");
    stk_writer_hold(&writer, STK_VALUE_SET, 1);
    stk_writer_hold(&writer, STK_VALUE_LIST, 0);
    assert_failed(&writer, STK_E_INVALID, "cannot be a key");
    stk_writer_hold(&writer, STK_VALUE_HANDLE, 1);
    stk_writer_none(&writer);
    assert_failed(&writer, STK_E_INVALID, "has no number");
    stk_writer_hold(&writer, STK_VALUE_INT, 1);
    assert_failed(&writer, STK_E_STATE, "holds no values");
    stk_writer_hold(&writer, STK_VALUE_NOTHING, 1);
    assert_failed(&writer, STK_E_STATE, "holds no values");
    stk_writer_buffer(&writer, 2, 1);
    assert_failed(&writer, STK_E_INVALID,
                  "names a descriptor that is not there");
    stk_writer_hold(&writer, STK_VALUE_LIST, SIZE_MAX);
    assert_failed(&writer, STK_E_LIMIT, "too many values");
    stk_writer_bytes(&writer, "", SIZE_MAX);
    assert_failed(&writer, STK_E_LIMIT, "too long");
    for (unsigned i = 0; i < 101; i++)
        stk_writer_hold(&writer, STK_VALUE_LIST, 1);
    assert_failed(&writer, STK_E_LIMIT, "nested too deeply");
}

static void
test_writer__writes_up_to_its_bound(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    STK_CLEANUP(stk_writer_clear) stk_writer writer = STK_WRITER_INIT;

    (void)state;
    bounds.bytes = 10;
    for (size_t length = 0; length < 20; length++) {
        assert_int_equal(stk_writer_begin(&writer, 0, &bounds), 0);
        assert_int_equal(
            stk_writer_bytes(&writer, "0123456789abcdefghij", length),
            length <= 9 ? 0 : -STK_E_LIMIT);
    }
    assert_failed(&writer, STK_E_LIMIT, "too long");
}

static void
test_finish__wants_exactly_one_value(void **state)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();

    (void)state;
    assert_failed(&writer, STK_E_STATE, "not the whole value");
    stk_writer_hold(&writer, STK_VALUE_LIST, 2);
    stk_writer_none(&writer);
    assert_failed(&writer, STK_E_STATE, "not the whole value");
    stk_writer_none(&writer);
    stk_writer_none(&writer);
    assert_failed(&writer, STK_E_INVALID, "a second value");
}

static void
test_writer__a_failure_sticks(void **state)
{
    STK_CLEANUP(stk_writer_clear) stk_writer writer = begin();

    (void)state;
    assert_int_equal(stk_writer_text(&writer, "\xff", 1), -STK_E_INVALID);
    assert_int_equal(stk_writer_none(&writer), -STK_E_INVALID);
    assert_int_equal(stk_writer_hold(&writer, STK_VALUE_INT, 0),
                     -STK_E_INVALID);
    assert_failed(&writer, STK_E_INVALID, "no UTF-8");
}

static void
test_writer__writes_nothing_before_it_began(void **state)
{
    stk_writer writer = STK_WRITER_INIT;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    assert_int_equal(stk_writer_none(&writer), -STK_E_STATE);
    assert_int_equal(stk_writer_finish(&writer, &err), -STK_E_STATE);
    assert_string_equal(err.message, "no frame was begun");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_int__takes_the_shortest_head),
        cmocka_unit_test(test_bignum__is_an_int_where_it_fits),
        cmocka_unit_test(test_bignum__is_bounded),
        cmocka_unit_test(test_float__has_one_nan),
        cmocka_unit_test(test_values__are_written_as_the_format_says),
        cmocka_unit_test(test_sealed__notes_each_descriptor_once_and_no_fifth),
        cmocka_unit_test(test_hold__writes_each_kind),
        cmocka_unit_test(test_put__writes_back_what_was_read),
        cmocka_unit_test(test_begin__leaves_room_for_a_header),
        cmocka_unit_test(test_begin__gives_back_what_a_large_frame_took),
        cmocka_unit_test(test_writer__refuses_what_a_reader_would),
        cmocka_unit_test(test_writer__writes_up_to_its_bound),
        cmocka_unit_test(test_finish__wants_exactly_one_value),
        cmocka_unit_test(test_writer__a_failure_sticks),
        cmocka_unit_test(test_writer__writes_nothing_before_it_began),
    };

    return cmocka_run_group_tests_name("wire/writer", tests, NULL, NULL);
}
