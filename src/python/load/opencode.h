/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The open-code hook of the process (PEP 578): what io.open_code() opens is
 * read by stock loaders, runpy, zipimport, site and debuggers. Where the
 * policy wants the code signed, they get verified bytes or nothing.
 */
#ifndef STK_PYTHON_OPENCODE_H
#define STK_PYTHON_OPENCODE_H

#include "python/object/state.h"

/*
 * Puts the hook in, once. False when another one stands, which CPython lets
 * nobody replace: then code can be opened that we do not see.
 */
bool stk_opencode_add(void);

/* It is: nobody else opens the files of modules. */
bool stk_opencode_is_ours(void);

/* Why a policy that wants signatures cannot be had without it. */
#define STK_OPENCODE_MISSING                                                  \
    "another open-code hook stands in this process (PEP 578): code can be "   \
    "opened that is not verified, so that no policy may say `signed`"

/* Notes io.open() as it is. 0, or -1 with an exception. */
int stk_opencode_prepare(stk_interp *state);

/* Whether the event `open` of `path`, which this thread raises now, is the
 * hook's own opening of what it has judged; once for each. */
bool stk_opencode_takes_event(const PyObject *path);

/*
 * The same judgement where no bytes are handed out: code is about to be read
 * from `path`, and nothing after this sees it. 0, or -1 with an exception.
 */
int stk_opencode_unseen(stk_interp *state, PyObject *path);

/* True when `path` lies in an archive that was verified as a whole. */
bool stk_opencode_in_archive(const stk_interp *state, PyObject *path);

#endif
