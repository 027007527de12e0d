/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate in front of inih. inih cuts long lines and section names, joins
 * indented lines to the value above, stops at NUL, reads a section without
 * its bracket as nothing at all - and reports success. Nothing of that kind
 * passes here; what does pass is known word by word, and compared with what
 * inih makes of it.
 */
#ifndef STK_POLICY_GATE_H
#define STK_POLICY_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "policy/complain.h"

#define STK_FILE_SIZE_MAX    (1u << 20) /* bytes */
#define STK_LINE_LENGTH_MAX  199u       /* bytes without the line's end */
#define STK_SECTION_NAME_MAX 49u        /* bytes between the brackets */

enum stk_line_kind { STK_LINE_SECTION = 0, STK_LINE_ENTRY };

/* One line that says something. All borrowed from the text. */
typedef struct stk_line {
    enum stk_line_kind kind;
    uint32_t number;  /* 1-based */
    const char *text; /* the whole line without its end */
    size_t length;
    const char *key; /* the section's name, or the key */
    size_t key_length;
    const char *value; /* of an entry, without its comment; may be empty */
    size_t value_length;
} stk_line;

typedef struct stk_gate {
    stk_line *lines; /* owned */
    size_t n, size;
} stk_gate;

void stk_gate_clear(stk_gate *gate);

/*
 * Takes `length` bytes at `text` apart. What is refused is added to `all`
 * under `file`; the other lines are in `out` all the same, so that their
 * errors can be told too, but for those under a heading that was refused.
 * Returns 0 or -STK_E_MEMORY.
 */
int stk_gate_scan(stk_gate *out, const char *file, const char *text,
                  size_t length, stk_complaints *all);

#endif
