/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: the importers on the stack that must all be allowed. */
#include "python/asks/asker.h"

#include <string.h>

#include "policy/name.h"
#include "python/asks/frame.h"
#include "python/asks/home.h"
#include "python/asks/initial.h"
#include "python/asks/mark.h"
#include "python/asks/native.h"
#include "python/asks/own.h"
#include "python/asks/planted.h"
#include "python/asks/tag.h"
#include "python/asks/traced.h"
#include "python/attempt/attempt.h"
#include "python/attempt/open.h"
#include "python/later/hooked.h"
#include "python/object/name.h"

/* ---- who asks -------------------------------------------------------- */

/* A standard-library package looks a module of its own up by a name that
 * somebody gave it: encodings does, for whoever decodes. C functions look
 * their own package up, as those of re do. What sysconfig looks up has the
 * name of the platform. */
static bool
is_own_lookup(uint32_t importer, const char *name)
{
    const char *own = stk_importer_get(importer).name;

    if (own && !strcmp(own, "sysconfig"))
        return stk_name_is_sysconfigs(name);
    return own && stk_importer_in_stdlib(importer) &&
           stk_name_same_top(own, name);
}

static bool
is_native_of_library(const stk_interp *state, PyFrameObject *frame,
                     uint32_t importer, const char *name)
{
    return stk_importer_in_stdlib(importer) &&
           stk_native_importer(state, frame, name, true) != 0;
}

static bool
is_body(stk_code_tag tag)
{
    return tag.kind == STK_CODE_BODY || tag.kind == STK_CODE_RELOADED;
}

/*
 * A library's own business: it imports what its own statement says, or looks
 * a module of its own up. A body that somebody executes once more, in a
 * namespace of his, is no library's business.
 */
static bool
stands_alone(const stk_interp *state, PyFrameObject *frame, stk_code_tag tag,
             bool executes, const char *name)
{
    const char *own = stk_importer_get(tag.importer).name;

    if (tag.importer == 0 || (is_body(tag) && !executes))
        return false;
    return (stk_frame_states(frame, own, name) ||
            is_own_lookup(tag.importer, name) ||
            is_native_of_library(state, frame, tag.importer, name)) &&
           stk_home_holds(state, frame, tag.importer);
}

/* No Python code asks at all: it is the program around the interpreter. */
static const stk_importer host_importer = { NULL, 0 };

void
stk_asker_of_frame(stk_asker *out, const stk_interp *state,
                   PyFrameObject *asking)
{
    out->n = 1;
    out->is_guard = false;
    out->innermost = asking ? stk_frame_tag(state, asking).importer : 0;
    out->numbers[0] = out->innermost;
    out->importers[0] =
        asking ? stk_importer_get(out->innermost) : host_importer;
}

void
stk_asker_innermost(stk_asker *out, const stk_interp *state)
{
    PyFrameObject *frame = stk_frame_asking(state);

    stk_asker_of_frame(out, state, frame);
    Py_XDECREF(frame);
}

int
stk_asker_place(stk_utf8 *file, uint32_t *line, PyFrameObject *asking)
{
    PyObject *name = asking ? stk_frame_file(asking) : NULL;
    int number = asking ? stk_frame_line(asking, stk_open_line(asking)) : 0;
    int result = name ? stk_utf8_get(file, name) : 0;

    Py_XDECREF(name);
    *line = number > 0 ? (uint32_t)number : 0;
    return result;
}

static void
put_asker(stk_asker *out, stk_importer importer, uint32_t number)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->importers[i].name == importer.name &&
            out->importers[i].flags == importer.flags)
            return;
    if (out->n < STK_IMPORTERS_MAX) {
        out->numbers[out->n] = number;
        out->importers[out->n++] = importer;
        return;
    }
    /* more than can be held: the stack counts as unknown code */
    out->numbers[STK_IMPORTERS_MAX - 1] = 0;
    out->importers[STK_IMPORTERS_MAX - 1] = stk_importer_get(0);
}

static void
ask_unknown(stk_asker *out)
{
    put_asker(out, stk_importer_get(0), 0);
}

/* An importer, whose loader executed it, and those who brought it along. */
void
stk_asker_add(stk_asker *out, uint32_t number)
{
    stk_importer importer = stk_importer_get(number);

    put_asker(out, importer, number);
    for (int i = 0; i < 16; i++) {
        uint32_t by = stk_importer_brought_by(number);

        if (by == 0)
            break;
        number = by & ~STK_LOADED_BY;
        importer = stk_importer_get(number);
        if (!(by & STK_LOADED_BY))
            importer.flags |= STK_IMPORTER_BROUGHT;
        put_asker(out, importer, number);
    }
}

/* ---- threads --------------------------------------------------------- */

static _Thread_local stk_inherited inherited;

stk_inherited
stk_askers_inherit(stk_inherited askers)
{
    stk_inherited before = inherited;

    inherited = askers;
    return before;
}

bool
stk_askers_inherited(void)
{
    return inherited.n > 0;
}

/* ---- what was handed over -------------------------------------------- */

/* Those whose callables were called from this frame. */
static void
add_handed(stk_asker *out, const PyFrameObject *frame)
{
    const stk_mark *at = NULL;

    while ((at = stk_mark_find(NULL, STK_MARK_HANDED, frame, at)))
        for (size_t i = 0; i < at->n; i++)
            stk_asker_add(out, at->numbers[i]);
}

bool
stk_asker_is_worker(void)
{
    const stk_interp *state = stk_interp_find();
    PyFrameObject *frame = PyEval_GetFrame();

    return state && frame &&
           stk_frame_tag(state, frame).importer ==
               stk_importer_number("concurrent.futures.thread", 0, 0);
}

bool
stk_asker_is_host(const stk_asker *asker)
{
    return asker->n == 1 && !asker->importers[0].name &&
           !(asker->importers[0].flags & STK_REQUEST_UNKNOWN);
}

/* ---- the stack ------------------------------------------------------- */

/* importlib.reload() has it executed. */
static bool
is_in_reload(const stk_interp *state, PyFrameObject *frame)
{
    PyFrameObject *back = PyFrame_GetBack(frame);
    PyFrameObject *reload = stk_frame_reload(state, back);

    Py_XDECREF(back);
    Py_XDECREF(reload);
    return reload != NULL;
}

/*
 * True for the body of a module that importlib executes for an import that
 * is open now, or of the program: what lies outside asked for the module,
 * not for what its body asks for. importlib's functions can be called to
 * execute any code: it is the open import that tells.
 */
static bool
is_boundary(const stk_interp *state, PyFrameObject *frame, stk_code_tag tag)
{
    PyFrameObject *back, *asking;
    uint32_t loader = 0;
    bool found;

    if (!is_body(tag))
        return tag.kind == STK_CODE_PROGRAM;
    if (tag.kind == STK_CODE_RELOADED)
        return is_in_reload(state, frame);
    back = PyFrame_GetBack(frame);
    if (back && stk_importer_brought_by(tag.importer) & STK_LOADED_BY) {
        loader = stk_frame_tag(state, back).importer;
        back = stk_frame_out(back);
    }
    if (!back || stk_frame_tag(state, back).kind != STK_CODE_IMPORTLIB) {
        found = stk_attempt_is_quick(state, back, tag.importer);
        Py_XDECREF(back);
        return found;
    }
    asking = stk_frame_skip_importlib(state, back);
    found = stk_attempt_executes(state, asking, loader, tag.importer);
    Py_XDECREF(asking);
    return found;
}

/* The program of an interpreter that somebody has made is his. */
static bool
is_made(const stk_interp *state, stk_code_tag tag)
{
    return tag.kind == STK_CODE_PROGRAM && state->n_creators > 0;
}

enum asking { ASK_ON, ASK_BEYOND, ASK_NO_MORE };

static bool
is_of_program(uint32_t number)
{
    return stk_importer_get(number).name && !stk_importer_in_stdlib(number);
}

/*
 * One frame, and who outside it has a say; `inner` is whose code it called.
 * An __init__() that dataclasses or attrs wrote asks for nothing itself when
 * it only calls a function of the program.
 */
static enum asking
ask_frame(stk_asker *out, const stk_interp *state, PyFrameObject *frame,
          const char *name, uint32_t *inner)
{
    stk_code_tag tag = stk_frame_tag(state, frame);
    bool first = out->n == 0;
    bool boundary = is_boundary(state, frame, tag);

    if (tag.kind == STK_CODE_GENERATED && is_of_program(*inner))
        return ASK_ON;
    *inner = tag.importer;
    stk_asker_add(out, tag.importer);
    if (is_made(state, tag))
        return ASK_ON;
    if (first && name && stands_alone(state, frame, tag, boundary, name))
        return ASK_NO_MORE;
    if (boundary)
        return tag.kind == STK_CODE_PROGRAM ? ASK_NO_MORE : ASK_BEYOND;
    return ASK_ON;
}

static void
add_outside(stk_asker *out, uint32_t number)
{
    stk_importer importer = stk_importer_get(number);

    importer.flags |= STK_IMPORTER_BEYOND;
    if (importer.name)
        put_asker(out, importer, number);
}

/*
 * A body that imports what no statement of it says may have been made to:
 * its globals, and what it calls, can be patched. Whoever had it imported is
 * held to what is denied to him by name.
 */
static void
ask_outside(stk_asker *out, const stk_interp *state, PyFrameObject *frame)
{
    Py_XINCREF(frame);
    while (frame) {
        add_outside(out, stk_frame_tag(state, frame).importer);
        frame = stk_frame_skip_importlib(state, stk_frame_out(frame));
    }
    for (size_t i = 0; i < inherited.n; i++)
        add_outside(out, inherited.numbers[i]);
    for (size_t i = 0; i < state->n_creators; i++)
        add_outside(out, state->creators[i]);
}

/* An extension asks while it is loaded. What it calls can be patched, too:
 * a bare __import__ has no frame that would tell. */
static void
ask_extension(stk_asker *out, const stk_interp *state, PyFrameObject *asking,
              const char *name)
{
    stk_asker_add(out, stk_initial_number());
    if (!stk_initial_stands_alone(name))
        ask_outside(out, state, asking);
}

/* The stack has ended: who started the thread, and who made the
 * interpreter, go on asking. */
static void
ask_beyond(stk_asker *out, const stk_interp *state)
{
    if (out->n == 0 && stk_hooked_at(state, NULL))
        ask_unknown(out);
    add_handed(out, NULL);
    for (size_t i = 0; i < inherited.n; i++)
        stk_asker_add(out, inherited.numbers[i]);
    for (size_t i = 0; i < state->n_creators; i++)
        stk_asker_add(out, state->creators[i]);
}

/* A statement in a function of importlib's own: it asks for itself, not for
 * whoever had it called. */
static bool
is_importlibs(const stk_interp *state, const char *name)
{
    return name && stk_frame_is_importlib(state) &&
           stk_frame_states(PyEval_GetFrame(), NULL, name);
}

/* The program runs, or has run: nobody is around it that would ask. */
static bool
is_late(const stk_interp *state)
{
    return state->program_began && !stk_process_embedded();
}

/* No frame, and nobody who has handed it over: the program around the
 * interpreter, or a finalizer that was left for the end. */
static void
ask_nobody(stk_asker *out, const stk_interp *state, const char *name)
{
    bool left = name && is_late(state) && !stk_native_is_interpreters(name);

    put_asker(out, left ? stk_importer_get(0) : host_importer, 0);
}

/* Somebody asks who is not the standard library. */
static bool
has_program(const stk_asker *asker)
{
    for (size_t i = 0; i < asker->n; i++)
        if (!asker->importers[i].name ||
            !stk_importer_in_stdlib(asker->numbers[i]))
            return true;
    return false;
}

static bool
is_for_program(const stk_asker *asker)
{
    return asker->n == 0 || has_program(asker);
}

/*
 * A function of the standard library's that importlib calls, and that loads
 * what it is told: pydoc.locate() is no finder. Whoever has put it there asks.
 * An extension that is loaded calls what it likes.
 */
static bool
is_deputy(const stk_interp *state, const stk_asker *asker,
          PyFrameObject *frame)
{
    PyFrameObject *back;
    bool called;

    if (is_for_program(asker) ||
        stk_frame_tag(state, frame).kind != STK_CODE_PLAIN)
        return false;
    back = PyFrame_GetBack(frame);
    called = back && !stk_initial_is_at(back) &&
             stk_frame_tag(state, back).kind == STK_CODE_IMPORTLIB;
    Py_XDECREF(back);
    return called;
}

/* Whoever has set what traces the frame: unknown code. */
static enum stk_traced
ask_tracer(stk_asker *out, const stk_interp *state, PyFrameObject *frame)
{
    enum stk_traced traced = stk_traced_by(state, frame);

    if (traced == STK_TRACED_UNKNOWN)
        ask_unknown(out);
    return traced;
}

/* From `*frame` outwards, which becomes the first that was not asked. */
static enum asking
ask_frames(stk_asker *out, const stk_interp *state, PyFrameObject **frame,
           const char *name, bool imports)
{
    enum stk_traced traced = STK_TRACED_NO;
    enum asking next = ASK_ON;
    uint32_t inner = 0;
    bool hooked;

    while (*frame && next == ASK_ON) {
        add_handed(out, *frame);
        hooked = !has_program(out) && stk_hooked_at(state, *frame);
        if (traced == STK_TRACED_NO) /* the innermost is being traced */
            traced = ask_tracer(out, state, *frame);
        if (stk_frame_tag(state, *frame).kind == STK_CODE_IMPORTLIB)
            name = NULL; /* no statement outside asks for that */
        else
            next = ask_frame(out, state, *frame, name, &inner);
        if (hooked && next != ASK_NO_MORE)
            ask_unknown(out);
        if (imports && next == ASK_ON && is_deputy(state, out, *frame))
            ask_unknown(out);
        *frame = stk_frame_skip_importlib(state, stk_frame_out(*frame));
    }
    return next;
}

static void
ask_stack(stk_asker *out, const stk_interp *state, PyFrameObject *asking,
          const char *name)
{
    PyFrameObject *frame = (PyFrameObject *)Py_XNewRef((PyObject *)asking);
    enum asking next = ask_frames(out, state, &frame, name, true);

    if (next == ASK_BEYOND)
        ask_outside(out, state, frame);
    else if (next == ASK_ON)
        ask_beyond(out, state);
    /* the standard library alone runs what was left with it for the end of
     * the process: that may be anything */
    if (next == ASK_ON && !is_for_program(out) && is_late(state))
        ask_unknown(out);
    Py_XDECREF(frame);
}

/* A function written in C asks, for its own use. */
static bool
ask_native(stk_asker *out, const stk_interp *state, PyFrameObject *asking,
           const char *name)
{
    uint32_t number = stk_native_importer(state, asking, name, false);

    if (number != 0)
        stk_asker_add(out, number);
    return number != 0;
}

/* What runs in the midst of an import, as a finalizer or a lock, asks for the
 * very name that a statement outside asks for, or for its package: it is not
 * the statement. */
static bool
is_stray(const stk_interp *state, PyObject *name)
{
    return name && (stk_frame_strays(state) || stk_attempt_is_amid(state) ||
                    stk_attempt_find(state, name));
}

/* Whoever has put C code where the import system calls it: unknown code. */
static void
ask_planter(stk_asker *out, const stk_interp *state, PyObject *said)
{
    if (stk_planted_asks(state, said))
        ask_unknown(out);
}

void
stk_asker_all(stk_asker *out, const stk_interp *state, PyObject *name)
{
    stk_asker_said(out, state, name, name);
}

void
stk_asker_said(stk_asker *out, const stk_interp *state, PyObject *name,
               PyObject *said)
{
    PyFrameObject *asking = stk_frame_asking(state);
    stk_utf8 utf8 = { NULL, NULL };

    stk_asker_of_frame(out, state, asking);
    out->n = 0;
    if (name && stk_utf8_get(&utf8, name) < 0)
        PyErr_Clear();
    if (stk_own_asks(asking, utf8.text) && !is_stray(state, name))
        stk_asker_add(out, stk_own_number(out));
    else if (name && stk_initial_number() != 0)
        ask_extension(out, state, asking, utf8.text);
    else if (is_importlibs(state, utf8.text))
        stk_asker_add(out, stk_importer_number("importlib", 0, 0));
    else if (!asking || !ask_native(out, state, asking, utf8.text)) {
        ask_stack(out, state, asking,
                  is_stray(state, name) ? NULL : utf8.text);
        ask_planter(out, state, said);
    }
    if (out->n == 0)
        ask_nobody(out, state, utf8.text);
    stk_utf8_clear(&utf8);
    Py_XDECREF(asking);
}

/* ---- events ----------------------------------------------------------- */

void
stk_asker_event(stk_asker *out, const stk_interp *state)
{
    PyFrameObject *frame = stk_frame_asking(state);
    enum asking next;

    stk_asker_of_frame(out, state, frame);
    out->n = 0;
    next = ask_frames(out, state, &frame, NULL, false);
    Py_XDECREF(frame);
    if (next == ASK_ON)
        ask_beyond(out, state);
    if (out->n == 0)
        put_asker(out, host_importer, 0);
}

uint32_t
stk_asker_of_program(const stk_asker *asker)
{
    for (size_t i = 0; i < asker->n; i++)
        if (asker->importers[i].name &&
            !stk_importer_in_stdlib(asker->numbers[i]))
            return asker->numbers[i];
    return 0;
}
