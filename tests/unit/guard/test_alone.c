/* SPDX-License-Identifier: Apache-2.0 */
/* guard/alone.c: a file that is opened by its path. */
#include <fcntl.h>
#include <sys/resource.h>

#include "site.h"

static stk_evidence
find_beneath(void **state, stk_evidence_store *store, const char *name)
{
    const char *folders[] = { *state };
    stk_sought sought = { name, NULL, folders, 1, &site_python, false, false };
    stk_evidence found = STK_EVIDENCE_INIT;

    assert_int_equal(stk_evidence_beneath(store, &sought, &found, NULL), 0);
    return found;
}

static stk_evidence
find_alone(void **state, stk_evidence_store *store, const char *path)
{
    stk_evidence found = STK_EVIDENCE_INIT;

    assert_int_equal(stk_evidence_alone(store, unit_path(state, path),
                                        &site_python, &found, NULL),
                     0);
    return found;
}

static void
expect_alone(void **state, stk_evidence_store *store, const char *path,
             enum stk_trust trust)
{
    stk_evidence found = find_alone(state, store, path);

    if (found.trust != trust)
        print_message("%s: %s\n", path, found.message);
    assert_trust(found, trust);
    if (trust == STK_TRUST_OK)
        assert_non_null(found.source);
    else
        assert_true(found.message[0]);
    stk_evidence_clear(&found);
}

/* ---- beneath a folder of sys.path ------------------------------------ */

static void
test_beneath__packages_not_imported_yet_are_found_on_the_way(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    site_module(state, "shop/__init__.py", STK_KIND_PACKAGE, "shop");
    site_module(state, "shop/db/__init__.py", STK_KIND_PACKAGE, "shop.db");
    site_module(state, "shop/db/row.py", STK_KIND_MODULE, "shop.db.row");
    found = find_beneath(state, store, "shop.db.row");
    assert_trust(found, STK_TRUST_OK);
    assert_string_equal(found.source, "name = 'shop.db.row'\n");
    assert_string_equal(found.path, unit_path(state, "shop/db/row.py"));
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_beneath__a_module_is_judged_whatever_its_package_is(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    stk_evidence found;

    site_text(state, "shop/__init__.py", "unsigned = 1\n");
    site_module(state, "shop/row.py", STK_KIND_MODULE, "shop.row");
    site_text(state, "shop/pay.py", "evil = 1\n");
    found = find_beneath(state, store, "shop.row");
    assert_trust(found, STK_TRUST_OK);
    stk_evidence_clear(&found);
    found = find_beneath(state, store, "shop.pay");
    assert_trust(found, STK_TRUST_UNSIGNED);
    stk_evidence_clear(&found);
    found = find_beneath(state, store, "shop.none");
    assert_trust(found, STK_TRUST_NONE);
    stk_evidence_clear(&found);
    found = find_beneath(state, NULL, "shop.row");
    assert_trust(found, STK_TRUST_UNSIGNED);
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

/* ---- by itself ------------------------------------------------------- */

static void
test_alone__a_program_is_signed_as_its_module_or_as_main(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_module(state, "program.py", STK_KIND_MODULE, "program");
    expect_alone(state, store, "program.py", STK_TRUST_OK);
    site_module(state, "program.py", STK_KIND_MODULE, "__main__");
    expect_alone(state, store, "program.py", STK_TRUST_OK);
    site_module(state, "my.tool", STK_KIND_MODULE, "my");
    expect_alone(state, store, "my.tool", STK_TRUST_OK);
    site_module(state, "program.py", STK_KIND_MODULE, "other");
    expect_alone(state, store, "program.py", STK_TRUST_NAME);
    site_module(state, "program.py", STK_KIND_DATA, "program.py");
    expect_alone(state, store, "program.py", STK_TRUST_KIND);
    stk_evidence_store_free(store);
}

static void
test_alone__what_is_not_signed_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_text(state, "program.py", "evil = 1\n");
    expect_alone(state, store, "program.py", STK_TRUST_UNSIGNED);
    site_sign(state, "program.py", "good = 1\n", STK_KIND_MODULE, "program");
    expect_alone(state, store, "program.py", STK_TRUST_SIGNATURE);
    site_text(state, "program.py.minisig", "");
    expect_alone(state, store, "program.py", STK_TRUST_MALFORMED);
    expect_alone(state, store, "folder/none.py", STK_TRUST_IO);
    expect_alone(state, NULL, "program.py", STK_TRUST_UNSIGNED);
    stk_evidence_store_free(store);
}

static void
test_alone__what_cannot_be_opened_is_no_link(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct rlimit before, one;
    stk_evidence found;

    site_text(state, "program.py", "x = 1\n");
    assert_true(next >= 0);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    one = before;
    one.rlim_cur = (rlim_t)next + 1; /* for the folder alone */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &one), 0);
    found = find_alone(state, store, "program.py");
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_trust(found, STK_TRUST_IO);
    assert_non_null(strstr(found.message, "program.py: cannot open"));
    stk_evidence_clear(&found);
    stk_evidence_store_free(store);
}

static void
test_alone__a_link_is_refused(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_module(state, "good.py", STK_KIND_MODULE, "good");
    assert_int_equal(symlink("good.py", unit_path(state, "program.py")), 0);
    expect_alone(state, store, "program.py", STK_TRUST_PATH);
    stk_evidence_store_free(store);
}

static void
test_alone__bytecode_is_refused_by_name_and_content(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_module(state, "program.pyc", STK_KIND_MODULE, "program");
    expect_alone(state, store, "program.pyc", STK_TRUST_SOURCELESS);
    site_module(state, "__pycache__/program.pyc", STK_KIND_MODULE, "program");
    expect_alone(state, store, "__pycache__/program.pyc", STK_TRUST_BYTECODE);
    site_text(state, "tool", "\xa7\x0d\x0d\x0a rest");
    site_sign(state, "tool", "\xa7\x0d\x0d\x0a rest", STK_KIND_MODULE, "tool");
    expect_alone(state, store, "tool", STK_TRUST_BYTECODE);
    stk_evidence_store_free(store);
}

/* The least that zipimport takes for an archive: an end record. */
#define ARCHIVE "PK\005\006..................\n"

static void
test_alone__archives_and_pth_files_are_signed_as_data(void **state)
{
    stk_evidence_store *store = site_store(state, "", "");

    site_text(state, "app.zip", ARCHIVE);
    site_sign(state, "app.zip", ARCHIVE, STK_KIND_DATA, "app.zip");
    expect_alone(state, store, "app.zip", STK_TRUST_OK);
    site_sign(state, "app.zip", ARCHIVE, STK_KIND_MODULE, "app");
    expect_alone(state, store, "app.zip", STK_TRUST_KIND);
    site_text(state, "a.pth", "import sys\n");
    expect_alone(state, store, "a.pth", STK_TRUST_UNSIGNED);
    site_sign(state, "a.pth", "import sys\n", STK_KIND_DATA, "a.pth");
    expect_alone(state, store, "a.pth", STK_TRUST_OK);
    stk_evidence_store_free(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_beneath__packages_not_imported_yet_are_found_on_the_way),
        unit_test_in_folder(
            test_beneath__a_module_is_judged_whatever_its_package_is),
        unit_test_in_folder(
            test_alone__a_program_is_signed_as_its_module_or_as_main),
        unit_test_in_folder(test_alone__what_is_not_signed_is_refused),
        unit_test_in_folder(test_alone__what_cannot_be_opened_is_no_link),
        unit_test_in_folder(test_alone__a_link_is_refused),
        unit_test_in_folder(
            test_alone__bytecode_is_refused_by_name_and_content),
        unit_test_in_folder(
            test_alone__archives_and_pth_files_are_signed_as_data),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
