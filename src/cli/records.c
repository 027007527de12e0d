/* SPDX-License-Identifier: Apache-2.0 */
/* Every record of a log, in its order; lines that are none are told. */
#include "cli/records.h"

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/output.h"
#include "cli/table.h"

static void
reader_freep(stk_log_reader **reader)
{
    stk_log_reader_free(*reader);
}

int
cli_each_record(const char *path, cli_record_fn each, void *payload,
                uint64_t *invalid)
{
    STK_CLEANUP(reader_freep) stk_log_reader *reader = NULL;
    stk_error err = STK_ERROR_INIT;
    stk_record record = STK_RECORD_INIT;
    int r;

    *invalid = 0;
    if (stk_log_reader_open(&reader, path, &err) < 0)
        return cli_say_error(&err);
    while ((r = stk_log_reader_next(reader, &record, &err)) != 0) {
        size_t length = 0;
        const char *raw;

        if (r == -STK_E_INVALID || r == -STK_E_LIMIT) {
            ++*invalid;
            cli_say_line(path, stk_log_reader_line(reader), err.message);
            continue;
        }
        if (r < 0)
            return cli_say_error(&err);
        raw = stk_log_reader_raw(reader, &length);
        each(payload, &record, raw, length);
    }
    return *invalid ? CLI_NO : CLI_GOOD;
}
