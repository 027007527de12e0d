/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is opened as code, by the modules that it would be. */
#include "python/load/opened.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "python/signed/signed.h"

/* What lies in a signed package and is no module is of its tree. */
static int
verify_data(stk_opened *o, stk_evidence *package, stk_evidence *out)
{
    char *data = NULL;
    size_t length = 0;
    int result;

    result = stk_evidence_data(o->want.judgement.evidence, package, o->path,
                               out, &data, &length, NULL);
    if (result <= 0)
        return result;
    out->trust = STK_TRUST_OK;
    out->kind = STK_KIND_DATA;
    out->source = data;
    out->source_length = length;
    free(out->keys);
    out->keys = package->keys ? stk_text_dup(package->keys) : NULL;
    return 0;
}

static bool
is_same_place(const char *a, const char *b)
{
    return !strcmp(a, b) || stk_path_is_same(a, b);
}

static void
refuse(stk_evidence *out, enum stk_trust trust, const char *path,
       const char *what)
{
    stk_evidence_refuse(out, trust, "%.900s %s", path, what);
    free(out->path);
    out->path = stk_text_dup(path); /* NULL for want of memory is none */
}

/* What was found for the name is what the file says it is. */
static void
check_fit(const stk_opened *o, const stk_whose *one, stk_evidence *out)
{
    bool is_extension = out->kind == STK_KIND_EXTENSION;

    if (out->trust == STK_TRUST_NONE)
        refuse(out, STK_TRUST_UNLISTED, o->path, "is no signed module");
    else if (out->trust != STK_TRUST_OK)
        return;
    else if (is_extension != (one->form == STK_FORM_EXTENSION) || !out->path)
        refuse(out, STK_TRUST_UNLISTED, o->path,
               "is not the module that is signed under this name");
    else if (!out->in_bundle && !is_same_place(out->path, o->path))
        refuse(out, STK_TRUST_PATH, o->path,
               "is not where the signed package is");
}

static int
find_evidence(stk_opened *o, const stk_whose *one, stk_evidence *out)
{
    const char *const folders[] = { one->root };
    stk_sought sought = {
        one->name, o->want.judgement.decision.bundle, folders,
        1,         stk_signed_python(o->want.state),  false,
        false
    };
    stk_evidence package = STK_EVIDENCE_INIT;
    int result;

    if (one->form == STK_FORM_CACHED || one->form == STK_FORM_SOURCELESS) {
        refuse(out,
               one->form == STK_FORM_CACHED ? STK_TRUST_BYTECODE
                                            : STK_TRUST_SOURCELESS,
               o->path,
               "is bytecode, which is never signed; import the module by its "
               "name");
        return 0;
    }
    if (one->form != STK_FORM_DATA) {
        result = stk_evidence_beneath(o->want.judgement.evidence, &sought, out,
                                      NULL);
        if (result == 0)
            check_fit(o, one, out);
        return result;
    }
    result = stk_evidence_beneath(o->want.judgement.evidence, &sought,
                                  &package, NULL);
    if (result == 0 && package.trust == STK_TRUST_OK)
        result = verify_data(o, &package, out);
    else if (result == 0)
        refuse(out, STK_TRUST_UNLISTED, o->path,
               "lies in a package that must be signed");
    stk_evidence_clear(&package);
    return result;
}

/* The folder of a script is on sys.path for the script's sake: of the name
 * that it has there `*` does not speak. */
static bool
is_meant(const stk_opened *o, const char *name)
{
    const char *rule = o->want.judgement.decision.rule.text;

    return !o->is_program || strchr(name, '.') || (rule && rule[0] != '*');
}

/* A file below several folders of sys.path is what one of them verifies. */
static int
try_name(void *payload, const stk_whose *one)
{
    stk_opened *o = payload;
    stk_evidence found = STK_EVIDENCE_INIT;
    bool good;

    if (!stk_want_signed(&o->want, one->name) || !is_meant(o, one->name))
        return 0;
    if (find_evidence(o, one, &found) < 0) {
        stk_evidence_clear(&found);
        PyErr_NoMemory();
        return -1;
    }
    good = found.trust == STK_TRUST_OK;
    if (o->wanted && !good) {
        stk_evidence_clear(&found);
        return 0;
    }
    o->wanted = true;
    o->decision = o->want.judgement.decision;
    PyOS_snprintf(o->name, sizeof o->name, "%s", one->name);
    stk_evidence_clear(&o->evidence);
    o->evidence = found;
    return good;
}

int
stk_opened_by_names(stk_opened *o)
{
    return stk_whose_each(o->want.state, o->path, try_name, o);
}

/* ---- one question ---------------------------------------------------- */

int
stk_opened_begin(stk_opened *o, stk_interp *state, PyObject *path)
{
    PyObject *encoded;

    memset(o, 0, sizeof *o);
    if (!PyUnicode_Check(path) || !state->signed_python ||
        !stk_want_begin(&o->want, state))
        return 1;
    encoded = PyUnicode_EncodeFSDefault(path);
    if (encoded)
        o->path = stk_path_absolute(PyBytes_AS_STRING(encoded));
    if (encoded && !o->path)
        PyErr_NoMemory();
    Py_XDECREF(encoded);
    if (o->path)
        return 0;
    stk_want_clear(&o->want);
    return -1;
}

void
stk_opened_end(stk_opened *o)
{
    free((char *)(uintptr_t)o->path);
    stk_evidence_clear(&o->evidence);
    stk_want_clear(&o->want);
}
