/* SPDX-License-Identifier: Apache-2.0 */
/* Amounts as people write them: 512M, 2s, 100. */
#ifndef STK_BASE_UNIT_H
#define STK_BASE_UNIT_H

#include <stdint.h>

#define STK_UNIT_TEXT_MAX 24u

/* Decimal digits without a leading zero, then a unit: K, M, G, T (by 1024)
 * or none; ms, s, m, h. Nothing else. 0, or -1 when it is no such text. */
int stk_unit_parse_number(uint64_t *out, const char *text);
int stk_unit_parse_bytes(uint64_t *out, const char *text);
int stk_unit_parse_ms(uint64_t *out, const char *text);

/* The shortest exact form, which the others read. */
const char *stk_unit_bytes(char text[STK_UNIT_TEXT_MAX], uint64_t bytes);
const char *stk_unit_ms(char text[STK_UNIT_TEXT_MAX], uint64_t ms);

#endif
