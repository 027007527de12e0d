/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that is locked down for the sake of its report alone. */
#ifndef STK_SANDBOX_REHEARSE_H
#define STK_SANDBOX_REHEARSE_H

#include "sandbox/layers.h"

/*
 * What would be in force around a worker of `profile` here: one is started,
 * locked down as any other, and ended before it did anything. Takes a few
 * milliseconds, at most a few seconds; the calling process is left as it was.
 *
 * Returns 0, with `*report` to be judged by stk_layers_judge(); -STK_E_IO
 * when no process could be started; what stk_lockdown() returned where it
 * failed otherwise than for a missing layer.
 */
int stk_rehearse(stk_sandbox_report *report, const stk_profile *profile,
                 stk_error *err);

#endif
