/* SPDX-License-Identifier: Apache-2.0 */
/* The errors of a load, collected and told in the order of the files. */
#include "policy/complain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void
stk_complaints_clear(stk_complaints *all)
{
    for (size_t i = 0; i < all->n; i++)
        free(all->items[i].message);
    for (uint32_t i = 0; i < all->n_files; i++)
        free(all->files[i]);
    free(all->items);
    free(all->files);
    memset(all, 0, sizeof *all);
}

/* The number of a file; UINT32_MAX when memory is out. */
static uint32_t
number_file(stk_complaints *all, const char *file)
{
    char **files;
    char *copy;

    for (uint32_t i = 0; i < all->n_files; i++)
        if (!strcmp(all->files[i], file))
            return i;
    files = reallocarray(all->files, all->n_files + 1, sizeof *files);
    if (files)
        all->files = files;
    copy = files ? stk_text_dup(file) : NULL;
    if (!copy) {
        all->no_memory = true;
        return UINT32_MAX;
    }
    all->files[all->n_files] = copy;
    return all->n_files++;
}

void
stk_complaints_file(stk_complaints *all, const char *file)
{
    number_file(all, file);
}

static bool
make_room(stk_complaints *all)
{
    size_t size = all->size ? all->size * 2 : 16;
    stk_complaint *items;

    if (all->n < all->size)
        return true;
    items = reallocarray(all->items, size, sizeof *items);
    if (!items)
        return false;
    all->items = items;
    all->size = size;
    return true;
}

void
stk_complain(stk_complaints *all, const char *file, uint32_t line, int code,
             const char *format, ...)
{
    uint32_t number = number_file(all, file);
    char *message = NULL;
    va_list args;
    int n;

    if (number == UINT32_MAX)
        return;
    if (all->n == STK_COMPLAINTS_MAX) {
        all->dropped++;
        return;
    }
    va_start(args, format);
    n = vasprintf(&message, format, args);
    va_end(args);
    if (n < 0 || !make_room(all)) {
        if (n >= 0)
            free(message);
        all->no_memory = true;
        return;
    }
    all->items[all->n] =
        (stk_complaint){ code, number, line, (uint32_t)all->n, message };
    all->n++;
}

static int
compare_complaints(const void *left, const void *right)
{
    const stk_complaint *a = left, *b = right;

    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->number < b->number ? -1 : 1;
}

/* A file that is read for `observe` too is told once. */
static bool
is_repeated(const stk_complaints *all, size_t i)
{
    const stk_complaint *a = &all->items[i];

    for (size_t j = i; j > 0; j--) {
        const stk_complaint *b = &all->items[j - 1];

        if (a->file != b->file || a->line != b->line)
            break;
        if (!strcmp(a->message, b->message))
            return true;
    }
    return false;
}

static int
shared_code(const stk_complaints *all)
{
    for (size_t i = 1; i < all->n; i++)
        if (all->items[i].code != all->items[0].code)
            return STK_E_INVALID;
    return all->items[0].code;
}

static void
tell_all(const stk_complaints *all, stk_report_fn report, void *payload)
{
    char text[64];

    for (size_t i = 0; i < all->n; i++) {
        const stk_complaint *one = &all->items[i];
        stk_diagnostic found = { STK_SEVERITY_ERROR, all->files[one->file],
                                 one->line, one->message };

        if (!is_repeated(all, i))
            report(payload, &found);
    }
    if (all->dropped) {
        stk_diagnostic found = { STK_SEVERITY_ERROR, all->files[0], 0, text };

        snprintf(text, sizeof text, "%zu further errors", all->dropped);
        report(payload, &found);
    }
}

int
stk_complaints_tell(stk_complaints *all, stk_report_fn report, void *payload,
                    stk_error *err)
{
    int code;

    if (all->no_memory)
        return stk_error_memory(err);
    if (all->n == 0)
        return 0;
    qsort(all->items, all->n, sizeof *all->items, compare_complaints);
    if (report)
        tell_all(all, report, payload);
    code = shared_code(all);
    stk_error_set(err, code, "%s", all->items[0].message);
    stk_error_at(err, all->files[all->items[0].file], all->items[0].line);
    return -code;
}

const char *
stk_quote(char out[STK_QUOTE_MAX], const char *text, size_t length)
{
    size_t used;

    out[0] = '"';
    stk_text_printable(out + 1, STK_QUOTE_MAX - 2, text, length);
    used = strlen(out);
    out[used] = '"';
    out[used + 1] = '\0';
    return out;
}

const char *
stk_quote_word(char out[STK_QUOTE_MAX], const char *text)
{
    return stk_quote(out, text, strlen(text));
}
