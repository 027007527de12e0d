/* SPDX-License-Identifier: Apache-2.0 */
/* Audit events as a user names them: one, socket.*, a set, or `*`. */
#ifndef STK_CLI_AUDITED_H
#define STK_CLI_AUDITED_H

#include <stdbool.h>

#include <stockade/policy.h>

#define CLI_AUDITED_WRONG 256

/*
 * Reads `text` as [events] would, a variant (ctypes.dlsym/handle) as the
 * event. `*out` is then the caller's, for cli_audited_has(). Returns 0, or -1
 * with what is wrong in `wrong`, or with "" when it is nothing like it.
 */
int cli_audited_read(stk_policy **out, const char *text,
                     char wrong[CLI_AUDITED_WRONG]);

/* Whether a record's field `event` is one of these. */
bool cli_audited_has(const stk_policy *audited, const char *event);

#endif
