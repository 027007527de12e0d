/* SPDX-License-Identifier: Apache-2.0 */
/* importlib.util.spec_from_file_location(): where the file is the one that was
 * signed under that very name, its spec has the verified loader. */
#ifndef STK_PYTHON_BYHANDSPEC_H
#define STK_PYTHON_BYHANDSPEC_H

#include "python/object/compat.h"

/* In the namespace of importlib.util: 0, or -1 with an exception. */
int stk_byhandspec_mend(PyObject *dict);

#endif
