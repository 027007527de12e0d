/* SPDX-License-Identifier: Apache-2.0 */
/* What verification needs to know of a line beyond the public reader. */
#ifndef STK_AUDIT_READ_H
#define STK_AUDIT_READ_H

#include <stdbool.h>

#include <stockade/audit.h>

/* True when the last line had no newline: the file was cut there. */
bool stk_log_reader_cut(const stk_log_reader *reader);

#endif
