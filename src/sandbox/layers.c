/* SPDX-License-Identifier: Apache-2.0 */
/* What was found of each layer, and whether that is enough. */
#include "sandbox/layers.h"

#include <stdio.h>
#include <string.h>

void
stk_layers_active(stk_sandbox_report *report, enum stk_layer layer, int level)
{
    report->layers[layer].state = STK_LAYER_ACTIVE;
    report->layers[layer].level = level;
    report->layers[layer].reason[0] = '\0';
}

void
stk_layers_unused(stk_sandbox_report *report, enum stk_layer layer)
{
    report->layers[layer].state = STK_LAYER_UNUSED;
    report->layers[layer].level = 0;
    report->layers[layer].reason[0] = '\0';
}

void
stk_layers_absent(stk_sandbox_report *report, enum stk_layer layer,
                  const char *step, int number)
{
    char *reason = report->layers[layer].reason;

    report->layers[layer].state = STK_LAYER_ABSENT;
    report->layers[layer].level = 0;
    if (number)
        snprintf(reason, STK_LAYER_REASON_MAX, "%.47s: %.46s", step,
                 strerror(number));
    else
        snprintf(reason, STK_LAYER_REASON_MAX, "%s", step);
}

static bool
is_active(const stk_sandbox_report *report, enum stk_layer layer)
{
    return report->layers[layer].state == STK_LAYER_ACTIVE;
}

/* Beside the filter one layer more must close the files off: the other two
 * know them, and either will do. */
static uint32_t
needed_for_files(const stk_sandbox_report *report)
{
    if (is_active(report, STK_LAYER_LANDLOCK) ||
        is_active(report, STK_LAYER_MOUNT))
        return 0;
    return STK_LAYER_BIT(STK_LAYER_LANDLOCK);
}

uint32_t
stk_layers_needed(const stk_profile *profile, const stk_sandbox_report *report)
{
    uint32_t needed = profile->require | STK_LAYERS_MUST;

    needed |= needed_for_files(report);
    if (profile->calls & STK_CALLS_NETWORK)
        needed |= STK_LAYER_BIT(STK_LAYER_LANDLOCK_NETWORK);
    return needed;
}

int
stk_layers_judge(const stk_profile *profile, const stk_sandbox_report *report,
                 stk_error *err)
{
    uint32_t needed = stk_layers_needed(profile, report);

    for (int i = 0; i < STK_LAYER_COUNT; i++) {
        const char *reason = report->layers[i].reason;

        if (!(needed & STK_LAYER_BIT(i)) ||
            report->layers[i].state == STK_LAYER_ACTIVE ||
            report->layers[i].state == STK_LAYER_UNUSED)
            continue;
        return stk_error_set(err, STK_E_UNSUPPORTED,
                             "the profile %s requires %s: %.*s", profile->name,
                             stk_layer_name((enum stk_layer)i),
                             (int)STK_LAYER_REASON_MAX - 1,
                             *reason ? reason : "it was not tried");
    }
    return 0;
}
