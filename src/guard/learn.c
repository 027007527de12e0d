/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log to a policy that allows what was recorded. The policy is asked, as
 * the guard will ask it, about every attempt of the log, and gets a rule for
 * each that it denies, until it denies none. A deny that somebody wrote into
 * the base is never lifted.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <stockade/guard.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "guard/allowances.h"
#include "guard/merge.h"
#include "guard/needs.h"
#include "guard/sheet.h"
#include "policy/gate.h"
#include "policy/rule.h"

#define GROUP_MAX 35u /* "modules from @" and it make a heading */
#define NOTE_MAX  180u

/* What unknown code needs comes first: its rules are everybody's, and spare
 * others. What is denied at the end stays so, and is told. */
enum stage { STAGE_UNKNOWN, STAGE_ALL, STAGE_TELL, STAGE_END };

typedef struct lesson {
    stk_needs needs;
    const stk_policy *base; /* borrowed, or NULL */
    stk_policy *draft;      /* what the sheet says so far; owned */
    stk_sheet *sheet;       /* borrowed */
    stk_error *err;
    bool changed; /* the sheet says more than the draft */
    enum stage stage;
} lesson;

/* ---- what every policy begins with ---------------------------------- */

/*
 * `closure` lifts no deny that is written down: what reaches beyond the
 * interpreter and its files is denied so, and each importer that was seen
 * using it is named.
 */
static const struct {
    const char *group, *note;
} reaching[] = {
    { "@stdlib.native", "machine code: not even through a closure" },
    { "@stdlib.net", "the network: the same" },
    { "@stdlib.process", "other processes, threads: the same" },
};

static int
put_denials(lesson *l)
{
    int r = 0;

    for (size_t i = 0; i < sizeof reaching / sizeof *reaching && r == 0; i++)
        r = stk_sheet_set(l->sheet, "modules", reaching[i].group, "deny",
                          l->err);
    return r;
}

static int
put_comments(lesson *l)
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
    return r;
}

static int
put_head(lesson *l)
{
    int r = put_comments(l);

    if (r == 0) /* first of the section */
        r = stk_sheet_put(l->sheet, "stockade", "", "version = 1", l->err);
    if (r < 0)
        return r;
    if (l->base)
        return stk_merge_policy(l->sheet, l->base, l->err);
    r = stk_sheet_set(l->sheet, "stockade", "default", "deny", l->err);
    if (r == 0)
        r = stk_sheet_set(l->sheet, "stockade", "trusted", "@stdlib", l->err);
    return r < 0 ? r : put_denials(l);
}

/* ---- asking --------------------------------------------------------- */

static stk_decision
ask(const stk_policy *policy, const char *importer, const char *name)
{
    stk_request request = STK_REQUEST_INIT;

    request.name = name;
    request.importer = *importer ? importer : NULL;
    request.flags = *importer ? 0 : STK_REQUEST_UNKNOWN;
    return stk_policy_decide(policy, &request);
}

/* Denied by no rule, or by one that speaks of no name. */
static bool
is_liftable(const stk_decision *decision)
{
    const char *text = decision->rule.text;

    if (decision->reason == STK_REASON_DEFAULT)
        return true;
    if (decision->reason != STK_REASON_RULE &&
        decision->reason != STK_REASON_IMPORTER)
        return false;
    return !strncmp(text, "* =", 3) || !strncmp(text, "@stdlib.", 8) ||
           !strncmp(text, "@stdlib =", 9);
}

/* Whether the base has an answer for everybody: nothing is added to it. */
static bool
base_answers(const lesson *l, const char *name)
{
    stk_decision decision;

    if (!l->base)
        return false;
    decision = ask(l->base, "", name);
    return decision.verdict == STK_ALLOW || !is_liftable(&decision);
}

/* ---- what could not be done ----------------------------------------- */

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

static int
tell_kept(lesson *l, const char *importer, const char *name)
{
    stk_decision decision = ask(l->base ? l->base : l->draft, importer, name);

    return put_note(l, "kept: %s:%u still denies %s, asked for by %s",
                    decision.rule.file ? decision.rule.file : "",
                    (unsigned)decision.rule.line, name,
                    *importer ? importer : "unknown code");
}

static int
tell_uncovered(lesson *l, const char *name)
{
    return put_note(l, "left out: no rule can cover \"%s\"", name);
}

/* ---- rules ---------------------------------------------------------- */

static int
put_allow(lesson *l, const char *heading, const char *name, bool closure)
{
    char pattern[STK_LABEL_MAX + 2];
    int r = 0;

    snprintf(pattern, sizeof pattern, "%s", name);
    if (!stk_name_is_dotted(name, strlen(name))) {
        stk_needs_pattern(pattern, name);
        r = put_note(l, "%.80s is there for %.80s", pattern, name);
    }
    if (r < 0 || stk_sheet_has(l->sheet, heading, pattern))
        return r;
    l->changed = true;
    return stk_sheet_set(l->sheet, heading, pattern,
                         closure ? "allow closure" : "allow", l->err);
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

/* Who is named for `importer`: the longest [modules from X] of the base
 * that holds it, or its first label. */
static void
name_importer(char out[STK_NAME_MAX + 1], const lesson *l,
              const char *importer)
{
    const stk_section *section = NULL;

    out[0] = '\0';
    if (l->base)
        stk_rule_chain(&section, NULL, 1, l->base, importer);
    if (section && section->importer)
        snprintf(out, STK_NAME_MAX + 1, "%s", section->importer);
    else
        stk_needs_label(out, importer);
}

typedef char heading_text[STK_SECTION_NAME_MAX + 1];

/* [modules from X], through a group where X is longer than the name of a
 * section may be. */
static int
name_section(heading_text out, lesson *l, const char *named)
{
    char group[GROUP_MAX];
    heading_text list;

    if (strlen("modules from ") + strlen(named) <= STK_SECTION_NAME_MAX) {
        snprintf(out, sizeof(heading_text), "modules from %s", named);
        return 0;
    }
    name_group(group, named);
    snprintf(list, sizeof list, "group %s", group);
    snprintf(out, sizeof(heading_text), "modules from @%s", group);
    return stk_sheet_set_words(l->sheet, list, "members", named, l->err);
}

/* Where a rule for this importer and name belongs. A section does not judge
 * what its importer imports of itself. */
static int
find_heading(heading_text out, lesson *l, const char *importer,
             const char *name)
{
    char named[STK_NAME_MAX + 1];

    name_importer(named, l, importer);
    if (named[0] && !stk_name_is_within(name, named) &&
        !stk_name_is_within(named, name))
        return name_section(out, l, named);
    snprintf(out, sizeof(heading_text), "modules");
    return 0;
}

/*
 * An importer that nobody imported was loaded by its path, as plugins are.
 * A section for a module that may not be imported would be odd.
 */
static int
put_importer(lesson *l, const char *importer)
{
    char label[STK_LABEL_MAX + 1];

    if (!stk_needs_label(label, importer) || !strcmp(label, "__main__") ||
        stk_needs_top(&l->needs, label) || stk_policy_in_stdlib(label) ||
        base_answers(l, label))
        return 0;
    return put_allow(l, "modules", label, false);
}

/* ---- the modules ---------------------------------------------------- */

/* The program puts its own file in the place of a standard-library module:
 * that is allowed for all of them or for none. */
static int
put_shadow(lesson *l, const stk_top *top)
{
    bool kept = l->base && l->base->settings[STK_SETTING_SHADOWING].place.file;
    int r = put_note(l, "%s takes the place of the standard library's: %s",
                     top->label, top->origin ? top->origin : "from elsewhere");

    return r < 0 || kept ? r
                         : stk_sheet_set(l->sheet, "stockade", "shadowing",
                                         "allow", l->err);
}

static bool
is_own(const stk_top *top)
{
    return top->flags & STK_TOP_OWN;
}

static bool
is_installed(const stk_top *top)
{
    return (top->flags & (STK_TOP_OWN | STK_TOP_SITE)) == STK_TOP_SITE;
}

/* What the program brought along, and what was installed. */
static int
put_top(void *payload, const void *item)
{
    lesson *l = payload;
    const stk_top *top = item;

    if (top->flags & STK_TOP_SHADOW && put_shadow(l, top) < 0)
        return -STK_E_MEMORY;
    if ((!is_own(top) && !is_installed(top)) || base_answers(l, top->label))
        return 0;
    return put_allow(l, "modules", top->label, is_installed(top));
}

/* ---- the attempts --------------------------------------------------- */

/* Whether a rule can speak of `name`: a dotted one, or a label that begins
 * like one. */
static bool
can_cover(const char *name)
{
    char pattern[STK_LABEL_MAX + 2];

    if (strlen(name) > STK_LABEL_MAX)
        return false;
    return stk_name_is_dotted(name, strlen(name)) ||
           (!strchr(name, '.') && stk_needs_pattern(pattern, name));
}

static int
put_need(lesson *l, const char *importer, const char *name,
         const stk_decision *decision)
{
    heading_text heading;
    int r;

    if (!can_cover(name))
        return tell_uncovered(l, name);
    if (l->stage == STAGE_TELL)
        return tell_kept(l, importer, name);
    if (!is_liftable(decision))
        return 0;
    r = find_heading(heading, l, importer, name);
    if (r == 0 && strcmp(heading, "modules"))
        r = put_importer(l, importer);
    return r < 0 ? r : put_allow(l, heading, name, false);
}

/* At start-up only what a rule denies is denied. */
static bool
is_allowed(const lesson *l, const stk_need *need)
{
    stk_decision decision = ask(l->draft, need->importer, need->name);

    return decision.verdict == STK_ALLOW ||
           (need->startup && decision.reason == STK_REASON_DEFAULT);
}

/* A denied parent denies what is below it, and a rule for it may be all
 * that is missing: the shortest name that is denied gets the rule. */
static int
visit_need(void *payload, const void *item)
{
    lesson *l = payload;
    const stk_need *need = item;
    char name[STK_NAME_MAX + 1];
    stk_name parts;

    if ((l->stage == STAGE_UNKNOWN && *need->importer) || is_allowed(l, need))
        return 0;
    if (!stk_name_split(&parts, need->name))
        return tell_uncovered(l, need->name);
    for (uint32_t i = 0; i < parts.labels; i++) {
        stk_decision decision;

        memcpy(name, need->name, parts.end[i]);
        name[parts.end[i]] = '\0';
        decision = ask(l->draft, need->importer, name);
        if (decision.verdict == STK_DENY)
            return put_need(l, need->importer, name, &decision);
    }
    return 0;
}

/* ---- notes ---------------------------------------------------------- */

static const char *
note_for(const lesson *l, const stk_need *need)
{
    char label[STK_LABEL_MAX + 1];
    const stk_top *top;

    if (!stk_needs_label(label, need->name))
        return NULL;
    top = stk_needs_top(&l->needs, label);
    if (stk_needs_is_probe(label) &&
        !(top && (is_own(top) || is_installed(top))))
        return "the standard library looks whether it is there";
    if (top && !(top->flags & STK_TOP_FOUND))
        return "was not found";
    if (*need->importer || !top || is_own(top) || is_installed(top))
        return NULL;
    return "asked for by unknown code";
}

/* Behind each rule that this need rests on. */
static int
annotate_need(void *payload, const void *item)
{
    lesson *l = payload;
    const stk_need *need = item;
    const char *note = note_for(l, need);
    char name[STK_NAME_MAX + 1];
    heading_text heading;
    stk_name parts;

    if (!note || !stk_name_split(&parts, need->name))
        return 0;
    for (uint32_t i = 0; i < parts.labels; i++) {
        memcpy(name, need->name, parts.end[i]);
        name[parts.end[i]] = '\0';
        if (find_heading(heading, l, need->importer, name) < 0)
            return -STK_E_MEMORY;
        stk_sheet_note(l->sheet, heading, name, note);
    }
    return 0;
}

static int
annotate(lesson *l)
{
    for (size_t i = 0; i < sizeof reaching / sizeof *reaching; i++)
        stk_sheet_note(l->sheet, "modules", reaching[i].group,
                       reaching[i].note);
    return stk_needs_walk(l->needs.needs, annotate_need, l);
}

/* ---- the policy ----------------------------------------------------- */

/* Compiles what the sheet says so far. */
static int
draft_policy(lesson *l)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_policy_text source = { "the learned policy", NULL, 0 };
    int r = stk_sheet_print(&text, l->sheet, l->err);

    if (r < 0)
        return r;
    if (l->base)
        source.name = stk_policy_file(l->base);
    source.text = text;
    source.length = strlen(text);
    stk_policy_free(l->draft);
    l->draft = NULL;
    l->changed = false;
    return stk_policy_parse(&l->draft, &source, NULL, NULL, l->err);
}

static int
write_policy(lesson *l)
{
    int r = put_head(l);

    if (r == 0)
        r = stk_needs_walk(l->needs.tops, put_top, l);
    for (l->stage = STAGE_UNKNOWN; l->stage < STAGE_END && r == 0;
         l->stage += !l->changed) {
        r = draft_policy(l);
        if (r == 0)
            r = stk_needs_walk(l->needs.needs, visit_need, l);
    }
    return r < 0 ? r : annotate(l);
}

static int
put_events(lesson *l, bool always)
{
    stk_allowances from = { &l->needs, l->base, always };

    return stk_allowances_put(l->sheet, &from, l->err);
}

static int
learn(char **out, const char *log, const char *base, bool events,
      stk_error *err)
{
    STK_CLEANUP(stk_policy_freep) stk_policy *policy = NULL;
    STK_CLEANUP(stk_sheet_freep) stk_sheet *sheet = stk_sheet_new();
    lesson l = { STK_NEEDS_INIT, NULL, NULL, sheet, err, false, 0 };
    int r = sheet ? 0 : stk_error_memory(err);

    if (r == 0 && base)
        r = stk_policy_load(&policy, base, NULL, NULL, err);
    l.base = policy;
    if (r == 0)
        r = stk_needs_read(&l.needs, log, err);
    if (r == 0)
        r = write_policy(&l);
    if (r == 0)
        r = put_events(&l, events);
    if (r == 0)
        r = stk_sheet_print(out, sheet, err);
    stk_policy_free(l.draft);
    stk_needs_clear(&l.needs);
    return r;
}

int
stk_learn(char **out, const char *log, const char *base, stk_error *err)
{
    return learn(out, log, base, false, err);
}

int
stk_learn_events(char **out, const char *log, const char *base, stk_error *err)
{
    return learn(out, log, base, true, err);
}
