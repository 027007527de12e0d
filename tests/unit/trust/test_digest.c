/* SPDX-License-Identifier: Apache-2.0 */
/* BLAKE2b-256 of memory and of files, against `b2sum -l 256`. */
#include "trust/digest.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "unit.h"

#define OF_NOTHING                                                            \
    "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
#define OF_ABC                                                                \
    "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
/* head -c 200000 /dev/zero | b2sum -l 256 */
#define OF_200000_ZEROS                                                       \
    "e24e820b45c8f9e4de6fe37ad0d8efd34fbc0168a55860a77644da8865da7e06"

static void
assert_digest(const unsigned char digest[STK_DIGEST_BYTES],
              const char *expected)
{
    char hex[STK_DIGEST_HEX];

    assert_ptr_equal(stk_digest_hex(hex, digest), hex);
    assert_string_equal(hex, expected);
}

static void
test_memory__is_blake2b_256(void **state)
{
    unsigned char digest[STK_DIGEST_BYTES];

    (void)state;
    stk_digest_memory(digest, "", 0);
    assert_digest(digest, OF_NOTHING);
    stk_digest_memory(digest, "abc", 3);
    assert_digest(digest, OF_ABC);
}

static void
test_pieces__are_one_content(void **state)
{
    const stk_digest_piece pieces[] = { { "a", 1 }, { "", 0 }, { "bc", 2 } };
    unsigned char digest[STK_DIGEST_BYTES];

    (void)state;
    stk_digest_pieces(digest, pieces, 3);
    assert_digest(digest, OF_ABC);
    stk_digest_pieces(digest, NULL, 0);
    assert_digest(digest, OF_NOTHING);
}

static void
assert_file_digest(const char *path, const char *expected)
{
    unsigned char digest[STK_DIGEST_BYTES];
    stk_error err = STK_ERROR_INIT;

    if (stk_digest_file(digest, path, &err) < 0)
        fail_msg("%s: %s", path, err.message);
    assert_digest(digest, expected);
}

static void
test_file__is_the_digest_of_its_bytes(void **state)
{
    char *zeros = calloc(1, 200000);

    assert_file_digest(unit_write(state, "empty", "", 0), OF_NOTHING);
    assert_file_digest(unit_write(state, "abc", "abc", 3), OF_ABC);
    assert_file_digest(unit_write(state, "zeros", zeros, 200000),
                       OF_200000_ZEROS);
    free(zeros);
}

static void
test_file__follows_links(void **state)
{
    const char *link = unit_path(state, "link");

    unit_write(state, "abc", "abc", 3);
    assert_int_equal(symlink("abc", link), 0);
    assert_file_digest(link, OF_ABC);
}

static void
test_fd__counts_what_it_digests(void **state)
{
    unsigned char digest[STK_DIGEST_BYTES];
    int fd = open(unit_write(state, "xabc", "xabc", 4), O_RDONLY | O_CLOEXEC);
    stk_error err = STK_ERROR_INIT;
    uint64_t size = 99;

    assert_int_equal(lseek(fd, 1, SEEK_SET), 1);
    assert_int_equal(stk_digest_fd(digest, &size, fd, NULL), 0);
    assert_int_equal(size, 3);
    assert_digest(digest, OF_ABC);
    close(fd);
    assert_int_equal(stk_digest_fd(digest, &size, fd, &err), -STK_E_IO);
    assert_string_equal(err.message, "cannot read: Bad file descriptor");
}

static void
assert_refused(const char *path, const char *message)
{
    unsigned char digest[STK_DIGEST_BYTES];
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_digest_file(digest, path, &err), -STK_E_IO);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, path);
}

static void
test_file__says_what_has_no_digest(void **state)
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
        cmocka_unit_test(test_memory__is_blake2b_256),
        cmocka_unit_test(test_pieces__are_one_content),
        unit_test_in_folder(test_file__is_the_digest_of_its_bytes),
        unit_test_in_folder(test_file__follows_links),
        unit_test_in_folder(test_fd__counts_what_it_digests),
        unit_test_in_folder(test_file__says_what_has_no_digest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
