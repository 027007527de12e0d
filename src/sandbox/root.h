/* SPDX-License-Identifier: Apache-2.0 */
/* The root of a mount namespace: empty, or what a profile names. */
#ifndef STK_SANDBOX_ROOT_H
#define STK_SANDBOX_ROOT_H

#include "sandbox/layers.h"

/*
 * Makes a read-only tmpfs the root of the calling process, whose mount
 * namespace is new, with the profile's paths in it; notes STK_LAYER_MOUNT.
 * Where mounting is refused the old root stays and 0 is returned. -STK_E_IO
 * where a path is not there or it stopped half way.
 */
int stk_root_change(const stk_profile *profile, stk_sandbox_report *report,
                    stk_error *err);

#endif
