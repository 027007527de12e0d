/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a rule: verdict, requirement, closure, bundle. */
#include "policy/words.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/gate.h"

#define BUNDLE  "bundle:"
#define SANDBOX "sandbox:"

static const char *const verdict_words[] = { "allow", "deny",    "signed",
                                             SANDBOX, "closure", BUNDLE,
                                             NULL };
static const char *const from_words[] = { "allow", "deny", NULL };

typedef struct words {
    stk_draft *draft;
    stk_rule *rule;
    const char *folder;
    const char *verdict; /* "allow", "deny", "signed"; or NULL */
    const char *sandbox; /* "sandbox:NAME", or NULL */
    unsigned n_verdicts, n_closures, n_bundles;
    bool bad, no_memory;
} words;

#define COMPLAIN(w, code, ...)                                                \
    stk_complain((w)->draft->complaints, (w)->rule->place.file,               \
                 (w)->rule->place.line, (code), __VA_ARGS__)

/* The NAME of "sandbox:NAME"; NULL for another word. */
static const char *
name_of_profile(const char *word)
{
    size_t length = strlen(SANDBOX);

    return word && !strncmp(word, SANDBOX, length) ? word + length : NULL;
}

/* What is written with a colon is known by what stands before it. */
static const char *
find_near(const char *word, bool from)
{
    char head[STK_LINE_LENGTH_MAX + 1];
    size_t length = strcspn(word, ":");

    length += word[length] == ':';
    memcpy(head, word, length);
    head[length] = '\0';
    return stk_text_nearest(head, from ? from_words : verdict_words);
}

/* How the section is written where it takes allow and deny alone; or NULL. */
static const char *
plain_section(const words *w)
{
    const stk_section *section = w->rule->section;

    if (!strcmp(section->name, "events"))
        return "events";
    if (section->kind != STK_SECTION_FROM)
        return NULL;
    return strncmp(section->name, "events ", 7) ? "modules from X"
                                                : "events from X";
}

static void
complain_word(words *w, const char *word)
{
    bool from = plain_section(w) != NULL;
    const char *near = find_near(word, from);
    char text[STK_QUOTE_MAX];

    if (word[0] == '#')
        COMPLAIN(w, STK_E_INVALID,
                 "unknown verdict %s; within a line a comment begins with "
                 "\" ;\"",
                 stk_quote_word(text, word));
    else if (near)
        COMPLAIN(w, STK_E_INVALID, "unknown verdict %s; did you mean \"%s\"?",
                 stk_quote_word(text, word), near);
    else
        COMPLAIN(w, STK_E_INVALID, "unknown verdict %s; write %s",
                 stk_quote_word(text, word),
                 from ? "allow or deny"
                      : "allow, deny, signed or sandbox:NAME, and closure");
}

/* In [modules from X] a requirement could not hold: sys.modules has one
 * entry per name, whoever asks. */
static bool
is_out_of_place(words *w, const char *word)
{
    const char *section = plain_section(w);

    if (!section || (strcmp(word, "closure") && strcmp(word, "signed") &&
                     strncmp(word, "sandbox:", 8) &&
                     strncmp(word, BUNDLE, strlen(BUNDLE))))
        return false;
    COMPLAIN(w, STK_E_INVALID,
             "\"%.*s\" stands in [modules] alone; [%s] takes allow or deny",
             (int)strcspn(word, ":"), word, section);
    return true;
}

static void
take_bundle(words *w, const char *path)
{
    STK_CLEANUP(stk_freep) char *whole = NULL;
    stk_arena *arena = w->draft->arena;

    w->n_bundles++;
    if (!*path) {
        COMPLAIN(w, STK_E_INVALID,
                 "bundle: lacks its file; write bundle:PATH");
        w->bad = true;
        return;
    }
    whole = stk_path_join(w->folder, path);
    if (whole)
        w->rule->bundle = stk_arena_copy(arena, whole, strlen(whole));
    w->rule->bundle_text = stk_arena_copy(arena, path, strlen(path));
    w->no_memory |= !w->rule->bundle || !w->rule->bundle_text;
}

static void
take_sandbox(words *w, const char *word)
{
    char text[STK_QUOTE_MAX];

    w->n_verdicts += w->sandbox != NULL;
    w->sandbox = stk_arena_copy(w->draft->arena, word, strlen(word));
    w->no_memory |= !w->sandbox;
    if (stk_profile_is_name(name_of_profile(word)))
        return;
    w->bad = true;
    COMPLAIN(w, STK_E_INVALID, "%s names no sandbox; write sandbox:strict",
             stk_quote_word(text, word));
}

static void
take_word(words *w, const char *word)
{
    if (is_out_of_place(w, word)) {
        w->bad = true;
    } else if (!strcmp(word, "allow") || !strcmp(word, "deny") ||
               !strcmp(word, "signed")) {
        w->verdict = word[0] == 'a' ? "allow"
                     : *word == 'd' ? "deny"
                                    : "signed";
        w->n_verdicts++;
    } else if (!strcmp(word, "closure")) {
        w->n_closures++;
    } else if (!strncmp(word, BUNDLE, strlen(BUNDLE))) {
        take_bundle(w, word + strlen(BUNDLE));
    } else if (name_of_profile(word)) {
        take_sandbox(w, word);
    } else {
        w->bad = true;
        complain_word(w, word);
    }
}

static bool
is_signed(const words *w)
{
    return w->verdict && w->verdict[0] == 's';
}

/* Only what is signed says something else than its sandbox does. */
static bool
has_two_verdicts(const words *w)
{
    return w->n_verdicts > 1 || (w->sandbox && w->verdict && !is_signed(w));
}

/* What each word is good for alone is no sentence yet. */
static void
check_sentence(words *w)
{
    const char *pattern = w->rule->pattern;
    char text[STK_QUOTE_MAX];

    if (has_two_verdicts(w) || w->n_closures > 1 || w->n_bundles > 1)
        COMPLAIN(w, STK_E_INVALID, "%s stands twice; keep one",
                 has_two_verdicts(w) ? "the verdict"
                 : w->n_closures > 1 ? "closure"
                                     : BUNDLE);
    else if (w->n_closures &&
             (!w->verdict || w->verdict[0] == 'd' || w->sandbox))
        COMPLAIN(w, STK_E_INVALID, "closure stands with allow or signed");
    else if (w->n_bundles && !is_signed(w))
        COMPLAIN(w, STK_E_INVALID, "bundle: stands with signed");
    else if (!w->verdict && !w->sandbox)
        COMPLAIN(w, STK_E_INVALID, "%s has no verdict; write %s = allow",
                 stk_quote_word(text, pattern), pattern);
    else
        return;
    w->bad = true;
}

static const char *
requirement_of(words *w)
{
    const char *both;

    if (!w->sandbox)
        return is_signed(w) ? STK_SIGNED : NULL;
    if (!w->verdict)
        return w->sandbox;
    both = stk_arena_printf(w->draft->arena, "%s %s", STK_SIGNED, w->sandbox);
    w->no_memory |= !both;
    return both;
}

static void
fill_rule(words *w)
{
    stk_rule *rule = w->rule;
    const char *texts[4];

    rule->verdict = w->verdict && w->verdict[0] == 'd' ? STK_DENY : STK_ALLOW;
    rule->closure = w->n_closures > 0;
    rule->requirement = requirement_of(w);
    texts[0] = rule->requirement ? rule->requirement : w->verdict;
    texts[1] = rule->closure ? " closure" : "";
    texts[2] = rule->bundle ? " " BUNDLE : "";
    texts[3] = rule->bundle ? rule->bundle_text : "";
    rule->words = stk_arena_join(w->draft->arena, texts, 4);
    w->no_memory |= !rule->words;
}

/* Many rules of a file say the same, one after the other. */
static bool
take_alike(stk_rule *rule, const stk_draft *draft, const char *value)
{
    const stk_rule *like = draft->like;

    if (!like || like->section != rule->section ||
        like->place.file != rule->place.file ||
        strcmp(draft->like_value, value) != 0)
        return false;
    rule->verdict = like->verdict;
    rule->closure = like->closure;
    rule->requirement = like->requirement;
    rule->bundle = like->bundle;
    rule->bundle_text = like->bundle_text;
    rule->words = like->words;
    return true;
}

int
stk_words_take(stk_rule *rule, stk_draft *draft, const char *folder,
               const char *value)
{
    words w = { .draft = draft, .rule = rule, .folder = folder };
    char word[STK_LINE_LENGTH_MAX + 1];

    if (take_alike(rule, draft, value))
        return 1;
    draft->like = NULL;
    draft->like_value = value;
    while (stk_text_word(word, sizeof word, &value, " \t")) {
        take_word(&w, word);
        if (word[0] == '#')
            break;
    }
    if (!w.bad && !w.no_memory)
        check_sentence(&w);
    if (!w.bad && !w.no_memory)
        fill_rule(&w);
    if (w.no_memory)
        return -STK_E_MEMORY;
    if (w.bad)
        return 0;
    draft->like = rule;
    return 1;
}

/* ---- reading one again ----------------------------------------------- */

bool
stk_requirement_signed(const char *requirement)
{
    size_t length = strlen(STK_SIGNED);

    return requirement && !strncmp(requirement, STK_SIGNED, length) &&
           (requirement[length] == '\0' || requirement[length] == ' ');
}

const char *
stk_requirement_profile(const char *requirement)
{
    if (stk_requirement_signed(requirement))
        requirement += strlen(STK_SIGNED) + (strchr(requirement, ' ') != NULL);
    return name_of_profile(requirement);
}
