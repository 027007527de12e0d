/* SPDX-License-Identifier: Apache-2.0 */
/* base/profiletext.c: a profile as text is the same profile again. */
#include "base/profile.h"

#include "base/cleanup.h"

#include "unit.h"

static stk_error err;

static int
parse(stk_profile *out, const char *text)
{
    memset(&err, 0, sizeof err);
    return stk_profile_parse(out, "p", text, strlen(text), &err);
}

static void
test_print__what_is_usual_is_said_too(void **state)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_profile profile;

    (void)state;
    stk_profile_init(&profile, "p");
    text = stk_profile_print(&profile);
    assert_string_equal(text, "syscalls = @compute\n"
                              "memory = 512M\n"
                              "cpu = unlimited\n"
                              "deadline = 5s\n"
                              "output = 1M\n"
                              "reply = 16M\n"
                              "processes = 1\n"
                              "denials = 100\n"
                              "callbacks = 10000\n"
                              "restart = never\n"
                              "start = on_first_use\n"
                              "spares = 1\n");
}

static const char everything[] = "syscalls = @compute\n"
                                 "syscalls = @threads\n"
                                 "syscalls = @files-read\n"
                                 "syscalls = @files-write\n"
                                 "syscalls = @asyncio\n"
                                 "syscalls = @network\n"
                                 "memory = 1G\n"
                                 "cpu = 90s\n"
                                 "deadline = 1500ms\n"
                                 "output = 0\n"
                                 "reply = 1M\n"
                                 "processes = 4\n"
                                 "denials = 0\n"
                                 "callbacks = 1\n"
                                 "restart = on_next_call\n"
                                 "start = on_install\n"
                                 "spares = 4\n"
                                 "preload = ctypes\n"
                                 "preload = numpy.linalg\n"
                                 "read = /srv/data\n"
                                 "write = /srv/out\n"
                                 "network = 443\n"
                                 "network = listen:8080\n"
                                 "require = namespaces\n"
                                 "require = notify\n"
                                 "require = landlock\n";

static void
test_print__every_key_comes_back(void **state)
{
    STK_CLEANUP(stk_freep) char *text = NULL;
    stk_profile profile, again;

    (void)state;
    assert_int_equal(parse(&profile, everything), 0);
    assert_int_equal(profile.deadline_ms, 1500);
    text = stk_profile_print(&profile);
    assert_string_equal(text, everything);
    assert_int_equal(parse(&again, text), 0);
    assert_memory_equal(&again, &profile, sizeof profile);
}

static void
test_parse__refuses_what_print_does_not_write(void **state)
{
    static const char *const wrong[] = {
        "memory = 1G",
        "memory=1G\n",
        "memory 1G\n",
        "\n",
        "; a remark\n",
        "memory = 1G ; a remark\n",
        "[sandbox p]\n",
        "memory = \n",
        "colour = red\n",
        "memory = 1G\r\n",
        " = 1G\n",
        "read = /srv\n",
        "memory = 1G\n junk",
    };
    stk_profile profile, before;

    (void)state;
    memset(&profile, 5, sizeof profile);
    before = profile;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        assert_true(parse(&profile, wrong[i]) < 0);
        assert_int_equal(err.code, STK_E_INVALID);
    }
    assert_int_equal(
        stk_profile_parse(&profile, "p", "memory = 1G\0\n", 13, &err),
        -STK_E_INVALID);
    assert_int_equal(stk_profile_parse(&profile, "a b", "", 0, &err),
                     -STK_E_INVALID);
    assert_memory_equal(&before, &profile, sizeof before);
}

static void
test_parse__is_bounded(void **state)
{
    STK_CLEANUP(stk_freep) char *text = malloc(70000);
    stk_profile profile;

    (void)state;
    assert_non_null(text);
    memset(text, 'a', 70000);
    assert_int_equal(stk_profile_parse(&profile, "p", text, 70000, &err),
                     -STK_E_LIMIT);
    text[700] = '\n';
    assert_int_equal(stk_profile_parse(&profile, "p", text, 701, &err),
                     -STK_E_INVALID);
}

static void
test_parse__nothing_is_the_usual(void **state)
{
    stk_profile profile, usual;

    (void)state;
    stk_profile_init(&usual, "p");
    assert_int_equal(parse(&profile, ""), 0);
    assert_memory_equal(&profile, &usual, sizeof usual);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print__what_is_usual_is_said_too),
        cmocka_unit_test(test_print__every_key_comes_back),
        cmocka_unit_test(test_parse__refuses_what_print_does_not_write),
        cmocka_unit_test(test_parse__is_bounded),
        cmocka_unit_test(test_parse__nothing_is_the_usual),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
