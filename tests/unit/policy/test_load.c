/* SPDX-License-Identifier: Apache-2.0 */
/* A policy with all the files that it names. */
#include <sys/stat.h>

#include "policy/rule.h"

#include "policies.h"

static const char *
put(void **state, const char *name, const char *text)
{
    return unit_write(state, name, text, strlen(text));
}

/* The load of folder/name fails so; the folder is taken off the messages. */
static void
assert_load_refused(void **state, const char *name, int code,
                    const char *wanted)
{
    stk_buffer errors = STK_BUFFER_INIT(1u << 16);
    stk_error err = STK_ERROR_INIT;
    stk_policy *policy = NULL;
    char prefix[PATH_MAX], *at;
    int n = stk_policy_load(&policy, unit_path(state, name), collect_error,
                            &errors, &err);

    assert_int_equal(n, -code);
    assert_int_equal(err.code, code);
    assert_null(policy);
    snprintf(prefix, sizeof prefix, "%s/", (const char *)*state);
    while ((at = strstr(errors.data, prefix)))
        memmove(at, at + strlen(prefix), strlen(at + strlen(prefix)) + 1);
    assert_string_equal(errors.data, wanted);
    stk_buffer_clear(&errors);
}

static void
test_load__a_file(void **state)
{
    const char *path = put(state, "p.ini", V1 "[modules]\nos = allow\n");
    stk_policy *policy = policy_at(path);

    assert_string_equal(stk_policy_file(policy), path);
    assert_string_equal(ask(policy, "os", NULL).rule.file, path);
    stk_policy_free(policy);
}

static void
test_load__what_is_no_file_is_named_as_what_it_is(void **state)
{
    assert_load_refused(state, "none.ini", STK_E_IO,
                        "none.ini:0: cannot open: No such file or "
                        "directory\n");
    assert_load_refused(state, ".", STK_E_IO, ".:0: is a directory\n");
    assert_int_equal(mkfifo(unit_path(state, "fifo"), 0600), 0);
    assert_load_refused(state, "fifo", STK_E_IO, "fifo:0: is a FIFO\n");
    put(state, "open.ini", V1);
    assert_int_equal(chmod(unit_path(state, "open.ini"), 0666), 0);
    assert_load_refused(state, "open.ini", STK_E_IO,
                        "open.ini:0: is world-writable; run: chmod o-w "
                        "open.ini\n");
}

static void
test_load__an_unreadable_file_is_named(void **state)
{
    put(state, "closed.ini", V1);
    assert_int_equal(chmod(unit_path(state, "closed.ini"), 0), 0);
    if (access(unit_path(state, "closed.ini"), R_OK) == 0)
        unit_skip("root reads everything");
    assert_load_refused(state, "closed.ini", STK_E_IO,
                        "closed.ini:0: cannot open: Permission denied\n");
}

static void
test_load__over_1_mib_is_refused(void **state)
{
    size_t length = (1u << 20) + 1;
    char *text = malloc(length);

    memset(text, '\n', length);
    memcpy(text, V1, strlen(V1));
    unit_write(state, "full.ini", text, length - 1);
    stk_policy_free(policy_at(unit_path(state, "full.ini")));
    unit_write(state, "big.ini", text, length);
    assert_load_refused(state, "big.ini", STK_E_LIMIT,
                        "big.ini:0: is larger than 1048576 bytes\n");
    assert_bytes_refused(text, length, STK_E_LIMIT,
                         "policy.ini:0: is larger than 1048576 bytes\n");
    free(text);
}

static void
test_load__rule_100001_is_refused(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 20);
    stk_policy *policy;

    (void)state;
    stk_buffer_puts(&text, V1 "[forbidden]\n");
    for (unsigned i = 0; i < 100000; i++)
        stk_buffer_printf(&text, "a%x=n\n", i);
    policy = policy_of(text.data);
    assert_int_equal(stk_policy_rules(policy), 100000);
    assert_int_equal(ask(policy, "a1869f", NULL).reason, STK_REASON_FORBIDDEN);
    stk_policy_free(policy);
    stk_buffer_puts(&text, "b=n\nc=n\n");
    assert_bytes_refused(text.data, text.length, STK_E_LIMIT,
                         "policy.ini:100004: more than 100000 rules, with "
                         "all that is extended\n");
    stk_buffer_clear(&text);
}

static void
test_extends__the_later_wins_pattern_by_pattern(void **state)
{
    stk_policy *policy;

    put(state, "a.ini",
        V1 "mode = observe\ncached = all\ntrusted = @stdlib\n"
           "audit = fd:1\n[modules]\nx = deny\ny = deny\n"
           "z = deny\nx.* = deny\n"
           "[group g]\nmembers = m, n\n");
    put(state, "b.ini", V1 "[modules]\ny = allow\nz = allow\n");
    put(state, "c.ini",
        V1 "extends = a.ini, b.ini\nmode = enforce\n"
           "trusted = @g\naudit = fd:2\n"
           "[modules]\nz = deny\n[group g]\nmembers = o\n");
    policy = policy_at(unit_path(state, "c.ini"));
    assert_string_equal(answer(policy, "x", NULL), "deny rule:8");
    assert_string_equal(answer(policy, "y", NULL), "allow rule:4");
    assert_string_equal(answer(policy, "z", NULL), "deny rule:8");
    assert_string_equal(ask(policy, "z", NULL).rule.file,
                        unit_path(state, "c.ini"));
    assert_int_equal(stk_policy_rules(policy), 4);
    assert_int_equal(stk_policy_mode(policy), STK_MODE_ENFORCE);
    assert_int_equal(stk_policy_cached(policy), STK_CACHED_ALL);
    assert_true(stk_policy_is_trusted(policy, "o"));
    assert_false(stk_policy_is_trusted(policy, "m"));
    assert_false(stk_policy_is_trusted(policy, "os"));
    assert_int_equal(policy->n_audit, 1);
    assert_string_equal(policy->audit[0], "fd:2");
    stk_policy_free(policy);
}

static void
test_extends__is_relative_to_the_file_that_says_it(void **state)
{
    stk_policy *policy;
    size_t n;

    assert_int_equal(mkdir(unit_path(state, "sub"), 0700), 0);
    put(state, "sub/a.ini", V1 "extends = b.ini\naudit = file:log\n");
    put(state, "sub/b.ini", V1 "[modules]\nx = allow\n");
    put(state, "c.ini", V1 "extends = sub/a.ini\n");
    policy = policy_at(unit_path(state, "c.ini"));
    assert_string_equal(answer(policy, "x", NULL), "allow rule:4");
    assert_string_equal(stk_policy_audit(policy, &n)[0] + strlen("file:"),
                        unit_path(state, "sub/log"));
    stk_policy_free(policy);
}

static void
test_extends__a_file_that_two_extend_is_read_once_and_first(void **state)
{
    stk_policy *policy;

    put(state, "base.ini", V1 "[modules]\nx = deny\n");
    put(state, "a.ini", V1 "extends = base.ini\n[modules]\nx = allow\n");
    put(state, "b.ini", V1 "extends = ./base.ini\n");
    put(state, "c.ini", V1 "extends = a.ini b.ini\n");
    policy = policy_at(unit_path(state, "c.ini"));
    assert_string_equal(answer(policy, "x", NULL), "allow rule:5");
    stk_policy_free(policy);
}

static void
test_extends__cycles_are_refused(void **state)
{
    put(state, "self.ini", V1 "extends = self.ini\n");
    assert_load_refused(state, "self.ini", STK_E_INVALID,
                        "self.ini:3: extends self.ini, which extends this "
                        "file\n");
    put(state, "a.ini", V1 "extends = b.ini\n");
    put(state, "b.ini", V1 "extends = ./a.ini\n");
    assert_load_refused(state, "a.ini", STK_E_INVALID,
                        "b.ini:3: extends ./a.ini, which extends this "
                        "file\n");
}

static void
test_extends__depth_over_8_is_refused(void **state)
{
    char name[16], text[64];

    for (unsigned i = 0; i < 10; i++) {
        snprintf(name, sizeof name, "%u.ini", i);
        snprintf(text, sizeof text, V1 "extends = %u.ini\n", i + 1);
        put(state, name, text);
    }
    put(state, "9.ini", V1);
    stk_policy_free(policy_at(unit_path(state, "1.ini")));
    assert_load_refused(state, "0.ini", STK_E_INVALID,
                        "8.ini:3: extends 9.ini: more than 8 files deep\n");
}

static void
test_extends__more_than_64_files_are_refused(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 16);
    char name[16];

    stk_buffer_puts(&text, V1);
    for (unsigned i = 0; i < 64; i++) {
        snprintf(name, sizeof name, "%u.ini", i);
        put(state, name, V1);
        stk_buffer_printf(&text, "extends = %s\n", name);
    }
    put(state, "p.ini", text.data);
    assert_load_refused(state, "p.ini", STK_E_LIMIT,
                        "p.ini:66: extends 63.ini: more than 64 files\n");
    stk_buffer_clear(&text);
}

static void
test_extends__what_cannot_be_read_is_told_where_it_is_named(void **state)
{
    put(state, "a.ini", V1 "extends = none.ini, .\n");
    assert_load_refused(
        state, "a.ini", STK_E_IO,
        "a.ini:3: extends none.ini: cannot open: No such file or directory\n"
        "a.ini:3: extends .: is a directory\n");
}

static void
test_extends__errors_of_all_files_in_their_order(void **state)
{
    put(state, "base.ini", "[modules]\nx = alow\n");
    put(state, "a.ini", V1 "extends = base.ini\n[modules]\ny = alow\n");
    assert_load_refused(
        state, "a.ini", STK_E_INVALID,
        "a.ini:5: unknown verdict \"alow\"; did you mean \"allow\"?\n"
        "base.ini:1: no [stockade] section; begin with [stockade] and "
        "version = 1\n"
        "base.ini:2: unknown verdict \"alow\"; did you mean \"allow\"?\n");
}

static void
test_observe__loads_the_second_policy(void **state)
{
    stk_policy *policy;
    const stk_policy *second;

    put(state, "p.ini", V1 "observe = strict.ini\n[modules]\nx = allow\n");
    put(state, "strict.ini", V1 "extends = p.ini\n[modules]\nx = deny\n");
    policy = policy_at(unit_path(state, "p.ini"));
    second = stk_policy_observed(policy);
    assert_non_null(second);
    assert_string_equal(stk_policy_file(second),
                        unit_path(state, "strict.ini"));
    assert_string_equal(answer(policy, "x", NULL), "allow rule:5");
    assert_string_equal(answer(second, "x", NULL), "deny rule:5");
    assert_null(stk_policy_observed(second));
    stk_policy_free(policy);
}

static void
test_observe__its_errors_stop_the_load(void **state)
{
    put(state, "p.ini", V1 "observe = strict.ini\n");
    assert_load_refused(state, "p.ini", STK_E_IO,
                        "p.ini:3: observe = strict.ini: cannot open: No such "
                        "file or directory\n");
    put(state, "strict.ini", V1 "mode = x\nextends = p.ini\n");
    assert_load_refused(state, "p.ini", STK_E_INVALID,
                        "strict.ini:3: unknown value \"x\" of mode; write "
                        "enforce or observe\n");
}

static void
test_observe__an_error_of_both_is_told_once(void **state)
{
    put(state, "p.ini", V1 "observe = strict.ini\nmode = x\n");
    put(state, "strict.ini", V1 "extends = p.ini\n");
    assert_load_refused(state, "p.ini", STK_E_INVALID,
                        "p.ini:4: unknown value \"x\" of mode; write enforce "
                        "or observe\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_load__a_file),
        unit_test_in_folder(test_load__what_is_no_file_is_named_as_what_it_is),
        unit_test_in_folder(test_load__an_unreadable_file_is_named),
        unit_test_in_folder(test_load__over_1_mib_is_refused),
        unit_test_in_folder(test_load__rule_100001_is_refused),
        unit_test_in_folder(test_extends__the_later_wins_pattern_by_pattern),
        unit_test_in_folder(
            test_extends__is_relative_to_the_file_that_says_it),
        unit_test_in_folder(
            test_extends__a_file_that_two_extend_is_read_once_and_first),
        unit_test_in_folder(test_extends__cycles_are_refused),
        unit_test_in_folder(test_extends__depth_over_8_is_refused),
        unit_test_in_folder(test_extends__more_than_64_files_are_refused),
        unit_test_in_folder(
            test_extends__what_cannot_be_read_is_told_where_it_is_named),
        unit_test_in_folder(test_extends__errors_of_all_files_in_their_order),
        unit_test_in_folder(test_observe__loads_the_second_policy),
        unit_test_in_folder(test_observe__its_errors_stop_the_load),
        unit_test_in_folder(test_observe__an_error_of_both_is_told_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
