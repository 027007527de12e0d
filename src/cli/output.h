/* SPDX-License-Identifier: Apache-2.0 */
/* What a command says: text for people, JSON for programs, colours. */
#ifndef STK_CLI_OUTPUT_H
#define STK_CLI_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <stockade/error.h>
#include <stockade/policy.h>

/* Says it on standard error and exits. */
void die(int status, const char *format, ...)
    __attribute__((format(printf, 2, 3), noreturn));

/* "stockade: MESSAGE" on standard error, foreign bytes escaped. */
void cli_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same for what a library call left in `err`. Returns the exit code
 * that goes with it. */
int cli_say_error(const stk_error *err);

/* Whatever `text` holds, safe for a terminal. */
void cli_put(FILE *to, const char *text);

/* What stands behind a word of which there are `n`: "s", or nothing. */
const char *cli_plural(uint64_t n);

/* `file:line: message`; a warning says that it is one. */
void cli_put_diagnostic(FILE *to, const stk_diagnostic *found);

/* ---- colours -------------------------------------------------------- */

enum cli_colour { CLI_PLAIN, CLI_RED, CLI_GREEN, CLI_YELLOW, CLI_BOLD };

/* Colours are for a terminal, and for nobody who set NO_COLOR. */
bool cli_colours(FILE *to);
void cli_put_coloured(FILE *to, enum cli_colour colour, const char *text);

enum cli_colour cli_verdict_colour(enum stk_verdict verdict);
const char *cli_verdict_name(enum stk_verdict verdict);

/* ---- JSON ----------------------------------------------------------- */

/* A string of any bytes; null for NULL. */
json_t *cli_json_text(const char *text);

/* A moment in seconds, as stk_moment_text() has it; null for 0. */
json_t *cli_json_moment(int64_t seconds);

/* {"file", "line", "text"}, or null where there is no rule. */
json_t *cli_json_rule(const stk_rule_ref *rule);

/* A list of what a decision requires. */
json_t *cli_json_requirements(const stk_decision *decision);

json_t *cli_json_diagnostic(const stk_diagnostic *found);

/* Sets a new value; memory that is out ends the program. */
void cli_json_set(json_t *object, const char *key, json_t *value);
void cli_json_add(json_t *array, json_t *value);
json_t *cli_json_object(void);
json_t *cli_json_array(void);

/* Prints and frees. */
void cli_json_print(json_t *value);

#endif
