/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of [stockade], a table; and asking for them. */
#include "policy/settings.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/gate.h"

typedef struct key_type key_type;

struct key_type {
    const char *name;
    int setting; /* enum stk_setting_key, or -1 */
    bool list;   /* may be repeated, and adds up */
    int (*take)(stk_settings_reader *r, const key_type *key, uint32_t line,
                const char *value);
    const char *words[4]; /* what it may say; none: anything */
};

bool
stk_settings_word(char *word, size_t size, const char **rest,
                  const char *separators)
{
    const char *start = *rest + strspn(*rest, separators);
    size_t length = strcspn(start, separators);

    if (length == 0 || length >= size)
        return false;
    memcpy(word, start, length);
    word[length] = '\0';
    *rest = start + length;
    return true;
}

/* Writes the value down; a list goes on where the same file began it. */
static int
keep_value(stk_settings_reader *r, const key_type *key, uint32_t line,
           const char *value)
{
    stk_setting *setting = &r->draft->settings[key->setting];
    bool more = key->list && setting->place.file == r->file;
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
take_version(stk_settings_reader *r, const key_type *key, uint32_t line,
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
take_choice(stk_settings_reader *r, const key_type *key, uint32_t line,
            const char *value)
{
    const char *near;
    char text[STK_QUOTE_MAX];

    for (size_t i = 0; key->words[i]; i++)
        if (!strcmp(key->words[i], value))
            return key->setting < 0 ? 0 : keep_value(r, key, line, value);
    near = stk_text_nearest(value, key->words);
    if (near)
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown value %s of %s; did you mean \"%s\"?",
                     stk_quote_word(text, value), key->name, near);
    else
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown value %s of %s; write %s%s%s or %s",
                     stk_quote_word(text, value), key->name, key->words[0],
                     key->words[2] ? ", " : "",
                     key->words[2] ? key->words[1] : "",
                     key->words[2] ? key->words[2] : key->words[1]);
    return 0;
}

/* The files were loaded before this one was parsed. */
static int
take_extends(stk_settings_reader *r, const key_type *key, uint32_t line,
             const char *value)
{
    (void)r;
    (void)key;
    (void)line;
    (void)value;
    return 0;
}

static int
take_trusted_word(stk_settings_reader *r, const key_type *key, uint32_t line,
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

static int
keep_sink(stk_settings_reader *r, const key_type *key, uint32_t line,
          const char *word, size_t prefix, bool is_path)
{
    STK_CLEANUP(stk_freep) char *path = NULL;
    const char *copy;

    path = is_path && word[prefix] ? stk_path_join(r->folder, word + prefix)
                                   : stk_text_dup(word + prefix);
    if (!path)
        return -STK_E_MEMORY;
    copy =
        stk_arena_printf(r->draft->arena, "%.*s%s", (int)prefix, word, path);
    if (!copy)
        return -STK_E_MEMORY;
    if (stk_draft_has(&r->draft->audit, copy)) {
        char text[STK_QUOTE_MAX];

        STK_COMPLAIN(r, line, STK_E_INVALID, "%s is in audit already",
                     stk_quote_word(text, word));
        return 0;
    }
    if (stk_draft_append(r->draft, &r->draft->audit, copy) < 0)
        return -STK_E_MEMORY;
    return keep_value(r, key, line, word);
}

static void
complain_sink(stk_settings_reader *r, uint32_t line, const char *word)
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
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown sink %s; did you mean \"file:%s?", text,
                     text + 1);
    else if (near)
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown sink %s; did you mean \"%s\"?", text, near);
    else
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown sink %s; write file:PATH, syslog:, journal: or "
                     "fd:N",
                     text);
}

static int
take_sink(stk_settings_reader *r, const key_type *key, uint32_t line,
          const char *word)
{
    char text[STK_QUOTE_MAX];

    for (size_t i = 0; i < N_SINKS; i++) {
        size_t n = strlen(sinks[i].word);

        if (strncmp(word, sinks[i].word, n))
            continue;
        if (check_rest(sinks[i].rest, word + n))
            return keep_sink(r, key, line, word, n,
                             sinks[i].rest <= REST_PATH_OR_NOTHING);
        STK_COMPLAIN(r, line, STK_E_INVALID, "sink %s: %s",
                     stk_quote_word(text, word), sinks[i].hint);
        return 0;
    }
    complain_sink(r, line, word);
    return 0;
}

static int
take_list(stk_settings_reader *r, const key_type *key, uint32_t line,
          const char *value)
{
    bool audit = key->setting == STK_SETTING_AUDIT;
    stk_draft_list *list = audit ? &r->draft->audit : &r->draft->trusted;
    char word[STK_LINE_LENGTH_MAX + 1];

    /* another file's list is replaced, not added to */
    if (r->draft->settings[key->setting].place.file != r->file)
        list->n = 0;
    while (stk_settings_word(word, sizeof word, &value, ", \t")) {
        int n = audit ? take_sink(r, key, line, word)
                      : take_trusted_word(r, key, line, word);

        if (n < 0)
            return n;
    }
    return 0;
}

static int
take_observe(stk_settings_reader *r, const key_type *key, uint32_t line,
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

static const key_type keys[] = {
    { "version", -1, false, take_version, { NULL } },
    { "extends", -1, true, take_extends, { NULL } },
    { "finders",
      STK_SETTING_FINDERS,
      false,
      take_choice,
      { "ours", "all", NULL } },
    { "mode",
      STK_SETTING_MODE,
      false,
      take_choice,
      { "enforce", "observe", NULL } },
    { "default",
      STK_SETTING_DEFAULT,
      false,
      take_choice,
      { "deny", "allow", NULL } },
    { "trusted", STK_SETTING_TRUSTED, true, take_list, { NULL } },
    { "shadowing",
      STK_SETTING_SHADOWING,
      false,
      take_choice,
      { "deny", "allow", NULL } },
    { "observe", STK_SETTING_OBSERVE, false, take_observe, { NULL } },
    { "audit", STK_SETTING_AUDIT, true, take_list, { NULL } },
    { "cached",
      STK_SETTING_CACHED,
      false,
      take_choice,
      { "first", "all", "none", NULL } },
    { "on_audit_failure",
      STK_SETTING_ON_AUDIT_FAILURE,
      false,
      take_choice,
      { "deny", "continue", NULL } },
    { "children",
      STK_SETTING_CHILDREN,
      false,
      take_choice,
      { "guarded", "deny", "free", NULL } },
};

#define N_KEYS (sizeof keys / sizeof keys[0])

_Static_assert(N_KEYS <= 16, "stk_settings_reader.seen holds every key");

void
stk_settings_begin(stk_settings_reader *reader, stk_draft *draft,
                   const char *file, const char *folder)
{
    memset(reader, 0, sizeof *reader);
    reader->draft = draft;
    reader->file = file;
    reader->folder = folder;
}

static void
complain_key(stk_settings_reader *r, uint32_t line, const char *key)
{
    const char *names[N_KEYS + 1] = { NULL };
    char text[STK_QUOTE_MAX];
    const char *near;

    for (size_t i = 0; i < N_KEYS; i++)
        names[i] = keys[i].name;
    near = stk_text_nearest(key, names);
    if (near)
        STK_COMPLAIN(r, line, STK_E_INVALID,
                     "unknown key %s; did you mean \"%s\"?",
                     stk_quote_word(text, key), near);
    else
        STK_COMPLAIN(r, line, STK_E_INVALID, "unknown key %s of [stockade]",
                     stk_quote_word(text, key));
}

bool
stk_settings_accepts(stk_draft *draft, const stk_said *said, uint32_t *seen)
{
    const stk_place *place = &said->place;

    if (*seen && !said->list) {
        STK_COMPLAIN_AT(draft, *place, STK_E_INVALID,
                        "%s stands on line %u already; keep one", said->key,
                        *seen);
        return false;
    }
    *seen = place->line;
    if (said->value[strspn(said->value, ", \t")])
        return true;
    STK_COMPLAIN_AT(draft, *place, STK_E_INVALID, "%s has no value",
                    said->key);
    return false;
}

int
stk_settings_take(stk_settings_reader *r, uint32_t line, const char *key,
                  const char *value)
{
    stk_said said;
    size_t i = 0;

    while (i < N_KEYS && strcmp(keys[i].name, key))
        i++;
    if (i == N_KEYS) {
        complain_key(r, line, key);
        return 0;
    }
    said = (stk_said){ key, value, { r->file, line }, keys[i].list };
    if (!stk_settings_accepts(r->draft, &said, &r->seen[i]))
        return 0;
    return keys[i].take(r, &keys[i], line, value);
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
stk_settings_extends(const stk_entries *entries, stk_extends_fn each,
                     void *payload)
{
    bool inside = false;

    for (size_t i = 0; i < entries->n; i++) {
        const stk_entry *entry = &entries->items[i];
        char word[STK_LINE_LENGTH_MAX + 1];
        const char *value = entry->value;

        if (!value)
            inside = !strcmp(entry->key, "stockade");
        if (!value || !inside || strcmp(entry->key, "extends"))
            continue;
        while (stk_settings_word(word, sizeof word, &value, ", \t")) {
            int r = each(payload, word, entry->line);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

/* ---- asking ------------------------------------------------------------ */

enum stk_mode
stk_policy_mode(const stk_policy *policy)
{
    return policy->mode;
}

enum stk_verdict
stk_policy_default(const stk_policy *policy)
{
    return policy->fallback;
}

enum stk_verdict
stk_policy_shadowing(const stk_policy *policy)
{
    return policy->shadowing;
}

enum stk_cached
stk_policy_cached(const stk_policy *policy)
{
    return policy->cached;
}

enum stk_verdict
stk_policy_on_audit_failure(const stk_policy *policy)
{
    return policy->on_audit_failure;
}

enum stk_finders
stk_policy_finders(const stk_policy *policy)
{
    return policy->finders;
}

enum stk_children
stk_policy_children(const stk_policy *policy)
{
    return policy->children;
}

const char *const *
stk_policy_audit(const stk_policy *policy, size_t *n)
{
    *n = policy->n_audit;
    return policy->audit;
}

const stk_policy *
stk_policy_observed(const stk_policy *policy)
{
    return policy->observed;
}

const char *
stk_policy_file(const stk_policy *policy)
{
    return policy->file;
}

size_t
stk_policy_rules(const stk_policy *policy)
{
    return policy->n_rules + (policy->events ? policy->events->n_rules : 0);
}
