/* SPDX-License-Identifier: Apache-2.0 */
/* wire/nest.c: depth, budgets, keys. */
#include "wire/nest.h"

#include "base/clock.h"
#include "wire.h"

#define INVALID STK_E_INVALID
#define LIMIT   STK_E_LIMIT

typedef struct bytes {
    unsigned char data[1u << 17];
    size_t length;
} bytes;

static void
put(bytes *out, const void *data, size_t length)
{
    assert_true(length <= sizeof out->data - out->length);
    memcpy(out->data + out->length, data, length);
    out->length += length;
}

static void
repeat(bytes *out, const char *data, size_t length, unsigned times)
{
    while (times-- > 0)
        put(out, data, length);
}

/* A head with a count of two bytes. */
static void
put_count(bytes *out, unsigned char first, unsigned count)
{
    const unsigned char head[] = { first, (unsigned char)(count >> 8),
                                   (unsigned char)count };

    put(out, head, sizeof head);
}

static void
assert_bounded(const bytes *in, const stk_value_bounds *bounds, int code,
               const char *message)
{
    stk_error err;
    int r = read_all(in->data, in->length, bounds, &err);

    assert_int_equal(r, -code);
    if (code)
        assert_string_equal(err.message, message);
}

static void
test_add__takes_100_levels_and_not_101(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    bytes deep = { .length = 0 };

    (void)state;
    repeat(&deep, "\x81", 1, 99);
    put(&deep, "\x80", 1);
    assert_bounded(&deep, &bounds, 0, NULL);
    deep.length = 0;
    repeat(&deep, "\x81", 1, 100);
    put(&deep, "\x05", 1);
    assert_bounded(&deep, &bounds, 0, NULL);
    deep.length = 0;
    repeat(&deep, "\x81", 1, 100);
    put(&deep, "\x80", 1);
    assert_bounded(&deep, &bounds, LIMIT, "offset 100: nested too deeply");
    deep.length = 0;
    repeat(&deep, "\xa1\x01", 2, 20000);
    assert_bounded(&deep, &bounds, LIMIT, "offset 200: nested too deeply");
}

static void
test_add__takes_as_many_values_as_the_bound_says(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    bytes many = { .length = 0 };

    (void)state;
    put(&many, "\x83\x01\x81\x02\x03", 5);
    bounds.items = 5;
    assert_bounded(&many, &bounds, 0, NULL);
    bounds.items = 4;
    assert_bounded(&many, &bounds, LIMIT, "offset 4: too many values");
    /* the count alone is enough */
    bounds.items = 3;
    assert_bounded(&many, &bounds, LIMIT, "offset 0: too many values");
    many.length = 0;
    put(&many, "\xa2\x01\x01\x02\x02", 5);
    bounds.items = 4;
    assert_bounded(&many, &bounds, LIMIT, "offset 0: too many values");
    bounds.items = SIZE_MAX;
    assert_bounded(&many, &bounds, 0, NULL);
}

/* What is a byte on the wire is a hundred in Python. */
static void
test_add__pays_for_what_the_value_becomes(void **state)
{
    static const struct {
        const char *value;
        size_t length, at_least;
    } values[] = {
        { "\x80", 1, 56 + 8 },          /* [] */
        { "\xa0", 1, 64 + 8 },          /* {} */
        { "\xd9\x01\x02\x80", 4, 224 }, /* set() */
        { "\x01", 1, 32 + 8 },
        { "\x60", 1, 49 + 8 },
        { "\x65"
          "a\xf0\x9f\x98\x80",
          6, 76 + 2 * 4 + 8 },
        { "\x40", 1, 33 + 8 },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(values); i++) {
        stk_value_bounds bounds = wide_bounds();
        bytes many = { .length = 0 };

        put_count(&many, 0x99, 1000);
        repeat(&many, values[i].value, values[i].length, 1000);
        bounds.memory = 1000 * values[i].at_least - 1;
        assert_int_equal(
            read_all(many.data, many.length, &bounds, &(stk_error){ 0 }),
            -LIMIT);
        bounds.memory = 1000 * 1000;
        assert_bounded(&many, &bounds, 0, NULL);
    }
}

static void
test_add__counts_memory_over_the_whole_frame(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    bytes two = { .length = 0 };

    (void)state;
    put(&two,
        "\x82\x43"
        "abc\x43"
        "abc",
        9);
    bounds.memory = 80 + 16 + 2 * (48 + 3);
    assert_bounded(&two, &bounds, 0, NULL);
    bounds.memory--;
    assert_bounded(&two, &bounds, LIMIT, "offset 5: too much memory");
}

static void
test_add__stops_at_the_deadline(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    bytes many = { .length = 0 };

    (void)state;
    put_count(&many, 0x99, 1000);
    repeat(&many, "\x01", 1, 1000);
    bounds.deadline = stk_clock_monotonic_ns() + UINT64_C(60000000000);
    assert_bounded(&many, &bounds, 0, NULL);
    bounds.deadline = 1;
    assert_bounded(&many, &bounds, LIMIT, "offset 0: takes too long");
}

static void
test_add__has_a_deadline_where_none_was_set(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    const stk_token list = { .type = STK_VALUE_LIST, .count = 1000 };
    const stk_token item = { .type = STK_VALUE_NONE };
    stk_nest nest;

    (void)state;
    for (unsigned n = 0; n < 3; n++) {
        uint64_t now = stk_clock_monotonic_ns();

        bounds.deadline = n == 2 ? UINT64_MAX : 0;
        stk_nest_init(&nest, &bounds);
        assert_int_equal(stk_nest_add(&nest, &list, 0, 3), 0);
        for (unsigned i = 0; i < 100; i++)
            assert_int_equal(stk_nest_add(&nest, &item, i + 3, i + 4), 0);
        if (n == 2) {
            assert_true(nest.bounds.deadline == UINT64_MAX);
            continue;
        }
        assert_in_range(nest.bounds.deadline, now + STK_VALUE_READING_NS,
                        stk_clock_monotonic_ns() + STK_VALUE_READING_NS);
    }
}

/* A builder that needs a millisecond a value is stopped at the next. */
static void
test_add__looks_at_the_clock_at_each_value_when_they_are_slow(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    const stk_token list = { .type = STK_VALUE_LIST, .count = 1000 };
    const stk_token item = { .type = STK_VALUE_NONE };
    stk_nest nest;
    unsigned n = 0;

    (void)state;
    bounds.deadline = UINT64_MAX;
    stk_nest_init(&nest, &bounds);
    assert_int_equal(stk_nest_add(&nest, &list, 0, 3), 0);
    nest.bounds.deadline = stk_clock_monotonic_ns() + 40000000;
    while (stk_nest_add(&nest, &item, n + 3, n + 4) == 0) {
        usleep(2000);
        n++;
    }
    assert_string_equal(nest.why, "takes too long");
    assert_true(n <= 22);
}

static void
test_add__takes_any_number_of_plain_keys(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    bytes keys = { .length = 0 };

    (void)state;
    put_count(&keys, 0xb9, 1000);
    for (unsigned i = 0; i < 1000; i++) {
        put_count(&keys, 0x19, 256 + i);
        put(&keys, "\xf6", 1);
    }
    assert_bounded(&keys, &bounds, 0, NULL);
    assert_read("d9 0102 88 f4 f5 f6 61 61 41 61 fb 3ff199999999999a "
                "1b 0fffffffffffffff 3b 0ffffffffffffffe");
}

/* Chosen ints of 61 bits all have the hash 0. */
static void
test_add__takes_64_keys_that_can_collide(void **state)
{
    static const struct {
        const char *key;
        size_t length;
    } odd[] = {
        { "\x1b\x10\x00\x00\x00\x00\x00\x00\x00", 9 },
        { "\x3b\x0f\xff\xff\xff\xff\xff\xff\xff", 9 },
        { "\xc2\x49\x01\x00\x00\x00\x00\x00\x00\x00\x00", 11 },
        { "\xc6\x80", 2 },
        { "\xc7\x80", 2 },
        { "\xc9\x01", 2 },
        { "\xcc\x81\x01", 3 },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(odd); i++)
        for (unsigned map = 0; map < 2; map++)
            for (unsigned over = 0; over < 2; over++) {
                stk_value_bounds bounds = wide_bounds();
                bytes keys = { .length = 0 };
                stk_error err;

                put(&keys, map ? "\xb8" : "\xd9\x01\x02\x98", map ? 1 : 4);
                put(&keys, over ? "\x41" : "\x40", 1);
                for (unsigned n = 0; n < 64 + over; n++) {
                    put(&keys, odd[i].key, odd[i].length);
                    if (map)
                        put(&keys, "\x00", 1);
                }
                assert_int_equal(
                    read_all(keys.data, keys.length, &bounds, &err),
                    over ? -LIMIT : 0);
                if (over)
                    assert_non_null(
                        strstr(err.message, "too many keys that can collide"));
            }
}

/* 40 in each of two sets: the bound is the frame's. */
static void
test_add__counts_odd_keys_over_the_whole_frame(void **state)
{
    stk_value_bounds bounds = wide_bounds();
    bytes keys = { .length = 0 };

    (void)state;
    put(&keys, "\x82", 1);
    for (unsigned i = 0; i < 2; i++) {
        put(&keys, "\xd9\x01\x02\x98\x28", 5);
        repeat(&keys, "\xc6\x80", 2, 40);
    }
    assert_bounded(&keys, &bounds, LIMIT,
                   "offset 139: too many keys that can collide");
}

/* A tuple of bytes: `length` of them with its heads. */
static void
put_tuple(bytes *out, unsigned length)
{
    put(out, "\xc6\x81", 2);
    put_count(out, 0x59, length - 5);
    out->length += length - 5;
}

static void
test_add__bounds_the_length_of_odd_keys(void **state)
{
    for (unsigned over = 0; over < 2; over++) {
        stk_value_bounds bounds = wide_bounds();
        bytes key = { .length = 0 }, keys = { .length = 0 };

        (void)state;
        put(&key, "\xa1", 1);
        put_tuple(&key, 65536 + over);
        put(&key, "\x00", 1);
        assert_bounded(&key, &bounds, over ? LIMIT : 0,
                       "offset 3: keys are too long");
        put(&keys, "\xd9\x01\x02\x82", 4);
        put_tuple(&keys, 32768);
        put_tuple(&keys, 32768 + over);
        assert_bounded(&keys, &bounds, over ? LIMIT : 0,
                       "offset 32774: keys are too long");
    }
}

static void
test_add__refuses_keys_that_python_cannot_hash(void **state)
{
    (void)state;
    assert_refused("a1 80 00", INVALID, "offset 1: cannot be a key");
    assert_refused("a1 a0 00", INVALID, "offset 1: cannot be a key");
    assert_refused("a1 d9 0102 80 00", INVALID, "offset 1: cannot be a key");
    assert_refused("a1 ca 82 00 00 00", INVALID, "offset 1: cannot be a key");
    assert_refused("d9 0102 81 80", INVALID, "offset 4: cannot be a key");
    assert_refused("c7 81 a0", INVALID, "offset 2: cannot be a key");
    /* values are no keys */
    assert_read("a2 01 80 02 a0");
    assert_read("a1 c6 80 a1 c6 80 80");
}

static void
test_add__wants_a_number_in_front_of_handles_and_records(void **state)
{
    (void)state;
    assert_refused("c8 81 61 61", INVALID, "offset 2: has no number");
    assert_refused("c8 82 20 61 61", INVALID, "offset 2: has no number");
    assert_refused("cc 81 80", INVALID, "offset 2: has no number");
    assert_refused("cc 82 f6 01", INVALID, "offset 2: has no number");
    assert_read("cc 83 01 61 61 80");
}

static void
test_add__takes_objects_only_where_they_are_allowed(void **state)
{
    static const char *const objects[] = { "c8 81 01", "81 c9 01" };
    stk_value_bounds bounds = wide_bounds();
    stk_error err;

    (void)state;
    bounds.objects = false;
    for (size_t i = 0; i < UNIT_COUNT(objects); i++) {
        size_t length;
        unsigned char *data = unhex(objects[i], &length);

        assert_read(objects[i]);
        assert_int_equal(read_all(data, length, &bounds, &err), -INVALID);
        assert_non_null(strstr(err.message, "no objects here"));
        free(data);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add__takes_100_levels_and_not_101),
        cmocka_unit_test(test_add__takes_as_many_values_as_the_bound_says),
        cmocka_unit_test(test_add__pays_for_what_the_value_becomes),
        cmocka_unit_test(test_add__counts_memory_over_the_whole_frame),
        cmocka_unit_test(test_add__stops_at_the_deadline),
        cmocka_unit_test(test_add__has_a_deadline_where_none_was_set),
        cmocka_unit_test(
            test_add__looks_at_the_clock_at_each_value_when_they_are_slow),
        cmocka_unit_test(test_add__takes_any_number_of_plain_keys),
        cmocka_unit_test(test_add__takes_64_keys_that_can_collide),
        cmocka_unit_test(test_add__counts_odd_keys_over_the_whole_frame),
        cmocka_unit_test(test_add__bounds_the_length_of_odd_keys),
        cmocka_unit_test(test_add__refuses_keys_that_python_cannot_hash),
        cmocka_unit_test(
            test_add__wants_a_number_in_front_of_handles_and_records),
        cmocka_unit_test(test_add__takes_objects_only_where_they_are_allowed),
    };

    return cmocka_run_group_tests_name("wire/nest", tests, NULL, NULL);
}
