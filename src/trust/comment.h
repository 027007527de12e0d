/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a signature says of the signed bytes: our fields in minisign's
 * trusted comment, separated by tabs, each once, in this order:
 *
 *   stockade1 kind= module= package= version= sequence= hash= size= context=
 *   signed= expires=
 *
 * A signature without them says nothing about which module it is for.
 */
#ifndef STK_TRUST_COMMENT_H
#define STK_TRUST_COMMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <stockade/error.h>
#include <stockade/trust.h>

#include "trust/digest.h"

#define STK_COMMENT_MAX 4096u /* bytes; minisign's limit is 8192 */
#define STK_MODULE_MAX  1025u /* with the NUL, as are the next ones */
#define STK_WORD_MAX    256u
#define STK_WHY_MAX     256u

/* Texts have neither blanks nor controls; package, version and context may
 * be "". Times are unix seconds. */
typedef struct stk_comment {
    enum stk_kind kind;
    char module[STK_MODULE_MAX];
    char package[STK_WORD_MAX];
    char version[STK_WORD_MAX];
    char context[STK_WORD_MAX];
    uint64_t sequence; /* to INT64_MAX; 0: the package does not count */
    uint64_t size;
    unsigned char hash[STK_DIGEST_BYTES];
    int64_t signed_at;
    int64_t expires; /* 0: never */
} stk_comment;

/*
 * True when `text` is exactly such a comment; otherwise `why` says what is
 * wrong with it, one clause.
 */
bool stk_comment_parse(stk_comment *out, const char *text, size_t length,
                       char why[STK_WHY_MAX]);

/* True for a comment that means to be ours. */
bool stk_comment_is_ours(const char *text, size_t length);

/*
 * The text that stk_comment_parse() takes. `*out` is freed by free().
 * Returns 0, -STK_E_INVALID for what no comment can say, -STK_E_MEMORY.
 */
int stk_comment_print(char **out, const stk_comment *comment, stk_error *err);

/* True for UTF-8 without blanks, controls or characters that deceive: what
 * a module, package, version or context may be. */
bool stk_comment_is_word(const char *text, size_t length);

/* The kind of that name, or 0. */
enum stk_kind stk_kind_find(const char *name, size_t length);

#endif
