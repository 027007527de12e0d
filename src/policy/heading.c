/* SPDX-License-Identifier: Apache-2.0 */
/* The heading of a section that has a name of its own. */
#include "policy/heading.h"

#include "base/text.h"

bool
stk_heading_is_named(const stk_heading *h)
{
    char text[STK_QUOTE_MAX];

    if (stk_text_is_label(h->name, h->kind->length_max))
        return true;
    STK_COMPLAIN_AT(h->draft, h->place, STK_E_INVALID,
                    "%s is no name for a %s; letters, digits and ._- make "
                    "one, %zu at most",
                    stk_quote_word(text, h->name), h->kind->one,
                    h->kind->length_max);
    return false;
}

int
stk_heading_refused(const stk_heading *h, size_t n)
{
    if (n < h->kind->most)
        return -STK_E_MEMORY;
    STK_COMPLAIN_AT(h->draft, h->place, STK_E_LIMIT, "more than %zu %s",
                    h->kind->most, h->kind->many);
    return 0;
}

bool
stk_heading_is_repeated(const stk_heading *h, stk_place before)
{
    if (before.file != h->place.file)
        return false;
    STK_COMPLAIN_AT(h->draft, h->place, STK_E_INVALID,
                    "[%s %s] stands on line %u already; keep one",
                    h->kind->one, h->name, before.line);
    return true;
}
