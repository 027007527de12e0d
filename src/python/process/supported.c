/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which Pythons may be guarded. One whose own suite has not been run under
 * the guard is refused: import grows new ways in (PEP 810), and a guard that
 * misses one is worse than none.
 */
#include <stdlib.h>

#include <stockade/embed.h>

#include "base/error.h"
#include "python/process/install.h"

/* The first that was not tried; a test builds with an older one. */
#ifndef STK_PYTHON_UNTRIED
#define STK_PYTHON_UNTRIED 0x030E0000
#endif

#define UNTESTED_VARIABLE "STOCKADE_UNTESTED_PYTHON"

int
stk_install_supported(stk_error *err)
{
    const char *untested = getenv(UNTESTED_VARIABLE);

    if (PY_VERSION_HEX < STK_PYTHON_UNTRIED ||
        (untested && untested[0] == '1' && !untested[1]))
        return 0;
    return stk_error_set(
        err, STK_E_UNSUPPORTED,
        "Python %d.%d is newer than this stockade was tested with (3.8 to "
        "3.13): use one of those, or a newer stockade, or set " //
        UNTESTED_VARIABLE "=1 to run it untested",
        PY_MAJOR_VERSION, PY_MINOR_VERSION);
}

const char *
stk_python_version(void)
{
    return PY_VERSION_HEX < STK_PYTHON_UNTRIED ? PY_VERSION
                                               : PY_VERSION " (untested)";
}
