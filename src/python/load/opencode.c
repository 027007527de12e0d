/* SPDX-License-Identifier: Apache-2.0 */
/* The open-code hook: verified bytes, or nothing. */
#include "python/load/opencode.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "python/asks/frame.h"
#include "python/attempt/attempt.h"
#include "python/load/opened.h"
#include "python/object/carry.h"
#include "python/object/loaded.h"
#include "python/process/child.h"
#include "python/signed/signed.h"
#include "python/signed/want.h"

/* ---- as CPython does it ---------------------------------------------- */

/* importlib reads a file, and nobody's __import__ but ours would see that _io
 * is imported for it: it is neither judged nor recorded. */
static bool
is_unseen(const stk_interp *state)
{
    return state && state->attached &&
           PyEval_GetBuiltins() == state->builtins_dict &&
           PyDict_GetItemWithError(state->builtins_dict, state->str_import) ==
               state->import_function &&
           !stk_carried(PyCFunction_GET_SELF(state->import_function)) &&
           stk_frame_is_importlib(state);
}

/* The import of _io with it: a program's own __import__ sees it. */
static PyObject *
import_io(const stk_interp *state)
{
    PyObject *io = is_unseen(state) ? stk_module_loaded(state->str_io) : NULL;

    return io ? io : PyImport_ImportModule("_io");
}

static PyObject *
open_without_hook(const stk_interp *state, PyObject *path)
{
    PyObject *io = import_io(state), *file;

    if (!io)
        return NULL;
    file = PyObject_CallMethod(io, "open", "Os", path, "rb");
    Py_DECREF(io);
    return file;
}

/* The path that was judged, while this thread opens it; borrowed. Other files
 * may be opened in between by whoever has callbacks. */
static _Thread_local const PyObject *own_path;

bool
stk_opencode_takes_event(const PyObject *path)
{
    bool is_own = path == own_path;

    if (is_own)
        own_path = NULL;
    return is_own;
}

static PyObject *
plain_open(const stk_interp *state, PyObject *path)
{
    PyObject *function = state ? state->io_open : NULL, *file;

    if (!function)
        return open_without_hook(state, path);
    own_path = path;
    file = PyObject_CallFunction(function, "Os", path, "rb");
    own_path = NULL;
    return file;
}

int
stk_opencode_prepare(stk_interp *state)
{
    PyObject *io = stk_module_namespace("_io");

    if (!io || state->io_open)
        return 0;
    state->io_open = Py_XNewRef(PyDict_GetItemString(io, "open"));
    state->io_bytes = Py_XNewRef(PyDict_GetItemString(io, "BytesIO"));
    if (!state->archives)
        state->archives = PyDict_New();
    return state->archives ? 0 : -1;
}

/* `bytes` is shared with the file and copied when somebody writes. */
static PyObject *
new_file(const stk_interp *state, PyObject *bytes)
{
    if (!state->io_bytes)
        return PyErr_Format(PyExc_ImportError, "there is no io.BytesIO");
    return PyObject_CallOneArg(state->io_bytes, bytes);
}

/* ---- what no name leads to ------------------------------------------- */

/* Python's import reads the file of a module that is judged by its own
 * name, which no rule wants signed. */
static bool
is_imported(const stk_interp *state)
{
    uint32_t number;

    return stk_frame_is_importlib(state) &&
           stk_attempt_executing(state, &number) != NULL;
}

static int
try_program(stk_opened *o)
{
    if (is_imported(o->want.state) || !stk_want_signed(&o->want, "__main__"))
        return 0;
    o->wanted = true;
    o->decision = o->want.judgement.decision;
    PyOS_snprintf(o->name, sizeof o->name, "__main__");
    if (stk_evidence_alone(o->want.judgement.evidence, o->path,
                           stk_signed_python(o->want.state), &o->evidence,
                           NULL) < 0) {
        PyErr_NoMemory();
        return -1;
    }
    return o->evidence.trust == STK_TRUST_OK;
}

/* ---- archives -------------------------------------------------------- */

/* zipimport opens an archive again for its directory and for each member:
 * the same bytes, as long as it is the same file under the same policy. */
#define ARCHIVES_MAX 64

static PyObject *
identity_of(const stk_opened *o)
{
    struct stat st;

    if (stat(o->path, &st) < 0)
        memset(&st, 0, sizeof st);
    return Py_BuildValue(
        "(KKKKKKKK)", (unsigned long long)st.st_dev,
        (unsigned long long)st.st_ino, (unsigned long long)st.st_size,
        (unsigned long long)st.st_mtim.tv_sec,
        (unsigned long long)st.st_mtim.tv_nsec,
        (unsigned long long)st.st_ctim.tv_sec,
        (unsigned long long)st.st_ctim.tv_nsec,
        (unsigned long long)stk_guard_generation(stk_process_guard()));
}

/* A new reference, or NULL without an exception. */
static PyObject *
known_archive(const stk_opened *o, PyObject *path, PyObject *identity)
{
    PyObject *kept = o->want.state->archives
                         ? PyDict_GetItem(o->want.state->archives, path)
                         : NULL;
    int same = kept ? PyObject_RichCompareBool(PyTuple_GET_ITEM(kept, 0),
                                               identity, Py_EQ)
                    : 0;

    PyErr_Clear();
    return same == 1 ? Py_NewRef(PyTuple_GET_ITEM(kept, 1)) : NULL;
}

static int
keep_archive(const stk_opened *o, PyObject *path, PyObject *identity,
             PyObject *bytes)
{
    PyObject *archives = o->want.state->archives, *kept;
    int result;

    if (!archives || o->evidence.kind != STK_KIND_DATA)
        return 0;
    if (PyDict_GET_SIZE(archives) >= ARCHIVES_MAX)
        PyDict_Clear(archives);
    kept = PyTuple_Pack(2, identity, bytes);
    result = kept ? PyDict_SetItem(archives, path, kept) : -1;
    Py_XDECREF(kept);
    return result;
}

bool
stk_opencode_in_archive(const stk_interp *state, PyObject *path)
{
    PyObject *archive, *kept;
    Py_ssize_t at = 0;

    while (state->archives &&
           PyDict_Next(state->archives, &at, &archive, &kept)) {
        Py_ssize_t length = PyUnicode_GetLength(archive);

        if (PyUnicode_GetLength(path) > length &&
            PyUnicode_Tailmatch(path, archive, 0, length, -1) == 1 &&
            PyUnicode_ReadChar(path, length) == '/')
            return true;
    }
    return false;
}

/* ---- the judgement --------------------------------------------------- */

/* What an OSError is for: a file that can be done without. */
static int
skip_file(const stk_opened *o, PyObject *path)
{
    PyObject *told = Py_BuildValue("(isO)", EACCES,
                                   stk_evidence_message(&o->evidence), path);

    if (told)
        PyErr_SetObject(PyExc_PermissionError, told);
    Py_XDECREF(told);
    return -1;
}

/* site.py takes an OSError for a file that is to be skipped, and ends at any
 * other exception. */
static int
refuse_pth(stk_opened *o, PyObject *path)
{
    int result = stk_want_distrust(&o->want, o->name, &o->evidence);

    return result <= 0 ? result : skip_file(o, path);
}

/* importlib's get_code() of what has a source. */
static bool
has_kept_code(PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *names = PyObject_GetAttrString((PyObject *)code, "co_varnames");
    PyObject *name = PyUnicode_FromString("bytecode_path");
    bool has = names && name && PySequence_Contains(names, name) == 1;

    Py_XDECREF(name);
    Py_XDECREF(names);
    Py_DECREF(code);
    PyErr_Clear();
    return has;
}

/*
 * SourceFileLoader asks for the code that it keeps of a source, maybe since
 * the last run: it goes on with the source, which is verified, as the import
 * of a signed module does that never asks.
 */
static bool
is_kept_code(const stk_opened *o)
{
    const stk_interp *state = o->want.state;
    PyFrameObject *frame = PyEval_GetFrame(), *by;
    bool kept;

    if (o->evidence.trust != STK_TRUST_BYTECODE || !frame ||
        stk_guard_observes(stk_process_guard()) ||
        !stk_frame_is_importlib(state) ||
        !stk_frame_is_named(frame, "get_data"))
        return false;
    by = PyFrame_GetBack(frame);
    kept = by && stk_frame_tag(state, by).kind == STK_CODE_IMPORTLIB &&
           stk_frame_is_named(by, "get_code") && has_kept_code(by);
    Py_XDECREF(by);
    return kept;
}

static int
refuse_opening(stk_opened *o, PyObject *path)
{
    size_t length = strlen(o->path);

    if (is_kept_code(o))
        return skip_file(o, path);
    if (!o->evidence.path)
        o->evidence.path = stk_text_dup(o->path);
    o->want.judgement.decision = o->decision;
    if (length > 4 && !strcmp(o->path + length - 4, ".pth"))
        return refuse_pth(o, path);
    return stk_want_refuse(&o->want, o->name, &o->evidence);
}

/* Verified: 1. To be opened as ever: 0. */
static int
judge_opening(stk_opened *o, PyObject *path)
{
    int result =
        stk_child_reads_main(o->want.state, path) ? 0 : stk_opened_by_names(o);

    if (result == 0 && !o->wanted)
        result = try_program(o);
    if (result < 0 || !o->wanted)
        return result;
    /* not plain_open(), which may find what is made meanwhile */
    if (result == 0 && access(o->path, F_OK) < 0) {
        PyErr_SetFromErrnoWithFilenameObject(PyExc_OSError, path);
        return -1;
    }
    if (result == 0)
        return refuse_opening(o, path);
    o->want.judgement.decision = o->decision;
    return stk_want_record(&o->want, o->name, &o->evidence) < 0 ? -1 : 1;
}

static PyObject *
open_judged(stk_opened *o, PyObject *path)
{
    PyObject *identity = identity_of(o), *bytes, *file = NULL;
    int result;

    if (!identity)
        return NULL;
    bytes = known_archive(o, path, identity);
    result = bytes ? 1 : judge_opening(o, path);
    if (result > 0 && !bytes) {
        bytes = PyBytes_FromStringAndSize(
            o->evidence.source, (Py_ssize_t)o->evidence.source_length);
        if (bytes && keep_archive(o, path, identity, bytes) < 0)
            Py_CLEAR(bytes);
    }
    if (bytes)
        file = new_file(o->want.state, bytes);
    else if (result == 0)
        file = plain_open(o->want.state, path);
    Py_XDECREF(bytes);
    Py_DECREF(identity);
    return file;
}

/* ---- the hook -------------------------------------------------------- */

static PyObject *
open_hook(PyObject *path, void *Py_UNUSED(payload))
{
    stk_guard *guard = stk_process_guard();
    stk_interp *state = stk_interp_find();
    PyObject *file;
    stk_opened o;
    int result;

    if (state && !state->io_open && stk_opencode_prepare(state) < 0)
        return NULL;
    if (!guard || !stk_guard_needs_signatures(guard) || !state ||
        !state->attached)
        return open_without_hook(state, path);
    result = stk_opened_begin(&o, state, path);
    if (result != 0)
        return result < 0 ? NULL : plain_open(state, path);
    file = open_judged(&o, path);
    stk_opened_end(&o);
    return file;
}

int
stk_opencode_unseen(stk_interp *state, PyObject *path)
{
    stk_opened o;
    int result = stk_opened_begin(&o, state, path);

    if (result != 0)
        return result < 0 ? -1 : 0;
    result = judge_opening(&o, path);
    stk_opened_end(&o);
    return result < 0 ? -1 : 0;
}

static bool ours;

bool
stk_opencode_is_ours(void)
{
    return ours;
}

bool
stk_opencode_add(void)
{
    if (ours)
        return true;
    ours = PyFile_SetOpenCodeHook(open_hook, NULL) == 0;
    if (!ours)
        PyErr_Clear();
    return ours;
}
