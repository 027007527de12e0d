/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sign and bundle are told alike of what they sign: the release that it
 * is of, dates, the Pythons that code is made for. Each function returns an
 * exit code, having said what is wrong with `text`.
 */
#ifndef STK_CLI_RELEASE_H
#define STK_CLI_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/command.h"

/* All borrowed; NULL or 0 where nothing was said. */
typedef struct cli_release {
    const char *package;
    const char *version;
    const char *context;
    uint64_t sequence;
    int64_t signed_at;
    int64_t expires;
} cli_release;

enum {
    CLI_RELEASE_VERSION = CLI_LONG + 64,
    CLI_RELEASE_SEQUENCE,
    CLI_RELEASE_CONTEXT,
    CLI_RELEASE_EXPIRES,
    CLI_RELEASE_DATE
};

/* clang-format off */
#define CLI_RELEASE_OPTIONS                                                   \
    { CLI_RELEASE_VERSION, "version", "VERSION",                              \
      "the version that it is of" },                                          \
    { CLI_RELEASE_SEQUENCE, "sequence", "N",                                  \
      "the number of the release: it must not go back" },                     \
    { CLI_RELEASE_CONTEXT, "context", "WORD",                                 \
      "where it is for, as the policy says" },                                \
    { CLI_RELEASE_EXPIRES, "expires", "DATE", "it is good until then" },      \
    { CLI_RELEASE_DATE, "date", "DATE",                                       \
      "when it is signed (default: SOURCE_DATE_EPOCH, or now)" }
/* clang-format on */

/* Takes `text` for one of these. */
int cli_release_take(const cli_command *self, cli_release *out, int option,
                     const char *text);

/* Adds to the bits: 0 as python3, 1 -O, 2 -OO. */
int cli_release_optimize(const cli_command *self, unsigned *bits,
                         const char *text);

/* One more of an option that may be given `most` times. */
int cli_release_add(const cli_command *self, const char **list, size_t *n,
                    size_t most, const char *option);

/* What a manifest or the header of a bundle says of its release. */
#define RELEASE_OF(head)                                                      \
    {                                                                         \
        (head).package, (head).version, (head).context, (head).sequence,      \
            (head).signed_at, (head).expires                                  \
    }

/* Whether the line says nothing else of the release than `has`, of `path`,
 * does: one more signature is of what is there. When it is signed is not
 * compared. */
int cli_release_agrees(const cli_release *said, const cli_release *has,
                       const char *path);

/* When it is signed, where no --date says so: SOURCE_DATE_EPOCH, or now. */
void cli_release_stamp(cli_release *release);

#endif
