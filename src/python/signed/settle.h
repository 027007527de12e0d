/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which release the modules below a signed package are of: the one that is
 * executed as the package. Who finds another one by hand, or has the program
 * look along another sys.path, does not have both mixed.
 */
#ifndef STK_PYTHON_SETTLE_H
#define STK_PYTHON_SETTLE_H

#include "python/attempt/attempt.h"
#include "python/signed/verified.h"

/* `module` is about to be executed by `loader`, which is one of ours. What is
 * no package, and what is not what sys.modules has, settles nothing. Returns
 * 0, or -1 with an exception. */
int stk_settle_executed(PyObject *loader, PyObject *module);

/* No loader of ours executes a namespace: it is settled when it is found, as
 * long as there is no module of it. Anything else is left alone. */
int stk_settle_namespace(const stk_wanted *wanted, PyObject *name,
                         const stk_evidence *found);

#endif
