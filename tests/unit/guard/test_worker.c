/* SPDX-License-Identifier: Apache-2.0 */
/* guard/worker.c: who kills it says why, and a fork of the host has none. */
#include "guard/worker.h"

#include <sys/wait.h>

#include "askworker.h"

static void
test_kill__the_first_reason_stays(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");

    stk_worker_kill(worker, "one");
    stk_worker_kill(worker, "two");
    assert_string_equal(stk_worker_why(worker), "one");
    assert_int_equal(ask(worker, 100), -STK_E_IO);
    assert_string_equal(err.message, "one");
    stk_worker_free(worker);
    stk_guard_free(guard);
}

static void
test_fork__a_child_has_no_worker_and_harms_none(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        bool right = !stk_worker_is_alive(worker) &&
                     strstr(stk_worker_why(worker), "forked this one") &&
                     stk_worker_enter(worker, within_ms(50), &err) < 0;

        stk_worker_kill(worker, "in the child");
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(ask(worker, 60000), 0);
    stk_worker_free(worker);
    stk_guard_free(guard);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_kill__the_first_reason_stays),
        unit_test_in_folder(test_fork__a_child_has_no_worker_and_harms_none),
    };

    fake_begin_program(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
