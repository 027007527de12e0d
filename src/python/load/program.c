/* SPDX-License-Identifier: Apache-2.0 */
/* The program itself, where it must be signed. */
#include "python/load/program.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "python/load/opencode.h"
#include "python/load/opened.h"
#include "python/object/loaded.h"
#include "python/object/name.h"
#include "python/signed/signed.h"
#include "python/signed/want.h"

#define MAIN "__main__"

/* ---- its name -------------------------------------------------------- */

bool
stk_program_is(const stk_interp *state, const char *name)
{
    const char *program = state->program_name;
    size_t length = program ? strlen(program) : 0;

    return program && !strncmp(name, program, length) &&
           (!name[length] || !strcmp(name + length, "." MAIN));
}

int
stk_program_name(stk_interp *state, PyObject *name)
{
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    char *copy = text ? stk_text_dup(text) : NULL;

    PyErr_Clear();
    if (text && !copy) {
        PyErr_NoMemory();
        return -1;
    }
    free(state->program_name);
    state->program_name = copy;
    return 0;
}

bool
stk_program_in_archive(const stk_interp *state, PyObject *name)
{
    PyObject *path = PyDict_GetItemString(state->sys_dict, "path");
    const char *text = PyUnicode_AsUTF8(name), *first;
    struct stat st;

    if (!text || !path || !PyList_Check(path) || PyList_GET_SIZE(path) == 0 ||
        (strcmp(text, MAIN) != 0 && !stk_program_is(state, text))) {
        PyErr_Clear();
        return false;
    }
    first = PyUnicode_Check(PyList_GET_ITEM(path, 0))
                ? PyUnicode_AsUTF8(PyList_GET_ITEM(path, 0))
                : NULL;
    PyErr_Clear();
    return first && stat(first, &st) == 0 && S_ISREG(st.st_mode);
}

/* ---- what it was compiled from --------------------------------------- */

/* CPython has told of it, when it compiled the same text: `_warnings` takes
 * the first filter that fits. */
static PyObject *
hush(void)
{
    PyObject *module = stk_module_namespace("_warnings");
    PyObject *filters =
        module ? PyDict_GetItemString(module, "filters") : NULL;
    PyObject *filter;

    if (!filters || !PyList_Check(filters))
        return NULL;
    filter =
        Py_BuildValue("(sOOOi)", "ignore", Py_None, PyExc_Warning, Py_None, 0);
    if (!filter || PyList_Insert(filters, 0, filter) < 0) {
        Py_XDECREF(filter);
        PyErr_Clear();
        return NULL;
    }
    Py_DECREF(filter);
    return Py_NewRef(filters);
}

static void
speak(PyObject *filters)
{
    PyObject *type, *value, *traceback;

    if (!filters)
        return;
    PyErr_Fetch(&type, &value, &traceback);
    if (PyList_SetSlice(filters, 0, 1, NULL) < 0)
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
    Py_DECREF(filters);
}

/* Whether `code` is what the verified source gives: constants, names and
 * instructions, in all that it holds. */
static bool
is_code_of(PyCodeObject *code, const stk_evidence *evidence)
{
    PyCompilerFlags flags = { 0, PY_MINOR_VERSION };
    PyObject *filters, *verified;
    int same;

    if (!evidence->source ||
        memchr(evidence->source, '\0', evidence->source_length))
        return false;
    filters = hush();
    verified = Py_CompileStringObject(evidence->source, code->co_filename,
                                      Py_file_input, &flags, -1);
    speak(filters);
    same = verified
               ? PyObject_RichCompareBool((PyObject *)code, verified, Py_EQ)
               : 0;
    Py_XDECREF(verified);
    PyErr_Clear();
    return same == 1;
}

/* ---- its file -------------------------------------------------------- */

/* The file that `path` (as CPython has it) leads to: freed by free(). NULL
 * where there is none. */
static char *
real_file(PyObject *path)
{
    PyObject *encoded = PyUnicode_EncodeFSDefault(path);
    char *real = encoded ? realpath(PyBytes_AS_STRING(encoded), NULL) : NULL;

    Py_XDECREF(encoded);
    PyErr_Clear();
    return real;
}

static int
verify_file(stk_want *want, PyObject *path, stk_evidence *out)
{
    STK_CLEANUP(stk_freep) char *real = real_file(path);

    if (!real) {
        stk_evidence_refuse(out, STK_TRUST_UNSIGNED,
                            "the program is no file that could be signed");
        return 0;
    }
    if (stk_evidence_alone(want->judgement.evidence, real,
                           stk_signed_python(want->state), out, NULL) == 0)
        return 0;
    PyErr_NoMemory();
    return -1;
}

static bool
is_written(PyCodeObject *code, const char *name)
{
    return PyUnicode_Check(code->co_filename) &&
           PyUnicode_CompareWithASCIIString(code->co_filename, name) == 0;
}

static void
refuse_changed(stk_evidence *out)
{
    stk_evidence_refuse(out, STK_TRUST_HASH,
                        "%.900s changed between two looks at it", out->path);
}

static void
refuse_text(stk_evidence *out, const char *what)
{
    stk_evidence_refuse(
        out, STK_TRUST_UNSIGNED,
        "%s has no signature; put it into a file and sign that", what);
}

static int
examine(stk_want *want, PyCodeObject *code, stk_evidence *out)
{
    if (is_written(code, "<string>")) {
        refuse_text(out, "what -c runs");
        return 0;
    }
    if (is_written(code, "<stdin>")) {
        refuse_text(out, "what is read from standard input");
        return 0;
    }
    if (verify_file(want, code->co_filename, out) < 0)
        return -1;
    if (out->trust == STK_TRUST_OK && !is_code_of(code, out))
        refuse_changed(out);
    return 0;
}

static int
settle(stk_want *want, const stk_evidence *evidence)
{
    if (evidence->trust == STK_TRUST_OK)
        return stk_want_record(want, MAIN, evidence);
    return stk_want_refuse(want, MAIN, evidence);
}

/* What the verified loader gave, and what lies in an archive that was
 * verified, needs no second look. */
static bool
is_known(const stk_interp *state, PyCodeObject *code)
{
    return (PyObject *)code == state->verified_code ||
           (PyUnicode_Check(code->co_filename) &&
            stk_opencode_in_archive(state, code->co_filename));
}

static int
settle_name(stk_opened *o, bool verified, bool to_run)
{
    o->want.judgement.decision = o->decision;
    if (!verified)
        return stk_want_refuse(&o->want, o->name, &o->evidence);
    return to_run ? stk_want_record(&o->want, o->name, &o->evidence) : 0;
}

/* By the modules that its file would be: one of a signed package is no less
 * so as the program. `code` is NULL before it is compiled. */
static int
check_names(stk_interp *state, PyObject *path, PyCodeObject *code)
{
    STK_CLEANUP(stk_freep) char *real = real_file(path);
    stk_opened opened;
    int result = real ? stk_opened_begin(&opened, state, path) : 1;

    if (result != 0)
        return result < 0 ? -1 : 0;
    opened.is_program = true;
    result = stk_opened_by_names(&opened);
    if (result > 0 && code && !is_code_of(code, &opened.evidence)) {
        refuse_changed(&opened.evidence);
        result = 0;
    }
    if (result >= 0 && opened.wanted)
        result = settle_name(&opened, result > 0, code != NULL);
    stk_opened_end(&opened);
    return result < 0 ? -1 : 0;
}

static bool
is_text(PyCodeObject *code)
{
    return is_written(code, "<string>") || is_written(code, "<stdin>");
}

static int
check_code(stk_want *want, PyCodeObject *code, stk_evidence *evidence)
{
    if (!stk_want_signed(want, MAIN))
        return is_text(code)
                   ? 0
                   : check_names(want->state, code->co_filename, code);
    return examine(want, code, evidence) < 0 ? -1 : settle(want, evidence);
}

int
stk_program_check(stk_interp *state, PyCodeObject *code)
{
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_want want;
    int result = 0;

    if (!stk_want_begin(&want, state))
        return 0;
    if (!is_known(state, code))
        result = check_code(&want, code, &evidence);
    stk_evidence_clear(&evidence);
    stk_want_clear(&want);
    return result;
}

/* ---- what CPython is about to do ------------------------------------- */

static int
refuse_words(stk_interp *state, const char *what)
{
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_want want;
    int result = 0;

    if (!stk_want_begin(&want, state))
        return 0;
    refuse_text(&evidence, what);
    if (stk_want_signed(&want, MAIN))
        result = stk_want_refuse(&want, MAIN, &evidence);
    stk_evidence_clear(&evidence);
    stk_want_clear(&want);
    return result;
}

/* Before it is parsed: what is not signed is not looked at. What it holds by
 * the time that it runs is seen in stk_program_check(). */
static int
check_file(stk_interp *state, PyObject *path)
{
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_want want;
    int result = 0;

    if (!PyUnicode_Check(path) || !stk_want_begin(&want, state))
        return 0;
    if (stk_want_signed(&want, MAIN)) {
        STK_CLEANUP(stk_freep) char *real = real_file(path);

        /* CPython says what is wrong with a file that is not there */
        if (real)
            result = verify_file(&want, path, &evidence);
        if (result == 0 && real && evidence.trust != STK_TRUST_OK)
            result = stk_want_refuse(&want, MAIN, &evidence);
    } else {
        result = check_names(state, path, NULL);
    }
    stk_evidence_clear(&evidence);
    stk_want_clear(&want);
    return result;
}

static int
check_startup(stk_interp *state, PyObject *path)
{
    int result = refuse_words(state, "the file of PYTHONSTARTUP");

    return result == 0 && path ? check_names(state, path, NULL) : result;
}

int
stk_program_event(stk_interp *state, const char *event, PyObject *args)
{
    PyObject *first = args && PyTuple_Check(args) && PyTuple_GET_SIZE(args) > 0
                          ? PyTuple_GET_ITEM(args, 0)
                          : NULL;

    if (!strcmp(event, "cpython.run_command"))
        return refuse_words(state, "what -c runs");
    if (!strcmp(event, "cpython.run_stdin"))
        return refuse_words(state, "what is read from standard input");
    if (!strcmp(event, "cpython.run_startup"))
        return check_startup(state, first);
    if (!strcmp(event, "cpython.run_file") && first)
        return check_file(state, first);
    if (!strcmp(event, "cpython.run_module") && first)
        return stk_program_name(state, first);
    return 0;
}
