/* SPDX-License-Identifier: Apache-2.0 */
/* guard/overseer.c: every denied call is answered and recorded, by a thread
 * that can be stopped at any time. */
#include "guard/overseer.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "sandbox/notified.h"

#include "guards.h"

static stk_error err;

typedef struct seen {
    stk_child child;
    int answers;
    stk_oversight *at;
} seen;

static long
ask_parent(void)
{
    return confined_errno(syscall(SYS_getppid));
}

/* One more than watch() allows. */
static long
ask_too_often(void)
{
    long last = 0;

    for (int i = 0; i < 101; i++)
        last = ask_parent();
    return last;
}

static long
do_nothing(void)
{
    return 0;
}

/* False where this machine does not notify. */
static bool
watch(seen *s, stk_guard *guard, long (*work)(void))
{
    const stk_overseen who = { guard, "plugins.reports", "strict" };
    int listener = -1;

    s->at = NULL;
    if (!notified_start(&s->child, &s->answers, &listener, work))
        return false;
    if (stk_overseer_watch(&s->at, &who, listener, s->child.pidfd, 100, &err) <
        0)
        fail_msg("%s", err.message);
    return true;
}

#define NEED_WATCHED(s, guard, work)                                          \
    if (!watch(s, guard, work))                                               \
    unit_skip("this machine does not notify of system calls")

static long
answer_of(const seen *s)
{
    long result = CONFINED_DIED;

    if (read(s->answers, &result, sizeof result) != sizeof result)
        return CONFINED_DIED;
    return result;
}

static void
finish(seen *s)
{
    stk_oversight_free(s->at);
    stk_child_end(&s->child);
    close(s->answers);
}

static void
test_watch__a_denied_call_is_answered_and_recorded(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    stk_log_reader *reader;
    stk_record record;
    seen s;

    NEED_WATCHED(&s, guard, ask_parent);
    assert_int_equal(answer_of(&s), -EPERM);
    finish(&s); /* waits for the thread: the record is written */
    reader = guards_record(state, 1, &record);
    assert_string_equal(record.event, "syscall");
    assert_string_equal(record.name, "getppid()");
    assert_string_equal(record.importer, "plugins.reports");
    assert_string_equal(record.sandbox, "strict");
    stk_log_reader_free(reader);
    stk_overseer_stop();
    stk_guard_free(guard);
}

static void
test_explain__tells_of_the_calls_that_a_worker_was_killed_for(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    seen s;

    NEED_WATCHED(&s, guard, ask_parent);
    assert_int_equal(answer_of(&s), -EPERM);
    stk_error_set(&err, STK_E_IO, "the worker is gone");
    stk_oversight_explain(s.at, &err);
    assert_string_equal(err.message, "the worker is gone");
    finish(&s);
    NEED_WATCHED(&s, guard, ask_too_often);
    assert_int_equal(answer_of(&s), CONFINED_DIED);
    stk_oversight_explain(s.at, &err);
    assert_string_equal(err.message,
                        "the worker was killed: it was refused more than 100 "
                        "system calls, `denials` of its profile");
    assert_int_equal(err.code, STK_E_IO);
    stk_oversight_explain(NULL, &err);
    finish(&s);
    stk_overseer_stop();
    stk_guard_free(guard);
}

static void
test_watch__after_a_stop_has_a_thread_again(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    seen s;

    for (int i = 0; i < 3; i++) {
        NEED_WATCHED(&s, guard, ask_parent);
        assert_int_equal(answer_of(&s), -EPERM);
        finish(&s);
        stk_overseer_stop();
    }
    stk_overseer_stop();
    stk_guard_free(guard);
}

static atomic_bool stopping;

static void *
keep_stopping(void *unused)
{
    while (atomic_load(&stopping))
        stk_overseer_stop();
    return unused;
}

/* One of its two pairs of descriptors was lost, or joined twice. */
static void
test_stop__loses_nothing_of_a_watch_meanwhile(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    unsigned before = unit_count_fds();
    pthread_t thread;
    seen s;

    atomic_store(&stopping, true);
    assert_int_equal(pthread_create(&thread, NULL, keep_stopping, NULL), 0);
    for (int i = 0; i < 50; i++) {
        if (!watch(&s, guard, do_nothing))
            break;
        finish(&s);
    }
    atomic_store(&stopping, false);
    pthread_join(thread, NULL);
    stk_overseer_stop();
    assert_int_equal(unit_count_fds(), before);
    stk_guard_free(guard);
}

static _Atomic uint64_t done;

static void
add_to_done(uint64_t with)
{
    atomic_fetch_add(&done, with);
}

static void
test_later__is_soon_in_the_thread_and_at_once_without(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    seen s;

    atomic_store(&done, 0);
    stk_overseer_later(add_to_done, 1);
    assert_int_equal(atomic_load(&done), 1);
    NEED_WATCHED(&s, guard, do_nothing);
    for (uint64_t i = 0; i < 100; i++) /* more than are kept */
        stk_overseer_later(add_to_done, 2);
    for (unsigned i = 0; atomic_load(&done) < 201 && i < 60000; i++)
        usleep(1000);
    assert_int_equal(atomic_load(&done), 201);
    finish(&s);
    stk_overseer_stop();
    stk_overseer_later(add_to_done, 1);
    assert_int_equal(atomic_load(&done), 202);
    stk_guard_free(guard);
}

static void
do_once_more(uint64_t with)
{
    atomic_fetch_add(&done, 1);
    if (with > 1)
        stk_overseer_later(do_once_more, with - 1);
}

/* What looks whether something is there would only ever look at once. */
static void
test_later__what_a_job_leaves_is_not_done_at_once(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    uint64_t began = stk_clock_monotonic_ns();
    seen s;

    NEED_WATCHED(&s, guard, do_nothing);
    atomic_store(&done, 0);
    stk_overseer_later(do_once_more, 5);
    for (unsigned i = 0; atomic_load(&done) < 5 && i < 60000; i++)
        usleep(1000);
    assert_int_equal(atomic_load(&done), 5);
    assert_true(stk_clock_monotonic_ns() - began >= 10000000);
    finish(&s);
    stk_overseer_stop();
    stk_guard_free(guard);
}

static void
take_long(uint64_t with)
{
    usleep((useconds_t)with);
}

/* Each was looked at in turn, and neither done. */
static void
test_later__beside_a_denied_call_does_not_keep_it_waiting(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    seen first, second;

    atomic_store(&done, 0);
    NEED_WATCHED(&first, guard, do_nothing);
    stk_overseer_later(take_long, 100000);
    usleep(20000);
    stk_overseer_later(add_to_done, 1); /* while the thread is at that */
    NEED_WATCHED(&second, guard, ask_parent);
    alarm(120);
    assert_int_equal(answer_of(&second), -EPERM);
    for (unsigned i = 0; atomic_load(&done) < 1 && i < 60000; i++)
        usleep(1000);
    alarm(0);
    assert_int_equal(atomic_load(&done), 1);
    finish(&first);
    finish(&second);
    stk_overseer_stop();
    stk_guard_free(guard);
}

static void
test_stop__does_what_was_to_be_done_later(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    seen s;

    NEED_WATCHED(&s, guard, do_nothing);
    finish(&s);
    atomic_store(&done, 0);
    for (unsigned i = 0; i < 3; i++)
        stk_overseer_later(add_to_done, 1);
    stk_overseer_stop();
    assert_int_equal(atomic_load(&done), 3);
    stk_guard_free(guard);
}

/* ---- a program that becomes a daemon ---------------------------------- */

#define FDS_MAX 1024

/* Watches one, and closes all descriptors as a daemon does. False where this
 * machine does not notify. */
static bool
watch_and_close_all(stk_guard *guard)
{
    seen s;

    alarm(120);
    if (!watch(&s, guard, ask_parent))
        return false;
    answer_of(&s);
    finish(&s);
    for (int fd = 3; fd < FDS_MAX; fd++)
        close(fd);
    return true;
}

static int
code_of(pid_t child)
{
    int status = -1;

    waitpid(child, &status, 0);
    return status;
}

static void
test_stop__ends_where_all_descriptors_were_closed(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    pid_t child = fork();

    if (child == 0) {
        if (watch_and_close_all(guard))
            stk_overseer_stop();
        _exit(0);
    }
    assert_int_equal(code_of(child), 0);
    stk_guard_free(guard);
}

static int
count_lost(const int *fds, unsigned n)
{
    int lost = 0;

    for (unsigned i = 0; i < n; i++)
        lost += fcntl(fds[i], F_GETFD) < 0;
    return lost;
}

static void
test_fork__closes_nothing_that_has_the_number_since(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    pid_t child = fork(), inner;
    int fds[32];

    if (child == 0) {
        watch_and_close_all(guard);
        for (unsigned i = 0; i < 32; i++)
            fds[i] = open("/", O_RDONLY | O_DIRECTORY);
        inner = fork();
        if (inner == 0)
            _exit(count_lost(fds, 32));
        _exit(code_of(inner) ? 1 : 2 * (count_lost(fds, 32) > 0));
    }
    assert_int_equal(code_of(child), 0);
    stk_guard_free(guard);
}

static void
test_watch__has_a_thread_again_where_all_descriptors_were_closed(void **state)
{
    stk_guard *guard = guards_new(state, "default = allow\n");
    pid_t child = fork();
    seen s;

    if (child == 0) {
        if (!watch_and_close_all(guard))
            _exit(0);
        _exit(watch(&s, guard, ask_parent) && answer_of(&s) == -EPERM ? 0 : 1);
    }
    assert_int_equal(code_of(child), 0);
    stk_guard_free(guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_watch__a_denied_call_is_answered_and_recorded),
        unit_test_in_folder(
            test_explain__tells_of_the_calls_that_a_worker_was_killed_for),
        unit_test_in_folder(test_watch__after_a_stop_has_a_thread_again),
        unit_test_in_folder(test_stop__loses_nothing_of_a_watch_meanwhile),
        unit_test_in_folder(
            test_later__is_soon_in_the_thread_and_at_once_without),
        unit_test_in_folder(test_later__what_a_job_leaves_is_not_done_at_once),
        unit_test_in_folder(
            test_later__beside_a_denied_call_does_not_keep_it_waiting),
        unit_test_in_folder(test_stop__does_what_was_to_be_done_later),
        unit_test_in_folder(test_stop__ends_where_all_descriptors_were_closed),
        unit_test_in_folder(
            test_fork__closes_nothing_that_has_the_number_since),
        unit_test_in_folder(
            test_watch__has_a_thread_again_where_all_descriptors_were_closed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
