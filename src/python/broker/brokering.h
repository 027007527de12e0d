/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One module that a worker asks for, or what workers are forked from: what is
 * written down of it, and its signatures.
 */
#ifndef STK_PYTHON_BROKERING_H
#define STK_PYTHON_BROKERING_H

#include "guard/evidence.h"
#include "guard/report.h"
#include "python/object/compat.h"

/* All borrowed. */
typedef struct stk_brokering {
    PyObject *name;   /* exact str */
    const char *text; /* the same */
    const stk_importer *asker;
    const char *profile; /* its name */
    uint64_t began;      /* stk_clock_monotonic_ns() */
    const stk_judgement *judgement;
} stk_brokering;

/* Writes it down. 0, or -1 with ImportError: then nothing is sent. */
int stk_brokering_record(const stk_brokering *b, stk_circumstances *told);

/* The same with what is known of its code: where it is, its keys, digest. */
int stk_brokering_record_evidence(const stk_brokering *b,
                                  const stk_evidence *evidence,
                                  stk_circumstances *told);

/* `judgement` is that of `b`. Records that its signature does not hold,
 * and raises SignatureError: -1; or 0 where the guard only observes. */
int stk_brokering_distrust(const stk_brokering *b, stk_judgement *judgement,
                           const stk_evidence *evidence);

/* Where the submodules of what was found are: a list, or None. New reference,
 * NULL with an exception. */
PyObject *stk_brokering_folders(const stk_evidence *evidence);

#endif
