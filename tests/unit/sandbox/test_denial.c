/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/denial.c: a call is told by what is in its registers. */
#include "sandbox/denial.h"

#include <stockade/sandbox.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "unit.h"

#define AT_FOLDER ((uint64_t)(uint32_t)AT_FDCWD)

static void
check(long number, const uint64_t arguments[6], const char *text)
{
    stk_denial denial;

    memset(&denial, 0, sizeof denial);
    denial.number = (int)number;
    memcpy(denial.arguments, arguments, sizeof denial.arguments);
    stk_denial_describe(&denial);
    assert_string_equal(denial.text, text);
    assert_memory_equal(denial.text, denial.name, strlen(denial.name));
}

#define CHECK(number, text, ...)                                              \
    check(number, (const uint64_t[6]){ __VA_ARGS__ }, text)

static void
test_describe__sockets(void **state)
{
    (void)state;
    CHECK(SYS_socket, "socket(AF_INET, SOCK_STREAM, 0)", AF_INET, SOCK_STREAM);
    CHECK(SYS_socket, "socket(AF_INET6, SOCK_DGRAM|SOCK_CLOEXEC, 17)",
          AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 17);
    CHECK(SYS_socket, "socket(99, 0xc, -1)", 99, 12, (uint64_t)-1);
    CHECK(SYS_connect, "connect(4, ..., 16)", 4, 0x7fff1234, 16);
}

static void
test_describe__files(void **state)
{
    (void)state;
    CHECK(SYS_openat, "openat(AT_FDCWD, ..., O_RDONLY)", AT_FOLDER, 0x1000);
    CHECK(SYS_openat,
          "openat(5, ..., O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0644)", 5,
          0x1000, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    CHECK(SYS_openat, "openat(AT_FDCWD, NULL, O_RDWR|0x40000000)",
          (uint64_t)-100, 0, O_RDWR | 0x40000000);
    CHECK(SYS_getxattr, "getxattr(..., ..., NULL, 128)", 0x7fff1234,
          0x7fff1234, 0, 128, 1);
    CHECK(SYS_fchmod, "fchmod(3, 0600)", 3, 0600, 0x7fff1234);
}

static void
test_describe__memory(void **state)
{
    (void)state;
    CHECK(SYS_mmap,
          "mmap(NULL, 4096, PROT_READ|PROT_WRITE|PROT_EXEC, 0x22, -1, 0)", 0,
          4096, 7, 0x22, (uint64_t)-1, 0);
    CHECK(SYS_mprotect, "mprotect(..., 4096, PROT_NONE)", 0x1000, 4096, 0);
}

static void
test_describe__processes(void **state)
{
    (void)state;
    CHECK(SYS_getpid, "getpid()", 1, 2, 3);
    CHECK(SYS_gettid, "gettid()", 0, 0x7fff1234, 2);
    CHECK(SYS_getrusage, "getrusage(0, ...)", 0, 0x7fff1234, 0x7fff1234);
    CHECK(SYS_sched_getaffinity, "sched_getaffinity(0, 128, ...)", 0, 128,
          0x7fff1234, 0x7fff1234);
    CHECK(SYS_sysinfo, "sysinfo(...)", 0x7fff1234, 0x7fff1234);
    CHECK(SYS_umask, "umask(077)", 077, 0x7fff1234);
    CHECK(SYS_kill, "kill(-1, SIGKILL)", (uint64_t)-1, SIGKILL);
    CHECK(SYS_execve, "execve(..., NULL, NULL)", 0x1000);
    CHECK(SYS_unshare, "unshare(0x10000000)", 0x10000000);
    CHECK(SYS_sched_setaffinity, "sched_setaffinity(0, 8, ...)", 0, 8,
          0x7fff1234, 0x7fff1234, 0, 0x7fff1234);
    CHECK(SYS_rt_sigprocmask, "rt_sigprocmask(2, ..., NULL, 8)", 2, 0x7fff1234,
          0, 8, 0x7fff1234);
}

/* The kernel looks at half of the register: so does the text. */
static void
test_describe__the_upper_half_of_an_int_is_nobodys(void **state)
{
    (void)state;
    CHECK(SYS_close, "close(3)", 0x100000003);
    CHECK(SYS_socket, "socket(AF_INET, SOCK_STREAM, 0)", 0xFFFFFFFF00000002,
          0xFFFFFFFF00000001, 0x100000000);
}

static void
test_describe__what_it_has_no_table_for(void **state)
{
    (void)state;
    CHECK(SYS_keyctl, "keyctl(0x1, 0x2, 0x3, 0, 0xffffffffffffffff, 0x6)", 1,
          2, 3, 0, UINT64_MAX, 6);
    CHECK(99999, "syscall 99999(0, 0, 0, 0, 0, 0)", 0);
    CHECK(-1, "syscall -1(0, 0, 0, 0, 0, 0)", 0);
}

static void
test_describe__says_which_groups_would_do(void **state)
{
    stk_denial denial;

    (void)state;
    memset(&denial, 0, sizeof denial);
    denial.number = SYS_getpid;
    stk_denial_describe(&denial);
    assert_int_equal(denial.groups, STK_CALLS_PROCESS | STK_CALLS_ASYNCIO);
    denial.number = SYS_execve;
    stk_denial_describe(&denial);
    assert_int_equal(denial.groups, 0);
}

static void
test_describe__the_longest_text_fits_or_is_cut(void **state)
{
    stk_denial denial;

    (void)state;
    memset(&denial, 0, sizeof denial);
    for (int nr = -2; nr < 600; nr++) {
        denial.number = nr;
        for (int i = 0; i < 6; i++)
            denial.arguments[i] = 0xFFFFFFFFFFFFFFF1;
        stk_denial_describe(&denial);
        assert_true(strlen(denial.text) < STK_DENIAL_TEXT_MAX);
        assert_int_equal(denial.text[strlen(denial.text) - 1], ')');
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_describe__sockets),
        cmocka_unit_test(test_describe__files),
        cmocka_unit_test(test_describe__memory),
        cmocka_unit_test(test_describe__processes),
        cmocka_unit_test(test_describe__the_upper_half_of_an_int_is_nobodys),
        cmocka_unit_test(test_describe__what_it_has_no_table_for),
        cmocka_unit_test(test_describe__says_which_groups_would_do),
        cmocka_unit_test(test_describe__the_longest_text_fits_or_is_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
