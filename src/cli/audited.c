/* SPDX-License-Identifier: Apache-2.0 */
/* Audit events as a user names them: a policy with that one rule has them. */
#include "cli/audited.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/load.h"
#include "cli/output.h"
#include "policy/events.h"

#define BEGINNING "[stockade]\nversion = 1\n[events]\n"

/* What CPython raises, all of it. */
static const char every[] = BEGINNING "@events.process = deny\n"
                                      "@events.network = deny\n"
                                      "@events.native = deny\n"
                                      "@events.introspection = deny\n"
                                      "@events.files = deny\n"
                                      "@events.code = deny\n"
                                      "@events.other = deny\n";

static void
keep_first(void *payload, const stk_diagnostic *found)
{
    char *wrong = payload;

    if (!wrong[0])
        snprintf(wrong, CLI_AUDITED_WRONG, "%s", found->message);
}

/* Nothing that would be another line, or another word, of a policy. */
static bool
is_one_key(const char *text, size_t length)
{
    static const char marks[] = "_.*@";

    for (size_t i = 0; i < length; i++)
        if (!(text[i] >= 'a' && text[i] <= 'z') &&
            !(text[i] >= 'A' && text[i] <= 'Z') &&
            !(text[i] >= '0' && text[i] <= '9') && !strchr(marks, text[i]))
            return false;
    return length > 0 && length <= STK_NAME_MAX;
}

/* `wrong` NULL: the text is ours. */
static int
compile(stk_policy **out, const char *text, char *wrong)
{
    const stk_policy_text policy = { "--event", text, strlen(text) };
    stk_error err = STK_ERROR_INIT;

    if (stk_policy_parse(out, &policy, wrong ? keep_first : NULL, wrong,
                         &err) == 0)
        return 0;
    if (err.code == STK_E_MEMORY)
        die(CLI_MACHINE, "out of memory");
    return -1;
}

/* One label, and no event of CPython's: a word that means another thing. */
static bool
is_stray(const char *text)
{
    STK_CLEANUP(cli_policy_freep) stk_policy *known = NULL;

    return !strpbrk(text, ".@*") && compile(&known, every, NULL) == 0 &&
           !stk_policy_has_event(known, text);
}

int
cli_audited_read(stk_policy **out, const char *text,
                 char wrong[CLI_AUDITED_WRONG])
{
    STK_CLEANUP(cli_policy_freep) stk_policy *policy = NULL;
    STK_CLEANUP(stk_freep) char *whole = NULL;
    stk_error err = STK_ERROR_INIT;
    size_t length = strcspn(text, "/");

    wrong[0] = '\0';
    if (!is_one_key(text, length) || is_stray(text))
        return -1;
    whole = stk_text_printf(BEGINNING "%.*s = deny\n", (int)length, text);
    if (!whole)
        die(CLI_MACHINE, "out of memory");
    if (compile(&policy, whole, wrong) < 0)
        return -1;
    if (stk_policy_lint(policy, keep_first, wrong, &err) < 0)
        die(CLI_MACHINE, "out of memory");
    if (wrong[0])
        return -1;
    *out = STK_STEAL(policy);
    return 0;
}

bool
cli_audited_has(const stk_policy *audited, const char *event)
{
    return event && !stk_event_is_reserved(event) &&
           stk_policy_has_event(audited, event);
}
