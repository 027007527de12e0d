/* SPDX-License-Identifier: Apache-2.0 */
/* Why a decision is what it is: a word, and a sentence. */
#include <stddef.h>

#include <stockade/policy.h>

static const struct {
    const char *name, *text;
} reasons[] = {
    [STK_REASON_NONE] = { "none", "nothing was decided" },
    [STK_REASON_FORBIDDEN] = { "forbidden", "it is forbidden to everybody" },
    [STK_REASON_RULE] = { "rule", "a rule of [modules] covers it" },
    [STK_REASON_IMPORTER] = { "importer",
                              "a rule for this importer covers it" },
    [STK_REASON_PARENT] = { "parent", "a parent package is denied" },
    [STK_REASON_DEFAULT] = { "default", "no rule covers it" },
    [STK_REASON_TRUSTED] = { "trusted", "the importer is trusted" },
    [STK_REASON_CLOSURE] = { "closure", "the importer came in with closure" },
    [STK_REASON_OWN] = { "own", "it is the importer's own package" },
    [STK_REASON_NAME] = { "name", "it is no dotted module name" },
    [STK_REASON_SHADOWING] = { "shadowing",
                               "a standard-library name from elsewhere" },
    [STK_REASON_STARTUP] = { "startup", "the interpreter is starting" },
    [STK_REASON_AUDIT] = { "audit", "the record could not be written" },
    [STK_REASON_SIGNATURE] = { "signature", "its code is not authentic" },
};

#define N_REASONS (sizeof reasons / sizeof reasons[0])

const char *
stk_reason_name(enum stk_reason reason)
{
    return (size_t)reason < N_REASONS ? reasons[reason].name : "none";
}

const char *
stk_reason_text(enum stk_reason reason)
{
    return reasons[(size_t)reason < N_REASONS ? reason : 0].text;
}
