/* SPDX-License-Identifier: Apache-2.0 */
/* Which importers were recorded with which names. */
#include "python/object/seen.h"

#include <stdlib.h>

/* More than any program has; then all of them are written once more. */
#define SEEN_MAX ((size_t)1 << 20)

struct stk_pair {
    PyObject *name; /* strong; NULL: free */
    uint32_t importer;
};

static struct stk_pair *
find_pair(const stk_seen *seen, uint32_t importer, PyObject *name,
          Py_hash_t hash)
{
    size_t at = (size_t)hash + importer * (size_t)2654435761u;

    for (;; at++) {
        struct stk_pair *pair = &seen->pairs[at & (seen->size - 1)];

        if (!pair->name ||
            (pair->importer == importer &&
             (pair->name == name || PyUnicode_Compare(pair->name, name) == 0)))
            return pair;
    }
}

/* A str knows its hash, and cannot fail to tell it a second time. */
static int
grow(stk_seen *seen)
{
    stk_seen larger = { NULL, seen->size ? seen->size * 2 : 256, seen->n };

    larger.pairs = calloc(larger.size, sizeof *larger.pairs);
    if (!larger.pairs) {
        PyErr_NoMemory();
        return -1;
    }
    for (size_t i = 0; i < seen->size; i++) {
        const struct stk_pair *pair = &seen->pairs[i];

        if (pair->name)
            *find_pair(&larger, pair->importer, pair->name,
                       PyObject_Hash(pair->name)) = *pair;
    }
    free(seen->pairs);
    *seen = larger;
    return 0;
}

int
stk_seen_note(stk_seen *seen, uint32_t importer, PyObject *name)
{
    Py_hash_t hash = PyObject_Hash(name);
    struct stk_pair *pair;

    if (seen->n >= SEEN_MAX)
        stk_seen_clear(seen);
    if (hash == -1 || (seen->n >= seen->size / 2 && grow(seen) < 0))
        return -1;
    pair = find_pair(seen, importer, name, hash);
    if (pair->name)
        return 1;
    *pair = (struct stk_pair){ Py_NewRef(name), importer };
    seen->n++;
    return 0;
}

void
stk_seen_clear(stk_seen *seen)
{
    for (size_t i = 0; i < seen->size; i++)
        Py_CLEAR(seen->pairs[i].name);
    free(seen->pairs);
    *seen = (stk_seen){ NULL, 0, 0 };
}
