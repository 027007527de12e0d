/* SPDX-License-Identifier: Apache-2.0 */
/* What is a dotted name, and what is none. */
#include "policy/name.h"

#include "unit.h"

static bool
is_asked(const char *name)
{
    stk_name split;

    return stk_name_split(&split, name);
}

/* Whatever a policy can name can be asked for. */
static bool
is_dotted(const char *name)
{
    bool dotted = stk_name_is_dotted(name, strlen(name));

    assert_true(is_asked(name) || !dotted);
    return dotted;
}

static void
test_dotted__identifiers_joined_by_dots(void **state)
{
    static const char *const names[] = {
        "os",
        "os.path",
        "_",
        "a1.b2._c3",
        "__main__",
        "été.à",
        "变量.模块",
        "ª",
        "a\xCC\x81",
        "A.B.C.D",
        "x\xF0\x9D\x94\xB8",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        if (!is_dotted(names[i]))
            fail_msg("%s is refused", names[i]);
}

static void
test_dotted__everything_else_is_refused(void **state)
{
    static const char *const names[] = {
        "",
        ".",
        ".os",
        "os.",
        "os..path",
        "1a",
        "a.1",
        "a b",
        "a-b",
        "a/b",
        "../os",
        "a\tb",
        "a\n",
        "*",
        "a.*",
        "@a",
        "a=b",
        "a;",
        "a\x7F",
        "a\xC3",
        "\xFF",
        "a\xC0\xAE",
        "a\xED\xA0\x80",
        "a\xC2\xA0",
        "a\xE2\x80\x8B",
        "a\xE2\x80\xAE",
        "\xEF\xBB\xBFos",
        "a\xE3\x80\x80",
        "os\xC2\x85",
        "a\xF4\x90\x80\x80",
        "a\\b",
        "a'b",
        "a\"b",
        "a[0]",
        "a:b",
        "a,b",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        if (is_dotted(names[i]))
            fail_msg("case %zu is taken", i);
}

static void
test_dotted__a_nul_inside_is_refused(void **state)
{
    (void)state;
    assert_false(stk_name_is_dotted("os\0x", 4));
    assert_false(stk_name_is_label("a\0", 2));
}

static void
test_dotted__length_and_labels_are_bounded(void **state)
{
    char name[STK_NAME_MAX + 2];

    (void)state;
    memset(name, 'a', sizeof name);
    name[STK_NAME_MAX] = '\0';
    assert_true(is_dotted(name));
    name[STK_NAME_MAX] = 'a';
    name[STK_NAME_MAX + 1] = '\0';
    assert_false(is_dotted(name));
    assert_false(is_asked(name));
    for (size_t i = 0; i < STK_LABELS_MAX; i++)
        memcpy(name + 2 * i, "a.", 2);
    name[2 * STK_LABELS_MAX - 1] = '\0';
    assert_true(is_dotted(name));
    memcpy(name + 2 * STK_LABELS_MAX - 1, ".a", 3);
    assert_false(is_dotted(name));
    assert_false(is_asked(name));
}

static void
test_split__takes_what_code_asks_for(void **state)
{
    static const char *const names[] = {
        "app.migrations.0001_initial",
        "_sysconfigdata__linux_x86_64-linux-gnu",
        "a b",
        "a*",
        "@a",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++) {
        assert_true(is_asked(names[i]));
        assert_false(is_dotted(names[i]));
    }
}

static void
test_split__what_no_module_can_be_called_is_refused(void **state)
{
    static const char *const names[] = {
        "",       ".",     ".os",       "os.",           "os..path",
        "../os",  "a/b",   "a\\b",      "a\n",           "a\x7F",
        "a\x01b", "a\xC3", "a\xC0\xAE", "a\xED\xA0\x80", "\xFF",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(names); i++)
        if (is_asked(names[i]))
            fail_msg("case %zu is taken", i);
}

static void
test_split__gives_every_parent_and_its_hash(void **state)
{
    const char *name = "acme.été.x";
    stk_name split;

    (void)state;
    assert_true(stk_name_split(&split, name));
    assert_int_equal(split.labels, 3);
    assert_int_equal(split.end[0], 4);
    assert_int_equal(split.end[1], 4 + 1 + 5);
    assert_int_equal(split.end[2], strlen(name));
    assert_int_equal(split.length, strlen(name));
    for (uint32_t i = 0; i < split.labels; i++)
        assert_int_equal(split.hash[i], stk_hash(name, split.end[i]));
}

static void
test_hash__is_fnv_1a(void **state)
{
    (void)state;
    /* draft-eastlake-fnv, test vectors of 32 bits */
    assert_int_equal(stk_hash("", 0), 0x811c9dc5u);
    assert_int_equal(stk_hash("a", 1), 0xe40c292cu);
    assert_int_equal(stk_hash("foobar", 6), 0xbf9cf968u);
}

static void
test_within__ends_at_a_dot(void **state)
{
    (void)state;
    assert_true(stk_name_is_within("a", "a"));
    assert_true(stk_name_is_within("a.b", "a"));
    assert_false(stk_name_is_within("ab", "a"));
    assert_false(stk_name_is_within("a", "a.b"));
    assert_int_equal(stk_name_parent("a.b.c"), 3);
    assert_int_equal(stk_name_parent("abc"), 0);
}

static void
test_same_top__is_the_whole_first_label(void **state)
{
    (void)state;
    assert_true(stk_name_same_top("a", "a.b"));
    assert_true(stk_name_same_top("a.b", "a.c.d"));
    assert_false(stk_name_same_top("a", "ab"));
    assert_false(stk_name_same_top("ab.c", "a.c"));
    assert_false(stk_name_same_top("", "a"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dotted__identifiers_joined_by_dots),
        cmocka_unit_test(test_dotted__everything_else_is_refused),
        cmocka_unit_test(test_dotted__a_nul_inside_is_refused),
        cmocka_unit_test(test_dotted__length_and_labels_are_bounded),
        cmocka_unit_test(test_split__takes_what_code_asks_for),
        cmocka_unit_test(test_split__what_no_module_can_be_called_is_refused),
        cmocka_unit_test(test_split__gives_every_parent_and_its_hash),
        cmocka_unit_test(test_hash__is_fnv_1a),
        cmocka_unit_test(test_within__ends_at_a_dot),
        cmocka_unit_test(test_same_top__is_the_whole_first_label),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
