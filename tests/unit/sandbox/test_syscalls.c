/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/syscalls.c: what no group may ever have, and how large @compute
 * is. */
#include "sandbox/syscalls.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

static void
test_rules__compute_is_ten_calls_and_seven_with_tests(void **state)
{
    size_t n, all = 0, tested = 0;
    const stk_call_rule *rules = stk_syscalls_rules(&n);
    int last = -1;

    (void)state;
    for (size_t i = 0; i < n && rules[i].group == STK_CALLS_COMPUTE; i++) {
        if (rules[i].n_tests == 0)
            all++;
        else if (rules[i].number != last)
            tested++;
        last = rules[i].number;
    }
    assert_int_equal(all, 10);
    assert_int_equal(tested, 7);
}

/* Calls that lead out, or deep into the kernel. */
static const int never[] = {
    SCMP_SYS(execve),
    SCMP_SYS(execveat),
    SCMP_SYS(fork),
    SCMP_SYS(vfork),
    SCMP_SYS(unshare),
    SCMP_SYS(setns),
    SCMP_SYS(ptrace),
    SCMP_SYS(process_vm_readv),
    SCMP_SYS(process_vm_writev),
    SCMP_SYS(pidfd_open),
    SCMP_SYS(pidfd_getfd),
    SCMP_SYS(kill),
    SCMP_SYS(tkill),
    SCMP_SYS(tgkill),
    SCMP_SYS(mount),
    SCMP_SYS(umount2),
    SCMP_SYS(pivot_root),
    SCMP_SYS(chroot),
    SCMP_SYS(bpf),
    SCMP_SYS(perf_event_open),
    SCMP_SYS(io_uring_setup),
    SCMP_SYS(io_uring_enter),
    SCMP_SYS(userfaultfd),
    SCMP_SYS(keyctl),
    SCMP_SYS(add_key),
    SCMP_SYS(seccomp),
    SCMP_SYS(init_module),
    SCMP_SYS(kexec_load),
    SCMP_SYS(memfd_create),
    SCMP_SYS(memfd_secret),
    SCMP_SYS(pkey_mprotect),
    SCMP_SYS(personality),
    SCMP_SYS(modify_ldt),
    SCMP_SYS(setuid),
    SCMP_SYS(setresuid),
    SCMP_SYS(capset),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(openat2),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(fchown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(utime),
    SCMP_SYS(utimes),
    SCMP_SYS(futimesat),
    SCMP_SYS(utimensat),
    SCMP_SYS(truncate), /* unseen by Landlock before ABI 3 */
    SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(fsetxattr),
    SCMP_SYS(mknod),
    SCMP_SYS(mknodat),
    SCMP_SYS(chdir),
    SCMP_SYS(open_by_handle_at),
    SCMP_SYS(name_to_handle_at),
    SCMP_SYS(shmget),
    SCMP_SYS(msgget),
    SCMP_SYS(semget),
    SCMP_SYS(mq_open),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(quotactl),
    SCMP_SYS(acct),
    SCMP_SYS(reboot),
};

static void
test_rules__some_calls_are_in_no_group(void **state)
{
    size_t n;
    const stk_call_rule *rules = stk_syscalls_rules(&n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < UNIT_COUNT(never); j++)
            if (rules[i].number == never[j])
                fail_msg("call %d is allowed by group %u", never[j],
                         rules[i].group);
}

static bool
is_tested(const stk_call_rule *rule, unsigned argument)
{
    for (unsigned i = 0; i < rule->n_tests; i++)
        if (rule->tests[i].arg == argument)
            return true;
    return false;
}

static void
test_rules__dangerous_arguments_are_tested_in_every_group(void **state)
{
    static const struct {
        int number;
        unsigned argument;
    } tested[] = {
        { SCMP_SYS(mmap), 2 },       { SCMP_SYS(mmap), 3 },
        { SCMP_SYS(mprotect), 2 },   { SCMP_SYS(socket), 0 },
        { SCMP_SYS(socket), 1 },     { SCMP_SYS(socket), 2 },
        { SCMP_SYS(sendto), 4 },     { SCMP_SYS(recvmsg), 0 },
        { SCMP_SYS(fcntl), 1 },      { SCMP_SYS(ioctl), 1 },
        { SCMP_SYS(prctl), 0 },      { SCMP_SYS(setsockopt), 2 },
        { SCMP_SYS(getsockopt), 2 }, { SCMP_SYS(clone), 0 },
        { SCMP_SYS(prlimit64), 2 },  { SCMP_SYS(openat), 2 },
        { SCMP_SYS(open), 1 },       { SCMP_SYS(connect), 0 },
        { SCMP_SYS(bind), 0 },
    };
    size_t n;
    const stk_call_rule *rules = stk_syscalls_rules(&n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < UNIT_COUNT(tested); j++)
            if (rules[i].number == tested[j].number &&
                !is_tested(&rules[i], tested[j].argument))
                fail_msg("call %d of group %u: argument %u is not tested",
                         rules[i].number, rules[i].group, tested[j].argument);
}

static void
test_rules__every_group_has_some_and_every_row_one_group(void **state)
{
    size_t n;
    const stk_call_rule *rules = stk_syscalls_rules(&n);
    uint32_t seen = 0;

    (void)state;
    for (size_t i = 0; i < n; i++) {
        assert_non_null(stk_calls_name((enum stk_calls)rules[i].group));
        assert_true(rules[i].n_tests <= STK_CALL_TESTS_MAX);
        seen |= rules[i].group;
    }
    assert_int_equal(seen, STK_CALLS_ALL);
}

static void
test_closure__compute_is_always_there(void **state)
{
    (void)state;
    assert_int_equal(stk_syscalls_closure(0), STK_CALLS_COMPUTE);
    assert_int_equal(stk_syscalls_closure(STK_CALLS_TIME),
                     STK_CALLS_COMPUTE | STK_CALLS_TIME);
}

static void
test_closure__groups_extend_others(void **state)
{
    (void)state;
    assert_int_equal(stk_syscalls_closure(STK_CALLS_FILES_WRITE),
                     STK_CALLS_COMPUTE | STK_CALLS_FILES_READ |
                         STK_CALLS_FILES_WRITE);
    assert_int_equal(stk_syscalls_closure(STK_CALLS_NETWORK),
                     STK_CALLS_COMPUTE | STK_CALLS_ASYNCIO |
                         STK_CALLS_NETWORK);
}

static void
test_allowing__names_the_groups_that_would_do(void **state)
{
    const uint64_t tcp[6] = { 2, 1 | 02000000, 0 }, udp[6] = { 2, 2, 0 };
    const uint64_t read_only[6] = { 0, 0, 0 }, writing[6] = { 0, 0, 1 };
    const uint64_t none[6] = { 0 };

    (void)state;
    assert_int_equal(stk_syscalls_allowing(SCMP_SYS(getpid), none),
                     STK_CALLS_PROCESS | STK_CALLS_ASYNCIO);
    assert_int_equal(stk_syscalls_allowing(SCMP_SYS(gettid), none),
                     STK_CALLS_PROCESS | STK_CALLS_THREADS);
    assert_int_equal(stk_syscalls_allowing(SCMP_SYS(socket), tcp),
                     STK_CALLS_NETWORK);
    assert_int_equal(stk_syscalls_allowing(SCMP_SYS(socket), udp), 0);
    assert_int_equal(stk_syscalls_allowing(SCMP_SYS(openat), read_only),
                     STK_CALLS_FILES_READ);
    assert_int_equal(stk_syscalls_allowing(SCMP_SYS(openat), writing),
                     STK_CALLS_FILES_WRITE);
    assert_int_equal(stk_syscalls_allowing(SCMP_SYS(execve), none), 0);
    assert_int_equal(stk_syscalls_allowing(SCMP_SYS(clone3), none), 0);
    assert_int_equal(stk_syscalls_allowing(-1, none), 0);
    assert_int_equal(stk_syscalls_allowing(99999, none), 0);
}

static void
test_text__names_the_groups_in_their_order(void **state)
{
    char text[STK_GROUPS_TEXT], small[12];

    (void)state;
    assert_string_equal(
        stk_syscalls_text(text, sizeof text,
                          STK_CALLS_PROCESS | STK_CALLS_COMPUTE),
        "@compute @process-info");
    assert_string_equal(stk_syscalls_text(text, sizeof text, 0), "");
    stk_syscalls_text(text, sizeof text, STK_CALLS_ALL);
    assert_true(strlen(text) < sizeof text - 1);
    assert_string_equal(strrchr(text, ' ') + 1,
                        stk_calls_name(STK_CALLS_NETWORK));
    assert_string_equal(stk_syscalls_text(small, sizeof small, STK_CALLS_ALL),
                        "@compute @t");
}

static void
test_named__groups_have_a_call_always_or_sometimes(void **state)
{
    stk_call_groups in;

    (void)state;
    assert_int_equal(stk_syscalls_named(&in, "brk"), 0);
    assert_int_equal(in.always, STK_CALLS_COMPUTE);
    assert_int_equal(in.sometimes, 0);
    assert_int_equal(stk_syscalls_named(&in, "mmap"), 0);
    assert_int_equal(in.always, 0);
    assert_true(in.sometimes & STK_CALLS_COMPUTE);
    assert_true(in.sometimes & STK_CALLS_FILES_READ);
    assert_int_equal(stk_syscalls_named(&in, "recvfrom"), 0);
    assert_int_equal(in.always, STK_CALLS_ASYNCIO);
    assert_int_equal(in.sometimes, STK_CALLS_COMPUTE);
}

static void
test_named__what_no_worker_makes_is_in_none(void **state)
{
    stk_call_groups in = { 1, 1 };

    (void)state;
    assert_int_equal(stk_syscalls_named(&in, "execve"), 0);
    assert_int_equal(in.always | in.sometimes, 0);
    in = (stk_call_groups){ 1, 1 };
    /* it is refused with ENOSYS: not the same as allowed */
    assert_int_equal(stk_syscalls_named(&in, "clone3"), 0);
    assert_int_equal(in.always | in.sometimes, 0);
}

static void
test_named__what_is_no_call_is_refused(void **state)
{
    stk_call_groups in;

    (void)state;
    assert_int_equal(stk_syscalls_named(&in, "no_such_call"), -1);
    assert_int_equal(stk_syscalls_named(&in, ""), -1);
}

static void
test_nearest__a_call_that_was_meant(void **state)
{
    char near[16];

    (void)state;
    assert_true(stk_syscalls_nearest(near, sizeof near, "opnat"));
    assert_string_equal(near, "openat");
    assert_true(stk_syscalls_nearest(near, sizeof near, "sockt"));
    assert_string_equal(near, "socket");
    assert_false(stk_syscalls_nearest(near, sizeof near, "no_such_call"));
    assert_string_equal(near, "");
    assert_false(stk_syscalls_nearest(near, sizeof near, "x"));
    assert_false(stk_syscalls_nearest(near, sizeof near, ""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_rules__compute_is_ten_calls_and_seven_with_tests),
        cmocka_unit_test(test_rules__some_calls_are_in_no_group),
        cmocka_unit_test(
            test_rules__dangerous_arguments_are_tested_in_every_group),
        cmocka_unit_test(
            test_rules__every_group_has_some_and_every_row_one_group),
        cmocka_unit_test(test_closure__compute_is_always_there),
        cmocka_unit_test(test_closure__groups_extend_others),
        cmocka_unit_test(test_allowing__names_the_groups_that_would_do),
        cmocka_unit_test(test_text__names_the_groups_in_their_order),
        cmocka_unit_test(test_named__groups_have_a_call_always_or_sometimes),
        cmocka_unit_test(test_named__what_no_worker_makes_is_in_none),
        cmocka_unit_test(test_named__what_is_no_call_is_refused),
        cmocka_unit_test(test_nearest__a_call_that_was_meant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
