/* SPDX-License-Identifier: Apache-2.0 */
/* The tags of code objects: whose code it is. */
#include "python/asks/tag.h"

#include <sys/stat.h>

#include "python/object/importer.h"
#include "python/object/name.h"

/*
 * A tag fills the extra slot itself: 16 bits that no user-space pointer
 * has, 8 bits of kind, 32 bits of number. A value that somebody else put
 * under our index reads as unknown.
 */
#define TAG_MARK 0x5354ull

static void *
pack_tag(stk_code_tag tag)
{
    return (void *)(uintptr_t)(TAG_MARK << 48 | (uint64_t)tag.kind << 32 |
                               tag.importer);
}

/* What is behind code->co_extra, as CPython 3.8 to 3.13 have it. */
typedef struct code_extra {
    Py_ssize_t size;
    void *slots[1];
} code_extra;

/* As PyUnstable_Code_GetExtra() does, without asking which interpreter this
 * is: each import asks it of a dozen frames. */
stk_code_tag
stk_code_role_get(const stk_interp *state, PyCodeObject *code)
{
    stk_code_tag tag = { STK_CODE_UNKNOWN, 0 };
    const code_extra *extra = code->co_extra;
    uint64_t value;

    if (!extra || extra->size <= state->extra_index)
        return tag;
    value = (uint64_t)(uintptr_t)extra->slots[state->extra_index];
    if (value >> 48 != TAG_MARK)
        return tag;
    tag.kind = (enum stk_code_kind)(value >> 32 & 0xFF);
    tag.importer = (uint32_t)value;
    return tag;
}

stk_code_tag
stk_code_tag_get(const stk_interp *state, PyCodeObject *code)
{
    stk_code_tag tag = stk_code_role_get(state, code);

    if (tag.kind == STK_CODE_IMPORTLIB)
        tag.importer = 0;
    return tag;
}

/*
 * PyUnstable_Code_SetExtra() makes room for everybody who has an index; when
 * the code goes, each of them has his function called with NULL, for code
 * that he never saw and even after he is gone himself. Room up to our own
 * index wakes nobody.
 */
static int
make_room(const stk_interp *state, PyCodeObject *code)
{
    size_t n = (size_t)state->extra_index + 1;
    code_extra *extra =
        PyMem_Malloc(sizeof *extra + (n - 1) * sizeof *extra->slots);

    if (!extra) {
        PyErr_NoMemory();
        return -1;
    }
    extra->size = (Py_ssize_t)n;
    /* ours alone, mostly: no call for that */
    extra->slots[0] = NULL;
    for (size_t i = 1; i < n; i++)
        extra->slots[i] = NULL;
    code->co_extra = extra;
    return 0;
}

int
stk_code_tag_set(const stk_interp *state, PyCodeObject *code, stk_code_tag tag)
{
    code_extra *extra = code->co_extra;

    if (extra && stk_code_role_get(state, code).kind != STK_CODE_UNKNOWN)
        return 0;
    if (!extra && make_room(state, code) < 0)
        return -1;
    extra = code->co_extra;
    if (extra->size > state->extra_index) {
        extra->slots[state->extra_index] = pack_tag(tag);
        return 0;
    }
    return PyUnstable_Code_SetExtra((PyObject *)code, state->extra_index,
                                    pack_tag(tag));
}

static uint32_t
role_in_importlib(PyCodeObject *code)
{
    static const stk_literal names[] = { STK_LITERAL("import_module"),
                                         STK_LITERAL("__import__") };

    return stk_name_is_among(code->co_name, names,
                             sizeof names / sizeof *names)
               ? STK_IMPORTLIB_ENTRY
               : 0;
}

/* Nesting is bounded by the compiler (100 blocks) but not by marshal. */
#define NESTING_MAX 500

static int
tag_one(const stk_interp *state, PyCodeObject *code, stk_code_tag tag)
{
    if (tag.kind == STK_CODE_IMPORTLIB && tag.importer != STK_IMPORTLIB_LOCKS)
        tag.importer = role_in_importlib(code);
    return stk_code_tag_set(state, code, tag);
}

static stk_code_tag
tag_within(stk_code_tag tag)
{
    if (tag.kind == STK_CODE_BODY || tag.kind == STK_CODE_RELOADED ||
        tag.kind == STK_CODE_PROGRAM)
        tag.kind = STK_CODE_PLAIN;
    return tag;
}

static int
tag_tree(const stk_interp *state, PyCodeObject *code, stk_code_tag tag,
         int depth)
{
    PyObject *constants = code->co_consts;

    if (depth > NESTING_MAX)
        return 0;
    if (tag_one(state, code, tag) < 0)
        return -1;
    tag = tag_within(tag);
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(constants); i++) {
        PyObject *constant = PyTuple_GET_ITEM(constants, i);

        if (PyCode_Check(constant) &&
            tag_tree(state, (PyCodeObject *)constant, tag, depth + 1) < 0)
            return -1;
    }
    return 0;
}

int
stk_code_tag_tree(const stk_interp *state, PyCodeObject *code,
                  stk_code_tag tag)
{
    return tag_tree(state, code, tag, 0);
}

int
stk_code_tag_not_program(const stk_interp *state, PyCodeObject *code,
                         stk_code_tag tag)
{
    code_extra *extra = code->co_extra;

    if (!extra || extra->size <= state->extra_index)
        return stk_code_tag_set(state, code, tag);
    extra->slots[state->extra_index] = pack_tag(tag);
    return 0;
}

/* 0, and `id` filled; -1: no such file. */
static int
find_file(stk_file_id *id, PyObject *path)
{
    PyObject *bytes = NULL;
    struct stat found;
    int result;

    if (!PyUnicode_Check(path) || !PyUnicode_FSConverter(path, &bytes)) {
        PyErr_Clear();
        return -1;
    }
    result = stat(PyBytes_AS_STRING(bytes), &found);
    Py_DECREF(bytes);
    if (result == 0)
        *id = (stk_file_id){ found.st_dev, found.st_ino };
    return result;
}

void
stk_code_note_program(stk_interp *state, PyCodeObject *code)
{
    stk_file_id none = { 0, 0 };

    if (find_file(&state->program, code->co_filename) < 0)
        state->program = none;
}

bool
stk_code_is_program(const stk_interp *state, PyObject *path)
{
    stk_file_id id;

    return state->program.ino != 0 && find_file(&id, path) == 0 &&
           id.dev == state->program.dev && id.ino == state->program.ino;
}

int
stk_code_tag_program(stk_interp *state, PyCodeObject *code)
{
    stk_code_tag tag = { STK_CODE_PROGRAM, 0 };

    stk_code_note_program(state, code);
    tag.importer = stk_importer_number("__main__", 0, 0);
    return stk_code_tag_tree(state, code, tag);
}
