/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/typo.h"

#include "text.h"

typedef struct guesses {
    char text[1024];
} guesses;

static void
tell(void *payload, const stk_place *place, const char *name,
     const char *meant)
{
    guesses *all = payload;
    size_t used = strlen(all->text);

    snprintf(all->text + used, sizeof(all->text) - used, "%u %s %s\n",
             (unsigned)place->line, name, meant);
}

static guesses
find(const char *text)
{
    stk_policy *policy = text_parse("p.ini", text);
    guesses all = { "" };

    assert_int_equal(stk_typo_find(policy, tell, &all), 0);
    stk_policy_free(policy);
    return all;
}

static guesses
find_name(const char *name)
{
    char text[256];

    snprintf(text, sizeof(text), TEXT_HEAD "[modules]\n%s = allow\n", name);
    return find(text);
}

static void
test_typo__one_letter_off(void **state)
{
    static const char *const mistyped[][2] = {
        { "jsn", "json" },
        { "jsno", "json" },
        { "jason", "json" },
        { "subproces", "subprocess" },
        { "sokcet", "socket" },
        { "ctype", "ctypes" },
        { "datetme", "datetime" },
        { "multiprocesing", "multiprocessing" },
        { "multiporcesing", "multiprocessing" },
        { "clooections", "collections" },
        { "jsn.decoder", "json" },
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(mistyped); i++) {
        guesses all = find_name(mistyped[i][0]);
        char expected[128];

        snprintf(expected, sizeof(expected), "4 %s %s\n", mistyped[i][0],
                 mistyped[i][1]);
        assert_string_equal(all.text, expected);
    }
}

static void
test_typo__names_that_are_right_or_somebodys_own(void **state)
{
    static const char *const fine[] = {
        "json",    "os",       "_socket",       "numpy",    "pandas",
        "flask",   "httpx",    "ujson",         "lxml",     "six",
        "typer",   "core",     "app",           "plugins",  "local",
        "urllib3", "pathlib2", "requests",      "attr",     "yaml",
        "toml",    "cffi",     "click",         "rich",     "django",
        "pytest",  "black",    "sphinx",        "pydantic", "redis",
        "celery",  "boto3",    "tests",         "utils",    "models",
        "config",  "regex",    "dns",           "cv2",      "bs4",
        "PIL",     "zmq",      "json.decoderx", "x",        "_jsn",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(fine); i++) {
        guesses all = find_name(fine[i]);

        assert_string_equal(all.text, "");
    }
}

static void
test_typo__a_name_that_is_mentioned_again_is_meant(void **state)
{
    guesses all = find(TEXT_HEAD "[modules]\njsn = allow\njsn.old = deny\n");

    (void)state;
    assert_string_equal(all.text, "");
    all = find(TEXT_HEAD "[modules]\njsn = allow\n"
                         "[modules from jsn]\nos = deny\n");
    assert_string_equal(all.text, "");
}

static void
test_typo__members_importers_and_the_forbidden_are_looked_at(void **state)
{
    guesses all = find(TEXT_HEAD "[group g]\nmembers = tempfil\n");

    (void)state;
    assert_string_equal(all.text, "3 tempfil tempfile\n");
    all = find(TEXT_HEAD "[modules from asynco]\nos = deny\n");
    assert_string_equal(all.text, "3 asynco asyncio\n");
    all = find(TEXT_HEAD "[forbidden]\nctyps.* = no\n");
    assert_string_equal(all.text, "4 ctyps ctypes\n");
}

static void
test_typo__a_prefix_is_no_whole_name(void **state)
{
    guesses all = find(TEXT_HEAD "[modules]\njsn* = allow\n");

    (void)state;
    assert_string_equal(all.text, "");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_typo__one_letter_off),
        cmocka_unit_test(test_typo__names_that_are_right_or_somebodys_own),
        cmocka_unit_test(test_typo__a_name_that_is_mentioned_again_is_meant),
        cmocka_unit_test(
            test_typo__members_importers_and_the_forbidden_are_looked_at),
        cmocka_unit_test(test_typo__a_prefix_is_no_whole_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
