/* SPDX-License-Identifier: Apache-2.0 */
/* Our fields in a trusted comment: one spelling, or refused. */
#include "trust/comment.h"

#include "unit.h"

#define HASH "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"
#define GOOD                                                                  \
    "stockade1\tkind=module\tmodule=shop.cart\tpackage=shop\tversion=1.0"     \
    "\tsequence=7\thash=" HASH "\tsize=3\tcontext=corp/prod"                  \
    "\tsigned=1700000000\texpires=0"

static bool
parse(stk_comment *out, const char *text)
{
    char why[STK_WHY_MAX];

    return stk_comment_parse(out, text, strlen(text), why);
}

static void
test_parse__reads_each_field(void **state)
{
    stk_comment c;

    (void)state;
    assert_true(parse(&c, GOOD));
    assert_int_equal(c.kind, STK_KIND_MODULE);
    assert_string_equal(c.module, "shop.cart");
    assert_string_equal(c.package, "shop");
    assert_string_equal(c.version, "1.0");
    assert_string_equal(c.context, "corp/prod");
    assert_int_equal(c.sequence, 7);
    assert_int_equal(c.size, 3);
    assert_int_equal(c.hash[0], 0xbd);
    assert_int_equal(c.hash[31], 0x19);
    assert_int_equal(c.signed_at, 1700000000);
    assert_int_equal(c.expires, 0);
}

static void
test_print__writes_what_parse_reads(void **state)
{
    stk_comment c;
    stk_error err = STK_ERROR_INIT;
    char *text = NULL;

    (void)state;
    assert_true(parse(&c, GOOD));
    assert_int_equal(stk_comment_print(&text, &c, &err), 0);
    assert_string_equal(text, GOOD);
    free(text);
    c.package[0] = c.version[0] = c.context[0] = '\0';
    assert_int_equal(stk_comment_print(&text, &c, &err), 0);
    assert_non_null(strstr(text, "\tpackage=\tversion=\tsequence=7"));
    assert_true(parse(&c, text));
    free(text);
}

/* GOOD with `from` in it replaced by `to`. */
static void
assert_refused(const char *from, const char *to, const char *expected)
{
    const char *at = strstr(GOOD, from);
    char text[2 * sizeof GOOD], why[STK_WHY_MAX];
    stk_comment c;
    int n;

    assert_non_null(at);
    n = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - GOOD), GOOD, to,
                 at + strlen(from));
    assert_in_range(n, 1, sizeof text - 1);
    if (stk_comment_parse(&c, text, (size_t)n, why))
        fail_msg("taken: %s", text);
    if (!strstr(why, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, why);
}

static void
test_parse__refuses_unknown_missing_doubled_and_moved_fields(void **state)
{
    (void)state;
    assert_refused("\tsize=3", "", "in place of size");
    assert_refused("\tsize=3", "\tsize=3\tsize=3", "in place of context");
    assert_refused("\tsize=3", "\tnote=x\tsize=3", "in place of size");
    assert_refused("\tkind=module\tmodule=shop.cart",
                   "\tmodule=shop.cart\tkind=module", "in place of kind");
    assert_refused("\texpires=0", "", "ends before expires");
    assert_refused("\texpires=0", "\texpires=0\t", "goes on after");
    assert_refused("\texpires=0", "\texpires=0\tx=1", "goes on after");
    assert_refused("stockade1", "stockade2", "does not begin with");
    assert_refused("stockade1\t", "stockade1", "does not begin with");
    assert_refused("\tkind", "  kind", "does not begin with");
}

static void
test_parse__refuses_values_that_cannot_be(void **state)
{
    (void)state;
    assert_refused("kind=module", "kind=script", "a kind that is unknown");
    assert_refused("kind=module", "kind=", "a kind that is unknown");
    assert_refused("module=shop.cart", "module=", "nothing in module");
    assert_refused("module=shop.cart", "module=a b", "in module");
    assert_refused("module=shop.cart", "module=a\033b", "in module");
    assert_refused("module=shop.cart",
                   "module=a\xe2\x80\xae"
                   "b",
                   "in module"); /* U+202E turns what follows around */
    assert_refused("module=shop.cart", "module=a\xff", "in module");
    assert_refused("sequence=7", "sequence=07", "no number in sequence");
    assert_refused("sequence=7", "sequence=-7", "no number in sequence");
    assert_refused("sequence=7", "sequence=9223372036854775808",
                   "no number in sequence");
    assert_refused("size=3", "size=", "no number in size");
    assert_refused("hash=bd", "hash=BD", "in hash");
    assert_refused("hash=bd", "hash=b", "in hash");
    assert_refused("hash=bd", "hash=bdd", "in hash");
    assert_refused("signed=1", "signed=+1", "no number in signed");
}

static void
test_parse__is_bounded(void **state)
{
    char text[STK_COMMENT_MAX + 2], why[STK_WHY_MAX];
    stk_comment c;

    (void)state;
    memset(text, 'a', sizeof text);
    assert_false(stk_comment_parse(&c, text, sizeof text, why));
    assert_non_null(strstr(why, "is longer than"));
    assert_false(stk_comment_parse(&c, text, 0, why));
}

static void
test_print__refuses_what_cannot_be_read_back(void **state)
{
    stk_comment good, c;
    char *text = NULL;

    (void)state;
    assert_true(parse(&good, GOOD));
    c = good;
    strcpy(c.version, "1 0");
    assert_int_equal(stk_comment_print(&text, &c, NULL), -STK_E_INVALID);
    c = good;
    strcpy(c.context, "a\tsigned=1");
    assert_int_equal(stk_comment_print(&text, &c, NULL), -STK_E_INVALID);
    c = good;
    c.module[0] = '\0';
    assert_int_equal(stk_comment_print(&text, &c, NULL), -STK_E_INVALID);
    c = good;
    c.kind = (enum stk_kind)3;
    assert_int_equal(stk_comment_print(&text, &c, NULL), -STK_E_INVALID);
    c = good;
    c.sequence = UINT64_MAX;
    assert_int_equal(stk_comment_print(&text, &c, NULL), -STK_E_INVALID);
    c = good;
    c.signed_at = -1;
    assert_int_equal(stk_comment_print(&text, &c, NULL), -STK_E_INVALID);
    assert_null(text);
}

static void
test_is_ours__asks_for_the_whole_word(void **state)
{
    (void)state;
    assert_true(stk_comment_is_ours("stockade1\tx", 11));
    assert_true(stk_comment_is_ours("stockade1", 9));
    assert_false(stk_comment_is_ours("stockade10", 10));
    assert_false(stk_comment_is_ours("timestamp:1", 11));
    assert_false(stk_comment_is_ours("", 0));
}

static void
test_kind_find__knows_each_name(void **state)
{
    (void)state;
    assert_int_equal(stk_kind_find("module", 6), STK_KIND_MODULE);
    assert_int_equal(stk_kind_find("policy", 6), STK_KIND_POLICY);
    assert_int_equal(stk_kind_find("modul", 5), 0);
    assert_int_equal(stk_kind_find("", 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse__reads_each_field),
        cmocka_unit_test(test_print__writes_what_parse_reads),
        cmocka_unit_test(
            test_parse__refuses_unknown_missing_doubled_and_moved_fields),
        cmocka_unit_test(test_parse__refuses_values_that_cannot_be),
        cmocka_unit_test(test_parse__is_bounded),
        cmocka_unit_test(test_print__refuses_what_cannot_be_read_back),
        cmocka_unit_test(test_is_ours__asks_for_the_whole_word),
        cmocka_unit_test(test_kind_find__knows_each_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
