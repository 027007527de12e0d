/* SPDX-License-Identifier: Apache-2.0 */
/* A worker of the fake zygote's, started and asked. */
#ifndef STK_UNIT_ASKWORKER_H
#define STK_UNIT_ASKWORKER_H

#include "fakezygote.h"

static stk_error err;

static inline uint64_t
within_ms(unsigned ms)
{
    return stk_clock_monotonic_ns() + ms * UINT64_C(1000000);
}

static inline stk_worker *
worker_new(stk_guard *guard, const char *name)
{
    stk_profile profile = fake_profile(name);
    stk_worker *worker = NULL;

    fake_prepare();
    if (stk_worker_new(&worker, guard, &profile, NULL, "plugins.reports",
                       &err) < 0)
        fail_msg("%s", err.message);
    return worker;
}

static inline int
send_none(stk_worker *worker, unsigned ms)
{
    stk_writer writer = STK_WRITER_INIT;
    int result;

    stk_worker_begin(worker, &writer);
    stk_writer_none(&writer);
    result = stk_worker_ask(worker, STK_OP_NEXT, &writer, within_ms(ms), &err);
    stk_writer_clear(&writer);
    return result;
}

static inline int64_t
hear(stk_worker *worker, unsigned ms)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    stk_worker_heard heard;
    stk_reader reader;
    stk_token token;
    int result;

    do
        result = stk_worker_hear(worker, &heard, within_ms(ms), &err);
    while (result == STK_CHANNEL_INTERRUPTED);
    if (result < 0)
        return result;
    stk_reader_init(&reader, heard.value, heard.length, &bounds);
    assert_int_equal(stk_reader_expect(&reader, STK_VALUE_INT, &token, NULL),
                     0);
    return (int64_t)token.integer;
}

/* What an honest one answers; negative as the call. */
static inline int64_t
ask(stk_worker *worker, unsigned ms)
{
    int64_t result;

    assert_int_equal(stk_worker_enter(worker, within_ms(ms), &err), 0);
    result = send_none(worker, ms);
    if (result == 0)
        result = hear(worker, ms);
    stk_worker_leave(worker);
    return result;
}

#endif
