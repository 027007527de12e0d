/* SPDX-License-Identifier: Apache-2.0 */
/* What `preload` names, while what workers are forked from loads it. */
#include "python/broker/preload.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "python/asks/mark.h"
#include "python/attempt/denied.h"
#include "python/broker/broker.h"
#include "python/load/finders.h"
#include "python/load/walk.h"
#include "python/object/convert.h"

typedef stk_preload_request request;

/* ---- where it is ------------------------------------------------------ */

PyObject *
stk_preload_path(const request *r)
{
    Py_ssize_t dot =
        PyUnicode_FindChar(r->name, '.', 0, PyUnicode_GET_LENGTH(r->name), -1);
    PyObject *parent, *folders;

    if (dot < 0)
        return Py_NewRef(Py_None);
    parent = PyUnicode_Substring(r->name, 0, dot);
    folders =
        parent ? PyDict_GetItemWithError(r->preloading->served, parent) : NULL;
    Py_XDECREF(parent);
    return folders == Py_None ? NULL : Py_XNewRef(folders);
}

static PyObject *
ask_importlib(PyObject *name, PyObject *path)
{
    PyObject *modules = PyImport_GetModuleDict();
    PyObject *module =
        PyDict_GetItemString(modules, "_frozen_importlib_external");
    PyObject *finder =
        module ? PyObject_GetAttrString(module, "PathFinder") : NULL;
    PyObject *spec =
        finder ? PyObject_CallMethod(finder, "find_spec", "OO", name, path)
               : NULL;

    Py_XDECREF(finder);
    return spec;
}

/* Not among what others put into sys.meta_path: it is nothing that is to be
 * loaded elsewhere. */
static PyObject *
find(const request *r, PyObject *path)
{
    stk_interp *state = stk_interp_get();
    stk_mark *lookup = NULL;
    PyObject *spec = NULL;

    if (state && stk_finders_enforce(state) == 0)
        lookup = stk_mark_begin(state, STK_MARK_LOOKUP, r->name);
    if (lookup)
        spec = stk_walk_spec(state, r->name, path);
    if (lookup && !spec && !PyErr_Occurred())
        spec = ask_importlib(r->name, path);
    stk_mark_end(lookup);
    return spec;
}

/* ---- what need not be signed ------------------------------------------ */

stk_brokering
stk_preload_view(const request *r)
{
    return (stk_brokering){ r->name,   r->text.text,
                            &r->asker, r->preloading->profile->name,
                            r->began,  &r->judgement };
}

int
stk_preload_record(const request *r, stk_circumstances *told)
{
    const stk_brokering b = stk_preload_view(r);

    return stk_brokering_record(&b, told);
}

static bool
is_file(PyObject *origin)
{
    PyObject *encoded =
        PyUnicode_Check(origin) ? PyUnicode_EncodeFSDefault(origin) : NULL;
    struct stat st;
    bool yes = encoded && stat(PyBytes_AS_STRING(encoded), &st) == 0 &&
               S_ISREG(st.st_mode);

    Py_XDECREF(encoded);
    PyErr_Clear();
    return yes;
}

/* What is a file is loaded there as it would be here: nobody wants its bytes
 * verified. */
static PyObject *
send_spec(const request *r, PyObject *spec, PyObject *origin,
          PyObject *folders)
{
    if (!is_file(origin))
        return stk_broker_code(r->name, spec, false, NULL);
    return Py_BuildValue("[sOOO]", "file",
                         folders == Py_None ? Py_False : Py_True, folders,
                         origin);
}

/* A namespace package has no list of its own kind. */
static PyObject *
folders_of(PyObject *spec)
{
    PyObject *folders =
        PyObject_GetAttrString(spec, "submodule_search_locations");

    if (folders && folders != Py_None)
        Py_SETREF(folders, PySequence_List(folders));
    return folders;
}

static PyObject *
send_found(request *r, PyObject *spec)
{
    stk_circumstances told = { .outcome = "found", .loader = "preload" };
    PyObject *origin = PyObject_GetAttrString(spec, "origin");
    PyObject *folders = origin ? folders_of(spec) : NULL, *result = NULL;
    PyObject *exact = origin ? stk_str_or_null(origin) : NULL;
    stk_utf8 text = { NULL, NULL };

    if (folders && (!exact || stk_utf8_get(&text, exact) == 0)) {
        told.origin = text.text;
        if (stk_preload_record(r, &told) == 0 &&
            PyDict_SetItem(r->preloading->served, r->name, folders) == 0)
            result = send_spec(r, spec, origin, folders);
    }
    stk_utf8_clear(&text);
    Py_XDECREF(folders);
    Py_XDECREF(origin);
    return result;
}

static PyObject *
send_none(request *r)
{
    stk_circumstances told = { .outcome = "not-found" };

    return stk_preload_record(r, &told) < 0 ? NULL : Py_NewRef(Py_None);
}

static PyObject *
send_plain(request *r)
{
    PyObject *path = stk_preload_path(r), *spec, *result;

    if (!path)
        return PyErr_Occurred() ? NULL : send_none(r);
    spec = find(r, path);
    Py_DECREF(path);
    if (!spec)
        return NULL;
    result = spec == Py_None ? send_none(r) : send_found(r, spec);
    Py_DECREF(spec);
    return result;
}

/* ---- deciding --------------------------------------------------------- */

/* Only packages that the profile names: the standard library tries imports of
 * what mostly is not there, and who may write into a folder of sys.path would
 * be found by them. */
static bool
is_named(const request *r)
{
    const stk_words *words = &r->preloading->profile->preload;
    const char *at = words->text;

    if (stk_policy_in_stdlib(r->text.text))
        return false; /* and this Python has none */
    for (uint32_t i = 0; i < words->n; i++, at += strlen(at) + 1)
        if (stk_name_same_top(at, r->text.text))
            return true;
    return false;
}

static PyObject *
refuse_denied(request *r)
{
    stk_circumstances told = { 0 };
    const stk_interp *state = stk_interp_get();

    if (state && stk_preload_record(r, &told) == 0)
        stk_denied_raise(state, r->name, &r->asker, &r->judgement, NULL);
    return NULL;
}

/* That the profile names it is leave enough, but for what is forbidden to
 * everybody; what it needs is said for everybody, too. */
static void
grant(request *r)
{
    stk_decision *decision = &r->judgement.decision;

    if (decision->verdict != STK_DENY ||
        decision->reason == STK_REASON_FORBIDDEN)
        return;
    *decision = stk_policy_require(r->judgement.policy, r->text.text);
    decision->verdict = STK_ALLOW;
    decision->reason = STK_REASON_OWN;
    r->judgement.refuse = false;
}

static void
judge(request *r, bool named)
{
    stk_attempt attempt = { r->text.text, &r->asker, 1, 0 };

    r->asker = (stk_importer){ named ? r->top : NULL, 0 };
    stk_guard_judge(stk_process_guard(), &attempt, &r->judgement);
    if (named)
        grant(r);
}

static PyObject *
decide_and_send(request *r)
{
    bool named = is_named(r), left = false;
    PyObject *result;

    judge(r, named);
    if (!named)
        return send_none(r);
    if (r->judgement.refuse)
        return refuse_denied(r);
    if (stk_policy_loader(r->judgement.policy, r->text.text))
        return send_none(r); /* it is none of this host's to find */
    if (!stk_requirement_signed(r->judgement.decision.requirement))
        return send_plain(r);
    result = stk_preload_signed(r, &left);
    if (!left)
        return result;
    Py_XDECREF(result);
    return send_plain(r);
}

static PyObject *
answer_named(request *r)
{
    size_t length;
    PyObject *result = stk_preload_libraries(r);

    if (result || PyErr_Occurred())
        return result;
    if (stk_utf8_get(&r->text, r->name) == 0) {
        length = strcspn(r->text.text, ".");
        if (length < sizeof r->top) {
            memcpy(r->top, r->text.text, length);
            r->top[length] = '\0';
            result = decide_and_send(r);
        }
    }
    if (r->judgement.policy)
        stk_judgement_clear(&r->judgement);
    stk_utf8_clear(&r->text);
    return result;
}

static PyObject *
answer_import(request *r, PyObject *question)
{
    if (!PyList_CheckExact(question) || PyList_GET_SIZE(question) != 3)
        return PyErr_Format(PyExc_ValueError, "an import has three parts");
    r->name = PyList_GET_ITEM(question, 0);
    if (!PyUnicode_CheckExact(r->name) || !stk_broker_is_name(r->name))
        return stk_broker_refuse_name(r->name);
    return answer_named(r);
}

/* ---- frames ----------------------------------------------------------- */

static int
write_value(stk_writer *writer, PyObject *value)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    int result = -1;

    stk_writer_begin(writer, STK_FRAME_HEAD, &bounds);
    if (value)
        result = stk_values_write(writer, value, NULL);
    Py_XDECREF(value);
    return result;
}

static int
answer_value(request *r, enum stk_op op, stk_reader *reader)
{
    static const stk_crossing none; /* plain values alone */
    PyObject *question = stk_values_read_whole(reader, &none), *value = NULL;

    if (!question)
        return -2;
    if (op == STK_OP_IMPORT)
        value = answer_import(r, question);
    else
        PyErr_Format(PyExc_NotImplementedError,
                     "before the lock-down the host has no %s",
                     stk_op_get(op)->name);
    Py_DECREF(question);
    return write_value(r->out->writer, value);
}

/* What is to end the host is no answer; nor is what cannot be a question. */
static int
answer_locked(request *r, enum stk_op op, stk_reader *reader)
{
    int result = answer_value(r, op, reader);

    if (result == 0)
        return 0;
    if (result == -2 || !PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    r->out->raised = true;
    return write_value(r->out->writer, stk_remote_take_raised(NULL, false));
}

static int
answer(void *payload, stk_preloaded *loaded, enum stk_op op,
       stk_reader *question, stk_preload_answer *out)
{
    stk_preloading *p = payload;
    request r = { .preloading = p,
                  .loaded = loaded,
                  .out = out,
                  .began = stk_clock_monotonic_ns() };
    int result;

    stk_preload_return(p);
    result = answer_locked(&r, op, question);
    stk_preload_let_go(p);
    return result;
}

/* ---- life ------------------------------------------------------------- */

static bool
is_foreign(const stk_profile *profile)
{
    const char *at = profile->preload.text;

    for (uint32_t i = 0; i < profile->preload.n; i++, at += strlen(at) + 1)
        if (!stk_policy_in_stdlib(at))
            return true;
    return false;
}

int
stk_preload_begin(stk_preloading *p, const stk_profile *profile)
{
    *p = (stk_preloading){ .profile = profile };
    if (!is_foreign(profile))
        return 0;
    p->served = PyDict_New();
    p->sent = PySet_New(NULL);
    /* what another policy has let in is not that of this one */
    p->preloader =
        (stk_preloader){ answer, p,
                         stk_guard_generation(stk_process_guard()) + 1 };
    return p->served && p->sent ? 0 : -1;
}

void
stk_preload_end(stk_preloading *p)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    Py_CLEAR(p->served);
    Py_CLEAR(p->sent);
    while (p->n_queue > 0)
        close(p->queue[--p->n_queue]);
    free(p->queue);
    p->queue = NULL;
    PyErr_Restore(type, value, traceback);
}

const stk_preloader *
stk_preload_host(const stk_preloading *p)
{
    return p->preloader.answer ? &p->preloader : NULL;
}

void
stk_preload_let_go(stk_preloading *p)
{
    p->thread = PyEval_SaveThread();
}

void
stk_preload_return(stk_preloading *p)
{
    PyEval_RestoreThread(p->thread);
    p->thread = NULL;
}
