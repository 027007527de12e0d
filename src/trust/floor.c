/* SPDX-License-Identifier: Apache-2.0 */
/* The state file: read strictly, merged under a lock, replaced whole. */
#include "trust/floor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/file.h"
#include "base/text.h"
#include "trust/comment.h"
#include "trust/number.h"
#include "trust/statekey.h"

#define HEADER    "stockade-state 1\n"
#define DAY       86400
#define LOCK_TRY  20000000L /* ns between two tries */
#define LOCK_MOST 100       /* tries: two seconds */

typedef struct entry {
    char *package; /* owned */
    uint64_t sequence;
    int64_t signed_at;
} entry;

typedef struct table {
    entry *entries; /* owned, sorted by package */
    size_t n;
} table;

struct stk_state {
    char *path;     /* NULL: nothing is kept */
    char *key_path; /* of the key that it is kept under, or NULL */
    bool require;
    bool missing;
    bool unsaved; /* the file does not have all that is known */
    bool locked;  /* by somebody who did not let go in time */
    table known;
    struct stat seen; /* the file that `known` was read from */
    char problem[STK_WHY_MAX];
};

static void
clear_table(table *t)
{
    for (size_t i = 0; i < t->n; i++)
        free(t->entries[i].package);
    free(t->entries);
    t->entries = NULL;
    t->n = 0;
}

/* The place of `package`, or where it would stand. */
static size_t
find(const table *t, const char *package, bool *found)
{
    size_t low = 0, high = t->n;

    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(t->entries[middle].package, package);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Raises or adds. Returns 0, or -1 when memory is out or the table full. */
static int
raise_entry(table *t, const char *package, uint64_t sequence,
            int64_t signed_at)
{
    bool found;
    size_t i = find(t, package, &found);
    entry *grown;

    if (!found) {
        if (t->n == STK_STATE_ENTRIES)
            return -1;
        grown = realloc(t->entries, (t->n + 1) * sizeof *grown);
        if (!grown)
            return -1;
        t->entries = grown;
        memmove(grown + i + 1, grown + i, (t->n - i) * sizeof *grown);
        grown[i] = (entry){ stk_text_dup(package), 0, 0 };
        t->n++;
        if (!grown[i].package) {
            memmove(grown + i, grown + i + 1, (--t->n - i) * sizeof *grown);
            return -1;
        }
    }
    if (sequence > t->entries[i].sequence)
        t->entries[i].sequence = sequence;
    if (signed_at > t->entries[i].signed_at)
        t->entries[i].signed_at = signed_at;
    return 0;
}

/* ---- reading -------------------------------------------------------- */

/* A number, then `after`. */
static bool
take_number(const char **at, const char *end, char after, uint64_t *out)
{
    const char *stop = memchr(*at, after, (size_t)(end - *at));

    if (!stop || !stk_number_read(out, *at, (size_t)(stop - *at)))
        return false;
    *at = stop + 1;
    return true;
}

/* One `PACKAGE SEQUENCE SIGNED`, after the ones in `t`. */
static bool
take_entry(table *t, const char **at, const char *end)
{
    const char *space = memchr(*at, ' ', (size_t)(end - *at));
    char package[STK_WORD_MAX];
    uint64_t sequence, signed_at;
    size_t length;

    if (!space || space == *at)
        return false;
    length = (size_t)(space - *at);
    if (length >= sizeof package || !stk_comment_is_word(*at, length))
        return false;
    memcpy(package, *at, length);
    package[length] = '\0';
    *at = space + 1;
    if (!take_number(at, end, ' ', &sequence) ||
        !take_number(at, end, '\n', &signed_at))
        return false;
    if (t->n && strcmp(t->entries[t->n - 1].package, package) >= 0)
        return false;
    return raise_entry(t, package, sequence, (int64_t)signed_at) == 0;
}

/* A file, taken apart. */
typedef struct content {
    table t;
    size_t told;     /* bytes that the MAC is of: all before its line */
    const char *mac; /* STK_STATEKEY_MAC - 1 digits in the text, or NULL */
} content;

/* Nothing, or `mac` and its digits, to the end. */
static bool
take_mac(content *c, const char *text, const char *at, const char *end)
{
    static const char word[] = "mac ";
    const size_t before = sizeof word - 1, digits = STK_STATEKEY_MAC - 1;

    c->told = (size_t)(at - text);
    if (at == end)
        return true;
    if ((size_t)(end - at) != before + digits + 1 ||
        memcmp(at, word, before) != 0 || end[-1] != '\n')
        return false;
    c->mac = at + before;
    return true;
}

static bool
parse(content *c, const char *text, size_t length)
{
    table *t = &c->t;
    const size_t header = sizeof HEADER - 1;
    const char *at = text + header, *end = text + length;
    uint64_t count;

    if (length < header || memcmp(text, HEADER, header))
        return false;
    /* a package may be called "end", too: then it has two numbers */
    for (;;) {
        const char *line = at;

        if (end - at > 4 && !memcmp(at, "end ", 4)) {
            at += 4;
            if (take_number(&at, end, '\n', &count))
                return count == t->n && take_mac(c, text, at, end);
            at = line;
        }
        if (!take_entry(t, &at, end))
            return false;
    }
}

bool
stk_state_parse(const char *text, size_t length, char *why, size_t size)
{
    content c = { 0 };
    bool good = parse(&c, text, length);

    if (!good)
        snprintf(why, size, "is damaged: it is no stockade-state 1");
    clear_table(&c.t);
    return good;
}

/* ---- the file ------------------------------------------------------- */

static int
problem(stk_state *state, const char *what)
{
    snprintf(state->problem, sizeof state->problem, "%.*s",
             (int)sizeof state->problem - 1, what);
    return -1;
}

/* Who may write to it decides what it says. */
static int
check_safe(stk_state *state, const stk_file *file)
{
    STK_CLEANUP(stk_freep) char *folder = stk_path_folder(state->path);
    struct stat st;

    if (file->owner != geteuid() && file->owner != 0)
        return problem(state, "belongs to another user");
    if (file->mode & 022)
        return problem(state, "is writable by others; run chmod go-w");
    if (!folder || stat(folder, &st) < 0)
        return problem(state, "is in a folder that cannot be looked at");
    if ((st.st_mode & S_IWOTH) && !(st.st_mode & S_ISVTX))
        return problem(state, "is in a folder that anybody can write to");
    return 0;
}

/* Who cannot read the key can put nothing there that is believed. */
static int
check_mac(stk_state *state, const content *c, const char *text)
{
    unsigned char key[STK_STATEKEY_BYTES];
    char mac[STK_STATEKEY_MAC], why[STK_WHY_MAX];
    int found;

    if (!state->key_path)
        return c->mac ? problem(state, "is kept under a key, and [signing] "
                                       "names no state_key")
                      : 0;
    found = stk_statekey_read(key, state->key_path, why, sizeof why);
    if (found < 0)
        return problem(state, why);
    if (found == 0)
        return problem(state, "is there, and the key that state_key names is "
                              "not");
    stk_statekey_mac(mac, key, text, c->told);
    sodium_memzero(key, sizeof key);
    if (c->mac && !sodium_memcmp(c->mac, mac, sizeof mac - 1))
        return 0;
    return problem(state, c->mac ? "was changed: its MAC is not of the key "
                                   "that state_key names"
                                 : "has no MAC of the key that state_key "
                                   "names");
}

static int
merge_content(stk_state *state, const content *now)
{
    for (size_t i = 0; i < now->t.n; i++) {
        const entry *e = &now->t.entries[i];

        if (raise_entry(&state->known, e->package, e->sequence, e->signed_at) <
            0)
            return problem(state, "holds too many packages");
    }
    return 0;
}

/* Reads what is there now over what is known: neither goes back. */
static int
merge_file(stk_state *state)
{
    STK_CLEANUP(stk_file_clear) stk_file file = { NULL, 0, 0, 0 };
    stk_error err = STK_ERROR_INIT;
    content now = { 0 };
    int failed;

    state->problem[0] = '\0';
    state->missing = false;
    if (stk_file_read(&file, state->path, STK_STATE_MAX, &err) < 0) {
        state->missing = err.sys_errno == ENOENT;
        return state->missing ? 0 : problem(state, err.message);
    }
    if (check_safe(state, &file) < 0)
        return -1;
    if (!parse(&now, file.data, file.length))
        failed = problem(state, "is damaged: it is no stockade-state 1");
    else
        failed = check_mac(state, &now, file.data);
    if (!failed)
        failed = merge_content(state, &now);
    clear_table(&now.t);
    return failed;
}

/* Another process may have raised a floor since. */
static void
refresh(stk_state *state)
{
    struct stat st;

    if (!state->path)
        return;
    memset(&st, 0, sizeof st);
    if (stat(state->path, &st) == 0 &&
        stk_stat_is_unchanged(&st, &state->seen))
        return;
    state->seen = st;
    merge_file(state);
}

static void
free_statep(stk_state **state)
{
    stk_state_free(*state);
}

int
stk_state_open(stk_state **out, const stk_state_place *place, stk_error *err)
{
    STK_CLEANUP(free_statep) stk_state *state = calloc(1, sizeof *state);

    if (!state)
        return stk_error_memory(err);
    state->require = place->require;
    if (place->path && !(state->path = stk_text_dup(place->path)))
        return stk_error_memory(err);
    if (place->key && !(state->key_path = stk_text_dup(place->key)))
        return stk_error_memory(err);
    state->missing = true;
    refresh(state);
    *out = STK_STEAL(state);
    return 0;
}

void
stk_state_free(stk_state *state)
{
    if (!state)
        return;
    clear_table(&state->known);
    free(state->path);
    free(state->key_path);
    free(state);
}

/* ---- asking --------------------------------------------------------- */

static enum stk_trust
check_state(stk_state *state, char *why, size_t size)
{
    if (state->problem[0])
        snprintf(why, size, "the state file %s %s", state->path,
                 state->problem);
    else if (state->require && !state->path)
        snprintf(why, size,
                 "require_state = yes, but [signing] names no state file");
    else if (state->require && state->missing)
        snprintf(why, size,
                 "the state file %s is missing, and require_state = yes; "
                 "make it with: stockade verify --accept --policy POLICY "
                 "PATH...",
                 state->path);
    else
        return STK_TRUST_OK;
    return STK_TRUST_STATE;
}

enum stk_trust
stk_floor_check(stk_state *state, const char *package, uint64_t sequence,
                uint64_t written, char *why, size_t size)
{
    uint64_t kept = 0, floor;
    bool found;
    size_t i;

    refresh(state);
    why[0] = '\0';
    if (check_state(state, why, size) != STK_TRUST_OK)
        return STK_TRUST_STATE;
    i = find(&state->known, package, &found);
    if (found)
        kept = state->known.entries[i].sequence;
    floor = kept > written ? kept : written;
    if (sequence < floor) {
        snprintf(why, size,
                 "sequence %" PRIu64 " of %s is older than %" PRIu64
                 ", which %s; get a release from there on",
                 sequence, package, floor,
                 kept > written ? "was accepted before"
                                : "the policy's floor demands");
        return STK_TRUST_ROLLBACK;
    }
    if (floor && sequence - floor > STK_SEQUENCE_JUMP) {
        snprintf(why, size,
                 "sequence %" PRIu64 " of %s is more than %u ahead of "
                 "%" PRIu64 "; where that is meant, write a floor for it "
                 "under [signing]",
                 sequence, package, STK_SEQUENCE_JUMP, floor);
        return STK_TRUST_JUMP;
    }
    return STK_TRUST_OK;
}

int64_t
stk_floor_clock(const stk_state *state)
{
    int64_t latest = 0;

    for (size_t i = 0; i < state->known.n; i++)
        if (state->known.entries[i].signed_at > latest)
            latest = state->known.entries[i].signed_at;
    return latest;
}

/* ---- raising -------------------------------------------------------- */

static int
fail(const stk_state *state, int sys_errno, const char *what, stk_error *err)
{
    if (sys_errno)
        stk_error_set_errno(err, STK_E_IO, sys_errno, "%s", what);
    else
        stk_error_set(err, STK_E_IO, "%s", what);
    stk_error_at(err, state->path, 0);
    return -STK_E_IO;
}

/* Returns an owned descriptor that holds the lock, or negative. */
static int
take_lock(stk_state *state, stk_error *err)
{
    STK_CLEANUP(stk_freep)
    char *path = stk_text_printf("%s.lock", state->path);
    struct timespec pause = { 0, LOCK_TRY };
    int fd, tries = 0;

    if (!path)
        return stk_error_memory(err);
    fd =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600);
    if (fd < 0)
        return fail(state, errno, "cannot lock", err);
    /* not for ever: an import waits for it; and not each of them, where one
     * has waited in vain */
    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || state->locked ||
            ++tries == LOCK_MOST) {
            int sys_errno = errno;

            state->locked = sys_errno == EWOULDBLOCK;
            close(fd);
            return fail(state, sys_errno, "cannot lock", err);
        }
        nanosleep(&pause, NULL);
    }
    state->locked = false;
    return fd;
}

/* The key is made with the first state: one that is there already must have
 * been under a key that is lost. */
static int
put_mac(const stk_state *state, stk_buffer *text, stk_error *err)
{
    unsigned char key[STK_STATEKEY_BYTES];
    char mac[STK_STATEKEY_MAC], why[STK_WHY_MAX];
    int found;

    if (!state->key_path || text->failed)
        return 0;
    found = stk_statekey_read(key, state->key_path, why, sizeof why);
    if (found == 0)
        found = stk_statekey_make(key, state->key_path, why, sizeof why);
    if (found < 0)
        return fail(state, 0, why, err);
    stk_statekey_mac(mac, key, text->data, text->length);
    sodium_memzero(key, sizeof key);
    stk_buffer_printf(text, "mac %s\n", mac);
    return 0;
}

static int
write_table(const stk_state *state, stk_error *err)
{
    stk_buffer text = STK_BUFFER_INIT(STK_STATE_MAX);
    int failed;

    stk_buffer_puts(&text, HEADER);
    for (size_t i = 0; i < state->known.n; i++)
        stk_buffer_printf(&text, "%s %" PRIu64 " %" PRId64 "\n",
                          state->known.entries[i].package,
                          state->known.entries[i].sequence,
                          state->known.entries[i].signed_at);
    stk_buffer_printf(&text, "end %zu\n", state->known.n);
    failed = put_mac(state, &text, err);
    if (!failed)
        failed = stk_buffer_check(&text, err);
    if (!failed)
        failed =
            stk_file_replace(state->path, text.data, text.length, 0644, err);
    stk_buffer_clear(&text);
    return failed;
}

static bool
is_news(const stk_state *state, const char *package, uint64_t sequence,
        int64_t signed_at)
{
    bool found;
    size_t i = find(&state->known, package, &found);

    return !found || state->unsaved || (state->path && state->missing) ||
           sequence > state->known.entries[i].sequence ||
           signed_at - state->known.entries[i].signed_at >= DAY;
}

int
stk_floor_raise(stk_state *state, const char *package, uint64_t sequence,
                int64_t signed_at, stk_error *err)
{
    STK_CLEANUP(stk_closep) int lock = -1;
    size_t length = strlen(package);
    int failed;

    if (!length || length >= STK_WORD_MAX ||
        !stk_comment_is_word(package, length) || sequence > INT64_MAX ||
        signed_at < 0)
        return stk_error_set(err, STK_E_INVALID, "no package of a state");
    if (!is_news(state, package, sequence, signed_at))
        return 0;
    if (state->path) {
        state->unsaved = true; /* until it was written: asked again, it is
                                  tried again */
        lock = take_lock(state, err);
        if (lock < 0)
            return lock;
        if (merge_file(state) < 0)
            return fail(state, 0, state->problem, err);
    }
    if (raise_entry(&state->known, package, sequence, signed_at) < 0)
        return stk_error_set(err, STK_E_LIMIT,
                             "a state holds at most %u packages",
                             STK_STATE_ENTRIES);
    if (!state->path)
        return 0;
    failed = write_table(state, err);
    if (failed)
        return failed;
    state->unsaved = false;
    refresh(state);
    return 0;
}
