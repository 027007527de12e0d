/* SPDX-License-Identifier: Apache-2.0 */
/* Finds a module that must be signed: nobody else is asked for it. */
#include "python/signed/signed.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "guard/evidence.h"
#include "guard/report.h"
#include "python/load/origin.h"
#include "python/load/pins.h"
#include "python/load/program.h"
#include "python/object/loaded.h"
#include "python/object/name.h"
#include "python/signed/settle.h"
#include "python/signed/signature.h"
#include "python/signed/verified.h"
#include "trust/digest.h"

#define SUFFIXES_MAX 16u
#define INBUILT_BITS 4096u /* a power of two */

/* What this Python calls its bytecode and its extensions; owned. */
struct stk_signed {
    stk_python python;
    char *cache_tag;
    char *library;
    char *cached; /* the end of what is in __pycache__ */
    char *suffixes[SUFFIXES_MAX];
    bool has_magic;
    /* by the first label: a name that is not among them is neither built in
     * nor frozen, as long as `frozen` is where those are */
    uint64_t inbuilt[INBUILT_BITS / 64];
    const struct _frozen *frozen;
    bool knows_inbuilt;
};

/* ---- this Python ----------------------------------------------------- */

static int
note_suffixes(stk_interp *state, struct stk_signed *own)
{
    PyObject *call =
        PyDict_GetItemString(state->imp_dict, "extension_suffixes");
    PyObject *list = call ? PyObject_CallNoArgs(call) : NULL;
    size_t n = 0;

    if (!list)
        return -1;
    for (Py_ssize_t i = 0;
         PyList_Check(list) && i < PyList_GET_SIZE(list) && n < SUFFIXES_MAX;
         i++) {
        const char *text = PyUnicode_AsUTF8(PyList_GET_ITEM(list, i));

        own->suffixes[n] = text ? stk_text_dup(text) : NULL;
        if (!own->suffixes[n])
            break;
        n++;
    }
    Py_DECREF(list);
    own->python.suffixes = (const char *const *)own->suffixes;
    own->python.n_suffixes = n;
    return PyErr_Occurred() ? -1 : 0;
}

/* ".cpython-311.opt-1.pyc" */
static int
note_cached(struct stk_signed *own)
{
    const stk_python *python = &own->python;
    char level[24] = "";

    if (!python->cache_tag[0])
        return 0;
    if (python->optimisation > 0)
        PyOS_snprintf(level, sizeof level, ".opt-%u", python->optimisation);
    own->cached = stk_text_printf(".%s%s.pyc", python->cache_tag, level);
    if (!own->cached)
        PyErr_NoMemory();
    return own->cached ? 0 : -1;
}

static int
note_bytecode(const stk_interp *state, struct stk_signed *own)
{
    PyObject *implementation =
        PyDict_GetItemString(state->sys_dict, "implementation");
    PyObject *flags = PyDict_GetItemString(state->sys_dict, "flags");
    PyObject *tag = implementation
                        ? PyObject_GetAttrString(implementation, "cache_tag")
                        : NULL;
    PyObject *level = flags ? PyObject_GetAttrString(flags, "optimize") : NULL;
    const char *text =
        tag && PyUnicode_Check(tag) ? PyUnicode_AsUTF8(tag) : "";

    own->cache_tag = text ? stk_text_dup(text) : NULL;
    own->python.cache_tag = own->cache_tag;
    own->python.optimisation =
        level ? (unsigned)PyLong_AsUnsignedLong(level) : 0;
    Py_XDECREF(tag);
    Py_XDECREF(level);
    return own->cache_tag && !PyErr_Occurred() ? note_cached(own) : -1;
}

static int
note_library(const stk_interp *state, struct stk_signed *own)
{
    PyObject *encoded;

    if (PyTuple_GET_SIZE(state->stdlib_dirs) == 0)
        return 0;
    encoded =
        PyUnicode_EncodeFSDefault(PyTuple_GET_ITEM(state->stdlib_dirs, 0));
    if (!encoded)
        return -1;
    own->library = stk_text_dup(PyBytes_AS_STRING(encoded));
    own->python.library = own->library;
    Py_DECREF(encoded);
    if (!own->library)
        PyErr_NoMemory();
    return own->library ? 0 : -1;
}

/* importlib knows it, which is not there from the first moment on. Without
 * it no code fits, and source is compiled. */
static void
note_magic(struct stk_signed *own)
{
    PyObject *external, *magic;

    if (own->has_magic)
        return;
    external = stk_module_namespace("_frozen_importlib_external");
    magic = external ? PyDict_GetItemString(external, "MAGIC_NUMBER") : NULL;

    if (magic && PyBytes_CheckExact(magic) &&
        PyBytes_GET_SIZE(magic) == sizeof own->python.magic) {
        memcpy(own->python.magic, PyBytes_AS_STRING(magic),
               sizeof own->python.magic);
        own->has_magic = true;
    }
}

/* ---- what is in it --------------------------------------------------- */

/* FNV-1a, of the first label. */
static uint32_t
hash_label(const char *name)
{
    uint32_t hash = 2166136261u;

    while (*name && *name != '.')
        hash = (hash ^ (unsigned char)*name++) * 16777619u;
    return (hash ^ hash >> 16) & (INBUILT_BITS - 1);
}

static void
note_label(struct stk_signed *own, const char *name)
{
    uint32_t at = hash_label(name);

    own->inbuilt[at / 64] |= (uint64_t)1 << at % 64;
}

static bool
note_names(struct stk_signed *own, PyObject *names)
{
    PyObject *list = names ? PySequence_List(names) : NULL;
    const char *name;
    bool all = list != NULL;

    for (Py_ssize_t i = 0; all && i < PyList_GET_SIZE(list); i++) {
        name = PyUnicode_Check(PyList_GET_ITEM(list, i))
                   ? PyUnicode_AsUTF8(PyList_GET_ITEM(list, i))
                   : NULL;
        if (name)
            note_label(own, name);
        else
            all = false;
    }
    Py_XDECREF(list);
    PyErr_Clear();
    return all;
}

/* From 3.11 on most of them are in tables of the interpreter's own. */
static bool
note_frozen(const stk_interp *state, struct stk_signed *own)
{
#if PY_VERSION_HEX >= 0x030B0000
    PyObject *call =
        PyDict_GetItemString(state->imp_dict, "_frozen_module_names");
    PyObject *names = call ? PyObject_CallNoArgs(call) : NULL;
    bool all = note_names(own, names);

    Py_XDECREF(names);
    PyErr_Clear();
    if (!all)
        return false;
#else
    (void)state;
#endif
    own->frozen = PyImport_FrozenModules;
    for (const struct _frozen *at = own->frozen; at && at->name; at++)
        note_label(own, at->name);
    return true;
}

static void
note_inbuilt(const stk_interp *state, struct stk_signed *own)
{
    PyObject *names =
        PyDict_GetItemString(state->sys_dict, "builtin_module_names");

    own->knows_inbuilt = note_names(own, names) && note_frozen(state, own);
}

static bool
is_neither(const stk_interp *state, PyObject *name)
{
    const struct stk_signed *own = state->signed_python;
    const char *text = PyUnicode_AsUTF8(name);
    uint32_t at;

    if (!text) {
        PyErr_Clear();
        return false;
    }
    at = hash_label(text);
    return own->knows_inbuilt && own->frozen == PyImport_FrozenModules &&
           !(own->inbuilt[at / 64] >> at % 64 & 1);
}

int
stk_signed_prepare(stk_interp *state)
{
    struct stk_signed *own = calloc(1, sizeof *own);

    if (!own) {
        PyErr_NoMemory();
        return -1;
    }
    stk_signed_forget(state);
    state->signed_python = own;
    state->is_builtin =
        Py_XNewRef(PyDict_GetItemString(state->imp_dict, "is_builtin"));
    state->is_frozen =
        Py_XNewRef(PyDict_GetItemString(state->imp_dict, "is_frozen"));
    if (note_bytecode(state, own) < 0 || note_suffixes(state, own) < 0 ||
        note_library(state, own) < 0)
        return -1;
    note_inbuilt(state, own);
    Py_XSETREF(state->verified_type, stk_verified_type());
    return state->verified_type ? 0 : -1;
}

void
stk_signed_forget(stk_interp *state)
{
    struct stk_signed *own = state->signed_python;

    Py_CLEAR(state->is_builtin);
    Py_CLEAR(state->is_frozen);
    state->signed_python = NULL;
    if (!own)
        return;
    for (size_t i = 0; i < own->python.n_suffixes; i++)
        free(own->suffixes[i]);
    free(own->cache_tag);
    free(own->library);
    free(own->cached);
    free(own);
}

/* FOLDER/__pycache__/STEM and what `end` says. */
static char *
join_cached(const char *path, const char *name, const char *dot,
            const char *end)
{
    static const char folder[] = "__pycache__/";
    size_t before = (size_t)(name - path), stem = (size_t)(dot - name);
    size_t last = strlen(end) + 1;
    char *text = malloc(before + sizeof folder - 1 + stem + last);
    char *at = text;

    if (!text)
        return NULL;
    memcpy(at, path, before);
    at += before;
    memcpy(at, folder, sizeof folder - 1);
    at += sizeof folder - 1;
    memcpy(at, name, stem);
    memcpy(at + stem, end, last);
    return text;
}

PyObject *
stk_signed_cached(const stk_interp *state, const char *path)
{
    PyObject *prefix =
        stk_dict_get(state->sys_dict, state->str_pycache_prefix);
    const struct stk_signed *own = state->signed_python;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    bool is_plain = !prefix || prefix == Py_None;
    PyObject *cached = NULL;
    char *text;

    Py_XDECREF(prefix);
    if (!is_plain || !dot || !own->cached)
        return NULL;
    text = join_cached(path, name, dot, own->cached);
    if (text)
        cached = PyUnicode_DecodeFSDefault(text);
    else
        PyErr_NoMemory();
    free(text);
    return cached;
}

const stk_python *
stk_signed_python(const stk_interp *state)
{
    note_magic(state->signed_python);
    return &state->signed_python->python;
}

/* ---- where to look --------------------------------------------------- */

typedef struct folder_list {
    PyObject *owners;   /* strong; list of bytes that `paths` point into */
    const char **paths; /* owned */
    size_t n;
} folder_list;

static void
clear_folders(folder_list *folders)
{
    Py_CLEAR(folders->owners);
    free(folders->paths);
    folders->paths = NULL;
}

/* What is no str cannot be a folder of source: importlib skips it, too. */
static int
add_folder(folder_list *folders, PyObject *entry)
{
    PyObject *encoded = stk_path_encoded(entry);
    int result;

    if (!encoded)
        return 0;
    result = PyList_Append(folders->owners, encoded);
    if (result == 0)
        folders->paths[folders->n++] = PyBytes_AS_STRING(encoded);
    Py_DECREF(encoded);
    return result;
}

/* sys.path for a top-level name, else the path that importlib was given:
 * the __path__ of its package. Copied, for who changes the list meanwhile. */
static int
read_folders(const stk_interp *state, PyObject *path, folder_list *folders)
{
    PyObject *list;
    int result = 0;

    if (path == Py_None)
        path = PyDict_GetItemString(state->sys_dict, "path");
    list = path ? PySequence_List(path) : PyList_New(0);
    folders->owners = PyList_New(0);
    folders->paths =
        list ? calloc((size_t)PyList_GET_SIZE(list) + 1, sizeof(char *))
             : NULL;
    if (!list || !folders->owners || !folders->paths) {
        if (!PyErr_Occurred())
            PyErr_NoMemory();
        Py_XDECREF(list);
        return -1;
    }
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(list); i++)
        result = add_folder(folders, PyList_GET_ITEM(list, i));
    Py_DECREF(list);
    return result;
}

/* ---- what was found -------------------------------------------------- */

static int
record_evidence(stk_attempt_open *attempt, const stk_evidence *evidence)
{
    char hex[STK_DIGEST_HEX];
    stk_found found = { .loader = "stockade.VerifiedLoader",
                        .outcome = "found" };
    int result;

    if (evidence->trust == STK_TRUST_NONE) {
        found.loader = NULL;
        found.outcome = "not-found";
        return stk_attempt_record(attempt, &found);
    }
    found.origin = PyUnicode_DecodeFSDefault(evidence->path);
    found.key = stk_evidence_keys(evidence);
    found.trust = stk_evidence_oddity(evidence, &found.error);
    if (evidence->has_digest)
        found.digest = stk_digest_hex(hex, evidence->digest);
    result = found.origin ? stk_attempt_record(attempt, &found) : -1;
    Py_XDECREF(found.origin);
    return result;
}

/* Records the refusal before it is raised. 0: the guard only observes. */
static int
refuse_evidence(const stk_interp *state, stk_attempt_open *attempt,
                PyObject *name, const stk_evidence *evidence)
{
    stk_found found = { 0 };
    stk_rule_ref rule;
    int result;

    found.origin =
        evidence->path ? PyUnicode_DecodeFSDefault(evidence->path) : NULL;
    found.key = stk_evidence_keys(evidence);
    found.trust = stk_trust_name(evidence->trust);
    found.error = evidence->message;
    PyErr_Clear();
    result = stk_attempt_distrust(attempt, &found);
    Py_XDECREF(found.origin);
    rule = stk_attempt_wanted(attempt).rule;
    return result > 0 ? stk_signature_raise(state, name, evidence, &rule)
                      : result;
}

static PyObject *
make_spec(stk_interp *state, stk_attempt_open *attempt, PyObject *name,
          stk_evidence *evidence)
{
    stk_evidence_store *store = stk_attempt_wanted(attempt).evidence;

    if (stk_origin_is_stdlib_name(state, name))
        stk_attempt_set_stdlib(attempt);
    if (record_evidence(attempt, evidence) < 0)
        return NULL;
    return stk_verified_spec(state, name, store, evidence);
}

static PyObject *
take_evidence(stk_interp *state, stk_attempt_open *attempt, PyObject *name,
              stk_evidence *evidence, bool *left)
{
    switch (evidence->trust) {
    case STK_TRUST_OK:
        return make_spec(state, attempt, name, evidence);
    case STK_TRUST_NONE:
        if (stk_program_in_archive(state, name)) {
            *left = true;
            return Py_NewRef(Py_None);
        }
        return record_evidence(attempt, evidence) < 0 ? NULL
                                                      : Py_NewRef(Py_None);
    default:
        if (refuse_evidence(state, attempt, name, evidence) < 0)
            return NULL;
        *left = true;
        return Py_NewRef(Py_None);
    }
}

/* ---- what is in the interpreter -------------------------------------- */

/* `ask` is one of _imp's, as it was at first; anything but a yes is a no. */
static bool
says_yes(PyObject *ask, PyObject *name)
{
    PyObject *answer = ask ? PyObject_CallOneArg(ask, name) : NULL;
    bool yes = answer && PyObject_IsTrue(answer) == 1;

    Py_XDECREF(answer);
    PyErr_Clear();
    return yes;
}

bool
stk_signed_is_builtin(const stk_interp *state, PyObject *name)
{
    return says_yes(state->is_builtin, name);
}

bool
stk_signed_is_inbuilt(const stk_interp *state, PyObject *name)
{
    return !is_neither(state, name) && (says_yes(state->is_builtin, name) ||
                                        says_yes(state->is_frozen, name));
}

static bool
is_interpreters(stk_interp *state, PyObject *spec)
{
    PyObject *loader = stk_origin_field(state, spec, state->str_loader);
    bool found =
        loader &&
        (loader == PyDict_GetItemWithError(state->bootstrap_dict,
                                           state->str_builtin_importer) ||
         loader == PyDict_GetItemWithError(state->bootstrap_dict,
                                           state->str_frozen_importer));

    Py_XDECREF(loader);
    return found && stk_pins_hold(state);
}

int
stk_signed_judge_inbuilt(stk_interp *state, stk_attempt_open *attempt,
                         PyObject *name, PyObject *spec)
{
    stk_evidence evidence = STK_EVIDENCE_INIT;
    int result;

    if (spec == Py_None || is_interpreters(state, spec))
        return 0;
    stk_evidence_refuse(
        &evidence, STK_TRUST_UNSIGNED,
        "%s is part of the interpreter, and what sys.meta_path or importlib "
        "was changed to gives another",
        stk_attempt_wanted(attempt).name);
    result = refuse_evidence(state, attempt, name, &evidence);
    stk_evidence_clear(&evidence);
    return result;
}

/* ---- one name -------------------------------------------------------- */

static int
look(const stk_interp *state, const stk_wanted *wanted, PyObject *path,
     bool unsettled, stk_evidence *out)
{
    folder_list folders = { NULL, NULL, 0 };
    stk_sought sought = { .name = wanted->name,
                          .bundle = wanted->bundle,
                          .python = stk_signed_python(state),
                          .unrecorded = !stk_guard_logs(stk_process_guard()),
                          .unsettled = unsettled };
    int result = wanted->bundle ? 0 : read_folders(state, path, &folders);

    sought.folders = folders.paths;
    sought.n_folders = folders.n;
    if (result == 0 &&
        stk_evidence_find(wanted->evidence, &sought, out, NULL) < 0) {
        PyErr_NoMemory();
        result = -1;
    }
    clear_folders(&folders);
    return result;
}

int
stk_signed_look(const stk_interp *state, const stk_wanted *wanted,
                PyObject *path, stk_evidence *out)
{
    return look(state, wanted, path, false, out);
}

PyObject *
stk_signed_find(stk_interp *state, stk_attempt_open *attempt,
                const stk_query *query, bool *left)
{
    stk_evidence evidence = STK_EVIDENCE_INIT;
    stk_wanted wanted = stk_attempt_wanted(attempt);
    PyObject *spec = NULL;

    *left = false;
    if (look(state, &wanted, query->path, true, &evidence) == 0 &&
        stk_settle_namespace(&wanted, query->name, &evidence) == 0)
        spec = take_evidence(state, attempt, query->name, &evidence, left);
    stk_evidence_clear(&evidence);
    return spec;
}
