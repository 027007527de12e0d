/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/limits.c: what is given up stays given up. */
#include "sandbox/limits.h"

#include <linux/capability.h>
#include <sys/resource.h>

#include "confined.h"

static stk_profile profile;
static stk_sandbox_report report;
static stk_error err;

static int
begin(void **state)
{
    (void)state;
    stk_profile_init(&profile, "p");
    memset(&report, 0, sizeof report);
#ifdef __SANITIZE_ADDRESS__
    profile.memory = UINT64_MAX;
#endif
    return 0;
}

static void
limit(void *payload)
{
    (void)payload;
    if (stk_limits_resources(&profile, &report, &err) < 0 ||
        report.layers[STK_LAYER_LIMITS].state != STK_LAYER_ACTIVE)
        _exit(9);
}

static void
limit_nobody(void *payload)
{
    confined_become_nobody();
    limit(payload);
}

/* ---- rlimits --------------------------------------------------------------
 */

static long
try_large_memory(void)
{
    void *at = mmap(NULL, 1ul << 30, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return at == MAP_FAILED ? -errno : munmap(at, 1ul << 30);
}

static void
test_resources__memory_is_bounded(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    unit_skip("the sanitizer's own memory is larger than any limit");
#endif
    profile.memory = 512ull << 20;
    assert_int_equal(confined_try(limit, NULL, try_plain_memory), 0);
    assert_int_equal(confined_try(limit, NULL, try_large_memory), -ENOMEM);
    profile.memory = 4ull << 30;
    assert_int_equal(confined_try(limit, NULL, try_large_memory), 0);
}

static void
test_resources__no_process_is_made(void **state)
{
    (void)state;
    assert_int_equal(confined_try(limit_nobody, NULL, try_fork), -EAGAIN);
}

static long
try_write_file(void)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    signal(SIGXFSZ, SIG_IGN);
    return fd < 0 ? -1 : confined_errno(write(fd, "x", 1));
}

static void
test_resources__no_file_grows(void **state)
{
    (void)state;
    assert_int_equal(confined_try(limit, NULL, try_write_file), -EFBIG);
    profile.calls |= STK_CALLS_FILES_WRITE;
    assert_int_equal(confined_try(limit, NULL, try_write_file), 1);
}

static long
try_many_descriptors(void)
{
    for (int i = 0; i < 20; i++)
        if (fcntl(2, F_DUPFD_CLOEXEC, 0) < 0)
            return -errno;
    return 0;
}

static void
test_resources__descriptors_are_few(void **state)
{
    (void)state;
    assert_int_equal(confined_try(limit, NULL, try_many_descriptors), -EMFILE);
    profile.calls |= STK_CALLS_FILES_READ;
    assert_int_equal(confined_try(limit, NULL, try_many_descriptors), 0);
}

static void
spin(void)
{
    for (volatile unsigned long i = 0;; i++)
        ;
}

static void
test_resources__time_is_bounded_by_a_signal_that_nothing_catches(void **state)
{
    int status;
    pid_t pid;

    (void)state;
    profile.cpu_ms = 100; /* a second: the kernel counts no less */
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(120);
        signal(SIGXCPU, SIG_IGN);
        limit(NULL);
        spin();
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

static long
try_raise(void)
{
    struct rlimit more = { 100, 100 };

    return confined_errno(setrlimit(RLIMIT_CORE, &more));
}

static void
test_resources__nobody_raises_them_again(void **state)
{
    (void)state;
    assert_int_equal(confined_try(limit_nobody, NULL, try_raise), -EPERM);
}

static long
tighter_outside(void)
{
    struct rlimit tight = { 4, 4 };

    confined_become_nobody();
    if (setrlimit(RLIMIT_NOFILE, &tight) < 0)
        return -1;
    if (stk_limits_resources(&profile, &report, &err) < 0)
        return -2;
    return getrlimit(RLIMIT_NOFILE, &tight) == 0 && tight.rlim_max == 4 ? 0
                                                                        : -3;
}

static void
test_resources__what_is_tighter_from_outside_stays(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, tighter_outside), 0);
}

static long
limit_refused(void)
{
    static const int calls[] = { SCMP_SYS(prlimit64), SCMP_SYS(setrlimit) };
    int r;

    confined_take_away(calls, 2, EPERM);
    r = stk_limits_resources(&profile, &report, &err);
    return r == -STK_E_UNSUPPORTED &&
                   report.layers[STK_LAYER_LIMITS].state == STK_LAYER_ABSENT
               ? 0
               : -1;
}

static void
test_resources__a_limit_that_cannot_be_set_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, limit_refused), 0);
}

/* ---- privileges ------------------------------------------------------------
 */

static long
give_up_privileges(void)
{
    if (stk_limits_privileges(-1, &report, &err) < 0)
        return -1;
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
                   prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
                   report.layers[STK_LAYER_NO_NEW_PRIVS].state ==
                       STK_LAYER_ACTIVE
               ? 0
               : -2;
}

static void
test_privileges__none_are_gained_and_no_core_is_written(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, give_up_privileges), 0);
}

static long
parent_is_gone(void)
{
    pid_t pid = fork();
    int pidfd, status;

    if (pid == 0)
        _exit(0);
    pidfd = (int)syscall(434, pid, 0);
    if (pidfd < 0 || waitpid(pid, &status, 0) != pid)
        return -1;
    return stk_limits_privileges(pidfd, &report, &err);
}

static void
test_privileges__a_parent_that_is_gone_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, parent_is_gone), -STK_E_STATE);
}

static long
dies_with_parent(void)
{
    int self = (int)syscall(434, getppid(), 0), signal = 0;

    if (self < 0 || stk_limits_privileges(self, &report, &err) < 0)
        return -1;
    return prctl(PR_GET_PDEATHSIG, &signal) == 0 ? signal : -2;
}

static void
test_privileges__the_end_of_the_parent_is_its_end(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, dies_with_parent), SIGKILL);
}

/* ---- capabilities, identity
 * -------------------------------------------------
 */

static long
drop_capabilities(void)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];

    if (stk_limits_capabilities(&report, &err) < 0 ||
        syscall(SYS_capget, &head, data) < 0)
        return -1;
    if (data[0].effective | data[0].permitted | data[0].inheritable |
        data[1].effective | data[1].permitted | data[1].inheritable)
        return -2;
    return chroot("/") < 0 ? -errno : 0;
}

static void
test_capabilities__none_is_left(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, drop_capabilities), -EPERM);
}

static long
become_other(void)
{
    if (stk_limits_identity(&report, &err) < 0)
        return -1;
    if (report.layers[STK_LAYER_UNROOT].state != STK_LAYER_ACTIVE)
        return -2;
    return getuid() != 0 && geteuid() != 0 && getegid() != 0 && setuid(0) < 0
               ? 0
               : -3;
}

static void
test_identity__nobody_is_root_afterwards(void **state)
{
    (void)state;
    if (geteuid() == 0 && confined_try(NULL, NULL, become_other) == -2)
        unit_skip("this machine lets root be nobody else");
    assert_int_equal(confined_try(NULL, NULL, become_other), 0);
}

static long
stay_root(void)
{
    static const int calls[] = { SCMP_SYS(setresuid) };

    confined_take_away(calls, 1, EINVAL);
    if (stk_limits_identity(&report, &err) < 0)
        return -1;
    return report.layers[STK_LAYER_UNROOT].state == STK_LAYER_ABSENT &&
                   !strcmp(report.layers[STK_LAYER_UNROOT].reason,
                           "setresuid: Invalid argument")
               ? 0
               : -2;
}

static void
test_identity__root_that_cannot_change_is_told(void **state)
{
    (void)state;
    if (geteuid() != 0)
        unit_skip("not root");
    assert_int_equal(confined_try(NULL, NULL, stay_root), 0);
}

/* ---- descriptors, threads
 * ---------------------------------------------------
 */

static long
keep_one(void)
{
    int ends[2], extra;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    extra = fcntl(ends[0], F_DUPFD_CLOEXEC, 200);
    /* the answer's pipe is closed too: the exit code has to do */
    if (extra < 0 || stk_limits_descriptors(ends[1], &err) < 0)
        _exit(2);
    for (int fd = 4; fd < 256; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            _exit(3);
    _exit(fcntl(3, F_GETFD) >= 0 && fcntl(2, F_GETFD) >= 0 ? 42 : 4);
}

static void
keep_one_without_close_range(void)
{
    static const int calls[] = { 436 };

    confined_take_away(calls, 1, ENOSYS);
    keep_one();
}

static int
exit_code_of(void (*run)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(120);
        run();
        _exit(99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
run_keep_one(void)
{
    keep_one();
}

static void
test_descriptors__one_is_left(void **state)
{
    (void)state;
    assert_int_equal(exit_code_of(run_keep_one), 42);
    assert_int_equal(exit_code_of(keep_one_without_close_range), 42);
}

static void
test_descriptors__without_a_socket_there_is_no_worker(void **state)
{
    (void)state;
    assert_int_equal(stk_limits_descriptors(-1, &err), -STK_E_INVALID);
    assert_int_equal(stk_limits_descriptors(9999, &err), -STK_E_IO);
}

static long
threads_without_unshare(void)
{
    static const int calls[] = { SCMP_SYS(unshare) };
    confined_thread thread;

    confined_take_away(calls, 1, EPERM);
    if (stk_limits_one_thread(&err) != 0)
        return -1;
    if (!confined_thread_start(&thread))
        return -2;
    return stk_limits_one_thread(&err);
}

static void
test_one_thread__is_counted_where_the_kernel_does_not_tell(void **state)
{
    (void)state;
    assert_int_equal(stk_limits_one_thread(&err), 0);
    assert_int_equal(confined_try(NULL, NULL, threads_without_unshare),
                     -STK_E_STATE);
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_resources__memory_is_bounded),
        CASE(test_resources__no_process_is_made),
        CASE(test_resources__no_file_grows),
        CASE(test_resources__descriptors_are_few),
        CASE(test_resources__time_is_bounded_by_a_signal_that_nothing_catches),
        CASE(test_resources__nobody_raises_them_again),
        CASE(test_resources__what_is_tighter_from_outside_stays),
        CASE(test_resources__a_limit_that_cannot_be_set_is_an_error),
        CASE(test_privileges__none_are_gained_and_no_core_is_written),
        CASE(test_privileges__a_parent_that_is_gone_is_an_error),
        CASE(test_privileges__the_end_of_the_parent_is_its_end),
        CASE(test_capabilities__none_is_left),
        CASE(test_identity__nobody_is_root_afterwards),
        CASE(test_identity__root_that_cannot_change_is_told),
        CASE(test_descriptors__one_is_left),
        CASE(test_descriptors__without_a_socket_there_is_no_worker),
        CASE(test_one_thread__is_counted_where_the_kernel_does_not_tell),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
