/* SPDX-License-Identifier: Apache-2.0 */
/* Which names a pattern covers. */
#include "base/pattern.h"

#include <string.h>

typedef struct pattern {
    const char *literal;
    size_t length;   /* of the literal */
    size_t strength; /* 0: x*, 1: x, 2: x.* */
} pattern;

static pattern
split_pattern(const char *text)
{
    size_t length = strlen(text);

    if (length > 2 && !strcmp(text + length - 2, ".*"))
        return (pattern){ text, length - 2, 2 };
    if (length > 0 && text[length - 1] == '*')
        return (pattern){ text, length - 1, 0 };
    return (pattern){ text, length, 1 };
}

size_t
stk_pattern_rank(const char *text, const char *name)
{
    pattern p = split_pattern(text);
    char after;

    if (strncmp(p.literal, name, p.length))
        return 0;
    after = name[p.length];
    if ((p.strength == 2 && after != '.') ||
        (p.strength == 1 && after != '.' && after != '\0'))
        return 0;
    return p.length * 3 + p.strength + 1;
}

/*
 * The names of a pattern begin with its literal. Where two patterns share a
 * name one literal begins the other, so that the shorter pattern covers what
 * the longer one covers next to its literal, or nothing of it.
 */
bool
stk_pattern_overlaps(const char *a, const char *b)
{
    pattern p = split_pattern(a), q = split_pattern(b), swap;
    char after;

    if (p.length > q.length) {
        swap = p;
        p = q;
        q = swap;
    }
    if (strncmp(p.literal, q.literal, p.length))
        return false;
    if (p.length == q.length || p.strength == 0)
        return true;
    after = q.literal[p.length];
    return after == '.';
}
