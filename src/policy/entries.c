/* SPDX-License-Identifier: Apache-2.0 */
/* One file through inih, its result compared with what the gate saw. */
#include "policy/entries.h"

#include <ini.h>
#include <string.h>

typedef struct feed {
    const stk_gate *gate;
    stk_arena *arena;
    stk_entry *items;
    const char *file;
    stk_complaints *all;
    size_t next;             /* the line that inih gets next */
    size_t answered;         /* 1 more than the line it last handed out */
    const stk_line *section; /* the last heading that it got */
    bool no_memory;
} feed;

static void
refuse_line(feed *f, size_t i)
{
    stk_complain(f->all, f->file, f->gate->lines[i].number, STK_E_INVALID,
                 "inih reads this line otherwise than it is written; "
                 "write it in plain ASCII without a comment");
}

static bool
is_same(const char *got, const char *wanted, size_t length)
{
    return strlen(got) == length && !memcmp(got, wanted, length);
}

/* Stands for fgets: one line at a time, without its end. */
static char *
read_line(char *buffer, int size, void *payload)
{
    feed *f = payload;
    const stk_line *line;

    if (f->next == f->gate->n)
        return NULL;
    line = &f->gate->lines[f->next++];
    if (size < 1 || line->length + 1 > (size_t)size) {
        refuse_line(f, f->next - 1);
        f->answered = f->next;
        buffer[0] = '\0';
        return buffer;
    }
    memcpy(buffer, line->text, line->length);
    buffer[line->length] = '\0';
    if (line->kind == STK_LINE_SECTION) {
        f->section = line;
        f->answered = f->next;
    }
    return buffer;
}

static int
take_entry(void *payload, const char *section, const char *key,
           const char *value)
{
    feed *f = payload;
    const stk_line *line = f->next ? &f->gate->lines[f->next - 1] : NULL;
    const char *name = f->section ? f->section->key : "";
    size_t length = f->section ? f->section->key_length : 0;

    if (!line || f->answered == f->next || line->kind != STK_LINE_ENTRY ||
        !key || !value || !is_same(section, name, length) ||
        !is_same(key, line->key, line->key_length) ||
        !is_same(value, line->value, line->value_length))
        return 0;
    f->answered = f->next;
    return 1;
}

/* What inih left out, or handed out wrong, is refused. */
static char *
next_line(char *buffer, int size, void *payload)
{
    feed *f = payload;

    if (f->next > 0 && f->answered != f->next)
        refuse_line(f, f->next - 1);
    return read_line(buffer, size, payload);
}

static bool
copy_items(feed *f)
{
    for (size_t i = 0; i < f->gate->n; i++) {
        const stk_line *line = &f->gate->lines[i];
        stk_entry *item = &f->items[i];

        item->line = line->number;
        item->key = stk_arena_copy(f->arena, line->key, line->key_length);
        if (line->kind == STK_LINE_ENTRY)
            item->value =
                stk_arena_copy(f->arena, line->value, line->value_length);
        if (!item->key || (line->kind == STK_LINE_ENTRY && !item->value))
            return false;
    }
    return true;
}

int
stk_entries_read(stk_entries *out, stk_arena *arena, const stk_gate *gate,
                 const char *file, stk_complaints *all)
{
    feed f = { .gate = gate, .arena = arena, .file = file, .all = all };

    f.items = stk_arena_take(arena, gate->n, sizeof *f.items);
    if (!f.items || !copy_items(&f))
        return -STK_E_MEMORY;
    ini_parse_stream(next_line, &f, take_entry, &f);
    if (f.next > 0 && f.answered != f.next)
        refuse_line(&f, f.next - 1);
    for (size_t i = f.next; i < gate->n; i++)
        refuse_line(&f, i);
    out->items = f.items;
    out->n = gate->n;
    return 0;
}
