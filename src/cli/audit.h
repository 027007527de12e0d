/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of stockade audit. */
#ifndef STK_CLI_AUDIT_H
#define STK_CLI_AUDIT_H

#include "cli/command.h"

extern const cli_command cli_audit_show;
extern const cli_command cli_audit_stats;
extern const cli_command cli_audit_follow;
extern const cli_command cli_audit_verify;

#endif
