/* SPDX-License-Identifier: Apache-2.0 */
/* The sinks that `audit` names, a table. */
#include "policy/auditsinks.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/gate.h"

/* What may follow the colon of a sink. */
enum sink_rest { REST_PATH, REST_PATH_OR_NOTHING, REST_NOTHING, REST_NUMBER };

static const struct {
    const char *word;
    enum sink_rest rest;
    const char *hint;
} sinks[] = {
    { "file:", REST_PATH, "write file:PATH" },
    { "syslog:", REST_PATH_OR_NOTHING, "write syslog:" },
    { "journal:", REST_NOTHING, "nothing follows; write journal:" },
    { "fd:", REST_NUMBER, "write fd:N with the number of a descriptor" },
};

#define N_SINKS (sizeof sinks / sizeof sinks[0])

static bool
check_rest(enum sink_rest kind, const char *rest)
{
    switch (kind) {
    case REST_PATH:
        return *rest != '\0';
    case REST_NOTHING:
        return *rest == '\0';
    case REST_NUMBER:
        return *rest && strlen(rest) <= 6 &&
               strspn(rest, "0123456789") == strlen(rest);
    default:
        return true;
    }
}

static void
complain_unknown(stk_draft *draft, stk_place place, const char *word)
{
    const char *names[N_SINKS + 1] = { NULL };
    char head[STK_LINE_LENGTH_MAX + 1], text[STK_QUOTE_MAX];
    size_t length = strcspn(word, ":");
    const char *near;

    memcpy(head, word, length);
    memcpy(head + length, ":", 2);
    for (size_t i = 0; i < N_SINKS; i++)
        names[i] = sinks[i].word;
    near = stk_text_nearest(head, names);
    stk_quote_word(text, word);
    if (!word[length] && strpbrk(word, "./"))
        STK_COMPLAIN_AT(draft, place, STK_E_INVALID,
                        "unknown sink %s; did you mean \"file:%s?", text,
                        text + 1);
    else if (near)
        STK_COMPLAIN_AT(draft, place, STK_E_INVALID,
                        "unknown sink %s; did you mean \"%s\"?", text, near);
    else
        STK_COMPLAIN_AT(
            draft, place, STK_E_INVALID,
            "unknown sink %s; write file:PATH, syslog:, journal: or "
            "fd:N",
            text);
}

/* A path begins at the folder of the policy. */
static int
join(const char **out, stk_draft *draft, const char *folder, const char *word,
     size_t prefix)
{
    STK_CLEANUP(stk_freep)
    char *path = stk_path_join(folder, word + prefix);

    if (path)
        *out =
            stk_arena_printf(draft->arena, "%.*s%s", (int)prefix, word, path);
    return path && *out ? 0 : -STK_E_MEMORY;
}

int
stk_auditsink_read(const char **out, stk_draft *draft, stk_place place,
                   const char *folder, const char *word)
{
    char text[STK_QUOTE_MAX];

    *out = NULL;
    for (size_t i = 0; i < N_SINKS; i++) {
        size_t n = strlen(sinks[i].word);

        if (strncmp(word, sinks[i].word, n))
            continue;
        if (!check_rest(sinks[i].rest, word + n)) {
            STK_COMPLAIN_AT(draft, place, STK_E_INVALID, "sink %s: %s",
                            stk_quote_word(text, word), sinks[i].hint);
            return 0;
        }
        if (word[n] && sinks[i].rest <= REST_PATH_OR_NOTHING)
            return join(out, draft, folder, word, n);
        *out = stk_arena_copy(draft->arena, word, strlen(word));
        return *out ? 0 : -STK_E_MEMORY;
    }
    complain_unknown(draft, place, word);
    return 0;
}
