/* SPDX-License-Identifier: Apache-2.0 */
/* The words that code has among its names and constants. */
#ifndef STK_PYTHON_SPELLING_H
#define STK_PYTHON_SPELLING_H

#include <stdbool.h>

#include "python/object/compat.h"

/* Whether the code has one of the `n` words (NULL: none) among its names, or
 * among its constants, for getattr(). Of nested code nothing is known. */
bool stk_code_spells(PyCodeObject *code, const char *const *words, size_t n);

#endif
