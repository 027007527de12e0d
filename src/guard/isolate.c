/* SPDX-License-Identifier: Apache-2.0 */
/* Workers, started and stopped. */
#include "guard/isolate.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/error.h"
#include "guard/inforce.h"
#include "guard/report.h"
#include "guard/spares.h"
#include "guard/worker_parts.h"
#include "policy/preload.h"
#include "sandbox/lockdown.h"
#include "wire/reader.h"

#define LOCKDOWN_MS 10000

/* It was written before any untrusted byte was there. */
static int
await_report(stk_worker *w, uint64_t deadline, stk_error *err)
{
    stk_value_bounds bounds = stk_worker_bounds(w);
    stk_worker_heard heard;
    stk_reader reader;
    int result;

    do
        result = stk_worker_hear(w, &heard, deadline, err);
    while (result == STK_CHANNEL_INTERRUPTED);
    if (result < 0)
        return result;
    stk_reader_init(&reader, heard.value, heard.length, &bounds);
    return stk_inforce_read(&w->report, &reader,
                            heard.frame.kind == STK_FRAME_RAISED, err);
}

/* Its last words, where it could not lock itself down. */
static int
explain_failure(stk_worker *w, stk_error *err)
{
    stk_error told = STK_ERROR_INIT;
    uint64_t soon = stk_clock_monotonic_ns() + UINT64_C(1000000000);

    if (await_report(w, soon, &told) < 0 && told.code == STK_E_UNSUPPORTED)
        *err = told;
    return -err->code;
}

/* It was asked to when it was ordered, and may have done so long ago. */
static int
confine(stk_worker *w, stk_guard *guard, stk_error *err)
{
    uint64_t deadline =
        stk_clock_monotonic_ns() + LOCKDOWN_MS * UINT64_C(1000000);
    int listener = -1, result = 0;

    if (stk_lockdown_receive(&listener, stk_channel_fd(w->channel),
                             LOCKDOWN_MS, err) < 0)
        return explain_failure(w, err);
    if (listener >= 0)
        result = stk_worker_watch(w, guard, listener, err);
    return result < 0 ? result : await_report(w, deadline, err);
}

/* Its report was heard already. */
static int
adopt(stk_worker *w, stk_guard *guard, const stk_standby *ready,
      stk_error *err)
{
    w->report = ready->report;
    return ready->listener < 0
               ? 0
               : stk_worker_watch(w, guard, ready->listener, err);
}

/* By the policy in force: what is kept ready may be an older one's. */
static int
check_preload(const stk_worker *w, stk_guard *guard, stk_error *err)
{
    stk_policy *policy = stk_guard_policy(guard);
    int result = stk_policy_preloads(policy, &w->profile, err);

    stk_policy_free(policy);
    return result;
}

static int
start(stk_worker *w, stk_guard *guard, const stk_preloader *preloader,
      stk_error *err)
{
    stk_standby ready;
    int result = check_preload(w, guard, err);

    if (result == 0)
        result = stk_spares_take(&ready, &w->zygote, &w->preloaded,
                                 &w->profile, preloader, err);
    if (result < 0)
        return result;
    w->channel = ready.channel;
    w->talk = ready.talk;
    w->pidfd = ready.pidfd;
    return ready.heard ? adopt(w, guard, &ready, err) : confine(w, guard, err);
}

/* Whatever this machine lacks is written down before any code runs. */
static int
record_start(const stk_worker *w, stk_guard *guard, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *layers = stk_inforce_text(&w->report);

    if (!layers)
        return stk_error_memory(err);
    return stk_report_worker(
        guard, &(stk_report_started){ w->package, w->profile.name, layers },
        err);
}

int
stk_worker_new(stk_worker **out, stk_guard *guard, const stk_profile *profile,
               const stk_preloader *preloader, const char *package,
               stk_error *err)
{
    stk_worker *w = stk_worker_make(profile, package);
    int result;

    if (!w)
        return stk_error_memory(err);
    result = start(w, guard, preloader, err);
    if (result == 0)
        result = record_start(w, guard, err);
    if (result < 0) {
        stk_worker_free(w);
        return result;
    }
    *out = w;
    return 0;
}

void
stk_isolate_stop(void)
{
    stk_worker_close_all("the guard is closed");
    stk_overseer_stop();
    stk_spares_stop();
}
