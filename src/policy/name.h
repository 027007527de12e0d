/* SPDX-License-Identifier: Apache-2.0 */
/* Dotted names: what is one, its labels, its parents. */
#ifndef STK_POLICY_NAME_H
#define STK_POLICY_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No honest name comes near; they bound the stack that a decision uses. */
#define STK_NAME_MAX   1024u /* bytes */
#define STK_LABELS_MAX 64u

/* A dotted name taken apart: the name itself and every parent of it. */
typedef struct stk_name {
    const char *text;
    uint32_t length;
    uint32_t labels;
    uint32_t end[STK_LABELS_MAX];  /* where label i ends: parent i's length */
    uint32_t hash[STK_LABELS_MAX]; /* stk_hash() of text[0 .. end[i]) */
} stk_name;

/*
 * Takes a name that code asks for apart. False, with `out` in an undefined
 * state, when a label is empty, when the name has a control character or a
 * path separator, is no UTF-8, or is out of bounds: more is asked for than a
 * policy can name. Reads up to STK_NAME_MAX + 1 bytes.
 */
bool stk_name_split(stk_name *out, const char *name);

/* True for one to STK_LABELS_MAX identifiers joined by dots. */
bool stk_name_is_dotted(const char *name, size_t length);

/* True for one identifier, ASCII or as PEP 3131 allows (roughly: what is
 * surely a space, a control, a mark or punctuation is refused). */
bool stk_name_is_label(const char *label, size_t length);

/* True when `name` is `parent` or below it. */
bool stk_name_is_within(const char *name, const char *parent);

/* True for the module that tells sysconfig how this Python was built. */
bool stk_name_is_sysconfigs(const char *name);

/* True when both begin with the same label. */
bool stk_name_same_top(const char *a, const char *b);

/* How many bytes the parent's name has; 0 for a name of one label. */
size_t stk_name_parent(const char *name);

/*
 * The hash of the index, FNV-1a: growing by a byte is one multiplication, so
 * that all parents of a name cost one walk. (Fowler, Noll, Vo; the constants
 * are from draft-eastlake-fnv.)
 */
#define STK_HASH_START 0x811C9DC5u

static inline uint32_t
stk_hash_step(uint32_t hash, unsigned char byte)
{
    return (hash ^ byte) * 0x01000193u;
}

static inline uint32_t
stk_hash(const char *text, size_t length)
{
    uint32_t hash = STK_HASH_START;

    for (size_t i = 0; i < length; i++)
        hash = stk_hash_step(hash, (unsigned char)text[i]);
    return hash;
}

#endif
