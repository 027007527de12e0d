/* SPDX-License-Identifier: Apache-2.0 */
/* What the entries of one file say: sections, keys, words into the draft. */
#include "policy/parse.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/events.h"
#include "policy/keys.h"
#include "policy/loaders.h"
#include "policy/profiles.h"
#include "policy/rulepattern.h"
#include "policy/settings.h"
#include "policy/signing.h"
#include "policy/words.h"

typedef struct parser parser;
typedef struct section_type section_type;

struct parser {
    stk_draft *draft;
    stk_draft *half; /* of the section: the draft, or its events */
    const stk_source *source;
    const section_type *type; /* of the section that is read, or NULL */
    bool guessed;             /* its heading was another */
    stk_section *section;
    stk_draft_group *group;
    stk_settings_reader settings;
    stk_key_reader key;
    stk_profile_reader profile;
    stk_loader_reader loader;
    stk_signing_reader signing;
    uint32_t line;
    bool no_memory;
};

struct section_type {
    const char *word; /* what the heading begins with */
    const char *hint; /* how it is written */
    bool named;
    bool events; /* its rules speak of audit events */
    void (*begin)(parser *p, const char *heading, const char *name);
    void (*entry)(parser *p, const char *key, const char *value);
};

#define COMPLAIN(p, code, ...)                                                \
    stk_complain((p)->draft->complaints, (p)->source->file, (p)->line,        \
                 (code), __VA_ARGS__)

static void
note_memory(parser *p, int result)
{
    if (result < 0)
        p->no_memory = true;
}

/* Two of one kind in one file: which one counts would be a guess. */
static bool
is_repeated(parser *p, const stk_place *place, const char *heading)
{
    if (p->guessed) /* it was told already, and takes nobody's place */
        return true;
    if (place->file != p->source->file)
        return false;
    COMPLAIN(p, STK_E_INVALID, "[%s] stands on line %u already; keep one",
             heading, place->line);
    return true;
}

/* In the half of a policy that judges audit events. */
static bool
is_of_events(const parser *p)
{
    return p->half && p->half == p->draft->events;
}

/* ---- rules ---------------------------------------------------------- */

static bool
take_pattern(parser *p, stk_rule *rule, const char *key)
{
    int result = stk_rulepattern_take(rule, p->draft, key, is_of_events(p));

    note_memory(p, result);
    return result > 0;
}

static void
keep_rule(parser *p, stk_rule *rule, const char *value)
{
    const char *const texts[] = { rule->pattern, " = ", value };

    rule->text = stk_arena_join(p->draft->arena, texts, 3);
    if (!rule->text || stk_draft_add_rule(p->half, rule) < 0)
        p->no_memory = true;
}

static stk_rule *
begin_rule(parser *p)
{
    stk_rule *rule;

    if (!p->section)
        return NULL; /* its heading was refused */
    rule = stk_arena_take(p->draft->arena, 1, sizeof *rule);
    if (!rule) {
        p->no_memory = true;
        return NULL;
    }
    rule->place = (stk_place){ p->source->file, p->line };
    rule->section = p->section;
    return rule;
}

static void
take_rule(parser *p, const char *key, const char *value)
{
    stk_rule *rule = begin_rule(p);
    bool good;
    int n;

    if (!rule)
        return;
    good = take_pattern(p, rule, key);
    n = stk_words_take(rule, p->draft, p->source->folder, value);
    if (n < 0)
        p->no_memory = true;
    else if (n > 0 && good)
        keep_rule(p, rule, rule->words);
}

static void
take_event(parser *p, const char *key, const char *value)
{
    if (stk_event_check(p->draft->complaints,
                        (stk_place){ p->source->file, p->line }, key))
        take_rule(p, key, value);
}

static void
take_forbidden(parser *p, const char *key, const char *value)
{
    stk_rule *rule = begin_rule(p);
    bool good;

    if (!rule)
        return;
    good = take_pattern(p, rule, key);
    if (!*value) {
        COMPLAIN(p, STK_E_INVALID,
                 "no reason is given; the value is what the user is told");
        return;
    }
    if (!good)
        return;
    rule->reason = value;
    keep_rule(p, rule, value);
}

/* ---- groups --------------------------------------------------------- */

static void
take_member(parser *p, const char *word)
{
    char text[STK_QUOTE_MAX];
    const char *name;

    if (word[0] == '@') {
        COMPLAIN(p, STK_E_INVALID, "%s is a group; members are module names",
                 stk_quote_word(text, word));
        return;
    }
    if (!stk_name_is_dotted(word, strlen(word))) {
        COMPLAIN(p, STK_E_INVALID, "%s is no dotted module name%s",
                 stk_quote_word(text, word),
                 strchr(word, '*') ? "; a member stands for what is below it "
                                     "too"
                                   : "");
        return;
    }
    name = stk_arena_copy(p->draft->arena, word, strlen(word));
    if (!name || stk_draft_add_member(p->draft, p->group, name, p->line) < 0)
        p->no_memory = true;
}

static void
take_group_key(parser *p, const char *key, const char *value)
{
    char word[STK_LINE_LENGTH_MAX + 1];
    char text[STK_QUOTE_MAX];

    if (strcmp(key, "members")) {
        COMPLAIN(p, STK_E_INVALID, "unknown key %s of a group; write members",
                 stk_quote_word(text, key));
        return;
    }
    if (!*value)
        COMPLAIN(p, STK_E_INVALID, "members has no value");
    while (stk_text_word(word, sizeof word, &value, ", \t"))
        if (p->group)
            take_member(p, word);
}

/* Reported at the heading: there is no line where a missing one stands. */
static void
finish_group(parser *p)
{
    uint32_t line = p->line;

    if (p->group && p->group->n_members == 0) {
        p->line = p->group->group->place.line;
        COMPLAIN(p, STK_E_INVALID, "[group %s] has no members",
                 p->group->group->name);
    }
    p->line = line;
    p->group = NULL;
}

static bool
is_builtin_name(const char *name)
{
    return stk_name_is_within(name, "stdlib") ||
           stk_name_is_within(name, "events");
}

static void
begin_group(parser *p, const char *heading, const char *name)
{
    stk_draft_group *group;
    char text[STK_QUOTE_MAX];

    if (!stk_name_is_dotted(name, strlen(name))) {
        COMPLAIN(p, STK_E_INVALID, "%s is no name for a group",
                 stk_quote_word(text, name));
        return;
    }
    if (is_builtin_name(name)) {
        COMPLAIN(p, STK_E_INVALID,
                 "@%s is built in; choose another name than %.6s", name, name);
        return;
    }
    group = stk_draft_group_named(p->draft, name);
    if (!group) {
        p->no_memory = true;
        return;
    }
    if (is_repeated(p, &group->group->place, heading))
        return;
    group->group->place = (stk_place){ p->source->file, p->line };
    group->n_members = 0; /* the later file's members, not both */
    p->group = group;
}

/* ---- sections ------------------------------------------------------- */

static void
begin_rules(parser *p, const char *heading, const char *name)
{
    stk_section *section = stk_draft_section(p->half, heading);

    (void)name;
    if (!section) {
        p->no_memory = true;
        return;
    }
    p->section = section;
    if (!is_repeated(p, &section->place, heading))
        section->place = (stk_place){ p->source->file, p->line };
}

static void
begin_from(parser *p, const char *heading, const char *name)
{
    const char *dotted = name[0] == '@' ? name + 1 : name;
    char text[STK_QUOTE_MAX];

    if (strchr(name, '*')) {
        COMPLAIN(p, STK_E_INVALID,
                 "[%s]: write the importer's name, which stands for what is "
                 "below it too; several importers are a group: "
                 "[%s @name]",
                 heading, p->type->word);
        return;
    }
    if (!stk_name_is_dotted(dotted, strlen(dotted))) {
        COMPLAIN(p, STK_E_INVALID, "%s is no dotted module name",
                 stk_quote_word(text, name));
        return;
    }
    begin_rules(p, heading, name);
    if (p->section && name == dotted)
        p->section->importer = strrchr(p->section->name, ' ') + 1;
}

static void
begin_stockade(parser *p, const char *heading, const char *name)
{
    (void)name;
    if (p->settings.heading)
        COMPLAIN(p, STK_E_INVALID, "[%s] stands on line %u already; keep one",
                 heading, p->settings.heading);
    else
        p->settings.heading = p->line;
}

static void
take_setting(parser *p, const char *key, const char *value)
{
    note_memory(p, stk_settings_take(&p->settings, p->line, key, value));
}

static void
begin_key(parser *p, const char *heading, const char *name)
{
    (void)heading;
    note_memory(p, stk_key_begin(&p->key, p->line, name));
}

static void
take_key_entry(parser *p, const char *key, const char *value)
{
    note_memory(p, stk_key_take(&p->key, p->line, key, value));
}

static void
begin_signing(parser *p, const char *heading, const char *name)
{
    stk_place *place = &p->draft->signing.place;

    (void)name;
    if (!is_repeated(p, place, heading))
        *place = (stk_place){ p->source->file, p->line };
}

static void
take_signing_entry(parser *p, const char *key, const char *value)
{
    note_memory(p, stk_signing_take(&p->signing, p->line, key, value));
}

static void
begin_profile(parser *p, const char *heading, const char *name)
{
    (void)heading;
    note_memory(p, stk_profile_begin(&p->profile, p->line, name));
}

static void
take_profile_entry(parser *p, const char *key, const char *value)
{
    note_memory(p, stk_profile_take(&p->profile, p->line, key, value));
}

static void
begin_loader(parser *p, const char *heading, const char *name)
{
    (void)heading;
    note_memory(p, stk_loader_begin(&p->loader, p->line, name));
}

static void
take_loader_entry(parser *p, const char *key, const char *value)
{
    note_memory(p, stk_loader_take(&p->loader, p->line, key, value));
}

static void
begin_unsupported(parser *p, const char *heading, const char *name)
{
    char text[STK_QUOTE_MAX];

    (void)name;
    COMPLAIN(p, STK_E_UNSUPPORTED, "section %s is not supported by this build",
             stk_quote_word(text, heading));
}

/* What the language has; what this build has not is refused, not unknown. */
static const section_type section_types[] = {
    { "stockade", "stockade", false, false, begin_stockade, take_setting },
    { "forbidden", "forbidden", false, false, begin_rules, take_forbidden },
    { "modules", "modules", false, false, begin_rules, take_rule },
    { "modules from", "modules from X", true, false, begin_from, take_rule },
    { "events", "events", false, true, begin_rules, take_event },
    { "events from", "events from X", true, true, begin_from, take_event },
    { "group", "group X", true, false, begin_group, take_group_key },
    { "key", "key X", true, false, begin_key, take_key_entry },
    { "sandbox", "sandbox X", true, false, begin_profile, take_profile_entry },
    { "loader", "loader X", true, false, begin_loader, take_loader_entry },
    { "repository", "repository X", true, false, begin_unsupported, NULL },
    { "signing", "signing", false, false, begin_signing, take_signing_entry },
};

#define N_TYPES (sizeof section_types / sizeof section_types[0])

/* `guess` is what was meant, or "". */
static void
complain_section(parser *p, const char *heading, char *guess, size_t size)
{
    const char *names[N_TYPES + 1] = { NULL };
    const char *near, *space = strrchr(heading, ' ');
    char head[STK_SECTION_NAME_MAX + 1], text[STK_QUOTE_MAX];
    size_t n = 0;

    for (size_t i = 0; i < N_TYPES; i++)
        if (!strcmp(section_types[i].word, heading))
            near = section_types[i].hint, n++;
    if (n) {
        COMPLAIN(p, STK_E_INVALID, "section %s lacks its name; write [%s]",
                 stk_quote_word(text, heading), near);
        return;
    }
    snprintf(head, sizeof head, "%.*s",
             (int)(space ? space - heading : (ptrdiff_t)strlen(heading)),
             heading);
    for (size_t i = 0; i < N_TYPES; i++)
        if (section_types[i].named == (space != NULL))
            names[n++] = section_types[i].word;
    near = stk_text_nearest(head, names);
    if (near)
        snprintf(guess, size, "%s%s", near, space ? space : "");
    if (near)
        COMPLAIN(p, STK_E_INVALID, "unknown section %s; did you mean [%s]?",
                 stk_quote_word(text, heading), guess);
    else
        COMPLAIN(p, STK_E_INVALID, "unknown section %s",
                 stk_quote_word(text, heading));
}

static const section_type *
find_type(const char *heading, const char **name)
{
    for (size_t i = 0; i < N_TYPES; i++) {
        const section_type *type = &section_types[i];
        size_t length = strlen(type->word);

        if (strncmp(heading, type->word, length))
            continue;
        *name = heading + length;
        if (!type->named && !**name)
            return type;
        /* `modules from x` is no group named "from x" */
        if (type->named && **name == ' ' && (*name)[1] &&
            !strchr(*name + 1, ' ')) {
            (*name)++;
            return type;
        }
    }
    return NULL;
}

static void
take_heading(parser *p, const char *heading)
{
    char guess[2 * STK_SECTION_NAME_MAX + 2] = "";
    const char *name = "";

    finish_group(p);
    stk_key_end(&p->key);
    stk_profile_end(&p->profile);
    stk_loader_end(&p->loader);
    p->section = NULL;
    p->type = find_type(heading, &name);
    p->guessed = !p->type;
    if (!p->type) {
        complain_section(p, heading, guess, sizeof guess);
        heading = stk_arena_copy(p->draft->arena, guess, strlen(guess));
        p->no_memory = p->no_memory || !heading;
        p->type = heading && *heading ? find_type(heading, &name) : NULL;
        if (p->type && !p->type->entry)
            p->type = NULL;
    }
    if (p->type) {
        p->half = p->type->events ? p->draft->events : p->draft;
        p->type->begin(p, heading, name);
    }
}

/* Entries of a section whose heading was refused are judged where it can be
 * guessed what was meant, or their mistakes would be seen a round later. */
static void
take_entry(parser *p, bool headless, const char *key, const char *value)
{
    char text[STK_QUOTE_MAX];

    if (headless)
        COMPLAIN(p, STK_E_INVALID,
                 "%s stands before the first section; begin with [stockade]",
                 stk_quote_word(text, key));
    else if (p->type && p->type->entry)
        p->type->entry(p, key, value);
}

int
stk_parse_entries(stk_draft *draft, const stk_source *source,
                  const stk_entries *entries)
{
    parser p = {
        .draft = draft,
        .source = source,
        .key = { .draft = draft, .file = source->file },
        .profile = { .draft = draft,
                     .file = source->file,
                     .folder = source->folder },
        .loader = { .draft = draft,
                    .file = source->file,
                    .folder = source->folder },
        .signing = { draft, source->file, source->folder, { 0 } },
    };
    bool headless = true;

    stk_settings_begin(&p.settings, draft, source->file, source->folder);
    for (size_t i = 0; i < entries->n && !p.no_memory; i++) {
        const stk_entry *entry = &entries->items[i];

        p.line = entry->line;
        if (entry->value) {
            take_entry(&p, headless, entry->key, entry->value);
        } else {
            take_heading(&p, entry->key);
            headless = false;
        }
    }
    finish_group(&p);
    stk_key_end(&p.key);
    stk_profile_end(&p.profile);
    stk_loader_end(&p.loader);
    stk_settings_end(&p.settings);
    return p.no_memory ? -STK_E_MEMORY : 0;
}
