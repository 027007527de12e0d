/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STOCKADE_ERROR_H
#define STOCKADE_ERROR_H

/*
 * One error object for every room. The caller owns it, on its stack or in
 * its own structure; no function allocates or keeps one. A function that
 * takes a `stk_error *` fills it when, and only when, it returns a negative
 * number; passing NULL is allowed where the caller needs the return alone.
 *
 * Returns, everywhere in stockade: 0 is good; negative is -STK_E_*, with the
 * error filled; positive appears only where a header names it. A denial is
 * data (enum stk_verdict), never an error.
 *
 * Threads: an error object belongs to one thread at a time. There is no
 * thread-local "last error".
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define STK_API          __attribute__((visibility("default")))
#define STK_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define STK_API
#define STK_PRINTF(f, a)
#endif

/* Codes are part of the ABI: a value never changes its meaning. */
enum stk_error_code {
    STK_E_NONE = 0,
    STK_E_MEMORY = 1,      /* an allocation failed */
    STK_E_IO = 2,          /* the system refused; sys_errno says how */
    STK_E_INVALID = 3,     /* the input is not what its format allows */
    STK_E_LIMIT = 4,       /* the input is larger than a stated bound */
    STK_E_UNSUPPORTED = 5, /* understood, but not by this build or machine */
    STK_E_STATE = 6,       /* called at the wrong time in the life cycle */
    STK_E_AUDIT = 7        /* a record could not be written */
};

#define STK_ERROR_FILE_MAX    256u  /* bytes, the closing NUL included */
#define STK_ERROR_MESSAGE_MAX 1024u /* bytes, the closing NUL included */

typedef struct stk_error {
    int code;      /* enum stk_error_code; STK_E_NONE when never filled */
    int sys_errno; /* errno at the failing call, or 0 */
    uint32_t line; /* 1-based line in `file`, or 0 */
    char file[STK_ERROR_FILE_MAX];       /* the file meant, or "" */
    char message[STK_ERROR_MESSAGE_MAX]; /* one line, UTF-8, no file prefix */
} stk_error;

/* The initial value: `stk_error err = STK_ERROR_INIT;` */
#define STK_ERROR_INIT                                                        \
    {                                                                         \
        0, 0, 0, "", ""                                                       \
    }

/*
 * Writes `file:line: message` (or `file: message`, or `message`) into
 * `text`, always NUL-terminated, cut at `size` bytes. Returns `text`.
 */
STK_API const char *stk_error_text(const stk_error *err, char *text,
                                   unsigned size);

#ifdef __cplusplus
}
#endif
#endif
