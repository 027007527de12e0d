/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical text of a policy: every setting that was written, every
 * rule, sorted, `extends` folded in. It is canonical for one place: paths
 * are written as seen from the policy's own folder.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/gate.h"
#include "policy/moment.h"
#include "policy/profiles.h"
#include "policy/rule.h"

/* The rules of a policy are at most 100,000 lines of at most 199 bytes, the
 * members of its groups what 1 MiB files hold. */
#define TEXT_MAX (256u << 20)

/* Lists are broken where people read them, far below what inih reads. */
#define LIST_WIDTH 79u

typedef struct printer {
    const stk_policy *policy;
    char *folder; /* owned */
    stk_buffer text;
} printer;

static const char *const setting_names[STK_SETTING_COUNT] = {
    [STK_SETTING_MODE] = "mode",
    [STK_SETTING_DEFAULT] = "default",
    [STK_SETTING_TRUSTED] = "trusted",
    [STK_SETTING_SHADOWING] = "shadowing",
    [STK_SETTING_OBSERVE] = "observe",
    [STK_SETTING_AUDIT] = "audit",
    [STK_SETTING_CACHED] = "cached",
    [STK_SETTING_ON_AUDIT_FAILURE] = "on_audit_failure",
    [STK_SETTING_CHILDREN] = "children",
    [STK_SETTING_FINDERS] = "finders",
};

/* ---- lines ---------------------------------------------------------- */

/* A list key that adds up: repeated rather than made too long. */
typedef struct list {
    stk_buffer *text;
    const char *key;
    size_t width; /* of the line so far; 0: none was begun */
} list;

static void
list_add(list *l, const char *word)
{
    size_t length = strlen(word);

    if (l->width && l->width + 2 + length <= LIST_WIDTH) {
        stk_buffer_printf(l->text, ", %s", word);
        l->width += 2 + length;
        return;
    }
    if (l->width)
        stk_buffer_puts(l->text, "\n");
    l->width = strlen(l->key) + 3 + length;
    /* what filled a line to its end without blanks has no room for them */
    stk_buffer_printf(l->text,
                      l->width > STK_LINE_LENGTH_MAX ? "%s=%s" : "%s = %s",
                      l->key, word);
}

static void
list_end(list *l)
{
    if (l->width)
        stk_buffer_puts(l->text, "\n");
}

/* The value in four pieces, some of them empty: printf() would take longer
 * than all the rest of a policy of many rules. */
static void
put_pieces(stk_buffer *text, const char *key, const char *const value[4])
{
    size_t length = strlen(key) + 3;

    for (size_t i = 0; i < 4; i++)
        length += strlen(value[i]);
    stk_buffer_puts(text, key);
    /* after a blank, a semicolon would begin a comment */
    stk_buffer_puts(
        text, *value[0] == ';' || length > STK_LINE_LENGTH_MAX ? "=" : " = ");
    for (size_t i = 0; i < 4; i++)
        stk_buffer_puts(text, value[i]);
    stk_buffer_puts(text, "\n");
}

static void
put_entry(stk_buffer *text, const char *key, const char *value)
{
    const char *const pieces[4] = { value, "", "", "" };

    put_pieces(text, key, pieces);
}

/* ---- [stockade] ----------------------------------------------------- */

/* A path that was resolved against the folder of the file that says it, as
 * the policy's own folder sees it. */
static const char *
relative_path(const printer *p, const char *path)
{
    size_t length = strlen(p->folder);

    if (strncmp(path, p->folder, length) == 0 && path[length] == '/' &&
        path[length + 1] && path[length + 1] != '/' &&
        path[length + 1] != ' ' && path[length + 1] != '\t')
        return path + length + 1;
    return path;
}

static void
print_audit(printer *p)
{
    list l = { &p->text, "audit", 0 };

    for (size_t i = 0; i < p->policy->n_audit; i++) {
        const char *sink = p->policy->audit[i];
        size_t scheme = strcspn(sink, ":") + 1;
        char word[STK_FILE_SIZE_MAX >> 8];
        size_t n = (size_t)snprintf(word, sizeof(word), "%.*s%s", (int)scheme,
                                    sink, relative_path(p, sink + scheme));

        list_add(&l, n < sizeof(word) ? word : sink);
    }
    list_end(&l);
}

static void
print_trusted(printer *p)
{
    STK_CLEANUP(stk_freep)
    char *copy = strdup(p->policy->settings[STK_SETTING_TRUSTED].value);
    list l = { &p->text, "trusted", 0 };
    char *rest = copy, *word;

    if (!copy) {
        p->text.failed = STK_E_MEMORY;
        return;
    }
    while ((word = strsep(&rest, ", ")))
        if (*word)
            list_add(&l, word);
    list_end(&l);
}

static void
print_settings(printer *p)
{
    stk_buffer_puts(&p->text, "[stockade]\nversion = 1\n");
    for (int key = 0; key < STK_SETTING_COUNT; key++) {
        const stk_setting *setting = &p->policy->settings[key];

        if (!setting->value)
            continue;
        if (key == STK_SETTING_AUDIT)
            print_audit(p);
        else if (key == STK_SETTING_TRUSTED)
            print_trusted(p);
        else if (key == STK_SETTING_OBSERVE)
            put_entry(&p->text, setting_names[key],
                      relative_path(p, p->policy->observe_path));
        else
            put_entry(&p->text, setting_names[key], setting->value);
    }
}

/* ---- groups --------------------------------------------------------- */

static int
compare_groups(const void *a, const void *b)
{
    const stk_group *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

static void
print_group(printer *p, const stk_group *group)
{
    list l = { &p->text, "members", 0 };

    stk_buffer_printf(&p->text, "\n[group %s]\n", group->name);
    for (size_t i = 0; i < group->n_members; i++)
        list_add(&l, group->members[i]);
    list_end(&l);
}

static void
print_groups(printer *p)
{
    size_t n = p->policy->n_groups;
    STK_CLEANUP(stk_freep)
    const stk_group **sorted = calloc(n ? n : 1, sizeof(*sorted));

    if (!sorted) {
        p->text.failed = STK_E_MEMORY;
        return;
    }
    if (n)
        memcpy(sorted, p->policy->groups, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare_groups);
    for (size_t i = 0; i < n; i++)
        if (!sorted[i]->builtin && !sorted[i]->events)
            print_group(p, sorted[i]);
}

/* ---- rules ---------------------------------------------------------- */

/* Names by their literal, in the order in which they win; then groups; then
 * the star. */
static int
compare_rules(const void *a, const void *b)
{
    const stk_rule *left = *(const stk_rule *const *)a;
    const stk_rule *right = *(const stk_rule *const *)b;
    int left_class = left->kind < STK_PATTERN_GROUP ? 0 : (int)left->kind;
    int right_class = right->kind < STK_PATTERN_GROUP ? 0 : (int)right->kind;
    int order;

    if (left_class != right_class)
        return left_class - right_class;
    order = strcmp(left->literal, right->literal);
    return order ? order : (int)left->kind - (int)right->kind;
}

static void
print_rule(printer *p, const stk_rule *rule)
{
    const char *pieces[4];

    if (rule->section->kind == STK_SECTION_FORBIDDEN) {
        put_entry(&p->text, rule->pattern, rule->reason);
        return;
    }
    if (!rule->bundle) {
        put_entry(&p->text, rule->pattern, rule->words);
        return;
    }
    pieces[0] = rule->requirement;
    pieces[1] = rule->closure ? " closure" : "";
    pieces[2] = " bundle:";
    pieces[3] = relative_path(p, rule->bundle);
    put_pieces(&p->text, rule->pattern, pieces);
}

static void
print_section(printer *p, const stk_section *section)
{
    size_t n = section->n_rules;
    STK_CLEANUP(stk_freep)
    const stk_rule **sorted = calloc(n ? n : 1, sizeof(*sorted));

    if (!sorted) {
        p->text.failed = STK_E_MEMORY;
        return;
    }
    /* an empty section holds nobody and forbids nothing, except that it was
     * written: [modules from X] with no rule is kept, the other two are not */
    if (n == 0 && section->kind != STK_SECTION_FROM)
        return;
    if (n)
        memcpy(sorted, section->rules, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare_rules);
    stk_buffer_printf(&p->text, "\n[%s]\n", section->name);
    for (size_t i = 0; i < n; i++)
        print_rule(p, sorted[i]);
}

static int
compare_sections(const void *a, const void *b)
{
    const stk_section *left = *(const stk_section *const *)a;
    const stk_section *right = *(const stk_section *const *)b;

    if (left->kind != right->kind)
        return (int)left->kind - (int)right->kind;
    return strcmp(left->name, right->name);
}

static void
print_sections(printer *p, const stk_policy *half)
{
    size_t n = half->n_sections;
    STK_CLEANUP(stk_freep)
    const stk_section **sorted = calloc(n ? n : 1, sizeof(*sorted));

    if (!sorted) {
        p->text.failed = STK_E_MEMORY;
        return;
    }
    if (n)
        memcpy(sorted, half->sections, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare_sections);
    for (size_t i = 0; i < n; i++)
        print_section(p, sorted[i]);
}

/* ---- keys and [signing] ----------------------------------------------- */

static void
print_moment(printer *p, const char *key, int64_t seconds, bool end)
{
    char text[STK_MOMENT_MAX];

    if (seconds)
        put_entry(&p->text, key, stk_moment_text(text, seconds, end));
}

static void
print_kinds(printer *p, const stk_key_rule *key)
{
    list l = { &p->text, "kinds", 0 };

    if (key->kinds == STK_ALL_KINDS)
        return;
    for (unsigned bit = 1; bit <= STK_KIND_POLICY; bit <<= 1)
        if (key->kinds & bit)
            list_add(&l, stk_kind_name((enum stk_kind)bit));
    list_end(&l);
}

static void
print_key(printer *p, const stk_key_rule *key)
{
    list l = { &p->text, "modules", 0 };
    char text[STK_MOMENT_MAX];

    stk_buffer_printf(&p->text, "\n[key %s]\npublic = %s\n", key->name,
                      key->public_key);
    for (size_t i = 0; i < key->n_modules; i++)
        list_add(&l, key->modules[i]);
    list_end(&l);
    print_kinds(p, key);
    print_moment(p, "not_before", key->not_before, false);
    print_moment(p, "not_after", key->not_after, true);
    if (key->status == STK_KEY_RETIRING)
        stk_buffer_puts(&p->text, "status = retiring\n");
    else if (key->status == STK_KEY_REVOKED)
        stk_buffer_printf(
            &p->text, "status = revoked%s%s\n", key->revoked ? " " : "",
            key->revoked ? stk_moment_text(text, key->revoked, false) : "");
}

static int
compare_keys(const void *a, const void *b)
{
    const stk_key_rule *left = *(const stk_key_rule *const *)a;
    const stk_key_rule *right = *(const stk_key_rule *const *)b;

    return strcmp(left->name, right->name);
}

static void
print_keys(printer *p)
{
    const stk_signing *signing = &p->policy->signing;
    size_t n = signing->n_keys;
    STK_CLEANUP(stk_freep)
    const stk_key_rule **sorted = calloc(n + 1, sizeof(*sorted));

    if (!sorted) {
        p->text.failed = STK_E_MEMORY;
        return;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = &signing->keys[i];
    if (n)
        qsort(sorted, n, sizeof(*sorted), compare_keys);
    for (size_t i = 0; i < n; i++)
        print_key(p, sorted[i]);
}

static void
print_words(printer *p, const char *key, const char *const *words, size_t n)
{
    list l = { &p->text, key, 0 };

    for (size_t i = 0; i < n; i++)
        list_add(&l, words[i]);
    list_end(&l);
}

static void
print_numbers(printer *p)
{
    const stk_signing *signing = &p->policy->signing;
    list thresholds = { &p->text, "threshold", 0 };
    list floors = { &p->text, "floor", 0 };
    char word[STK_LINE_LENGTH_MAX + 24];

    for (size_t i = 0; i < signing->n_thresholds; i++) {
        snprintf(word, sizeof(word), "%s:%u", signing->thresholds[i].pattern,
                 signing->thresholds[i].keys);
        list_add(&thresholds, word);
    }
    list_end(&thresholds);
    for (size_t i = 0; i < signing->n_floors; i++) {
        snprintf(word, sizeof(word), "%s:%" PRIu64, signing->floors[i].package,
                 signing->floors[i].sequence);
        list_add(&floors, word);
    }
    list_end(&floors);
}

static void
print_signing(printer *p)
{
    const stk_signing *signing = &p->policy->signing;
    size_t before;

    stk_buffer_puts(&p->text, "\n[signing]\n");
    before = p->text.length;
    print_numbers(p);
    print_words(p, "revoked", signing->revoked_hashes,
                signing->n_revoked_hashes);
    print_words(p, "revoked", signing->revoked_keys, signing->n_revoked_keys);
    if (signing->state)
        put_entry(&p->text, "state", relative_path(p, signing->state));
    if (signing->state_key)
        put_entry(&p->text, "state_key", relative_path(p, signing->state_key));
    if (signing->require_state)
        put_entry(&p->text, "require_state", "yes");
    print_moment(p, "clock_floor", signing->clock_floor, false);
    if (signing->context)
        put_entry(&p->text, "context", signing->context);
    if (signing->binding == STK_BINDING_BASENAME)
        put_entry(&p->text, "binding", "basename");
    if (signing->cache)
        put_entry(&p->text, "cache", relative_path(p, signing->cache));
    if (signing->slow)
        put_entry(&p->text, "fast_path", "off");
    if (p->text.length == before && !p->text.failed)
        p->text.length -= strlen("\n[signing]\n");
}

/* ---- [sandbox NAME] ----------------------------------------------------- */

static int
compare_profiles(const void *a, const void *b)
{
    const stk_profile *left = *(const stk_profile *const *)a;
    const stk_profile *right = *(const stk_profile *const *)b;

    return strcmp(left->name, right->name);
}

/* Whole, and so the same whatever is built in. */
static void
print_profile(printer *p, const stk_profile *profile)
{
    STK_CLEANUP(stk_freep) char *text = stk_profile_print(profile);

    if (text)
        stk_buffer_printf(&p->text, "\n[sandbox %s]\n%s", profile->name, text);
    else
        p->text.failed = STK_E_MEMORY;
}

static void
print_profiles(printer *p)
{
    const stk_policy *policy = p->policy;
    STK_CLEANUP(stk_freep)
    const stk_profile **sorted =
        calloc(policy->n_profiles + 1, sizeof(*sorted));
    size_t n = 0;

    if (!sorted) {
        p->text.failed = STK_E_MEMORY;
        return;
    }
    for (size_t i = 0; i < policy->n_profiles; i++) /* the file's own */
        if (strcmp(policy->profile_places[i].file, STK_PROFILES_FILE) != 0)
            sorted[n++] = &policy->profiles[i];
    if (n)
        qsort(sorted, n, sizeof(*sorted), compare_profiles);
    for (size_t i = 0; i < n; i++)
        print_profile(p, sorted[i]);
}

/* ---- [loader NAME] ------------------------------------------------------ */

static int
compare_loaders(const void *a, const void *b)
{
    const stk_loader_rule *left = *(const stk_loader_rule *const *)a;
    const stk_loader_rule *right = *(const stk_loader_rule *const *)b;

    return strcmp(left->name, right->name);
}

static void
print_arguments(printer *p, const stk_loader_rule *loader)
{
    static const char *const heads[] = { "", "path:", "file:" };
    list l = { &p->text, "arguments", 0 };
    char word[STK_FILE_SIZE_MAX >> 8];

    for (size_t i = 0; i < loader->n_arguments; i++) {
        const stk_loader_argument *one = &loader->arguments[i];

        snprintf(word, sizeof word, "%s%s", heads[one->kind],
                 one->kind == STK_ARGUMENT_TEXT ? one->text
                                                : relative_path(p, one->text));
        list_add(&l, word);
    }
    list_end(&l);
}

static void
print_loader(printer *p, const stk_loader_rule *loader)
{
    stk_buffer_printf(&p->text, "\n[loader %s]\nfinder = %s:%s\n",
                      loader->name, loader->module, loader->attribute);
    print_arguments(p, loader);
    print_words(p, "modules", loader->modules, loader->n_modules);
    put_entry(&p->text, "result",
              loader->result == STK_LOADER_MODULE ? "module" : "source");
    put_entry(&p->text, "sandbox", loader->sandbox);
}

static void
print_loaders(printer *p)
{
    size_t n = p->policy->n_loaders;
    STK_CLEANUP(stk_freep)
    const stk_loader_rule **sorted = calloc(n + 1, sizeof(*sorted));

    if (!sorted) {
        p->text.failed = STK_E_MEMORY;
        return;
    }
    for (size_t i = 0; i < n; i++)
        sorted[i] = &p->policy->loaders[i];
    if (n)
        qsort(sorted, n, sizeof(*sorted), compare_loaders);
    for (size_t i = 0; i < n; i++)
        print_loader(p, sorted[i]);
}

/* ---- the whole ------------------------------------------------------ */

int
stk_policy_print(char **out, const stk_policy *policy, stk_error *err)
{
    printer p = { policy, stk_path_folder(policy->file),
                  STK_BUFFER_INIT(TEXT_MAX) };
    int failed;

    if (!p.folder)
        return stk_error_memory(err);
    print_settings(&p);
    print_groups(&p);
    print_sections(&p, policy);
    print_sections(&p, policy->events);
    print_keys(&p);
    print_signing(&p);
    print_profiles(&p);
    print_loaders(&p);
    failed = stk_buffer_check(&p.text, err);
    if (!failed)
        *out = stk_buffer_steal(&p.text);
    stk_buffer_clear(&p.text);
    free(p.folder);
    return failed;
}
