/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sign and bundle are told alike of what they sign: numbers, dates, the
 * Pythons that code is made for. Each returns an exit code, having said what
 * is wrong with `text`.
 */
#ifndef STK_CLI_RELEASE_H
#define STK_CLI_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"

int cli_release_sequence(const cli_command *self, uint64_t *out,
                         const char *text);

/* What has no blanks: `text`, borrowed. `option` without its dashes. */
int cli_release_word(const cli_command *self, const char **out,
                     const char *option, const char *text);

/* `option` without its dashes; `end`: a day is good to its last second. */
int cli_release_moment(const cli_command *self, int64_t *out,
                       const char *option, const char *text, bool end);

/* Adds to the bits: 0 as python3, 1 -O, 2 -OO. */
int cli_release_optimize(const cli_command *self, unsigned *bits,
                         const char *text);

/* One more of an option that may be given `most` times. */
int cli_release_add(const cli_command *self, const char **list, size_t *n,
                    size_t most, const char *option);

/* When it is signed where no --date says so: SOURCE_DATE_EPOCH, or now. */
int64_t cli_release_clock(void);

#endif
