/* SPDX-License-Identifier: Apache-2.0 */
/* Dotted names: what is one, its labels, its parents. */
#ifndef STK_POLICY_NAME_H
#define STK_POLICY_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No honest name comes near; they bound the stack that a decision uses. */
#define STK_NAME_MAX   1024u /* bytes */
#define STK_LABELS_MAX 64u

/* True for one to STK_LABELS_MAX identifiers joined by dots. */
bool stk_name_is_dotted(const char *name, size_t length);

/* True when `name` is `parent` or below it. */
bool stk_name_is_within(const char *name, const char *parent);

/* How many bytes the parent's name has; 0 for a name of one label. */
size_t stk_name_parent(const char *name);

#endif
