/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A callable that is set as the `f_trace` of a frame is called at the frame's
 * next line. One that is written in C has no frame of its own, and asks in
 * the name of the frame that it traces; no event tells who has set it.
 */
#ifndef STK_PYTHON_TRACED_H
#define STK_PYTHON_TRACED_H

#include <stdbool.h>

#include "python/object/state.h"

/* What is a frame to the callable that traces it? */
enum stk_traced {
    STK_TRACED_NO,     /* nothing is traced at this moment, or another frame */
    STK_TRACED_OWN,    /* it is traced by code that asks for itself */
    STK_TRACED_UNKNOWN /* by a callable that somebody has set */
};

enum stk_traced stk_traced_by(const stk_interp *state, PyFrameObject *frame);

#endif
