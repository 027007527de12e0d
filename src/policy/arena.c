/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is given back all at once, with the policy that it holds. */
#include "policy/arena.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 16384u

typedef struct chunk {
    struct chunk *next;
    size_t used, size;
    alignas(max_align_t) char data[];
} chunk;

struct stk_arena {
    chunk *head;
};

stk_arena *
stk_arena_new(void)
{
    return calloc(1, sizeof(stk_arena));
}

void
stk_arena_free(stk_arena *arena)
{
    if (!arena)
        return;
    for (chunk *c = arena->head; c;) {
        chunk *next = c->next;

        free(c);
        c = next;
    }
    free(arena);
}

void
stk_arena_freep(stk_arena **arena)
{
    stk_arena_free(*arena);
    *arena = NULL;
}

static chunk *
add_chunk(stk_arena *arena, size_t bytes)
{
    size_t size = bytes > CHUNK_SIZE ? bytes : CHUNK_SIZE;
    chunk *c = calloc(1, sizeof *c + size);

    if (!c)
        return NULL;
    c->size = size;
    c->next = arena->head;
    arena->head = c;
    return c;
}

/* `align` is a power of two. */
static inline void *
take_bytes(stk_arena *arena, size_t bytes, size_t align)
{
    chunk *c = arena->head;
    size_t at = c ? (c->used + align - 1) & -align : 0;

    if (!c || at > c->size || bytes > c->size - at) {
        c = add_chunk(arena, bytes);
        at = 0;
    }
    if (!c)
        return NULL;
    c->used = at + bytes;
    return c->data + at;
}

void *
stk_arena_take(stk_arena *arena, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > SIZE_MAX / 2)
        return NULL;
    return take_bytes(arena, bytes ? bytes : 1, alignof(max_align_t));
}

char *
stk_arena_copy(stk_arena *arena, const char *text, size_t length)
{
    char *copy =
        length < SIZE_MAX / 2 ? take_bytes(arena, length + 1, 1) : NULL;

    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *
stk_arena_join(stk_arena *arena, const char *const *texts, size_t n)
{
    size_t length = 0, part;
    char *all, *at;

    for (size_t i = 0; i < n; i++)
        length += strlen(texts[i]);
    all = at = take_bytes(arena, length + 1, 1);
    for (size_t i = 0; all && i < n; i++) {
        part = strlen(texts[i]);
        memcpy(at, texts[i], part);
        at += part;
    }
    if (all)
        *at = '\0';
    return all;
}

char *
stk_arena_printf(stk_arena *arena, const char *format, ...)
{
    va_list args, again;
    char *text = NULL;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n >= 0)
        text = take_bytes(arena, (size_t)n + 1, 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}
