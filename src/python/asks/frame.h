/* SPDX-License-Identifier: Apache-2.0 */
/* Python frames, seen from the one that runs outwards. */
#ifndef STK_PYTHON_FRAME_H
#define STK_PYTHON_FRAME_H

#include <stdbool.h>

#include "python/asks/tag.h"
#include "python/object/state.h"

/*
 * The innermost frame that is not importlib's own: a new reference, or NULL
 * when there is none.
 */
PyFrameObject *stk_frame_asking(const stk_interp *state);

/* Takes `frame`, gives its caller, or NULL. */
PyFrameObject *stk_frame_out(PyFrameObject *frame);

/* Takes `frame`, gives the first at or outside it that is not importlib's, or
 * that is and has nobody outside it to ask for: see tag.h, of its roles. */
PyFrameObject *stk_frame_skip_importlib(const stk_interp *state,
                                        PyFrameObject *frame);

/* The tag of the code that it runs. */
stk_code_tag stk_frame_tag(const stk_interp *state, PyFrameObject *frame);

/* True when the innermost frame is importlib's own. */
bool stk_frame_is_importlib(const stk_interp *state);

/* True when importlib itself asks for no module there by its name: what does
 * runs in the midst of it. */
bool stk_frame_strays(const stk_interp *state);

/* True for the name of the function that it runs. */
bool stk_frame_is_named(PyFrameObject *frame, const char *name);

/* The frame of importlib.reload() itself when it is the outermost of the
 * importlib frames from `frame` outwards: a new reference, or NULL. */
PyFrameObject *stk_frame_reload(const stk_interp *state, PyFrameObject *frame);

/* The file that its code names: a new reference to a str, or NULL. */
PyObject *stk_frame_file(PyFrameObject *frame);

/*
 * line.c: the line that it stands at, as PyFrame_GetLineNumber() tells it; 0
 * or less when there is none. `memo` may be NULL.
 */
int stk_frame_line(PyFrameObject *frame, stk_line_memo *memo);

/*
 * statement.c: true when `frame`, which runs code of module `own` (NULL:
 * unknown), stands at an import statement for this very name, for a parent
 * of it, or for a submodule that it names.
 */
bool stk_frame_states(PyFrameObject *frame, const char *own, const char *name);

#endif
