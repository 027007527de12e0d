/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log to a policy that allows what was recorded. A deny that somebody
 * wrote into the base is never lifted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stockade/guard.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/needs.h"
#include "guard/sheet.h"
#include "policy/rule.h"

/* What a policy's line and section name hold; see policy/gate.h. */
#define HEADING_MAX 49u
#define NOTE_MAX    180u
#define GROUP_MAX   35u /* "modules from @" and it make a heading */

typedef struct lesson {
    stk_needs needs;
    const stk_policy *base; /* borrowed, or NULL */
    stk_sheet *sheet;       /* borrowed */
    stk_error *err;
} lesson;

/* A comment at the top. What it tells of was written by others: it is made
 * printable and cut to what a line may hold. */
static int put_note(lesson *l, const char *format, ...) STK_PRINTF(2, 3);

static int
put_note(lesson *l, const char *format, ...)
{
    char note[2048], shown[NOTE_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(note, sizeof note, format, args);
    va_end(args);
    stk_text_printable(shown, sizeof shown, note, strlen(note));
    return stk_sheet_put(l->sheet, "", shown, shown, l->err);
}

/* ---- the base ------------------------------------------------------- */

/* A list, a line for each word: no line grows too long. */
static int
put_list(lesson *l, const char *heading, const char *key, const char *words)
{
    STK_CLEANUP(stk_freep) char *copy = stk_text_dup(words);
    char *at = NULL;
    int r = 0;

    if (!copy)
        return stk_error_memory(l->err);
    for (char *word = strtok_r(copy, ", ", &at); word && r == 0;
         word = strtok_r(NULL, ", ", &at)) {
        STK_CLEANUP(stk_freep)
        char *line = stk_text_printf("%s = %s", key, word);
        STK_CLEANUP(stk_freep)
        char *order = stk_text_printf("%s %s", key, word);

        if (!line || !order)
            return stk_error_memory(l->err);
        r = stk_sheet_put(l->sheet, heading, order, line, l->err);
    }
    return r;
}

static int
put_setting(lesson *l, const char *key, const char *value)
{
    STK_CLEANUP(stk_freep) char *line = stk_text_printf("%s = %s", key, value);

    if (!line)
        return stk_error_memory(l->err);
    return stk_sheet_put(l->sheet, "stockade", key, line, l->err);
}

static int
put_settings(lesson *l)
{
    static const char *const keys[STK_SETTING_COUNT] = {
        [STK_SETTING_MODE] = "mode",
        [STK_SETTING_DEFAULT] = "default",
        [STK_SETTING_SHADOWING] = "shadowing",
        [STK_SETTING_OBSERVE] = "observe",
        [STK_SETTING_CACHED] = "cached",
        [STK_SETTING_ON_AUDIT_FAILURE] = "on_audit_failure",
    };
    const stk_setting *settings = l->base->settings;
    int r = 0;

    for (int i = 0; i < STK_SETTING_COUNT && r == 0; i++)
        if (settings[i].place.file && keys[i])
            r = put_setting(l, keys[i], settings[i].value);
    if (r == 0 && settings[STK_SETTING_TRUSTED].place.file)
        r = put_list(l, "stockade", "trusted",
                     settings[STK_SETTING_TRUSTED].value);
    if (r == 0 && settings[STK_SETTING_AUDIT].place.file)
        r = put_list(l, "stockade", "audit",
                     settings[STK_SETTING_AUDIT].value);
    return r;
}

static int
put_groups(lesson *l)
{
    for (size_t i = 0; i < l->base->n_groups; i++) {
        const stk_group *group = l->base->groups[i];
        char heading[HEADING_MAX + 16];

        if (group->builtin)
            continue;
        snprintf(heading, sizeof heading, "group %s", group->name);
        for (size_t m = 0; m < group->n_members; m++) {
            int r = put_list(l, heading, "members", group->members[m]);

            if (r < 0)
                return r;
        }
    }
    return 0;
}

static int
put_base(lesson *l)
{
    int r = put_settings(l);

    if (r == 0)
        r = put_groups(l);
    for (size_t i = 0; i < l->base->n_sections && r == 0; i++) {
        const stk_section *section = l->base->sections[i];

        for (size_t n = 0; n < section->n_rules && r == 0; n++)
            r = stk_sheet_put(l->sheet, section->name,
                              section->rules[n]->pattern,
                              section->rules[n]->text, l->err);
    }
    return r;
}

/* ---- what is needed ------------------------------------------------- */

static int
put_rule(lesson *l, const char *heading, const char *name, bool closure)
{
    STK_CLEANUP(stk_freep) char *line = NULL;
    char pattern[STK_LABEL_MAX + 2];
    int r = 0;

    if (!stk_needs_pattern(pattern, name))
        return 0;
    line = stk_text_printf("%s = allow%s", pattern, closure ? " closure" : "");
    if (!line)
        return stk_error_memory(l->err);
    if (strcmp(pattern, name))
        r = put_note(l, "%.80s is there for %.80s", pattern, name);
    return r < 0 ? r : stk_sheet_put(l->sheet, heading, pattern, line, l->err);
}

/* A group's name for a long importer: the same in every run. */
static void
name_group(char out[GROUP_MAX], const char *importer)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    char head[17];
    size_t n = 0;

    for (const char *c = importer; *c; c++) {
        bool plain = *c == '_' || (*c >= '0' && *c <= '9') ||
                     (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z');

        hash = (hash ^ (unsigned char)*c) * 16777619u;
        if (n + 1 < sizeof head)
            head[n++] = plain ? *c : '_';
    }
    head[n] = '\0';
    snprintf(out, GROUP_MAX, "learned_%s_%08x", head, (unsigned)hash);
}

/* [modules from X], through a group where X is longer than the name of a
 * section may be. */
static int
put_importer_rule(lesson *l, const char *importer, const char *name)
{
    char heading[HEADING_MAX + 1], group[GROUP_MAX], list[HEADING_MAX + 1];
    int r;

    if (strlen("modules from ") + strlen(importer) <= HEADING_MAX) {
        snprintf(heading, sizeof heading, "modules from %s", importer);
        return put_rule(l, heading, name, false);
    }
    name_group(group, importer);
    snprintf(list, sizeof list, "group %s", group);
    r = put_list(l, list, "members", importer);
    if (r < 0)
        return r;
    snprintf(heading, sizeof heading, "modules from @%s", group);
    return put_rule(l, heading, name, false);
}

static const stk_rule *
base_rule(const lesson *l, const char *name)
{
    const stk_section *modules;

    if (!l->base)
        return NULL;
    modules = stk_rule_modules(l->base);
    for (size_t i = 0; i < modules->n_rules; i++)
        if (!strcmp(modules->rules[i]->pattern, name))
            return modules->rules[i];
    return NULL;
}

static bool
is_own(const stk_top *top)
{
    return top->flags & STK_TOP_OWN;
}

static bool
is_site(const stk_top *top)
{
    return (top->flags & (STK_TOP_OWN | STK_TOP_SITE)) == STK_TOP_SITE;
}

/* True when code of `label` brings its own imports along. */
static bool
has_closure(const lesson *l, const char *label)
{
    const stk_rule *rule = base_rule(l, label);
    const stk_top *top = stk_needs_top(&l->needs, label);

    return rule ? rule->closure
                : top && top->flags & STK_TOP_ASKED && is_site(top);
}

/* Whether importing `name` needs no rule of its own importer. */
static bool
is_covered(const lesson *l, const char *importer, const char *name)
{
    const stk_top *top = stk_needs_top(&l->needs, name);
    char label[STK_LABEL_MAX + 1];

    if (is_own(top) || is_site(top))
        return true; /* [modules] has it */
    if (!*importer)
        return false;
    if (!l->base && stk_policy_in_stdlib(importer))
        return true; /* trusted */
    return stk_needs_label(label, importer) && has_closure(l, label);
}

/*
 * What the base answers. 1: allowed, nothing to add. 0: no rule says so.
 * -1: a rule says no, and says it of this name: it stays.
 */
static int
ask_base(const lesson *l, const char *importer, const char *name,
         stk_decision *decision)
{
    stk_request request = STK_REQUEST_INIT;

    request.name = name;
    request.importer = *importer ? importer : NULL;
    *decision = stk_policy_decide(l->base, &request);
    if (decision->verdict == STK_ALLOW)
        return 1;
    if (!decision->rule.file || !strncmp(decision->rule.text, "* =", 3))
        return 0;
    return -1;
}

static int
note_kept(lesson *l, const char *importer, const char *name,
          const stk_rule_ref *rule)
{
    return put_note(l, "kept: %s:%u still denies %s, asked for by %s",
                    rule->file, (unsigned)rule->line, name,
                    *importer ? importer : "unknown code");
}

/*
 * An importer that nobody imported was loaded by its path, as plugins are.
 * A section for a module that may not be imported would be odd.
 */
static int
put_importer(lesson *l, const char *importer)
{
    char label[STK_LABEL_MAX + 1];
    const stk_top *top;
    stk_decision decision;

    if (!stk_needs_label(label, importer) || !strcmp(label, "__main__"))
        return 0;
    top = stk_needs_top(&l->needs, label);
    if ((top && top->flags & STK_TOP_ASKED) || stk_policy_in_stdlib(label) ||
        (l->base && ask_base(l, "", label, &decision) != 0))
        return 0;
    return put_rule(l, "modules", label, false);
}

/* A section does not judge what its importer imports of itself. */
static bool
is_within(const char *importer, const char *label)
{
    size_t n = strlen(label);

    return !strncmp(importer, label, n) &&
           (importer[n] == '\0' || importer[n] == '.');
}

static int
put_need(lesson *l, const char *importer, const char *name)
{
    stk_decision decision;
    bool covered = is_covered(l, importer, name);
    int answer = l->base ? ask_base(l, importer, name, &decision) : 0;

    if (answer > 0)
        return 0;
    if (answer < 0)
        return note_kept(l, importer, name, &decision.rule);
    /* a `*` of the importer's own section ends the search there */
    if (l->base && decision.reason == STK_REASON_IMPORTER)
        covered = false;
    if (covered)
        return 0;
    if (!*importer || is_within(importer, name))
        return put_rule(l, "modules", name, false);
    answer = put_importer(l, importer);
    return answer < 0 ? answer : put_importer_rule(l, importer, name);
}

static int
visit_need(void *payload, const void *item)
{
    const stk_need *need = item;

    return put_need(payload, need->importer, need->name);
}

/* The program puts its own file in the place of a standard-library module:
 * that is allowed for all of them or for none. */
static int
put_shadow(lesson *l, const stk_top *top)
{
    bool kept = l->base && l->base->settings[STK_SETTING_SHADOWING].place.file;
    int r = put_note(l, "%s takes the place of the standard library's: %s",
                     top->label, top->origin ? top->origin : "from elsewhere");

    return r < 0 || kept ? r : put_setting(l, "shadowing", "allow");
}

/* What the program brought along, and what was installed. */
static int
put_top(lesson *l, const stk_top *top)
{
    stk_decision decision;

    if (top->flags & STK_TOP_SHADOW && put_shadow(l, top) != 0)
        return -STK_E_MEMORY;
    if (base_rule(l, top->label))
        return 0;
    if (is_site(top))
        return put_rule(l, "modules", top->label, true);
    if (!is_own(top))
        return 0;
    if (l->base && ask_base(l, "", top->label, &decision) > 0)
        return 0;
    return put_rule(l, "modules", top->label, false);
}

static int
visit_top(void *payload, const void *item)
{
    return put_top(payload, item);
}

static int
visit_unnamed(void *payload, const void *item)
{
    return put_note(payload, "left out: no rule can cover \"%s\"",
                    (const char *)item);
}

/* ---- the policy ----------------------------------------------------- */

static int
put_head(lesson *l)
{
    static const char *const head[] = {
        "Written by `stockade learn` from what a program imported.",
        "What it did not import in that run is denied: read this through,",
        "run the rest of the program and add to it with --merge.",
    };
    int r = 0;

    for (size_t i = 0; i < sizeof head / sizeof head[0] && r == 0; i++) {
        char key[2] = { (char)('0' + i), '\0' };

        r = stk_sheet_put(l->sheet, "", key, head[i], l->err);
    }
    if (r == 0) /* first of the section */
        r = stk_sheet_put(l->sheet, "stockade", "", "version = 1", l->err);
    if (r < 0 || l->base)
        return r;
    r = put_setting(l, "default", "deny");
    return r < 0 ? r : put_setting(l, "trusted", "@stdlib");
}

static int
write_policy(lesson *l)
{
    int r = put_head(l);

    if (r == 0 && l->base)
        r = put_base(l);
    if (r < 0)
        return r;
    r = stk_needs_walk(l->needs.unnamed, visit_unnamed, l);
    if (r == 0)
        r = stk_needs_walk(l->needs.tops, visit_top, l);
    if (r == 0)
        r = stk_needs_walk(l->needs.needs, visit_need, l);
    return r;
}

static void
policy_freep(stk_policy **policy)
{
    stk_policy_free(*policy);
}

int
stk_learn(char **out, const char *log, const char *base, stk_error *err)
{
    STK_CLEANUP(policy_freep) stk_policy *policy = NULL;
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = stk_sheet_new();
    lesson l = { STK_NEEDS_INIT, NULL, sheet, err };
    int r = sheet ? 0 : stk_error_memory(err);

    if (r == 0 && base)
        r = stk_policy_load(&policy, base, NULL, NULL, err);
    l.base = policy;
    if (r == 0)
        r = stk_needs_read(&l.needs, log, policy, err);
    if (r == 0)
        r = write_policy(&l);
    if (r == 0)
        r = stk_sheet_print(out, sheet, err);
    stk_needs_clear(&l.needs);
    return r;
}
