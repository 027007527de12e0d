/* SPDX-License-Identifier: Apache-2.0 */
/* guard/ask.c: a worker can fail a call, and nothing else. */
#include "guard/ask.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "askworker.h"

static void
test_ask__is_answered_and_told_what_nobody_holds(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");

    assert_int_equal(ask(worker, 60000), 0);
    for (unsigned i = 1; i <= 100; i++)
        stk_worker_release(worker, i);
    assert_int_equal(ask(worker, 60000), 100);
    assert_int_equal(ask(worker, 60000), 100);
    stk_worker_free(worker);
    stk_guard_free(guard);
}

static void
test_ask__what_interrupts_a_call_is_refused_and_the_call_goes_on(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");

    assert_int_equal(stk_worker_enter(worker, within_ms(60000), &err), 0);
    assert_int_equal(send_none(worker, 60000), 0);
    stk_worker_release(worker, 1); /* a frame of its own, with the next ask */
    assert_int_equal(send_none(worker, 60000), -STK_E_STATE);
    assert_string_equal(err.message,
                        "it is at work for the call that this interrupts");
    assert_true(stk_worker_is_alive(worker));
    assert_int_equal(hear(worker, 60000), 0);
    stk_worker_leave(worker);
    assert_int_equal(ask(worker, 60000), 1);
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

    assert_int_equal(ask(worker, 60000), -STK_E_IO);
    assert_int_equal(err.sys_errno, EPIPE);
    assert_false(stk_worker_is_alive(worker));
    assert_string_not_equal(stk_worker_why(worker), "");
    stk_worker_free(worker);
    stk_guard_free(guard);
}

static void *
enter_late(void *worker)
{
    stk_error late = STK_ERROR_INIT;
    int result = stk_worker_enter(worker, within_ms(50), &late);

    assert_false(stk_worker_try_enter(worker));
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
    assert_int_equal(stk_worker_enter(worker, within_ms(60000), &err), 0);
    assert_int_equal(stk_worker_enter(worker, within_ms(60000), &err), 0);
    assert_true(stk_worker_try_enter(worker));
    stk_worker_leave(worker);
    assert_false(stk_worker_is_busy(worker)); /* it is ours */
    pthread_create(&thread, NULL, enter_late, worker);
    pthread_join(thread, &result);
    assert_int_equal((intptr_t)result, ETIMEDOUT);
    stk_worker_leave(worker);
    stk_worker_leave(worker);
    stk_worker_free(worker);
    stk_guard_free(guard);
}

/* ---- lent ------------------------------------------------------------ */

typedef struct borrower {
    stk_worker *worker;
    _Atomic pid_t thread;
    _Atomic int entered, refused;
} borrower;

static void *
enter_twice(void *argument)
{
    borrower *self = argument;
    stk_error late = STK_ERROR_INIT;

    atomic_store(&self->thread, stk_worker_thread());
    if (stk_worker_enter(self->worker, within_ms(60000), &late) == 0) {
        assert_true(stk_worker_is_lent(self->worker));
        assert_true(stk_worker_try_enter(self->worker));
        atomic_store(&self->entered, 1);
        stk_worker_leave(self->worker);
        stk_worker_leave(self->worker);
    }
    return NULL;
}

static void *
enter_as_another(void *argument)
{
    borrower *self = argument;
    stk_error late = STK_ERROR_INIT;
    bool busy = stk_worker_is_busy(self->worker);

    if (busy && !stk_worker_try_enter(self->worker) &&
        stk_worker_enter(self->worker, within_ms(50), &late) < 0)
        atomic_store(&self->refused, late.sys_errno);
    return NULL;
}

/* Whoever waited before it was lent gets it, and nobody else. */
static void
test_lend__one_thread_borrows_it_and_no_other(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_worker *worker = worker_new(guard, "honest");
    borrower self = { .worker = worker };
    pthread_t waits, other;
    unsigned depth;

    assert_int_equal(stk_worker_enter(worker, within_ms(60000), &err), 0);
    assert_int_equal(stk_worker_enter(worker, within_ms(60000), &err), 0);
    pthread_create(&waits, NULL, enter_twice, &self);
    while (!atomic_load(&self.thread))
        usleep(1000);
    depth = stk_worker_lend(worker, atomic_load(&self.thread));
    assert_true(stk_worker_is_busy(worker));
    pthread_create(&other, NULL, enter_as_another, &self);
    pthread_join(other, NULL);
    assert_int_equal(atomic_load(&self.refused), ETIMEDOUT);
    pthread_join(waits, NULL);
    assert_int_equal(atomic_load(&self.entered), 1);
    stk_worker_reclaim(worker, depth);
    assert_false(stk_worker_is_lent(worker));
    stk_worker_leave(worker);
    stk_worker_leave(worker);
    assert_int_equal(ask(worker, 60000), 0);
    stk_worker_free(worker);
    stk_guard_free(guard);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_ask__is_answered_and_told_what_nobody_holds),
        unit_test_in_folder(
            test_ask__what_interrupts_a_call_is_refused_and_the_call_goes_on),
        unit_test_in_folder(test_ask__a_deadline_ends_the_worker),
        unit_test_in_folder(test_ask__a_worker_that_dies_fails_the_call),
        unit_test_in_folder(test_enter__a_thread_may_again_and_another_waits),
        unit_test_in_folder(test_lend__one_thread_borrows_it_and_no_other),
    };

    fake_begin_program(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
