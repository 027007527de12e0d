/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: numbers for importers, tags on code, walks over frames. */
#include "python/importer.h"

#include <opcode.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "python/name.h"

/* ---- numbers --------------------------------------------------------- */

/*
 * Process-wide, because deep-frozen code objects are shared by the
 * interpreters of a process. Entries are never removed: a number in a tag
 * must mean the same for as long as the code lives.
 */
typedef struct importer_entry {
    stk_importer importer; /* its name owned */
    uint32_t brought_by;
} importer_entry;

static struct {
    pthread_mutex_t lock;
    importer_entry *entries; /* [0] is unknown */
    uint32_t n;
    uint32_t *slots; /* open addressing; 0: free */
    uint32_t size;   /* a power of two */
} table = { PTHREAD_MUTEX_INITIALIZER, NULL, 0, NULL, 0 };

static uint32_t
hash_importer(const importer_entry *wanted)
{
    uint32_t hash = 2166136261u ^ wanted->importer.flags;

    hash = (hash ^ wanted->brought_by) * 16777619u;
    for (const char *c = wanted->importer.name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    return hash;
}

static bool
same_entry(const importer_entry *a, const importer_entry *b)
{
    return a->importer.flags == b->importer.flags &&
           a->brought_by == b->brought_by &&
           !strcmp(a->importer.name, b->importer.name);
}

static uint32_t *
find_slot(const importer_entry *wanted)
{
    uint32_t at = hash_importer(wanted) & (table.size - 1);

    while (table.slots[at] &&
           !same_entry(&table.entries[table.slots[at]], wanted))
        at = (at + 1) & (table.size - 1);
    return &table.slots[at];
}

static int
grow_table(void)
{
    uint32_t size = table.size ? table.size * 2 : 256;
    uint32_t *slots = calloc(size, sizeof *slots);
    importer_entry *entries =
        realloc(table.entries, size / 2 * sizeof *entries);

    if (entries)
        table.entries = entries;
    if (!slots || !entries) {
        free(slots);
        return -1;
    }
    if (table.n == 0) {
        table.entries[0] =
            (importer_entry){ { NULL, STK_REQUEST_UNKNOWN }, 0 };
        table.n = 1;
    }
    free(table.slots);
    table.slots = slots;
    table.size = size;
    for (uint32_t i = 1; i < table.n; i++)
        *find_slot(&table.entries[i]) = i;
    return 0;
}

static uint32_t
add_importer(uint32_t *slot, const importer_entry *wanted)
{
    char *copy = stk_text_dup(wanted->importer.name);

    if (!copy)
        return 0;
    table.entries[table.n] = *wanted;
    table.entries[table.n].importer.name = copy;
    *slot = table.n;
    return table.n++;
}

uint32_t
stk_importer_number(const char *name, uint32_t flags, uint32_t brought_by)
{
    importer_entry wanted = { { name, flags }, brought_by };
    uint32_t number = 0, *slot;

    pthread_mutex_lock(&table.lock);
    if (table.n < table.size / 2 || grow_table() == 0) {
        slot = find_slot(&wanted);
        number = *slot ? *slot : add_importer(slot, &wanted);
    }
    pthread_mutex_unlock(&table.lock);
    return number;
}

static importer_entry
get_entry(uint32_t number)
{
    importer_entry found = { { NULL, STK_REQUEST_UNKNOWN }, 0 };

    pthread_mutex_lock(&table.lock);
    if (number > 0 && number < table.n)
        found = table.entries[number];
    pthread_mutex_unlock(&table.lock);
    return found;
}

stk_importer
stk_importer_get(uint32_t number)
{
    return get_entry(number).importer;
}

uint32_t
stk_importer_brought_by(uint32_t number)
{
    return get_entry(number).brought_by;
}

/* ---- tags ------------------------------------------------------------ */

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

stk_code_tag
stk_code_tag_get(const stk_interp *state, PyCodeObject *code)
{
    stk_code_tag tag = { STK_CODE_UNKNOWN, 0 };
    void *extra = NULL;
    uint64_t value;

    if (PyUnstable_Code_GetExtra((PyObject *)code, state->extra_index,
                                 &extra) < 0) {
        PyErr_Clear();
        return tag;
    }
    value = (uint64_t)(uintptr_t)extra;
    if (value >> 48 != TAG_MARK)
        return tag;
    tag.kind = (enum stk_code_kind)(value >> 32 & 0xFF);
    tag.importer = (uint32_t)value;
    return tag;
}

int
stk_code_tag_set(const stk_interp *state, PyCodeObject *code, stk_code_tag tag)
{
    if (stk_code_tag_get(state, code).kind != STK_CODE_UNKNOWN)
        return 0;
    return PyUnstable_Code_SetExtra((PyObject *)code, state->extra_index,
                                    pack_tag(tag));
}

/* Nesting is bounded by the compiler (100 blocks) but not by marshal. */
#define NESTING_MAX 500

static int
tag_tree(const stk_interp *state, PyCodeObject *code, stk_code_tag tag,
         int depth)
{
    stk_code_tag inner = tag;

    if (depth > NESTING_MAX)
        return 0;
    if (stk_code_tag_set(state, code, tag) < 0)
        return -1;
    if (inner.kind == STK_CODE_BODY || inner.kind == STK_CODE_PROGRAM)
        inner.kind = STK_CODE_PLAIN;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_consts); i++) {
        PyObject *constant = PyTuple_GET_ITEM(code->co_consts, i);

        if (PyCode_Check(constant) &&
            tag_tree(state, (PyCodeObject *)constant, inner, depth + 1) < 0)
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
stk_code_tag_program(const stk_interp *state, PyCodeObject *code)
{
    stk_code_tag tag = { STK_CODE_PROGRAM, 0 };

    tag.importer = stk_importer_number("__main__", 0, 0);
    return stk_code_tag_tree(state, code, tag);
}

/* ---- what is loaded already ------------------------------------------ */

/* {address of a module's namespace: its name}, from sys.modules. */
static PyObject *
map_namespaces(void)
{
    PyObject *map = PyDict_New(), *modules = PyImport_GetModuleDict();
    PyObject *name, *module;
    Py_ssize_t at = 0;

    if (!map || !PyDict_Check(modules))
        return map;
    while (PyDict_Next(modules, &at, &name, &module)) {
        PyObject *key;
        int failed;

        if (!PyUnicode_CheckExact(name) || !PyModule_Check(module))
            continue;
        key = PyLong_FromVoidPtr(PyModule_GetDict(module));
        failed = !key || PyDict_SetItem(map, key, name) < 0;
        Py_XDECREF(key);
        if (failed) {
            Py_DECREF(map);
            return NULL;
        }
    }
    return map;
}

static int
tag_by_namespace(const stk_interp *state, PyObject *map, PyObject *globals,
                 PyCodeObject *code, enum stk_code_kind kind)
{
    PyObject *key = PyLong_FromVoidPtr(globals);
    PyObject *name = key ? PyDict_GetItemWithError(map, key) : NULL;
    stk_code_tag tag = { kind, 0 };
    stk_utf8 utf8;

    Py_XDECREF(key);
    if (!name)
        return PyErr_Occurred() ? -1 : 0;
    if (stk_utf8_get(&utf8, name) < 0)
        return -1;
    tag.importer = stk_importer_number(utf8.text, 0, 0);
    stk_utf8_clear(&utf8);
    return stk_code_tag_tree(state, code, tag);
}

static int
tag_functions(const stk_interp *state, PyObject *map)
{
    PyObject *gc = PyImport_ImportModule("gc");
    PyObject *objects =
        gc ? PyObject_CallMethod(gc, "get_objects", NULL) : NULL;
    int failed = !objects;

    Py_XDECREF(gc);
    for (Py_ssize_t i = 0; !failed && i < PyList_GET_SIZE(objects); i++) {
        PyObject *object = PyList_GET_ITEM(objects, i);

        if (PyFunction_Check(object))
            failed =
                tag_by_namespace(state, map, PyFunction_GET_GLOBALS(object),
                                 (PyCodeObject *)PyFunction_GET_CODE(object),
                                 STK_CODE_PLAIN) < 0;
    }
    Py_XDECREF(objects);
    return failed ? -1 : 0;
}

static int
tag_frames(const stk_interp *state, PyObject *map)
{
    PyFrameObject *frame = PyEval_GetFrame(), *back;
    int failed = 0;

    Py_XINCREF(frame);
    while (frame && !failed) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        PyObject *globals =
            PyObject_GetAttrString((PyObject *)frame, "f_globals");

        failed = !globals || tag_by_namespace(state, map, globals, code,
                                              STK_CODE_BODY) < 0;
        Py_XDECREF(globals);
        Py_DECREF(code);
        back = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = back;
    }
    Py_XDECREF(frame);
    return failed ? -1 : 0;
}

int
stk_code_tag_loaded(const stk_interp *state)
{
    PyObject *map = map_namespaces();
    int result;

    if (!map)
        return -1;
    result = tag_functions(state, map) < 0 || tag_frames(state, map) < 0;
    Py_DECREF(map);
    return result ? -1 : 0;
}

/* ---- importlib's own ------------------------------------------------- */

static PyObject *
plain_function(PyObject *value)
{
    if (PyObject_TypeCheck(value, &PyClassMethod_Type) ||
        PyObject_TypeCheck(value, &PyStaticMethod_Type))
        return PyObject_GetAttrString(value, "__func__");
    if (Py_TYPE(value) == &PyProperty_Type)
        return PyObject_GetAttrString(value, "fget");
    return Py_NewRef(value);
}

/* A class that Python code made: a static type has no code of ours, and
 * from 3.12 on no dict in its tp_dict either. */
static bool
is_class(PyObject *object)
{
    return PyType_Check(object) &&
           PyType_HasFeature((PyTypeObject *)object, Py_TPFLAGS_HEAPTYPE);
}

static int
tag_namespace(const stk_interp *state, PyObject *dict, PyObject *owner,
              int depth)
{
    static const stk_code_tag tag = { STK_CODE_IMPORTLIB, 0 };
    PyObject *key, *value;
    Py_ssize_t at = 0;

    while (PyDict_Next(dict, &at, &key, &value)) {
        PyObject *function = plain_function(value);
        int failed = 0;

        if (!function)
            return -1;
        if (PyFunction_Check(function) &&
            PyFunction_GET_GLOBALS(function) == owner)
            failed = stk_code_tag_tree(
                state, (PyCodeObject *)PyFunction_GET_CODE(function), tag);
        else if (depth == 0 && is_class(function))
            failed = tag_namespace(state, ((PyTypeObject *)function)->tp_dict,
                                   owner, 1);
        Py_DECREF(function);
        if (failed < 0)
            return -1;
    }
    return 0;
}

int
stk_code_tag_importlib(const stk_interp *state)
{
    static const char *const names[] = { "_frozen_importlib",
                                         "_frozen_importlib_external",
                                         "zipimport", "importlib",
                                         "importlib.util" };
    PyObject *modules = PyImport_GetModuleDict();

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        PyObject *module = PyDict_GetItemString(modules, names[i]);
        PyObject *dict;

        if (!module || !PyModule_Check(module))
            continue;
        dict = PyModule_GetDict(module);
        if (tag_namespace(state, dict, dict, 0) < 0)
            return -1;
    }
    return 0;
}

/* ---- frames ---------------------------------------------------------- */

/* Takes `frame`, gives its caller. */
static PyFrameObject *
step_out(PyFrameObject *frame)
{
    PyFrameObject *back = PyFrame_GetBack(frame);

    Py_DECREF(frame);
    return back;
}

static stk_code_tag
frame_tag(const stk_interp *state, PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    stk_code_tag tag = stk_code_tag_get(state, code);

    Py_DECREF(code);
    return tag;
}

/* Takes `frame`, gives the first at or outside it that is not importlib's. */
static PyFrameObject *
skip_importlib(const stk_interp *state, PyFrameObject *frame)
{
    while (frame && frame_tag(state, frame).kind == STK_CODE_IMPORTLIB)
        frame = step_out(frame);
    return frame;
}

bool
stk_frame_is_importlib(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame();

    return frame && frame_tag(state, frame).kind == STK_CODE_IMPORTLIB;
}

PyFrameObject *
stk_frame_asking(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame();

    Py_XINCREF(frame);
    return skip_importlib(state, frame);
}

static bool
is_named(PyFrameObject *frame, const char *name)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    bool found = PyUnicode_CompareWithASCIIString(code->co_name, name) == 0;

    Py_DECREF(code);
    return found;
}

PyFrameObject *
stk_frame_reload(const stk_interp *state)
{
    PyFrameObject *frame = PyEval_GetFrame(), *outermost = NULL;

    Py_XINCREF(frame);
    while (frame && frame_tag(state, frame).kind == STK_CODE_IMPORTLIB) {
        Py_INCREF(frame);
        Py_XSETREF(outermost, frame);
        frame = step_out(frame);
    }
    Py_XDECREF(frame);
    if (outermost && !is_named(outermost, "reload"))
        Py_CLEAR(outermost);
    return outermost;
}

/* ---- the import statement -------------------------------------------- */

/* The name of the IMPORT_NAME instruction that the frame stands at:
 * borrowed from `code`, or NULL. */
static PyObject *
static_name(PyFrameObject *frame, PyCodeObject *code)
{
    int at = PyFrame_GetLasti(frame), shift = 8;
    PyObject *bytes = at < 0 ? NULL : PyCode_GetCode(code), *name = NULL;
    const unsigned char *ops;
    Py_ssize_t arg;

    if (!bytes) {
        PyErr_Clear();
        return NULL;
    }
    ops = (const unsigned char *)PyBytes_AS_STRING(bytes);
    if (at + 1 < PyBytes_GET_SIZE(bytes) && ops[at] == IMPORT_NAME) {
        arg = ops[at + 1];
        for (at -= 2; at >= 0 && ops[at] == EXTENDED_ARG && shift < 32;
             at -= 2, shift += 8)
            arg |= (Py_ssize_t)ops[at + 1] << shift;
        if (arg < PyTuple_GET_SIZE(code->co_names))
            name = PyTuple_GET_ITEM(code->co_names, arg);
    }
    Py_DECREF(bytes);
    return name;
}

/* `name` is `tail`, or ends with it behind a dot: a relative import. */
static bool
ends_with_labels(const char *name, size_t length, const char *tail,
                 size_t tail_length)
{
    if (tail_length == 0)
        return true;
    if (tail_length > length ||
        memcmp(name + length - tail_length, tail, tail_length))
        return false;
    return tail_length == length || name[length - tail_length - 1] == '.';
}

/* `name` is what the statement imports, or a parent on the way to it. */
static bool
covers_name(const char *name, size_t length, const char *stated)
{
    size_t end = strlen(stated);

    for (;;) {
        if (ends_with_labels(name, length, stated, end))
            return true;
        while (end > 0 && stated[end - 1] != '.')
            end--;
        if (end == 0)
            return false;
        end--;
    }
}

/* `from stated import label` may load stated.label. */
static bool
covers_submodule(const char *name, const char *stated, PyCodeObject *code)
{
    const char *dot = strrchr(name, '.');

    if (!dot ||
        !ends_with_labels(name, (size_t)(dot - name), stated, strlen(stated)))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(code->co_names); i++)
        if (PyUnicode_CompareWithASCIIString(
                PyTuple_GET_ITEM(code->co_names, i), dot + 1) == 0)
            return true;
    return false;
}

/*
 * The frame stands at an import statement for this very name. co_names
 * alone would not do: a function that mentions `os` somewhere and imports
 * what it is told to would be taken for one that imports os.
 */
static bool
is_static_import(PyFrameObject *frame, const char *name)
{
    PyCodeObject *code = PyFrame_GetCode(frame);
    PyObject *stated = static_name(frame, code);
    const char *text = stated ? PyUnicode_AsUTF8(stated) : NULL;
    bool found = text && (covers_name(name, strlen(name), text) ||
                          covers_submodule(name, text, code));

    if (stated && !text)
        PyErr_Clear();
    Py_DECREF(code);
    return found;
}

/* A standard-library package looks a module of its own up by a name that
 * somebody gave it: encodings does, for whoever decodes. */
static bool
is_own_lookup(uint32_t importer, const char *name)
{
    const char *own = stk_importer_get(importer).name;
    size_t top = own ? strcspn(own, ".") : 0;

    return top > 0 && stk_policy_in_stdlib(own) && !strncmp(name, own, top) &&
           name[top] == '.';
}

static bool
stands_alone(PyFrameObject *frame, uint32_t importer, const char *name)
{
    return is_static_import(frame, name) || is_own_lookup(importer, name);
}

/* ---- who asks -------------------------------------------------------- */

static void
place_asker(stk_asker *out, PyFrameObject *frame)
{
    PyCodeObject *code = PyFrame_GetCode(frame);

    out->line = PyFrame_GetLineNumber(frame);
    out->file = PyUnicode_Check(code->co_filename)
                    ? Py_NewRef(code->co_filename)
                    : NULL;
    Py_DECREF(code);
}

/* No Python code asks at all: it is the program around the interpreter. */
static const stk_importer host_importer = { NULL, 0 };

void
stk_asker_innermost(stk_asker *out, const stk_interp *state)
{
    PyFrameObject *frame = stk_frame_asking(state);

    out->n = 1;
    out->innermost = 0;
    out->file = NULL;
    out->line = 0;
    if (frame) {
        out->innermost = frame_tag(state, frame).importer;
        place_asker(out, frame);
    }
    out->numbers[0] = out->innermost;
    out->importers[0] =
        frame ? stk_importer_get(out->innermost) : host_importer;
    Py_XDECREF(frame);
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

/* An importer, and those who brought it along. */
static void
add_asker(stk_asker *out, uint32_t number)
{
    stk_importer importer = stk_importer_get(number);

    put_asker(out, importer, number);
    for (int i = 0; i < 16; i++) {
        number = stk_importer_brought_by(number);
        if (number == 0)
            break;
        importer = stk_importer_get(number);
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

static void
add_inherited(stk_asker *out)
{
    for (size_t i = 0; i < inherited.n; i++)
        add_asker(out, inherited.numbers[i]);
}

/* The body of a module that importlib runs, or of the program: what lies
 * outside asked for the module, not for what its body asks for. */
static bool
is_boundary(const stk_interp *state, PyFrameObject *frame, stk_code_tag tag)
{
    PyFrameObject *back;
    bool found;

    if (tag.kind != STK_CODE_BODY)
        return tag.kind == STK_CODE_PROGRAM;
    back = PyFrame_GetBack(frame);
    found = back && frame_tag(state, back).kind == STK_CODE_IMPORTLIB;
    Py_XDECREF(back);
    return found;
}

void
stk_asker_all(stk_asker *out, const stk_interp *state, PyObject *name)
{
    PyFrameObject *frame = stk_frame_asking(state);
    stk_utf8 utf8 = { NULL, NULL };
    bool first = true;

    stk_asker_innermost(out, state);
    out->n = 0;
    if (name && stk_utf8_get(&utf8, name) < 0)
        PyErr_Clear();
    while (frame) {
        stk_code_tag tag = frame_tag(state, frame);

        add_asker(out, tag.importer);
        if (first && tag.importer && utf8.text &&
            stands_alone(frame, tag.importer, utf8.text))
            break;
        if (is_boundary(state, frame, tag))
            break;
        first = false;
        frame = skip_importlib(state, step_out(frame));
    }
    /* the stack has ended: what started the thread goes on asking */
    if (!frame)
        add_inherited(out);
    Py_XDECREF(frame);
    stk_utf8_clear(&utf8);
    if (out->n == 0)
        put_asker(out, host_importer, 0);
}

void
stk_asker_clear(stk_asker *asker)
{
    Py_CLEAR(asker->file);
}
