/* SPDX-License-Identifier: Apache-2.0 */
/* guard/ending.c: how a process ended, as others are told. */
#include "guard/ending.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* A child that ends with exit status `number`, or by signal `-number`. */
static int
ended(pid_t *pid, int number)
{
    const struct rlimit none = { 0, 0 };
    int pidfd;

    *pid = fork();
    assert_true(*pid >= 0);
    if (*pid == 0) {
        setrlimit(RLIMIT_CORE, &none);
        if (number < 0) {
            signal(-number, SIG_DFL);
            kill(getpid(), -number);
        }
        _exit(number);
    }
    pidfd = (int)syscall(SYS_pidfd_open, *pid, 0);
    assert_true(pidfd >= 0);
    return pidfd;
}

static void
check(int number, uint64_t cpu_ms, const char *told)
{
    stk_profile profile;
    stk_ending ending;
    char text[200];
    pid_t pid;
    int pidfd = ended(&pid, number);

    memset(&profile, 0, sizeof profile);
    strcpy(profile.name, "strict");
    profile.cpu_ms = cpu_ms;
    ending = stk_ending_read(pidfd);
    assert_true(ending.known);
    stk_ending_text(text, sizeof text, &ending, &profile);
    assert_string_equal(text, told);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    close(pidfd);
}

static void
test_ending__is_told_in_words(void **state)
{
    (void)state;
    check(3, STK_UNLIMITED, ": exit status 3");
    check(255, 1000, ": exit status 255");
    check(-SIGSEGV, 1000,
          ": killed by SIGSEGV, as native code is that crashes");
    check(-SIGABRT, 1000,
          ": killed by SIGABRT, as native code is that finds itself broken");
    check(-SIGKILL, 1000,
          ": killed by SIGKILL, as the kernel does where memory is short");
    check(-SIGKILL, STK_UNLIMITED,
          ": killed by SIGKILL, as the kernel does where memory is short");
    check(-SIGXCPU, 2000,
          ": killed by SIGXCPU, as when `cpu = 2s` of [sandbox strict] is "
          "used up");
    check(-SIGSYS, 2000, ": killed by SIGSYS, for a system call");
    check(-SIGXFSZ, 2000,
          ": killed by SIGXFSZ, for a file beyond `output` of its profile");
    check(-SIGUSR1, 2000, ": killed by signal 10");
}

/* It is the same number where the kernel does not tell. */
static void
test_ending__with_0_is_told_or_not_known(void **state)
{
    stk_ending ending;
    pid_t pid;
    int pidfd = ended(&pid, 0);

    (void)state;
    ending = stk_ending_read(pidfd);
    assert_false(ending.known);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    ending = stk_ending_read(pidfd);
    if (ending.known)
        assert_int_equal(ending.status, 0);
    close(pidfd);
}

static void
test_ending__by_the_limit_of_its_time_names_that(void **state)
{
    stk_ending ending = { true, SIGKILL, 900 };
    stk_profile profile;
    char text[200];

    (void)state;
    memset(&profile, 0, sizeof profile);
    strcpy(profile.name, "strict");
    profile.cpu_ms = 1000;
    stk_ending_text(text, sizeof text, &ending, &profile);
    assert_string_equal(text, ": killed by SIGKILL, as when `cpu = 1s` of "
                              "[sandbox strict] is used up");
    profile.cpu_ms = 2000;
    stk_ending_text(text, sizeof text, &ending, &profile);
    assert_string_equal(
        text, ": killed by SIGKILL, as the kernel does where memory is short");
    ending.cpu_ms = STK_ENDING_UNTIMED;
    stk_ending_text(text, sizeof text, &ending, &profile);
    assert_string_equal(text, ": killed by SIGKILL, as when `cpu = 2s` of "
                              "[sandbox strict] is used up, or memory is "
                              "short");
}

static void
test_ending__of_what_is_not_known_is_nothing(void **state)
{
    stk_profile profile;
    stk_ending ending = stk_ending_read(-1);
    char text[200] = "x";
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    (void)state;
    memset(&profile, 0, sizeof profile);
    assert_false(ending.known);
    stk_ending_text(text, sizeof text, &ending, &profile);
    assert_string_equal(text, "");
    assert_false(stk_ending_read(pidfd).known); /* it runs */
    close(pidfd);
}

/* An older kernel has forgotten it, a newer one says the same. */
static void
test_ending__of_one_that_was_waited_for_is_the_same_or_nothing(void **state)
{
    stk_ending ending;
    pid_t pid;
    int pidfd = ended(&pid, 7);

    (void)state;
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    ending = stk_ending_read(pidfd);
    if (ending.known)
        assert_int_equal(WEXITSTATUS(ending.status), 7);
    close(pidfd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ending__is_told_in_words),
        cmocka_unit_test(test_ending__with_0_is_told_or_not_known),
        cmocka_unit_test(test_ending__by_the_limit_of_its_time_names_that),
        cmocka_unit_test(test_ending__of_what_is_not_known_is_nothing),
        cmocka_unit_test(
            test_ending__of_one_that_was_waited_for_is_the_same_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
