/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [signing], a table. */
#include "policy/signing.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/gate.h"
#include "policy/keys.h"
#include "policy/moment.h"
#include "policy/sectionkey.h"

#define SIGNATURES_MAX 9u   /* files beside a module: .minisig to .minisig.9 */
#define CONTEXT_MAX    100u /* bytes, in every trusted comment */
#define HASH_LENGTH    64u  /* hexadecimal digits */

typedef struct entry {
    stk_sectionkey key; /* first, as the table wants it */
    int (*take)(stk_signing_reader *r, uint32_t line, const char *value);
} entry;

/* ---- lists ------------------------------------------------------------- */

/* What another file says of the same is replaced; what this one says is said
 * twice. */
static int
keep_item(stk_signing_reader *r, stk_draft_items *list, uint32_t line,
          stk_draft_item *item, const char *word)
{
    stk_arena *arena = r->draft->arena;
    char text[STK_QUOTE_MAX];

    item->place = (stk_place){ r->file, line };
    for (size_t i = 0; i < list->n; i++) {
        stk_draft_item *old = &list->items[i];

        if (strcmp(old->text, item->text))
            continue;
        if (old->place.file == r->file) {
            STK_COMPLAIN(r, line, STK_E_INVALID,
                         "%s: \"%s\" stands on line %u already; keep one",
                         stk_quote_word(text, word), item->text,
                         old->place.line);
            return 0;
        }
        item->text = old->text;
        *old = *item;
        return 0;
    }
    if (list->n == STK_PATTERNS_MAX) {
        STK_COMPLAIN(r, line, STK_E_LIMIT, "more than %u of a list",
                     STK_PATTERNS_MAX);
        return 0;
    }
    item->text = stk_arena_copy(arena, item->text, strlen(item->text));
    return item->text ? stk_draft_add_item(r->draft, list, item)
                      : -STK_E_MEMORY;
}

/* Decimal without a leading zero, 1 to `most`. */
static bool
parse_number(uint64_t *out, const char *text, uint64_t most)
{
    uint64_t number = 0;

    if (*text < '1' || *text > '9' || strlen(text) > 18)
        return false;
    for (; *text >= '0' && *text <= '9'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    *out = number;
    return !*text && number <= most;
}

static int
take_threshold(stk_signing_reader *r, uint32_t line, const char *value)
{
    char word[STK_LINE_LENGTH_MAX + 1], pattern[STK_LINE_LENGTH_MAX + 1];
    char text[STK_QUOTE_MAX];

    while (stk_text_word(word, sizeof word, &value, ", \t")) {
        const char *colon = strrchr(word, ':');
        stk_draft_item item = { .text = "*" };

        if (colon) {
            snprintf(pattern, sizeof pattern, "%.*s", (int)(colon - word),
                     word);
            item.text = pattern;
        }
        if (!stk_key_is_pattern(item.text) ||
            !parse_number(&item.number, colon ? colon + 1 : word,
                          SIGNATURES_MAX)) {
            STK_COMPLAIN(
                r, line, STK_E_INVALID,
                "%s is no threshold; write 2, or shop:2, with 1 to %u "
                "keys",
                stk_quote_word(text, word), SIGNATURES_MAX);
            continue;
        }
        if (keep_item(r, &r->draft->signing.thresholds, line, &item, word) < 0)
            return -STK_E_MEMORY;
    }
    return 0;
}

static int
take_floor(stk_signing_reader *r, uint32_t line, const char *value)
{
    char word[STK_LINE_LENGTH_MAX + 1], package[STK_LINE_LENGTH_MAX + 1];
    char text[STK_QUOTE_MAX];

    while (stk_text_word(word, sizeof word, &value, ", \t")) {
        size_t length = strcspn(word, ":");
        stk_draft_item item = { .text = package };

        snprintf(package, sizeof package, "%.*s", (int)length, word);
        if (!word[length] || !stk_name_is_dotted(word, length) ||
            !parse_number(&item.number, word + length + 1, INT64_MAX)) {
            STK_COMPLAIN(r, line, STK_E_INVALID,
                         "%s is no floor; write the package and its lowest "
                         "sequence, shop:300",
                         stk_quote_word(text, word));
            continue;
        }
        if (keep_item(r, &r->draft->signing.floors, line, &item, word) < 0)
            return -STK_E_MEMORY;
    }
    return 0;
}

static bool
is_hash(const char *word)
{
    return strlen(word) == HASH_LENGTH &&
           strspn(word, "0123456789abcdef") == HASH_LENGTH;
}

/* What is revoked stays revoked: another file adds to it, and cannot forget
 * what the file that it extends knew. */
static int
take_revoked(stk_signing_reader *r, uint32_t line, const char *value)
{
    stk_draft_items *list = &r->draft->signing.revoked;
    char word[STK_LINE_LENGTH_MAX + 1], text[STK_QUOTE_MAX];
    unsigned char key[STK_KEY_BYTES];

    while (stk_text_word(word, sizeof word, &value, ", \t")) {
        stk_draft_item item = { { r->file, line }, NULL, 0 };

        if (!is_hash(word) && !stk_key_decode(key, word)) {
            STK_COMPLAIN(
                r, line, STK_E_INVALID,
                "%s is neither a public key nor the hash of a content; "
                "write %u lower-case hexadecimal digits (b2sum -l 256)",
                stk_quote_word(text, word), HASH_LENGTH);
            continue;
        }
        if (list->n == STK_REVOKED_MAX) {
            STK_COMPLAIN(r, line, STK_E_LIMIT, "more than %u are revoked",
                         STK_REVOKED_MAX);
            return 0;
        }
        item.text = stk_arena_copy(r->draft->arena, word, strlen(word));
        if (!item.text || stk_draft_add_item(r->draft, list, &item) < 0)
            return -STK_E_MEMORY;
    }
    return 0;
}

/* ---- values ------------------------------------------------------------ */

static int
keep_path(stk_signing_reader *r, const char **out, const char *value)
{
    STK_CLEANUP(stk_freep) char *path = stk_path_join(r->folder, value);

    if (path)
        *out = stk_arena_copy(r->draft->arena, path, strlen(path));
    return path && *out ? 0 : -STK_E_MEMORY;
}

static int
take_state(stk_signing_reader *r, uint32_t line, const char *value)
{
    (void)line;
    return keep_path(r, &r->draft->signing.state, value);
}

static int
take_state_key(stk_signing_reader *r, uint32_t line, const char *value)
{
    (void)line;
    return keep_path(r, &r->draft->signing.state_key, value);
}

static int
take_cache(stk_signing_reader *r, uint32_t line, const char *value)
{
    (void)line;
    return keep_path(r, &r->draft->signing.cache, value);
}

static int
take_choice(stk_signing_reader *r, uint32_t line, const char *value, bool *out,
            const char *const words[3])
{
    *out = !strcmp(value, words[1]);
    if (*out || !strcmp(value, words[0]))
        return 0;
    return stk_sectionkey_unknown(r->draft, (stk_place){ r->file, line },
                                  "value", value, words);
}

static int
take_require_state(stk_signing_reader *r, uint32_t line, const char *value)
{
    static const char *const words[] = { "no", "yes", NULL };

    return take_choice(r, line, value, &r->draft->signing.require_state,
                       words);
}

static int
take_binding(stk_signing_reader *r, uint32_t line, const char *value)
{
    static const char *const words[] = { "strict", "basename", NULL };

    return take_choice(r, line, value, &r->draft->signing.basename, words);
}

static int
take_fast_path(stk_signing_reader *r, uint32_t line, const char *value)
{
    static const char *const words[] = { "auto", "off", NULL };

    return take_choice(r, line, value, &r->draft->signing.slow, words);
}

static int
take_clock_floor(stk_signing_reader *r, uint32_t line, const char *value)
{
    char text[STK_QUOTE_MAX];

    if (!stk_moment_parse(&r->draft->signing.clock_floor, value, false))
        STK_COMPLAIN(r, line, STK_E_INVALID, "%s is no date; " STK_MOMENT_HINT,
                     stk_quote_word(text, value));
    return 0;
}

/* It stands in trusted comments, where a tab would end it. */
static int
take_context(stk_signing_reader *r, uint32_t line, const char *value)
{
    char text[STK_QUOTE_MAX];
    size_t length = 0;

    while (value[length] > ' ' && value[length] < 0x7F)
        length++;
    if (value[length] || length > CONTEXT_MAX)
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "%s is no context; write up to %u characters of ASCII "
                     "without a blank",
                     stk_quote_word(text, value), CONTEXT_MAX);
    else
        r->draft->signing.context = value;
    return 0;
}

/* ---- the table --------------------------------------------------------- */

static const entry entries[] = {
    { { "threshold", true }, take_threshold },
    { { "revoked", true }, take_revoked },
    { { "floor", true }, take_floor },
    { { "state", false }, take_state },
    { { "state_key", false }, take_state_key },
    { { "require_state", false }, take_require_state },
    { { "clock_floor", false }, take_clock_floor },
    { { "context", false }, take_context },
    { { "binding", false }, take_binding },
    { { "cache", false }, take_cache },
    { { "fast_path", false }, take_fast_path },
};

#define N_ENTRIES (sizeof entries / sizeof entries[0])

_Static_assert(N_ENTRIES == STK_SIGNING_KEYS, "each key has its line");

int
stk_signing_take(stk_signing_reader *r, uint32_t line, const char *key,
                 const char *value)
{
    const stk_sectionline said = { r->draft, { r->file, line }, key, value };
    static const stk_sectionkeys table = { entries, N_ENTRIES,
                                           sizeof entries[0] };
    size_t row;
    int found = stk_sectionkey_find(&row, &said, &table, r->seen);

    return found > 0 ? entries[row].take(r, line, value) : found;
}
