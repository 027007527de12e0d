/* SPDX-License-Identifier: Apache-2.0 */
/* What explain says of a name that must be signed: by whom, how many. */
#include "policy/tellkeys.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "policy/signers.h"

/* STK_KEYS_MAX names with their notes, and a path */
#define NEEDS_MAX (1u << 18)

static int
list_signers(stk_explanation *out, const stk_told *t, int64_t now)
{
    const stk_signing *signing = &t->policy->signing;
    stk_signer *signers =
        stk_arena_take(t->arena, signing->n_keys, sizeof *signers);

    if (!signers)
        return -STK_E_MEMORY;
    for (size_t i = 0; i < signing->n_keys; i++) {
        const stk_key_rule *key = &signing->keys[i];
        stk_signer *one = &signers[out->n_signers];
        char note[STK_SIGNER_NOTE_MAX];

        if (!stk_signers_covers(key, t->request->name))
            continue;
        stk_signers_note(note, &one->usable, signing, key, now);
        one->key = key->name;
        one->note = stk_arena_copy(t->arena, note, strlen(note));
        if (!one->note)
            return -STK_E_MEMORY;
        out->n_signers++;
    }
    out->signers = signers;
    return 0;
}

static size_t
count_usable(const stk_explanation *out)
{
    size_t n = 0;

    for (size_t i = 0; i < out->n_signers; i++)
        n += out->signers[i].usable;
    return n;
}

static void
put_signers(stk_buffer *text, const stk_explanation *out)
{
    if (out->n_signers == 0)
        stk_buffer_puts(text, ", and no key is for this name");
    else if (out->threshold > 1)
        stk_buffer_printf(text, " by %u of ", out->threshold);
    else
        stk_buffer_puts(text, " by ");
    for (size_t i = 0; i < out->n_signers; i++) {
        const stk_signer *one = &out->signers[i];

        stk_buffer_printf(text, "%s%s%s%s%s",
                          i == 0                   ? ""
                          : i + 1 < out->n_signers ? ", "
                          : out->threshold > 1     ? " and "
                                                   : " or ",
                          one->key, *one->note ? " (" : "", one->note,
                          *one->note ? ")" : "");
    }
    if (out->n_signers && count_usable(out) < out->threshold)
        stk_buffer_puts(text, ": too few that are good");
}

static int
tell_needs(stk_explanation *out, const stk_told *t)
{
    STK_CLEANUP(stk_buffer_clear)
    stk_buffer text = STK_BUFFER_INIT(NEEDS_MAX);
    const char *profile = stk_requirement_profile(out->decision.requirement);

    stk_buffer_puts(&text, STK_SIGNED);
    put_signers(&text, out);
    if (profile)
        stk_buffer_printf(&text, "; in sandbox:%s", profile);
    if (out->decision.bundle)
        stk_buffer_printf(&text, "; in bundle %s", out->decision.bundle);
    if (!text.failed)
        out->needs = stk_arena_copy(t->arena, text.data, text.length);
    return out->needs ? 0 : -STK_E_MEMORY;
}

int
stk_tell_signers(stk_explanation *out, const stk_told *t)
{
    int64_t now = (int64_t)(stk_clock_wall_us() / 1000000u);
    const char *name = t->request->name;

    if (!out->decision.requirement)
        return 0;
    out->required_by = stk_rule_show(stk_rule_required(t->policy, name));
    if (!stk_requirement_signed(out->decision.requirement)) {
        out->needs = out->decision.requirement;
        return 0;
    }
    out->threshold = stk_signers_threshold(&t->policy->signing, name);
    if (list_signers(out, t, now) < 0)
        return -STK_E_MEMORY;
    return tell_needs(out, t);
}
