/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Importers as numbers. A number is what a code object carries, and what one
 * thread hands to another.
 */
#ifndef STK_PYTHON_IMPORTER_H
#define STK_PYTHON_IMPORTER_H

#include <stdint.h>

#include <stockade/guard.h>

/*
 * The number of an importer, the same for the same module in the whole
 * process. `brought_by` is the number of the module that first loaded it
 * from a place that was not there when the program began, else 0.
 * 0 when memory is out: unknown.
 */
uint32_t stk_importer_number(const char *name, uint32_t flags,
                             uint32_t brought_by);

/* The name and flags of a number; unknown code for 0. The name lives as
 * long as the process. */
stk_importer stk_importer_get(uint32_t number);

/*
 * With this in `brought_by`, it is the module whose loader executed the code,
 * and not importlib: whatever a loader says that a module is, the code may do
 * no more than the loader's own.
 */
#define STK_LOADED_BY 0x80000000u

/* Who brought it, or 0. */
uint32_t stk_importer_brought_by(uint32_t number);

/* What stk_policy_in_stdlib() says of its name, found once. */
bool stk_importer_in_stdlib(uint32_t number);

#endif
