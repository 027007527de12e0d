/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in groups: policy/groups.ini, built in. */
#include "policy/groups.h"

#include <pthread.h>
#include <string.h>

static const unsigned char text[] = {
#include "policy/groups_ini.inc"
    '\0'
};

#define TEXT_LENGTH (sizeof text - 1)

_Static_assert(TEXT_LENGTH <= UINT16_MAX, "slots hold offsets of 16 bits");

const char *
stk_groups_text(size_t *length)
{
    *length = TEXT_LENGTH;
    return (const char *)text;
}

int
stk_groups_join(stk_draft *draft)
{
    uint32_t n = draft->group_names.used;
    stk_draft_group *all = stk_draft_group_named(draft, "stdlib");

    if (!all)
        return -STK_E_MEMORY;
    all->group->builtin = true;
    all->group->place = (stk_place){ STK_GROUPS_FILE, 1 };
    for (uint32_t i = 0; i < n; i++)
        for (size_t j = 0; j < draft->groups[i].n_members; j++) {
            const stk_member *member = &draft->groups[i].members[j];

            /* the first addition may have moved the list of groups */
            all = stk_draft_group_named(draft, "stdlib");
            if (stk_draft_add_member(draft, all, member->name, member->line) <
                0)
                return -STK_E_MEMORY;
        }
    return 0;
}

/* ---- without a policy -------------------------------------------------- */

/*
 * First labels of all members, found once in the text: no allocation, so
 * that asking cannot fail. A power of two over twice their number.
 */
#define SLOTS 2048u

static struct {
    uint16_t at, length; /* in the text; length 0: empty */
} slots[SLOTS];
static pthread_once_t filled = PTHREAD_ONCE_INIT;

static uint32_t
find_slot(const char *label, size_t length)
{
    uint32_t at = stk_table_mix(stk_hash(label, length)) % SLOTS;

    while (slots[at].length && (slots[at].length != length ||
                                memcmp(text + slots[at].at, label, length)))
        at = (at + 1) % SLOTS;
    return at;
}

static void
add_words(const char *at, const char *end)
{
    while (at < end) {
        size_t word = strcspn(at, ", \t\r\n");
        size_t label = strcspn(at, "., \t\r\n");

        if (label) {
            uint32_t slot = find_slot(at, label);

            slots[slot].at = (uint16_t)(at - (const char *)text);
            slots[slot].length = (uint16_t)label;
        }
        at += word + 1;
    }
}

static void
fill_slots(void)
{
    static const char key[] = "members =";
    const char *at = (const char *)text, *end = at + TEXT_LENGTH;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));

        if (!stop)
            break;
        if (!strncmp(at, key, sizeof key - 1))
            add_words(at + sizeof key - 1, stop);
        at = stop + 1;
    }
}

bool
stk_policy_in_stdlib(const char *name)
{
    size_t length = strcspn(name, ".");

    if (length == 0 || length > STK_NAME_MAX)
        return false;
    if (stk_name_is_sysconfigs(name))
        return true;
    pthread_once(&filled, fill_slots);
    return slots[find_slot(name, length)].length != 0;
}
