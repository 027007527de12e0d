/* SPDX-License-Identifier: Apache-2.0 */
/* The last lines of the log, kept in memory. */
#include "guard/history.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct kept_line {
    char *text; /* owned; NULL: empty */
    size_t length;
    size_t room;
} kept_line;

struct stk_history {
    pthread_mutex_t lock;
    size_t next;
    kept_line lines[STK_GUARD_HISTORY];
};

/* A line may be a megabyte; a thousand of those are not kept. */
#define LINE_KEPT_MAX 8192u

stk_history *
stk_history_new(void)
{
    stk_history *history = calloc(1, sizeof *history);

    if (history)
        pthread_mutex_init(&history->lock, NULL);
    return history;
}

void
stk_history_free(stk_history *history)
{
    if (!history)
        return;
    for (size_t i = 0; i < STK_GUARD_HISTORY; i++)
        free(history->lines[i].text);
    pthread_mutex_destroy(&history->lock);
    free(history);
}

/* Lines are much alike: the room of an old one is good for a new one. */
static int
make_room(kept_line *slot, size_t size)
{
    if (slot->text && slot->room >= size)
        return 0;
    free(slot->text);
    slot->room = size + size / 4;
    slot->text = malloc(slot->room);
    return slot->text ? 0 : -1;
}

void
stk_history_add(void *payload, const char *line, size_t length)
{
    stk_history *history = payload;
    kept_line *slot;

    if (length > LINE_KEPT_MAX)
        return;
    pthread_mutex_lock(&history->lock);
    slot = &history->lines[history->next];
    if (make_room(slot, length + 1) == 0) {
        memcpy(slot->text, line, length);
        slot->text[length] = '\0';
        slot->length = length;
        history->next = (history->next + 1) % STK_GUARD_HISTORY;
    }
    pthread_mutex_unlock(&history->lock);
}

void
stk_history_each(stk_history *history, stk_line_fn each, void *payload)
{
    pthread_mutex_lock(&history->lock);
    for (size_t i = 0; i < STK_GUARD_HISTORY; i++) {
        const kept_line *line =
            &history->lines[(history->next + i) % STK_GUARD_HISTORY];

        if (line->text)
            each(payload, line->text, line->length);
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
