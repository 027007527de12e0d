/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is given back all at once, with the policy that it holds. */
#ifndef STK_POLICY_ARENA_H
#define STK_POLICY_ARENA_H

#include <stddef.h>

typedef struct stk_arena stk_arena;

stk_arena *stk_arena_new(void); /* NULL when memory is out */
void stk_arena_free(stk_arena *arena);
void stk_arena_freep(stk_arena **arena); /* for STK_CLEANUP */

/* `count` zeroed objects of `size` bytes; NULL when memory is out. */
void *stk_arena_take(stk_arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of `length` bytes; NULL when memory is out. */
char *stk_arena_copy(stk_arena *arena, const char *text, size_t length);

/* Texts, one behind the other; NULL when memory is out. */
char *stk_arena_join(stk_arena *arena, const char *const *texts, size_t n);

char *stk_arena_printf(stk_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
