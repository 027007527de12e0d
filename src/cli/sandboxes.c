/* SPDX-License-Identifier: Apache-2.0 */
/* What there is around a worker here, and what each profile lacks. */
#include "cli/sandboxes.h"

#include "cli/absent.h"
#include "cli/output.h"
#include "sandbox/layers.h"

static bool
is_absent(const stk_sandbox_report *report, int layer)
{
    return report->layers[layer].state == STK_LAYER_ABSENT;
}

json_t *
cli_sandbox_layers(const stk_sandbox_report *report)
{
    json_t *all = cli_json_object();

    for (int i = 0; i < STK_LAYER_COUNT; i++) {
        enum stk_layer layer = (enum stk_layer)i;
        json_t *one = cli_json_object();

        cli_json_set(one, "present", json_boolean(!is_absent(report, i)));
        cli_json_set(one, "must",
                     json_boolean(STK_LAYERS_MUST & STK_LAYER_BIT(i)));
        cli_json_set(one, "what", cli_json_text(stk_layer_text(layer)));
        cli_json_set(one, "reason", cli_json_text(report->layers[i].reason));
        if (layer == STK_LAYER_LANDLOCK)
            cli_json_set(one, "abi", json_integer(report->layers[i].level));
        cli_json_set(all, stk_layer_name(layer), one);
    }
    return all;
}

static json_t *
judge_profile(const stk_policy *policy, const stk_profile *profile,
              const stk_sandbox_report *report, const char *python)
{
    json_t *missing = cli_profile_absent(policy, profile, python);
    uint32_t needed = stk_layers_needed(profile, report);
    json_t *one = cli_json_object();
    json_t *lacks = cli_json_array(), *without = cli_json_array();

    for (int i = 0; i < STK_LAYER_COUNT; i++)
        if (is_absent(report, i))
            cli_json_add(needed & STK_LAYER_BIT(i) ? lacks : without,
                         cli_json_text(stk_layer_name((enum stk_layer)i)));
    cli_json_set(one, "runs",
                 json_boolean(json_array_size(lacks) == 0 &&
                              json_array_size(missing) == 0));
    cli_json_set(one, "lacks", lacks);
    cli_json_set(one, "without", without);
    cli_json_set(one, "missing", missing);
    return one;
}

json_t *
cli_sandbox_profiles(const stk_sandbox_report *report,
                     const stk_policy *policy, const char *python)
{
    json_t *all = cli_json_object();
    const stk_profile *profiles;
    size_t n;

    profiles = stk_policy_profiles(policy, &n);
    for (size_t i = 0; i < n; i++)
        cli_json_set(all, profiles[i].name,
                     judge_profile(policy, &profiles[i], report, python));
    return all;
}
