/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/landlock.c: Landlock alone, without any other layer. */
#include "sandbox/landlock.h"

#include <netinet/in.h>

#include "confined.h"

static stk_profile profile;
static stk_sandbox_report *report; /* shared with the children */
static char folder[PATH_MAX];

static int
begin(void **state)
{
    char path[PATH_MAX + 16];

    stk_profile_init(&profile, "p");
    report = confined_share(sizeof *report);
    if (unit_folder_make(state) < 0)
        return -1;
    snprintf(folder, sizeof folder, "%s", (char *)*state);
    snprintf(path, sizeof path, "%s/file", folder);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    return 0;
}

static int
end(void **state)
{
    stk_landlock_newest = STK_LANDLOCK_ANY;
    munmap(report, sizeof *report);
    return unit_folder_remove(state);
}

static void
set(const char *key, const char *value)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_profile_set(&profile, key, value, &err) < 0)
        fail_msg("%s", err.message);
}

static void
restrict_child(void *payload)
{
    stk_error err = STK_ERROR_INIT;

    (void)payload;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        stk_landlock_restrict(&profile, report, &err) < 0)
        _exit(9);
}

static long
restricted(confined_fn try)
{
    return confined_try(restrict_child, NULL, try);
}

static bool
is_active(enum stk_layer layer)
{
    return report->layers[layer].state == STK_LAYER_ACTIVE;
}

static void
need(enum stk_layer layer)
{
    restricted(try_getpid);
    if (!is_active(layer))
        unit_skip(report->layers[layer].reason);
}

static long
try_read_file(void)
{
    return confined_open(folder, "file", O_RDONLY);
}

static long
try_write_file(void)
{
    return confined_open(folder, "file", O_WRONLY);
}

static long
try_create(void)
{
    return confined_open(folder, "new", O_WRONLY | O_CREAT);
}

static long
try_list(void)
{
    return confined_open(folder, "", O_RDONLY | O_DIRECTORY);
}

static long
try_symlink(void)
{
    char path[PATH_MAX + 32];

    snprintf(path, sizeof path, "%s/link", folder);
    return confined_errno(symlink("/etc/passwd", path));
}

static long
try_passwd(void)
{
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -errno : 0;
}

static void
test_restrict__opens_nothing_at_all(void **state)
{
    (void)state;
    need(STK_LAYER_LANDLOCK);
    assert_int_equal(restricted(try_passwd), -EACCES);
    assert_int_equal(restricted(try_read_file), -EACCES);
    assert_int_equal(restricted(try_write_file), -EACCES);
    assert_int_equal(restricted(try_create), -EACCES);
    assert_int_equal(restricted(try_list), -EACCES);
}

static void
test_restrict__read_reads_what_is_below_it(void **state)
{
    (void)state;
    need(STK_LAYER_LANDLOCK);
    set("read", folder);
    assert_int_equal(restricted(try_read_file), 0);
    assert_int_equal(restricted(try_list), 0);
    assert_int_equal(restricted(try_write_file), -EACCES);
    assert_int_equal(restricted(try_create), -EACCES);
    assert_int_equal(restricted(try_passwd), -EACCES);
}

static void
test_restrict__write_writes_and_makes_no_links(void **state)
{
    (void)state;
    need(STK_LAYER_LANDLOCK);
    set("write", folder);
    assert_int_equal(restricted(try_read_file), 0);
    assert_int_equal(restricted(try_write_file), 0);
    assert_int_equal(restricted(try_create), 0);
    assert_int_equal(restricted(try_symlink), -EACCES);
    assert_int_equal(restricted(try_passwd), -EACCES);
}

static void
test_restrict__one_file_may_be_named(void **state)
{
    char path[PATH_MAX + 16];

    (void)state;
    need(STK_LAYER_LANDLOCK);
    snprintf(path, sizeof path, "%s/file", folder);
    set("read", path);
    assert_int_equal(restricted(try_read_file), 0);
    assert_int_equal(restricted(try_write_file), -EACCES);
    assert_int_equal(restricted(try_list), -EACCES);
}

/* ---- TCP ------------------------------------------------------------------
 */

static uint16_t port;

/* ECONNREFUSED: nobody listens there, but it went out. */
static long
try_connect(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return confined_errno(connect(fd, (struct sockaddr *)&at, sizeof at));
}

static long
try_bind(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return confined_errno(bind(fd, (struct sockaddr *)&at, sizeof at));
}

static void
test_restrict__no_port_is_reached(void **state)
{
    (void)state;
    need(STK_LAYER_LANDLOCK_NETWORK);
    port = 1;
    assert_int_equal(restricted(try_connect), -EACCES);
    port = 0;
    assert_int_equal(restricted(try_bind), -EACCES);
}

static void
test_restrict__the_ports_of_network_are_reached(void **state)
{
    (void)state;
    need(STK_LAYER_LANDLOCK_NETWORK);
    set("network", "1, listen:58123");
    port = 1;
    assert_int_equal(restricted(try_connect), -ECONNREFUSED);
    port = 2;
    assert_int_equal(restricted(try_connect), -EACCES);
    port = 58123;
    assert_int_equal(restricted(try_bind), 0);
    assert_int_equal(restricted(try_connect), -EACCES);
}

/* ---- scope ----------------------------------------------------------------
 */

static long
try_signal_parent(void)
{
    return confined_errno(kill(getppid(), 0));
}

static void
test_restrict__signals_stay_inside(void **state)
{
    (void)state;
    need(STK_LAYER_LANDLOCK_SCOPE);
    assert_int_equal(restricted(try_signal_parent), -EPERM);
}

/* ---- other machines -------------------------------------------------------
 */

static void
test_abi__an_old_one_says_what_it_lacks(void **state)
{
    (void)state;
    need(STK_LAYER_LANDLOCK);
    stk_landlock_newest = 1;
    assert_int_equal(restricted(try_passwd), -EACCES);
    assert_true(is_active(STK_LAYER_LANDLOCK));
    assert_int_equal(report->layers[STK_LAYER_LANDLOCK].level, 1);
    assert_false(is_active(STK_LAYER_LANDLOCK_NETWORK));
    assert_string_equal(report->layers[STK_LAYER_LANDLOCK_NETWORK].reason,
                        "Landlock has ABI 1, it came with 4");
    assert_string_equal(report->layers[STK_LAYER_LANDLOCK_SCOPE].reason,
                        "Landlock has ABI 1, it came with 6");
}

static void
test_abi__every_older_one_restricts_files(void **state)
{
    (void)state;
    need(STK_LAYER_LANDLOCK);
    set("write", folder);
    for (int abi = stk_landlock_abi(); abi >= 1; abi--) {
        stk_landlock_newest = abi;
        assert_int_equal(restricted(try_passwd), -EACCES);
        assert_int_equal(restricted(try_write_file), 0);
        assert_true(is_active(STK_LAYER_LANDLOCK));
        assert_int_equal(is_active(STK_LAYER_LANDLOCK_NETWORK), abi >= 4);
        assert_int_equal(is_active(STK_LAYER_LANDLOCK_SCOPE), abi >= 6);
    }
}

static void
lack_landlock(void *payload)
{
    static const int calls[] = { SCMP_SYS(landlock_create_ruleset) };

    confined_take_away(calls, 1, *(int *)payload);
    restrict_child(NULL);
}

static void
test_abi__none_is_no_error_but_is_told(void **state)
{
    static int numbers[] = { ENOSYS, EOPNOTSUPP };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
        char reason[STK_LAYER_REASON_MAX];

        assert_int_equal(confined_try(lack_landlock, &numbers[i], try_passwd),
                         0);
        snprintf(reason, sizeof reason, "landlock_create_ruleset: %s",
                 strerror(numbers[i]));
        for (int j = STK_LAYER_LANDLOCK; j <= STK_LAYER_LANDLOCK_SCOPE; j++) {
            assert_int_equal(report->layers[j].state, STK_LAYER_ABSENT);
            assert_string_equal(report->layers[j].reason, reason);
        }
    }
}

static void
test_restrict__a_path_that_is_not_there_is_an_error(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    need(STK_LAYER_LANDLOCK);
    set("read", "/nowhere/at/all");
    assert_int_equal(stk_landlock_restrict(&profile, report, &err), -STK_E_IO);
    assert_string_equal(
        err.message,
        "the profile opens /nowhere/at/all: No such file or directory");
    assert_int_equal(try_passwd(), 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_restrict__opens_nothing_at_all),
        CASE(test_restrict__read_reads_what_is_below_it),
        CASE(test_restrict__write_writes_and_makes_no_links),
        CASE(test_restrict__one_file_may_be_named),
        CASE(test_restrict__no_port_is_reached),
        CASE(test_restrict__the_ports_of_network_are_reached),
        CASE(test_restrict__signals_stay_inside),
        CASE(test_abi__an_old_one_says_what_it_lacks),
        CASE(test_abi__every_older_one_restricts_files),
        CASE(test_abi__none_is_no_error_but_is_told),
        CASE(test_restrict__a_path_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
