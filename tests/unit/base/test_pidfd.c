/* SPDX-License-Identifier: Apache-2.0 */
/* base/pidfd.c: the process behind a descriptor. */
#include "base/pidfd.h"

#include <sys/syscall.h>
#include <unistd.h>

#include "unit.h"

static void
test_pid__is_that_of_the_process(void **state)
{
    int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);

    (void)state;
    if (pidfd < 0)
        unit_skip("no pidfd_open on this machine");
    assert_int_equal(stk_pidfd_pid(pidfd), getpid());
    close(pidfd);
}

static void
test_pid__is_none_where_there_is_no_pidfd(void **state)
{
    int file = dup(STDIN_FILENO);

    (void)state;
    assert_true(stk_pidfd_pid(-1) <= 0);
    if (file >= 0) {
        assert_true(stk_pidfd_pid(file) <= 0);
        close(file);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pid__is_that_of_the_process),
        cmocka_unit_test(test_pid__is_none_where_there_is_no_pidfd),
    };

    return cmocka_run_group_tests_name("base/pidfd", tests, NULL, NULL);
}
