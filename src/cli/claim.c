/* SPDX-License-Identifier: Apache-2.0 */
/* What a file is, and under which name, by where it lies. */
#include "cli/claim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/output.h"

#define SINGLE                                                                \
    (STK_KIND_MODULE | STK_KIND_PACKAGE | STK_KIND_EXTENSION |                \
     STK_KIND_DATA | STK_KIND_POLICY)

enum stk_kind
cli_claim_kind(const char *name)
{
    enum stk_kind kind = stk_kind_find(name, strlen(name));

    if (kind & SINGLE)
        return kind;
    cli_say("--kind is module, package, extension, data or policy, not "
            "\"%s\"",
            name);
    return (enum stk_kind)0;
}

static int
refuse(const char *path, const char *why)
{
    cli_say("%s: %s", path, why);
    return CLI_NO;
}

/* The path below the root, within `whole`; NULL when it is not below it. */
static const char *
find_below(const char *whole, const char *root)
{
    size_t n = strlen(root);

    if (strncmp(whole, root, n))
        return NULL;
    if (n && root[n - 1] == '/')
        return whole + n;
    return whole[n] == '/' ? whole + n + 1 : NULL;
}

/*
 * The whole path, links of its folders followed, and where in it the part
 * below the root begins. NULL, having said so, when there is none.
 */
static char *
resolve(const char *path, const char *root, const char *basename,
        const char **below)
{
    STK_CLEANUP(stk_freep) char *folder = stk_path_folder(path);
    STK_CLEANUP(stk_freep) char *real = folder ? realpath(folder, NULL) : NULL;
    STK_CLEANUP(stk_freep) char *top = NULL;
    char *whole;

    if (!real) {
        cli_say("%s: %s", path, strerror(errno));
        return NULL;
    }
    top = root ? realpath(root, NULL) : stk_text_dup(real);
    if (!top) {
        cli_say("%s: %s", root ? root : path, strerror(errno));
        return NULL;
    }
    if (!root && !strcmp(basename, "__init__.py") && strcmp(top, "/")) {
        char *slash = strrchr(top, '/');

        slash[slash == top] = '\0';
    }
    whole = stk_path_join(real, basename);
    *below = whole ? find_below(whole, top) : NULL;
    if (!*below)
        cli_say("%s is not below %s", path, top);
    else
        return whole;
    free(whole);
    return NULL;
}

static int
fill(cli_claim *out, const char *path, const char *below, enum stk_kind asked)
{
    char name[STK_NAMING_MAX + 1];
    enum stk_kind found;

    if (asked == STK_KIND_POLICY) {
        out->kind = asked;
        below = out->basename;
    } else if (!stk_naming_is_path(below)) {
        return refuse(path, "is no path that can be signed");
    } else {
        found = stk_naming_of(name, below, "");
        out->kind = asked ? asked : found;
        if (out->kind != STK_KIND_DATA) {
            if (out->kind != found)
                return refuse(path, "is of another kind, by its name");
            below = name;
        }
    }
    if (strlen(below) >= sizeof out->module ||
        !stk_comment_is_word(below, strlen(below)))
        return refuse(path, "has a name that no signature can hold");
    strcpy(out->module, below);
    return CLI_GOOD;
}

static bool
is_ini(const char *name)
{
    size_t n = strlen(name);

    return n > 4 && !strcmp(name + n - 4, ".ini");
}

/* The name is cut short where its package is not the root's. */
static bool
is_in_package(const char *path)
{
    STK_CLEANUP(stk_freep) char *folder = stk_path_folder(path);
    STK_CLEANUP(stk_freep)
    char *init = folder ? stk_path_join(folder, "__init__.py") : NULL;

    return init && access(init, F_OK) == 0;
}

int
cli_claim_make(cli_claim *out, const char *path, const char *root,
               enum stk_kind kind)
{
    STK_CLEANUP(stk_freep) char *whole = NULL;
    const char *slash = strrchr(path, '/'), *below = NULL;

    memset(out, 0, sizeof *out);
    out->basename = slash ? slash + 1 : path;
    /* a signature for data must not serve as one for a policy: whoever signs
     * says which it is */
    if (!kind && is_ini(out->basename)) {
        cli_say("%s: what is it? say --kind policy or --kind data", path);
        return CLI_USAGE;
    }
    whole = resolve(path, root, out->basename, &below);
    if (!whole)
        return CLI_NO;
    out->in_package = !root && kind != STK_KIND_POLICY &&
                      is_in_package(path) &&
                      strcmp(out->basename, "__init__.py");
    return fill(out, path, below, kind);
}
