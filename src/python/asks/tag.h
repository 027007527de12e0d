/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose code it is. Code is known by the code object itself: what importlib
 * executed as a module's body, and what that body holds, carries the
 * module's number in the code object's extra slot (PEP 523), which Python
 * code can neither read nor copy. `__name__`, globals, co_filename and
 * code.replace() do not change it. Code without a number is unknown: the
 * least trusted importer.
 */
#ifndef STK_PYTHON_TAG_H
#define STK_PYTHON_TAG_H

#include <stdint.h>

#include "python/object/state.h"

enum stk_code_kind {
    STK_CODE_UNKNOWN = 0,
    STK_CODE_PLAIN,     /* code of a module */
    STK_CODE_BODY,      /* the body of a module, executed by importlib */
    STK_CODE_PROGRAM,   /* the body of the program itself, `__main__` */
    STK_CODE_IMPORTLIB, /* importlib's own: never an importer */
    STK_CODE_RELOADED,  /* a body that importlib.reload() executes anew */
    STK_CODE_GENERATED  /* text that dataclasses, collections or attrs wrote
                           and executed; of nobody: its importer is 0 */
};

typedef struct stk_code_tag {
    enum stk_code_kind kind;
    uint32_t importer; /* number, 0: unknown; of IMPORTLIB, where it is set
                          or its role is read: that, or 0 */
} stk_code_tag;

/* Code of importlib's that asks for nothing itself, and what others ask it
 * by: nobody within importlib does. */
#define STK_IMPORTLIB_LOCKS 1u
#define STK_IMPORTLIB_ENTRY 2u

/* Reads and writes the tag of a code object. A tag that stands is never
 * changed: code does not change its owner. A role is never read as a number:
 * modules have those, too. */
stk_code_tag stk_code_tag_get(const stk_interp *state, PyCodeObject *code);
stk_code_tag stk_code_role_get(const stk_interp *state, PyCodeObject *code);
int stk_code_tag_set(const stk_interp *state, PyCodeObject *code,
                     stk_code_tag tag);

/* Tags `code` and all code in its constants, the outermost as `tag` says,
 * the rest PLAIN (IMPORTLIB where the outermost is). 0 or -1 with an
 * exception. */
int stk_code_tag_tree(const stk_interp *state, PyCodeObject *code,
                      stk_code_tag tag);

/* The text behind -c was taken for the program, and is `tag`'s. */
int stk_code_tag_not_program(const stk_interp *state, PyCodeObject *code,
                             stk_code_tag tag);

/* Tags the code of the program itself, `__main__`. 0 or -1. */
int stk_code_tag_program(stk_interp *state, PyCodeObject *code);

/* tagging.c: every function that is loaded already, by the module whose
 * namespace it runs in, and the frames that run now. 0 or -1. */
int stk_code_tag_loaded(stk_interp *state);

/* tagging.c: importlib's own functions. 0 or -1. */
int stk_code_tag_importlib(const stk_interp *state);

/* tagging.c: the function within a classmethod, a staticmethod or a property;
 * what is none of those itself. A new reference, or NULL. */
PyObject *stk_code_plain_function(PyObject *value);

/* The file of `code` is that of the program, for processes that
 * multiprocessing starts. One that has none leaves none. */
void stk_code_note_program(stk_interp *state, PyCodeObject *code);

/* Whether the file of that name, a str, is the program's. */
bool stk_code_is_program(const stk_interp *state, PyObject *path);

#endif
