/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [stockade], a table. */
#include "policy/settings.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/auditsinks.h"
#include "policy/gate.h"

typedef struct entry entry;

struct entry {
    stk_sectionkey key; /* first, as the table wants it */
    int setting;        /* enum stk_setting_key, or -1 */
    int (*take)(stk_settings_reader *r, const entry *key, uint32_t line,
                const char *value);
    const char *words[4]; /* what it may say; none: anything */
};

/* Writes the value down; a list goes on where the same file began it. */
static int
keep_value(stk_settings_reader *r, const entry *key, uint32_t line,
           const char *value)
{
    stk_setting *setting = &r->draft->settings[key->setting];
    bool more = key->key.list && setting->place.file == r->file;
    char *text = more ? stk_arena_printf(r->draft->arena, "%s, %s",
                                         setting->value, value)
                      : stk_arena_copy(r->draft->arena, value, strlen(value));

    if (!text)
        return -STK_E_MEMORY;
    setting->value = text;
    if (!more)
        setting->place = (stk_place){ r->file, line };
    return 0;
}

/* ---- what the keys take ---------------------------------------------- */

static int
take_version(stk_settings_reader *r, const entry *key, uint32_t line,
             const char *value)
{
    char text[STK_QUOTE_MAX];

    (void)key;
    if (strcmp(value, "1"))
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown version %s; this build reads version 1",
                     stk_quote_word(text, value));
    return 0;
}

static int
take_choice(stk_settings_reader *r, const entry *key, uint32_t line,
            const char *value)
{
    const char *near;
    char text[STK_QUOTE_MAX];

    for (size_t i = 0; key->words[i]; i++)
        if (!strcmp(key->words[i], value))
            return keep_value(r, key, line, value);
    near = stk_text_nearest(value, key->words);
    if (near)
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown value %s of %s; did you mean \"%s\"?",
                     stk_quote_word(text, value), key->key.name, near);
    else
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown value %s of %s; write %s%s%s or %s",
                     stk_quote_word(text, value), key->key.name, key->words[0],
                     key->words[2] ? ", " : "",
                     key->words[2] ? key->words[1] : "",
                     key->words[2] ? key->words[2] : key->words[1]);
    return 0;
}

/* The files were loaded before this one was parsed. */
static int
take_extends(stk_settings_reader *r, const entry *key, uint32_t line,
             const char *value)
{
    (void)r;
    (void)key;
    (void)line;
    (void)value;
    return 0;
}

static int
take_trusted_word(stk_settings_reader *r, const entry *key, uint32_t line,
                  const char *word)
{
    stk_draft_list *list = &r->draft->trusted;
    char text[STK_QUOTE_MAX];
    const char *copy;

    if (word[0] != '@' || !word[1]) {
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "%s is no group; trusted takes groups: @name",
                     stk_quote_word(text, word));
        return 0;
    }
    if (stk_draft_has(list, word + 1)) {
        STK_COMPLAIN(r, line, STK_E_INVALID, "%s is in trusted already",
                     stk_quote_word(text, word));
        return 0;
    }
    copy = stk_arena_copy(r->draft->arena, word + 1, strlen(word + 1));
    if (!copy || stk_draft_append(r->draft, list, copy) < 0)
        return -STK_E_MEMORY;
    return keep_value(r, key, line, word);
}

static int
take_sink(stk_settings_reader *r, const entry *key, uint32_t line,
          const char *word)
{
    const stk_place place = { r->file, line };
    char text[STK_QUOTE_MAX];
    const char *sink;

    if (stk_auditsink_read(&sink, r->draft, place, r->folder, word) < 0)
        return -STK_E_MEMORY;
    if (!sink)
        return 0;
    if (stk_draft_has(&r->draft->audit, sink)) {
        STK_COMPLAIN(r, line, STK_E_INVALID, "%s is in audit already",
                     stk_quote_word(text, word));
        return 0;
    }
    if (stk_draft_append(r->draft, &r->draft->audit, sink) < 0)
        return -STK_E_MEMORY;
    return keep_value(r, key, line, word);
}

static int
take_list(stk_settings_reader *r, const entry *key, uint32_t line,
          const char *value)
{
    bool audit = key->setting == STK_SETTING_AUDIT;
    stk_draft_list *list = audit ? &r->draft->audit : &r->draft->trusted;
    char word[STK_LINE_LENGTH_MAX + 1];

    /* another file's list is replaced, not added to */
    if (r->draft->settings[key->setting].place.file != r->file)
        list->n = 0;
    while (stk_text_word(word, sizeof word, &value, ", \t")) {
        int n = audit ? take_sink(r, key, line, word)
                      : take_trusted_word(r, key, line, word);

        if (n < 0)
            return n;
    }
    return 0;
}

static int
take_observe(stk_settings_reader *r, const entry *key, uint32_t line,
             const char *value)
{
    STK_CLEANUP(stk_freep) char *path = stk_path_join(r->folder, value);

    if (!path)
        return -STK_E_MEMORY;
    r->draft->observe = stk_arena_copy(r->draft->arena, path, strlen(path));
    if (!r->draft->observe)
        return -STK_E_MEMORY;
    return keep_value(r, key, line, value);
}

/* ---- the table --------------------------------------------------------- */

static const entry entries[] = {
    { { "version", false }, -1, take_version, { NULL } },
    { { "extends", true }, -1, take_extends, { NULL } },
    { { "finders", false },
      STK_SETTING_FINDERS,
      take_choice,
      { "ours", "all", NULL } },
    { { "mode", false },
      STK_SETTING_MODE,
      take_choice,
      { "enforce", "observe", NULL } },
    { { "default", false },
      STK_SETTING_DEFAULT,
      take_choice,
      { "deny", "allow", NULL } },
    { { "trusted", true }, STK_SETTING_TRUSTED, take_list, { NULL } },
    { { "shadowing", false },
      STK_SETTING_SHADOWING,
      take_choice,
      { "deny", "allow", NULL } },
    { { "observe", false }, STK_SETTING_OBSERVE, take_observe, { NULL } },
    { { "audit", true }, STK_SETTING_AUDIT, take_list, { NULL } },
    { { "cached", false },
      STK_SETTING_CACHED,
      take_choice,
      { "first", "all", "none", NULL } },
    { { "on_audit_failure", false },
      STK_SETTING_ON_AUDIT_FAILURE,
      take_choice,
      { "deny", "continue", NULL } },
    { { "children", false },
      STK_SETTING_CHILDREN,
      take_choice,
      { "guarded", "deny", "free", NULL } },
};

#define N_ENTRIES (sizeof entries / sizeof entries[0])

_Static_assert(N_ENTRIES <= STK_SECTIONKEYS_MAX,
               "stk_settings_reader.seen holds every key");

void
stk_settings_begin(stk_settings_reader *reader, stk_draft *draft,
                   const char *file, const char *folder)
{
    memset(reader, 0, sizeof *reader);
    reader->draft = draft;
    reader->file = file;
    reader->folder = folder;
}

int
stk_settings_take(stk_settings_reader *r, uint32_t line, const char *key,
                  const char *value)
{
    const stk_sectionline said = { r->draft, { r->file, line }, key, value };
    static const stk_sectionkeys table = { entries, N_ENTRIES,
                                           sizeof entries[0] };
    size_t row;
    int found = stk_sectionkey_find(&row, &said, &table, r->seen);

    return found > 0 ? entries[row].take(r, &entries[row], line, value)
                     : found;
}

void
stk_settings_end(stk_settings_reader *r)
{
    if (r->heading && !r->seen[0])
        STK_COMPLAIN(r, r->heading, STK_E_INVALID,
                     "no version; write version = 1");
    else if (!r->heading)
        STK_COMPLAIN(r, 1, STK_E_INVALID,
                     "no [stockade] section; begin with [stockade] and "
                     "version = 1");
}

/* ---- from the draft to the policy ------------------------------------- */

static bool
says(const stk_draft *draft, enum stk_setting_key key, const char *word)
{
    const char *value = draft->settings[key].value;

    return value && !strcmp(value, word);
}

void
stk_settings_finish(stk_policy *policy, const stk_draft *draft)
{
    memcpy(policy->settings, draft->settings, sizeof policy->settings);
    if (says(draft, STK_SETTING_MODE, "observe"))
        policy->mode = STK_MODE_OBSERVE;
    if (says(draft, STK_SETTING_DEFAULT, "allow"))
        policy->fallback = STK_ALLOW;
    if (says(draft, STK_SETTING_SHADOWING, "allow"))
        policy->shadowing = STK_ALLOW;
    if (says(draft, STK_SETTING_CACHED, "all"))
        policy->cached = STK_CACHED_ALL;
    if (says(draft, STK_SETTING_CACHED, "none"))
        policy->cached = STK_CACHED_NONE;
    if (says(draft, STK_SETTING_ON_AUDIT_FAILURE, "continue"))
        policy->on_audit_failure = STK_ALLOW;
    if (says(draft, STK_SETTING_FINDERS, "ours"))
        policy->finders = STK_FINDERS_OURS;
    else
        policy->finders = STK_FINDERS_ALL;
    policy->children = STK_CHILDREN_GUARDED;
    if (says(draft, STK_SETTING_CHILDREN, "deny"))
        policy->children = STK_CHILDREN_DENY;
    if (says(draft, STK_SETTING_CHILDREN, "free"))
        policy->children = STK_CHILDREN_FREE;
    policy->audit = draft->audit.items;
    policy->n_audit = draft->audit.n;
    policy->observe_path = draft->observe;
}

int
stk_settings_extends(const stk_entries *file, stk_extends_fn each,
                     void *payload)
{
    bool inside = false;

    for (size_t i = 0; i < file->n; i++) {
        const stk_entry *at = &file->items[i];
        char word[STK_LINE_LENGTH_MAX + 1];
        const char *value = at->value;

        if (!value)
            inside = !strcmp(at->key, "stockade");
        if (!value || !inside || strcmp(at->key, "extends"))
            continue;
        while (stk_text_word(word, sizeof word, &value, ", \t")) {
            int r = each(payload, word, at->line);

            if (r < 0)
                return r;
        }
    }
    return 0;
}
