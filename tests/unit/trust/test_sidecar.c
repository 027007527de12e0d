/* SPDX-License-Identifier: Apache-2.0 */
/* The signature files beside a file. */
#include "trust/sidecar.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"

#include "signing.h"

static void
write_signature(void **state, const char *name, unsigned by)
{
    stk_comment c = make_comment(BODY);
    char *text = sign(by, BODY, &c);

    unit_write(state, name, text, strlen(text));
    free(text);
}

static void
test_path__the_first_has_no_number(void **state)
{
    char *first = stk_sidecar_path("a/m.py", 1);
    char *second = stk_sidecar_path("a/m.py", 2);

    (void)state;
    assert_string_equal(first, "a/m.py.minisig");
    assert_string_equal(second, "a/m.py.minisig.2");
    free(first);
    free(second);
}

static void
test_load__takes_those_that_are_there(void **state)
{
    const char *path = unit_path(state, "m.py");
    stk_sidecars found;

    assert_int_equal(stk_sidecars_load(&found, path, NULL), 0);
    assert_int_equal(found.n, 0);
    unit_write(state, "m.py.minisig", "one", 3);
    unit_write(state, "m.py.minisig.3", "three", 5);
    unit_write(state, "m.py.minisig.9", "", 0);
    unit_write(state, "m.py.minisig.10", "ten", 3);
    assert_int_equal(stk_sidecars_load(&found, path, NULL), 0);
    assert_int_equal(found.n, 3);
    assert_int_equal(found.texts[0].length, 3);
    assert_memory_equal(found.texts[0].data, "one", 3);
    assert_memory_equal(found.texts[1].data, "three", 5);
    assert_int_equal(found.texts[2].length, 0);
    stk_sidecars_clear(&found);
    assert_int_equal(found.n, 0);
}

static void
test_beneath__takes_those_that_are_there_and_no_link(void **state)
{
    STK_CLEANUP(stk_closep) int fd = open(*state, O_PATH | O_DIRECTORY);
    stk_sidecars found = { .n = 0 };
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_sidecars_beneath(&found, fd, "m.py", &err), 0);
    assert_int_equal(found.n, 0);
    unit_write(state, "m.py.minisig", "one", 3);
    unit_write(state, "m.py.minisig.3", "three", 5);
    assert_int_equal(stk_sidecars_beneath(&found, fd, "m.py", &err), 0);
    assert_int_equal(found.n, 2);
    assert_memory_equal(found.texts[1].data, "three", 5);
    stk_sidecars_clear(&found);
    assert_int_equal(
        symlink("m.py.minisig", unit_path(state, "m.py.minisig.2")), 0);
    assert_int_equal(stk_sidecars_beneath(&found, fd, "m.py", &err),
                     -STK_E_INVALID);
    assert_string_equal(err.message, "is no regular file");
    assert_string_equal(err.file, "m.py.minisig.2");
    assert_int_equal(found.n, 0);
    assert_int_equal(unlink(unit_path(state, "m.py.minisig.2")), 0);
    assert_int_equal(mkdir(unit_path(state, "m.py.minisig.2"), 0700), 0);
    assert_int_equal(stk_sidecars_beneath(&found, fd, "m.py", &err),
                     -STK_E_INVALID);
}

/* A file of any size costs no more than what could be a signature. */
static void
test_load__reads_no_more_than_is_refused(void **state)
{
    const char *path = unit_path(state, "m.py");
    const char *big = unit_write(state, "m.py.minisig", "", 0);
    stk_sidecars found;

    assert_int_equal(truncate(big, 1 << 30), 0);
    assert_int_equal(stk_sidecars_load(&found, path, NULL), 0);
    assert_int_equal(found.n, 1);
    assert_int_equal(found.texts[0].length, STK_MINISIG_MAX + 1);
    stk_sidecars_clear(&found);
}

static void
test_load__what_is_no_file_is_an_error(void **state)
{
    const char *path = unit_path(state, "m.py");
    stk_sidecars found = { .n = 0 };
    stk_error err = STK_ERROR_INIT;

    unit_write(state, "m.py.minisig", "one", 3);
    assert_int_equal(mkfifo(unit_path(state, "m.py.minisig.2"), 0600), 0);
    assert_int_equal(stk_sidecars_load(&found, path, &err), -STK_E_IO);
    assert_string_equal(err.message, "is no regular file");
    assert_int_equal(found.n, 0);
}

static void
test_place__is_one_s_own_or_behind_the_last(void **state)
{
    char *path = strdup(unit_path(state, "m.py"));
    const unsigned char *a = signers[0].key->public_key.id;
    const unsigned char *b = signers[1].key->public_key.id;
    char name[32];

    assert_int_equal(stk_sidecar_place(path, a), 1);
    write_signature(state, "m.py.minisig", 0);
    assert_int_equal(stk_sidecar_place(path, a), 1);
    assert_int_equal(stk_sidecar_place(path, b), 2);
    write_signature(state, "m.py.minisig.4", 1);
    assert_int_equal(stk_sidecar_place(path, b), 4);
    assert_int_equal(stk_sidecar_place(path, signers[2].key->public_key.id),
                     5);
    for (unsigned i = 2; i <= STK_SIGNATURES_MAX; i++) {
        snprintf(name, sizeof name, "m.py.minisig.%u", i);
        unit_write(state, name, "x", 1);
    }
    assert_int_equal(stk_sidecar_place(path, b), 0);
    assert_int_equal(stk_sidecar_place(path, a), 1);
    free(path);
}

static void
test_tail__is_that_of_a_signature_file_alone(void **state)
{
    static const char *const others[] = {
        "",           "a.py",         ".minisig",     ".minisig.2",
        "aminisig",   "a.minisig.1",  "a.minisig.0",  "a.minisig.10",
        "a.minisi",   "a.minisig.py", "a.minisig.2.", "a.minisig.:",
        "a.minisig2",
    };

    (void)state;
    assert_string_equal(stk_sidecar_tail("a.py.minisig"), ".minisig");
    assert_string_equal(stk_sidecar_tail("a.minisig.2"), ".minisig.2");
    assert_string_equal(stk_sidecar_tail("a.minisig.9"), ".minisig.9");
    assert_string_equal(stk_sidecar_tail("a.minisig.minisig"), ".minisig");
    for (size_t i = 0; i < UNIT_COUNT(others); i++)
        assert_null(stk_sidecar_tail(others[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_path__the_first_has_no_number),
        cmocka_unit_test(test_tail__is_that_of_a_signature_file_alone),
        unit_test_in_folder(test_load__takes_those_that_are_there),
        unit_test_in_folder(
            test_beneath__takes_those_that_are_there_and_no_link),
        unit_test_in_folder(test_load__reads_no_more_than_is_refused),
        unit_test_in_folder(test_load__what_is_no_file_is_an_error),
        unit_test_in_folder(test_place__is_one_s_own_or_behind_the_last),
    };

    return cmocka_run_group_tests(tests, make_signers, free_signers);
}
