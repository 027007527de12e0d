/* SPDX-License-Identifier: Apache-2.0 */
/* guard/given.c: source that was handed over, and its signatures. */
#include "site.h"

#define SOURCE "price = 3\n"

/* A signature of SOURCE as module `name`; freed by free(). */
static char *
signature_of(enum stk_kind kind, const char *name)
{
    stk_comment comment = { .kind = kind, .signed_at = time(NULL) - DAY };

    snprintf(comment.module, sizeof comment.module, "%s", name);
    comment.size = strlen(SOURCE);
    stk_digest_memory(comment.hash, SOURCE, strlen(SOURCE));
    return sign(0, SOURCE, &comment);
}

static stk_given
given_of(const char *source, const stk_given_text *texts, size_t n)
{
    return (stk_given){ .name = "shop.cart",
                        .kind = STK_KIND_MODULE,
                        .path = "<loader v>/shop/cart.py",
                        .basename = "cart.py",
                        .source = source,
                        .length = strlen(source),
                        .signatures = texts,
                        .n_signatures = n };
}

static void
expect(stk_evidence_store *store, const stk_given *given, enum stk_trust trust)
{
    stk_evidence found = STK_EVIDENCE_INIT;

    assert_int_equal(stk_evidence_given(store, given, &found, NULL), 0);
    if (found.trust != trust)
        print_message("%s\n", stk_evidence_message(&found));
    assert_int_equal(found.trust, trust);
    assert_null(found.source);
    assert_int_equal(found.has_digest, trust == STK_TRUST_OK);
    if (trust == STK_TRUST_OK)
        assert_string_equal(stk_evidence_keys(&found), "a");
    else
        assert_true(stk_evidence_message(&found)[0]);
    stk_evidence_clear(&found);
}

static void
test_given__what_is_signed_holds_for_those_bytes_alone(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    char *text = signature_of(STK_KIND_MODULE, "shop.cart");
    stk_given_text one = { text, strlen(text) };
    stk_given given = given_of(SOURCE, &one, 1);

    expect(store, &given, STK_TRUST_OK);
    given = given_of("price = 4\n", &one, 1);
    expect(store, &given, STK_TRUST_SIGNATURE);
    given = given_of(SOURCE, NULL, 0);
    expect(store, &given, STK_TRUST_UNSIGNED);
    given = given_of(SOURCE, &one, 1);
    expect(NULL, &given, STK_TRUST_UNSIGNED);
    free(text);
    stk_evidence_store_free(store);
}

static void
test_given__a_signature_of_another_module_is_none(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    char *text = signature_of(STK_KIND_MODULE, "shop.pay");
    char *kind = signature_of(STK_KIND_PACKAGE, "shop.cart");
    stk_given_text one = { text, strlen(text) };
    stk_given given = given_of(SOURCE, &one, 1);

    expect(store, &given, STK_TRUST_NAME);
    one = (stk_given_text){ kind, strlen(kind) };
    expect(store, &given, STK_TRUST_KIND);
    one = (stk_given_text){ "nonsense\n", 9 };
    expect(store, &given, STK_TRUST_MALFORMED);
    free(text);
    free(kind);
    stk_evidence_store_free(store);
}

static void
test_given__nine_signatures_are_looked_at(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    char *text = signature_of(STK_KIND_MODULE, "shop.cart");
    stk_given_text many[40];
    stk_given given = given_of(SOURCE, many, UNIT_COUNT(many));

    for (size_t i = 0; i < UNIT_COUNT(many); i++)
        many[i] = (stk_given_text){ text, strlen(text) };
    expect(store, &given, STK_TRUST_OK);
    free(text);
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_given__what_is_signed_holds_for_those_bytes_alone),
        unit_test_in_folder(test_given__a_signature_of_another_module_is_none),
        unit_test_in_folder(test_given__nine_signatures_are_looked_at),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
