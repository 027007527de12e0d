/* SPDX-License-Identifier: Apache-2.0 */
/* What must not go back, across restarts. */
#include "trust/floor.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "unit.h"

#define DAY 86400

static stk_state *
open_place(const char *path, const char *key, bool require)
{
    stk_state_place place = { path, key, require };
    stk_state *state = NULL;

    assert_int_equal(stk_state_open(&state, &place, NULL), 0);
    return state;
}

static stk_state *
open_state(const char *path, bool require)
{
    return open_place(path, NULL, require);
}

static enum stk_trust
check(stk_state *state, const char *package, uint64_t sequence)
{
    char why[512];

    return stk_floor_check(state, package, sequence, 0, why, sizeof why);
}

static void
assert_content(const char *path, const char *expected)
{
    char text[512] = "";
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static void
test_check__older_is_refused_after_a_restart(void **folder)
{
    const char *path = unit_path(folder, "state");
    stk_state *state = open_state(path, false);

    assert_int_equal(check(state, "shop", 5), STK_TRUST_OK);
    assert_int_equal(stk_floor_raise(state, "shop", 5, 1000, NULL), 0);
    assert_int_equal(check(state, "shop", 4), STK_TRUST_ROLLBACK);
    stk_state_free(state);
    state = open_state(path, true);
    assert_int_equal(check(state, "shop", 4), STK_TRUST_ROLLBACK);
    assert_int_equal(check(state, "shop", 5), STK_TRUST_OK);
    assert_int_equal(check(state, "other", 1), STK_TRUST_OK);
    assert_int_equal(stk_floor_clock(state), 1000);
    stk_state_free(state);
    assert_content(path, "stockade-state 1\nshop 5 1000\nend 1\n");
}

static void
test_check__says_which_floor(void **folder)
{
    stk_state *state = open_state(NULL, false);
    char why[512];

    (void)folder;
    assert_int_equal(stk_floor_check(state, "shop", 4, 300, why, sizeof why),
                     STK_TRUST_ROLLBACK);
    assert_string_equal(why, "sequence 4 of shop is older than 300, which "
                             "the policy's floor demands; get a release from "
                             "there on");
    assert_int_equal(stk_floor_raise(state, "shop", 301, 0, NULL), 0);
    assert_int_equal(stk_floor_check(state, "shop", 300, 300, why, sizeof why),
                     STK_TRUST_ROLLBACK);
    assert_string_equal(why, "sequence 300 of shop is older than 301, which "
                             "was accepted before; get a release from there "
                             "on");
    stk_state_free(state);
}

static void
test_check__a_jump_is_refused_where_a_floor_is_known(void **folder)
{
    stk_state *state = open_state(NULL, false);
    char why[512];

    (void)folder;
    assert_int_equal(check(state, "shop", 20270101), STK_TRUST_OK);
    assert_int_equal(stk_floor_raise(state, "shop", 10, 0, NULL), 0);
    assert_int_equal(check(state, "shop", 1000010), STK_TRUST_OK);
    assert_int_equal(check(state, "shop", 1000011), STK_TRUST_JUMP);
    assert_int_equal(check(state, "shop", INT64_MAX), STK_TRUST_JUMP);
    /* who writes the policy may let it go on */
    assert_int_equal(
        stk_floor_check(state, "shop", 5000000, 4999999, why, sizeof why),
        STK_TRUST_OK);
    stk_state_free(state);
}

static void
test_check__a_missing_state_is_refused_where_it_is_required(void **folder)
{
    const char *path = unit_path(folder, "state");
    stk_state *state = open_state(path, true);
    char why[512];

    assert_int_equal(stk_floor_check(state, "shop", 1, 0, why, sizeof why),
                     STK_TRUST_STATE);
    assert_non_null(strstr(why, "is missing, and require_state = yes"));
    unit_write(folder, "state", "stockade-state 1\nend 0\n", 23);
    assert_int_equal(check(state, "shop", 1), STK_TRUST_OK);
    /* and when it is taken away from a running program */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(check(state, "shop", 1), STK_TRUST_STATE);
    stk_state_free(state);
    state = open_state(NULL, true);
    assert_int_equal(stk_floor_check(state, "shop", 1, 0, why, sizeof why),
                     STK_TRUST_STATE);
    assert_non_null(strstr(why, "names no state file"));
    stk_state_free(state);
}

static void
test_check__what_another_process_raised_counts(void **folder)
{
    const char *path = unit_path(folder, "state");
    stk_state *one = open_state(path, false), *two = open_state(path, false);

    assert_int_equal(stk_floor_raise(one, "shop", 5, 0, NULL), 0);
    assert_int_equal(check(two, "shop", 4), STK_TRUST_ROLLBACK);
    assert_int_equal(stk_floor_raise(two, "tools", 8, 0, NULL), 0);
    assert_int_equal(stk_floor_raise(one, "alpha", 1, 0, NULL), 0);
    assert_content(path, "stockade-state 1\nalpha 1 0\nshop 5 0\n"
                         "tools 8 0\nend 3\n");
    stk_state_free(one);
    stk_state_free(two);
}

static void
test_check__a_file_that_was_set_back_does_not_lower_what_is_known(
    void **folder)
{
    const char *path = unit_path(folder, "state");
    stk_state *state = open_state(path, false);

    assert_int_equal(stk_floor_raise(state, "shop", 5, 0, NULL), 0);
    unit_write(folder, "state", "stockade-state 1\nshop 1 0\nend 1\n", 32);
    assert_int_equal(check(state, "shop", 4), STK_TRUST_ROLLBACK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(check(state, "shop", 4), STK_TRUST_ROLLBACK);
    stk_state_free(state);
}

static void
test_raise__writes_only_news(void **folder)
{
    const char *path = unit_path(folder, "state");
    stk_state *state = open_state(path, false);
    struct stat before, after;

    assert_int_equal(stk_floor_raise(state, "shop", 5, 1000, NULL), 0);
    assert_int_equal(stat(path, &before), 0);
    assert_int_equal(stk_floor_raise(state, "shop", 5, 1000, NULL), 0);
    assert_int_equal(stk_floor_raise(state, "shop", 3, 1000 + DAY - 1, NULL),
                     0);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_content(path, "stockade-state 1\nshop 5 1000\nend 1\n");
    assert_int_equal(stk_floor_raise(state, "shop", 3, 1000 + DAY, NULL), 0);
    assert_content(path, "stockade-state 1\nshop 5 87400\nend 1\n");
    stk_state_free(state);
}

static void
test_raise__what_is_not_kept_is_told_each_time(void **folder)
{
    const char *path = unit_path(folder, "none/state");
    stk_state *state = open_state(path, false);
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(stk_floor_raise(state, "shop", 5, 0, &err), -STK_E_IO);
    assert_string_equal(err.file, path);
    assert_int_equal(stk_floor_raise(state, "shop", 5, 0, &err), -STK_E_IO);
    stk_state_free(state);
}

static void
test_raise__does_not_wait_for_ever(void **folder)
{
    const char *path = unit_path(folder, "state");
    int lock = open(unit_path(folder, "state.lock"), O_RDWR | O_CREAT, 0600);
    stk_state *state = open_state(path, false);
    stk_error err = STK_ERROR_INIT;

    assert_int_equal(flock(lock, LOCK_EX), 0);
    assert_int_equal(stk_floor_raise(state, "shop", 5, 0, &err), -STK_E_IO);
    assert_memory_equal(err.message, "cannot lock", 11);
    /* who has waited in vain does not wait again: 200 of these are 7 min */
    for (int i = 0; i < 200; i++)
        assert_int_equal(stk_floor_raise(state, "shop", 5, 0, NULL),
                         -STK_E_IO);
    close(lock);
    assert_int_equal(stk_floor_raise(state, "shop", 5, 0, &err), 0);
    stk_state_free(state);
}

static void
test_raise__refuses_what_is_no_package(void **folder)
{
    stk_state *state = open_state(NULL, false);
    char long_one[300];

    (void)folder;
    memset(long_one, 'a', sizeof long_one - 1);
    long_one[sizeof long_one - 1] = '\0';
    assert_int_equal(stk_floor_raise(state, "", 1, 0, NULL), -STK_E_INVALID);
    assert_int_equal(stk_floor_raise(state, "a b", 1, 0, NULL),
                     -STK_E_INVALID);
    assert_int_equal(stk_floor_raise(state, "a\n", 1, 0, NULL),
                     -STK_E_INVALID);
    assert_int_equal(stk_floor_raise(state, long_one, 1, 0, NULL),
                     -STK_E_INVALID);
    assert_int_equal(stk_floor_raise(state, "a", UINT64_MAX, 0, NULL),
                     -STK_E_INVALID);
    assert_int_equal(stk_floor_raise(state, "a", 1, -1, NULL), -STK_E_INVALID);
    stk_state_free(state);
}

/* Who can write to it could set it back. */
static void
assert_unsafe(const char *path, const char *expected)
{
    stk_state *state = open_state(path, false);
    char why[512];

    assert_int_equal(stk_floor_check(state, "shop", 1, 0, why, sizeof why),
                     STK_TRUST_STATE);
    if (!strstr(why, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, why);
    assert_int_equal(stk_floor_raise(state, "shop", 5, 0, NULL), -STK_E_IO);
    stk_state_free(state);
}

static void
test_open__refuses_what_others_can_write_to(void **folder)
{
    const char *path =
        unit_write(folder, "state", "stockade-state 1\nend 0\n", 23);

    assert_int_equal(chmod(path, 0664), 0);
    assert_unsafe(path, "is writable by others; run chmod go-w");
    assert_int_equal(chmod(path, 0666), 0);
    assert_unsafe(path, "is world-writable");
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(chmod(*folder, 0777), 0);
    assert_unsafe(path, "is in a folder that anybody can write to");
    assert_int_equal(chmod(*folder, 0700), 0);
    if (geteuid() != 0)
        return;
    assert_int_equal(chown(path, 65534, 65534), 0);
    assert_unsafe(path, "belongs to another user");
}

static void
test_open__a_folder_in_its_place_is_refused(void **folder)
{
    const char *path = unit_path(folder, "state");

    assert_int_equal(mkdir(path, 0700), 0);
    assert_unsafe(path, "is a directory");
}

static bool
parses(const char *text)
{
    char why[64];

    return stk_state_parse(text, strlen(text), why, sizeof why);
}

#define HEAD "stockade-state 1\n"
#define MAC  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static void
test_parse__takes_one_spelling(void **folder)
{
    (void)folder;
    assert_true(parses(HEAD "end 0\n"));
    assert_true(parses(HEAD "a 1 2\nb 0 0\nend 2\n"));
    assert_true(parses(HEAD "end 1 2\nend 1\n")); /* a package called end */
    assert_false(parses(""));
    assert_false(parses(HEAD));
    assert_false(parses("stockade-state 2\nend 0\n"));
    assert_false(parses(HEAD "end 0"));
    assert_false(parses(HEAD "end 0\n\n"));
    assert_false(parses(HEAD "end 0\nend 0\n"));
    assert_false(parses(HEAD "end 1\n"));
    assert_false(parses(HEAD "a 1 2\nend 0\n"));
    assert_false(parses(HEAD "a 1 2\n"));
    assert_false(parses(HEAD "a 1\nend 1\n"));
    assert_false(parses(HEAD "a 1 2 3\nend 1\n"));
    assert_false(parses(HEAD "a 01 2\nend 1\n"));
    assert_false(parses(HEAD "a -1 2\nend 1\n"));
    assert_false(parses(HEAD " 1 2\nend 1\n"));
    assert_false(parses(HEAD "b 1 2\na 1 2\nend 2\n")); /* not sorted */
    assert_false(parses(HEAD "a 1 2\na 1 2\nend 2\n")); /* twice */
    assert_false(parses(HEAD "a 9223372036854775808 2\nend 1\n"));
    assert_false(parses("stockade-state 1\r\nend 0\r\n"));
    assert_true(parses(HEAD "end 0\nmac " MAC "\n"));
    assert_false(parses(HEAD "end 0\nmac " MAC));
    assert_false(parses(HEAD "end 0\nmac " MAC "0\n"));
    assert_false(parses(HEAD "end 0\nmac  " MAC "\n"));
    assert_false(parses(HEAD "end 0\nmac " MAC "\nmac " MAC "\n"));
    assert_false(parses(HEAD "mac " MAC "\nend 0\n"));
}

static void
test_open__a_cut_off_file_is_refused(void **folder)
{
    const char *path =
        unit_write(folder, "state", HEAD "a 1 2\n", strlen(HEAD "a 1 2\n"));

    assert_unsafe(path, "is damaged");
}

/* ---- under a key ------------------------------------------------------- */

static void
assert_keyed(const char *path, const char *key, const char *reason)
{
    stk_state *state = open_place(path, key, false);
    char why[1024];

    assert_int_equal(stk_floor_check(state, "shop", 9, 0, why, sizeof why),
                     reason ? STK_TRUST_STATE : STK_TRUST_OK);
    if (reason)
        assert_non_null(strstr(why, reason));
    /* nor is it written over */
    assert_int_equal(stk_floor_raise(state, "shop", 9, 1000, NULL),
                     reason ? -STK_E_IO : 0);
    stk_state_free(state);
}

/* A state of `shop 5`, kept under a key that is made with it. */
static size_t
keep_one(const char *path, const char *key, char text[512])
{
    stk_state *state = open_place(path, key, false);
    FILE *file;
    size_t length;

    assert_int_equal(stk_floor_raise(state, "shop", 5, 1000, NULL), 0);
    stk_state_free(state);
    file = fopen(path, "r");
    assert_non_null(file);
    length = fread(text, 1, 511, file);
    fclose(file);
    text[length] = '\0';
    return length;
}

static void
test_key__a_state_is_believed_as_it_was_written_alone(void **folder)
{
    char *path = strdup(unit_path(folder, "state"));
    char *key = strdup(unit_path(folder, "key"));
    char text[512], changed[512];
    size_t length = keep_one(path, key, text),
           end = (size_t)(strstr(text, "mac ") - text);

    assert_int_equal(length, end + 4 + 64 + 1);
    assert_keyed(path, key, NULL);
    for (size_t i = 0; i < length; i++) {
        memcpy(changed, text, length);
        changed[i] ^= 1;
        unit_write(folder, "state", changed, length);
        assert_keyed(path, key, "state");
    }
    memcpy(changed, text, length);
    *strchr(changed, '5') = '4';
    unit_write(folder, "state", changed, length);
    assert_keyed(path, key, "was changed");
    unit_write(folder, "state", text, end);
    assert_keyed(path, key, "has no MAC");
    unit_write(folder, "state", text, length - 1);
    assert_keyed(path, key, "is damaged");
    unit_write(folder, "state", text, length);
    assert_keyed(path, NULL, "names no state_key");
    assert_keyed(path, key, NULL);
    free(path);
    free(key);
}

static void
test_key__another_one_and_none_are_refused(void **folder)
{
    char *path = strdup(unit_path(folder, "state"));
    char *key = strdup(unit_path(folder, "key"));
    char text[512];

    keep_one(path, key, text);
    assert_int_equal(remove(key), 0);
    assert_keyed(path, key, "is not");
    assert_int_not_equal(access(key, F_OK), 0); /* none is made for it */
    unit_write(folder, "key",
               "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
               "1f\n",
               65);
    assert_int_equal(chmod(key, 0600), 0);
    assert_keyed(path, key, "was changed");
    assert_int_equal(chmod(key, 0604), 0);
    assert_keyed(path, key, "everybody may read");
    free(path);
    free(key);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(test_check__older_is_refused_after_a_restart),
        cmocka_unit_test(test_check__says_which_floor),
        cmocka_unit_test(test_check__a_jump_is_refused_where_a_floor_is_known),
        unit_test_in_folder(
            test_check__a_missing_state_is_refused_where_it_is_required),
        unit_test_in_folder(test_check__what_another_process_raised_counts),
        unit_test_in_folder(
            test_check__a_file_that_was_set_back_does_not_lower_what_is_known),
        unit_test_in_folder(test_raise__writes_only_news),
        unit_test_in_folder(test_raise__what_is_not_kept_is_told_each_time),
        unit_test_in_folder(test_raise__does_not_wait_for_ever),
        cmocka_unit_test(test_raise__refuses_what_is_no_package),
        unit_test_in_folder(test_open__refuses_what_others_can_write_to),
        unit_test_in_folder(test_open__a_folder_in_its_place_is_refused),
        cmocka_unit_test(test_parse__takes_one_spelling),
        unit_test_in_folder(test_open__a_cut_off_file_is_refused),
        unit_test_in_folder(
            test_key__a_state_is_believed_as_it_was_written_alone),
        unit_test_in_folder(test_key__another_one_and_none_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
