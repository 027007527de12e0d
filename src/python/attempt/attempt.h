/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One attempt to import, from the first layer that sees it to the last.
 *
 * A module that has to be loaded passes several layers; the first one
 * judges and opens the attempt, the others find it open and let it pass.
 * The finder, which knows where the code comes from, records it.
 */
#ifndef STK_PYTHON_ATTEMPT_H
#define STK_PYTHON_ATTEMPT_H

#include <stdbool.h>

#include "guard/evidence.h"
#include "python/asks/asker.h"
#include "python/object/state.h"

typedef struct stk_attempt_open stk_attempt_open;

/* ---- one (attempt.c) ------------------------------------------------- */

/*
 * Judges `name` (an exact str) for the code that runs now and opens the
 * attempt in this thread. Returns NULL with ImportDenied set (recorded) or
 * another exception.
 */
stk_attempt_open *stk_attempt_begin(stk_interp *state, PyObject *name);

/* Closes it; records it when nothing has yet: `result` NULL is a failure,
 * and the exception that stands is kept. */
void stk_attempt_end(stk_attempt_open *attempt, PyObject *result);

/* Closes it and records nothing: another layer will see it again. */
void stk_attempt_drop(stk_attempt_open *attempt);

/*
 * Judges and records `name` (exact) for code that goes past the statement:
 * a loader by hand, a function of _imp. Nothing when an attempt for it is
 * open. Returns 0, or -1 with an exception.
 */
int stk_attempt_once(stk_interp *state, PyObject *name);

/* What the finder found: all borrowed, all may be NULL. */
typedef struct stk_found {
    PyObject *origin;
    const char *loader;
    const char *outcome; /* found, not-found, failed */
    const char *error;
    const char *key;    /* who signed it */
    const char *digest; /* of its source, in hexadecimal */
    const char *trust;  /* why its signature does not hold */
} stk_found;

/* Records it, once. Returns 0, or -1 with an exception when the record
 * could not be written and the policy denies then. */
int stk_attempt_record(stk_attempt_open *attempt, const stk_found *found);

/* The same where the finder failed: the exception that is set stays, or is
 * that of the record. Returns -1. */
int stk_attempt_record_failure(stk_attempt_open *attempt,
                               const stk_found *found);

/* Refuses an open attempt for a reason that the finder saw. Returns -1
 * with ImportDenied set, or 0 where the guard only observes. */
int stk_attempt_refuse(stk_attempt_open *attempt, enum stk_reason reason,
                       const stk_found *found, const char *detail);

/*
 * What the rule wants of a module that may be imported; all borrowed, as
 * long as the attempt is open. `evidence` is NULL where nothing is.
 */
typedef struct stk_wanted {
    const char *name; /* UTF-8 */
    bool is_signed;
    const char *sandbox; /* the profile that it runs under, or NULL */
    const char *bundle;  /* or NULL */
    bool slow;           /* fast_path = off */
    stk_rule_ref rule;
    stk_evidence_store *evidence;
    const stk_policy *policy;
    const stk_loader_rule *loader; /* that alone is asked for it, or NULL */
} stk_wanted;
stk_wanted stk_attempt_wanted(const stk_attempt_open *attempt);

/*
 * Records an open attempt whose code is not authentic, before it is refused.
 * Returns 1 where it must be, 0 where the guard only observes, or -1 with an
 * exception when it could not be recorded.
 */
int stk_attempt_distrust(stk_attempt_open *attempt, const stk_found *found);

/* True unless the policy in force has `shadowing = allow`, which is not for
 * what the guard itself imports. */
bool stk_attempt_denies_shadowing(const stk_attempt_open *attempt);

/* It has a name of the standard library of other Pythons', and is from
 * elsewhere: it is not trusted as that is. Before its body is executed. */
void stk_attempt_set_stranger(stk_attempt_open *attempt);

/* The finder saw that the module comes from the standard library. */
void stk_attempt_set_stdlib(stk_attempt_open *attempt);
/* It comes from a place that was not there when the program began. */
void stk_attempt_set_brought(stk_attempt_open *attempt);
/* Where its module comes from is known, and recorded. */
bool stk_attempt_is_found(const stk_attempt_open *at);
bool stk_attempt_is_brought(const stk_attempt_open *attempt);
bool stk_attempt_from_stdlib(const stk_attempt_open *attempt);

/* ---- those that are open in this thread (open.c) --------------------- */

/* The attempt for `name` that the asking code of this thread has open, or
 * NULL without an exception. */
stk_attempt_open *stk_attempt_find(const stk_interp *state, PyObject *name);

/* The same, for importlib to look for it, once: whoever asks for that name
 * again from the same place runs in the midst of importlib. */
stk_attempt_open *stk_attempt_enter(const stk_interp *state, PyObject *name);

/* True while the frame that runs has one open, for whatever name: it stands
 * at that, or at a lookup (mark.h), and what runs now is called by C in the
 * midst of it. */
bool stk_attempt_is_amid(const stk_interp *state);

/* The name of the lookup, or of the innermost that this frame has open, or of
 * what is read for it: borrowed, or NULL. */
PyObject *stk_attempt_at(const stk_interp *state, const PyFrameObject *frame);

/* The attempt for a module that is being loaded here and whose last label is
 * `label`, or NULL. */
stk_attempt_open *stk_attempt_loading(const stk_interp *state,
                                      PyObject *label);

/*
 * The module whose body importlib executes now: the attempt whose asking
 * code is the first behind importlib's frames, or NULL. Tells its importer
 * number, for the tags.
 */
stk_attempt_open *stk_attempt_executing(const stk_interp *state,
                                        uint32_t *number);

/*
 * The number for a body that code of module `loader` executes, for the
 * import that the code in frame `asking` asked for. 0 when none is open.
 */
uint32_t stk_attempt_loaded(const stk_interp *state,
                            const PyFrameObject *asking, uint32_t loader);

/* The number for the body of its module. */
uint32_t stk_attempt_number(stk_attempt_open *attempt);

/*
 * quick.c executes the body of its module now, with no frame of importlib's
 * between that and the code that asked.
 */
void stk_attempt_set_quick(stk_attempt_open *attempt, bool quick);

/* True when quick.c executes module `importer`, asked for by the code in
 * frame `asking`. */
bool stk_attempt_is_quick(const stk_interp *state, const PyFrameObject *asking,
                          uint32_t importer);

/* True when the import of module `importer`, asked for by the code in frame
 * `asking`, is open in this thread; `loader` executes it, 0 for importlib. */
bool stk_attempt_executes(const stk_interp *state, const PyFrameObject *asking,
                          uint32_t loader, uint32_t importer);

#endif
