/* SPDX-License-Identifier: Apache-2.0 */
/* The audit events that a log says were fired, as rules on a sheet. */
#include "guard/allowances.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "policy/gate.h"
#include "policy/rule.h"

static const char *const sets[] = { "@events.introspection", "@events.native",
                                    "@events.network", "@events.process" };

typedef struct work {
    stk_sheet *sheet;
    const stk_allowances *from;
    stk_error *err;
} work;

/* A set, or a star: no one event was meant. */
static bool
is_liftable(const stk_decision *decision)
{
    const char *text = decision->rule.text;

    return text && (text[0] == '@' || !strncmp(text, "* =", 3));
}

static int
tell_kept(const work *w, const stk_need *need, const stk_decision *decision)
{
    char note[1024], shown[180];

    snprintf(note, sizeof note, "kept: %s:%u still denies the event %s to %s",
             decision->rule.file ? decision->rule.file : "",
             (unsigned)decision->rule.line, need->name,
             *need->importer ? need->importer : "unknown code");
    stk_text_printable(shown, sizeof shown, note, strlen(note));
    return stk_sheet_put(w->sheet, "", shown, shown, w->err);
}

/* The section of the base that denies it, or one of the importer's own. Too
 * long a name has none: the event is everybody's then. */
static void
find_heading(char out[STK_SECTION_NAME_MAX + 1], const stk_need *need,
             const stk_decision *denied)
{
    char label[STK_LABEL_MAX + 1];

    snprintf(out, STK_SECTION_NAME_MAX + 1, "events");
    if (denied && denied->reason == STK_REASON_IMPORTER)
        snprintf(out, STK_SECTION_NAME_MAX + 1, "%s", denied->rule.section);
    else if (*need->importer && stk_needs_label(label, need->importer) &&
             strlen("events from ") + strlen(label) <= STK_SECTION_NAME_MAX)
        snprintf(out, STK_SECTION_NAME_MAX + 1, "events from %s", label);
}

static stk_decision
ask_base(const work *w, const stk_need *need)
{
    stk_request request = STK_REQUEST_INIT;

    request.name = need->name;
    request.importer = *need->importer ? need->importer : NULL;
    request.flags =
        STK_REQUEST_EVENT | (*need->importer ? 0 : STK_REQUEST_UNKNOWN);
    return stk_policy_decide(w->from->base, &request);
}

static int
put_event(void *payload, const void *item)
{
    const work *w = payload;
    const stk_need *need = item;
    char heading[STK_SECTION_NAME_MAX + 1];
    stk_decision denied;
    bool asked = false;

    /* trusted: what the standard library does is for those who called it */
    if (*need->importer && stk_policy_in_stdlib(need->importer) &&
        (!w->from->base ||
         stk_policy_is_trusted(w->from->base, need->importer)))
        return 0;
    if (w->from->base) {
        denied = ask_base(w, need);
        asked = denied.verdict == STK_DENY;
        if (asked && !is_liftable(&denied))
            return tell_kept(w, need, &denied);
    }
    find_heading(heading, need, asked ? &denied : NULL);
    return stk_sheet_set(w->sheet, heading, need->name, "allow", w->err);
}

int
stk_allowances_put(stk_sheet *sheet, const stk_allowances *from,
                   stk_error *err)
{
    work w = { sheet, from, err };
    int r = 0;

    if (!from->needs->events && !from->always)
        return 0;
    for (size_t i = 0; i < sizeof sets / sizeof *sets && r == 0; i++)
        r = stk_sheet_set(sheet, "events", sets[i], "deny", err);
    return r < 0 ? r : stk_needs_walk(from->needs->events, put_event, &w);
}
