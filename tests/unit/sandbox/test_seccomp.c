/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/seccomp.c: the filter alone, without any other layer. */
#include "sandbox/seccomp.h"

#include <netinet/in.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>

#include "confined.h"

static stk_filter filter;
static stk_profile profile;

static int
begin(void **state)
{
    (void)state;
    stk_profile_init(&profile, "strict");
    return 0;
}

static int
end(void **state)
{
    (void)state;
    stk_filter_clear(&filter);
    return 0;
}

static void
build(uint32_t calls)
{
    stk_error err = STK_ERROR_INIT;

    profile.calls = calls;
    if (stk_filter_build(&filter, &profile, &err) < 0)
        fail_msg("%s", err.message);
}

/* What it gets under the quiet filter, as an exit code: write(2) is filtered.
 * Negative: the signal that killed it. */
static int
filtered(confined_fn try)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
        long r;

        alarm(120);
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
            stk_filter_load(&filter, NULL, &report, NULL) < 0)
            syscall(SYS_exit_group, 255);
        r = try();
        syscall(SYS_exit_group, r < 0 ? (int)-r : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static long
try_shared_fd_memory(void)
{
    void *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, 0, 0);

    return at == MAP_FAILED ? -errno : 0;
}

static long
try_make_executable(void)
{
    void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return confined_errno(mprotect(at, 4096, PROT_READ | PROT_EXEC));
}

static long
try_huge(void)
{
    return confined_errno(syscall(SYS_mmap, 0, 2 << 20, 3,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB,
                                  -1, 0));
}

static long
try_receive_4(void)
{
    char byte;

    return confined_errno(recv(4, &byte, 1, MSG_DONTWAIT));
}

static long
try_write_1(void)
{
    return confined_errno(syscall(SYS_write, 1, "", 0));
}

static long
try_sleep_by_select(void)
{
    struct timespec little = { 0, 1000 };

    return confined_errno(syscall(SYS_pselect6, 0, 0, 0, 0, &little, 0));
}

static long
try_select_one(void)
{
    struct timespec little = { 0, 1000 };
    fd_set one;

    FD_ZERO(&one);
    FD_SET(0, &one);
    return confined_errno(syscall(SYS_pselect6, 1, &one, 0, 0, &little, 0));
}

static void
test_load__compute_computes_and_nothing_else(void **state)
{
    static const confined_fn denied[] = {
        try_open_passwd,
        try_stat_passwd,
        try_socket_inet,
        try_fork,
        try_exec_memory,
        try_getpid,
        try_shared_fd_memory,
        try_make_executable,
        try_huge,
        try_receive_4,
        try_write_1,
    };

    (void)state;
    build(STK_CALLS_COMPUTE);
    assert_int_equal(filtered(try_plain_memory), 0);
    assert_int_equal(filtered(try_sleep_by_select), 0);
    assert_int_equal(filtered(try_select_one), EPERM);
    for (size_t i = 0; i < UNIT_COUNT(denied); i++)
        assert_int_equal(filtered(denied[i]), EPERM);
}

static void
test_load__process_info_and_asyncio_have_getpid(void **state)
{
    (void)state;
    build(STK_CALLS_PROCESS);
    assert_int_equal(filtered(try_getpid), 0);
    assert_int_equal(filtered(try_fork), EPERM);
    build(STK_CALLS_ASYNCIO);
    assert_int_equal(filtered(try_getpid), 0);
    assert_int_equal(filtered(try_fork), EPERM);
}

/* ---- @threads ------------------------------------------------------------
 */

static long
try_clone3(void)
{
    return confined_errno(syscall(435, 0, 0));
}

static long
try_clone_flags(long flags)
{
    long r = syscall(SYS_clone, flags, 0, 0, 0, 0);

    if (r == 0)
        syscall(SYS_exit, 0);
    return confined_errno(r);
}

static long
try_new_user(void)
{
    return try_clone_flags(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD |
                           CLONE_NEWUSER);
}

/* EINVAL is the kernel's: a thread without a stack of its own is none. */
static long
try_half_thread(void)
{
    return try_clone_flags(CLONE_THREAD | CLONE_SIGHAND);
}

static void
test_load__threads_are_threads_in_no_namespace(void **state)
{
    (void)state;
    build(STK_CALLS_THREADS);
    assert_int_equal(filtered(try_clone3), ENOSYS);
    assert_int_equal(filtered(try_fork), EPERM);
    assert_int_equal(filtered(try_new_user), EPERM);
    assert_int_equal(filtered(try_half_thread), EPERM);
}

/* ---- @files-read, @files-write --------------------------------------------
 */

static long
try_open(const char *path, int flags)
{
    return confined_errno(syscall(SYS_openat, AT_FDCWD, path, flags, 0600));
}

static long
try_open_null_write(void)
{
    return try_open("/dev/null", O_WRONLY);
}

static long
try_open_null_truncate(void)
{
    return try_open("/dev/null", O_RDONLY | O_TRUNC);
}

static long
try_open_temporary(void)
{
    return try_open("/tmp", O_TMPFILE | O_RDWR);
}

/* The flags are an int: its upper half is nobody's. */
static long
try_open_odd_register(void)
{
    return confined_errno(
        syscall(SYS_openat, AT_FDCWD, "/dev/null", O_WRONLY | 0x500000000));
}

static long
try_open_as_owner(void)
{
    return confined_errno(syscall(SYS_openat, AT_FDCWD, "/dev/null",
                                  O_WRONLY | O_CREAT, S_ISUID | 0600));
}

static long
try_open_as_group(void)
{
    return confined_errno(syscall(SYS_openat, AT_FDCWD, "/dev/null",
                                  O_RDWR | O_CREAT, S_ISGID | 0600));
}

static long
try_open_made(void)
{
    return confined_errno(
        syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CREAT, 01666));
}

static long
try_allocate(void)
{
    return confined_errno(syscall(SYS_fallocate, 900, 0, 0, 1));
}

/* FALLOC_FL_KEEP_SIZE */
static long
try_allocate_behind(void)
{
    return confined_errno(syscall(SYS_fallocate, 900, 1, 0, 1));
}

static void
test_load__files_read_opens_for_reading_alone(void **state)
{
    (void)state;
    build(STK_CALLS_FILES_READ);
    assert_int_equal(filtered(try_open_passwd), 0);
    assert_int_equal(filtered(try_open_null_write), EPERM);
    assert_int_equal(filtered(try_open_null_truncate), EPERM);
    assert_int_equal(filtered(try_open_temporary), EPERM);
    assert_int_equal(filtered(try_open_odd_register), EPERM);
    assert_int_equal(filtered(try_write_1), EPERM);
}

static void
test_load__files_write_extends_it(void **state)
{
    (void)state;
    build(STK_CALLS_FILES_WRITE);
    assert_int_equal(filtered(try_open_passwd), 0);
    assert_int_equal(filtered(try_open_null_write), 0);
    assert_int_equal(filtered(try_open_null_truncate), EPERM);
    assert_int_equal(filtered(try_write_1), 0);
    assert_int_equal(filtered(try_socket_inet), EPERM);
}

static void
test_load__what_is_made_runs_as_nobody_else_and_has_its_limit(void **state)
{
    (void)state;
    build(STK_CALLS_FILES_WRITE);
    assert_int_equal(filtered(try_open_made), 0);
    assert_int_equal(filtered(try_open_as_owner), EPERM);
    assert_int_equal(filtered(try_open_as_group), EPERM);
    assert_int_equal(filtered(try_allocate), EBADF);
    assert_int_equal(filtered(try_allocate_behind), EPERM);
}

/* ---- @network -------------------------------------------------------------
 */

static long
try_socket_udp(void)
{
    return confined_errno(socket(AF_INET, SOCK_DGRAM, 0));
}

static long
try_socket_unix(void)
{
    return confined_errno(socket(AF_UNIX, SOCK_STREAM, 0));
}

static long
try_socket_mptcp(void)
{
    return confined_errno(socket(AF_INET, SOCK_STREAM, 262));
}

static long
try_connect_3(void)
{
    struct sockaddr at = { .sa_family = AF_UNIX };

    return confined_errno(syscall(SYS_connect, 3, &at, sizeof at));
}

/* As an int this is 3. */
static long
try_connect_odd_3(void)
{
    struct sockaddr at = { .sa_family = AF_UNIX };

    return confined_errno(syscall(SYS_connect, 0x100000003, &at, sizeof at));
}

static long
try_connect_4(void)
{
    struct sockaddr at = { .sa_family = AF_UNIX };

    return confined_errno(syscall(SYS_connect, 900, &at, sizeof at));
}

static long
try_send_to_address(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET };

    return confined_errno(
        sendto(900, "", 0, 0, (struct sockaddr *)&at, sizeof at));
}

static long
try_send_fast_open(void)
{
    return confined_errno(sendto(900, "", 0, MSG_FASTOPEN, NULL, 0));
}

static long
try_attach_filter(void)
{
    return confined_errno(
        setsockopt(900, SOL_SOCKET, SO_ATTACH_FILTER, "", 1));
}

static long
try_peer_handle(void)
{
    int handle;
    socklen_t size = sizeof handle;

    return confined_errno(
        getsockopt(3, SOL_SOCKET, 77 /* SO_PEERPIDFD */, &handle, &size));
}

static void
test_load__network_is_tcp_and_leaves_the_socket_alone(void **state)
{
    static const confined_fn denied[] = {
        try_socket_udp,     try_socket_unix,   try_socket_mptcp,
        try_connect_3,      try_connect_odd_3, try_send_to_address,
        try_send_fast_open, try_attach_filter, try_peer_handle,
    };

    (void)state;
    build(STK_CALLS_NETWORK);
    assert_int_equal(filtered(try_socket_inet), 0);
    assert_int_equal(filtered(try_connect_4), EBADF);
    for (size_t i = 0; i < UNIT_COUNT(denied); i++)
        assert_int_equal(filtered(denied[i]), EPERM);
}

static long
try_listen(void)
{
    return confined_errno(listen(900, 1));
}

/* Without bind(2) the kernel chooses the port. */
static void
test_load__who_may_listen_on_no_port_does_not(void **state)
{
    (void)state;
    build(STK_CALLS_NETWORK);
    assert_int_equal(filtered(try_listen), EPERM);
    profile.listen.n = 1;
    profile.listen.ports[0] = 8080;
    build(STK_CALLS_NETWORK);
    assert_int_equal(filtered(try_listen), EBADF);
}

/* ---- other architectures --------------------------------------------------
 */

#ifdef __x86_64__
static long
try_x32(void)
{
    return confined_errno(syscall(0x40000000L | SYS_getpid));
}

static long
try_i386(void)
{
    long r;

    __asm__ volatile("int $0x80"
                     : "=a"(r)
                     : "a"(20L)
                     : "memory", "r8", "r9", "r10", "r11");
    return r;
}

static void
test_load__calls_of_another_architecture_kill(void **state)
{
    int got;

    (void)state;
    build(STK_CALLS_ALL);
    assert_int_equal(filtered(try_x32), -SIGSYS);
    got = filtered(try_i386);
    /* a kernel without it does not know the instruction */
    assert_true(got == -SIGSYS || got == -SIGSEGV);
}
#endif

/* ---- loading --------------------------------------------------------------
 */

static void
test_build__every_set_of_groups_compiles(void **state)
{
    (void)state;
    for (uint32_t calls = 0; calls <= STK_CALLS_ALL; calls++) {
        build(calls);
        assert_true(filter.quiet.len > 10);
        assert_true(filter.quiet.len < 2000);
    }
    stk_filter_clear(&filter);
    stk_filter_clear(&filter);
    assert_null(filter.quiet.filter);
}

static long
build_without_files(void)
{
    struct rlimit none = { 0, 0 };
    stk_error err = STK_ERROR_INIT;

    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &none);
    return stk_filter_build(&filter, &profile, &err);
}

/* libseccomp writes nothing then, and says that all is well. */
static void
test_build__under_a_file_limit_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(confined_try(NULL, NULL, build_without_files),
                     -STK_E_UNSUPPORTED);
}

static long
load_without_no_new_privs(void)
{
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_error err = STK_ERROR_INIT;
    int r = stk_filter_load(&filter, NULL, &report, &err);

    if (r == -STK_E_UNSUPPORTED &&
        report.layers[STK_LAYER_SECCOMP].state == STK_LAYER_ABSENT &&
        *report.layers[STK_LAYER_SECCOMP].reason)
        return r;
    return 0;
}

static void
make_nobody(void *payload)
{
    (void)payload;
    confined_become_nobody();
}

static void
test_load__is_refused_to_a_user_who_may_gain_privileges(void **state)
{
    (void)state;
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
        unit_skip("this process has no_new_privs already");
    build(STK_CALLS_COMPUTE);
    assert_int_equal(
        confined_try(make_nobody, NULL, load_without_no_new_privs),
        -STK_E_UNSUPPORTED);
}

static long
load_two_listeners(void)
{
    stk_sandbox_report report = STK_SANDBOX_REPORT_INIT;
    stk_error err = STK_ERROR_INIT;
    int one = -1, two = -1;

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (stk_filter_load(&filter, &one, &report, &err) < 0)
        return 1;
    if (one < 0)
        return 2;
    if (stk_filter_load(&filter, &two, &report, &err) < 0)
        return 3;
    if (two != -1 ||
        report.layers[STK_LAYER_NOTIFY].state != STK_LAYER_ABSENT ||
        report.layers[STK_LAYER_SECCOMP].state != STK_LAYER_ACTIVE)
        return 4;
    return 0;
}

/* As in a container whose runtime listens. Both programs let everything pass
 * here, so that the child can say what it saw. */
static void
test_load__where_somebody_listens_denials_are_quiet(void **state)
{
    static struct sock_filter pass[] = { { 6 /* return */, 0, 0,
                                           0x7fff0000 } };
    stk_filter before;
    long r;

    (void)state;
    build(STK_CALLS_COMPUTE);
    before = filter;
    filter.notify = filter.quiet = (struct sock_fprog){ 1, pass };
    r = confined_try(NULL, NULL, load_two_listeners);
    filter = before;
    if (r == 2)
        unit_skip("this kernel does not notify");
    assert_int_equal(r, 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_load__compute_computes_and_nothing_else),
        CASE(test_load__process_info_and_asyncio_have_getpid),
        CASE(test_load__threads_are_threads_in_no_namespace),
        CASE(test_load__files_read_opens_for_reading_alone),
        CASE(test_load__files_write_extends_it),
        CASE(test_load__what_is_made_runs_as_nobody_else_and_has_its_limit),
        CASE(test_load__network_is_tcp_and_leaves_the_socket_alone),
        CASE(test_load__who_may_listen_on_no_port_does_not),
#ifdef __x86_64__
        CASE(test_load__calls_of_another_architecture_kill),
#endif
        CASE(test_build__every_set_of_groups_compiles),
        CASE(test_build__under_a_file_limit_is_an_error),
        CASE(test_load__is_refused_to_a_user_who_may_gain_privileges),
        CASE(test_load__where_somebody_listens_denials_are_quiet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
