/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The errors of a load, collected so that all of them are told, in the order
 * of the files and lines, whatever the order in which they were found.
 */
#ifndef STK_POLICY_COMPLAIN_H
#define STK_POLICY_COMPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include <stockade/policy.h>

#include "base/error.h"

#define STK_COMPLAINTS_MAX 10000u /* the rest is counted, not kept */

typedef struct stk_complaint {
    int code;        /* STK_E_* */
    uint32_t file;   /* in stk_complaints.files */
    uint32_t line;   /* 0: the file as a whole */
    uint32_t number; /* in the order in which they were found */
    char *message;   /* owned */
} stk_complaint;

typedef struct stk_complaints {
    stk_complaint *items; /* owned */
    size_t n, size;
    size_t dropped;
    char **files; /* owned */
    uint32_t n_files;
    bool no_memory;
} stk_complaints;

void stk_complaints_clear(stk_complaints *all);

/* Files are told in the order in which they are first named here, or by a
 * complaint. The name is copied. */
void stk_complaints_file(stk_complaints *all, const char *file);

void stk_complain(stk_complaints *all, const char *file, uint32_t line,
                  int code, const char *format, ...) STK_PRINTF(5, 6);

/*
 * Sorts, hands every error to `report` (may be NULL), fills `err` with the
 * first. Returns 0 when there was none; else the code that all of them
 * share, negative, or -STK_E_INVALID when they differ.
 */
int stk_complaints_tell(stk_complaints *all, stk_report_fn report,
                        void *payload, stk_error *err);

/* Text from a policy for a message, in quotes, cut short. Returns `out`. */
#define STK_QUOTE_MAX 120u
const char *stk_quote(char out[STK_QUOTE_MAX], const char *text,
                      size_t length);

/* The same of all of `text`. */
const char *stk_quote_word(char out[STK_QUOTE_MAX], const char *text);

#endif
