/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of module names, as keys and thresholds have them. */
#ifndef STK_BASE_PATTERN_H
#define STK_BASE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * How strongly `pattern` covers the dotted `name`; 0 when it does not.
 * `shop` covers shop and what is below it, `shop.*` what is below it,
 * `shop_*` what begins with shop_ and what is below that, `*` everything.
 * The longest literal is the strongest, then x.* before x before x*, as
 * among the rules of a policy. Neither text is checked.
 */
size_t stk_pattern_rank(const char *pattern, const char *name);

/* True when some name is covered by both. */
bool stk_pattern_overlaps(const char *a, const char *b);

#endif
