/* SPDX-License-Identifier: Apache-2.0 */
/* What a log says was needed, and where it came from. */
#include "guard/needs.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include <stockade/audit.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "policy/events.h"
#include "policy/name.h"

/* One reading of one log. */
typedef struct reading {
    stk_needs *out;
    stk_error *err;
    bool startup; /* the record at hand is of the interpreter's start */
    bool spared;  /* unknown code is spared there: CPython itself asked, or
                     the module was loaded */
    bool event;   /* what is added is an audit event */
} reading;

/* ---- the trees ------------------------------------------------------ */

static int
compare_tops(const void *a, const void *b)
{
    return strcmp(((const stk_top *)a)->label, ((const stk_top *)b)->label);
}

static int
compare_needs(const void *a, const void *b)
{
    const stk_need *x = a, *y = b;
    int r = strcmp(x->importer, y->importer);

    return r ? r : strcmp(x->name, y->name);
}

static void
free_top(void *pointer)
{
    stk_top *top = pointer;

    free(top->label);
    free(top->origin);
    free(top);
}

static void
free_need(void *pointer)
{
    stk_need *need = pointer;

    free(need->importer);
    free(need->name);
    free(need);
}

void
stk_needs_clear(stk_needs *needs)
{
    tdestroy(needs->tops, free_top);
    tdestroy(needs->needs, free_need);
    tdestroy(needs->events, free_need);
    *needs = (stk_needs)STK_NEEDS_INIT;
}

const stk_top *
stk_needs_top(const stk_needs *needs, const char *label)
{
    stk_top wanted = { (char *)label, NULL, 0 };
    void **found = tfind(&wanted, &needs->tops, compare_tops);

    return found ? *found : NULL;
}

typedef struct walk {
    stk_needs_fn each;
    void *payload;
    int result;
} walk;

static void
visit_item(const void *node, VISIT visit, void *payload)
{
    walk *w = payload;

    if ((visit == postorder || visit == leaf) && w->result == 0)
        w->result = w->each(w->payload, *(void *const *)node);
}

int
stk_needs_walk(const void *tree, stk_needs_fn each, void *payload)
{
    walk w = { each, payload, 0 };

    twalk_r(tree, visit_item, &w);
    return w.result;
}

/* ---- adding --------------------------------------------------------- */

static int
mark_top(reading *r, const char *label, unsigned flags, const char *origin)
{
    stk_top *top = (stk_top *)stk_needs_top(r->out, label);

    if (!top) {
        top = calloc(1, sizeof *top);
        if (!top)
            return stk_error_memory(r->err);
        top->label = stk_text_dup(label);
        if (!top->label || !tsearch(top, &r->out->tops, compare_tops)) {
            free_top(top);
            return stk_error_memory(r->err);
        }
    }
    top->flags |= flags;
    if (flags & STK_TOP_SHADOW && !top->origin && origin)
        top->origin = stk_text_dup(origin);
    return 0;
}

static int
add_need(reading *r, const char *importer, const char *name)
{
    void **tree = r->event ? &r->out->events : &r->out->needs;
    stk_need wanted = { (char *)importer, (char *)name, false };
    void **found = tfind(&wanted, tree, compare_needs);
    stk_need *need = found ? *found : NULL;

    if (need) {
        need->startup = need->startup && r->startup;
        return 0;
    }
    need = calloc(1, sizeof *need);
    if (!need)
        return stk_error_memory(r->err);
    need->importer = stk_text_dup(importer);
    need->name = stk_text_dup(name);
    need->startup = r->startup;
    if (need->importer && need->name && tsearch(need, tree, compare_needs))
        return 0;
    free_need(need);
    return stk_error_memory(r->err);
}

/* ---- one record ----------------------------------------------------- */

bool
stk_needs_is_probe(const char *name)
{
    static const char *const probes[] = { "java", "org", "tzdata", "vms_lib" };
    size_t n = strcspn(name, ".");

    for (size_t i = 0; i < sizeof probes / sizeof *probes; i++)
        if (strlen(probes[i]) == n && !memcmp(probes[i], name, n))
            return true;
    return false;
}

bool
stk_needs_label(char label[STK_LABEL_MAX + 1], const char *name)
{
    char pattern[STK_LABEL_MAX + 2];
    size_t n = strcspn(name, ".");
    stk_name parts;

    if (n > STK_LABEL_MAX || !stk_name_split(&parts, name))
        return false;
    memcpy(label, name, n);
    label[n] = '\0';
    return stk_needs_pattern(pattern, label);
}

bool
stk_needs_pattern(char pattern[STK_LABEL_MAX + 2], const char *label)
{
    size_t whole = strlen(label), n = whole;

    /* names come from a log: what is no identifier could be a rule */
    while (n > 0 && !stk_name_is_label(label, n))
        n--;
    if (n == 0)
        return false;
    memcpy(pattern, label, n);
    if (n < whole)
        pattern[n++] = '*';
    pattern[n] = '\0';
    return true;
}

/* A denial that is observed hides the outcome: what was found came from
 * somewhere. */
static bool
is_found(const stk_record *record)
{
    if (!record->outcome || strcmp(record->outcome, "would-refuse"))
        return !record->outcome || strcmp(record->outcome, "not-found");
    return record->origin || record->loader || record->cached || record->error;
}

static unsigned
record_flags(const stk_record *record, const char *label)
{
    const char *origin = record->origin;
    unsigned flags = 0;

    if (is_found(record))
        flags |= STK_TOP_FOUND;
    if (record->reason && !strcmp(record->reason, "shadowing"))
        return flags | STK_TOP_OWN | STK_TOP_SHADOW;
    if (!origin || !strchr(origin, '/') || stk_policy_in_stdlib(label))
        return flags;
    if (strstr(origin, "/site-packages/") || strstr(origin, "/dist-packages/"))
        return flags | STK_TOP_SITE;
    return flags | STK_TOP_OWN;
}

/* What the guard lets pass at start-up, whatever a rule says. */
static bool
is_startup_need(const reading *r, const char *importer, const char *name)
{
    return !stk_policy_in_stdlib(name) ||
           (*importer ? stk_policy_in_stdlib(importer) : r->spared);
}

/* Code that cannot be named is unknown code. */
static int
take_importer(reading *r, const char *importer, const char *name)
{
    char label[STK_LABEL_MAX + 1];

    if (!importer || !stk_needs_label(label, importer) ||
        !stk_name_is_label(label, strlen(label)))
        importer = "";
    if (r->startup && is_startup_need(r, importer, name))
        return 0;
    return add_need(r, importer, name);
}

static int
take_through(reading *r, const char *through, const char *name)
{
    STK_CLEANUP(stk_freep) char *words = stk_text_dup(through);
    char *at = NULL;

    if (!words)
        return stk_error_memory(r->err);
    for (char *word = strtok_r(words, " ", &at); word;
         word = strtok_r(NULL, " ", &at)) {
        int result = take_importer(r, word, name);

        if (result < 0)
            return result;
    }
    return 0;
}

static bool
is_attempt(const stk_record *record)
{
    return record->event && record->name &&
           (!strcmp(record->event, "import") ||
            !strcmp(record->event, "reload"));
}

/* An audit event that a rule can name. A variant is judged as the event. */
static bool
is_event(const stk_record *record)
{
    return record->event && record->verdict &&
           !stk_event_is_reserved(record->event) &&
           strlen(record->event) <= STK_LABEL_MAX;
}

static int
take_event(reading *r, const stk_record *record)
{
    char name[STK_NAME_MAX + 1];
    int result;

    stk_event_name(name, record->event);
    if (!stk_name_is_dotted(name, strlen(name)))
        return 0;
    r->event = true;
    r->startup = false;
    result = take_importer(r, record->importer, name);
    if (result == 0 && record->through)
        result = take_through(r, record->through, name);
    r->event = false;
    return result;
}

static int
take_record(reading *r, const stk_record *record)
{
    char label[STK_LABEL_MAX + 1];
    int result = 0;

    if (is_event(record))
        return take_event(r, record);
    if (!is_attempt(record))
        return 0;
    r->startup = record->reason && !strcmp(record->reason, "startup");
    r->spared = record->cached || !record->file;
    if (stk_needs_label(label, record->name))
        result =
            mark_top(r, label, record_flags(record, label), record->origin);
    if (result == 0)
        result = take_importer(r, record->importer, record->name);
    if (result == 0 && record->through)
        result = take_through(r, record->through, record->name);
    return result;
}

/* ---- the log -------------------------------------------------------- */

static void
reader_freep(stk_log_reader **reader)
{
    stk_log_reader_free(*reader);
}

int
stk_needs_read(stk_needs *out, const char *log, stk_error *err)
{
    STK_CLEANUP(reader_freep) stk_log_reader *reader = NULL;
    reading r = { out, err, false, false, false };
    stk_record record = STK_RECORD_INIT;
    int result = stk_log_reader_open(&reader, log, err);

    if (result < 0)
        return result;
    while ((result = stk_log_reader_next(reader, &record, err)) > 0) {
        result = take_record(&r, &record);
        if (result < 0)
            return result;
    }
    return result;
}
