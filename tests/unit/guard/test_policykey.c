/* SPDX-License-Identifier: Apache-2.0 */
/* A policy against the key that it must be signed with. */
#include "guard/policykey.h"

#include <stockade/guard.h>

#include "trust/comment.h"
#include "trust/minisig.h"
#include "trust/secret.h"

#include "guards.h"
#include "unit.h"

#define HEAD "[stockade]\nversion = 1\n"

static stk_secret_key *ours, *other;

static int
make_keys(void **state)
{
    (void)state;
    return stk_secret_key_new(&ours, NULL) | stk_secret_key_new(&other, NULL);
}

static int
free_keys(void **state)
{
    (void)state;
    stk_secret_key_free(ours);
    stk_secret_key_free(other);
    return 0;
}

/* Writes `name` with HEAD and `text`, signed by `key` as a `kind`. */
static void
write_signed(void **state, const char *name, const char *text,
             const stk_secret_key *key, enum stk_kind kind)
{
    stk_comment comment = { .kind = kind, .signed_at = 1750000000 };
    char whole[512], file[64], *line = NULL, *signature = NULL;
    stk_content content;

    snprintf(whole, sizeof whole, HEAD "%s", text);
    unit_write(state, name, whole, strlen(whole));
    stk_content_memory(&content, whole, strlen(whole));
    snprintf(comment.module, sizeof comment.module, "%s", name);
    comment.size = content.size;
    memcpy(comment.hash, content.digest, sizeof comment.hash);
    assert_int_equal(stk_comment_print(&line, &comment, NULL), 0);
    assert_int_equal(stk_minisig_sign(&signature, key, &content, line, NULL),
                     0);
    snprintf(file, sizeof file, "%s.minisig", name);
    unit_write(state, file, signature, strlen(signature));
    free(line);
    free(signature);
}

static const char *
public_text(const stk_secret_key *key)
{
    static char text[STK_PUBLIC_KEY_LENGTH + 1];

    return stk_public_key_text(text, &key->public_key);
}

/* Loads policy.ini under our key; `*message` holds what was said. */
static int
load(void **state, char message[STK_ERROR_MESSAGE_MAX])
{
    stk_policykey *key = NULL;
    stk_policy *policy = NULL;
    stk_error err = STK_ERROR_INIT;
    stk_policy_loading how = { unit_path(state, "policy.ini"),
                               NULL,
                               NULL,
                               stk_policykey_check,
                               NULL,
                               false };
    int n;

    assert_int_equal(stk_policykey_new(&key, public_text(ours), NULL), 0);
    how.check_payload = key;
    n = stk_policy_load_checked(&policy, &how, &err);
    strcpy(message, err.message);
    stk_policy_free(policy);
    stk_policykey_free(key);
    return n;
}

static void
assert_refused(void **state, const char *expected)
{
    char message[STK_ERROR_MESSAGE_MAX];

    assert_int_equal(load(state, message), -STK_E_INVALID);
    if (!strstr(message, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, message);
}

static void
assert_loaded(void **state)
{
    char message[STK_ERROR_MESSAGE_MAX];

    if (load(state, message) < 0)
        fail_msg("%s", message);
}

static void
test_check__a_signed_policy_is_loaded(void **state)
{
    write_signed(state, "policy.ini", "[modules]\njson = allow\n", ours,
                 STK_KIND_POLICY);
    assert_loaded(state);
}

static void
test_check__what_is_not_signed_is_not_parsed(void **state)
{
    unit_write(state, "policy.ini", "[nonsense\n", 10);
    assert_refused(state, "unsigned: policy.ini has no signature; sign it "
                          "with the policy key: stockade sign --kind "
                          "policy --key FILE PATH");
}

static void
test_check__an_edited_policy_is_refused(void **state)
{
    write_signed(state, "policy.ini", "[modules]\njson = deny\n", ours,
                 STK_KIND_POLICY);
    unit_write(state, "policy.ini", HEAD "[modules]\njson = allow\n",
               strlen(HEAD "[modules]\njson = allow\n"));
    assert_refused(state, "bad-signature: ");
}

static void
test_check__another_key_is_refused(void **state)
{
    write_signed(state, "policy.ini", "", other, STK_KIND_POLICY);
    assert_refused(state, "unknown-key: ");
}

static void
test_check__data_and_modules_are_no_policies(void **state)
{
    write_signed(state, "policy.ini", "", ours, STK_KIND_DATA);
    assert_refused(state, "kind-mismatch: ");
    write_signed(state, "policy.ini", "", ours, STK_KIND_MODULE);
    assert_refused(state, "kind-mismatch: ");
}

static void
test_check__a_policy_of_another_name_is_refused(void **state)
{
    write_signed(state, "lax.ini", "[modules]\n* = allow\n", ours,
                 STK_KIND_POLICY);
    assert_int_equal(
        rename(unit_path(state, "lax.ini"), unit_path(state, "policy.ini")),
        0);
    assert_int_equal(rename(unit_path(state, "lax.ini.minisig"),
                            unit_path(state, "policy.ini.minisig")),
                     0);
    assert_refused(state, "name-mismatch: ");
}

static void
test_check__what_it_extends_and_observes_is_signed_too(void **state)
{
    write_signed(state, "policy.ini",
                 "extends = base.ini\nobserve = strict.ini\n", ours,
                 STK_KIND_POLICY);
    write_signed(state, "base.ini", "", ours, STK_KIND_POLICY);
    write_signed(state, "strict.ini", "", ours, STK_KIND_POLICY);
    assert_loaded(state);
    assert_int_equal(unlink(unit_path(state, "base.ini.minisig")), 0);
    assert_refused(state, "unsigned: base.ini has no signature");
    write_signed(state, "base.ini", "", ours, STK_KIND_POLICY);
    assert_int_equal(unlink(unit_path(state, "strict.ini.minisig")), 0);
    assert_refused(state, "unsigned: strict.ini has no signature");
}

static void
test_new__takes_a_key_or_its_file(void **state)
{
    stk_policykey *key = NULL;
    const char *text = public_text(ours);
    const char *path = unit_write(state, "x.pub", text, strlen(text));

    assert_int_equal(stk_policykey_new(&key, path, NULL), 0);
    assert_string_equal(stk_policykey_text(key), text);
    stk_policykey_freep(&key);
    assert_null(key);
    assert_int_equal(stk_policykey_new(&key, "RWQ", NULL), -STK_E_IO);
    assert_int_equal(
        stk_policykey_new(&key, unit_write(state, "y", "hello", 5), NULL),
        -STK_E_INVALID);
    assert_null(key);
    stk_policykey_free(NULL);
}

/* ---- guards --------------------------------------------------------- */

static void
test_guard__holds_its_policy_to_the_key_at_each_reload(void **state)
{
    stk_guard_options options = guards_options(state), again;
    stk_error err = STK_ERROR_INIT;
    stk_guard *guard = NULL;
    stk_judgement judged;

    write_signed(state, "policy.ini", "[modules]\njson = allow\n", ours,
                 STK_KIND_POLICY);
    options.policy_key = public_text(ours);
    options.require_signed_policy = true;
    assert_int_equal(stk_guard_new(&guard, &options, &err), 0);
    stk_guard_options_get(guard, &again);
    assert_string_equal(again.policy_key, public_text(ours));
    write_signed(state, "policy.ini", "[modules]\n* = allow\n", other,
                 STK_KIND_POLICY);
    assert_int_equal(stk_guard_reload(guard, &err), -STK_E_INVALID);
    assert_memory_equal(err.message, "unknown-key: ", 13);
    judged = guards_judge(guard, "os", NULL);
    assert_true(judged.refuse);
    stk_judgement_clear(&judged);
    write_signed(state, "policy.ini", "[modules]\n* = allow\n", ours,
                 STK_KIND_POLICY);
    assert_int_equal(stk_guard_reload(guard, &err), 0);
    stk_guard_free(guard);
}

static void
test_guard__is_not_made_without_what_it_asks_for(void **state)
{
    stk_guard_options options = guards_options(state);
    stk_error err = STK_ERROR_INIT;
    stk_guard *guard = NULL;

    guards_policy(state, "");
    options.require_signed_policy = true;
    assert_int_equal(stk_guard_new(&guard, &options, &err), -STK_E_INVALID);
    assert_string_equal(err.message, "the policy must be signed, and no "
                                     "policy_key says with what");
    options.require_signed_policy = false;
    options.policy_key = public_text(ours);
    assert_int_equal(stk_guard_new(&guard, &options, &err), -STK_E_INVALID);
    assert_memory_equal(err.message, "unsigned: ", 10);
    options.policy_key = "none.pub";
    assert_int_equal(stk_guard_new(&guard, &options, &err), -STK_E_IO);
    assert_null(guard);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_check__a_signed_policy_is_loaded),
        unit_test_in_folder(test_check__what_is_not_signed_is_not_parsed),
        unit_test_in_folder(test_check__an_edited_policy_is_refused),
        unit_test_in_folder(test_check__another_key_is_refused),
        unit_test_in_folder(test_check__data_and_modules_are_no_policies),
        unit_test_in_folder(test_check__a_policy_of_another_name_is_refused),
        unit_test_in_folder(
            test_check__what_it_extends_and_observes_is_signed_too),
        unit_test_in_folder(test_new__takes_a_key_or_its_file),
        unit_test_in_folder(
            test_guard__holds_its_policy_to_the_key_at_each_reload),
        unit_test_in_folder(test_guard__is_not_made_without_what_it_asks_for),
    };

    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
