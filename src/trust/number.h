/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in signed text: one spelling for each. */
#ifndef STK_TRUST_NUMBER_H
#define STK_TRUST_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True for digits alone, no leading zero, at most INT64_MAX. */
bool stk_number_read(uint64_t *out, const char *text, size_t length);

#endif
