/* SPDX-License-Identifier: Apache-2.0 */
/* The table of what host and worker ask of each other. */
#include "wire/op.h"

#define OP_MAX 64u

static const stk_op_info ops[OP_MAX] = {
#define ENTRY(number, NAME, name, by, answered)                               \
    [STK_OP_##NAME] = { name, by, answered },
    STK_OPS(ENTRY)
#undef ENTRY
};

static const stk_op_info no_op = { "no op", 0, false };

const stk_op_info *
stk_op_get(unsigned op)
{
    if (op >= OP_MAX || !ops[op].name)
        return &no_op;
    return &ops[op];
}
