/* SPDX-License-Identifier: Apache-2.0 */
/* cli/absent.c: what a profile names and is not there. */
#include "cli/absent.h"

#include "unit.h"

static json_t *
absent(const char *source, const char *profile)
{
    const stk_policy_text text = { "/t/test.ini", source, strlen(source) };
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy;
    json_t *list;

    assert_int_equal(stk_policy_parse(&policy, &text, NULL, NULL, &err), 0);
    list = cli_profile_absent(policy, stk_policy_profile(policy, profile),
                              UNIT_PYTHON);
    stk_policy_free(policy);
    return list;
}

static void
assert_line(json_t *list, size_t i, const char *begin, const char *end)
{
    const char *line = json_string_value(json_array_get(list, i));
    size_t length = line ? strlen(line) : 0;

    assert_non_null(line);
    assert_true(length >= strlen(begin) && length >= strlen(end));
    assert_memory_equal(line, begin, strlen(begin));
    assert_string_equal(line + length - strlen(end), end);
}

static void
test_absent__paths_and_modules_with_their_place(void **state)
{
    json_t *list = absent("[stockade]\nversion = 1\n[sandbox a]\n"
                          "syscalls = @files-write\nread = /usr, /no/r\n"
                          "write = /no/w, /var\n"
                          "preload = json, no_json, json.decoder, jso, _io\n",
                          "a");

    (void)state;
    assert_int_equal(json_array_size(list), 4);
    assert_line(list, 0, "/t/test.ini:5: [sandbox a]: read: /no/r: No such",
                "");
    assert_line(list, 1, "/t/test.ini:6: [sandbox a]: write: /no/w: ", "");
    assert_line(list, 2, "/t/test.ini:7: [sandbox a]: preload: ",
                " finds no module no_json");
    assert_line(list, 3, "/t/test.ini:7: [sandbox a]: preload: ",
                " finds no module jso");
    json_decref(list);
}

static void
test_absent__a_built_in_profile_counts_where_it_is_used(void **state)
{
    json_t *list = absent("[stockade]\nversion = 1\n", "strict");

    (void)state;
    assert_int_equal(json_array_size(list), 0);
    json_decref(list);
    list = absent("[stockade]\nversion = 1\n[sandbox strict]\n"
                  "preload = no_such\n[modules]\nx = sandbox:strict\n",
                  "strict");
    assert_line(list, 0, "/t/test.ini:4: ", "no_such");
    json_decref(list);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_absent__paths_and_modules_with_their_place),
        cmocka_unit_test(
            test_absent__a_built_in_profile_counts_where_it_is_used),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
