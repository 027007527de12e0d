/* SPDX-License-Identifier: Apache-2.0 */
/* The names that are looked up by an interpreter's layers, interned once. */
#include <stddef.h>

#include "python/object/state.h"

/* What is interned once, and where it is kept. */
#define NAME(field, text)                                                     \
    {                                                                         \
        offsetof(stk_interp, field), text                                     \
    }

static const struct {
    size_t at;
    const char *text;
} names[] = {
    NAME(str_import, "__import__"),
    NAME(str_find_and_load, "_find_and_load"),
    NAME(str_find_spec, "find_spec"),
    NAME(str_bootstrap_spec, "_find_spec"),
    NAME(str_meta_path, "meta_path"),
    NAME(str_util, "importlib.util"),
    NAME(str_io, "_io"),
    NAME(str_args, "args"),
    NAME(str_module, "module"),
    NAME(str_mod, "mod"),
    NAME(str_origin, "origin"),
    NAME(str_loader, "loader"),
    NAME(str_spec, "__spec__"),
    NAME(str_name, "__name__"),
    NAME(str_spec_name, "name"),
    NAME(str_pycache_prefix, "pycache_prefix"),
    NAME(str_path, "path"),
    NAME(str_external, "_frozen_importlib_external"),
    NAME(str_builtin_importer, "BuiltinImporter"),
    NAME(str_frozen_importer, "FrozenImporter"),
    NAME(str_file_loaders[0], "SourceFileLoader"),
    NAME(str_file_loaders[1], "SourcelessFileLoader"),
    NAME(str_file_loaders[2], "ExtensionFileLoader"),
};

#define N_NAMES (sizeof names / sizeof *names)

static PyObject **
name_slot(stk_interp *state, size_t i)
{
    return (PyObject **)((char *)state + names[i].at);
}

static const char *const words[STK_WORDS] = {
    [STK_WORD_MODULES] = "modules",
    [STK_WORD_MODULE_LOCKS] = "_module_locks",
    [STK_WORD_DUNDER_PATH] = "__path__",
    [STK_WORD_DUNDER_LOADER] = "__loader__",
    [STK_WORD_DUNDER_PACKAGE] = "__package__",
    [STK_WORD_DUNDER_FILE] = "__file__",
    [STK_WORD_DUNDER_CACHED] = "__cached__",
    [STK_WORD_DUNDER_BUILTINS] = "__builtins__",
    [STK_WORD_INITIALIZING] = "_initializing",
    [STK_WORD_LOCATIONS] = "submodule_search_locations",
    [STK_WORD_FILE_SET] = "_set_fileattr",
    [STK_WORD_SIBLINGS] = "_uninitialized_submodules",
    [STK_WORD_CACHED] = "_cached",
    [STK_WORD_PATH_CACHE] = "path_importer_cache",
    [STK_WORD_FINDER_OF] = "_path_importer_cache",
    [STK_WORD_FINDER_FILL] = "_fill_cache",
    [STK_WORD_FINDER_TIME] = "_path_mtime",
    [STK_WORD_FINDER_NAMES] = "_path_cache",
    [STK_WORD_FINDER_LOADERS] = "_loaders",
    [STK_WORD_PATH_HOOKS] = "path_hooks",
    [STK_WORD_DUNDER_INIT] = "__init__",
};

static int
intern(PyObject **slot, const char *text)
{
    *slot = PyUnicode_InternFromString(text);
    return *slot ? 0 : -1;
}

int
stk_words_intern(stk_interp *state)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < N_NAMES; i++)
        result = intern(name_slot(state, i), names[i].text);
    for (size_t i = 0; result == 0 && i < STK_WORDS; i++)
        result = intern(&state->words[i], words[i]);
    return result;
}

void
stk_words_clear(stk_interp *state)
{
    for (size_t i = 0; i < N_NAMES; i++)
        Py_CLEAR(*name_slot(state, i));
    for (size_t i = 0; i < STK_IMP_FUNCTIONS; i++)
        Py_CLEAR(state->str_imp[i]);
    for (size_t i = 0; i < STK_WORDS; i++)
        Py_CLEAR(state->words[i]);
}
