/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last records of the log, kept in memory: the lines where there are
 * lines, and where nobody else wants one, what they are made of.
 */
#include "guard/history.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "audit/copy.h"

enum slot_kind { SLOT_EMPTY, SLOT_LINE, SLOT_RECORD };

typedef struct history_slot {
    enum slot_kind kind;
    char *text; /* NULL or `room` bytes; owned, unless in the arena */
    size_t length;
    size_t room;
    bool in_arena;
} history_slot;

struct stk_history {
    pthread_mutex_t lock;
    size_t next;
    size_t begun; /* slots that were ever used: no other is touched */
    char *arena;  /* owned; USUAL_RECORD for each slot, or NULL */
    history_slot slots[STK_GUARD_HISTORY];
};

/* What most records take: of a thousand, memory is asked for once. */
#define USUAL_RECORD ((sizeof(stk_record) + 320u) / 16 * 16)

/* A line may be a megabyte; neither a thousand of those are kept, nor a
 * thousand records that would make such. */
#define LINE_KEPT_MAX 8192u

stk_history *
stk_history_new(void)
{
    stk_history *history = malloc(sizeof *history);

    if (!history)
        return NULL;
    pthread_mutex_init(&history->lock, NULL);
    history->next = history->begun = 0;
    history->arena = NULL;
    return history;
}

static void
free_room(history_slot *slot)
{
    if (!slot->in_arena)
        free(slot->text);
    slot->text = NULL;
    slot->in_arena = false;
}

void
stk_history_free(stk_history *history)
{
    if (!history)
        return;
    for (size_t i = 0; i < history->begun; i++)
        free_room(&history->slots[i]);
    free(history->arena);
    pthread_mutex_destroy(&history->lock);
    free(history);
}

/* Lines are much alike: the room of an old one is good for a new one. */
static int
make_room(history_slot *slot, size_t size)
{
    if (slot->text && slot->room >= size)
        return 0;
    free_room(slot);
    slot->room = size + size / 4;
    slot->text = malloc(slot->room);
    return slot->text ? 0 : -1;
}

static history_slot *
next_slot(stk_history *history)
{
    history_slot *slot = &history->slots[history->next];

    if (history->next == history->begun) {
        *slot = (history_slot){ .kind = SLOT_EMPTY };
        history->begun++;
    }
    return slot;
}

static void
fill_slot(stk_history *history, enum slot_kind kind)
{
    history->slots[history->next].kind = kind;
    if (kind != SLOT_EMPTY)
        history->next = (history->next + 1) % STK_GUARD_HISTORY;
}

void
stk_history_add(void *payload, const char *line, size_t length)
{
    stk_history *history = payload;
    enum slot_kind kind = SLOT_EMPTY;
    history_slot *slot;

    if (length > LINE_KEPT_MAX)
        return;
    pthread_mutex_lock(&history->lock);
    slot = next_slot(history);
    if (make_room(slot, length + 1) == 0) {
        memcpy(slot->text, line, length);
        slot->text[length] = '\0';
        slot->length = length;
        kind = SLOT_LINE;
    }
    fill_slot(history, kind);
    pthread_mutex_unlock(&history->lock);
}

/* With so few bytes of texts a line stays below LINE_KEPT_MAX, even when
 * each is escaped to six. */
#define SHORT_RECORD (sizeof(stk_record) + 1024u)

static bool
makes_long_line(const stk_record *record)
{
    char nothing[1];

    return stk_record_format(record, nothing, sizeof nothing) > LINE_KEPT_MAX;
}

/* The slot's own piece of the arena, which it has until it needs more. */
static bool
take_room(stk_history *history, history_slot *slot)
{
    size_t at = (size_t)(slot - history->slots) * USUAL_RECORD;

    if (!history->arena)
        history->arena = malloc(STK_GUARD_HISTORY * USUAL_RECORD);
    if (!history->arena)
        return false;
    slot->text = history->arena + at;
    slot->room = USUAL_RECORD;
    slot->in_arena = true;
    return true;
}

/* Without measuring it first, which takes half as long again. */
static bool
copy_short(stk_history *history, history_slot *slot, const stk_record *record)
{
    size_t size;

    if (!slot->text && !take_room(history, slot))
        return false;
    size = slot->room < SHORT_RECORD ? slot->room : SHORT_RECORD;
    return stk_record_copy(slot->text, size, record);
}

/* Of any length. */
static bool
copy_any(history_slot *slot, const stk_record *record)
{
    size_t size = stk_record_copy_size(record);

    if (size > SHORT_RECORD && makes_long_line(record))
        return false;
    return make_room(slot, size) == 0 &&
           stk_record_copy(slot->text, size, record);
}

void
stk_history_keep(void *payload, const stk_record *record)
{
    stk_history *history = payload;
    enum slot_kind kind = SLOT_EMPTY;
    history_slot *slot;

    pthread_mutex_lock(&history->lock);
    slot = next_slot(history);
    if (copy_short(history, slot, record) || copy_any(slot, record))
        kind = SLOT_RECORD;
    fill_slot(history, kind);
    pthread_mutex_unlock(&history->lock);
}

static void
give_record(const history_slot *slot, stk_line_fn each, void *payload)
{
    const void *record = slot->text;
    char text[LINE_KEPT_MAX + 1];
    size_t length = stk_record_format(record, text, sizeof text);

    if (length < sizeof text)
        each(payload, text, length);
}

void
stk_history_each(stk_history *history, stk_line_fn each, void *payload)
{
    pthread_mutex_lock(&history->lock);
    for (size_t i = 0; i < STK_GUARD_HISTORY; i++) {
        size_t at = (history->next + i) % STK_GUARD_HISTORY;
        const history_slot *slot = &history->slots[at];

        if (at >= history->begun)
            continue;
        if (slot->kind == SLOT_LINE)
            each(payload, slot->text, slot->length);
        else if (slot->kind == SLOT_RECORD)
            give_record(slot, each, payload);
    }
    pthread_mutex_unlock(&history->lock);
}

void
stk_history_hold(stk_history *history)
{
    pthread_mutex_lock(&history->lock);
}

void
stk_history_release(stk_history *history)
{
    pthread_mutex_unlock(&history->lock);
}
