/* SPDX-License-Identifier: Apache-2.0 */
/* python/process/embed.c: a guard around an interpreter, its order and its
 * errors. */
#include "pythons.h"

#define DENIES "default = allow\n[modules]\ncolorsys = deny\n"

static const char denied[] = "try:\n"
                             "    import colorsys\n"
                             "except ModuleNotFoundError as e:\n"
                             "    assert e.rule, e\n"
                             "else:\n"
                             "    raise SystemError('got it')\n";

static void
start_and_finish(void **state)
{
    stk_guard *guard = pythons_guard(state, DENIES);
    stk_guard_stats stats;

    CHECK(stk_guard_preinit(guard, NULL) == 0);
    pythons_start();
    CHECK(stk_guard_postinit(guard, NULL) == 0);
    CHECK(pythons_run(denied));
    CHECK(pythons_run("import json"));
    CHECK(Py_FinalizeEx() == 0);
    stk_guard_stats_get(guard, &stats);
    CHECK(stats.refused == 1);
    stk_guard_free(guard);
}

static void
test_embed__denies_from_start_to_end(void **state)
{
    pythons_in_child(state, start_and_finish);
    assert_int_equal(pythons_open_chains(state), 0);
}

static void
forget_postinit(void **state)
{
    stk_guard *guard = pythons_guard(state, DENIES);

    CHECK(stk_guard_preinit(guard, NULL) == 0);
    pythons_start();
    CHECK(pythons_run(denied));
    CHECK(Py_FinalizeEx() == 0);
    stk_guard_free(guard);
}

static void
test_embed__host_that_forgets_postinit_is_guarded(void **state)
{
    pythons_in_child(state, forget_postinit);
}

static void
wrong_order(void **state)
{
    stk_guard *guard = pythons_guard(state, DENIES);
    stk_guard *other = pythons_guard(state, DENIES);
    stk_error err = STK_ERROR_INIT;

    CHECK(stk_guard_postinit(guard, &err) == -STK_E_STATE);
    CHECK(err.message[0]);
    CHECK(stk_guard_preinit(guard, NULL) == 0);
    CHECK(stk_guard_preinit(other, &err) == -STK_E_STATE);
    CHECK(strstr(err.message, "installed in this process already"));
    CHECK(stk_guard_postinit(guard, NULL) == -STK_E_STATE);
    pythons_start();
    CHECK(stk_guard_postinit(other, NULL) == -STK_E_STATE);
    CHECK(stk_guard_postinit(guard, NULL) == 0);
    CHECK(stk_guard_preinit(guard, &err) == -STK_E_STATE);
    CHECK(strstr(err.message, "initialised already"));
    CHECK(pythons_run(denied));
    CHECK(Py_FinalizeEx() == 0);
    stk_guard_free(guard);
    stk_guard_free(other);
}

static void
test_embed__wrong_order_is_an_error_and_no_more(void **state)
{
    pythons_in_child(state, wrong_order);
}

static void
start_thrice(void **state)
{
    stk_guard *guard = pythons_guard(state, DENIES);
    stk_guard_stats stats;

    CHECK(stk_guard_preinit(guard, NULL) == 0);
    for (int i = 0; i < 3; i++) {
        pythons_start();
        CHECK(stk_guard_postinit(guard, NULL) == 0);
        CHECK(pythons_run(denied));
        CHECK(pythons_run("import json, quopri"));
        CHECK(Py_FinalizeEx() == 0);
    }
    stk_guard_stats_get(guard, &stats);
    CHECK(stats.refused == 3);
    stk_guard_free(guard);
}

static void
test_embed__second_and_third_python_are_guarded(void **state)
{
    pythons_in_child(state, start_thrice);
    assert_int_equal(pythons_open_chains(state), 0);
}

static void
start_twice_and_forget(void **state)
{
    stk_guard *guard = pythons_guard(state, DENIES);

    CHECK(stk_guard_preinit(guard, NULL) == 0);
    for (int i = 0; i < 2; i++) {
        pythons_start();
        CHECK(pythons_run(denied));
        CHECK(pythons_run("import _stockade"));
        CHECK(Py_FinalizeEx() == 0);
    }
    stk_guard_free(guard);
}

static void
test_embed__second_python_is_guarded_without_postinit_too(void **state)
{
    pythons_in_child(state, start_twice_and_forget);
}

static void
look_at_the_build(void **state)
{
    (void)state;
    CHECK(!strcmp(stk_python_version(), PY_VERSION));
    CHECK(access(stk_python_executable(), X_OK) == 0);
}

static void
test_embed__build_knows_its_python(void **state)
{
    pythons_in_child(state, look_at_the_build);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_embed__denies_from_start_to_end),
        unit_test_in_folder(test_embed__host_that_forgets_postinit_is_guarded),
        unit_test_in_folder(test_embed__wrong_order_is_an_error_and_no_more),
        unit_test_in_folder(test_embed__second_and_third_python_are_guarded),
        unit_test_in_folder(
            test_embed__second_python_is_guarded_without_postinit_too),
        unit_test_in_folder(test_embed__build_knows_its_python),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
