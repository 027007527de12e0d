/* SPDX-License-Identifier: Apache-2.0 */
/* A policy with all the files that it names: extends, observe. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "policy/builtin.h"
#include "policy/gate.h"
#include "policy/events.h"
#include "policy/groups.h"
#include "policy/index.h"
#include "policy/lint.h"
#include "policy/parse.h"
#include "policy/settings.h"

#define DEPTH_MAX 8u  /* files between the policy and what it rests on */
#define FILES_MAX 64u /* of one policy */

typedef struct loader {
    stk_draft draft, events;
    stk_arena *arena; /* borrowed; the policy's */
    stk_complaints *complaints;
    const stk_policy_loading *how;   /* borrowed */
    const char *open[DEPTH_MAX + 1]; /* real paths from the policy to here */
    const char *read[FILES_MAX];     /* real paths of what was read */
    unsigned depth, n_read;
} loader;

/* One file that is being read. */
typedef struct reading {
    loader *loader;
    stk_draft *draft; /* borrowed; what it is read into */
    stk_source source;
} reading;

static int load_text(loader *l, stk_draft *draft, const stk_policy_text *text);

/* The name by which a file is known again; its own where it has no path. */
static const char *
find_identity(loader *l, const char *path)
{
    STK_CLEANUP(stk_freep) char *real = realpath(path, NULL);

    return real ? stk_arena_copy(l->arena, real, strlen(real))
                : stk_arena_copy(l->arena, path, strlen(path));
}

static bool
is_listed(const char *const *list, unsigned n, const char *path)
{
    for (unsigned i = 0; i < n; i++)
        if (!strcmp(list[i], path))
            return true;
    return false;
}

/* ---- extends ------------------------------------------------------------ */

/* False when there is nothing to read: refused, or read before. */
static bool
may_extend(reading *r, const char *path, const char *real, uint32_t line)
{
    loader *l = r->loader;
    const char *file = r->source.file;

    if (is_listed(l->open, l->depth + 1, real)) {
        stk_complain(l->complaints, file, line, STK_E_INVALID,
                     "extends %s, which extends this file", path);
        return false;
    }
    if (is_listed(l->read, l->n_read, real))
        return false;
    if (l->depth == DEPTH_MAX) {
        stk_complain(l->complaints, file, line, STK_E_INVALID,
                     "extends %s: more than %u files deep", path, DEPTH_MAX);
        return false;
    }
    if (l->n_read == FILES_MAX) {
        stk_complain(l->complaints, file, line, STK_E_LIMIT,
                     "extends %s: more than %u files", path, FILES_MAX);
        return false;
    }
    return true;
}

/* One that a user may take for built in. */
static bool
is_shipped(const char *path)
{
    static const char *const names[] = { "agent.ini", "embedded.ini",
                                         "observe.ini", "plugin-host.ini",
                                         "signed.ini" };
    const char *slash = strrchr(path, '/');

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(slash ? slash + 1 : path, names[i]))
            return true;
    return false;
}

static int
read_extended(reading *r, const char *path, const char *real, uint32_t line)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { 0 };
    loader *l = r->loader;
    stk_error err = STK_ERROR_INIT;
    stk_policy_text text;
    int n;

    n = stk_file_read(&file, path, STK_FILE_SIZE_MAX, &err);
    if (n == -STK_E_MEMORY)
        return n;
    if (n < 0) {
        stk_complain(l->complaints, r->source.file, line, err.code,
                     "extends %s: %s%s", path, err.message,
                     is_shipped(path) ? "; `stockade doctor` says where the "
                                        "shipped policies are"
                                      : "");
        return 0;
    }
    text = (stk_policy_text){ path, file.data, file.length };
    l->open[++l->depth] = real;
    n = load_text(l, r->draft, &text);
    l->depth--;
    return n;
}

static int
take_extends(void *payload, const char *word, uint32_t line)
{
    reading *r = payload;
    STK_CLEANUP(stk_freep) char *path = NULL;
    const char *real;

    path = stk_path_join(r->source.folder, word);
    real = path ? find_identity(r->loader, path) : NULL;
    if (!real)
        return -STK_E_MEMORY;
    if (!may_extend(r, path, real, line))
        return 0;
    r->loader->read[r->loader->n_read++] = real;
    return read_extended(r, path, real, line);
}

/* ---- one file -------------------------------------------------------- */

static int
read_entries(stk_entries *out, loader *l, const char *file,
             const stk_policy_text *text)
{
    STK_CLEANUP(stk_gate_clear) stk_gate gate = { 0 };

    if (stk_gate_scan(&gate, file, text->text, text->length, l->complaints) <
        0)
        return -STK_E_MEMORY;
    return stk_entries_read(out, l->arena, &gate, file, l->complaints);
}

/* Whether the file may be parsed: 1, 0 after a complaint, or negative. */
static int
check_file(loader *l, const char *file, const stk_policy_text *text)
{
    stk_error err = STK_ERROR_INIT;
    int n =
        l->how->check ? l->how->check(l->how->check_payload, text, &err) : 0;

    if (n < 0 && err.code != STK_E_MEMORY)
        stk_complain(l->complaints, file, 0, err.code, "%s", err.message);
    return n == -STK_E_MEMORY ? n : n == 0;
}

/* What a file extends comes first, so that the file itself is the later. */
static int
load_text(loader *l, stk_draft *draft, const stk_policy_text *text)
{
    STK_CLEANUP(stk_freep) char *folder = stk_path_folder(text->name);
    reading r = { .loader = l, .draft = draft };
    const stk_builtin *builtin;
    stk_entries entries = { 0 };
    int n;

    r.source.file = stk_arena_copy(l->arena, text->name, strlen(text->name));
    if (!folder || !r.source.file)
        return -STK_E_MEMORY;
    r.source.folder = folder;
    stk_complaints_file(l->complaints, r.source.file);
    if (text->length > STK_FILE_SIZE_MAX) {
        stk_complain(l->complaints, r.source.file, 0, STK_E_LIMIT,
                     "is larger than %u bytes", STK_FILE_SIZE_MAX);
        return 0;
    }
    n = check_file(l, r.source.file, text);
    if (n <= 0)
        return n;
    if (read_entries(&entries, l, r.source.file, text) < 0)
        return -STK_E_MEMORY;
    builtin = stk_builtin_groups(&entries);
    if (builtin) {
        stk_complain(l->complaints, r.source.file, 0, STK_E_INVALID,
                     "is in every policy already, as %s, and is no policy "
                     "of its own",
                     builtin->file);
        return 0;
    }
    if (stk_settings_extends(&entries, take_extends, &r) < 0)
        return -STK_E_MEMORY;
    return stk_parse_entries(draft, &r.source, &entries);
}

/* ---- a policy -------------------------------------------------------- */

static int load_observed(stk_policy *policy, stk_complaints *complaints,
                         const stk_policy_loading *how);

static int
load_builtin(loader *l)
{
    int n =
        stk_groups_take(&l->draft, &stk_builtins[STK_BUILTIN_GROUPS], false);

    return n < 0 ? n
                 : stk_groups_take(&l->events,
                                   &stk_builtins[STK_BUILTIN_EVENTS], true);
}

static int
fill_policy(stk_policy *policy, loader *l, const stk_policy_text *text)
{
    policy->file = stk_arena_copy(l->arena, text->name, strlen(text->name));
    l->open[0] = l->read[0] = find_identity(l, text->name);
    l->n_read = 1;
    if (!policy->file || !l->open[0] ||
        stk_draft_init(&l->draft, l->arena, l->complaints) < 0 ||
        stk_draft_init_events(&l->events, l->arena, l->complaints) < 0)
        return -STK_E_MEMORY;
    stk_complaints_file(l->complaints, policy->file);
    l->draft.events = &l->events;
    if (load_builtin(l) < 0 || load_text(l, &l->draft, text) < 0 ||
        stk_compile(policy, &l->draft) < 0)
        return -STK_E_MEMORY;
    stk_settings_finish(policy, &l->draft);
    return stk_events_compile(policy, &l->draft);
}

/* A policy that is observed observes none: there is one beside the enforced
 * one, and it may well extend the file that names it. */
static int
load_policy(stk_policy **out, const stk_policy_text *text,
            stk_complaints *complaints, const stk_policy_loading *how,
            bool observed)
{
    STK_CLEANUP(stk_policy_freep) stk_policy *policy = NULL;
    loader l = { .complaints = complaints, .how = how };
    int n;

    policy = calloc(1, sizeof *policy);
    if (!policy)
        return -STK_E_MEMORY;
    atomic_init(&policy->references, 1);
    policy->arena = l.arena = stk_arena_new();
    if (!policy->arena)
        return -STK_E_MEMORY;
    n = fill_policy(policy, &l, text);
    stk_draft_clear(&l.draft);
    stk_draft_clear(&l.events);
    if (n == 0 && policy->observe_path && !observed)
        n = load_observed(policy, complaints, how);
    if (n < 0)
        return n;
    *out = STK_STEAL(policy);
    return 0;
}

static int
load_observed(stk_policy *policy, stk_complaints *complaints,
              const stk_policy_loading *how)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { 0 };
    stk_place at = policy->settings[STK_SETTING_OBSERVE].place;
    stk_error err = STK_ERROR_INIT;
    stk_policy_text text;
    int n;

    n = stk_file_read(&file, policy->observe_path, STK_FILE_SIZE_MAX, &err);
    if (n == -STK_E_MEMORY)
        return n;
    if (n < 0) {
        stk_complain(complaints, at.file, at.line, err.code,
                     "observe = %s: %s", policy->observe_path, err.message);
        return 0;
    }
    text = (stk_policy_text){ policy->observe_path, file.data, file.length };
    return load_policy(&policy->observed, &text, complaints, how, true);
}

static int
parse_text(stk_policy **out, const stk_policy_text *text,
           const stk_policy_loading *how, stk_error *err)
{
    STK_CLEANUP(stk_policy_freep) stk_policy *policy = NULL;
    STK_CLEANUP(stk_complaints_clear) stk_complaints complaints = { 0 };
    int n;

    if (load_policy(&policy, text, &complaints, how, false) < 0)
        return stk_error_memory(err);
    n = stk_complaints_tell(&complaints, how->report, how->payload, err);
    if (n < 0 && how->warn)
        stk_lint_understood(policy, how->report, how->payload);
    if (n < 0)
        return n;
    *out = STK_STEAL(policy);
    return 0;
}

int
stk_policy_parse(stk_policy **out, const stk_policy_text *text,
                 stk_report_fn report, void *payload, stk_error *err)
{
    stk_policy_loading how = { .report = report, .payload = payload };

    return parse_text(out, text, &how, err);
}

int
stk_policy_load_checked(stk_policy **out, const stk_policy_loading *how,
                        stk_error *err)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { 0 };
    stk_error found = STK_ERROR_INIT;
    stk_policy_text text;
    int n;

    n = stk_file_read(&file, how->path, STK_FILE_SIZE_MAX, &found);
    if (n < 0) {
        stk_diagnostic one = { STK_SEVERITY_ERROR, how->path, 0,
                               found.message };

        if (how->report)
            how->report(how->payload, &one);
        if (err)
            *err = found;
        return n;
    }
    text = (stk_policy_text){ how->path, file.data, file.length };
    return parse_text(out, &text, how, err);
}

int
stk_policy_load(stk_policy **out, const char *path, stk_report_fn report,
                void *payload, stk_error *err)
{
    stk_policy_loading how = { .path = path,
                               .report = report,
                               .payload = payload };

    return stk_policy_load_checked(out, &how, err);
}
