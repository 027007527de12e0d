/* SPDX-License-Identifier: Apache-2.0 */
/* What importlib.metadata finds of the bundles that the policy names. */
#ifndef STK_PYTHON_DISTRIBUTIONS_H
#define STK_PYTHON_DISTRIBUTIONS_H

#include "python/object/state.h"

/*
 * An iterator over the distributions whose metadata (NAME.dist-info) is in a
 * bundle, as `context`, an importlib.metadata.DistributionFinder.Context or
 * NULL, wants them: new reference. What is read through them is verified.
 */
PyObject *stk_distributions_find(stk_interp *state, PyObject *context);

#endif
