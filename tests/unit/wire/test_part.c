/* SPDX-License-Identifier: Apache-2.0 */
/* wire/part.c: who shares the host's CPU is moved, where there is another. */
#include "wire/part.h"

#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#define LONG 10000000u /* ns */

typedef struct child {
    pid_t pid;
    int pidfd, cpu; /* that it begins on, and we stay on */
    cpu_set_t before;
} child;

static void
pin(pid_t pid, int cpu)
{
    cpu_set_t one;

    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(pid, sizeof one, &one), 0);
}

/* One that always runs, on our CPU, and may run anywhere. */
static child
start_child(void)
{
    child made = { .cpu = sched_getcpu() };

    assert_int_equal(sched_getaffinity(0, sizeof made.before, &made.before),
                     0);
    if (CPU_COUNT(&made.before) < 2)
        unit_skip("one CPU");
    pin(0, made.cpu);
    made.pid = fork();
    if (made.pid == 0) {
        alarm(120);
        for (;;)
            continue;
    }
    assert_int_equal(
        sched_setaffinity(made.pid, sizeof made.before, &made.before), 0);
    made.pidfd = (int)syscall(SYS_pidfd_open, made.pid, 0);
    if (made.pidfd < 0)
        unit_skip("no pidfd_open on this machine");
    return made;
}

static void
end_child(child *at)
{
    kill(at->pid, SIGKILL);
    waitpid(at->pid, NULL, 0);
    close(at->pidfd);
    sched_setaffinity(0, sizeof at->before, &at->before);
}

static void
assert_may_run_anywhere(const child *at)
{
    cpu_set_t now;

    assert_int_equal(sched_getaffinity(at->pid, sizeof now, &now), 0);
    assert_true(CPU_EQUAL(&now, &at->before));
}

static unsigned
wait_together(stk_part *part, int pidfd, unsigned most)
{
    for (unsigned i = 0; i < most; i++) {
        if (stk_part_begin(part, pidfd, false)) {
            stk_part_settle(part);
            return i;
        }
        stk_part_end(part, pidfd, false, 1000);
    }
    return most;
}

static void
test_begin__moves_who_shares_our_cpu_for_long(void **state)
{
    stk_part part = { 0 };
    child at = start_child();

    (void)state;
    assert_in_range(wait_together(&part, at.pidfd, 1000), 1, 999);
    assert_may_run_anywhere(&at);
    assert_true(part.trial > 0);
    assert_false(stk_part_begin(&part, at.pidfd, false)); /* not again */
    end_child(&at);
}

static void
test_begin__keeps_off_our_cpu_until_it_is_settled(void **state)
{
    stk_part part = { 0 };
    child at = start_child();
    cpu_set_t now;

    (void)state;
    while (!stk_part_begin(&part, at.pidfd, false))
        stk_part_end(&part, at.pidfd, false, 1000);
    assert_int_equal(sched_getaffinity(at.pid, sizeof now, &now), 0);
    assert_false(CPU_ISSET(at.cpu, &now));
    stk_part_settle(&part);
    assert_may_run_anywhere(&at);
    assert_false(part.off);
    end_child(&at);
}

static void
test_begin__leaves_who_is_apart_or_works_for_long(void **state)
{
    stk_part part = { 0 };
    child at = start_child();

    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        assert_false(stk_part_begin(&part, at.pidfd, i % 3 == 0));
        stk_part_end(&part, at.pidfd, i % 3 == 0, i % 3 ? LONG : 1000);
    }
    end_child(&at);
}

/* Others run there, too, again and again. */
static void
stall(stk_part *part, int pidfd)
{
    stk_part_end(part, pidfd, true, LONG);
    assert_true(part->trial > 0); /* once says little */
    for (unsigned i = 0; part->trial && i < 10; i++)
        stk_part_end(part, pidfd, true, LONG);
    assert_int_equal(part->trial, 0);
}

static void
test_end__who_gained_nothing_is_left_alone_for_longer(void **state)
{
    stk_part part = { 0 };
    child at = start_child();
    unsigned first, next;

    (void)state;
    first = wait_together(&part, at.pidfd, 1000);
    stall(&part, at.pidfd);
    assert_may_run_anywhere(&at);
    next = wait_together(&part, at.pidfd, 100000);
    assert_in_range(next, 2 * first, 99999);
    end_child(&at);
}

static void
test_end__who_gained_is_tried_again_as_soon_as_at_first(void **state)
{
    stk_part part = { 0 };
    child at = start_child();
    unsigned first;

    (void)state;
    first = wait_together(&part, at.pidfd, 1000);
    for (unsigned i = 0; part.trial && i < 100000; i++)
        stk_part_end(&part, at.pidfd, true, 10);
    assert_int_equal(part.trial, 0);
    assert_int_equal(wait_together(&part, at.pidfd, 1000), first);
    end_child(&at);
}

static void
test_end__who_was_moved_back_is_moved_again(void **state)
{
    stk_part part = { 0 };
    child at = start_child();
    unsigned first;

    (void)state;
    first = wait_together(&part, at.pidfd, 1000);
    for (unsigned i = 0; i < 1000; i++)
        stk_part_end(&part, at.pidfd, true, 10);
    assert_true(part.trial > 0);
    assert_in_range(wait_together(&part, at.pidfd, 1000), 1, 3 * first);
    end_child(&at);
}

static void
test_refresh__forgets_what_was_in_vain(void **state)
{
    stk_part part = { 0 };
    child at = start_child();
    unsigned first;

    (void)state;
    first = wait_together(&part, at.pidfd, 1000);
    stall(&part, at.pidfd);
    stk_part_refresh(&part);
    assert_int_equal(wait_together(&part, at.pidfd, 1000), first);
    end_child(&at);
}

static void
assert_joins(stk_part *part, const child *at)
{
    cpu_set_t now;

    assert_true(stk_part_join(part, at->pidfd));
    assert_int_equal(sched_getaffinity(at->pid, sizeof now, &now), 0);
    assert_int_equal(CPU_COUNT(&now), 1);
    assert_true(CPU_ISSET(at->cpu, &now));
    stk_part_settle(part);
    assert_may_run_anywhere(at);
    assert_false(part->off);
}

static void
test_join__keeps_on_our_cpu_until_it_is_settled(void **state)
{
    stk_part part = { 0 };
    child at = start_child();

    (void)state;
    for (unsigned i = 0; i < 3; i++)
        assert_joins(&part, &at);
    end_child(&at);
}

static void
test_join__ends_a_trial_and_counts_anew(void **state)
{
    stk_part part = { 0 };
    child at = start_child();
    unsigned first;

    (void)state;
    first = wait_together(&part, at.pidfd, 1000);
    assert_true(part.trial > 0);
    stk_part_end(&part, at.pidfd, false, 1000);
    assert_joins(&part, &at);
    assert_int_equal(part.trial, 0);
    assert_int_equal(wait_together(&part, at.pidfd, 1000), first);
    end_child(&at);
}

static void
test_join__leaves_who_worked_for_long(void **state)
{
    stk_part part = { 0 };
    child at = start_child();

    (void)state;
    stk_part_resume(&part, LONG);
    assert_false(stk_part_join(&part, at.pidfd));
    assert_may_run_anywhere(&at);
    stk_part_resume(&part, 1000);
    assert_joins(&part, &at);
    end_child(&at);
}

/* One that may not run where we do stays where it may. */
static void
test_join__leaves_who_may_not_run_here(void **state)
{
    stk_part part = { 0 };
    child at = start_child();
    cpu_set_t elsewhere = at.before, now;

    (void)state;
    CPU_CLR(at.cpu, &elsewhere);
    assert_int_equal(sched_setaffinity(at.pid, sizeof elsewhere, &elsewhere),
                     0);
    assert_false(stk_part_join(&part, at.pidfd));
    assert_int_equal(sched_getaffinity(at.pid, sizeof now, &now), 0);
    assert_true(CPU_EQUAL(&now, &elsewhere));
    end_child(&at);
}

static void
test_begin__gives_up_where_nobody_can_be_moved(void **state)
{
    stk_part part = { 0 };

    (void)state;
    assert_int_equal(wait_together(&part, -1, 1000), 1000);
    assert_true(part.off);
    assert_false(stk_part_join(&part, -1));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begin__moves_who_shares_our_cpu_for_long),
        cmocka_unit_test(test_begin__keeps_off_our_cpu_until_it_is_settled),
        cmocka_unit_test(test_begin__leaves_who_is_apart_or_works_for_long),
        cmocka_unit_test(
            test_end__who_gained_nothing_is_left_alone_for_longer),
        cmocka_unit_test(
            test_end__who_gained_is_tried_again_as_soon_as_at_first),
        cmocka_unit_test(test_end__who_was_moved_back_is_moved_again),
        cmocka_unit_test(test_refresh__forgets_what_was_in_vain),
        cmocka_unit_test(test_join__keeps_on_our_cpu_until_it_is_settled),
        cmocka_unit_test(test_join__ends_a_trial_and_counts_anew),
        cmocka_unit_test(test_join__leaves_who_worked_for_long),
        cmocka_unit_test(test_join__leaves_who_may_not_run_here),
        cmocka_unit_test(test_begin__gives_up_where_nobody_can_be_moved),
    };

    return cmocka_run_group_tests_name("wire/part", tests, NULL, NULL);
}
