/* SPDX-License-Identifier: Apache-2.0 */
/* STOCKADE.manifest: written, the same rows always as the same bytes. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "trust/manifest_rows.h"

static void
put_hex(stk_buffer *text, const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        stk_buffer_printf(text, "%02x", bytes[i]);
}

static void
put_path(stk_buffer *text, const char *path)
{
    for (; *path; path++)
        if (stk_manifest_is_plain((unsigned char)*path))
            stk_buffer_append(text, path, 1);
        else
            stk_buffer_printf(text, "%%%02X", (unsigned char)*path);
}

static void
put_row(stk_buffer *text, const stk_row *row)
{
    char digest[STK_DIGEST_HEX];

    stk_buffer_printf(text, "%c %s ", stk_manifest_letter(row->kind),
                      *row->name ? row->name : "-");
    put_path(text, row->path);
    stk_buffer_printf(text, " %llu ", (unsigned long long)row->size);
    if (row->kind == STK_KIND_NAMESPACE)
        stk_buffer_puts(text, "-");
    else
        stk_buffer_puts(text, stk_digest_hex(digest, row->digest));
    for (size_t i = 0; i < row->n_codes; i++) {
        const stk_code *code = &row->codes[i];

        stk_buffer_printf(text, " %s=", code->tag);
        put_hex(text, code->magic, 4);
        stk_buffer_printf(text, ":%u:%llu:%s", code->optimisation,
                          (unsigned long long)code->size,
                          stk_digest_hex(digest, code->digest));
    }
    stk_buffer_puts(text, "\n");
}

static void
put_word(stk_buffer *text, const char *name, const char *value)
{
    stk_buffer_printf(text, "%s: %s\n", name, *value ? value : "-");
}

static void
put_number(stk_buffer *text, const char *name, uint64_t value)
{
    stk_buffer_printf(text, "%s: %llu\n", name, (unsigned long long)value);
}

static void
put_head(stk_buffer *text, const stk_manifest_head *head, size_t count,
         uint64_t total)
{
    stk_buffer_puts(text, STK_MANIFEST_TITLE "\n");
    put_word(text, "package", head->package);
    put_word(text, "version", head->version);
    put_number(text, "sequence", head->sequence);
    put_word(text, "context", head->context);
    put_number(text, "signed", (uint64_t)head->signed_at);
    put_number(text, "expires", (uint64_t)head->expires);
    put_word(text, "prefix", head->prefix);
    put_number(text, "count", count);
    put_number(text, "total", total);
}

static int
compare_rows(const void *a, const void *b)
{
    const stk_row *const *left = a, *const *right = b;

    return stk_manifest_compare_rows(*left, *right);
}

/* Freed by free(); NULL when memory is out. */
static const stk_row **
sort_rows(const stk_row *rows, size_t n)
{
    const stk_row **sorted = calloc(n + 1, sizeof *sorted);

    if (!sorted)
        return NULL;
    for (size_t i = 0; i < n; i++)
        sorted[i] = &rows[i];
    qsort((void *)sorted, n, sizeof *sorted, compare_rows);
    return sorted;
}

static bool
is_same_head(const stk_manifest_head *a, const stk_manifest_head *b)
{
    return !strcmp(a->package, b->package) &&
           !strcmp(a->version, b->version) &&
           !strcmp(a->context, b->context) && !strcmp(a->prefix, b->prefix) &&
           a->sequence == b->sequence && a->signed_at == b->signed_at &&
           a->expires == b->expires;
}

/* What is read is what was meant: no name or word has put in a line. */
static bool
is_same(const stk_manifest *read, const stk_manifest_head *head,
        const stk_row *const *rows, size_t n)
{
    if (!is_same_head(&read->head, head) || read->n_rows != n)
        return false;
    for (size_t i = 0; i < n; i++)
        if (stk_manifest_compare_rows(&read->rows[i], rows[i]) != 0 ||
            read->rows[i].kind != rows[i]->kind ||
            read->rows[i].n_codes != rows[i]->n_codes)
            return false;
    return true;
}

/* The reader is the judge of what may be written. */
static int
check_text(const stk_buffer *text, const stk_manifest_head *head,
           const stk_row *const *rows, size_t n, stk_error *err)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *manifest = NULL;
    int result = stk_buffer_check(text, err);

    if (result == 0)
        result = stk_manifest_parse(&manifest, text->data, text->length,
                                    STK_MANIFEST_FILE, err);
    if (result == 0 && !is_same(manifest, head, rows, n))
        result = stk_error_set(err, STK_E_INVALID,
                               "a manifest cannot hold these rows");
    return result;
}

int
stk_manifest_print(char **text, size_t *length, const stk_manifest_head *head,
                   const stk_row *rows, size_t n, stk_error *err)
{
    STK_CLEANUP(stk_buffer_clear)
    stk_buffer buffer = STK_BUFFER_INIT(STK_MANIFEST_MAX);
    STK_CLEANUP(stk_freep) const stk_row **sorted = sort_rows(rows, n);
    uint64_t total = 0;
    int result;

    if (!sorted)
        return stk_error_memory(err);
    for (size_t i = 0; i < n; i++)
        total += rows[i].size;
    put_head(&buffer, head, n, total);
    for (size_t i = 0; i < n; i++)
        put_row(&buffer, sorted[i]);
    stk_buffer_printf(&buffer, "end %zu\n", n);
    result = check_text(&buffer, head, sorted, n, err);
    if (result < 0)
        return result;
    *length = buffer.length;
    *text = stk_buffer_steal(&buffer);
    return 0;
}
