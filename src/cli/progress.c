/* SPDX-License-Identifier: Apache-2.0 */
/* How far something that takes a while is: one line of a terminal. */
#include "cli/progress.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define FIRST_NS 300000000u /* what is faster needs no line */
#define NEXT_NS  100000000u

void
cli_progress_start(cli_progress *progress, FILE *to, const char *what)
{
    const char *term = getenv("TERM");
    bool terminal = term && strcmp(term, "dumb") && isatty(fileno(to)) == 1;

    progress->to = terminal ? to : NULL;
    progress->what = what;
    progress->next = stk_clock_monotonic_ns() + FIRST_NS;
    progress->shown = false;
}

void
cli_progress_tell(void *payload, uint64_t done, uint64_t total)
{
    cli_progress *progress = payload;
    uint64_t now;

    if (!progress->to)
        return;
    now = stk_clock_monotonic_ns();
    if (now < progress->next)
        return;
    progress->next = now + NEXT_NS;
    progress->shown = true;
    fprintf(progress->to, "\r%s %3u%%\033[K", progress->what,
            total && done < total ? (unsigned)(done * 100 / total) : 100u);
    fflush(progress->to);
}

void
cli_progress_end(cli_progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", progress->to);
        fflush(progress->to);
    }
    progress->shown = false;
}
