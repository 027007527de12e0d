/* SPDX-License-Identifier: Apache-2.0 */
/* The words that code has among its names and constants. */
#include "python/object/spelling.h"

static bool
holds_word(PyObject *tuple, const char *const *words, size_t n)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);

        for (size_t j = 0; j < n && PyUnicode_Check(item); j++)
            if (words[j] && !PyUnicode_CompareWithASCIIString(item, words[j]))
                return true;
    }
    return false;
}

bool
stk_code_spells(PyCodeObject *code, const char *const *words, size_t n)
{
    return holds_word(code->co_names, words, n) ||
           holds_word(code->co_consts, words, n);
}
