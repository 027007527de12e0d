/* SPDX-License-Identifier: Apache-2.0 */
/* Module names and the paths that they have in a signed tree. */
#include "trust/naming.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "trust/sidecar.h"

static bool
is_word(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return length > 0;
}

static bool
is_text(const char *text, size_t length, const char *wanted)
{
    return length == strlen(wanted) && !memcmp(text, wanted, length);
}

/* What sysconfig has of how a Python was built has the name of the platform,
 * as in _sysconfigdata__linux_x86_64-linux-gnu. */
static bool
is_of_platform(const char *label, size_t length)
{
    static const char head[] = "_sysconfigdata_";
    size_t n = sizeof head - 1;

    if (length <= n || memcmp(label, head, n) != 0)
        return false;
    for (; n < length; n++)
        if (label[n] != '-' && !is_word(label + n, 1))
            return false;
    return true;
}

bool
stk_naming_is_label(const char *label, size_t length)
{
    return (is_word(label, length) || is_of_platform(label, length)) &&
           !is_text(label, length, "__init__") &&
           !is_text(label, length, "__pycache__");
}

bool
stk_naming_is_name(const char *name)
{
    size_t labels = 0;

    if (strlen(name) > STK_NAMING_MAX)
        return false;
    for (;;) {
        size_t n = (size_t)(strchrnul(name, '.') - name);

        if (!stk_naming_is_label(name, n) || ++labels > STK_NAMING_LABELS_MAX)
            return false;
        if (!name[n])
            return true;
        name += n + 1;
    }
}

/* ---- paths ---------------------------------------------------------- */

/* STOCKADE.manifest, its .minisig and the numbered ones, and nothing else:
 * a name that is passed over hides a file from the manifest. */
static bool
is_manifest_file(const char *name)
{
    const char *tail = stk_sidecar_tail(name);
    size_t n = tail ? (size_t)(tail - name) : strlen(name);

    return n == strlen(STK_MANIFEST_FILE) &&
           !memcmp(name, STK_MANIFEST_FILE, n);
}

bool
stk_naming_is_passed_over(const char *name, bool at_root)
{
    static const char *const anywhere[] = { "__pycache__", ".git", ".hg",
                                            ".svn", ".bzr" };

    /* asked of each file of a tree, and hardly any begins like these */
    for (size_t i = 0; i < sizeof anywhere / sizeof anywhere[0]; i++)
        if (name[0] == anywhere[i][0] && !strcmp(name, anywhere[i]))
            return true;
    return at_root &&
           ((name[0] == STK_MANIFEST_FILE[0] && is_manifest_file(name)) ||
            !strcmp(name, STK_CODE_FOLDER) || !strcmp(name, STK_CODE_UNDONE));
}

static bool
is_component(const char *text, size_t length, bool at_root)
{
    char name[256];

    if (length == 0 || length >= sizeof name || is_text(text, length, ".") ||
        is_text(text, length, "..") || text[0] == ' ' ||
        text[length - 1] == ' ')
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F ||
            text[i] == '\\')
            return false;
    memcpy(name, text, length);
    name[length] = '\0';
    return !stk_naming_is_passed_over(name, at_root);
}

bool
stk_naming_is_path(const char *path)
{
    size_t length = strlen(path), parts = 0;

    if (length > STK_NAMING_MAX || stk_utf8_check(path, length) != length)
        return false;
    for (;;) {
        size_t n = (size_t)(strchrnul(path, '/') - path);

        if (!is_component(path, n, parts == 0) ||
            ++parts > STK_NAMING_LABELS_MAX)
            return false;
        if (!path[n])
            return true;
        path += n + 1;
    }
}

/* ---- both ----------------------------------------------------------- */

/* The part of `name` below `prefix`: "" for the prefix itself, NULL for what
 * is not within. */
static const char *
below_prefix(const char *name, const char *prefix)
{
    size_t n = strlen(prefix);

    if (n == 0)
        return name;
    if (strncmp(name, prefix, n) != 0)
        return NULL;
    if (!name[n])
        return name + n;
    return name[n] == '.' ? name + n + 1 : NULL;
}

/* What of `path` is behind the folder or file that `dotted` names; NULL when
 * it is another one. */
static const char *
behind_name(const char *path, const char *dotted)
{
    for (; *dotted; dotted++, path++)
        if (*path != (*dotted == '.' ? '/' : *dotted))
            return NULL;
    return path;
}

/* ".so", ".abi3.so", ".cpython-311-x86_64-linux-gnu.so" */
static bool
is_extension_suffix(const char *text)
{
    size_t n;

    if (*text != '.')
        return false;
    if (!strcmp(text, ".so"))
        return true;
    n = 1 + strcspn(text + 1, ".");
    for (size_t i = 1; i < n; i++)
        if (text[i] != '-' && !is_word(text + i, 1))
            return false;
    return n > 1 && !strcmp(text + n, ".so");
}

bool
stk_naming_fits(enum stk_kind kind, const char *name, const char *path,
                const char *prefix)
{
    const char *below, *rest;

    if (!stk_naming_is_path(path))
        return false;
    if (kind == STK_KIND_DATA)
        return !*name;
    if (!stk_naming_is_name(name))
        return false;
    below = below_prefix(name, prefix);
    rest = below ? behind_name(path, below) : NULL;
    if (!rest)
        return false;
    if (kind == STK_KIND_PACKAGE)
        return !strcmp(rest, *below ? "/__init__.py" : "__init__.py");
    if (!*below)
        return false; /* only a package is what a folder is named by */
    if (kind == STK_KIND_MODULE)
        return !strcmp(rest, ".py");
    if (kind == STK_KIND_NAMESPACE)
        return !*rest;
    return kind == STK_KIND_EXTENSION && is_extension_suffix(rest);
}

/* Puts "shop" and "tools/cart" together as shop.tools.cart. */
static bool
join_name(char name[STK_NAMING_MAX + 1], const char *prefix, const char *path,
          size_t length)
{
    int n = snprintf(name, STK_NAMING_MAX + 1, "%s%s%.*s", prefix,
                     *prefix && length ? "." : "", (int)length, path);
    size_t start = strlen(prefix);

    if (n < 0 || (size_t)n > STK_NAMING_MAX)
        return false;
    for (char *c = name + start; *c; c++)
        if (*c == '/')
            *c = '.';
        else if (*c == '.' && c > name + start)
            return false;
    return stk_naming_is_name(name);
}

static enum stk_kind
kind_of_file(const char *file, size_t *stem)
{
    *stem = strcspn(file, ".");
    if (!strcmp(file, "__init__.py"))
        return STK_KIND_PACKAGE;
    if (!strcmp(file + *stem, ".py"))
        return STK_KIND_MODULE;
    if (is_extension_suffix(file + *stem))
        return STK_KIND_EXTENSION;
    return STK_KIND_DATA;
}

enum stk_kind
stk_naming_of(char name[STK_NAMING_MAX + 1], const char *path,
              const char *prefix)
{
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t folder = slash ? (size_t)(slash - path) : 0, stem;
    enum stk_kind kind = kind_of_file(file, &stem);
    size_t length =
        kind == STK_KIND_PACKAGE ? folder : (size_t)(file - path) + stem;

    if (kind != STK_KIND_DATA && join_name(name, prefix, path, length) &&
        stk_naming_fits(kind, name, path, prefix))
        return kind;
    name[0] = '\0';
    return STK_KIND_DATA;
}
