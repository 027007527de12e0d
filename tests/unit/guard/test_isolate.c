/* SPDX-License-Identifier: Apache-2.0 */
/* guard/isolate.c: a worker can fail a call, and nothing else. */
#include "guard/isolate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "fakezygote.h"

static stk_error err;

static uint64_t
within_ms(unsigned ms)
{
    return stk_clock_monotonic_ns() + ms * UINT64_C(1000000);
}

static stk_worker *
worker_new(stk_guard *guard, const char *name)
{
    stk_profile profile = fake_profile(name);
    stk_worker *worker = NULL;

    fake_prepare();
    if (stk_worker_new(&worker, guard, &profile, "plugins.reports", &err) < 0)
        fail_msg("%s", err.message);
    return worker;
}

static int
send_none(stk_worker *worker, unsigned ms)
{
    stk_writer writer = STK_WRITER_INIT;
    int result;

    stk_worker_begin(worker, &writer);
    stk_writer_none(&writer);
    result = stk_worker_ask(worker, STK_OP_NEXT, &writer, within_ms(ms), &err);
    stk_writer_clear(&writer);
    return result;
}

static int64_t
hear(stk_worker *worker, unsigned ms)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_worker_heard heard;
    stk_reader reader;
    stk_token token;
    int result;

    do
        result = stk_worker_hear(worker, &heard, within_ms(ms), &err);
    while (result == STK_CHANNEL_INTERRUPTED);
    if (result < 0)
        return result;
    stk_reader_init(&reader, heard.value, heard.length, &bounds);
    assert_int_equal(stk_reader_expect(&reader, STK_VALUE_INT, &token, NULL),
                     0);
    return (int64_t)token.integer;
}

/* What an honest one answers; negative as the call. */
static int64_t
ask(stk_worker *worker, unsigned ms)
{
    int64_t result;

    assert_int_equal(stk_worker_enter(worker, within_ms(ms), &err), 0);
    result = send_none(worker, ms);
    if (result == 0)
        result = hear(worker, ms);
    stk_worker_leave(worker);
    return result;
}

static void
test_new__what_is_in_force_is_recorded(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");
    stk_log_reader *reader;
    stk_record record;

    assert_true(stk_worker_is_alive(worker));
    assert_string_equal(stk_worker_why(worker), "");
    assert_int_equal(
        stk_worker_report(worker)->layers[STK_LAYER_LANDLOCK].level, 3);
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
    assert_int_equal(stk_worker_new(&worker, guard, &profile, "p", &err),
                     -STK_E_UNSUPPORTED);
    assert_string_equal(err.message, "no lock on this door");
    stk_guard_free(guard);
}

static void
test_ask__is_answered_and_told_what_nobody_holds(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");

    assert_int_equal(ask(worker, 10000), 0);
    for (unsigned i = 1; i <= 100; i++)
        stk_worker_release(worker, i);
    assert_int_equal(ask(worker, 10000), 100);
    assert_int_equal(ask(worker, 10000), 100);
    stk_worker_free(worker);
    stk_guard_free(guard);
}

static void
test_ask__what_interrupts_a_call_is_refused_and_the_call_goes_on(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");

    assert_int_equal(stk_worker_enter(worker, within_ms(10000), &err), 0);
    assert_int_equal(send_none(worker, 10000), 0);
    stk_worker_release(worker, 1); /* a frame of its own, with the next ask */
    assert_int_equal(send_none(worker, 10000), -STK_E_STATE);
    assert_string_equal(err.message,
                        "it is at work for the call that this interrupts");
    assert_true(stk_worker_is_alive(worker));
    assert_int_equal(hear(worker, 10000), 0);
    stk_worker_leave(worker);
    assert_int_equal(ask(worker, 10000), 1);
    stk_worker_free(worker);
    stk_guard_free(guard);
}

static void
test_ask__a_deadline_ends_the_worker(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "silent");

    assert_int_equal(ask(worker, 100), -STK_E_IO);
    assert_int_equal(err.sys_errno, ETIMEDOUT);
    assert_false(stk_worker_is_alive(worker));
    assert_int_equal(ask(worker, 100), -STK_E_IO);
    assert_int_equal(err.sys_errno, EPIPE);
    stk_worker_free(worker);
    stk_guard_free(guard);
}

static void
test_ask__a_worker_that_dies_fails_the_call(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "dying");

    assert_int_equal(ask(worker, 10000), -STK_E_IO);
    assert_int_equal(err.sys_errno, EPIPE);
    assert_false(stk_worker_is_alive(worker));
    assert_string_not_equal(stk_worker_why(worker), "");
    stk_worker_free(worker);
    stk_guard_free(guard);
}

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

static void *
enter_late(void *worker)
{
    stk_error late = STK_ERROR_INIT;
    int result = stk_worker_enter(worker, within_ms(50), &late);

    assert_true(stk_worker_is_busy(worker));
    return (void *)(intptr_t)(result < 0 ? late.sys_errno : 0);
}

static void
test_enter__a_thread_may_again_and_another_waits(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");
    pthread_t thread;
    void *result;

    assert_false(stk_worker_is_busy(worker));
    assert_int_equal(stk_worker_enter(worker, within_ms(50), &err), 0);
    assert_int_equal(stk_worker_enter(worker, within_ms(50), &err), 0);
    assert_false(stk_worker_is_busy(worker)); /* it is ours */
    pthread_create(&thread, NULL, enter_late, worker);
    pthread_join(thread, &result);
    assert_int_equal((intptr_t)result, ETIMEDOUT);
    stk_worker_leave(worker);
    stk_worker_leave(worker);
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
    assert_int_equal(ask(worker, 10000), 0);
    stk_worker_free(worker);
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
        unit_test_in_folder(test_ask__is_answered_and_told_what_nobody_holds),
        unit_test_in_folder(
            test_ask__what_interrupts_a_call_is_refused_and_the_call_goes_on),
        unit_test_in_folder(test_ask__a_deadline_ends_the_worker),
        unit_test_in_folder(test_ask__a_worker_that_dies_fails_the_call),
        unit_test_in_folder(test_kill__the_first_reason_stays),
        unit_test_in_folder(test_enter__a_thread_may_again_and_another_waits),
        unit_test_in_folder(test_fork__a_child_has_no_worker_and_harms_none),
        unit_test_in_folder(test_stop__ends_all_while_others_look),
    };

    fake_begin_program(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
