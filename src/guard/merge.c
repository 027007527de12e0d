/* SPDX-License-Identifier: Apache-2.0 */
/* A policy onto a sheet, rule by rule, to be added to. */
#include "guard/merge.h"

#include <stdio.h>

#include "base/error.h"
#include "policy/gate.h"
#include "policy/rule.h"

static int
merge_settings(stk_sheet *sheet, const stk_policy *base, stk_error *err)
{
    static const struct {
        const char *key;
        bool is_list;
    } keys[STK_SETTING_COUNT] = {
        [STK_SETTING_MODE] = { "mode", false },
        [STK_SETTING_DEFAULT] = { "default", false },
        [STK_SETTING_TRUSTED] = { "trusted", true },
        [STK_SETTING_SHADOWING] = { "shadowing", false },
        [STK_SETTING_OBSERVE] = { "observe", false },
        [STK_SETTING_AUDIT] = { "audit", true },
        [STK_SETTING_CACHED] = { "cached", false },
        [STK_SETTING_ON_AUDIT_FAILURE] = { "on_audit_failure", false },
        [STK_SETTING_CHILDREN] = { "children", false },
        [STK_SETTING_FINDERS] = { "finders", false },
    };
    int r = 0;

    for (int i = 0; i < STK_SETTING_COUNT && r == 0; i++) {
        const stk_setting *setting = &base->settings[i];

        if (!setting->place.file)
            continue;
        r = keys[i].is_list
                ? stk_sheet_set_words(sheet, "stockade", keys[i].key,
                                      setting->value, err)
                : stk_sheet_set(sheet, "stockade", keys[i].key, setting->value,
                                err);
    }
    return r;
}

static int
merge_group(stk_sheet *sheet, const stk_group *group, stk_error *err)
{
    char heading[STK_SECTION_NAME_MAX + 16];
    int r = 0;

    snprintf(heading, sizeof heading, "group %s", group->name);
    for (size_t i = 0; i < group->n_members && r == 0; i++)
        r = stk_sheet_set_words(sheet, heading, "members", group->members[i],
                                err);
    return r;
}

static int
merge_section(stk_sheet *sheet, const stk_section *section, stk_error *err)
{
    int r = 0;

    for (size_t i = 0; i < section->n_rules && r == 0; i++)
        r = stk_sheet_put(sheet, section->name, section->rules[i]->pattern,
                          section->rules[i]->text, err);
    return r;
}

int
stk_merge_policy(stk_sheet *sheet, const stk_policy *base, stk_error *err)
{
    int r = merge_settings(sheet, base, err);

    for (size_t i = 0; i < base->n_groups && r == 0; i++)
        if (!base->groups[i]->builtin)
            r = merge_group(sheet, base->groups[i], err);
    for (size_t i = 0; i < base->n_sections && r == 0; i++)
        r = merge_section(sheet, base->sections[i], err);
    for (size_t i = 0; i < base->events->n_sections && r == 0; i++)
        r = merge_section(sheet, base->events->sections[i], err);
    return r;
}
