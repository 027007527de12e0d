/* SPDX-License-Identifier: Apache-2.0 */
/* base/profile.c: what is written is what holds, and what is not understood
 * says what was meant. */
#include "base/profile.h"

#include "unit.h"

static stk_profile profile;
static stk_error err;

static int
set(const char *key, const char *value)
{
    memset(&err, 0, sizeof err);
    return stk_profile_set(&profile, key, value, &err);
}

static void
refused(const char *key, const char *value, const char *message)
{
    stk_profile before = profile;

    assert_true(set(key, value) < 0);
    assert_string_equal(err.message, message);
    assert_memory_equal(&before, &profile, sizeof before);
}

static int
begin(void **state)
{
    (void)state;
    stk_profile_init(&profile, "strict");
    return 0;
}

static void
test_init__is_bounded_and_opens_nothing(void **state)
{
    (void)state;
    assert_string_equal(profile.name, "strict");
    assert_int_equal(profile.calls, STK_CALLS_COMPUTE);
    assert_int_equal(profile.memory, 512ull << 20);
    assert_int_equal(profile.deadline_ms, 5000);
    assert_int_equal(profile.processes, 1);
    assert_int_equal(profile.denials, 100);
    assert_int_equal(profile.restart, STK_RESTART_NEVER);
    assert_int_equal(profile.read.n + profile.write.n + profile.preload.n, 0);
    assert_int_equal(profile.connect.n + profile.listen.n, 0);
    assert_int_equal(stk_profile_check(&profile, &err), 0);
}

static void
test_init__a_name_that_is_too_long_is_none(void **state)
{
    (void)state;
    stk_profile_init(&profile, "12345678901234567890123456789012345678901");
    assert_string_equal(profile.name, "");
    assert_true(stk_profile_check(&profile, &err) < 0);
    assert_string_equal(err.message, "a profile without a name");
}

static void
test_set__every_key_takes_effect(void **state)
{
    (void)state;
    assert_int_equal(set("syscalls", "@threads, @time @files-write"), 0);
    assert_int_equal(profile.calls, STK_CALLS_COMPUTE | STK_CALLS_THREADS |
                                        STK_CALLS_TIME |
                                        STK_CALLS_FILES_WRITE);
    assert_int_equal(set("memory", "1G"), 0);
    assert_int_equal(profile.memory, 1ull << 30);
    assert_int_equal(set("cpu", "2s"), 0);
    assert_int_equal(profile.cpu_ms, 2000);
    assert_int_equal(set("cpu", "unlimited"), 0);
    assert_true(profile.cpu_ms == STK_UNLIMITED);
    assert_int_equal(set("deadline", "250ms"), 0);
    assert_int_equal(profile.deadline_ms, 250);
    assert_int_equal(set("output", "64K"), 0);
    assert_int_equal(profile.output, 65536);
    assert_int_equal(set("reply", "1M"), 0);
    assert_int_equal(profile.reply, 1 << 20);
    assert_int_equal(set("processes", "4"), 0);
    assert_int_equal(profile.processes, 4);
    assert_int_equal(set("denials", "0"), 0);
    assert_int_equal(profile.denials, 0);
    assert_int_equal(set("callbacks", "12"), 0);
    assert_int_equal(profile.callbacks, 12);
    assert_int_equal(set("restart", "on_next_call"), 0);
    assert_int_equal(profile.restart, STK_RESTART_ON_NEXT_CALL);
    assert_int_equal(set("restart", "never"), 0);
    assert_int_equal(profile.restart, STK_RESTART_NEVER);
    assert_int_equal(set("start", "on_install"), 0);
    assert_int_equal(profile.start, STK_START_ON_INSTALL);
    assert_int_equal(set("start", "on_first_use"), 0);
    assert_int_equal(profile.start, STK_START_ON_FIRST_USE);
    assert_int_equal(set("spares", "4"), 0);
    assert_int_equal(profile.spares, 4);
}

static void
test_set__lists_add_up(void **state)
{
    (void)state;
    assert_int_equal(set("preload", "ctypes, _ctypes"), 0);
    assert_int_equal(set("preload", "numpy.linalg"), 0);
    assert_int_equal(profile.preload.n, 3);
    assert_true(stk_words_has(&profile.preload, "_ctypes"));
    assert_true(stk_words_has(&profile.preload, "numpy.linalg"));
    assert_false(stk_words_has(&profile.preload, "numpy"));
    assert_int_equal(set("read", "/srv/data"), 0);
    assert_int_equal(set("write", "/srv/out /srv/data/new"), 0);
    assert_int_equal(profile.read.n, 1);
    assert_int_equal(profile.write.n, 2);
    assert_int_equal(set("network", "443, listen:8080 connect:5432"), 0);
    assert_int_equal(profile.connect.n, 2);
    assert_int_equal(profile.connect.ports[1], 5432);
    assert_int_equal(profile.listen.ports[0], 8080);
}

static void
test_set__require_knows_layers_and_all_namespaces(void **state)
{
    (void)state;
    assert_int_equal(set("require", "seccomp landlock"), 0);
    assert_int_equal(profile.require, STK_LAYER_BIT(STK_LAYER_SECCOMP) |
                                          STK_LAYER_BIT(STK_LAYER_LANDLOCK));
    assert_int_equal(set("require", "namespaces"), 0);
    assert_int_equal(profile.require & STK_LAYERS_NAMESPACES,
                     STK_LAYERS_NAMESPACES);
}

static void
test_set__names_the_word_that_was_meant(void **state)
{
    (void)state;
    refused("memroy", "1G",
            "unknown key \"memroy\"; did you mean \"memory\"?");
    refused("syscalls", "@thread",
            "unknown group of system calls \"@thread\"; did you mean "
            "\"@threads\"?");
    refused("require", "landlok",
            "unknown layer \"landlok\"; did you mean \"landlock\"?");
    refused("restart", "nevr",
            "unknown restart \"nevr\"; did you mean \"never\"?");
    refused("start", "on_instal",
            "unknown start \"on_instal\"; did you mean \"on_install\"?");
    refused("restart", "sometimes",
            "unknown restart \"sometimes\"; write never or on_next_call");
}

static void
test_set__amounts_say_how_they_are_written_and_their_bounds(void **state)
{
    (void)state;
    refused("memory", "512", "512 is out of bounds; write 32M to 16T");
    refused("memory", "half",
            "\"half\" is no size; write a number and K, M, G or T, as 512M");
    refused("cpu", "2",
            "\"2\" is no time; write a number and ms, s, m or h, "
            "as 2s");
    refused("cpu", "10ms", "10ms is out of bounds; write 1s to 24h");
    refused("deadline", "25h", "25h is out of bounds; write 10ms to 24h");
    refused("deadline", "unlimited",
            "\"unlimited\" is no time; write a number and ms, s, m or h, as "
            "2s");
    refused("processes", "0", "\"0\" is no number from 1 to 1024");
    refused("denials", "-1", "\"-1\" is no number from 0 to 1000000");
    refused("callbacks", "1K", "\"1K\" is no number from 0 to 1000000");
    refused("spares", "5", "\"5\" is no number from 0 to 4");
    refused("reply", "2G", "2G is out of bounds; write 1K to 1G");
}

static void
test_set__a_key_needs_a_value(void **state)
{
    (void)state;
    refused("memory", "", "memory has no value");
    refused("read", " ,\t", "read has no value");
}

static void
test_set__paths_are_absolute_plain_and_not_proc(void **state)
{
    static const char *const wrong[] = { "data",    "./data", "/",
                                         "//data",  "/a//b",  "/a/",
                                         "/a/../b", "/./a",   "/a/..",
                                         "~/data" };
    char message[160];

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        snprintf(message, sizeof message,
                 "\"%s\" is no absolute path below /, without //, . and ..",
                 wrong[i]);
        refused("read", wrong[i], message);
        refused("write", wrong[i], message);
    }
    refused("read", "/proc/self",
            "/proc is for no worker: it shows processes and their memory");
    refused("write", "/proc",
            "/proc is for no worker: it shows processes and their memory");
    assert_int_equal(set("read", "/process"), 0);
    assert_int_equal(set("read", "/srv/..data"), 0);
}

static void
test_set__what_stands_twice_is_refused(void **state)
{
    (void)state;
    assert_int_equal(set("read", "/srv"), 0);
    refused("write", "/srv", "\"/srv\" stands in read or write already");
    assert_int_equal(set("preload", "json"), 0);
    refused("preload", "zlib json", "\"json\" stands there already");
    assert_int_equal(set("network", "443"), 0);
    refused("network", "connect:443", "\"connect:443\" stands there already");
    assert_int_equal(set("network", "listen:443"), 0);
}

static void
test_set__preload_takes_module_names(void **state)
{
    static const char *const wrong[] = { ".json", "json.", "a..b", "1a",
                                         "a.1",   "a-b",   "@web", "*",
                                         "a/b",   "\xff" };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(wrong); i++) {
        assert_int_equal(set("preload", wrong[i]), -STK_E_INVALID);
        assert_non_null(strstr(err.message, "is no module name"));
    }
    assert_int_equal(set("preload", "a1.b_2, \xc3\xa9t\xc3\xa9"), 0);
}

static void
test_set__ports_are_numbers_of_tcp(void **state)
{
    (void)state;
    refused("network", "0", "\"0\" is no port; write 443, or listen:8080");
    refused("network", "65536",
            "\"65536\" is no port; write 443, or listen:8080");
    refused("network", "https",
            "\"https\" is no port; write 443, or listen:8080");
    refused("network", "listen:",
            "\"listen:\" is no port; write 443, or "
            "listen:8080");
    assert_int_equal(set("network", "65535, 1"), 0);
}

static void
test_set__lists_are_bounded(void **state)
{
    char word[64];
    int r = 0;

    (void)state;
    for (int i = 0; r == 0 && i < 1000; i++) {
        snprintf(word, sizeof word, "/srv/a-rather-long-folder-%d", i);
        r = set("read", word);
    }
    assert_int_equal(r, -STK_E_LIMIT);
    assert_string_equal(err.message, "more than 2048 bytes of one list");
    for (r = 0; r == 0 && profile.connect.n < 1000;) {
        snprintf(word, sizeof word, "%u", profile.connect.n + 1);
        r = set("network", word);
    }
    assert_int_equal(r, -STK_E_LIMIT);
    assert_string_equal(err.message, "more than 32 ports");
}

static void
test_set__a_word_longer_than_any_is_refused(void **state)
{
    char word[1024];

    (void)state;
    memset(word, 'a', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_int_equal(set("preload", word), -STK_E_LIMIT);
    assert_string_equal(err.message, "a word of over 511 bytes");
}

static void
test_check__paths_ports_and_threads_need_their_calls(void **state)
{
    static const char *const pairs[][3] = {
        { "read", "/srv", "read needs syscalls = @files-read" },
        { "write", "/srv", "write needs syscalls = @files-write" },
        { "network", "443", "network needs syscalls = @network" },
        { "processes", "2", "processes needs syscalls = @threads" },
    };

    for (size_t i = 0; i < UNIT_COUNT(pairs); i++) {
        begin(state);
        assert_int_equal(set(pairs[i][0], pairs[i][1]), 0);
        assert_int_equal(stk_profile_check(&profile, &err), -STK_E_INVALID);
        assert_string_equal(err.message, pairs[i][2]);
    }
    begin(state);
    assert_int_equal(set("read", "/srv"), 0);
    assert_int_equal(set("syscalls", "@files-write"), 0);
    assert_int_equal(stk_profile_check(&profile, &err), 0);
}

static void
test_reset__takes_one_key_back(void **state)
{
    static const char *const said[][2] = {
        { "callbacks", "1" },
        { "cpu", "1s" },
        { "deadline", "1s" },
        { "denials", "1" },
        { "memory", "1G" },
        { "network", "443, listen:80" },
        { "output", "1" },
        { "preload", "json" },
        { "processes", "2" },
        { "read", "/srv" },
        { "reply", "1K" },
        { "require", "seccomp" },
        { "restart", "on_next_call" },
        { "spares", "3" },
        { "start", "on_install" },
        { "syscalls", "@threads" },
        { "write", "/out" },
    };
    stk_profile usual;

    (void)state;
    stk_profile_init(&usual, "strict");
    for (size_t i = 0; i < UNIT_COUNT(said); i++)
        assert_int_equal(set(said[i][0], said[i][1]), 0);
    for (size_t i = 0; i < UNIT_COUNT(said); i++) {
        assert_memory_not_equal(&profile, &usual, sizeof usual);
        stk_profile_reset(&profile, said[i][0]);
        stk_profile_reset(&profile, "colour");
    }
    assert_memory_equal(&profile, &usual, sizeof usual);
}

static void
test_find__keys_are_sorted_and_known(void **state)
{
    (void)state;
    for (unsigned i = 0; i < STK_PROFILE_KEYS; i++) {
        assert_int_equal(stk_profile_find(stk_profile_keys[i].name), i);
        if (i)
            assert_true(strcmp(stk_profile_keys[i - 1].name,
                               stk_profile_keys[i].name) < 0);
    }
    assert_int_equal(stk_profile_find("colour"), -1);
}

static void
test_is_name__is_a_word(void **state)
{
    (void)state;
    assert_true(stk_profile_is_name("files-readonly"));
    assert_true(stk_profile_is_name("numpy.2_a"));
    assert_false(stk_profile_is_name(""));
    assert_false(stk_profile_is_name("a b"));
    assert_false(stk_profile_is_name("a:b"));
    assert_false(
        stk_profile_is_name("12345678901234567890123456789012345678901"));
    assert_true(
        stk_profile_is_name("1234567890123456789012345678901234567890"));
}

#define CASE(function) cmocka_unit_test_setup(function, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_init__is_bounded_and_opens_nothing),
        CASE(test_init__a_name_that_is_too_long_is_none),
        CASE(test_set__every_key_takes_effect),
        CASE(test_set__lists_add_up),
        CASE(test_set__require_knows_layers_and_all_namespaces),
        CASE(test_set__names_the_word_that_was_meant),
        CASE(test_set__amounts_say_how_they_are_written_and_their_bounds),
        CASE(test_set__a_key_needs_a_value),
        CASE(test_set__paths_are_absolute_plain_and_not_proc),
        CASE(test_set__what_stands_twice_is_refused),
        CASE(test_set__preload_takes_module_names),
        CASE(test_set__ports_are_numbers_of_tcp),
        CASE(test_set__lists_are_bounded),
        CASE(test_set__a_word_longer_than_any_is_refused),
        CASE(test_check__paths_ports_and_threads_need_their_calls),
        CASE(test_reset__takes_one_key_back),
        CASE(test_find__keys_are_sorted_and_known),
        CASE(test_is_name__is_a_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
