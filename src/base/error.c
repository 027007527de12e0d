/* SPDX-License-Identifier: Apache-2.0 */
/* The one error object: filled here, nowhere else. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text that is cut must not end inside a UTF-8 sequence. */
static void
trim_partial(char *text, size_t length)
{
    size_t end = length;

    while (end > 0 && ((unsigned char)text[end - 1] & 0xC0) == 0x80)
        end--;
    if (end > 0 && (unsigned char)text[end - 1] >= 0xC0)
        text[end - 1] = '\0';
}

/* A file name or a module name must not forge a second line. */
static void
keep_one_line(char *text)
{
    for (; *text; text++)
        if (*text == '\n' || *text == '\r')
            *text = ' ';
}

static void fill_message(stk_error *err, const char *format, va_list args)
    STK_PRINTF(2, 0);

static void
fill_message(stk_error *err, const char *format, va_list args)
{
    int n = vsnprintf(err->message, sizeof err->message, format, args);

    if (n < 0)
        err->message[0] = '\0';
    else if ((size_t)n >= sizeof err->message)
        trim_partial(err->message, sizeof err->message - 1);
    keep_one_line(err->message);
}

int
stk_error_set(stk_error *err, int code, const char *format, ...)
{
    va_list args;

    if (!err)
        return -code;
    memset(err, 0, sizeof *err);
    err->code = code;
    va_start(args, format);
    fill_message(err, format, args);
    va_end(args);
    return -code;
}

int
stk_error_set_errno(stk_error *err, int code, int sys_errno,
                    const char *format, ...)
{
    va_list args;
    size_t used;

    if (!err)
        return -code;
    memset(err, 0, sizeof *err);
    err->code = code;
    err->sys_errno = sys_errno;
    va_start(args, format);
    fill_message(err, format, args);
    va_end(args);
    used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, ": %s",
             strerror(sys_errno));
    return -code;
}

int
stk_error_at(stk_error *err, const char *file, uint32_t line)
{
    int n;

    if (!err)
        return -STK_E_INVALID;
    n = snprintf(err->file, sizeof err->file, "%s", file ? file : "");
    if (n >= (int)sizeof err->file)
        trim_partial(err->file, sizeof err->file - 1);
    keep_one_line(err->file);
    err->line = line;
    return -err->code;
}

int
stk_error_memory(stk_error *err)
{
    return stk_error_set(err, STK_E_MEMORY, "out of memory");
}

const char *
stk_error_text(const stk_error *err, char *text, unsigned size)
{
    if (err->file[0] && err->line)
        snprintf(text, size, "%s:%u: %s", err->file, (unsigned)err->line,
                 err->message);
    else if (err->file[0])
        snprintf(text, size, "%s: %s", err->file, err->message);
    else
        snprintf(text, size, "%s", err->message);
    return text;
}
