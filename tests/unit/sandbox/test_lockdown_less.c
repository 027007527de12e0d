/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/lockdown.c on machines that lack something: refused, or told. */
#include "sandbox/lockdown.h"

#include "locked.h"

/* ---- worse machines
 * ---------------------------------------------------------
 */

static void
lack_namespaces(void)
{
    static const int calls[] = { SCMP_SYS(unshare) };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    confined_take_away(calls, 1, EPERM);
    if (!filter ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                         SCMP_A0(SCMP_CMP_MASKED_EQ, 0x20000000, 0x20000000)) <
            0 ||
        seccomp_load(filter) < 0)
        _exit(CONFINED_SKIP);
    seccomp_release(filter);
}

static void
lack_both(void)
{
    lack_landlock();
    lack_namespaces();
}

static void
refused(const char *start)
{
    if (!confined_run(&out, &c, basics, UNIT_COUNT(basics)))
        unit_skip("this machine lets nobody be another user");
    assert_int_equal(out.code, -STK_E_UNSUPPORTED);
    assert_int_equal(out.n, 0);
    if (strncmp(out.message, start, strlen(start)))
        fail_msg("\"%s\" does not begin with \"%s\"", out.message, start);
}

static void
test_lockdown__without_namespaces_it_goes_on_and_says_so(void **state)
{
    (void)state;
    if (stk_landlock_abi() == 0)
        unit_skip("this machine has no Landlock");
    c.cripple = lack_namespaces;
    check_basics();
    assert_true(has(STK_LAYER_LANDLOCK));
    assert_false(has(STK_LAYER_USER) || has(STK_LAYER_PID) ||
                 has(STK_LAYER_MOUNT) || has(STK_LAYER_NET));
    assert_string_equal(out.report.layers[STK_LAYER_USER].reason,
                        "unshare: Operation not permitted");
    assert_string_equal(out.report.layers[STK_LAYER_PID].reason,
                        "it sees other processes");
}

static void
test_lockdown__namespaces_that_are_required_are_a_must(void **state)
{
    (void)state;
    c.cripple = lack_namespaces;
    set("require", "namespaces");
    if (stk_landlock_abi() == 0)
        unit_skip("this machine has no Landlock");
    refused("the profile strict requires user: unshare: Operation not "
            "permitted");
}

static void
test_lockdown__without_landlock_and_the_root_it_is_refused(void **state)
{
    (void)state;
    c.cripple = lack_both;
    refused("the profile strict requires landlock: landlock_create_ruleset: "
            "Function not implemented");
}

static void
test_lockdown__an_old_landlock_is_refused_where_ports_matter(void **state)
{
    (void)state;
    stk_landlock_newest = 3;
    if (stk_landlock_abi() != 3)
        unit_skip("this machine's Landlock is older still");
    set("syscalls", "@network");
    refused("the profile strict requires landlock_network: Landlock has ABI "
            "3, it came with 4");
    set("network", "443");
    refused("the profile strict requires landlock_network");
}

static void
test_lockdown__notify_that_is_required_is_a_must(void **state)
{
    (void)state;
    c.cripple = lack_notify;
    check_basics();
    assert_int_equal(out.n_denials, 0);
    assert_string_equal(out.report.layers[STK_LAYER_NOTIFY].reason,
                        "seccomp: Invalid argument");
    set("require", "notify");
    refused("the profile strict requires notify: seccomp: Invalid argument");
}

static void
lack_seccomp(void)
{
    static const int calls[] = { SCMP_SYS(seccomp) };

    confined_take_away(calls, 1, ENOSYS);
}

static void
test_lockdown__without_seccomp_nothing_runs(void **state)
{
    (void)state;
    c.cripple = lack_seccomp;
    refused("cannot load the filter of system calls: Function not "
            "implemented");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_lockdown__without_namespaces_it_goes_on_and_says_so),
        CASE(test_lockdown__namespaces_that_are_required_are_a_must),
        CASE(test_lockdown__without_landlock_and_the_root_it_is_refused),
        CASE(test_lockdown__an_old_landlock_is_refused_where_ports_matter),
        CASE(test_lockdown__notify_that_is_required_is_a_must),
        CASE(test_lockdown__without_seccomp_nothing_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
