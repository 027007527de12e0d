/* SPDX-License-Identifier: Apache-2.0 */
/* The left side of a rule: which names it is for. */
#include "policy/rulepattern.h"

#include <stdio.h>
#include <string.h>

#include "policy/gate.h"

static int
set_literal(stk_rule *rule, stk_draft *draft, enum stk_pattern kind,
            const char *text, size_t length)
{
    rule->kind = kind;
    rule->length = length;
    rule->literal = stk_arena_copy(draft->arena, text, length);
    if (!rule->literal)
        return -STK_E_MEMORY;
    return length == 0 || stk_name_is_dotted(text, length);
}

/* 1, 0 for what is no pattern, or -STK_E_MEMORY. */
static int
split_pattern(stk_rule *rule, stk_draft *draft, const char *key)
{
    size_t length = strlen(key);

    if (!strcmp(key, "@"))
        return 0;
    if (key[0] == '@')
        return set_literal(rule, draft, STK_PATTERN_GROUP, key + 1,
                           length - 1);
    if (!strcmp(key, "*"))
        return set_literal(rule, draft, STK_PATTERN_ANY, key, 0);
    if (length > 2 && !strcmp(key + length - 2, ".*"))
        return set_literal(rule, draft, STK_PATTERN_BELOW, key, length - 2);
    if (length > 1 && key[length - 1] == '*')
        return set_literal(rule, draft, STK_PATTERN_PREFIX, key, length - 1);
    return set_literal(rule, draft, STK_PATTERN_NAME, key, length);
}

/* What is installed as foo-bar is imported as foo_bar. */
static void
complain_name(const stk_rule *rule, stk_draft *draft, const char *key)
{
    char text[STK_QUOTE_MAX], near[STK_LINE_LENGTH_MAX + 1];

    snprintf(near, sizeof near, "%s", key);
    for (char *c = near; *c; c++)
        if (*c == '-')
            *c = '_';
    if (stk_name_is_dotted(near, strlen(near)))
        STK_COMPLAIN_AT(draft, rule->place, STK_E_INVALID,
                        "%s is no dotted module name; did you mean \"%s\"?",
                        stk_quote_word(text, key), near);
    else
        STK_COMPLAIN_AT(draft, rule->place, STK_E_INVALID,
                        "%s is no dotted module name",
                        stk_quote_word(text, key));
}

static void
complain_pattern(const stk_rule *rule, stk_draft *draft, const char *key,
                 bool event)
{
    char text[STK_QUOTE_MAX];

    stk_quote_word(text, key);
    if (key[0] == '@')
        STK_COMPLAIN_AT(draft, rule->place, STK_E_INVALID,
                        "%s names no group; write @name", text);
    else if (strchr(key, '*'))
        STK_COMPLAIN_AT(draft, rule->place, STK_E_INVALID,
                        "%s is no pattern; a * stands at the end of the last "
                        "label, nowhere else",
                        text);
    else if (event)
        STK_COMPLAIN_AT(draft, rule->place, STK_E_INVALID,
                        "%s is no name of an event", text);
    else
        complain_name(rule, draft, key);
}

int
stk_rulepattern_take(stk_rule *rule, stk_draft *draft, const char *key,
                     bool event)
{
    int result = split_pattern(rule, draft, key);

    rule->pattern = key;
    if (result == 0)
        complain_pattern(rule, draft, key, event);
    return result;
}
