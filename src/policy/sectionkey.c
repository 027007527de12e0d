/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a section, as a table. */
#include "policy/sectionkey.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "policy/gate.h"

int
stk_sectionkey_unknown(stk_draft *draft, stk_place place, const char *what,
                       const char *word, const char *const *words)
{
    STK_CLEANUP(stk_buffer_clear)
    stk_buffer all = STK_BUFFER_INIT(STK_LINE_LENGTH_MAX * 4);
    const char *near = stk_text_nearest(word, words);
    char text[STK_QUOTE_MAX];

    stk_buffer_choices(&all, words);
    if (all.failed)
        return -STK_E_MEMORY;
    if (near)
        STK_COMPLAIN_AT(draft, place, STK_E_INVALID,
                        "unknown %s %s; did you mean \"%s\"?", what,
                        stk_quote_word(text, word), near);
    else
        STK_COMPLAIN_AT(draft, place, STK_E_INVALID, "unknown %s %s; write %s",
                        what, stk_quote_word(text, word), all.data);
    return 0;
}

bool
stk_sectionkey_accepts(const stk_sectionline *line, bool list, uint32_t *seen)
{
    if (*seen && !list) {
        STK_COMPLAIN_AT(line->draft, line->place, STK_E_INVALID,
                        "%s stands on line %u already; keep one", line->key,
                        *seen);
        return false;
    }
    *seen = line->place.line;
    if (line->value[strspn(line->value, ", \t")])
        return true;
    STK_COMPLAIN_AT(line->draft, line->place, STK_E_INVALID, "%s has no value",
                    line->key);
    return false;
}

int
stk_sectionkey_find(size_t *row, const stk_sectionline *line,
                    const stk_sectionkeys *keys, uint32_t *seen)
{
    const char *names[STK_SECTIONKEYS_MAX + 1] = { NULL };

    for (size_t i = 0; i < keys->n && i < STK_SECTIONKEYS_MAX; i++) {
        const stk_sectionkey *key =
            (const void *)((const char *)keys->rows + i * keys->size);

        names[i] = key->name;
        if (strcmp(names[i], line->key))
            continue;
        *row = i;
        return seen && stk_sectionkey_accepts(line, key->list, &seen[i]);
    }
    return stk_sectionkey_unknown(line->draft, line->place, "key", line->key,
                                  names);
}

static bool
is_new(stk_draft *draft, stk_place place, const stk_draft_list *list,
       const char *word)
{
    char text[STK_QUOTE_MAX];

    if (!stk_draft_has(list, word))
        return true;
    STK_COMPLAIN_AT(draft, place, STK_E_INVALID, "%s is in modules already",
                    stk_quote_word(text, word));
    return false;
}

int
stk_sectionkey_patterns(stk_draft *draft, stk_place place,
                        stk_draft_list *list, const char *value,
                        stk_fits_fn fits)
{
    char word[STK_LINE_LENGTH_MAX + 1];

    while (stk_text_word(word, sizeof word, &value, ", \t")) {
        const char *copy;

        if (!fits(draft, place, word) || !is_new(draft, place, list, word))
            continue;
        if (list->n == STK_PATTERNS_MAX) {
            STK_COMPLAIN_AT(draft, place, STK_E_LIMIT, "more than %u patterns",
                            STK_PATTERNS_MAX);
            return 0;
        }
        copy = stk_arena_copy(draft->arena, word, strlen(word));
        if (!copy || stk_draft_append(draft, list, copy) < 0)
            return -STK_E_MEMORY;
    }
    return 0;
}
