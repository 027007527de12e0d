/* SPDX-License-Identifier: Apache-2.0 */
/* Both digests, against `b2sum -l 256` and `b2sum`. */
#include "trust/content.h"

#include <sys/stat.h>

#include "unit.h"

#define ABC_256                                                               \
    "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
#define ABC_512                                                               \
    "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"        \
    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"

static void
assert_hex(const unsigned char *data, const char *expected)
{
    char hex[3];

    for (size_t i = 0; expected[2 * i]; i++) {
        snprintf(hex, sizeof hex, "%02x", data[i]);
        assert_memory_equal(hex, expected + 2 * i, 2);
    }
}

static void
test_memory__has_size_and_both_digests(void **state)
{
    stk_content content;

    (void)state;
    stk_content_memory(&content, "abc", 3);
    assert_int_equal(content.size, 3);
    assert_hex(content.digest, ABC_256);
    assert_hex(content.prehash, ABC_512);
}

static void
test_file__is_as_its_bytes_in_memory(void **state)
{
    char *zeros = calloc(1, 200000);
    stk_content memory, file;
    stk_error err = STK_ERROR_INIT;
    const char *path = unit_write(state, "zeros", zeros, 200000);

    stk_content_memory(&memory, zeros, 200000);
    assert_int_equal(stk_content_file(&file, path, &err), 0);
    assert_int_equal(file.size, 200000);
    assert_memory_equal(file.digest, memory.digest, sizeof file.digest);
    assert_memory_equal(file.prehash, memory.prehash, sizeof file.prehash);
    free(zeros);
}

static void
assert_refused(const char *path, const char *message)
{
    stk_content content;
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_content_file(&content, path, &err), -STK_E_IO);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, path);
}

static void
test_file__says_what_has_none(void **state)
{
    const char *fifo = unit_path(state, "fifo");

    assert_refused(unit_path(state, "none"),
                   "cannot open: No such file or directory");
    assert_refused(*state, "is no regular file");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_refused(fifo, "is no regular file");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory__has_size_and_both_digests),
        unit_test_in_folder(test_file__is_as_its_bytes_in_memory),
        unit_test_in_folder(test_file__says_what_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
