/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The half of a policy that judges audit events (PEP 578). It is a policy
 * of its own: [events] is its [modules], [events from X] its [modules from
 * X]; its names have no parents, no own packages and no closure, and its
 * default is allow.
 */
#ifndef STK_POLICY_EVENTS_H
#define STK_POLICY_EVENTS_H

#include "policy/draft.h"

#define STK_EVENTS_FILE "builtin:events.ini"

/*
 * Compiles modules->events into policy->events. `policy` is compiled and has
 * its settings, `modules` is its draft; both give their groups. Returns 0 or
 * -STK_E_MEMORY.
 */
int stk_events_compile(stk_policy *policy, stk_draft *modules);

/*
 * The name that rules are asked for: that of the event without its variant
 * (ctypes.dlsym/handle), and "*", which only `*` covers, where it is no
 * dotted name.
 */
void stk_event_name(char out[STK_NAME_MAX + 1], const char *event);

/* True for `import`, which is judged as one, and for the other words that
 * records of the guard's own have in their field `event`. */
bool stk_event_is_reserved(const char *event);

/* False for a key of [events] that no rule can judge: that is told. */
bool stk_event_check(stk_complaints *complaints, stk_place at,
                     const char *key);

/* What `event`, which CPython does not raise, may have been meant to be; or
 * NULL. `event` may be a first label alone, as before `.*`. Borrowed from
 * `policy`, a half for events, but for a first label: that is in `label`. */
const char *stk_event_meant(char label[STK_NAME_MAX + 1],
                            const stk_policy *events, const char *event);

#endif
