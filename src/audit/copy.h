/* SPDX-License-Identifier: Apache-2.0 */
/* A record that outlives its texts, in one piece of memory. */
#ifndef STK_AUDIT_COPY_H
#define STK_AUDIT_COPY_H

#include <stdbool.h>
#include <stddef.h>

#include <stockade/audit.h>

/* How many bytes a copy takes, texts included. */
size_t stk_record_copy_size(const stk_record *record);

/*
 * Copies `record` and behind it its texts to `at`, which is aligned as from
 * malloc(). The copy points into itself: it is not moved. Returns false when
 * `size` bytes do not do; what is there then is no record.
 */
bool stk_record_copy(void *at, size_t size, const stk_record *record);

#endif
