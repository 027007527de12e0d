/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What host and worker ask of each other: a table. PROTOCOL.md says what is
 * in the value of each frame. A new op: a line in STK_OPS here, its row in
 * PROTOCOL.md; a test compares the two.
 */
#ifndef STK_WIRE_OP_H
#define STK_WIRE_OP_H

#include <stdbool.h>
#include <stddef.h>

enum stk_side { STK_SIDE_NONE = 0, STK_SIDE_HOST = 1, STK_SIDE_WORKER = 2 };

/* Who may send it: bits of enum stk_side. */
#define STK_OP_BY_HOST   1
#define STK_OP_BY_WORKER 2
#define STK_OP_BY_BOTH   3

/* X(number, NAME, "name", by whom, answered). Numbers are never reused. */
#define STK_OPS(X)                                                            \
    /* life */                                                                \
    X(1, HELLO, "hello", STK_OP_BY_HOST, true)                                \
    X(2, SPARE, "spare", STK_OP_BY_HOST, true)                                \
    X(3, CONFINE, "confine", STK_OP_BY_HOST, true)                            \
    X(4, PING, "ping", STK_OP_BY_HOST, true)                                  \
    X(5, STOP, "stop", STK_OP_BY_HOST, true)                                  \
    X(6, WARM, "warm", STK_OP_BY_HOST, false)                                 \
    /* code */                                                                \
    X(10, LOAD, "load", STK_OP_BY_HOST, true)                                 \
    X(11, RUN, "run", STK_OP_BY_HOST, true)                                   \
    X(12, FIND, "find", STK_OP_BY_HOST, true)                                 \
    X(13, SOURCE, "source", STK_OP_BY_HOST, true)                             \
    X(14, DATA, "data", STK_OP_BY_HOST, true)                                 \
    X(15, ADOPT, "adopt", STK_OP_BY_HOST, true)                               \
    /* objects */                                                             \
    X(20, DESCRIBE, "describe", STK_OP_BY_HOST, true)                         \
    X(21, CALL, "call", STK_OP_BY_HOST, true)                                 \
    X(22, CALL_METHOD, "call_method", STK_OP_BY_HOST, true)                   \
    X(23, GETATTR, "getattr", STK_OP_BY_HOST, true)                           \
    X(24, SETATTR, "setattr", STK_OP_BY_HOST, true)                           \
    X(25, DELATTR, "delattr", STK_OP_BY_HOST, true)                           \
    X(26, DIR, "dir", STK_OP_BY_HOST, true)                                   \
    X(27, TEXT, "text", STK_OP_BY_HOST, true)                                 \
    X(28, COMPARE, "compare", STK_OP_BY_HOST, true)                           \
    X(29, OPERATE, "operate", STK_OP_BY_HOST, true)                           \
    X(30, LEN, "len", STK_OP_BY_HOST, true)                                   \
    X(31, GETITEM, "getitem", STK_OP_BY_HOST, true)                           \
    X(32, SETITEM, "setitem", STK_OP_BY_HOST, true)                           \
    X(33, DELITEM, "delitem", STK_OP_BY_HOST, true)                           \
    X(34, CONTAINS, "contains", STK_OP_BY_HOST, true)                         \
    X(35, ITER, "iter", STK_OP_BY_HOST, true)                                 \
    X(36, NEXT, "next", STK_OP_BY_HOST, true)                                 \
    X(37, SEND, "send", STK_OP_BY_HOST, true)                                 \
    X(38, THROW, "throw", STK_OP_BY_HOST, true)                               \
    X(39, CLOSE, "close", STK_OP_BY_HOST, true)                               \
    X(40, AWAIT, "await", STK_OP_BY_HOST, true)                               \
    X(41, ENTER, "enter", STK_OP_BY_HOST, true)                               \
    X(42, EXIT, "exit", STK_OP_BY_HOST, true)                                 \
    X(43, RELEASE, "release", STK_OP_BY_BOTH, false)                          \
    /* what a worker asks, within what it was asked */                        \
    X(60, IMPORT, "import", STK_OP_BY_WORKER, true)                           \
    X(61, RESOURCE, "resource", STK_OP_BY_WORKER, true)                       \
    X(62, CALLBACK, "callback", STK_OP_BY_WORKER, true)                       \
    X(63, OUTPUT, "output", STK_OP_BY_WORKER, false)

/* What host and zygote must agree on before anything else, and how many
 * folders a HELLO names at most. */
#define STK_HELLO_VERSION 3

/* Of a record of the worker's logging in an OUTPUT: its level, and characters
 * of its logger's name. */
#define STK_OUTPUT_LEVEL_MAX  50
#define STK_OUTPUT_LOGGER_MAX 100

enum stk_op {
    STK_OP_NONE = 0,
#define STK_OP_ENTRY_(number, NAME, name, by, answered)                       \
    STK_OP_##NAME = (number),
    STK_OPS(STK_OP_ENTRY_)
#undef STK_OP_ENTRY_
};

typedef struct stk_op_info {
    const char *name;
    unsigned by;   /* STK_OP_BY_*; 0: there is no such op */
    bool answered; /* a request; else a notice, which nobody answers */
} stk_op_info;

/* Total: what is no op has a name that says so, and is by nobody. */
const stk_op_info *stk_op_get(unsigned op);

#endif
