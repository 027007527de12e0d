/* SPDX-License-Identifier: Apache-2.0 */
/* The audit events that are not judged, whatever the policy says: what Python
 * does for itself, again and again, and what reaches nothing. */
#ifndef STK_PYTHON_HARMLESS_H
#define STK_PYTHON_HARMLESS_H

#include <stdbool.h>

#include "python/object/state.h"

/* CPython up to 3.9.6 tells of each code object that is unmarshalled. */
#define STK_TELLS_UNMARSHALLED (PY_VERSION_HEX < 0x03090700)

bool stk_event_is_harmless(const stk_interp *state, const char *event,
                           PyObject *args);

/* An import raises it of itself: no callable that somebody has planted. */
bool stk_event_is_importing(const char *event);

bool stk_event_is_one_of(const char *event, const char *const *names,
                         size_t n);

#endif
