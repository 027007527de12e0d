/* SPDX-License-Identifier: Apache-2.0 */
/* python/process/supported.c: which Pythons may be guarded. */
#include "pythons.h"

#include "python/process/install.h"

#define VARIABLE "STOCKADE_UNTESTED_PYTHON"

static void
test_supported__python_that_was_tried_is_good(void **state)
{
    stk_error err = STK_ERROR_INIT;

    (void)state;
    unsetenv(VARIABLE);
    assert_int_equal(stk_install_supported(&err), 0);
    assert_string_equal(stk_python_version(), PY_VERSION);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_supported__python_that_was_tried_is_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
