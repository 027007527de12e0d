/* SPDX-License-Identifier: Apache-2.0 */
/* cli/whom.c: a policy's keys, or those that were given. */
#include "cli/whom.h"

#include "unit.h"

#define PUBLIC "RWSAxuvbygr2ijVadx0Mrv8LWzyJ3R5KULm5ODdCNx2V9BIp5CLgva2I"

static const cli_command self = { .name = "verify" };

static void
test_add__a_key_is_good_for_all(void **state)
{
    cli_whom whom = { .policy_file = NULL };

    (void)state;
    assert_int_equal(cli_whom_add(&self, &whom, PUBLIC), CLI_GOOD);
    assert_int_equal(whom.signing.n_keys, 1);
    assert_string_equal(whom.rules[0].public_key, PUBLIC);
    assert_string_equal(whom.rules[0].modules[0], "*");
    assert_int_equal(whom.rules[0].status, STK_KEY_ACTIVE);
}

static void
test_add__so_many_and_no_more(void **state)
{
    cli_whom whom = { .policy_file = NULL };

    (void)state;
    for (int i = 0; i < CLI_WHOM_KEYS_MAX; i++)
        assert_int_equal(cli_whom_add(&self, &whom, PUBLIC), CLI_GOOD);
    assert_int_equal(cli_whom_add(&self, &whom, PUBLIC), CLI_USAGE);
    assert_int_equal(whom.signing.n_keys, CLI_WHOM_KEYS_MAX);
}

static void
test_add__what_is_no_key_is_a_no(void **state)
{
    cli_whom whom = { .policy_file = NULL };

    assert_int_equal(cli_whom_add(&self, &whom, unit_path(state, "none")),
                     CLI_NO);
    assert_int_equal(whom.signing.n_keys, 0);
}

static void
test_check__one_of_both(void **state)
{
    cli_whom whom = { .policy_file = NULL };

    (void)state;
    assert_int_equal(cli_whom_check(&self, &whom), CLI_USAGE);
    assert_int_equal(cli_whom_add(&self, &whom, PUBLIC), CLI_GOOD);
    assert_int_equal(cli_whom_check(&self, &whom), CLI_GOOD);
    whom.policy_file = "p.ini";
    assert_int_equal(cli_whom_check(&self, &whom), CLI_USAGE);
    whom.signing.n_keys = 0;
    assert_int_equal(cli_whom_check(&self, &whom), CLI_GOOD);
    whom.policy_key = PUBLIC;
    assert_int_equal(cli_whom_check(&self, &whom), CLI_GOOD);
    whom.policy_file = NULL;
    whom.signing.n_keys = 1;
    assert_int_equal(cli_whom_check(&self, &whom), CLI_USAGE);
}

/* Its path. */
static const char *
write_policy(void **state)
{
    static const char text[] =
        "[stockade]\nversion = 1\n[key k]\npublic = " PUBLIC
        "\nmodules = shop\n[signing]\nstate = s\n"
        "require_state = yes\n";

    return unit_write(state, "p.ini", text, sizeof text - 1);
}

static void
test_ring__of_a_policy_is_the_policys(void **state)
{
    cli_whom whom = { .policy_file = write_policy(state) };
    stk_keyring *ring = NULL;

    assert_int_equal(cli_whom_ring(&whom, &ring, false), CLI_GOOD);
    assert_non_null(ring);
    assert_string_equal(whom.signing.keys[0].name, "k");
    assert_true(whom.signing.require_state);
    stk_keyring_free(ring);
    cli_whom_clear(&whom);
    assert_null(whom.policy);
}

static void
test_ring__the_first_time_wants_no_state(void **state)
{
    cli_whom whom = { .policy_file = write_policy(state) };
    stk_keyring *ring = NULL;

    assert_int_equal(cli_whom_ring(&whom, &ring, true), CLI_GOOD);
    assert_false(whom.signing.require_state);
    stk_keyring_free(ring);
    cli_whom_clear(&whom);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add__a_key_is_good_for_all),
        cmocka_unit_test(test_add__so_many_and_no_more),
        unit_test_in_folder(test_add__what_is_no_key_is_a_no),
        cmocka_unit_test(test_check__one_of_both),
        unit_test_in_folder(test_ring__of_a_policy_is_the_policys),
        unit_test_in_folder(test_ring__the_first_time_wants_no_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
