/* SPDX-License-Identifier: Apache-2.0 */
/* The groups of system calls: one table, with what their arguments must be. */
#ifndef STK_SANDBOX_SYSCALLS_H
#define STK_SANDBOX_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seccomp.h>

#include <stockade/sandbox.h>

#define STK_CALL_TESTS_MAX 4u

/* The one descriptor that a worker is left with. */
#define STK_WORKER_FD 3

/*
 * A call that a group allows, when all its tests hold. A row with `refusal`
 * is answered with that errno instead: not recorded, for C libraries that
 * try the new call before the old one.
 */
typedef struct stk_call_rule {
    uint32_t group; /* one bit of enum stk_calls */
    int number;     /* negative where this machine has it not */
    unsigned n_tests;
    struct scmp_arg_cmp tests[STK_CALL_TESTS_MAX];
    int refusal;
} stk_call_rule;

/* All rows, in the order of the groups. */
const stk_call_rule *stk_syscalls_rules(size_t *n);

/* "@compute @time": the groups of these bits, "" for none. Cut to `size`
 * bytes with the NUL; STK_GROUPS_TEXT is enough for all. Returns `out`. */
#define STK_GROUPS_TEXT 160u
char *stk_syscalls_text(char *out, size_t size, uint32_t groups);

/* `groups` and whatever they extend, and always STK_CALLS_COMPUTE. */
uint32_t stk_syscalls_closure(uint32_t groups);

/* The groups that allow this very call, or-ed; 0 where none does. */
uint32_t stk_syscalls_allowing(int number, const uint64_t arguments[6]);

/* The groups that have a call: with any arguments, and with some alone. */
typedef struct stk_call_groups {
    uint32_t always, sometimes;
} stk_call_groups;

/* Returns 0, or -1: this machine has no call of that name. */
int stk_syscalls_named(stk_call_groups *out, const char *name);

/* The call of this machine that `name` was probably meant to be, in `out`, cut
 * to `size` bytes; false, and "", when none is near. */
bool stk_syscalls_nearest(char *out, size_t size, const char *name);

#endif
