/* SPDX-License-Identifier: Apache-2.0 */
/* What is installed in the folders of sys.path, as importlib.metadata has it
 * there: which distributions, and which modules each of them says it has. */
#ifndef STK_PYTHON_INSTALLED_H
#define STK_PYTHON_INSTALLED_H

#include <stdbool.h>
#include <stddef.h>

#include "python/object/name.h"

#define STK_DISTRIBUTION_NAME 128u /* bytes, the NUL included */

/* In a list: bytes; bytes; a list of str, or None: not looked for yet. */
enum {
    STK_DISTRIBUTION_PATH,   /* the folder of sys.path */
    STK_DISTRIBUTION_FOLDER, /* in that: "shop-1.0.dist-info" */
    STK_DISTRIBUTION_MODULES,
    STK_DISTRIBUTION_N
};

/* {name: such a list}, each name by PEP 503 with "_" for "-", the first on
 * sys.path alone. New reference. */
PyObject *stk_installed_find(PyObject *sys_path);

/* "Shop.Cart" is shop_cart. False: it is no name of any. */
bool stk_installed_name(char out[STK_DISTRIBUTION_NAME], const char *name,
                        size_t length);

/* The highest modules and packages of one; where it names none, one of its
 * own name. Borrowed: a list of str. */
PyObject *stk_installed_modules(PyObject *distribution, const char *name);

/* What may be asked of one, or NULL behind the last. */
const char *stk_installed_file(size_t i);

bool stk_installed_has(PyObject *distribution, const char *file);
/* One of those: 1 with its bytes, freed by free(); 0; -1: it is too large, or
 * cannot be read. */
int stk_installed_read(PyObject *distribution, const char *file,
                       size_t maximum, char **data, size_t *length);

#endif
