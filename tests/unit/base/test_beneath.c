/* SPDX-License-Identifier: Apache-2.0 */
/* base/beneath.c: nothing outside of the folder is ever opened. */
#include "base/beneath.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "unit.h"

/* What `path` below the test's folder is; the descriptor is closed. */
static int
look_up(void **state, const char *path)
{
    int folder = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int fd = -2, result;

    assert_true(folder >= 0);
    result = stk_beneath_open(&fd, folder, path, NULL);
    if (result == STK_BENEATH_FILE || result == STK_BENEATH_FOLDER)
        assert_int_equal(close(fd), 0);
    else
        assert_int_equal(fd, -1);
    close(folder);
    return result;
}

static void
test_folder__is_a_folder_or_a_link_to_one(void **state)
{
    int fd;

    assert_int_equal(mkdir(unit_path(state, "d"), 0755), 0);
    unit_write(state, "f", "x", 1);
    assert_int_equal(symlink("d", unit_path(state, "dlink")), 0);
    fd = stk_beneath_folder(unit_path(state, "dlink"));
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(stk_beneath_folder(unit_path(state, "f")), -1);
    assert_int_equal(errno, ENOTDIR);
    assert_int_equal(stk_beneath_folder(unit_path(state, "none")), -1);
    assert_int_equal(errno, ENOENT);
}

static void
test_open__tells_files_and_folders_apart(void **state)
{
    assert_int_equal(mkdir(unit_path(state, "d"), 0755), 0);
    unit_write(state, "d/f", "x", 1);
    assert_int_equal(look_up(state, "d"), STK_BENEATH_FOLDER);
    assert_int_equal(look_up(state, "d/f"), STK_BENEATH_FILE);
    assert_int_equal(look_up(state, "d/g"), STK_BENEATH_MISSING);
    assert_int_equal(look_up(state, "d/f/g"), STK_BENEATH_MISSING);
    assert_int_equal(mkfifo(unit_path(state, "p"), 0600), 0);
    assert_int_equal(look_up(state, "p"), STK_BENEATH_OTHER);
}

static void
test_open__follows_no_link(void **state)
{
    assert_int_equal(mkdir(unit_path(state, "d"), 0755), 0);
    unit_write(state, "d/f", "x", 1);
    assert_int_equal(symlink("f", unit_path(state, "d/link")), 0);
    assert_int_equal(symlink("d", unit_path(state, "dlink")), 0);
    assert_int_equal(look_up(state, "d/link"), STK_BENEATH_OTHER);
    assert_int_equal(look_up(state, "dlink/f"), STK_BENEATH_OTHER);
}

static void
test_open__leads_nowhere_else(void **state)
{
    static const char *const paths[] = {
        "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/", "", "..", "."
    };

    for (size_t i = 0; i < UNIT_COUNT(paths); i++)
        assert_int_equal(look_up(state, paths[i]), -STK_E_INVALID);
}

/* A kernel before 5.6 has no openat2(2). From here on, this is one. */
static void
test_open__does_the_same_without_openat2(void **state)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { UNIT_COUNT(filter), filter };

    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        unit_skip("this machine has no seccomp");
    assert_int_equal(syscall(SYS_openat2, -1, "x", NULL, 0), -1);
    assert_int_equal(errno, ENOSYS);
    test_open__tells_files_and_folders_apart(state);
    test_open__leads_nowhere_else(state);
    assert_int_equal(look_up(state, "d/f"), STK_BENEATH_FILE);
    assert_int_equal(symlink("f", unit_path(state, "d/link")), 0);
    assert_int_equal(symlink("d", unit_path(state, "dlink")), 0);
    assert_int_equal(look_up(state, "d/link"), STK_BENEATH_OTHER);
    assert_int_equal(look_up(state, "dlink/f"), STK_BENEATH_OTHER);
}

static void
read_back(void **state, size_t length, size_t maximum, int expected)
{
    char *data = calloc(1, length + 1), *read = NULL;
    size_t read_length = 0;
    int fd;

    assert_non_null(data);
    memset(data, 'x', length);
    fd = open(unit_write(state, "f", data, length), O_RDONLY | O_CLOEXEC);
    assert_int_equal(stk_beneath_read(&read, &read_length, fd, maximum, NULL),
                     expected);
    if (expected == 0) {
        assert_int_equal(read_length, length);
        assert_memory_equal(read, data, length + 1);
    }
    free(read);
    free(data);
    close(fd);
}

static void
test_read__is_bounded(void **state)
{
    read_back(state, 0, 0, 0);
    read_back(state, 1, 0, -STK_E_LIMIT);
    read_back(state, 5000, 5000, 0);
    read_back(state, 5001, 5000, -STK_E_LIMIT);
    read_back(state, 100000, 1 << 20, 0);
}

static void
read_sized(void **state, size_t size, int expected)
{
    char *read = NULL;
    int fd = open(unit_write(state, "f", "abcd", 4), O_RDONLY | O_CLOEXEC);

    assert_int_equal(stk_beneath_read_sized(&read, fd, size, NULL), expected);
    if (expected)
        assert_string_equal(read, "abcd");
    else
        assert_null(read);
    free(read);
    close(fd);
}

static void
test_read_sized__a_file_has_exactly_that_size(void **state)
{
    read_sized(state, 4, 1);
    read_sized(state, 3, 0);
    read_sized(state, 0, 0);
    read_sized(state, 5, 0);
    read_sized(state, 100000, 0);
}

/* Whose size is not told: stat(2) gives 0. */
static void
test_read__believes_the_bytes_and_not_the_size(void **state)
{
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    char *data = NULL;
    size_t length = 0;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(stk_beneath_read(&data, &length, fd, 1 << 20, NULL), 0);
    assert_true(length > 100);
    free(data);
    close(fd);
}

static void
test_read__a_folder_is_an_error(void **state)
{
    int fd = open(*state, O_RDONLY | O_CLOEXEC);
    stk_error err = STK_ERROR_INIT;
    char *data = NULL;
    size_t length = 0;

    assert_int_equal(stk_beneath_read(&data, &length, fd, 100, &err),
                     -STK_E_IO);
    assert_string_equal(err.message, "cannot read: Is a directory");
    close(fd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_folder__is_a_folder_or_a_link_to_one),
        unit_test_in_folder(test_open__tells_files_and_folders_apart),
        unit_test_in_folder(test_open__follows_no_link),
        unit_test_in_folder(test_open__leads_nowhere_else),
        unit_test_in_folder(test_read__is_bounded),
        unit_test_in_folder(test_read_sized__a_file_has_exactly_that_size),
        cmocka_unit_test(test_read__believes_the_bytes_and_not_the_size),
        unit_test_in_folder(test_read__a_folder_is_an_error),
        /* the last one: it changes the process */
        unit_test_in_folder(test_open__does_the_same_without_openat2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
