/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force around a worker: as it reports that, and in the words of
 * a record. Whether it is enough is for sandbox/layers.h to say. */
#ifndef STK_GUARD_INFORCE_H
#define STK_GUARD_INFORCE_H

#include <stockade/sandbox.h>

#include "wire/reader.h"

/*
 * A list of state, level and reason for each layer, and nothing behind it;
 * or, where it `refused`, a text that says why. Returns 0; -STK_E_INVALID, or
 * -STK_E_UNSUPPORTED with that text, and `*out` as it was.
 */
int stk_inforce_read(stk_sandbox_report *out, stk_reader *reader, bool refused,
                     stk_error *err);

/*
 * "with seccomp, landlock 3; without pid (unshare: Operation not permitted)":
 * a layer that the profile has no use for is in neither. To be freed; NULL
 * when memory is out.
 */
char *stk_inforce_text(const stk_sandbox_report *report);

#endif
