/* SPDX-License-Identifier: Apache-2.0 */
/* python/object/state.c: each interpreter has a state of its own, and is
 * guarded. */
#include "python/object/state.h"

#include "pythons.h"

#define DENIES "default = allow\n[modules]\ncolorsys = deny\n"

static const char denied[] = "try:\n"
                             "    import colorsys\n"
                             "except ModuleNotFoundError as e:\n"
                             "    assert e.rule, e\n"
                             "else:\n"
                             "    raise SystemError('got it')\n";

static stk_guard *
start(void **state, const char *policy)
{
    stk_guard *guard = pythons_guard(state, policy);

    CHECK(stk_guard_preinit(guard, NULL) == 0);
    pythons_start();
    CHECK(stk_guard_postinit(guard, NULL) == 0);
    return guard;
}

static void
finish(stk_guard *guard)
{
    CHECK(Py_FinalizeEx() == 0);
    stk_guard_free(guard);
}

static void
one_guard(void **state)
{
    stk_guard *guard = start(state, DENIES);
    stk_guard *other = pythons_guard(state, DENIES);

    CHECK(stk_process_guard() == guard);
    CHECK(stk_process_set_guard(guard) == 0);
    CHECK(stk_process_set_guard(other) == -1);
    stk_process_clear_guard(other);
    CHECK(stk_process_guard() == guard);
    stk_guard_free(other);
    finish(guard);
}

static void
test_state__process_has_one_guard(void **state)
{
    pythons_in_child(state, one_guard);
}

static void
child_interpreters(void **state)
{
    stk_guard *guard = start(state, DENIES);
    PyThreadState *outer = PyThreadState_Get();
    stk_interp *mine = stk_interp_find();

    CHECK(mine && mine->attached);
    for (int i = 0; i < 5; i++) {
        PyThreadState *inner = Py_NewInterpreter();

        CHECK(inner);
        CHECK(stk_interp_get() && stk_interp_find() != mine);
        CHECK(pythons_run(denied));
        CHECK(pythons_run("import json, quopri"));
        Py_EndInterpreter(inner);
        PyThreadState_Swap(outer);
        CHECK(stk_interp_find() == mine);
        CHECK(pythons_run(denied));
    }
    finish(guard);
}

static void
test_state__child_interpreters_are_guarded_and_end(void **state)
{
    pythons_in_child(state, child_interpreters);
    assert_int_equal(pythons_open_chains(state), 0);
}

/* The policy denies what an interpreter cannot start without. */
static void
child_under_a_strict_policy(void **state)
{
    stk_guard *guard = start(state, "default = deny\n");
    PyThreadState *outer = PyThreadState_Get(), *inner;

    CHECK(!pythons_run("import json"));
    inner = Py_NewInterpreter();
    CHECK(inner);
    CHECK(!pythons_run("import json"));
    CHECK(!pythons_run("import os"));
    CHECK(pythons_run("x = 1 + 1"));
    Py_EndInterpreter(inner);
    PyThreadState_Swap(outer);
    CHECK(!pythons_run("import json"));
    finish(guard);
}

static void
test_state__policy_that_denies_all_lets_a_child_start(void **state)
{
    pythons_in_child(state, child_under_a_strict_policy);
}

static void
two_children(void **state)
{
    stk_guard *guard = start(state, DENIES);
    PyThreadState *outer = PyThreadState_Get();
    PyThreadState *first = Py_NewInterpreter();
    PyThreadState *second = Py_NewInterpreter();

    CHECK(first && second);
    PyThreadState_Swap(first);
    CHECK(pythons_run(denied));
    PyThreadState_Swap(second);
    CHECK(pythons_run(denied));
    PyThreadState_Swap(first);
    Py_EndInterpreter(first);
    PyThreadState_Swap(second);
    CHECK(pythons_run(denied));
    Py_EndInterpreter(second);
    PyThreadState_Swap(outer);
    CHECK(pythons_run(denied));
    finish(guard);
}

static void
test_state__end_of_one_child_leaves_the_other(void **state)
{
    pythons_in_child(state, two_children);
}

/* Made with none current, which no event tells: after one that is known to be
 * of the host, and has run no program itself. */
static void
child_of_nobody(void **state)
{
    stk_guard *guard = start(state, DENIES);
    PyThreadState *outer = PyThreadState_Get(), *first, *second;

    stk_process_set_embedded(false);
    stk_interp_find()->program_began = true;
    first = Py_NewInterpreter();
    CHECK(first && stk_interp_find()->n_creators == 0);
    CHECK(!stk_interp_find()->program_began);
    PyThreadState_Swap(NULL);
    second = Py_NewInterpreter();
    CHECK(second && pythons_run("import json"));
    CHECK(stk_interp_find()->n_creators == 1);
    CHECK(stk_interp_find()->creators[0] == 0);
    Py_EndInterpreter(second);
    PyThreadState_Swap(first);
    Py_EndInterpreter(first);
    PyThreadState_Swap(outer);
    finish(guard);
}

static void
test_state__child_that_nobody_announced_is_of_somebody_unknown(void **state)
{
    pythons_in_child(state, child_of_nobody);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_state__process_has_one_guard),
        unit_test_in_folder(
            test_state__child_interpreters_are_guarded_and_end),
        unit_test_in_folder(
            test_state__policy_that_denies_all_lets_a_child_start),
        unit_test_in_folder(test_state__end_of_one_child_leaves_the_other),
        unit_test_in_folder(
            test_state__child_that_nobody_announced_is_of_somebody_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
