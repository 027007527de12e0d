/* SPDX-License-Identifier: Apache-2.0 */
/* Fills the one error object; every setter returns -code to be forwarded. */
#ifndef STK_BASE_ERROR_H
#define STK_BASE_ERROR_H

#include <stockade/error.h>

/* STK_ERROR_INIT without clearing all the room for texts, for where nothing
 * fails a thousand times a second. */
static inline void
stk_error_begin(stk_error *err)
{
    err->code = err->sys_errno = 0;
    err->line = 0;
    err->file[0] = err->message[0] = '\0';
}

/* `err` may be NULL. A message that is too long is cut at a character. */
int stk_error_set(stk_error *err, int code, const char *format, ...)
    STK_PRINTF(3, 4);

/* The same with the errno of a failed call, appended as ": reason". */
int stk_error_set_errno(stk_error *err, int code, int sys_errno,
                        const char *format, ...) STK_PRINTF(4, 5);

/* Says which file and line (0: none) the error is about. Returns what
 * err->code says, negative. */
int stk_error_at(stk_error *err, const char *file, uint32_t line);

/* -STK_E_MEMORY, in the words that every room uses. */
int stk_error_memory(stk_error *err);

#endif
