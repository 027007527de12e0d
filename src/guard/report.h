/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a guard. */
#ifndef STK_GUARD_REPORT_H
#define STK_GUARD_REPORT_H

#include <stockade/guard.h>

/* Returns as stk_guard_record(). */
int stk_report_start(stk_guard *guard, const stk_guard_options *options,
                     stk_error *err);

/* `policy` is to come into force, or stays in force because of `failure`. */
int stk_report_reload(stk_guard *guard, const stk_policy *policy,
                      const stk_error *failure, stk_error *err);

/* A system call that a worker was denied. */
typedef struct stk_report_denied {
    const char *text;    /* "socket(AF_INET, SOCK_STREAM, 0)" */
    const char *package; /* whose code it is */
    const char *profile;
    const char *groups; /* any of which would allow it; NULL: none does */
    bool killed;        /* it was one too many */
} stk_report_denied;
int stk_report_denial(stk_guard *guard, const stk_report_denied *denied,
                      stk_error *err);

/* A worker that is about to run code. `layers` says what is in force around
 * it, and what this machine lacks. */
typedef struct stk_report_started {
    const char *package; /* whose code it is */
    const char *profile;
    const char *layers; /* of stk_inforce_text() */
} stk_report_started;
int stk_report_worker(stk_guard *guard, const stk_report_started *started,
                      stk_error *err);

/* What was dropped of its output. */
typedef struct stk_report_dropped {
    const char *package, *profile;
    const char *text; /* how much, and by which bound */
} stk_report_dropped;
int stk_report_dropped_output(stk_guard *guard,
                              const stk_report_dropped *dropped,
                              stk_error *err);

/* A file beside its modules that a worker asked for. */
typedef struct stk_report_read {
    const char *module, *path; /* of that package, below its folder */
    const char *package;       /* who asks */
    const char *profile;
    const char *trust, *error; /* why it is refused, or NULL */
    bool found;
} stk_report_read;
int stk_report_resource(stk_guard *guard, const stk_report_read *read,
                        stk_error *err);

/* True where what is recorded goes further than the memory of this process:
 * then it is worth what it costs to tell. */
bool stk_guard_logs(const stk_guard *guard);

#endif
