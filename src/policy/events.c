/* SPDX-License-Identifier: Apache-2.0 */
/* The half of a policy that judges audit events; the built-in sets of them
 * from policy/events.ini. */
#include "policy/events.h"

#include <string.h>

#include "base/text.h"
#include "policy/index.h"

/* ---- names -------------------------------------------------------------- */

bool
stk_event_is_reserved(const char *event)
{
    static const char *const words[] = { "child",    "end",    "finder",
                                         "frozen",   "import", "reload",
                                         "resource", "start",  "syscall",
                                         "tamper",   "worker" };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(event, words[i]))
            return true;
    return false;
}

bool
stk_event_check(stk_complaints *complaints, stk_place at, const char *key)
{
    size_t slash = strcspn(key, "/");
    char shown[STK_QUOTE_MAX];

    stk_quote(shown, key, strlen(key));
    if (key[slash] && stk_name_is_dotted(key, slash)) {
        stk_complain(complaints, at.file, at.line, STK_E_INVALID,
                     "%s is a variant of %.*s: a rule for that covers both",
                     shown, (int)slash, key);
        return false;
    }
    if (!stk_event_is_reserved(key))
        return true;
    stk_complain(complaints, at.file, at.line, STK_E_INVALID,
                 !strcmp(key, "import")
                     ? "%s is judged by [modules] and [modules from X]"
                     : "%s is what a record of the log is called, and never "
                       "judged",
                 shown);
    return false;
}

void
stk_event_name(char out[STK_NAME_MAX + 1], const char *event)
{
    size_t length = strcspn(event, "/");
    stk_name name;

    if (length <= STK_NAME_MAX) {
        memcpy(out, event, length);
        out[length] = '\0';
        if (stk_name_split(&name, out))
            return;
    }
    memcpy(out, "*", 2);
}

/* ---- guesses ------------------------------------------------------------ */

static bool
is_first_label(const char *known, const char *label)
{
    size_t length = strlen(label);

    return !strncmp(known, label, length) && known[length] == '.';
}

static bool
is_known(const stk_policy *events, const char *event)
{
    for (size_t i = 0; i < events->n_groups; i++)
        for (size_t j = 0;
             events->groups[i]->events && j < events->groups[i]->n_members;
             j++)
            if (!strcmp(events->groups[i]->members[j], event) ||
                is_first_label(events->groups[i]->members[j], event))
                return true;
    return false;
}

/* One letter off, or two in a long name. */
static bool
is_near(const char *event, const char *known)
{
    size_t most = strlen(event) >= 9 ? 2 : 1;

    return strlen(event) > 2 && stk_text_distance(event, known, most) <= most;
}

const char *
stk_event_meant(char label[STK_NAME_MAX + 1], const stk_policy *events,
                const char *event)
{
    if (is_known(events, event))
        return NULL;
    for (size_t i = 0; i < events->n_groups; i++) {
        const stk_group *group = events->groups[i];

        for (size_t j = 0; group->events && j < group->n_members; j++) {
            const char *known = group->members[j];
            size_t first = strcspn(known, ".");

            if (is_near(event, known))
                return known;
            if (strchr(event, '.') || !known[first])
                continue;
            memcpy(label, known, first);
            label[first] = '\0';
            if (is_near(event, label))
                return label;
        }
    }
    return NULL;
}

/* ---- compiling ---------------------------------------------------------- */

/* A group of the other half, compiled there: what it says of importers, and
 * of names that somebody gave a group. */
static int
share_group(stk_draft *events, const stk_draft_group *from)
{
    stk_draft_group *to = stk_draft_group_named(events, from->group->name);

    if (!to)
        return -STK_E_MEMORY;
    to->done = true;
    to->group->place = from->group->place;
    to->group->builtin = from->group->builtin;
    to->group->trusted = from->group->trusted;
    to->group->members = from->group->members;
    to->group->n_members = from->group->n_members;
    return 0;
}

int
stk_events_compile(stk_policy *policy, stk_draft *modules)
{
    stk_draft *draft = modules->events;
    stk_policy *events = stk_arena_take(draft->arena, 1, sizeof *events);

    if (!events)
        return -STK_E_MEMORY;
    for (uint32_t i = 0; i < modules->group_names.used; i++)
        if (share_group(draft, &modules->groups[i]) < 0)
            return -STK_E_MEMORY;
    memset(events, 0, sizeof *events);
    events->arena = policy->arena;
    events->file = policy->file;
    events->mode = policy->mode;
    events->for_events = true;
    events->fallback = STK_ALLOW;
    if (stk_compile(events, draft) < 0)
        return -STK_E_MEMORY;
    events->has_trusted = policy->has_trusted;
    events->trusted = policy->trusted;
    policy->events = events;
    return 0;
}
