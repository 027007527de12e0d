/* SPDX-License-Identifier: Apache-2.0 */
/* guard/isolate.c: what is in force around a worker is known, or it is none.
 */
#include "guard/isolate.h"

#include <pthread.h>
#include <stdatomic.h>

#include "askworker.h"

static void
test_new__what_is_in_force_is_recorded(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");
    stk_log_reader *reader;
    stk_record record;

    assert_true(stk_worker_is_alive(worker));
    assert_string_equal(stk_worker_why(worker), "");
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.event, "worker");
    assert_string_equal(record.name, "plugins.reports");
    assert_string_equal(record.sandbox, "honest");
    assert_string_equal(record.outcome, "started");
    assert_string_equal(record.reason,
                        "with seccomp, landlock 3; without pid (unshare: no)");
    stk_log_reader_free(reader);
    stk_worker_free(worker);
    stk_guard_free(guard);
}

static void
test_new__a_worker_that_cannot_lock_itself_down_says_why(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_profile profile = fake_profile("refusing");
    stk_worker *worker;

    fake_prepare();
    assert_int_equal(stk_worker_new(&worker, guard, &profile, NULL, "p", &err),
                     -STK_E_UNSUPPORTED);
    assert_string_equal(err.message, "no lock on this door");
    stk_guard_free(guard);
}

static atomic_bool looking;

static void *
look(void *worker)
{
    bool right = true;

    while (right && atomic_load(&looking)) {
        char *denials = stk_worker_take_denials(worker);

        right = denials && !*denials &&
                (stk_worker_is_alive(worker) ||
                 !strcmp(stk_worker_why(worker), "the guard is closed"));
        free(denials);
    }
    return right ? NULL : worker;
}

static void
test_stop__ends_all_while_others_look(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");
    pthread_t thread;
    void *wrong;

    atomic_store(&looking, true);
    pthread_create(&thread, NULL, look, worker);
    stk_isolate_stop();
    assert_int_equal(ask(worker, 100), -STK_E_IO);
    atomic_store(&looking, false);
    pthread_join(thread, &wrong);
    assert_null(wrong);
    assert_string_equal(stk_worker_why(worker), "the guard is closed");
    stk_worker_free(worker);
    stk_guard_free(guard);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_new__what_is_in_force_is_recorded),
        unit_test_in_folder(
            test_new__a_worker_that_cannot_lock_itself_down_says_why),
        unit_test_in_folder(test_stop__ends_all_while_others_look),
    };

    fake_begin_program(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
