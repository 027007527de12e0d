/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks. Code is known by the code object itself: what importlib executed
 * as a module's body, and what that body holds, carries the module's number
 * in the code object's extra slot (PEP 523), which Python code can neither
 * read nor copy. `__name__`, globals, co_filename and code.replace() do not
 * change it. Code without a number is unknown: the least trusted importer.
 */
#ifndef STK_PYTHON_IMPORTER_H
#define STK_PYTHON_IMPORTER_H

#include <stdbool.h>
#include <stdint.h>

#include <stockade/guard.h>

#include "python/state.h"

enum stk_code_kind {
    STK_CODE_UNKNOWN = 0,
    STK_CODE_PLAIN,    /* code of a module */
    STK_CODE_BODY,     /* the body of a module, executed by importlib */
    STK_CODE_PROGRAM,  /* the body of the program itself, `__main__` */
    STK_CODE_IMPORTLIB /* importlib's own: never an importer */
};

typedef struct stk_code_tag {
    enum stk_code_kind kind;
    uint32_t importer; /* number, 0: unknown */
} stk_code_tag;

/*
 * The number of an importer, the same for the same module in the whole
 * process. `brought_by` is the number of the module that first loaded it
 * from a place that was not there when the program began, else 0.
 * 0 when memory is out: unknown.
 */
uint32_t stk_importer_number(const char *name, uint32_t flags,
                             uint32_t brought_by);

/* The name and flags of a number; unknown code for 0. The name lives as
 * long as the process. */
stk_importer stk_importer_get(uint32_t number);

/* Who brought it, or 0. */
uint32_t stk_importer_brought_by(uint32_t number);

/* Reads and writes the tag of a code object. A tag that stands is never
 * changed: code does not change its owner. */
stk_code_tag stk_code_tag_get(const stk_interp *state, PyCodeObject *code);
int stk_code_tag_set(const stk_interp *state, PyCodeObject *code,
                     stk_code_tag tag);

/* Tags `code` and all code in its constants, the outermost as `tag` says,
 * the rest PLAIN (IMPORTLIB where the outermost is). 0 or -1 with an
 * exception. */
int stk_code_tag_tree(const stk_interp *state, PyCodeObject *code,
                      stk_code_tag tag);

/* Tags the code of the program itself, `__main__`. 0 or -1. */
int stk_code_tag_program(const stk_interp *state, PyCodeObject *code);

/* Tags every function that is loaded already, by the module whose namespace
 * it runs in, and the frames that run now. 0 or -1. */
int stk_code_tag_loaded(const stk_interp *state);

/* Tags importlib's own functions. 0 or -1. */
int stk_code_tag_importlib(const stk_interp *state);

/*
 * The innermost frame that is not importlib's own: a new reference, or NULL
 * when there is none.
 */
PyFrameObject *stk_frame_asking(const stk_interp *state);

/* True when the innermost frame is importlib's own. */
bool stk_frame_is_importlib(const stk_interp *state);

/* The frame of importlib.reload() itself when it is the outermost of the
 * importlib frames that run now: a new reference, or NULL. */
PyFrameObject *stk_frame_reload(const stk_interp *state);

/* Who asks, as far as an attempt needs to know. */
#define STK_IMPORTERS_MAX 64u

typedef struct stk_asker {
    stk_importer importers[STK_IMPORTERS_MAX]; /* innermost first */
    uint32_t numbers[STK_IMPORTERS_MAX];       /* of the same */
    size_t n;
    uint32_t innermost; /* number */
    PyObject *file;     /* strong; str, or NULL */
    int line;
} stk_asker;

/*
 * The askers of the thread that started this one, which what runs here with
 * no code of theirs on the stack is judged by, too. `numbers` is borrowed
 * until the matching call with what this returns.
 */
typedef struct stk_inherited {
    const uint32_t *numbers;
    size_t n;
} stk_inherited;
stk_inherited stk_askers_inherit(stk_inherited askers);

/* The innermost alone. Never fails: what is not known is unknown. */
void stk_asker_innermost(stk_asker *out, const stk_interp *state);

/* Every importer on the stack that `name` (an exact str, or NULL for no
 * import) must be allowed for, up to the nearest import boundary. */
void stk_asker_all(stk_asker *out, const stk_interp *state, PyObject *name);
void stk_asker_clear(stk_asker *asker);

#endif
