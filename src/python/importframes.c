/* SPDX-License-Identifier: Apache-2.0 */
/* importlib's frames below what C imports. */
#include "python/importframes.h"

#include "python/compat.h"
#include "python/frame.h"
#include "python/tag.h"

#define FRAMES 4

/* Of importlib's: after the body has run, _load_unlocked() takes the module
 * out of sys.modules, which may say that it is not there. */
#define LINES_TO_THE_END 10

/* From the outermost to the innermost; C calls each with `step` as the last
 * argument, which calls C. */
static const struct {
    const char *name, *arguments;
    bool goes_on;
} wanted[FRAMES] = {
    { "_find_and_load", "name, import_, step", false },
    { "_find_and_load_unlocked", "name, import_, step", false },
    { "_load_unlocked", "spec, step", true },
    { "exec_module", "self, module, step", false },
};

struct stk_importframes {
    PyObject *functions[FRAMES]; /* strong */
    PyObject *step;              /* strong */
};

/* One call. On the C stack of who calls. */
typedef struct running {
    const struct stk_importframes *frames;
    stk_framed *framed;
    int at; /* how many frames there are */
    bool ended;
} running;

/* NULL but between the call of a frame's function and its call of step(): a
 * body that finds step() in a frame calls it in vain. */
static _Thread_local running *current;

/* ---- going down ------------------------------------------------------ */

static PyObject *
call_frame(running *r)
{
    const stk_framed *framed = r->framed;
    PyObject *function = r->frames->functions[r->at], *step = r->frames->step;
    int at = r->at++;

    current = r;
    if (at < 2)
        return PyObject_CallFunctionObjArgs(function, framed->name,
                                            framed->import, step, NULL);
    if (at == 2)
        return PyObject_CallFunctionObjArgs(function, framed->spec, step,
                                            NULL);
    return PyObject_CallFunctionObjArgs(function, framed->loader,
                                        framed->module, step, NULL);
}

static PyObject *
go_on(running *r)
{
    PyObject *result;

    if (r->ended)
        return r->framed->after(r->framed->data);
    if (r->at < (int)r->framed->depth)
        return call_frame(r);
    result = r->framed->inner(r->framed->data);
    r->ended = true;
    return result;
}

static PyObject *
step(PyObject *self, PyObject *Py_UNUSED(arg))
{
    running *r = current;
    PyObject *result;

    (void)self;
    if (!r) {
        PyErr_SetString(PyExc_RuntimeError, "no import is at this step");
        return NULL;
    }
    current = NULL;
    result = go_on(r);
    current = r; /* the frame that called may have one step more */
    return result;
}

PyObject *
stk_importframes_call(const stk_interp *state, stk_framed *framed)
{
    running r = { state->import_frames, framed, 0, false };
    running *outer = current;
    PyObject *result = call_frame(&r);

    current = outer;
    return result;
}

/* ---- the functions --------------------------------------------------- */

/* What importlib's own has, for a function that stands where it stands. */
typedef struct place {
    PyCodeObject *code; /* strong */
    int line;           /* where it calls */
} place;

static void
clear_places(place *places)
{
    for (int i = 0; i < FRAMES; i++)
        Py_CLEAR(places[i].code);
}

static PyObject *
lines(int n)
{
    PyObject *line = PyUnicode_FromString("\n");
    PyObject *text = line ? PySequence_Repeat(line, n) : NULL;

    Py_XDECREF(line);
    return text;
}

/* The text of a function whose call is on the same line of the same file. */
static PyObject *
write_function(const place *at, int i)
{
    int first = at->code->co_firstlineno;
    PyObject *before = lines(first - 1), *within = lines(at->line - first);
    PyObject *behind = lines(wanted[i].goes_on ? LINES_TO_THE_END : 0);
    PyObject *text = NULL;

    if (before && within && behind)
        text = PyUnicode_FromFormat(
            "%Udef %s(%s):%U %sstep()%U%s\n", before, wanted[i].name,
            wanted[i].arguments, within, wanted[i].goes_on ? "" : "return ",
            behind, wanted[i].goes_on ? " return step()" : "");
    Py_XDECREF(before);
    Py_XDECREF(within);
    Py_XDECREF(behind);
    return text;
}

/* The first code among the constants of another. */
static PyCodeObject *
code_within(PyCodeObject *outer)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(outer->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(outer->co_consts, i);

        if (PyCode_Check(constant))
            return (PyCodeObject *)Py_NewRef(constant);
    }
    PyErr_SetString(PyExc_SystemError, "a function without code");
    return NULL;
}

static PyCodeObject *
compile_function(const place *at, int i)
{
    PyObject *text = write_function(at, i), *outer = NULL;
    const char *bytes = text ? PyUnicode_AsUTF8(text) : NULL;
    PyCodeObject *code = NULL;

    if (bytes)
        outer = Py_CompileStringObject(bytes, at->code->co_filename,
                                       Py_file_input, NULL, -1);
    if (outer)
        code = code_within((PyCodeObject *)outer);
    Py_XDECREF(outer);
    Py_XDECREF(text);
    return code;
}

/* It asks for nothing, as importlib's own. */
static PyObject *
make_function(const stk_interp *state, const place *at, int i,
              PyObject *globals)
{
    PyCodeObject *code = compile_function(at, i);
    PyObject *function = NULL;

    if (code &&
        stk_code_tag_set(state, code, stk_code_tag_get(state, at->code)) == 0)
        function = PyFunction_New((PyObject *)code, globals);
    Py_XDECREF(code);
    return function;
}

/* ---- learning -------------------------------------------------------- */

static bool
is_importlibs(const stk_interp *state, PyFrameObject *frame, const char *name)
{
    return frame && stk_frame_tag(state, frame).kind == STK_CODE_IMPORTLIB &&
           stk_frame_is_named(frame, name);
}

/* The four, below the call that runs a body; `external` is the namespace of
 * the innermost. False for any other way. */
static bool
look_below(const stk_interp *state, place *places, PyObject **external)
{
    PyFrameObject *frame = PyEval_GetFrame();
    bool seen = is_importlibs(state, frame, "_call_with_frames_removed");

    Py_XINCREF(frame);
    for (int i = FRAMES - 1; seen && i >= 0; i--) {
        frame = stk_frame_out(frame);
        seen = is_importlibs(state, frame, wanted[i].name);
        if (!seen)
            break;
        places[i].code = PyFrame_GetCode(frame);
        places[i].line = PyFrame_GetLineNumber(frame);
        seen = places[i].line > places[i].code->co_firstlineno;
        if (i == FRAMES - 1)
            *external = PyFrame_GetGlobals(frame);
    }
    Py_XDECREF(frame);
    return seen && *external;
}

static PyMethodDef step_def = { "step", step, METH_NOARGS, NULL };

static int
make_functions(stk_interp *state, const place *places, PyObject *external)
{
    struct stk_importframes *frames = PyMem_Calloc(1, sizeof *frames);
    bool made = frames != NULL;

    if (!frames) {
        PyErr_NoMemory();
        return -1;
    }
    state->import_frames = frames;
    frames->step = PyCFunction_New(&step_def, NULL);
    made = frames->step != NULL;
    for (int i = 0; made && i < FRAMES; i++) {
        frames->functions[i] =
            make_function(state, &places[i], i,
                          i == FRAMES - 1 ? external : state->bootstrap_dict);
        made = frames->functions[i] != NULL;
    }
    if (made)
        return 0;
    stk_importframes_forget(state);
    return -1;
}

int
stk_importframes_learn(stk_interp *state)
{
    place places[FRAMES] = { { NULL, 0 } };
    PyObject *external = NULL;
    int result = 0;

    if (state->import_frames)
        return 0;
    if (look_below(state, places, &external))
        result = make_functions(state, places, external);
    clear_places(places);
    Py_XDECREF(external);
    return result;
}

bool
stk_importframes_known(const stk_interp *state)
{
    return state->import_frames != NULL;
}

void
stk_importframes_forget(stk_interp *state)
{
    struct stk_importframes *frames = state->import_frames;

    if (!frames)
        return;
    state->import_frames = NULL;
    for (int i = 0; i < FRAMES; i++)
        Py_XDECREF(frames->functions[i]);
    Py_XDECREF(frames->step);
    PyMem_Free(frames);
}
