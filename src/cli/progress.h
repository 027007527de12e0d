/* SPDX-License-Identifier: Apache-2.0 */
/* How far something that takes a while is: one line of a terminal. */
#ifndef STK_CLI_PROGRESS_H
#define STK_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct cli_progress {
    FILE *to;         /* NULL: nobody looks */
    const char *what; /* "reading"; borrowed */
    uint64_t next;    /* when the line is written again */
    bool shown;
} cli_progress;

/* Nothing is shown where `to` is no terminal, or in the first moment: what
 * is done at once needs no line. */
void cli_progress_start(cli_progress *progress, FILE *to, const char *what);
void cli_progress_tell(void *progress, uint64_t done, uint64_t total);
void cli_progress_end(cli_progress *progress); /* the line is gone */

#endif
