/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that are looked up for each import, made once: a text that is new each
 * time is in no cache of CPython's, and is written into that, page by page.
 */
#ifndef STK_WORKER_WORDS_H
#define STK_WORKER_WORDS_H

#include <Python.h>

/* X(NAME, "text") */
#define STK_WORDS(X)                                                          \
    X(ALL, "__all__")                                                         \
    X(BACK, "f_back")                                                         \
    X(BUILTINS, "__builtins__")                                               \
    X(CACHED, "__cached__")                                                   \
    X(CODE, "f_code")                                                         \
    X(CODE_NAME, "co_name")                                                   \
    X(DOC, "__doc__")                                                         \
    X(FILE, "__file__")                                                       \
    X(FILE_SET, "_set_fileattr")                                              \
    X(GETATTR, "__getattr__")                                                 \
    X(GLOBALS, "f_globals")                                                   \
    X(INITIALIZING, "_initializing")                                          \
    X(IS_PACKAGE, "is_package")                                               \
    X(LOADER, "loader")                                                       \
    X(LOCATIONS, "submodule_search_locations")                                \
    X(MODULE_LOADER, "__loader__")                                            \
    X(MODULE_SPEC, "__spec__")                                                \
    X(NAME, "__name__")                                                       \
    X(ORIGIN, "origin")                                                       \
    X(PACKAGE, "__package__")                                                 \
    X(PATH, "__path__")

enum stk_word {
#define STK_WORD_ENTRY_(NAME, text) STK_WORD_##NAME,
    STK_WORDS(STK_WORD_ENTRY_)
#undef STK_WORD_ENTRY_
        STK_WORD_COUNT
};

/* 0, or -1 with an exception. Once, before any is asked for. */
int stk_words_init(void);

/* Borrowed. */
PyObject *stk_word(enum stk_word which);

#endif
