/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STOCKADE.manifest: read strictly. There is one way to write a manifest; a
 * reader that were more forgiving than the writer would let two programs see
 * two trees in one signed text.
 */
#include "trust/manifest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "trust/manifest_rows.h"

/* The least that a row takes: "n a a 0 -" and its end of line. */
#define ROW_LEAST 10u
/* ... and a code: " a=00000000:0:0:" and 64 digits. */
#define CODE_LEAST 80u

typedef struct reader {
    char *at; /* in the manifest's own copy, which is cut as it is read */
    char *end;
    uint32_t line;
    size_t count; /* of rows, as told */
    uint64_t total;
    stk_row *rows;
    stk_manifest *manifest;
    stk_error *err;
} reader;

#define refuse(r, ...) stk_error_set((r)->err, STK_E_INVALID, __VA_ARGS__)

/* ---- lines and fields ----------------------------------------------- */

/* Cuts the next line off; negative when the text ends before it does. */
static int
next_line(reader *r, char **line)
{
    char *stop = memchr(r->at, '\n', (size_t)(r->end - r->at));

    r->line++;
    if (!stop)
        return refuse(r, "the manifest is cut off");
    *stop = '\0';
    *line = r->at;
    r->at = stop + 1;
    return 0;
}

static int
read_field(reader *r, const char *name, const char **value)
{
    size_t n = strlen(name);
    char *line = NULL;

    if (next_line(r, &line) < 0)
        return -STK_E_INVALID;
    if (strncmp(line, name, n) != 0 || line[n] != ':' || line[n + 1] != ' ')
        return refuse(r, "\"%s: \" is missing", name);
    *value = line + n + 2;
    return 0;
}

static int
read_number(reader *r, const char *name, uint64_t most, uint64_t *value)
{
    const char *text;

    if (read_field(r, name, &text) < 0)
        return -STK_E_INVALID;
    if (!stk_manifest_number(text, most, value))
        return refuse(r, "%s is a number, at most %llu", name,
                      (unsigned long long)most);
    return 0;
}

static int
read_word(reader *r, const char *name, const char **value)
{
    if (read_field(r, name, value) < 0)
        return -STK_E_INVALID;
    if (!strcmp(*value, "-"))
        *value = "";
    else if (!stk_manifest_is_word(*value))
        return refuse(r, "%s is a word of at most %u letters", name,
                      STK_FIELD_MAX);
    return 0;
}

static int
read_prefix(reader *r, stk_manifest_head *head)
{
    if (read_field(r, "prefix", &head->prefix) < 0)
        return -STK_E_INVALID;
    if (!strcmp(head->prefix, "-"))
        head->prefix = "";
    else if (!stk_naming_is_name(head->prefix))
        return refuse(r, "prefix is no module name");
    return 0;
}

static int
read_times(reader *r, stk_manifest_head *head)
{
    uint64_t value;

    if (read_number(r, "signed", INT64_MAX, &value) < 0)
        return -STK_E_INVALID;
    head->signed_at = (int64_t)value;
    if (read_number(r, "expires", INT64_MAX, &value) < 0)
        return -STK_E_INVALID;
    head->expires = (int64_t)value;
    return 0;
}

static int
read_head(reader *r)
{
    stk_manifest_head *head = &r->manifest->head;
    uint64_t count;
    char *line = NULL;

    if (next_line(r, &line) < 0)
        return -STK_E_INVALID;
    if (strcmp(line, STK_MANIFEST_TITLE) != 0)
        return refuse(r, "\"" STK_MANIFEST_TITLE "\" is missing");
    if (read_word(r, "package", &head->package) < 0 ||
        read_word(r, "version", &head->version) < 0 ||
        read_number(r, "sequence", INT64_MAX, &head->sequence) < 0 ||
        read_word(r, "context", &head->context) < 0 ||
        read_times(r, head) < 0 || read_prefix(r, head) < 0 ||
        read_number(r, "count", STK_MANIFEST_MAX, &count) < 0 ||
        read_number(r, "total", STK_SIZE_MAX, &r->total) < 0)
        return -STK_E_INVALID;
    r->count = (size_t)count;
    return 0;
}

/* ---- rows ----------------------------------------------------------- */

static size_t
count_bytes(const char *at, const char *end, char byte)
{
    size_t n = 0;

    for (; at < end && (at = memchr(at, byte, (size_t)(end - at))); at++)
        n++;
    return n;
}

/* What is told is compared with what is there before it is allocated. */
static int
make_room(reader *r)
{
    size_t left = (size_t)(r->end - r->at);
    size_t codes = count_bytes(r->at, r->end, '=');
    stk_manifest *m = r->manifest;

    if (r->count > left / ROW_LEAST)
        return refuse(r, "count is more than there are rows");
    if (codes > left / CODE_LEAST)
        return refuse(r, "a \"=\" is not where a code is");
    r->rows = calloc(r->count + 1, sizeof *r->rows);
    m->rows = r->rows;
    m->codes = calloc(codes + 1, sizeof *m->codes);
    m->by_path = calloc(r->count + 1, sizeof *m->by_path);
    return m->rows && m->codes && m->by_path ? 0 : stk_error_memory(r->err);
}

static int
read_rows(reader *r)
{
    stk_manifest *m = r->manifest;
    stk_code *code = m->codes;

    for (; m->n_rows < r->count; m->n_rows++) {
        stk_row *row = &r->rows[m->n_rows];
        char *line = NULL;

        if (next_line(r, &line) < 0 ||
            stk_manifest_read_row(row, &code, line, r->err) < 0 ||
            stk_manifest_check_row(m, row, r->err) < 0)
            return -STK_E_INVALID;
        if (m->n_rows > 0 && stk_manifest_compare_rows(row - 1, row) >= 0)
            return refuse(r, "the row is not behind the one before it");
        m->by_path[m->n_rows] = row;
        m->total += row->size;
        if (m->total > STK_SIZE_MAX)
            return refuse(r, "the tree is too large");
    }
    return 0;
}

static int
read_end(reader *r)
{
    char *line = NULL;
    uint64_t count;

    if (next_line(r, &line) < 0)
        return -STK_E_INVALID;
    if (strncmp(line, "end ", 4) != 0 ||
        !stk_manifest_number(line + 4, STK_MANIFEST_MAX, &count) ||
        count != r->count)
        return refuse(r, "\"end %zu\" is missing", r->count);
    if (r->at != r->end) {
        r->line++;
        return refuse(r, "something follows the end");
    }
    if (r->total != r->manifest->total)
        return refuse(r, "total is not the sum of the sizes");
    return 0;
}

/* ---- the whole ------------------------------------------------------ */

/* Any other byte would be a second way to write the same, or would be shown
 * as what it is not. */
static int
check_bytes(reader *r)
{
    for (const char *c = r->at; c < r->end; c++) {
        if (*c == '\n')
            r->line++;
        else if (*c < 0x20 || *c > 0x7E) {
            r->line++;
            return refuse(r, "byte 0x%02x is not of a manifest",
                          (unsigned char)*c);
        }
    }
    r->line = 0;
    return 0;
}

static int
read_all(reader *r)
{
    int result = check_bytes(r);

    if (result == 0)
        result = read_head(r);
    if (result == 0)
        result = make_room(r);
    if (result == 0)
        result = read_rows(r);
    if (result == 0)
        result = read_end(r);
    if (result < 0)
        return result;
    r->line = 0; /* what follows is about two rows */
    return stk_manifest_check_tree(r->manifest, r->err);
}

int
stk_manifest_parse(stk_manifest **out, const char *data, size_t length,
                   const char *file, stk_error *err)
{
    STK_CLEANUP(stk_manifest_freep) stk_manifest *manifest = NULL;
    reader r = { .err = err };
    int result;

    if (length > STK_MANIFEST_MAX) {
        stk_error_set(err, STK_E_LIMIT, "is larger than %u bytes",
                      STK_MANIFEST_MAX);
        stk_error_at(err, file, 0);
        return -STK_E_LIMIT;
    }
    manifest = calloc(1, sizeof *manifest);
    if (!manifest || !(manifest->text = malloc(length + 1)))
        return stk_error_memory(err);
    if (length)
        memcpy(manifest->text, data, length);
    manifest->text[length] = '\0';
    r.manifest = manifest;
    r.at = manifest->text;
    r.end = manifest->text + length;
    result = read_all(&r);
    if (result < 0) {
        stk_error_at(err, file, r.line);
        return result;
    }
    *out = STK_STEAL(manifest);
    return 0;
}

void
stk_manifest_free(stk_manifest *manifest)
{
    if (!manifest)
        return;
    free((void *)manifest->rows);
    free(manifest->codes);
    free((void *)manifest->by_path);
    free(manifest->text);
    free(manifest);
}

void
stk_manifest_freep(stk_manifest **manifest)
{
    stk_manifest_free(*manifest);
    *manifest = NULL;
}

/* ---- looking up ----------------------------------------------------- */

const stk_row *
stk_manifest_find(const stk_manifest *manifest, const char *name, size_t *n)
{
    size_t low = 0, high = manifest->n_rows;
    const stk_row *first;

    *n = 0;
    if (!*name)
        return NULL; /* data has no name */
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcmp(manifest->rows[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    first = manifest->rows + low;
    while (low + *n < manifest->n_rows && !strcmp(first[*n].name, name))
        ++*n;
    return *n ? first : NULL;
}

const stk_row *
stk_manifest_find_path(const stk_manifest *manifest, const char *path)
{
    size_t low = 0, high = manifest->n_rows;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const stk_row *row = manifest->by_path[middle];
        int order = stk_manifest_fold(row->path, path);

        if (order == 0)
            return strcmp(row->path, path) ? NULL : row;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const stk_code *
stk_row_code(const stk_row *row, const char *tag, const unsigned char magic[4],
             unsigned optimisation)
{
    for (size_t i = 0; i < row->n_codes; i++) {
        const stk_code *code = &row->codes[i];

        if (!strcmp(code->tag, tag) && !memcmp(code->magic, magic, 4) &&
            code->optimisation == optimisation)
            return code;
    }
    return NULL;
}

/* By hand: it is asked for at each import, and printf() is slow. */
static char *
join_code_path(const char *tag, const char *path, size_t stem)
{
    static const char folder[] = STK_CODE_FOLDER "/", end[] = ".code";
    size_t length = strlen(tag);
    char *whole = malloc(sizeof folder + length + stem + sizeof end);
    char *at = whole;

    if (!whole)
        return NULL;
    at = mempcpy(at, folder, sizeof folder - 1);
    at = mempcpy(at, tag, length);
    *at++ = '/';
    at = mempcpy(at, path, stem);
    memcpy(at, end, sizeof end);
    return whole;
}

char *
stk_row_code_path(const stk_row *row, const stk_code *code)
{
    size_t stem = strlen(row->path) - 3; /* ".py": codes are of source */

    if (code->optimisation == 0)
        return join_code_path(code->tag, row->path, stem);
    return stk_text_printf(STK_CODE_FOLDER "/%s/%.*s.opt-%u.code", code->tag,
                           (int)stem, row->path, code->optimisation);
}
