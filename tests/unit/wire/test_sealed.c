/* SPDX-License-Identifier: Apache-2.0 */
/* wire/sealed.c: what is mapped is what was checked. */
#include "wire/sealed.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "base/cleanup.h"
#include "unit.h"

#define MAXIMUM 1000000u

static int
make_memfd(unsigned flags, const char *text, int seals)
{
    int fd = memfd_create("test", MFD_CLOEXEC | flags);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    if (seals)
        assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static void
assert_refused(int fd, size_t length, int code, const char *message)
{
    stk_sealed sealed = STK_SEALED_INIT;
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_sealed_map(&sealed, fd, length, MAXIMUM, &err),
                     -code);
    assert_string_equal(err.message, message);
    assert_null(sealed.data);
}

static void
test_new__makes_what_map_takes(void **state)
{
    const size_t lengths[] = { 0, 1, 4096, 100001 };
    char *bytes = malloc(100001);

    (void)state;
    memset(bytes, 'x', 100001);
    for (size_t i = 0; i < UNIT_COUNT(lengths); i++) {
        STK_CLEANUP(stk_sealed_clear) stk_sealed sealed = STK_SEALED_INIT;
        int fd;

        assert_int_equal(stk_sealed_new(&fd, bytes, lengths[i], NULL), 0);
        assert_int_equal(
            stk_sealed_map(&sealed, fd, lengths[i], MAXIMUM, NULL), 0);
        assert_int_equal(close(fd), 0);
        assert_int_equal(sealed.length, lengths[i]);
        assert_memory_equal(sealed.data, bytes, lengths[i]);
    }
    free(bytes);
}

static void
test_new__leaves_nobody_a_way_to_write(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(stk_sealed_new(&fd, "bytes", 5, NULL), 0);
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(ftruncate(fd, 4096), -1);
    assert_ptr_equal(mmap(NULL, 5, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0),
                     MAP_FAILED);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL), -1);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}

/* Each seal alone that is missing is a way to change it. */
static void
test_map__wants_every_seal(void **state)
{
    static const int seals[] = {
        0,
        F_SEAL_SHRINK | F_SEAL_GROW,
        F_SEAL_SHRINK | F_SEAL_WRITE,
        F_SEAL_GROW | F_SEAL_WRITE,
        F_SEAL_SEAL,
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(seals); i++) {
        int fd = make_memfd(MFD_ALLOW_SEALING, "hello", seals[i]);

        assert_refused(fd, 5, STK_E_INVALID, "a buffer without seals");
        close(fd);
    }
}

static void
test_map__takes_nothing_but_a_memfd(void **state)
{
    int pipes[2], zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);

    (void)state;
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    assert_refused(pipes[0], 5, STK_E_INVALID, "a buffer without seals");
    assert_refused(zero, 5, STK_E_INVALID, "a buffer without seals");
    assert_refused(-1, 5, STK_E_INVALID, "a buffer without seals");
    close(pipes[0]);
    close(pipes[1]);
    close(zero);
}

static void
test_map__wants_exactly_the_length_that_was_said(void **state)
{
    int fd;

    (void)state;
    assert_int_equal(stk_sealed_new(&fd, "hello", 5, NULL), 0);
    assert_refused(fd, 4, STK_E_INVALID, "a buffer that has not 4 bytes");
    assert_refused(fd, 6, STK_E_INVALID, "a buffer that has not 6 bytes");
    assert_refused(fd, 0, STK_E_INVALID, "a buffer that has not 0 bytes");
    assert_refused(fd, MAXIMUM + 1, STK_E_LIMIT,
                   "a buffer of more than 1000000 bytes");
    close(fd);
}

static void
test_trust__maps_without_asking(void **state)
{
    stk_sealed sealed = STK_SEALED_INIT;
    int fd = make_memfd(0, "hello", 0);

    (void)state;
    assert_int_equal(stk_sealed_trust(&sealed, fd, 5, NULL), 0);
    assert_memory_equal(sealed.data, "hello", 5);
    stk_sealed_clear(&sealed);
    assert_null(sealed.data);
    stk_sealed_clear(&sealed);
    assert_int_equal(stk_sealed_trust(&sealed, -1, 5, NULL), -STK_E_IO);
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new__makes_what_map_takes),
        cmocka_unit_test(test_new__leaves_nobody_a_way_to_write),
        cmocka_unit_test(test_map__wants_every_seal),
        cmocka_unit_test(test_map__takes_nothing_but_a_memfd),
        cmocka_unit_test(test_map__wants_exactly_the_length_that_was_said),
        cmocka_unit_test(test_trust__maps_without_asking),
    };

    return cmocka_run_group_tests_name("wire/sealed", tests, NULL, NULL);
}
