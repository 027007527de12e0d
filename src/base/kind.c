/* SPDX-License-Identifier: Apache-2.0 */
/* The stable names of kinds: a policy reads them, a signature carries them. */
#include <stockade/trust.h>

static const struct {
    enum stk_kind kind;
    const char *name;
} kinds[] = {
    { STK_KIND_MODULE, "module" },       { STK_KIND_PACKAGE, "package" },
    { STK_KIND_NAMESPACE, "namespace" }, { STK_KIND_EXTENSION, "extension" },
    { STK_KIND_DATA, "data" },           { STK_KIND_MANIFEST, "manifest" },
    { STK_KIND_BUNDLE, "bundle" },       { STK_KIND_POLICY, "policy" },
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

const char *
stk_kind_name(enum stk_kind kind)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (kinds[i].kind == kind)
            return kinds[i].name;
    return NULL;
}
