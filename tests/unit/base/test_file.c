/* SPDX-License-Identifier: Apache-2.0 */
/* base/file.c: what is no plain, private, bounded file is named as it is. */
#include "base/file.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "unit.h"

/* The read of `path` must fail with exactly `code` and `message`. */
static void
expect_refused(const char *path, size_t maximum, int code, const char *message)
{
    stk_file file = { (char *)"untouched", 9, 0, 0 };
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_file_read(&file, path, maximum, &err), -code);
    assert_int_equal(err.code, code);
    assert_string_equal(err.message, message);
    assert_string_equal(err.file, path);
    assert_string_equal(file.data, "untouched");
}

static void
test_read__gives_the_bytes_and_a_nul(void **state)
{
    const char *path = unit_write(state, "f", "a\0b\n", 4);
    stk_file file;

    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(stk_file_read(&file, path, 4, NULL), 0);
    assert_int_equal(file.length, 4);
    assert_memory_equal(file.data, "a\0b\n", 5);
    assert_int_equal(file.mode, 0640);
    assert_int_equal(file.owner, geteuid());
    stk_file_clear(&file);
    assert_null(file.data);
    stk_file_clear(&file);
}

static void
test_read__an_empty_file_is_an_empty_string(void **state)
{
    stk_file file;

    assert_int_equal(
        stk_file_read(&file, unit_write(state, "f", "", 0), 100, NULL), 0);
    assert_int_equal(file.length, 0);
    assert_string_equal(file.data, "");
    stk_file_clear(&file);
}

static void
test_read__follows_a_link_to_a_file(void **state)
{
    const char *link = unit_path(state, "link");
    stk_file file;

    assert_int_equal(symlink(unit_write(state, "f", "x", 1), link), 0);
    assert_int_equal(stk_file_read(&file, link, 1, NULL), 0);
    assert_string_equal(file.data, "x");
    stk_file_clear(&file);
}

static void
test_read__one_byte_over_the_maximum_is_refused(void **state)
{
    expect_refused(unit_write(state, "f", "12345", 5), 4, STK_E_LIMIT,
                   "is larger than 4 bytes");
}

static void
test_read__names_a_missing_file(void **state)
{
    expect_refused(unit_path(state, "none"), 9, STK_E_IO,
                   "cannot open: No such file or directory");
}

static void
test_read__names_a_folder(void **state)
{
    expect_refused(*state, 9, STK_E_IO, "is a directory");
}

static void
test_read__names_a_fifo_without_waiting_for_its_writer(void **state)
{
    const char *path = unit_path(state, "fifo");

    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(120);
    expect_refused(path, 9, STK_E_IO, "is a FIFO");
    alarm(0);
}

static void
test_read__names_a_socket(void **state)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = unit_path(state, "socket");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(strlen(path) < sizeof address.sun_path);
    strcpy(address.sun_path, path);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    expect_refused(path, 9, STK_E_IO, "is a socket");
    close(fd);
}

static void
test_read__names_a_device(void **state)
{
    (void)state;
    expect_refused("/dev/null", 9, STK_E_IO, "is a device");
}

static void
test_read__names_a_world_writable_file(void **state)
{
    const char *path = unit_write(state, "f", "x", 1);
    char message[PATH_MAX + 50];

    assert_int_equal(chmod(path, 0602), 0);
    snprintf(message, sizeof message, "is world-writable; run: chmod o-w %s",
             path);
    expect_refused(path, 9, STK_E_IO, message);
}

static void
test_read__looks_at_the_file_behind_a_link(void **state)
{
    const char *path = unit_write(state, "f", "x", 1);
    const char *link = unit_path(state, "link");
    stk_error err = STK_ERROR_INIT;
    stk_file file;

    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(symlink(path, link), 0);
    assert_int_equal(stk_file_read(&file, link, 9, &err), -STK_E_IO);
    assert_non_null(strstr(err.message, "is world-writable"));
}

static void
test_read__names_an_unreadable_file(void **state)
{
    const char *path = unit_write(state, "f", "x", 1);
    uid_t user = geteuid();

    assert_int_equal(chmod(path, 0), 0);
    /* root reads everything: be somebody else for the read */
    if (user == 0)
        assert_int_equal(seteuid(65534), 0);
    expect_refused(path, 9, STK_E_IO, "cannot open: Permission denied");
    assert_int_equal(seteuid(user), 0);
}

static void *
keep_growing(void *path)
{
    char block[4096];
    FILE *file = fopen(path, "ab");

    memset(block, 'x', sizeof block);
    /* 8 MiB at most, whether the reader stops early or not */
    for (int i = 0; file && i < 2048; i++) {
        fwrite(block, 1, sizeof block, file);
        fflush(file);
    }
    if (file)
        fclose(file);
    return NULL;
}

static void
test_read__a_file_that_grows_is_whole_blocks_or_too_large(void **state)
{
    char *path = strdup(unit_write(state, "f", "", 0));
    pthread_t writer;
    size_t limit = 1 << 20;

    assert_non_null(path);
    assert_int_equal(pthread_create(&writer, NULL, keep_growing, path), 0);
    for (int i = 0; i < 200; i++) {
        stk_file file;
        int failed = stk_file_read(&file, path, limit, NULL);

        if (failed) {
            assert_int_equal(failed, -STK_E_LIMIT);
            break;
        }
        assert_true(file.length <= limit);
        assert_int_equal(strspn(file.data, "x"), file.length);
        stk_file_clear(&file);
    }
    pthread_join(writer, NULL);
    expect_refused(path, limit, STK_E_LIMIT, "is larger than 1048576 bytes");
    free(path);
}

static void
test_read__leaves_no_descriptor_open(void **state)
{
    const char *path = unit_write(state, "f", "12345", 5);
    int before = open("/dev/null", O_RDONLY | O_CLOEXEC), after;
    stk_file file;

    close(before);
    assert_int_equal(stk_file_read(&file, path, 5, NULL), 0);
    stk_file_clear(&file);
    assert_true(stk_file_read(&file, path, 4, NULL) < 0);
    assert_true(stk_file_read(&file, *state, 4, NULL) < 0);
    after = open("/dev/null", O_RDONLY | O_CLOEXEC);
    close(after);
    assert_int_equal(after, before);
}

static void
test_path__folder_of_a_path(void **state)
{
    static const char *const cases[][2] = {
        { "policy.ini", "." },    { "a/policy.ini", "a" }, { "/p.ini", "/" },
        { "/a/b/p.ini", "/a/b" }, { "./p.ini", "." },      { "", "." },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        char *folder = stk_path_folder(cases[i][0]);

        assert_string_equal(folder, cases[i][1]);
        free(folder);
    }
}

static void
test_path__join_leaves_an_absolute_path_alone(void **state)
{
    static const char *const cases[][3] = {
        { "/etc", "p.ini", "/etc/p.ini" }, { "/", "p.ini", "/p.ini" },
        { ".", "p.ini", "p.ini" },         { "a", "/p.ini", "/p.ini" },
        { "a", "../p.ini", "a/../p.ini" }, { "", "p.ini", "p.ini" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        char *path = stk_path_join(cases[i][0], cases[i][1]);

        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

/* The names in the test's folder, but for "." and "..". */
static int
count_entries(void **state)
{
    char command[PATH_MAX + 30];
    FILE *pipe;
    int n = -1;

    snprintf(command, sizeof command, "ls -A '%s' | wc -l",
             (const char *)*state);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_int_equal(fscanf(pipe, "%d", &n), 1);
    pclose(pipe);
    return n;
}

static void
test_replace__creates_with_the_mode_whatever_the_umask(void **state)
{
    const char *path = unit_path(state, "new");
    mode_t umask_before = umask(077);
    stk_file file;

    assert_int_equal(stk_file_replace(path, "abc", 3, 0644, NULL), 0);
    umask(umask_before);
    assert_int_equal(stk_file_read(&file, path, 3, NULL), 0);
    assert_string_equal(file.data, "abc");
    assert_int_equal(file.mode, 0644);
    stk_file_clear(&file);
    assert_int_equal(count_entries(state), 1);
}

static void
test_replace__a_reader_keeps_the_old_file(void **state)
{
    const char *path = unit_write(state, "f", "old", 3);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    char old[4] = "";

    assert_int_equal(stk_file_replace(path, "newer", 5, 0600, NULL), 0);
    assert_int_equal(read(fd, old, 3), 3);
    assert_string_equal(old, "old");
    close(fd);
}

static void
test_replace__replaces_a_link_and_not_what_it_names(void **state)
{
    const char *victim = unit_write(state, "victim", "keep", 4);
    const char *link = unit_path(state, "link");
    stk_file file;

    assert_int_equal(symlink(victim, link), 0);
    assert_int_equal(stk_file_replace(link, "new", 3, 0600, NULL), 0);
    assert_int_equal(stk_file_read(&file, victim, 9, NULL), 0);
    assert_string_equal(file.data, "keep");
    stk_file_clear(&file);
}

static void
test_replace__a_failure_leaves_nothing_behind(void **state)
{
    const char *folder = unit_path(state, "folder");
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(stk_file_replace(folder, "x", 1, 0600, &err), -STK_E_IO);
    assert_string_equal(err.message, "cannot write: Is a directory");
    assert_string_equal(err.file, folder);
    assert_int_equal(count_entries(state), 1);
}

static void
test_replace__leaves_what_is_no_file(void **state)
{
    const char *pipe = unit_path(state, "pipe");
    const char *link = unit_path(state, "link");
    stk_error err = STK_ERROR_INIT;
    struct stat st;

    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_int_equal(symlink("pipe", link), 0);
    assert_int_equal(stk_file_replace(pipe, "x", 1, 0600, &err), -STK_E_IO);
    assert_string_equal(err.message, "is there, and is no regular file");
    assert_string_equal(err.file, pipe);
    assert_int_equal(stk_file_replace(link, "x", 1, 0600, NULL), -STK_E_IO);
    assert_int_equal(lstat(pipe, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(count_entries(state), 2);
}

static void
test_replace__names_a_missing_folder(void **state)
{
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(
        stk_file_replace(unit_path(state, "no/f"), "x", 1, 0600, &err),
        -STK_E_IO);
    assert_string_equal(err.message,
                        "cannot create: No such file or directory");
}

static void
test_path__absolute_is_from_the_root_on(void **state)
{
    char here[PATH_MAX], wanted[PATH_MAX + 16];
    char *got;

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    got = stk_path_absolute("/a/../b");
    assert_string_equal(got, "/a/../b");
    free(got);
    got = stk_path_absolute("");
    assert_string_equal(got, here);
    free(got);
    snprintf(wanted, sizeof wanted, "%s/a/b", here);
    got = stk_path_absolute("a/b");
    assert_string_equal(got, wanted);
    free(got);
}

static void
test_path__folded_it_says_the_same(void **state)
{
    static const char *const paths[][2] = {
        { "/a", "/a" },
        { "/a/", "/a" },
        { "/a//b///", "/a/b" },
        { "/a/./b/.", "/a/b" },
        { "/", "/" },
        { "//.//", "/" },
        { "/a/../b", "/a/../b" },
        { "/.a/..b", "/.a/..b" },
        { "//a", "/a" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(paths); i++) {
        char path[32];

        snprintf(path, sizeof path, "%s", paths[i][0]);
        stk_path_fold(path);
        assert_string_equal(path, paths[i][1]);
    }
}

static void
test_path__resolved_it_has_no_part_that_goes_back(void **state)
{
    static const char *const paths[][2] = {
        { "/a", "/a" },
        { "/a/../b", "/b" },
        { "/a/b/../../c", "/c" },
        { "/a/b/..", "/a" },
        { "/a/..", "/" },
        { "/..", "/" },
        { "/../../a", "/a" },
        { "/a/.././b//../c", "/c" },
        { "/a/..b/...", "/a/..b/..." },
        { "/", "/" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(paths); i++) {
        char path[32];

        snprintf(path, sizeof path, "%s", paths[i][0]);
        stk_path_resolve(path);
        assert_string_equal(path, paths[i][1]);
    }
}

static void
test_path__below_is_the_rest(void **state)
{
    static const char *const cases[][3] = {
        { "/srv/a", "/srv/a/b/c.py", "b/c.py" },
        { "/srv/a", "/srv/a", "" },
        { "/srv/a", "/srv/a/", "" },
        { "/srv/a", "/srv/ab", NULL },
        { "/srv/a", "/srv", NULL },
        { "/srv/a", "/usr/a/b", NULL },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
        const char *rest = stk_path_below(cases[i][0], cases[i][1]);

        if (cases[i][2])
            assert_string_equal(rest, cases[i][2]);
        else
            assert_null(rest);
    }
}

static void
test_path__same_is_one_file_under_two_names(void **state)
{
    char file[4096], other[4096], link[4096];

    snprintf(file, sizeof file, "%s", unit_write(state, "f", "x", 1));
    snprintf(other, sizeof other, "%s", unit_write(state, "g", "x", 1));
    snprintf(link, sizeof link, "%s", unit_path(state, "link"));
    assert_int_equal(symlink(file, link), 0);
    assert_true(stk_path_is_same(file, file));
    assert_true(stk_path_is_same(file, link));
    assert_false(stk_path_is_same(file, other));
    assert_int_equal(unlink(link), 0);
    assert_false(stk_path_is_same(link, link));
}

static void
test_stat__what_was_written_or_given_away_is_changed(void **state)
{
    const char *path = unit_write(state, "f", "x", 1);
    struct stat before, now;

    assert_int_equal(stat(path, &before), 0);
    now = before;
    assert_true(stk_stat_is_unchanged(&before, &now));
    now.st_size++;
    assert_false(stk_stat_is_unchanged(&before, &now));
    now = before;
    now.st_mtim.tv_nsec ^= 1;
    assert_false(stk_stat_is_unchanged(&before, &now));
    /* chmod and chown leave their time, whatever utimensat says of the rest */
    now = before;
    now.st_ctim.tv_nsec ^= 1;
    assert_false(stk_stat_is_unchanged(&before, &now));
    now = before;
    now.st_ino++;
    assert_false(stk_stat_is_unchanged(&before, &now));
}

static void
test_open__takes_a_regular_file_alone(void **state)
{
    stk_error err = STK_ERROR_INIT;
    const char *path = unit_write(state, "f", "abc", 3);
    char data[4];
    int fd = stk_file_open(path, &err);

    assert_true(fd >= 0);
    assert_int_equal(stk_fd_read(fd, data, sizeof data), 3);
    assert_int_equal(stk_fd_read(fd, data, sizeof data), 0);
    close(fd);
    assert_int_equal(stk_file_open(unit_path(state, "none"), &err), -STK_E_IO);
    assert_int_equal(err.sys_errno, ENOENT);
    assert_int_equal(stk_file_open(*state, &err), -STK_E_IO);
    assert_string_equal(err.message, "is no regular file");
    assert_int_equal(mkfifo(unit_path(state, "p"), 0600), 0);
    assert_int_equal(stk_file_open(unit_path(state, "p"), NULL), -STK_E_IO);
}

static void
test_fd__what_cannot_be_read_or_written_is_told(void **state)
{
    char data[4];

    (void)state;
    assert_int_equal(stk_fd_read(-1, data, 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(stk_fd_write(-1, "x", 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(stk_fd_write(-1, "", 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_read__gives_the_bytes_and_a_nul),
        unit_test_in_folder(test_read__an_empty_file_is_an_empty_string),
        unit_test_in_folder(test_read__follows_a_link_to_a_file),
        unit_test_in_folder(test_read__one_byte_over_the_maximum_is_refused),
        unit_test_in_folder(test_read__names_a_missing_file),
        unit_test_in_folder(test_read__names_a_folder),
        unit_test_in_folder(
            test_read__names_a_fifo_without_waiting_for_its_writer),
        unit_test_in_folder(test_read__names_a_socket),
        unit_test_in_folder(test_read__names_a_device),
        unit_test_in_folder(test_read__names_a_world_writable_file),
        unit_test_in_folder(test_read__looks_at_the_file_behind_a_link),
        unit_test_in_folder(test_read__names_an_unreadable_file),
        unit_test_in_folder(
            test_read__a_file_that_grows_is_whole_blocks_or_too_large),
        unit_test_in_folder(test_read__leaves_no_descriptor_open),
        cmocka_unit_test(test_path__folder_of_a_path),
        cmocka_unit_test(test_path__join_leaves_an_absolute_path_alone),
        unit_test_in_folder(
            test_replace__creates_with_the_mode_whatever_the_umask),
        unit_test_in_folder(test_replace__a_reader_keeps_the_old_file),
        unit_test_in_folder(
            test_replace__replaces_a_link_and_not_what_it_names),
        unit_test_in_folder(test_replace__a_failure_leaves_nothing_behind),
        unit_test_in_folder(test_replace__leaves_what_is_no_file),
        unit_test_in_folder(test_replace__names_a_missing_folder),
        cmocka_unit_test(test_path__absolute_is_from_the_root_on),
        cmocka_unit_test(test_path__folded_it_says_the_same),
        cmocka_unit_test(test_path__resolved_it_has_no_part_that_goes_back),
        cmocka_unit_test(test_path__below_is_the_rest),
        unit_test_in_folder(test_path__same_is_one_file_under_two_names),
        unit_test_in_folder(
            test_stat__what_was_written_or_given_away_is_changed),
        unit_test_in_folder(test_open__takes_a_regular_file_alone),
        cmocka_unit_test(test_fd__what_cannot_be_read_or_written_is_told),
    };

    return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
