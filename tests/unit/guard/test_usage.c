/* SPDX-License-Identifier: Apache-2.0 */
/* guard/usage.c: what a process took of the machine. */
#include "guard/usage.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

#define TAKEN ((size_t)32 << 20)

/* Takes memory and time, says so, waits. */
static void
be_child(int out)
{
    char *memory = mmap(NULL, TAKEN, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    volatile unsigned n = 0;

    if (memory == MAP_FAILED)
        _exit(1);
    memset(memory, 1, TAKEN);
    while (n < 20000000)
        n++;
    if (write(out, "x", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

static void
test_usage__of_a_process_is_its_time_and_memory(void **state)
{
    stk_usage usage;
    int pipes[2], pidfd;
    pid_t pid, known = 0;
    uint64_t cpu;
    char byte;

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        be_child(pipes[1]);
    close(pipes[1]);
    pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    assert_true(pidfd >= 0);
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    cpu = stk_usage_cpu(pidfd, &known);
    assert_true(cpu > 1000000);
    assert_int_equal(known, pid);
    assert_true(stk_usage_cpu(pidfd, &known) >= cpu);
    usage = stk_usage_read(pidfd, &known);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(usage.cpu_ns > 1000000);
    assert_true(usage.memory >= TAKEN);

    usage = stk_usage_read(pidfd, &known);
    assert_int_equal(usage.cpu_ns, 0);
    assert_int_equal(usage.memory, 0);
    assert_int_equal(stk_usage_cpu(pidfd, &known), 0);
    assert_true(known <= 0); /* the number may be another's */
    close(pidfd);
    close(pipes[0]);
}

static void
test_usage__of_no_process_is_nothing(void **state)
{
    pid_t pid = 0;
    stk_usage usage = stk_usage_read(-1, &pid);

    (void)state;
    assert_int_equal(usage.cpu_ns, 0);
    assert_int_equal(usage.memory, 0);
    assert_int_equal(stk_usage_cpu(-1, &(pid_t){ getpid() }), 0);
    usage = stk_usage_read(0, &pid); /* a descriptor of something else */
    assert_int_equal(usage.cpu_ns, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usage__of_a_process_is_its_time_and_memory),
        cmocka_unit_test(test_usage__of_no_process_is_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
