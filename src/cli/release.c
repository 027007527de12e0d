/* SPDX-License-Identifier: Apache-2.0 */
/* What sign and bundle are told alike of what they sign. */
#include "cli/release.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "cli/options.h"
#include "cli/output.h"
#include "policy/moment.h"
#include "trust/comment.h"
#include "trust/number.h"

static int
take_sequence(const cli_command *self, uint64_t *out, const char *text)
{
    if (stk_number_read(out, text, strlen(text)))
        return CLI_GOOD;
    return cli_usage_error(self, "--sequence is a number, not \"%s\"", text);
}

/* What has no blanks. `option` without its dashes, as below. */
static int
take_word(const cli_command *self, const char **out, const char *option,
          const char *text)
{
    if (stk_comment_is_word(text, strlen(text))) {
        *out = text;
        return CLI_GOOD;
    }
    return cli_usage_error(
        self, "--%s is one word, without blanks, not \"%s\"", option, text);
}

/* `end`: a day is good to its last second. */
static int
take_moment(const cli_command *self, int64_t *out, const char *option,
            const char *text, bool end)
{
    if (stk_moment_parse(out, text, end))
        return CLI_GOOD;
    return cli_usage_error(
        self, "--%s is a date, not \"%s\"; " STK_MOMENT_HINT, option, text);
}

static int
take_expiry(const cli_command *self, int64_t *out, const char *text)
{
    int result = take_moment(self, out, "expires", text, true);

    if (result == CLI_GOOD && *out < (int64_t)time(NULL))
        cli_say("--expires %s is past: no policy accepts what is signed so",
                text);
    return result;
}

int
cli_release_take(const cli_command *self, cli_release *out, int option,
                 const char *text)
{
    switch (option) {
    case CLI_RELEASE_VERSION:
        return take_word(self, &out->version, "version", text);
    case CLI_RELEASE_CONTEXT:
        return take_word(self, &out->context, "context", text);
    case CLI_RELEASE_SEQUENCE:
        return take_sequence(self, &out->sequence, text);
    case CLI_RELEASE_EXPIRES:
        return take_expiry(self, &out->expires, text);
    default:
        return take_moment(self, &out->signed_at, "date", text, false);
    }
}

int
cli_release_optimize(const cli_command *self, unsigned *bits, const char *text)
{
    if (text[0] < '0' || text[0] > '2' || text[1])
        return cli_usage_error(self, "--optimize is 0, 1 or 2, not \"%s\"",
                               text);
    *bits |= 1u << (text[0] - '0');
    return CLI_GOOD;
}

int
cli_release_add(const cli_command *self, const char **list, size_t *n,
                size_t most, const char *option)
{
    if (*n == most)
        return cli_usage_error(self, "--%s is given at most %zu times", option,
                               most);
    list[(*n)++] = optarg;
    return CLI_GOOD;
}

/* ---- what is there already ------------------------------------------ */

static bool
differs(const char *path, const char *option, const char *said,
        const char *has)
{
    if (!said || !strcmp(said, has))
        return false;
    cli_say("%s: --%s is \"%s\", and what is there says \"%s\"; sign what it "
            "says, or make it anew, without --additional",
            path, option, said, has);
    return true;
}

#define NUMBER_MAX 24

/* As text; NULL where nothing was said. */
static const char *
number_text(char text[NUMBER_MAX], uint64_t number)
{
    snprintf(text, NUMBER_MAX, "%" PRIu64, number);
    return number ? text : NULL;
}

static const char *
time_text(char text[NUMBER_MAX], int64_t seconds)
{
    char whole[STK_CLOCK_TEXT_MAX];

    text[0] = '\0';
    if (seconds <= 0)
        return NULL;
    stk_clock_text(whole, (uint64_t)seconds * 1000000u);
    snprintf(text, NUMBER_MAX, "%.19sZ", whole);
    return text;
}

int
cli_release_agrees(const cli_release *said, const cli_release *has,
                   const char *path)
{
    char number[NUMBER_MAX], has_number[NUMBER_MAX];
    char expires[NUMBER_MAX], has_expires[NUMBER_MAX];

    number_text(has_number, has->sequence);
    time_text(has_expires, has->expires);
    return differs(path, "package", said->package, has->package) ||
                   differs(path, "version", said->version, has->version) ||
                   differs(path, "context", said->context, has->context) ||
                   differs(path, "sequence",
                           number_text(number, said->sequence), has_number) ||
                   differs(path, "expires", time_text(expires, said->expires),
                           has_expires)
               ? CLI_NO
               : CLI_GOOD;
}

/* ---- when ------------------------------------------------------------ */

/* Builds that are made again give the same bytes:
 * https://reproducible-builds.org/specs/source-date-epoch/ */
void
cli_release_stamp(cli_release *release)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    uint64_t seconds;

    if (release->signed_at)
        return;
    if (!epoch || !stk_number_read(&seconds, epoch, strlen(epoch)))
        seconds = stk_clock_wall_us() / 1000000u;
    release->signed_at = (int64_t)seconds;
}
