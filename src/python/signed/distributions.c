/* SPDX-License-Identifier: Apache-2.0 */
/* What importlib.metadata finds of the bundles that the policy names. */
#include "python/signed/distributions.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guard/listing.h"
#include "python/object/loaded.h"
#include "python/signed/resource.h"
#include "python/signed/verified.h"

/* ---- what is wanted -------------------------------------------------- */

typedef struct wanted {
    stk_interp *state;
    PyObject *class; /* strong; PathDistribution */
    PyObject *name;  /* strong, a str; None: all */
    PyObject *paths; /* strong; None: wherever it is */
    PyObject *list;  /* strong; what was found */
} wanted;

/* Of importlib.metadata, or of the package importlib_metadata: of whichever
 * asks. */
static PyObject *
find_class(PyObject *context)
{
    PyObject *name = context ? PyObject_GetAttrString(
                                   (PyObject *)Py_TYPE(context), "__module__")
                             : PyUnicode_FromString("importlib.metadata");
    PyObject *module = name ? PyImport_GetModule(name) : NULL;
    PyObject *class =
        module ? PyObject_GetAttrString(module, "PathDistribution") : NULL;

    Py_XDECREF(module);
    Py_XDECREF(name);
    return class;
}

/* Its `path` says sys.path, too, where the caller said nothing. */
static PyObject *
given_paths(PyObject *context)
{
    PyObject *dict =
        context ? PyObject_GetAttrString(context, "__dict__") : NULL;
    PyObject *paths =
        dict && PyDict_Check(dict) ? PyDict_GetItemString(dict, "path") : NULL;

    paths = Py_NewRef(paths ? paths : Py_None);
    Py_XDECREF(dict);
    PyErr_Clear();
    return paths;
}

static int
read_context(wanted *w, PyObject *context)
{
    w->class = find_class(context);
    if (!w->class) {
        /* nobody but importlib.metadata has a use for it */
        PyErr_Clear();
        return 0;
    }
    w->name =
        context ? PyObject_GetAttrString(context, "name") : Py_NewRef(Py_None);
    w->paths = given_paths(context);
    return w->name ? 1 : -1;
}

/* ---- names ----------------------------------------------------------- */

/* PEP 503, with dashes as underscores: as importlib.metadata compares. */
static size_t
normalize(char *out, size_t size, const char *name, size_t length)
{
    size_t n = 0;

    for (size_t i = 0; i < length && n + 1 < size; i++) {
        bool joins = strchr("-_.", name[i]) != NULL;

        if (joins && n && out[n - 1] == '_')
            continue;
        out[n++] = joins ? '_' : (char)tolower((unsigned char)name[i]);
    }
    out[n] = '\0';
    return n;
}

static bool
ends_with(const char *name, const char *tail)
{
    size_t length = strlen(name), n = strlen(tail);

    return length > n && !strcmp(name + length - n, tail);
}

/* "shop-2.4.1.dist-info" is the metadata of shop. */
static bool
is_metadata(const stk_entry *entry, const char *name)
{
    char has[256], asked[256];
    const char *dash;
    size_t stem;

    if (entry->kind != STK_ENTRY_FOLDER ||
        (!ends_with(entry->name, ".dist-info") &&
         !ends_with(entry->name, ".egg-info")))
        return false;
    if (!name)
        return true;
    /* without a version, "shop.egg-info" */
    stem = strlen(entry->name) - strlen(strrchr(entry->name, '.'));
    dash = memchr(entry->name, '-', stem);
    normalize(has, sizeof has, entry->name,
              dash ? (size_t)(dash - entry->name) : stem);
    normalize(asked, sizeof asked, name, strlen(name));
    return !strcmp(has, asked);
}

/* ---- one bundle ------------------------------------------------------ */

static bool
has_path(PyObject *paths, const char *path)
{
    PyObject *text = PyUnicode_DecodeFSDefault(path);
    bool has = paths && text && PySequence_Contains(paths, text) == 1;

    Py_XDECREF(text);
    PyErr_Clear();
    return has;
}

/* What lies on the disk, too, is found by who looks there: not twice. */
static bool
is_on_disk(const wanted *w, const char *root, const char *name)
{
    char path[PATH_MAX];
    PyObject *paths = w->paths == Py_None
                          ? PyDict_GetItemString(w->state->sys_dict, "path")
                          : w->paths;

    return has_path(paths, root) &&
           snprintf(path, sizeof path, "%s/%s", root, name) <
               (int)sizeof path &&
           access(path, F_OK) == 0;
}

static int
add_distribution(const wanted *w, PyObject *loader, const char *root,
                 const char *name)
{
    PyObject *folder = PyUnicode_DecodeFSDefault(root);
    PyObject *label = PyUnicode_DecodeFSDefault(name);
    PyObject *path =
        folder && label ? PyUnicode_FromFormat("%U/%U", folder, label) : NULL;
    PyObject *resource =
        path ? stk_resource_new(w->state, loader, path) : NULL;
    PyObject *made = resource ? PyObject_CallOneArg(w->class, resource) : NULL;
    int result = made ? PyList_Append(w->list, made) : -1;

    Py_XDECREF(made);
    Py_XDECREF(resource);
    Py_XDECREF(path);
    Py_XDECREF(label);
    Py_XDECREF(folder);
    return result;
}

static int
add_all(const wanted *w, PyObject *loader, const char *root,
        const stk_listing *listing)
{
    const char *name =
        PyUnicode_Check(w->name) ? PyUnicode_AsUTF8(w->name) : NULL;
    int result = 0;

    /* such a name is in no bundle */
    if (!name && w->name != Py_None) {
        PyErr_Clear();
        return 0;
    }
    for (size_t i = 0; result == 0 && i < listing->n; i++)
        if (is_metadata(&listing->entries[i], name) &&
            !is_on_disk(w, root, listing->entries[i].name))
            result =
                add_distribution(w, loader, root, listing->entries[i].name);
    return PyErr_Occurred() ? -1 : result;
}

/* A loader of no module: it reads what is in the bundle. */
static PyObject *
new_loader(const wanted *w, stk_evidence_store *store, stk_evidence *root)
{
    PyObject *name = PyUnicode_FromString("");
    PyObject *loader =
        name ? stk_verified_loader(w->state, name, store, root) : NULL;

    Py_XDECREF(name);
    return loader;
}

static bool
is_asked_for(const wanted *w, const char *root)
{
    return w->paths == Py_None || has_path(w->paths, root);
}

/* Takes what `root` holds. A page that does not hold is said. */
static int
search_bundle(const wanted *w, stk_evidence_store *store, stk_evidence *root)
{
    stk_listing listing = STK_LISTING_INIT;
    stk_evidence why = STK_EVIDENCE_INIT;
    PyObject *loader;
    int result = 0;

    if (root->trust != STK_TRUST_OK || !is_asked_for(w, root->folder))
        return 0;
    loader = new_loader(w, store, root);
    if (!loader)
        return -1;
    root = (stk_evidence *)(uintptr_t)stk_verified_evidence(loader, &store);
    result = stk_evidence_list(&listing, store, root, root->folder, &why);
    if (result < 0)
        PyErr_NoMemory();
    else if (result > 0)
        result = add_all(w, loader, root->folder, &listing);
    else if (why.trust != STK_TRUST_UNLISTED)
        result = stk_verified_raise(loader, &why);
    stk_evidence_clear(&why);
    stk_listing_clear(&listing);
    Py_DECREF(loader);
    return result < 0 ? -1 : 0;
}

static int
search_bundles(const wanted *w, stk_evidence_store *store)
{
    int result = 1;

    for (size_t i = 0; result > 0; i++) {
        stk_evidence root = STK_EVIDENCE_INIT;

        result = stk_evidence_bundle(&root, store, i);
        if (result < 0)
            PyErr_NoMemory();
        else if (result > 0 && search_bundle(w, store, &root) < 0)
            result = -1;
        stk_evidence_clear(&root);
    }
    return result;
}

PyObject *
stk_distributions_find(stk_interp *state, PyObject *context)
{
    stk_evidence_store *store = stk_guard_evidence(stk_process_guard());
    wanted w = { state, NULL, NULL, NULL, PyList_New(0) };
    PyObject *iterator = NULL;
    int result = w.list ? 1 : -1;

    if (store && result > 0)
        result = read_context(&w, context);
    if (store && result > 0)
        result = search_bundles(&w, store);
    if (result >= 0)
        iterator = PyObject_GetIter(w.list);
    stk_evidence_store_free(store);
    Py_XDECREF(w.class);
    Py_XDECREF(w.name);
    Py_XDECREF(w.paths);
    Py_XDECREF(w.list);
    return iterator;
}
