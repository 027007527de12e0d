/* SPDX-License-Identifier: Apache-2.0 */
/* trust/loadable.c: segments are loaded, and nothing behind the last one. */
#include "trust/loadable.h"

#include "unit.h"

#define SIZE 400u

static void
put(unsigned char *at, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

/* Two segments: 0 to 200, 200 to `end`; and one that has no bytes. */
static void
make_file(unsigned char file[SIZE], uint64_t end)
{
    memset(file, 0, SIZE);
    memcpy(file, "\177ELF\2\1", 6);
    put(file + 32, 64, 8);
    put(file + 54, 56, 2);
    put(file + 56, 3, 2);
    put(file + 64 + 32, 200, 8);
    put(file + 120 + 8, 200, 8);
    put(file + 120 + 32, end - 200, 8);
    put(file + 176 + 8, 900, 8);
}

static void
test_loadable__ends_with_the_last_segment(void **state)
{
    unsigned char file[SIZE];

    (void)state;
    make_file(file, 300);
    assert_int_equal(stk_loadable(file, SIZE), 300);
    make_file(file, SIZE);
    assert_int_equal(stk_loadable(file, SIZE), SIZE);
}

static void
test_loadable__keeps_the_table_of_segments(void **state)
{
    unsigned char file[SIZE];

    (void)state;
    make_file(file, 210);
    assert_int_equal(stk_loadable(file, SIZE), 64 + 3 * 56);
}

static void
test_loadable__what_is_odd_is_loaded_whole(void **state)
{
    static const struct {
        size_t at;
        uint64_t value;
        size_t n;
    } odd[] = {
        { 0, 0, 1 },           /* no ELF */
        { 4, 1, 1 },           /* of 32 bits */
        { 5, 2, 1 },           /* big-endian */
        { 54, 57, 2 },         /* entries of another size */
        { 56, 0, 2 },          /* no entries */
        { 56, 7, 2 },          /* more than the file has room for */
        { 32, UINT64_MAX, 8 }, /* a table that is nowhere */
        { 120 + 8, 401, 8 },   /* a segment behind the end */
        { 120 + 32, 201, 8 },  /* over the end */
        { 120 + 32, UINT64_MAX, 8 },
    };
    unsigned char file[SIZE];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(odd); i++) {
        make_file(file, 300);
        put(file + odd[i].at, odd[i].value, odd[i].n);
        assert_int_equal(stk_loadable(file, SIZE), SIZE);
    }
}

static void
test_loadable__a_file_that_is_cut_is_loaded_whole(void **state)
{
    unsigned char file[SIZE];

    (void)state;
    make_file(file, 300);
    for (size_t n = 0; n < 300; n++)
        assert_int_equal(stk_loadable(file, n), n);
    assert_int_equal(stk_loadable(file, 300), 300);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loadable__ends_with_the_last_segment),
        cmocka_unit_test(test_loadable__keeps_the_table_of_segments),
        cmocka_unit_test(test_loadable__what_is_odd_is_loaded_whole),
        cmocka_unit_test(test_loadable__a_file_that_is_cut_is_loaded_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
