/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules that the standard library has under a second name: of CPython 3.8
 * to 3.13 there are no others below a name that a rule would be written for.
 */
#include "policy/alias.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *name, *own;
} aliases[] = {
    { "os.path", "posixpath" },
    { "xml.parsers.expat.errors", "pyexpat.errors" },
    { "xml.parsers.expat.model", "pyexpat.model" },
};

const char *
stk_alias_of(const char *name)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (!strcmp(aliases[i].name, name))
            return aliases[i].own;
    return NULL;
}
