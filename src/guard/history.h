/* SPDX-License-Identifier: Apache-2.0 */
/* The last records of the log, kept in memory. */
#ifndef STK_GUARD_HISTORY_H
#define STK_GUARD_HISTORY_H

#include <stddef.h>

#include <stockade/audit.h>
#include <stockade/guard.h>

typedef struct stk_history stk_history;

/* NULL when memory is out. */
stk_history *stk_history_new(void);
void stk_history_free(stk_history *history);

/* Keeps a copy; the oldest goes. Silently keeps nothing when memory is
 * out: the log itself has the line. Any thread. */
void stk_history_add(void *history, const char *line, size_t length);

/* The same for a record, which is made a line when it is asked for. */
void stk_history_keep(void *history, const stk_record *record);

void stk_history_each(stk_history *history, stk_line_fn each, void *payload);

/* Around fork(). */
void stk_history_hold(stk_history *history);
void stk_history_release(stk_history *history);

#endif
