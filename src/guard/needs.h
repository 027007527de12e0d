/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a log says was needed: which importers asked for which names, and
 * where the modules came from, by their first labels. What follows from it
 * is decided in learn.c.
 */
#ifndef STK_GUARD_NEEDS_H
#define STK_GUARD_NEEDS_H

#include <stdbool.h>

#include <stockade/policy.h>

#include "base/error.h"

#define STK_LABEL_MAX 160u /* bytes; a longer one fits on no line */

enum {
    STK_TOP_FOUND = 1u,  /* some attempt did not end with "not found" */
    STK_TOP_OWN = 2u,    /* found in a file of the program's own */
    STK_TOP_SITE = 4u,   /* found in site-packages or dist-packages */
    STK_TOP_SHADOW = 8u, /* a standard-library name found elsewhere */
};

/* What the log says of the modules below one first label. */
typedef struct stk_top {
    char *label;
    char *origin; /* where it shadows the standard library, or NULL */
    unsigned flags;
} stk_top;

/* One importer that needs one name, both as recorded. */
typedef struct stk_need {
    char *importer; /* "" for unknown code, and what no section can name */
    char *name;
    bool startup; /* only while the interpreter started */
} stk_need;

/* Trees of tsearch(3), to be walked with stk_needs_walk(). */
typedef struct stk_needs {
    void *tops;   /* stk_top, by label: what somebody imported */
    void *needs;  /* stk_need, by importer, then name */
    void *events; /* the same of audit events; `startup` is false */
} stk_needs;

#define STK_NEEDS_INIT                                                        \
    {                                                                         \
        NULL, NULL, NULL                                                      \
    }

/* Adds what `log` says. Returns 0, or as stk_log_reader_next(); clear `*out`
 * in both cases. */
int stk_needs_read(stk_needs *out, const char *log, stk_error *err);
void stk_needs_clear(stk_needs *needs);

/* Calls `each` with every item of a tree, in order, until it returns
 * something else than 0. Returns that, or 0. */
typedef int (*stk_needs_fn)(void *payload, const void *item);
int stk_needs_walk(const void *tree, stk_needs_fn each, void *payload);

/* Borrowed; NULL when nobody asked for it. */
const stk_top *stk_needs_top(const stk_needs *needs, const char *label);

/* True for what the standard library asks for to see whether it is there, and
 * does without: org for Jython, tzdata for zones that the system lacks. */
bool stk_needs_is_probe(const char *name);

/* The first label of a name. False when no rule can cover it. */
bool stk_needs_label(char label[STK_LABEL_MAX + 1], const char *name);

/*
 * The pattern that covers a label: the label, or for one that is no
 * identifier (my-module) what it begins with and a star (my*). False when it
 * begins with none.
 */
bool stk_needs_pattern(char pattern[STK_LABEL_MAX + 2], const char *label);

#endif
