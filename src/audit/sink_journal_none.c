/* SPDX-License-Identifier: Apache-2.0 */
/* The twin of sink_journal.c for a build without libsystemd. */
#include "audit/sink.h"
#include "base/error.h"

static int
open_journal(stk_sink *sink, const char *what, stk_error *err)
{
    (void)sink, (void)what;
    return stk_error_set(err, STK_E_UNSUPPORTED,
                         "this build has no \"journal:\" sink; libsystemd was "
                         "missing");
}

static int
write_journal(stk_sink *sink, const stk_line *line, stk_error *err)
{
    return open_journal(sink, line->text, err);
}

const stk_sink_type stk_sink_journal = { "journal", open_journal, NULL,
                                         write_journal };
