/* SPDX-License-Identifier: Apache-2.0 */
/* One row of a manifest, and what rows are to each other. */
#include "trust/manifest_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"

#define refuse(err, ...) stk_error_set(err, STK_E_INVALID, __VA_ARGS__)

static const struct {
    char letter;
    enum stk_kind kind;
} kinds[] = {
    { 'd', STK_KIND_DATA },      { 'm', STK_KIND_MODULE },
    { 'n', STK_KIND_NAMESPACE }, { 'p', STK_KIND_PACKAGE },
    { 'x', STK_KIND_EXTENSION },
};

#define N_KINDS (sizeof kinds / sizeof kinds[0])

/* ---- words ---------------------------------------------------------- */

bool
stk_manifest_number(const char *text, uint64_t most, uint64_t *value)
{
    uint64_t sum = 0;

    if (!*text || (text[0] == '0' && text[1]))
        return false;
    for (; *text; text++) {
        unsigned digit = (unsigned char)*text - '0';

        if (digit > 9 || digit > most || sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return sum <= most;
}

bool
stk_manifest_is_word(const char *text)
{
    size_t n = 0;

    for (; text[n]; n++)
        if (text[n] <= 0x20 || text[n] > 0x7E || n == STK_FIELD_MAX)
            return false;
    return n > 0 && strcmp(text, "-") != 0;
}

bool
stk_manifest_is_plain(unsigned char byte)
{
    /* "=" is for codes alone, so that they are counted before they are read */
    return byte > 0x20 && byte < 0x7F && byte != '%' && byte != '=';
}

char
stk_manifest_letter(enum stk_kind kind)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (kinds[i].kind == kind)
            return kinds[i].letter;
    return '?';
}

static bool
kind_of_letter(const char *text, enum stk_kind *kind)
{
    for (size_t i = 0; i < N_KINDS; i++)
        if (text[0] == kinds[i].letter && !text[1]) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

/* `ten` is "a" or "A": a digit that is another's spelling is none. */
static int
hex_digit(char c, char ten)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= ten && c < ten + 6 ? c - ten + 10 : -1;
}

/* Exactly `n` bytes in lower-case digits. */
static bool
read_hex(unsigned char *out, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++, text += 2) {
        int high = hex_digit(text[0], 'a');
        int low = high < 0 ? -1 : hex_digit(text[1], 'a');

        if (low < 0)
            return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return !*text;
}

/* The byte that "%XX" is; 0 where it is none that has to be escaped. */
static unsigned char
escaped_byte(const char *at)
{
    int high = hex_digit(at[1], 'A');
    int low = high < 0 ? -1 : hex_digit(at[2], 'A');
    unsigned char byte = low < 0 ? 0 : (unsigned char)(high << 4 | low);

    return stk_manifest_is_plain(byte) ? 0 : byte;
}

static bool
is_escaped(const char *path)
{
    for (; *path; path++) {
        if (stk_manifest_is_plain((unsigned char)*path))
            continue;
        if (*path != '%' || !escaped_byte(path))
            return false;
        path += 2;
    }
    return true;
}

/* In place; what is no such path stays as it is, to be shown. */
static bool
unescape_path(char *path)
{
    char *to = path;

    if (!is_escaped(path))
        return false;
    for (; *path; path++)
        if (*path == '%') {
            *to++ = (char)escaped_byte(path);
            path += 2;
        } else {
            *to++ = *path;
        }
    *to = '\0';
    return true;
}

/* ---- one row -------------------------------------------------------- */

/* Cuts at the next `stop`; NULL, and the last piece, when there is none. */
static char *
cut(char **rest, char stop)
{
    char *piece = *rest, *end = piece ? strchr(piece, stop) : NULL;

    if (end)
        *end = '\0';
    *rest = end ? end + 1 : NULL;
    return piece;
}

static bool
is_tag(const char *tag)
{
    size_t n = strspn(tag, "abcdefghijklmnopqrstuvwxyz0123456789-_");

    return n > 0 && n <= STK_TAG_MAX && !tag[n];
}

/* cpython-311=a70d0d0a:0:11213:<64 digits> */
static bool
read_code(stk_code *code, char *text)
{
    char *tag = cut(&text, '='), *magic = cut(&text, ':');
    char *optimisation = cut(&text, ':'), *size = cut(&text, ':');
    uint64_t number;

    if (!text || !is_tag(tag) || !read_hex(code->magic, 4, magic) ||
        !stk_manifest_number(optimisation, 2, &number) ||
        !stk_manifest_number(size, STK_CODE_MAX, &code->size) ||
        !read_hex(code->digest, STK_DIGEST_BYTES, text))
        return false;
    code->tag = tag;
    code->optimisation = (unsigned)number;
    return true;
}

static bool
is_ordered(const stk_code *a, const stk_code *b)
{
    int order = strcmp(a->tag, b->tag);

    return order < 0 || (order == 0 && a->optimisation < b->optimisation);
}

static int
read_codes(stk_row *row, stk_code **code, char *rest, stk_error *err)
{
    row->codes = *code;
    while (rest) {
        char *text = cut(&rest, ' ');

        /* one "=" each: as many codes as the text has of them, no more */
        if (!strchr(text, '=') || !read_code(*code, text))
            return refuse(err, "\"%s\" is no code", text);
        if (row->n_codes && !is_ordered(*code - 1, *code))
            return refuse(err, "the codes are not sorted");
        row->n_codes++;
        ++*code;
    }
    if (row->n_codes && row->kind != STK_KIND_MODULE &&
        row->kind != STK_KIND_PACKAGE)
        return refuse(err, "only a module and a package have code");
    return 0;
}

static int
read_content(stk_row *row, const char *size, const char *digest,
             stk_error *err)
{
    if (!stk_manifest_number(size, STK_SIZE_MAX, &row->size))
        return refuse(err, "\"%s\" is no size", size);
    if (row->kind == STK_KIND_NAMESPACE) {
        if (row->size != 0 || strcmp(digest, "-") != 0)
            return refuse(err, "a namespace has no content");
    } else if (!read_hex(row->digest, STK_DIGEST_BYTES, digest)) {
        return refuse(err, "\"%s\" is no digest", digest);
    }
    return 0;
}

int
stk_manifest_read_row(stk_row *row, stk_code **code, char *line,
                      stk_error *err)
{
    char *rest = line, *kind = cut(&rest, ' '), *name = cut(&rest, ' ');
    char *path = cut(&rest, ' '), *size = cut(&rest, ' ');
    char *digest = cut(&rest, ' ');

    if (!digest)
        return refuse(err, "the row has too few columns");
    if (!kind_of_letter(kind, &row->kind))
        return refuse(err, "\"%s\" is no kind", kind);
    if (!*name)
        return refuse(err, "the row has no name");
    row->name = strcmp(name, "-") ? name : "";
    row->path = path;
    if (!unescape_path(path))
        return refuse(err, "\"%s\" is no path", path);
    if (read_content(row, size, digest, err) < 0)
        return -STK_E_INVALID;
    return read_codes(row, code, rest, err);
}

static int
refuse_place(const stk_row *row, stk_error *err)
{
    char path[256], name[256];

    stk_text_printable(path, sizeof path, row->path, strlen(row->path));
    if (!stk_naming_is_path(row->path))
        return refuse(err, "\"%s\" is no path of a signed tree", path);
    stk_text_printable(name, sizeof name, row->name, strlen(row->name));
    return refuse(err, "\"%s\" is not where %s \"%s\" is", path,
                  stk_kind_name(row->kind), name);
}

int
stk_manifest_check_row(const stk_manifest *manifest, const stk_row *row,
                       stk_error *err)
{
    if (stk_naming_is_path(row->path) &&
        stk_naming_fits(row->kind, row->name, row->path,
                        manifest->head.prefix))
        return 0;
    return refuse_place(row, err);
}

int
stk_manifest_compare_rows(const stk_row *a, const stk_row *b)
{
    int order = strcmp(a->name, b->name);

    return order ? order : strcmp(a->path, b->path);
}

/* ---- rows together -------------------------------------------------- */

static int
fold_byte(char byte)
{
    if (byte == '/')
        return 1;
    return byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : (unsigned char)byte;
}

int
stk_manifest_fold(const char *a, const char *b)
{
    for (;; a++, b++) {
        int left = fold_byte(*a), right = fold_byte(*b);

        if (left != right || !left)
            return left - right;
    }
}

static int
compare_folded_names(const void *a, const void *b)
{
    const stk_row *const *left = a, *const *right = b;

    return stk_manifest_fold((*left)->name, (*right)->name);
}

static int
compare_folded_paths(const void *a, const void *b)
{
    const stk_row *const *left = a, *const *right = b;

    return stk_manifest_fold((*left)->path, (*right)->path);
}

/* How many bytes from the start are equal but for their case, cut behind the
 * last slash: the folders that both are in. */
static size_t
shared_folders(const char *a, const char *b)
{
    size_t shared = 0;

    for (size_t i = 0; a[i] && fold_byte(a[i]) == fold_byte(b[i]); i++)
        if (a[i] == '/')
            shared = i + 1;
    return shared;
}

/* Not every file system tells them apart. */
#define BUT_FOR_CASE                                                          \
    "are equal but for their case: rename one, or sign what is below in "     \
    "trees of their own"

static int
refuse_pair(const stk_row *a, const stk_row *b, const char *what,
            stk_error *err)
{
    char left[256], right[256];

    stk_text_printable(left, sizeof left, a->path, strlen(a->path));
    stk_text_printable(right, sizeof right, b->path, strlen(b->path));
    return refuse(err, "\"%s\" and \"%s\" %s", left, right, what);
}

/* Whether `path` is below `folder`, but for their case. */
static bool
is_below(const char *path, const char *folder)
{
    for (; *folder; folder++, path++)
        if (fold_byte(*folder) != fold_byte(*path))
            return false;
    return *path == '/';
}

/* Sorted as they are, all that share a folder are side by side. */
static int
check_paths(const stk_row *a, const stk_row *b, stk_error *err)
{
    size_t shared = shared_folders(a->path, b->path);

    if (is_below(b->path, a->path)) {
        shared = strlen(a->path);
        if (a->kind != STK_KIND_NAMESPACE)
            return refuse_pair(a, b, "are a file and a folder of one name",
                               err);
    }
    if (stk_manifest_fold(a->path, b->path) == 0 ||
        memcmp(a->path, b->path, shared) != 0)
        return refuse_pair(a, b, BUT_FOR_CASE, err);
    return 0;
}

static int
check_case(const stk_row *a, const stk_row *b, stk_error *err)
{
    if (stk_manifest_fold(a->name, b->name) == 0 && strcmp(a->name, b->name))
        return refuse_pair(a, b, BUT_FOR_CASE, err);
    return 0;
}

static bool
is_alone(const stk_row *row)
{
    return row->kind == STK_KIND_PACKAGE || row->kind == STK_KIND_NAMESPACE;
}

/* Every module is below packages of the tree, up to its prefix. */
static int
check_parent(const stk_manifest *m, const stk_row *row, stk_error *err)
{
    const char *dot = strrchr(row->name, '.');
    char parent[STK_NAMING_MAX + 1], shown[256];
    const stk_row *found;
    size_t n = 0;

    if (!dot || !strcmp(row->name, m->head.prefix))
        return 0;
    memcpy(parent, row->name, (size_t)(dot - row->name));
    parent[dot - row->name] = '\0';
    found = stk_manifest_find(m, parent, &n);
    if (found && is_alone(found))
        return 0;
    stk_text_printable(shown, sizeof shown, row->path, strlen(row->path));
    return refuse(err, "\"%s\" has no package that it is in", shown);
}

static int
check_names(const stk_manifest *m, size_t at, stk_error *err)
{
    const stk_row *row = &m->rows[at], *before = at ? row - 1 : NULL;

    if (!*row->name)
        return 0;
    if (before && !strcmp(before->name, row->name) &&
        (is_alone(before) || is_alone(row)))
        return refuse_pair(before, row, "are one module", err);
    return check_parent(m, row, err);
}

/* Each with the next one, in an order that brings together what collides. */
static int
check_neighbours(const stk_row **rows, size_t n,
                 int (*order)(const void *, const void *),
                 int (*check)(const stk_row *, const stk_row *, stk_error *),
                 stk_error *err)
{
    qsort((void *)rows, n, sizeof *rows, order);
    for (size_t i = 1; i < n; i++)
        if (check(rows[i - 1], rows[i], err) < 0)
            return -STK_E_INVALID;
    return 0;
}

int
stk_manifest_check_tree(stk_manifest *manifest, stk_error *err)
{
    for (size_t i = 0; i < manifest->n_rows; i++)
        if (check_names(manifest, i, err) < 0)
            return -STK_E_INVALID;
    if (check_neighbours(manifest->by_path, manifest->n_rows,
                         compare_folded_names, check_case, err) < 0)
        return -STK_E_INVALID;
    return check_neighbours(manifest->by_path, manifest->n_rows,
                            compare_folded_paths, check_paths, err);
}

int
stk_manifest_check_paths(const stk_row *rows, size_t n, stk_error *err)
{
    STK_CLEANUP(stk_freep)
    const stk_row **sorted = calloc(n + 1, sizeof *sorted);

    if (!sorted)
        return stk_error_memory(err);
    for (size_t i = 0; i < n; i++)
        sorted[i] = &rows[i];
    return check_neighbours(sorted, n, compare_folded_paths, check_paths, err);
}
