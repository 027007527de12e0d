/* SPDX-License-Identifier: Apache-2.0 */
/* Records as a table for people. */
#ifndef STK_CLI_TABLE_H
#define STK_CLI_TABLE_H

#include <stdint.h>

#include <stockade/audit.h>

void cli_table_head(void);
void cli_table_row(const stk_record *record);

/* `FILE:LINE: MESSAGE` on standard error, for a line that is no record. */
void cli_say_line(const char *path, uint64_t line, const char *message);

#endif
