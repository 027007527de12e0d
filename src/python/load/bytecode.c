/* SPDX-License-Identifier: Apache-2.0 */
/* Verified bytes as a code object, from private memory and nothing else. */
#include "python/load/bytecode.h"

#include <marshal.h>
#include <string.h>

/* ---- what is unmarshalled, settled in one walk ----------------------- */

/* `tag` is what its body is tagged with, or NULL. */
typedef struct settling {
    PyObject *from, *to; /* borrowed */
    const stk_interp *state;
    const stk_code_tag *tag;
    bool failed; /* to tag; with an exception */
} settling;

/*
 * The file may have been built elsewhere: tracebacks name where it is. As
 * _imp._fix_co_filename() does it, for code that nobody has seen yet: whether
 * the code within it is to be moved, too.
 */
static bool
move_code(PyCodeObject *code, const settling *s)
{
    if (code->co_filename != s->from &&
        PyUnicode_Compare(code->co_filename, s->from) != 0)
        return false;
    Py_XSETREF(code->co_filename, Py_NewRef(s->to));
    return true;
}

static void settle_code(PyCodeObject *code, settling *s, bool moves,
                        enum stk_code_kind kind);

/* Nothing that marshal makes says so of each object apart. */
static inline bool
is_collected(PyObject *object)
{
    return PyType_HasFeature(Py_TYPE(object), Py_TPFLAGS_HAVE_GC);
}

/*
 * A tuple that leads to nothing that is collected is not collected either:
 * the collector takes it from its list when it first comes by, a tenth of the
 * time that it takes over new code. Nobody else has these yet. Returns
 * whether it stays. `s` is NULL for what no compiler makes: code in a tuple
 * in a tuple.
 */
static bool
leave_tuple(PyObject *tuple, settling *s, bool moves)
{
    bool stays = false;

    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(tuple); i++) {
        PyObject *item = PyTuple_GET_ITEM(tuple, i);

        if (PyUnicode_CheckExact(item))
            continue;
        if (PyCode_Check(item))
            settle_code((PyCodeObject *)item, s, moves, STK_CODE_PLAIN);
        if (PyTuple_CheckExact(item) ? leave_tuple(item, NULL, false)
                                     : is_collected(item))
            stays = true;
    }
    if (!stays)
        PyObject_GC_UnTrack(tuple);
    return stays;
}

/* Code has no other names than exact strings. */
static void
settle_code(PyCodeObject *code, settling *s, bool moves,
            enum stk_code_kind kind)
{
    if (moves && !move_code(code, s))
        moves = false;
    if (s && s->tag) {
        stk_code_tag tag = { kind, s->tag->importer };

        s->failed |= stk_code_tag_set(s->state, code, tag) < 0;
    }
    leave_tuple(code->co_consts, s, moves);
    PyObject_GC_UnTrack(code->co_names);
#if PY_VERSION_HEX >= 0x030B0000
    PyObject_GC_UnTrack(code->co_localsplusnames);
#else
    PyObject_GC_UnTrack(code->co_varnames);
    PyObject_GC_UnTrack(code->co_freevars);
    PyObject_GC_UnTrack(code->co_cellvars);
#endif
}

/* Takes `body`, and returns it; NULL with an exception. */
static PyObject *
settle_body(PyObject *body, const stk_code_bytes *bytes)
{
    PyCodeObject *code = (PyCodeObject *)body;
    settling s = { Py_NewRef(code->co_filename), bytes->path, NULL, NULL,
                   false };
    bool elsewhere = PyUnicode_Compare(s.from, bytes->path) != 0;

    if (bytes->tag) {
        s.state = stk_interp_get();
        s.tag = bytes->tag;
    }
    if (bytes->tag && !s.state)
        s.failed = true;
    else
        settle_code(code, &s, elsewhere,
                    s.tag ? s.tag->kind : STK_CODE_UNKNOWN);
    Py_DECREF(s.from);
    if (s.failed)
        Py_CLEAR(body);
    return body;
}

/* ---- code ----------------------------------------------------------- */

/* Borrowed: what marshal writes last of a code object. */
static PyObject *
last_field(const PyCodeObject *code)
{
#if PY_VERSION_HEX >= 0x030B0000
    return code->co_exceptiontable;
#elif PY_VERSION_HEX >= 0x030A0000
    return code->co_linetable;
#else
    return code->co_lnotab;
#endif
}

/*
 * marshal stops behind the code, and tells nobody where: what it wrote last,
 * a string of bytes or a reference to an earlier one, must be the end of
 * what was signed.
 */
static bool
is_whole(const stk_code_bytes *bytes, const PyCodeObject *code)
{
    enum { TYPE = 1, NUMBER = 4, SHARED = 0x80 };
    const unsigned char *end =
        (const unsigned char *)bytes->data + bytes->length;
    PyObject *last = last_field(code);
    size_t length = (size_t)PyBytes_GET_SIZE(last);
    const unsigned char *at = end - length - NUMBER;

    if (bytes->length >= TYPE + NUMBER && end[-TYPE - NUMBER] == 'r')
        return true;
    if (bytes->length < TYPE + NUMBER + length ||
        (at[-TYPE] | SHARED) != ('s' | SHARED))
        return false;
    for (size_t i = 0; i < NUMBER; i++)
        if (at[i] != (length >> 8 * i & 0xFF))
            return false;
    return !memcmp(at + NUMBER, PyBytes_AS_STRING(last), length);
}

static PyObject *
refuse(PyObject *code, const stk_code_bytes *bytes, const char *what)
{
    Py_DECREF(code);
    return PyErr_Format(PyExc_ImportError, "the code for %R %s", bytes->path,
                        what);
}

static PyObject *
read_code(const stk_code_bytes *bytes)
{
    PyObject *code =
        PyMarshal_ReadObjectFromString(bytes->data, (Py_ssize_t)bytes->length);

    return code && !PyCode_Check(code)
               ? refuse(code, bytes, "is no code object")
               : code;
}

PyObject *
stk_bytecode_load(const stk_code_bytes *bytes)
{
    PyObject *code = read_code(bytes);

    if (code && !is_whole(bytes, (PyCodeObject *)code))
        return refuse(code, bytes, "has more behind it");
    return code ? settle_body(code, bytes) : NULL;
}

PyObject *
stk_bytecode_unmarshal(const stk_code_bytes *bytes)
{
    PyObject *code = read_code(bytes);

    return code ? settle_body(code, bytes) : NULL;
}

PyObject *
stk_bytecode_compile(const stk_code_bytes *bytes)
{
    PyCompilerFlags flags = { 0, PY_MINOR_VERSION };

    if (memchr(bytes->data, '\0', bytes->length)) {
        PyErr_SetString(PyExc_SyntaxError,
                        "source code cannot contain null bytes");
        return NULL;
    }
    if (PySys_Audit("compile", "y#O", bytes->data, (Py_ssize_t)bytes->length,
                    bytes->path) < 0)
        return NULL;
    return Py_CompileStringObject(bytes->data, bytes->path, Py_file_input,
                                  &flags, -1);
}
