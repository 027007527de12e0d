/* SPDX-License-Identifier: Apache-2.0 */
/* What the programs share that lock a process down: one that is to be, what
 * came of the last, and what any must be refused. */
#ifndef STK_UNIT_LOCKED_H
#define STK_UNIT_LOCKED_H

#include "sandbox/landlock.h"

#include "confined.h"

static confined c;
static confined_result out;

static inline int
begin(void **state)
{
    (void)state;
    confined_init(&c, NULL);
    stk_landlock_newest = STK_LANDLOCK_ANY;
    return 0;
}

static inline void
set(const char *key, const char *value)
{
    stk_error err = STK_ERROR_INIT;

    if (stk_profile_set(&c.profile, key, value, &err) < 0)
        fail_msg("%s: %s", key, err.message);
}

/* Runs it; a lock-down that fails fails the test. */
static inline void
run(const confined_fn *attempts, size_t n)
{
    if (!confined_run(&out, &c, attempts, n))
        unit_skip("this machine lets nobody be another user");
    if (out.code)
        fail_msg("lock-down failed: %s", out.message);
    assert_int_equal(out.n, n);
    assert_true(WIFEXITED(out.status));
    assert_int_equal(WEXITSTATUS(out.status), 0);
}

static inline bool
has(enum stk_layer layer)
{
    return out.report.layers[layer].state == STK_LAYER_ACTIVE;
}

static const confined_fn basics[] = {
    try_plain_memory, try_open_passwd, try_stat_passwd, try_socket_inet,
    try_fork,         try_exec_memory, try_getpid,
};

static inline void
check_basics(void)
{
    run(basics, UNIT_COUNT(basics));
    assert_int_equal(out.results[0], 0);
    for (size_t i = 1; i < out.n; i++)
        assert_int_equal(out.results[i], -EPERM);
    for (int i = 0; i < STK_LAYER_COUNT; i++)
        if (STK_LAYERS_MUST & STK_LAYER_BIT(i))
            assert_true(has((enum stk_layer)i));
}

static inline void
lack_notify(void)
{
    /* NEW_LISTENER is the fourth bit of the flags: as on an old kernel */
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

    if (!filter ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(seccomp), 1,
                         SCMP_A1(SCMP_CMP_MASKED_EQ, 8, 8)) < 0 ||
        seccomp_load(filter) < 0)
        _exit(CONFINED_SKIP);
    seccomp_release(filter);
}

static inline void
lack_landlock(void)
{
    static const int calls[] = { SCMP_SYS(landlock_create_ruleset) };

    confined_take_away(calls, 1, ENOSYS);
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

#endif
