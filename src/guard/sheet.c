/* SPDX-License-Identifier: Apache-2.0 */
/* A policy text under construction: lines under headings, sorted. */
#include "guard/sheet.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "policy/gate.h"

#define COMMENTS "" /* the heading of what is no section */

typedef struct sheet_line {
    char *heading, *key, *line; /* owned */
    const char *note;           /* borrowed, or NULL */
} sheet_line;

struct stk_sheet {
    void *entries; /* a tree of sheet_line, tsearch(3) */
};

/* ---- order ---------------------------------------------------------- */

/* The order in which a reader meets the sections. */
static int
heading_rank(const char *heading)
{
    static const char *const first[] = { COMMENTS, "stockade", "group ",
                                         "forbidden", "modules" };
    int rank = 0;

    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        if (!strncmp(heading, first[i], strlen(first[i])))
            rank = (int)i;
    return rank;
}

static int
compare_entries(const void *a, const void *b)
{
    const sheet_line *x = a, *y = b;
    int r = heading_rank(x->heading) - heading_rank(y->heading);

    if (r == 0)
        r = strcmp(x->heading, y->heading);
    return r ? r : strcmp(x->key, y->key);
}

/* ---- life ----------------------------------------------------------- */

stk_sheet *
stk_sheet_new(void)
{
    return calloc(1, sizeof(stk_sheet));
}

static void
free_entry(void *pointer)
{
    sheet_line *e = pointer;

    free(e->heading);
    free(e->key);
    free(e->line);
    free(e);
}

void
stk_sheet_free(stk_sheet *sheet)
{
    if (!sheet)
        return;
    tdestroy(sheet->entries, free_entry);
    free(sheet);
}

void
stk_sheet_freep(stk_sheet **sheet)
{
    stk_sheet_free(*sheet);
    *sheet = NULL;
}

/* ---- filling -------------------------------------------------------- */

static void **
find_entry(const stk_sheet *sheet, const char *heading, const char *key)
{
    sheet_line wanted = { (char *)heading, (char *)key, NULL, NULL };

    return tfind(&wanted, &sheet->entries, compare_entries);
}

bool
stk_sheet_has(const stk_sheet *sheet, const char *heading, const char *key)
{
    return find_entry(sheet, heading, key) != NULL;
}

int
stk_sheet_put(stk_sheet *sheet, const char *heading, const char *key,
              const char *line, stk_error *err)
{
    sheet_line *e;

    if (stk_sheet_has(sheet, heading, key))
        return 0;
    e = calloc(1, sizeof *e);
    if (!e)
        return stk_error_memory(err);
    e->heading = stk_text_dup(heading);
    e->key = stk_text_dup(key);
    e->line = stk_text_dup(line);
    if (e->heading && e->key && e->line &&
        tsearch(e, &sheet->entries, compare_entries))
        return 0;
    free_entry(e);
    return stk_error_memory(err);
}

int
stk_sheet_set(stk_sheet *sheet, const char *heading, const char *key,
              const char *value, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *line = stk_text_printf("%s = %s", key, value);

    if (!line)
        return stk_error_memory(err);
    return stk_sheet_put(sheet, heading, key, line, err);
}

int
stk_sheet_set_words(stk_sheet *sheet, const char *heading, const char *key,
                    const char *words, stk_error *err)
{
    STK_CLEANUP(stk_freep) char *copy = stk_text_dup(words);
    char *at = NULL;
    int r = copy ? 0 : stk_error_memory(err);

    for (char *word = copy ? strtok_r(copy, ", ", &at) : NULL; word && r == 0;
         word = strtok_r(NULL, ", ", &at)) {
        STK_CLEANUP(stk_freep)
        char *line = stk_text_printf("%s = %s", key, word);
        STK_CLEANUP(stk_freep)
        char *order = stk_text_printf("%s %s", key, word);

        if (!line || !order)
            return stk_error_memory(err);
        r = stk_sheet_put(sheet, heading, order, line, err);
    }
    return r;
}

void
stk_sheet_note(stk_sheet *sheet, const char *heading, const char *key,
               const char *note)
{
    void **found = find_entry(sheet, heading, key);
    sheet_line *e = found ? *found : NULL;

    if (e && strlen(e->line) + strlen(note) + 4 <= STK_LINE_LENGTH_MAX)
        e->note = note;
}

/* ---- printing ------------------------------------------------------- */

typedef struct printing {
    stk_buffer text;
    const char *heading; /* of the line before */
} printing;

static void
print_entry(const void *node, VISIT visit, void *payload)
{
    const sheet_line *e = *(sheet_line *const *)node;
    printing *p = payload;

    if (visit != postorder && visit != leaf)
        return;
    if (strcmp(e->heading, p->heading)) {
        stk_buffer_printf(&p->text, "\n[%s]\n", e->heading);
        p->heading = e->heading;
    }
    if (!*e->heading)
        stk_buffer_puts(&p->text, "; ");
    stk_buffer_puts(&p->text, e->line);
    if (e->note)
        stk_buffer_printf(&p->text, "  ; %s", e->note);
    stk_buffer_puts(&p->text, "\n");
}

int
stk_sheet_print(char **out, const stk_sheet *sheet, stk_error *err)
{
    printing p = { STK_BUFFER_INIT(STK_FILE_SIZE_MAX), COMMENTS };
    int r;

    twalk_r(sheet->entries, print_entry, &p);
    r = stk_buffer_check(&p.text, err);
    if (r == 0)
        *out = stk_buffer_steal(&p.text);
    stk_buffer_clear(&p.text);
    return r;
}
