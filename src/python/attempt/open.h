/* SPDX-License-Identifier: Apache-2.0 */
/* What an open attempt is, and the list of them. For attempt.c and the others
 * that make one, open.c and lent.c. */
#ifndef STK_PYTHON_OPEN_H
#define STK_PYTHON_OPEN_H

#include "python/asks/frame.h"
#include "python/attempt/attempt.h"
#include "python/object/name.h"

struct stk_attempt_open {
    struct stk_attempt_open *outer;
    stk_interp *state;
    unsigned long thread;  /* that set it aside */
    PyObject *name;        /* strong, exact */
    stk_utf8 utf8;         /* of name */
    PyFrameObject *asking; /* strong; NULL: no Python code asks */
    stk_judgement judgement;
    stk_line_memo line; /* of the code that its module runs, mostly */
    uint64_t began;
    uint32_t brought_by; /* number of who had it come from a new place */
    uint32_t number, number_by; /* of its module, for that one; 0: not asked */
    bool number_closure;        /* likewise */
    PyObject *loader;    /* strong: the one of the spec that was found */
    PyObject *path;      /* strong: what that reads, for a stock one */
    uint64_t pins_stamp; /* of pins.c, when it was found */
    bool pins_held;      /* then */
    bool executed;       /* something was, as the body of this module */
    bool entered;        /* importlib looks for it */
    bool recorded;
    bool is_free;     /* everybody may import it */
    bool in_stdlib;   /* the finder saw where it comes from */
    bool is_stranger; /* from elsewhere, under a name of other Pythons' */
    bool quick;       /* quick.c executes its body */
    stk_asker asker;  /* last: mostly room that is not needed */
};

/* ---- attempt.c ------------------------------------------------------ */

/* For `name` (exact), asked for as `said`: neither judged nor linked. NULL
 * with an exception. */
stk_attempt_open *stk_attempt_new(stk_interp *state, PyObject *name,
                                  PyObject *said);
void stk_attempt_free(stk_attempt_open *attempt);

/* `cached`: of a module that is loaded already. */
void stk_attempt_judge(stk_attempt_open *attempt, bool cached);

/* Records it and, where it is refused, raises ImportDenied with `detail`,
 * which may be NULL, as `found`. Returns 0, or -1 with an exception. */
int stk_attempt_settle(stk_attempt_open *attempt, const stk_found *found,
                       bool cached, const char *detail);

/* ---- open.c --------------------------------------------------------- */

/* In this thread, innermost first. */
void stk_open_link(stk_attempt_open *attempt);
void stk_open_unlink(const stk_attempt_open *attempt);

/* The memo of the innermost that code in frame `asking` did not ask for: its
 * module runs that code, mostly. Where none is open, the interpreter's own:
 * a program imports from one function, or downwards. */
stk_line_memo *stk_open_line(const PyFrameObject *asking);

/* True where another attempt than that one is open in this thread: it is in
 * the midst of an import. */
bool stk_open_other(const stk_attempt_open *at);

/* Two names, both exact. */
bool stk_open_same_name(PyObject *a, PyObject *b);

#endif
