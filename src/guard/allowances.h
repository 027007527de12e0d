/* SPDX-License-Identifier: Apache-2.0 */
/* The audit events that a log says were fired, as rules on a sheet. */
#ifndef STK_GUARD_ALLOWANCES_H
#define STK_GUARD_ALLOWANCES_H

#include "guard/needs.h"
#include "guard/sheet.h"

typedef struct stk_allowances {
    const stk_needs *needs;
    const stk_policy *base; /* what the sheet holds already, or NULL */
    bool always;            /* deny the sets though nothing was fired */
} stk_allowances;

/*
 * Denies the built-in sets that reach out of the program to everybody, and
 * allows each importer what it fired. What `base` denies by name stays
 * denied, and is told at the top. Returns 0 or -STK_E_MEMORY.
 */
int stk_allowances_put(stk_sheet *sheet, const stk_allowances *from,
                       stk_error *err);

#endif
