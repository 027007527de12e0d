/* SPDX-License-Identifier: Apache-2.0 */
/* A guard in front of an interpreter that is not initialised yet. */
#include <stockade/embed.h>

#include "base/error.h"
#include "python/layers/layers.h"
#include "python/load/frozen.h"
#include "python/load/opencode.h"
#include "python/object/state.h"
#include "python/process/install.h"
#include "python/remote/isolation.h"
#include "python/signed/pathhook.h"
#include "python/signed/uncaught.h"

STK_API PyMODINIT_FUNC PyInit__stockade(void);

/* What CPython forgets when it is finalised: its hooks, and the modules
 * that were added to its own. */
static int
arm(void)
{
    return stk_audithook_add() < 0 ||
                   PyImport_AppendInittab("_stockade", PyInit__stockade) < 0
               ? -1
               : 0;
}

static bool rearming;

/* Runs when Python has finished: the next one starts guarded, whether or not
 * the host thinks of it. */
static void
rearm(void)
{
    rearming = false;
    if (stk_process_guard() && stk_process_embedded())
        (void)arm();
}

int
stk_embed_attached(void)
{
    if (rearming || !stk_process_embedded())
        return 0;
    if (Py_AtExit(rearm) < 0) {
        PyErr_SetString(PyExc_RuntimeError, "no exit function is left");
        return -1;
    }
    rearming = true;
    return 0;
}

int
stk_guard_preinit(stk_guard *guard, stk_error *err)
{
    if (stk_install_supported(err) < 0)
        return -STK_E_UNSUPPORTED;
    if (Py_IsInitialized())
        return stk_error_set(err, STK_E_STATE,
                             "Python is initialised already");
    if (stk_process_set_guard(guard) < 0)
        return stk_error_set(err, STK_E_STATE,
                             "a guard is installed in this process already");
    if (!stk_opencode_add()) {
        if (stk_guard_needs_signatures(guard)) {
            stk_process_clear_guard(guard);
            return stk_error_set(err, STK_E_STATE, STK_OPENCODE_MISSING);
        }
        stk_guard_set_unsigned(guard, STK_OPENCODE_MISSING);
    }
    if (arm() < 0) {
        stk_process_clear_guard(guard);
        return stk_error_memory(err);
    }
    stk_process_set_embedded(true);
    return 0;
}

int
stk_guard_postinit(stk_guard *guard, stk_error *err)
{
    stk_interp *state;

    if (stk_process_guard() != guard || !Py_IsInitialized())
        return stk_error_set(err, STK_E_STATE,
                             "the guard does not stand before this Python");
    state = stk_interp_find();
    if (!state || !state->attached || stk_tripwire(state) < 0) {
        PyErr_Clear();
        return stk_error_set(err, STK_E_STATE,
                             "the layers of the guard are not in place");
    }
    if (stk_pathhook_add(state, guard) < 0 ||
        stk_uncaught_mend(state, guard) < 0) {
        PyErr_Clear();
        return stk_error_memory(err);
    }
    if (stk_frozen_record(state, guard) < 0) {
        PyErr_Clear();
        return stk_error_set(err, STK_E_AUDIT,
                             "what is frozen cannot be recorded");
    }
    state->phase = STK_PHASE_ENFORCE;
    stk_isolation_warm(state);
    return 0;
}

const char *
stk_python_executable(void)
{
    return STK_PYTHON_EXECUTABLE;
}
