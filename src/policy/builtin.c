/* SPDX-License-Identifier: Apache-2.0 */
/* The files that are built in, as entries: no policy is loaded without them,
 * and to read their text took a quarter of that. */
#include "policy/builtin.h"

#include "policy/boxes.h"
#include "policy/events.h"
#include "policy/groups.h"

static const stk_entry groups[] = {
#include "policy/groups_rows.inc"
};

static const stk_entry boxes[] = {
#include "policy/sandboxes_rows.inc"
};

static const stk_entry events[] = {
#include "policy/events_rows.inc"
};

#define ENTRIES(of)                                                           \
    {                                                                         \
        of, sizeof of / sizeof *of                                            \
    }

const stk_builtin stk_builtins[STK_BUILTINS] = {
    [STK_BUILTIN_GROUPS] = { STK_GROUPS_FILE, ENTRIES(groups) },
    [STK_BUILTIN_BOXES] = { STK_BOXES_FILE, ENTRIES(boxes) },
    [STK_BUILTIN_EVENTS] = { STK_EVENTS_FILE, ENTRIES(events) },
};
