/* SPDX-License-Identifier: Apache-2.0 */
/* The warnings of a policy, gathered and put in order. */
#include "policy/warnings.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void
stk_warnings_add(stk_linter *l, const stk_place *place, const char *message)
{
    if (l->n == l->size) {
        size_t size = l->size ? l->size * 2 : 16;
        stk_warning *items = reallocarray(l->items, size, sizeof *items);

        if (!items) {
            l->no_memory = true;
            return;
        }
        l->items = items;
        l->size = size;
    }
    if (!message) {
        l->no_memory = true;
        return;
    }
    l->items[l->n] = (stk_warning){ *place, message, l->n };
    l->n++;
}

static int
compare_warnings(const void *a, const void *b)
{
    const stk_warning *left = a, *right = b;
    int order = strcmp(left->place.file, right->place.file);

    if (order)
        return order;
    if (left->place.line != right->place.line)
        return left->place.line < right->place.line ? -1 : 1;
    return left->order < right->order ? -1 : left->order > right->order;
}

static void
report_all(const stk_linter *l, stk_report_fn report, void *payload)
{
    for (size_t i = 0; i < l->n && report; i++) {
        stk_diagnostic found = { STK_SEVERITY_WARNING, l->items[i].place.file,
                                 l->items[i].place.line, l->items[i].message };

        report(payload, &found);
    }
}

int
stk_warnings_report(stk_linter *l, stk_report_fn report, void *payload,
                    stk_error *err)
{
    int found = (int)l->n;

    if (l->no_memory) {
        found = stk_error_memory(err);
    } else if (l->n) {
        qsort(l->items, l->n, sizeof *l->items, compare_warnings);
        report_all(l, report, payload);
    }
    free(l->items);
    l->items = NULL;
    l->n = l->size = 0;
    return found;
}
