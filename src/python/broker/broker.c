/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker imports: decided by the policy, for the package that the
 * worker is for; found and read in the host, recorded, sent as bytes. Its
 * loaders are asked for code and never execute any here.
 *
 * A worker says who in it asks, and may lie. It is believed where nothing
 * but the text of the standard library can be had by it: what the standard
 * library imports of itself is no business of the plugin's. For `closure` see
 * broker_closure.c.
 */
#include "python/broker/broker.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "policy/name.h"
#include "python/asks/mark.h"
#include "python/attempt/denied.h"
#include "python/load/finders.h"
#include "python/load/origin.h"
#include "python/load/quickcall.h"
#include "python/load/walk.h"
#include "python/object/convert.h"
#include "python/object/loaded.h"
#include "python/remote/isolated.h"
#include "python/signed/signed.h"

#define IMPORTS_MAX 2000u /* of one worker */

/* ---- finding --------------------------------------------------------- */

static PyObject *find_module(stk_remote *remote, PyObject *name);

/* Of a spec that may be anybody's. */
static PyObject *
spec_field(PyObject *name, PyObject *spec, const char *field)
{
    stk_mark *lookup =
        stk_mark_begin(stk_interp_find(), STK_MARK_LOOKUP, name);
    PyObject *value = lookup ? PyObject_GetAttrString(spec, field) : NULL;

    stk_mark_end(lookup);
    return value;
}

/* Where the submodules of `name` are; NULL without an exception: it is no
 * package, or nowhere. */
static PyObject *
folders_of(stk_remote *remote, PyObject *name)
{
    PyObject *folders = PyDict_GetItemWithError(remote->served, name), *spec;

    if (folders || PyErr_Occurred())
        return Py_XNewRef(folders);
    spec = find_module(remote, name);
    if (!spec)
        return NULL;
    folders = spec == Py_None
                  ? NULL
                  : spec_field(name, spec, "submodule_search_locations");
    Py_DECREF(spec);
    return folders;
}

static PyObject *
ask_foreign(const stk_interp *state, PyObject *name, PyObject *path)
{
    PyObject *list = PyDict_GetItemString(state->sys_dict, "meta_path");
    PyObject *finders, *spec;

    finders =
        list && PyList_Check(list) ? PySequence_List(list) : PyList_New(0);
    spec = finders ? Py_NewRef(Py_None) : NULL;
    for (Py_ssize_t i = 0; spec == Py_None && i < PyList_GET_SIZE(finders);
         i++) {
        PyObject *finder = PyList_GET_ITEM(finders, i);

        if (finder == state->finder)
            continue;
        Py_SETREF(spec,
                  PyObject_CallMethod(finder, "find_spec", "OO", name, path));
    }
    Py_XDECREF(finders);
    return spec;
}

/* sys.meta_path behind us. */
static PyObject *
ask_finders(stk_interp *state, PyObject *name, PyObject *path)
{
    stk_mark *lookup = stk_mark_begin(state, STK_MARK_LOOKUP, name);
    PyObject *spec = NULL;

    if (lookup && !stk_signed_is_inbuilt(state, name))
        spec = stk_walk_spec(state, name, path);
    if (lookup && !spec && !PyErr_Occurred())
        spec = ask_foreign(state, name, path);
    stk_mark_end(lookup);
    return spec;
}

static PyObject *
find_below(stk_remote *remote, stk_interp *state, PyObject *name,
           Py_ssize_t dot)
{
    PyObject *parent = PyUnicode_Substring(name, 0, dot);
    PyObject *folders = parent ? folders_of(remote, parent) : NULL;
    PyObject *spec;

    Py_XDECREF(parent);
    if (!folders)
        return PyErr_Occurred() ? NULL : Py_NewRef(Py_None);
    if (folders == Py_None)
        return folders;
    spec = ask_finders(state, name, folders);
    Py_DECREF(folders);
    return spec;
}

static PyObject *
find_module(stk_remote *remote, PyObject *name)
{
    stk_interp *state = stk_interp_get();
    Py_ssize_t dot;

    if (!state || stk_finders_enforce(state) < 0)
        return NULL;
    dot = PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    return dot < 0 ? ask_finders(state, name, Py_None)
                   : find_below(remote, state, name, dot);
}

/* ---- deciding -------------------------------------------------------- */

typedef stk_broker_request request;

/* A string of code has a name, and is no package. */
bool
stk_broker_is_own(const stk_remote *remote, const char *package,
                  const char *name)
{
    return !remote->strings && stk_name_is_within(name, package);
}

stk_attempt
stk_broker_attempt(const stk_broker_request *r)
{
    return (stk_attempt){ r->text.text, &r->asker, 1, 0 };
}

stk_brokering
stk_broker_view(const stk_broker_request *r, const stk_remote *remote)
{
    return (
        stk_brokering){ r->name,   r->text.text,
                        &r->asker, stk_worker_profile(remote->worker)->name,
                        r->began,  &r->judgement };
}

int
stk_broker_record(const stk_broker_request *r, const stk_remote *remote,
                  stk_circumstances *circumstances)
{
    const stk_brokering b = stk_broker_view(r, remote);

    return stk_brokering_record(&b, circumstances);
}

int
stk_broker_note_refused(const stk_broker_request *r, const stk_remote *remote)
{
    if (stk_broker_is_for_jython(r) ||
        PyList_GET_SIZE(remote->refused) >= (Py_ssize_t)IMPORTS_MAX)
        return 0;
    return PyList_Append(remote->refused, r->name);
}

/* Another worker's. */
static int
refuse_requirement(request *r, const stk_remote *remote)
{
    stk_circumstances circumstances = { .outcome = "refused" };

    r->judgement.decision.verdict = STK_DENY;
    r->judgement.refuse = true;
    if (stk_broker_record(r, remote, &circumstances) < 0 ||
        stk_broker_note_refused(r, remote) < 0)
        return -1;
    return stk_quick_not_found(
        r->name,
        PyUnicode_FromFormat(
            "No module named %R: it is %s, and cannot be imported "
            "by %U, which is in a worker of its own",
            r->name, r->judgement.decision.requirement, remote->package));
}

static int
refuse_denied(const request *r, const stk_remote *remote)
{
    stk_circumstances circumstances = { 0 };
    const stk_interp *state = stk_interp_get();
    STK_CLEANUP(stk_freep)
    char *lazy = r->lazily ? stk_denied_lazily(r->text.text, r->claimed.text,
                                               &r->judgement)
                           : NULL;

    if (!state || stk_broker_record(r, remote, &circumstances) < 0 ||
        stk_broker_note_refused(r, remote) < 0)
        return -1;
    return stk_denied_raise(state, r->name, &r->asker, &r->judgement, lazy);
}

bool
stk_broker_fits(const char *requirement, const char *profile)
{
    const char *wanted = stk_requirement_profile(requirement);

    return !wanted || !strcmp(wanted, profile);
}

/* A package is in its worker whole. */
static bool
may_be_here(const request *r, const stk_remote *remote)
{
    const char *wanted = r->judgement.decision.requirement;

    if (!stk_requirement_profile(wanted))
        return true;
    if (remote->boxed)
        return r->own && stk_broker_fits(
                             wanted, stk_worker_profile(remote->worker)->name);
    return r->own;
}

static int
decide(request *r, const stk_remote *remote)
{
    r->own = stk_broker_is_own(remote, r->package.text, r->text.text);
    if (stk_broker_judge(r, remote) < 0)
        return -1;
    if (r->judgement.refuse)
        return refuse_denied(r, remote);
    if (!may_be_here(r, remote))
        return refuse_requirement(r, remote);
    return 0;
}

/* ---- one request ----------------------------------------------------- */

int
stk_broker_note(stk_remote *remote, PyObject *name, PyObject *folders)
{
    return PyDict_SetItem(remote->served, name, folders);
}

static int
note_folders(const request *r, stk_remote *remote, PyObject *spec)
{
    PyObject *folders =
        spec_field(r->name, spec, "submodule_search_locations");
    int result = folders ? stk_broker_note(remote, r->name, folders) : -1;

    Py_XDECREF(folders);
    return result;
}

static int
record_origin(const request *r, const stk_remote *remote, PyObject *spec,
              stk_circumstances *told)
{
    PyObject *origin = spec_field(r->name, spec, "origin");
    PyObject *exact = stk_str_or_null(origin);
    stk_utf8 text = { NULL, NULL };
    int result = -1;

    PyErr_Clear();
    told->loader = "stockade.WorkerLoader";
    if (!exact || stk_utf8_get(&text, exact) == 0) {
        told->origin = text.text;
        result = stk_broker_record(r, remote, told);
    }
    stk_utf8_clear(&text);
    Py_XDECREF(origin);
    return result;
}

/* An exception is set, and stays, unless the record is lost. */
static void
record_unsent(const request *r, const stk_remote *remote, PyObject *spec,
              bool machine)
{
    PyObject *type, *value, *traceback;
    stk_circumstances told = { .outcome = "failed",
                               .error = machine ? "machine code" : NULL };

    PyErr_Fetch(&type, &value, &traceback);
    if (!machine && type && PyType_Check(type))
        told.error = ((PyTypeObject *)type)->tp_name;
    if (record_origin(r, remote, spec, &told) == 0) {
        PyErr_Restore(type, value, traceback);
        return;
    }
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(traceback);
}

/* What is sent is recorded before, and as what it turned out to be. */
static PyObject *
send_found(const request *r, stk_remote *remote, PyObject *spec)
{
    stk_circumstances told = { .outcome = "found" };
    bool machine = false;
    PyObject *code = stk_broker_code(r->name, spec, r->own, &machine);

    if (!code)
        record_unsent(r, remote, spec, machine);
    else if (record_origin(r, remote, spec, &told) < 0 ||
             note_folders(r, remote, spec) < 0)
        Py_CLEAR(code);
    return code;
}

/* There is nothing to send. That it is so is the worker's word: else it has
 * no module. */
static PyObject *
send_kept(const request *r, stk_remote *remote)
{
    stk_circumstances circumstances = { .outcome = "found",
                                        .loader = "preload" };

    if (stk_broker_record(r, remote, &circumstances) < 0)
        return NULL;
    return stk_broker_found("kept", Py_False, Py_NewRef(Py_None), Py_None);
}

PyObject *
stk_broker_path(stk_remote *remote, PyObject *name)
{
    Py_ssize_t dot =
        PyUnicode_FindChar(name, '.', 0, PyUnicode_GET_LENGTH(name), -1);
    PyObject *parent, *folders;

    if (dot < 0)
        return Py_NewRef(Py_None);
    parent = PyUnicode_Substring(name, 0, dot);
    folders = parent ? folders_of(remote, parent) : NULL;
    Py_XDECREF(parent);
    if (folders == Py_None)
        Py_CLEAR(folders);
    return folders;
}

static PyObject *
send_none(const request *r, const stk_remote *remote)
{
    stk_circumstances circumstances = { .outcome = "not-found" };

    return stk_broker_record(r, remote, &circumstances) < 0
               ? NULL
               : Py_NewRef(Py_None);
}

static PyObject *
send_signed(request *r, stk_remote *remote, bool *left)
{
    PyObject *path = stk_broker_path(remote, r->name), *result;

    if (!path)
        return PyErr_Occurred() ? NULL : send_none(r, remote);
    result = stk_broker_signed(r, remote, path, left);
    Py_DECREF(path);
    return result;
}

/* Finders may be anybody's: what is part of the interpreter is in the
 * worker's, too. */
static PyObject *
send_inbuilt(const request *r, stk_remote *remote)
{
    const stk_interp *state = stk_interp_get();
    bool is_builtin = state && stk_signed_is_builtin(state, r->name);
    stk_circumstances circumstances = { .outcome = "found",
                                        .origin = is_builtin ? "built-in"
                                                             : "frozen" };

    if (is_builtin && r->kept)
        return send_kept(r, remote);
    if (!state || stk_broker_record(r, remote, &circumstances) < 0)
        return NULL;
    return stk_broker_found(is_builtin ? "builtin" : "frozen", Py_False,
                            Py_NewRef(Py_None), Py_None);
}

/* Nothing is verified under it here. */
static int
decide_other(request *other, const stk_remote *remote)
{
    if (decide(other, remote) < 0)
        return -1;
    return stk_requirement_signed(other->judgement.decision.requirement) &&
                   !stk_guard_observes(stk_process_guard())
               ? refuse_requirement(other, remote)
               : 0;
}

static PyObject *
other_name(const request *r, PyObject *spec)
{
    stk_interp *state = stk_interp_get();
    stk_mark *lookup =
        state ? stk_mark_begin(state, STK_MARK_LOOKUP, r->name) : NULL;
    PyObject *other =
        lookup ? stk_origin_other_name(state, r->name, spec) : NULL;

    stk_mark_end(lookup);
    return other;
}

/* That one has to be allowed as well. 0, or -1 with an exception. */
static int
decide_told(const request *r, const stk_remote *remote, PyObject *spec)
{
    request other = *r;
    int result;

    other.name = other_name(r, spec);
    if (!other.name)
        return PyErr_Occurred() ? -1 : 0;
    other.text = (stk_utf8){ NULL, NULL };
    other.judgement = (stk_judgement){ 0 };
    result = stk_utf8_get(&other.text, other.name) < 0
                 ? -1
                 : decide_other(&other, remote);
    if (other.judgement.policy)
        stk_judgement_clear(&other.judgement);
    stk_utf8_clear(&other.text);
    Py_DECREF(other.name);
    return result;
}

static PyObject *
send_if_right(request *r, stk_remote *remote, PyObject *spec)
{
    int shadow = stk_broker_shadow(r, remote, spec);

    if (shadow > 0)
        refuse_denied(r, remote);
    return shadow == 0 && decide_told(r, remote, spec) == 0
               ? send_found(r, remote, spec)
               : NULL;
}

static PyObject *
find_and_send(request *r, stk_remote *remote)
{
    PyObject *spec = find_module(remote, r->name), *result;

    if (!spec)
        return NULL;
    result = spec == Py_None ? send_none(r, remote)
                             : send_if_right(r, remote, spec);
    Py_DECREF(spec);
    return result;
}

/* There is nothing to send, and nothing that would have to be verified: it
 * gets no code. True: allowed to the code there. False: who asks is of the
 * standard library, and is not asked again. None: allowed to who asks. */
static PyObject *
grant_loaded(const request *r, stk_remote *remote)
{
    stk_circumstances circumstances = { .cached = true };
    const stk_interp *state = stk_interp_get();
    bool to_code = r->asker.name == r->package.text;

    if (stk_policy_cached(r->judgement.policy) != STK_CACHED_NONE &&
        stk_broker_record(r, remote, &circumstances) < 0)
        return NULL;
    if (!state || (!to_code && !stk_origin_is_stdlib_name(state, r->importer)))
        return state ? Py_NewRef(Py_None) : NULL;
    return PyBool_FromLong(to_code);
}

static PyObject *
send_module(request *r, stk_remote *remote)
{
    const stk_loader_rule *rule;
    bool left = false;
    PyObject *result;

    if (decide(r, remote) < 0)
        return NULL;
    if (r->loaded)
        return grant_loaded(r, remote);
    rule = stk_broker_loader(r);
    if (rule)
        return stk_broker_from_loader(r, remote, rule);
    if (stk_requirement_signed(r->judgement.decision.requirement)) {
        result = send_signed(r, remote, &left);
        if (!result || !left)
            return result;
        Py_DECREF(result);
        if (r->judgement.decision.verdict == STK_ALLOW)
            return send_inbuilt(r, remote);
    }
    if (r->kept && !r->own)
        return send_kept(r, remote);
    return find_and_send(r, remote);
}

static PyObject *
answer_named(stk_remote *remote, PyObject *name, PyObject *importer,
             PyObject *has)
{
    request r = { .name = name,
                  .importer = importer,
                  .kept = has == Py_True,
                  .loaded = has == Py_None,
                  .began = stk_clock_monotonic_ns() };
    PyObject *result = NULL;

    if (stk_utf8_get(&r.text, name) == 0 &&
        stk_utf8_get(&r.package, remote->package) == 0 &&
        (importer == Py_None || stk_utf8_get(&r.claimed, importer) == 0))
        result = send_module(&r, remote);
    if (result && stk_broker_note_closure(&r, remote, result) < 0)
        Py_CLEAR(result);
    if (r.judgement.policy)
        stk_judgement_clear(&r.judgement);
    stk_utf8_clear(&r.text);
    stk_utf8_clear(&r.package);
    stk_utf8_clear(&r.claimed);
    return result;
}

int
stk_broker_count(stk_remote *remote)
{
    if (remote->imports < IMPORTS_MAX) {
        remote->imports++;
        return 0;
    }
    PyErr_Format(PyExc_ImportError, "%U has asked for %u modules: no more",
                 remote->package, IMPORTS_MAX);
    return -1;
}

PyObject *
stk_broker_answer(stk_remote *remote, PyObject *question)
{
    PyObject *name, *importer, *has;

    if (!PyList_CheckExact(question) || PyList_GET_SIZE(question) != 3)
        return PyErr_Format(PyExc_ValueError, "an import has three parts");
    has = PyList_GET_ITEM(question, 2);
    if (!PyBool_Check(has) && has != Py_None)
        return PyErr_Format(PyExc_ValueError, "it is here, or it is not");
    name = PyList_GET_ITEM(question, 0);
    importer = PyList_GET_ITEM(question, 1);
    if (!PyUnicode_CheckExact(name) || !stk_broker_is_name(name) ||
        (importer != Py_None && (!PyUnicode_CheckExact(importer) ||
                                 PyUnicode_GET_LENGTH(importer) > 1000)))
        return stk_broker_refuse_name(name);
    if (stk_broker_count(remote) < 0)
        return NULL;
    return answer_named(remote, name, importer, has);
}

PyObject *
stk_broker_load_request(stk_remote *remote, PyObject *name)
{
    PyObject *question = Py_BuildValue("[OOO]", name, Py_None, Py_False);
    PyObject *code = question ? stk_broker_answer(remote, question) : NULL;

    Py_XDECREF(question);
    if (code == Py_None) {
        stk_quick_not_found(name,
                            PyUnicode_FromFormat("No module named %R", name));
        Py_CLEAR(code);
    }
    if (code && PyList_Insert(code, 0, name) < 0)
        Py_CLEAR(code);
    return code;
}
