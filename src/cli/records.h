/* SPDX-License-Identifier: Apache-2.0 */
/* Every record of a log, in its order; lines that are none are told. */
#ifndef STK_CLI_RECORDS_H
#define STK_CLI_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include <stockade/audit.h>

/* One record and the bytes of its line, borrowed for the call. */
typedef void (*cli_record_fn)(void *payload, const stk_record *record,
                              const char *raw, size_t length);

/*
 * Reads `path` ("-": standard input) to its end. Returns CLI_GOOD, or what
 * to exit with when it could not be read or lines were no records
 * (`*invalid` of them), which has been said.
 */
int cli_each_record(const char *path, cli_record_fn each, void *payload,
                    uint64_t *invalid);

#endif
