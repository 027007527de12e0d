/* SPDX-License-Identifier: Apache-2.0 */
/* Modules that the standard library has under a second name. */
#include "policy/alias.h"

#include "unit.h"

static void
test_alias__what_the_standard_library_has_twice(void **state)
{
    (void)state;
    assert_string_equal(stk_alias_of("os.path"), "posixpath");
    assert_string_equal(stk_alias_of("xml.parsers.expat.model"),
                        "pyexpat.model");
}

static void
test_alias__any_other_name_has_none(void **state)
{
    static const char *const names[] = {
        "",        "os",        "os.path.join", "os.pat",
        "OS.PATH", "posixpath", "six.moves",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        assert_null(stk_alias_of(names[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alias__what_the_standard_library_has_twice),
        cmocka_unit_test(test_alias__any_other_name_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
