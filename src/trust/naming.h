/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Module names and the paths that they have in a signed tree.
 *
 * A label is ASCII letters, digits and underscores. Such names are their own
 * NFKC form (PEP 3131), nothing in them is invisible or reorders text, and
 * their cases fold without a table: a tree whose modules are named otherwise
 * is not signed. A digit may come first: import_module() takes 0001_initial.
 * The standard library's _sysconfigdata_<platform> may have hyphens.
 */
#ifndef STK_TRUST_NAMING_H
#define STK_TRUST_NAMING_H

#include <stdbool.h>
#include <stddef.h>

#include <stockade/trust.h>

#define STK_NAMING_MAX        1024u /* bytes of a name or a path, no NUL */
#define STK_NAMING_LABELS_MAX 64u   /* labels of a name, folders of a path */

/* What lies at the root of a signed tree beside what is signed. */
#define STK_MANIFEST_FILE "STOCKADE.manifest"
#define STK_CODE_FOLDER   "STOCKADE.code"
#define STK_CODE_UNDONE   "STOCKADE.code.new" /* of a signing, unfinished */

/* One label: not empty, and neither __init__ nor __pycache__, which are no
 * modules of their own. */
bool stk_naming_is_label(const char *label, size_t length);

/* Labels joined by dots. */
bool stk_naming_is_name(const char *name);

/*
 * A path below the root of a tree that a row may have: relative, no empty
 * component, no "." and no "..", no backslash, no control, UTF-8, no
 * component that begins or ends with a space, nothing that is passed over.
 */
bool stk_naming_is_path(const char *path);

/*
 * What is neither signed nor read in a tree: __pycache__ and the folders of
 * version control anywhere, the manifest with its signatures and the folder
 * of code, finished or not, at the root. `name` is one component.
 */
bool stk_naming_is_passed_over(const char *name, bool at_root);

/*
 * Whether `path`, below a folder whose module name is `prefix` ("" for a
 * folder of sys.path), is the one where a module of this kind and name
 * stands. Data has no name: "".
 */
bool stk_naming_fits(enum stk_kind kind, const char *name, const char *path,
                     const char *prefix);

/*
 * The kind that a file at `path` has by its name alone, with its module name
 * in `name` ("" for data, which is all that is no module).
 */
enum stk_kind stk_naming_of(char name[STK_NAMING_MAX + 1], const char *path,
                            const char *prefix);

#endif
