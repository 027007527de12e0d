/* SPDX-License-Identifier: Apache-2.0 */
/* One audit event that the policy has a rule for. */
#include "python/layers/event.h"

#include <string.h>

#include "base/clock.h"
#include "python/asks/asker.h"
#include "python/asks/frame.h"
#include "python/asks/planted.h"
#include "python/attempt/denied.h"
#include "python/layers/harmless.h"
#include "python/layers/layers.h"
#include "python/object/name.h"

/* More than any process comes to; then all are written again. */
#define SEEN_MAX 65536

#define WORDS_MAX 4u

#if STK_TELLS_UNMARSHALLED
#define UNMARSHALLED "load", "loads"
#else
#define UNMARSHALLED NULL, NULL
#endif

/* ---- introspection ---------------------------------------------------- */

/* How code spells what fires the event; NULL for the name of the attribute
 * in its arguments. */
static const struct {
    const char *event, *words[WORDS_MAX];
} spellings[] = {
    { "builtins.breakpoint", { "breakpoint", NULL } },
    { "code.__new__", { "replace", "CodeType", UNMARSHALLED } },
    { "function.__new__", { "FunctionType", NULL } },
    { "gc.get_objects", { "get_objects", NULL } },
    { "gc.get_referents", { "get_referents", NULL } },
    { "gc.get_referrers", { "get_referrers", NULL } },
    { "object.__delattr__", { NULL, NULL } },
    { "object.__getattr__", { NULL, NULL } },
    { "object.__setattr__", { NULL, NULL } },
    { "sys._current_exceptions", { "_current_exceptions", NULL } },
    { "sys._current_frames", { "_current_frames", NULL } },
    { "sys._getframe", { "_getframe", NULL } },
    { "sys.addaudithook", { "addaudithook", NULL } },
    { "sys.monitoring.register_callback", { "register_callback", NULL } },
    { "sys.setprofile", { "setprofile", "_setprofile" } },
    { "sys.settrace", { "settrace", "_settrace" } },
};

#define N_SPELLINGS (sizeof spellings / sizeof *spellings)

/* The attribute of object.__getattr__(object, name). */
static const char *
attribute_of(PyObject *args)
{
    PyObject *name = args && PyTuple_Check(args) && PyTuple_GET_SIZE(args) > 1
                         ? PyTuple_GET_ITEM(args, 1)
                         : NULL;
    const char *text =
        name && PyUnicode_CheckExact(name) ? PyUnicode_AsUTF8(name) : NULL;

    if (!text)
        PyErr_Clear();
    return text;
}

/* Fills `words` with what the code that fires it must say; false for an
 * event that is judged for everybody on the stack. */
static bool
find_words(const char *words[WORDS_MAX], const char *event, PyObject *args)
{
    for (size_t i = 0; i < N_SPELLINGS; i++) {
        if (strcmp(event, spellings[i].event))
            continue;
        for (size_t j = 0; j < WORDS_MAX; j++)
            words[j] = spellings[i].words[j];
        if (!words[0])
            words[0] = attribute_of(args);
        return words[0] != NULL;
    }
    return false;
}

/* ---- who -------------------------------------------------------------- */

/* A path hook that is os.system runs for whoever has put it there, whatever
 * the code spells that imports. */
static void
ask_event(stk_asker *out, const stk_interp *state, const char *event,
          PyObject *args)
{
    const char *words[WORDS_MAX] = { NULL };
    bool planted =
        !stk_event_is_importing(event) && stk_planted_asks(state, NULL);

    if (planted || !find_words(words, event, args) ||
        !stk_asker_own(out, state, words, WORDS_MAX))
        stk_asker_event(out, state);
    if (planted)
        stk_asker_add(out, 0);
}

/* CPython itself does, with nobody's code running: it starts the program,
 * reports what went wrong, ends. */
static bool
is_interpreters(const char *event)
{
    static const char *const own[] = {
        "code.__new__", "compile",        "exec",
        "marshal.load", "marshal.loads",  "object.__getattr__",
        "open",         "sys.excepthook", "sys.unraisablehook"
    };

    return !strncmp(event, "cpython.", 8) ||
           stk_event_is_one_of(event, own, sizeof own / sizeof *own);
}

static bool
is_nobody(const stk_asker *asker)
{
    return asker->n == 1 && !asker->importers[0].name &&
           asker->importers[0].flags == 0;
}

/*
 * No code of anybody's is on the stack: a function of CPython's that was
 * handed to atexit, say. Of an embedding program it may be its own call.
 */
static void
bind_nobody(stk_asker *asker, const stk_interp *state, const char *event)
{
    if (!is_nobody(asker) || stk_process_embedded() || !state->program_began ||
        is_interpreters(event))
        return;
    asker->numbers[0] = 0;
    asker->importers[0] = stk_importer_get(0);
}

/* ---- the judgement ---------------------------------------------------- */

/* Whom the decision is about comes first, where records name the importer. */
static void
put_first(stk_asker *asker, stk_judgement *judgement)
{
    size_t by = judgement->by;
    stk_importer importer = asker->importers[by];
    uint32_t number = asker->numbers[by];

    memmove(asker->importers + 1, asker->importers,
            by * sizeof *asker->importers);
    memmove(asker->numbers + 1, asker->numbers, by * sizeof *asker->numbers);
    asker->importers[0] = importer;
    asker->numbers[0] = number;
    judgement->by = 0;
}

/* A rule decided, or the second policy has something to say. */
static bool
is_told(const stk_judgement *judgement)
{
    enum stk_reason reason = judgement->decision.reason;

    return judgement->decision.verdict == STK_DENY ||
           reason == STK_REASON_RULE || reason == STK_REASON_IMPORTER ||
           (judgement->has_observed && judgement->observed_rule.file);
}

/* (event, everybody who fires it) as one key, for `cached = first`. */
static int
is_repeat(stk_interp *state, const char *event, const stk_asker *asker)
{
    PyObject *key =
        Py_BuildValue("(sy#)", event, (const char *)asker->numbers,
                      (Py_ssize_t)(asker->n * sizeof *asker->numbers));
    int known = key ? PySet_Contains(state->events_seen, key) : -1;

    if (known == 0 && PySet_GET_SIZE(state->events_seen) > SEEN_MAX &&
        PySet_Clear(state->events_seen) < 0)
        known = -1;
    if (known == 0 && PySet_Add(state->events_seen, key) < 0)
        known = -1;
    Py_XDECREF(key);
    return known;
}

/* 1 to write it, 0 for a repeat that is counted, or -1. */
static int
must_record(stk_interp *state, const char *event, const stk_asker *asker,
            const stk_judgement *judgement)
{
    int known;

    if (judgement->decision.verdict == STK_DENY ||
        stk_policy_cached(judgement->policy) == STK_CACHED_ALL)
        return 1;
    if (stk_policy_cached(judgement->policy) == STK_CACHED_NONE)
        return 0;
    known = is_repeat(state, event, asker);
    return known < 0 ? -1 : !known;
}

typedef struct judged {
    stk_interp *state;
    const char *event;
    stk_attempt attempt;
    stk_asker *asker;
    stk_judgement judgement;
    uint64_t began;
} judged;

static int
write_record(judged *j)
{
    stk_circumstances circumstances = { .event = j->event, .outcome = "done" };
    PyFrameObject *asking = stk_frame_asking(j->state);
    stk_utf8 file = { NULL, NULL };
    stk_error err = STK_ERROR_INIT;
    int result = stk_asker_place(&file, &circumstances.line, asking);

    Py_XDECREF(asking);
    if (result < 0)
        return -1;
    circumstances.file = file.text;
    circumstances.ns = stk_clock_monotonic_ns() - j->began;
    result = stk_guard_record(stk_process_guard(), &j->attempt, &j->judgement,
                              &circumstances, &err);
    stk_utf8_clear(&file);
    if (result == 0)
        return 0;
    j->judgement.decision.verdict = STK_DENY;
    j->judgement.decision.reason = STK_REASON_AUDIT;
    return stk_denied_raise_event(j->state, j->event, j->asker->importers,
                                  &j->judgement, err.message);
}

/* Each denial is recorded before it is raised. */
static int
settle(judged *j)
{
    int result;

    if (!is_told(&j->judgement))
        return 0;
    put_first(j->asker, &j->judgement);
    result = must_record(j->state, j->event, j->asker, &j->judgement);
    if (result == 0)
        stk_guard_count_repeat(stk_process_guard());
    if (result > 0)
        result = write_record(j);
    if (result < 0 || !j->judgement.refuse)
        return result;
    return stk_denied_raise_event(j->state, j->event, j->asker->importers,
                                  &j->judgement, NULL);
}

static int
judge_event(stk_interp *state, const char *event, PyObject *args)
{
    stk_asker asker;
    judged j = { .state = state, .event = event, .asker = &asker };
    int result;

    j.began = stk_clock_monotonic_ns();
    ask_event(&asker, state, event, args);
    bind_nobody(&asker, state, event);
    if (is_nobody(&asker))
        return 0;
    j.attempt =
        (stk_attempt){ event, asker.importers, asker.n, STK_REQUEST_EVENT };
    stk_guard_judge(stk_process_guard(), &j.attempt, &j.judgement);
    result = settle(&j);
    stk_judgement_clear(&j.judgement);
    return result;
}

/* What the guard does while it judges raises events, too. */
static _Thread_local bool judging;

int
stk_event_see(const char *event, PyObject *args)
{
    stk_interp *state;
    int result;

    if (judging || !PyThreadState_GetUnchecked())
        return 0;
    state = stk_interp_find();
    if (!state || !state->attached || state->phase == STK_PHASE_STARTUP ||
        stk_event_is_harmless(state, event, args))
        return 0;
    judging = true;
    result = judge_event(state, event, args);
    judging = false;
    return result;
}
