/* SPDX-License-Identifier: Apache-2.0 */
/* policy/profiles.c: the sections [sandbox NAME], and sandbox:NAME. */
#include "policy/profiles.h"

#include "policies.h"
#include "policy/builtin.h"

static void
test_profiles__the_shipped_ones_are_in_every_policy(void **state)
{
    static const char *const names[] = { "strict", "agent", "files-readonly",
                                         "numpy" };
    stk_policy *policy = policy_of(V1);
    const stk_profile *all, *agent = stk_policy_profile(policy, "agent");
    size_t n;

    (void)state;
    all = stk_policy_profiles(policy, &n);
    assert_int_equal(n, UNIT_COUNT(names));
    assert_string_equal(
        stk_builtins[STK_BUILTIN_PROFILES].entries.items[2].key,
        "sandbox strict");
    for (size_t i = 0; i < n; i++) {
        stk_error err = STK_ERROR_INIT;

        assert_string_equal(all[i].name, names[i]);
        assert_int_equal(stk_profile_check(&all[i], &err), 0);
    }
    assert_non_null(agent);
    assert_true(stk_words_has(&agent->preload, "json"));
    assert_int_equal(agent->cpu_ms, 30000);
    assert_null(stk_policy_profile(policy, "agnet"));
    stk_policy_free(policy);
}

static void
test_profiles__strict_is_what_holds_where_nothing_is_written(void **state)
{
    stk_policy *policy = policy_of(V1);
    stk_profile usual;

    (void)state;
    stk_profile_init(&usual, "strict");
    assert_memory_equal(stk_policy_profile(policy, "strict"), &usual,
                        sizeof usual);
    stk_policy_free(policy);
}

static void
test_profiles__all_that_one_says(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[sandbox mine]\nsyscalls = @files-write, @time\n"
                     "syscalls = @threads\nmemory = 1G\nread = /srv/a /srv/b\n"
                     "read = /srv/c\nwrite = /tmp/out\nprocesses = 4\n"
                     "require = seccomp landlock\nrestart = on_next_call\n");
    const stk_profile *mine = stk_policy_profile(policy, "mine");

    (void)state;
    assert_non_null(mine);
    assert_int_equal(mine->calls, STK_CALLS_COMPUTE | STK_CALLS_FILES_WRITE |
                                      STK_CALLS_TIME | STK_CALLS_THREADS);
    assert_int_equal(mine->memory, 1ull << 30);
    assert_int_equal(mine->read.n, 3);
    assert_true(stk_words_has(&mine->read, "/srv/c"));
    assert_int_equal(mine->processes, 4);
    assert_int_equal(mine->restart, STK_RESTART_ON_NEXT_CALL);
    stk_policy_free(policy);
}

static void
test_profiles__a_shipped_one_is_changed_key_by_key(void **state)
{
    stk_policy *policy = policy_of(V1 "[sandbox agent]\nmemory = 2G\n"
                                      "preload = json\n");
    const stk_profile *agent = stk_policy_profile(policy, "agent");
    size_t n;

    (void)state;
    assert_int_equal(agent->memory, 2ull << 30);
    assert_int_equal(agent->preload.n, 1);
    assert_int_equal(agent->cpu_ms, 30000);
    assert_true(agent->calls & STK_CALLS_TIME);
    stk_policy_profiles(policy, &n);
    assert_int_equal(n, 4);
    stk_policy_free(policy);
}

static void
test_starts_workers__says_whether_one_is_to_be_ready(void **state)
{
    stk_policy *policy = policy_of(V1);

    (void)state;
    assert_false(stk_policy_starts_workers(policy));
    stk_policy_free(policy);
    policy = policy_of(V1 "[sandbox a]\nmemory = 1G\n");
    assert_false(stk_policy_starts_workers(policy));
    stk_policy_free(policy);
    policy = policy_of(V1 "[sandbox agent]\nstart = on_install\n");
    assert_true(stk_policy_starts_workers(policy));
    stk_policy_free(policy);
}

static void
test_profiles__paths_begin_at_the_folder_of_the_file(void **state)
{
    stk_policy_text text = {
        "/etc/stockade/policy.ini",
        V1 "[sandbox a]\nsyscalls = @files-read\nread = data/in /srv/\n"
           "[sandbox b]\nsyscalls = @files-read\nread = . ./x//y/\n",
        0
    };
    stk_policy *policy = NULL;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    text.length = strlen(text.text);
    assert_int_equal(stk_policy_parse(&policy, &text, NULL, NULL, &err), 0);
    assert_true(stk_words_has(&stk_policy_profile(policy, "a")->read,
                              "/etc/stockade/data/in"));
    assert_true(stk_words_has(&stk_policy_profile(policy, "a")->read, "/srv"));
    assert_true(stk_words_has(&stk_policy_profile(policy, "b")->read,
                              "/etc/stockade"));
    assert_true(stk_words_has(&stk_policy_profile(policy, "b")->read,
                              "/etc/stockade/x/y"));
    stk_policy_free(policy);
}

static void
test_profiles__nobodys_home_is_known(void **state)
{
    stk_policy *policy;

    (void)state;
    assert_refused(
        V1 "[sandbox a]\nsyscalls = @files-write\n"
           "read = /srv ~/x\nwrite = ~root\n",
        "policy.ini:5: \"~/x\": a policy knows no home folder; write the "
        "whole path, or ./~/x for a file of that name\n"
        "policy.ini:6: \"~root\": a policy knows no home folder; write the "
        "whole path, or ./~root for a file of that name\n");
    policy =
        policy_of(V1 "[sandbox a]\nsyscalls = @files-read\nread = ./~/x\n");
    stk_policy_free(policy);
}

static void
test_profiles__errors_have_their_line_and_the_word_that_was_meant(void **state)
{
    (void)state;
    assert_refused(
        V1 "[sandbox a]\nmemroy = 1G\nsyscalls = @thread @tim\n"
           "memory = lots\nmemory = 1G\nread = /srv\nread = /srv\n"
           "cpu =\n[sandbox a]\n[sandbox b c]\n[sandbox b/c]\n",
        "policy.ini:3: [sandbox a]: read needs syscalls = @files-read\n"
        "policy.ini:4: unknown key \"memroy\"; did you mean \"memory\"?\n"
        "policy.ini:5: unknown group of system calls \"@thread\"; did you "
        "mean \"@threads\"?\n"
        "policy.ini:5: unknown group of system calls \"@tim\"; did you mean "
        "\"@time\"?\n"
        "policy.ini:6: \"lots\" is no size; write a number and K, M, G or T, "
        "as 512M\n"
        "policy.ini:7: memory stands on line 6 already; keep one\n"
        "policy.ini:9: \"/srv\" stands in read or write already\n"
        "policy.ini:10: cpu has no value\n"
        "policy.ini:11: [sandbox a] stands on line 3 already; keep one\n"
        "policy.ini:12: unknown section \"sandbox b c\"; did you mean "
        "[sandbox c]?\n"
        "policy.ini:13: \"b/c\" is no name for a sandbox; letters, digits and "
        "._- make one, 40 at most\n");
}

static void
test_profiles__there_are_not_more_than_a_hundred(void **state)
{
    stk_buffer text = STK_BUFFER_INIT(1u << 16);
    char *errors;

    (void)state;
    stk_buffer_puts(&text, V1);
    for (int i = 0; i < 97; i++)
        stk_buffer_printf(&text, "[sandbox s%d]\nmemory = 1G\n", i);
    errors = errors_of_bytes(text.data, text.length, NULL);
    assert_string_equal(errors, "policy.ini:195: more than 100 sandboxes\n");
    free(errors);
    stk_buffer_clear(&text);
}

/* ---- sandbox:NAME ---------------------------------------------------------
 */

static void
test_rule__a_sandbox_is_a_requirement_of_what_it_covers(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\nplugins = allow\n"
                                      "plugins.* = sandbox:strict\n");
    stk_decision decision = ask(policy, "plugins.reports.util", NULL);

    (void)state;
    assert_int_equal(decision.verdict, STK_ALLOW);
    assert_string_equal(decision.requirement, "sandbox:strict");
    assert_null(ask(policy, "plugins", NULL).requirement);
    assert_false(stk_policy_needs_signatures(policy));
    assert_false(stk_policy_is_free(policy, "plugins.reports"));
    assert_string_equal(
        stk_policy_require(policy, "plugins.reports").requirement,
        "sandbox:strict");
    stk_policy_free(policy);
}

static void
test_rule__the_sandbox_must_exist(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\na = sandbox:strct\nb = sandbox:elsewhere\n"
                      "c = sandbox:\nd = sandbox:a/b\n",
                   "policy.ini:4: unknown sandbox \"strct\"; did you mean "
                   "\"strict\"?\n"
                   "policy.ini:5: unknown sandbox \"elsewhere\"; add a "
                   "section [sandbox elsewhere]\n"
                   "policy.ini:6: \"sandbox:\" names no sandbox; write "
                   "sandbox:strict\n"
                   "policy.ini:7: \"sandbox:a/b\" names no sandbox; write "
                   "sandbox:strict\n");
}

static void
test_rule__what_does_not_stand_with_a_sandbox(void **state)
{
    (void)state;
    assert_refused(
        V1 "[modules]\na = sandbox:strict closure\n"
           "b = sandbox:strict allow\nc = sandbox:strict bundle:x.stk\n",
        "policy.ini:4: closure stands with allow or signed\n"
        "policy.ini:5: the verdict stands twice; keep one\n"
        "policy.ini:6: bundle: stands with signed\n");
}

static void
test_rule__a_name_below_a_sandbox_is_in_it_or_denied(void **state)
{
    stk_policy *policy;

    (void)state;
    assert_refused(V1 "[modules]\na = sandbox:strict\na.b = allow\n"
                      "a.c = sandbox:agent\na.d.* = allow\n",
                   "policy.ini:5: a.b: its parent a runs in sandbox:strict "
                   "(policy.ini:4); write deny or the same\n"
                   "policy.ini:6: a.c: its parent a runs in sandbox:strict "
                   "(policy.ini:4); write deny or the same\n"
                   "policy.ini:7: a.d.*: its parent a runs in sandbox:strict "
                   "(policy.ini:4); write deny or the same\n");
    policy = policy_of(V1 A_KEY "[modules]\na = sandbox:strict\na.b = deny\n"
                                "a.c = sandbox:strict\n"
                                "a.d = signed sandbox:strict\n");
    stk_policy_free(policy);
}

static void
test_rule__members_of_groups_below_a_sandbox_too(void **state)
{
    (void)state;
    assert_refused(V1 "[modules]\na = sandbox:strict\n@web = allow\n"
                      "[group web]\nmembers = flask a.web\n",
                   "policy.ini:5: @web: its parent a runs in sandbox:strict "
                   "(policy.ini:4); write deny or the same\n");
}

static void
test_explain__says_which_sandbox(void **state)
{
    stk_policy *policy = policy_of(V1 "[modules]\na = sandbox:strict\n");
    stk_request request = STK_REQUEST_INIT;
    stk_explanation *told = NULL;
    stk_error err = STK_ERROR_INIT;

    (void)state;
    request.name = "a";
    assert_int_equal(stk_policy_explain(&told, policy, &request, &err), 0);
    assert_string_equal(told->needs, "sandbox:strict");
    assert_int_equal(told->n_signers, 0);
    stk_explanation_free(told);
    stk_policy_free(policy);
}

static void
test_print__gives_the_same_profiles(void **state)
{
    stk_policy *policy = policy_of(
        V1 "[modules]\na = sandbox:mine\n[sandbox agent]\ncpu = unlimited\n"
           "[sandbox mine]\nsyscalls = @network\nnetwork = 443, listen:80\n");
    stk_policy *again;
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;

    (void)state;
    assert_int_equal(stk_policy_print(&text, policy, &err), 0);
    assert_non_null(strstr(text, "\n[sandbox mine]\nsyscalls = @compute\n"));
    assert_null(strstr(text, "[sandbox strict]"));
    again = policy_of(text);
    for (size_t i = 0; i < 5; i++) {
        size_t n;
        const stk_profile *left = &stk_policy_profiles(policy, &n)[i];

        assert_int_equal(n, 5);
        assert_memory_equal(left, stk_policy_profile(again, left->name),
                            sizeof *left);
    }
    assert_string_equal(ask(again, "a", NULL).requirement, "sandbox:mine");
    stk_policy_free(again);
    stk_policy_free(policy);
    free(text);
}

static void
test_word_place__is_the_line_of_the_word(void **state)
{
    stk_policy *policy =
        policy_of(V1 "[sandbox mine]\npreload = a, b\nmemory = 1G\n"
                     "preload = c\n[sandbox agent]\npreload = a\n");
    const stk_place *place;

    (void)state;
    place = stk_profiles_word_place(policy, "mine", "preload", "b");
    assert_int_equal(place->line, 4);
    place = stk_profiles_word_place(policy, "mine", "preload", "c");
    assert_int_equal(place->line, 6);
    place = stk_profiles_word_place(policy, "agent", "preload", "a");
    assert_int_equal(place->line, 8);
    /* no line has it: that of the heading */
    place = stk_profiles_word_place(policy, "mine", "read", "b");
    assert_int_equal(place->line, 3);
    assert_null(stk_profiles_word_place(policy, "numpy", "preload", "numpy"));
    stk_policy_free(policy);
}

static void
tell_change(void *payload, const char *setting, const char *before,
            const char *after)
{
    stk_buffer_printf(payload, "%s: %s -> %s\n", setting,
                      before ? before : "-", after ? after : "-");
}

static void
test_diff__tells_keys_and_items_of_lists(void **state)
{
    stk_policy *old = policy_of(V1 "[sandbox a]\nsyscalls = @files-read\n"
                                   "read = /srv/in /srv/x\n");
    stk_policy *new =
        policy_of(V1 "[sandbox a]\nsyscalls = @files-read @time\n"
                     "read = /srv/in\nmemory = 1G\n"
                     "[sandbox agent]\ndeadline = 1s\n");
    stk_buffer told = STK_BUFFER_INIT(1u << 16);

    (void)state;
    assert_int_equal(
        stk_policy_diff_signing(old, new, tell_change, &told, NULL), 4);
    assert_string_equal(told.data, "sandbox a memory: 512M -> 1G\n"
                                   "sandbox a read /srv/x: yes -> -\n"
                                   "sandbox a syscalls @time: - -> yes\n"
                                   "sandbox agent deadline: 30s -> 1s\n");
    stk_buffer_clear(&told);
    stk_policy_free(old);
    stk_policy_free(new);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_profiles__the_shipped_ones_are_in_every_policy),
        cmocka_unit_test(
            test_profiles__strict_is_what_holds_where_nothing_is_written),
        cmocka_unit_test(test_profiles__all_that_one_says),
        cmocka_unit_test(test_profiles__a_shipped_one_is_changed_key_by_key),
        cmocka_unit_test(test_starts_workers__says_whether_one_is_to_be_ready),
        cmocka_unit_test(test_profiles__paths_begin_at_the_folder_of_the_file),
        cmocka_unit_test(test_profiles__nobodys_home_is_known),
        cmocka_unit_test(
            test_profiles__errors_have_their_line_and_the_word_that_was_meant),
        cmocka_unit_test(test_profiles__there_are_not_more_than_a_hundred),
        cmocka_unit_test(
            test_rule__a_sandbox_is_a_requirement_of_what_it_covers),
        cmocka_unit_test(test_rule__the_sandbox_must_exist),
        cmocka_unit_test(test_rule__what_does_not_stand_with_a_sandbox),
        cmocka_unit_test(test_rule__a_name_below_a_sandbox_is_in_it_or_denied),
        cmocka_unit_test(test_rule__members_of_groups_below_a_sandbox_too),
        cmocka_unit_test(test_explain__says_which_sandbox),
        cmocka_unit_test(test_print__gives_the_same_profiles),
        cmocka_unit_test(test_word_place__is_the_line_of_the_word),
        cmocka_unit_test(test_diff__tells_keys_and_items_of_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
