/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stockade.VerifiedResource: a file or a folder of a signed tree, as
 * importlib.resources.files() gives it (importlib.abc.Traversable). What is
 * read through it is read and verified anew, and what it lists is what was
 * signed, whatever lies on the disk.
 *
 * It is a path as well, as what CPython gives for files is: os.fspath(), and
 * the attributes of pathlib.Path that it has not itself. What is opened by
 * that path is not verified.
 */
#ifndef STK_PYTHON_RESOURCE_H
#define STK_PYTHON_RESOURCE_H

#include "python/object/state.h"

/* The one at `path` (an exact str, absolute) of the tree that `loader`, a
 * VerifiedLoader, is of. New reference. */
PyObject *stk_resource_new(stk_interp *state, PyObject *loader,
                           PyObject *path);

/* The resource reader (importlib.abc.TraversableResources) of the module of
 * `loader`. New reference. */
PyObject *stk_reader_new(stk_interp *state, PyObject *loader);

/*
 * A namespace has a loader of importlib's, whose reader would read the disk:
 * from now on the reader of that `folder` (an exact str) is one of `loader`,
 * a VerifiedLoader. 0 or -1.
 */
int stk_reader_note(stk_interp *state, PyObject *folder, PyObject *loader);

/* Of library.c: has importlib._common of 3.9 ask it, and importlib.readers
 * for namespaces. 0 or -1. */
int stk_reader_mend(PyObject *dict);
int stk_reader_mend_namespaces(PyObject *dict);

#endif
