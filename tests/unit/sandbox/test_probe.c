/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/probe.c: what the machine can do is tried, and nothing sticks. */
#include "sandbox/probe.h"

#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit.h"

static void
probe_all(stk_probe probes[STK_FEATURE_COUNT])
{
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_probe_features(probes, &err), 0);
}

static void
test_probe__every_feature_has_a_name_and_an_answer(void **state)
{
    stk_probe probes[STK_FEATURE_COUNT];

    (void)state;
    probe_all(probes);
    for (int i = 0; i < STK_FEATURE_COUNT; i++) {
        assert_non_null(probes[i].name);
        assert_non_null(probes[i].what);
        assert_int_equal(probes[i].present, probes[i].reason[0] == '\0');
    }
}

static void
test_probe__seccomp_and_no_new_privs_are_a_must(void **state)
{
    stk_probe probes[STK_FEATURE_COUNT];

    (void)state;
    probe_all(probes);
    assert_true(probes[STK_FEATURE_NO_NEW_PRIVS].must);
    assert_true(probes[STK_FEATURE_SECCOMP_FILTER].must);
    assert_false(probes[STK_FEATURE_SECCOMP_NOTIFY].must);
    assert_false(probes[STK_FEATURE_USER_NAMESPACES].must);
    assert_false(probes[STK_FEATURE_LANDLOCK].must);
}

static void
test_probe__no_new_privs_is_there_on_any_linux_we_run_on(void **state)
{
    stk_probe probes[STK_FEATURE_COUNT];

    (void)state;
    probe_all(probes);
    assert_true(probes[STK_FEATURE_NO_NEW_PRIVS].present);
}

static void
test_probe__a_landlock_that_is_there_has_a_version(void **state)
{
    stk_probe probes[STK_FEATURE_COUNT], *landlock;

    (void)state;
    probe_all(probes);
    landlock = &probes[STK_FEATURE_LANDLOCK];
    if (landlock->present)
        assert_true(landlock->level >= 1);
    else
        assert_int_equal(landlock->level, 0);
}

static void
test_probe__the_caller_is_left_as_it_was(void **state)
{
    stk_probe probes[STK_FEATURE_COUNT];
    int flag = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
    int seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
    unsigned fds = unit_count_fds();
    struct stat before, after;

    (void)state;
    assert_int_equal(stat("/proc/self/ns/user", &before), 0);
    probe_all(probes);
    assert_int_equal(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), flag);
    assert_int_equal(prctl(PR_GET_SECCOMP, 0, 0, 0, 0), seccomp);
    assert_int_equal(unit_count_fds(), fds);
    assert_int_equal(stat("/proc/self/ns/user", &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* The answer comes from a try, not from a version number: a process whose
 * filter refuses unshare(2) finds the feature missing. */
static void
test_probe__a_feature_that_is_refused_is_missing_with_the_reason(void **state)
{
    pid_t child;
    int status;

    (void)state;
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
        stk_probe probes[STK_FEATURE_COUNT], *found;

        if (!filter ||
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare),
                             0) < 0 ||
            seccomp_load(filter) < 0)
            _exit(77);
        if (stk_probe_features(probes, NULL) < 0)
            _exit(1);
        found = &probes[STK_FEATURE_USER_NAMESPACES];
        _exit(!found->present && strstr(found->reason, "unshare: ") ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        unit_skip("no seccomp filter can be installed here");
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_libseccomp__says_its_version_and_level(void **state)
{
    char version[STK_PROBE_VERSION_MAX];
    unsigned a, b, c, level;

    (void)state;
    level = stk_probe_libseccomp(version);
    assert_true(level >= 1);
    assert_int_equal(sscanf(version, "%u.%u.%u", &a, &b, &c), 3);
    assert_true(a >= 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe__every_feature_has_a_name_and_an_answer),
        cmocka_unit_test(test_probe__seccomp_and_no_new_privs_are_a_must),
        cmocka_unit_test(
            test_probe__no_new_privs_is_there_on_any_linux_we_run_on),
        cmocka_unit_test(test_probe__a_landlock_that_is_there_has_a_version),
        cmocka_unit_test(test_probe__the_caller_is_left_as_it_was),
        cmocka_unit_test(
            test_probe__a_feature_that_is_refused_is_missing_with_the_reason),
        cmocka_unit_test(test_libseccomp__says_its_version_and_level),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
