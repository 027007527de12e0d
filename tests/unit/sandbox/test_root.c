/* SPDX-License-Identifier: Apache-2.0 */
/* sandbox/root.c: what a profile names is there, and nothing else is. */
#include "sandbox/root.h"

#include <sched.h>

#include "confined.h"

static stk_profile profile;
static stk_sandbox_report *report; /* shared with the children */
static char folder[PATH_MAX];

static int
begin(void **state)
{
    char path[PATH_MAX + 32];

    stk_profile_init(&profile, "p");
    report = confined_share(sizeof *report);
    if (unit_folder_make(state) < 0)
        return -1;
    snprintf(folder, sizeof folder, "%s", (char *)*state);
    chmod(folder, 0755);
    for (const char *const *name =
             (const char *const[]){ "in", "in/out", "other", NULL };
         *name; name++) {
        snprintf(path, sizeof path, "%s/%s", folder, *name);
        mkdir(path, 0777);
        chmod(path, 0777);
    }
    snprintf(path, sizeof path, "%s/in/file", folder);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
    chmod(path, 0666);
    return 0;
}

static int
end(void **state)
{
    munmap(report, sizeof *report);
    return unit_folder_remove(state);
}

static void
set(const char *key, const char *name)
{
    char path[PATH_MAX + 32];
    stk_error err = STK_ERROR_INIT;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (stk_profile_set(&profile, key, path, &err) < 0)
        fail_msg("%s", err.message);
}

static void
change(void *payload)
{
    stk_error err = STK_ERROR_INIT;

    if (payload)
        confined_become_nobody();
    if (stk_namespaces_enter(&profile, report, &err) < 0)
        _exit(9);
}

static void *as_nobody;

static long
inside(confined_fn try)
{
    return confined_try(change, as_nobody, try);
}

static long
try_read(void)
{
    return confined_open(folder, "in/file", O_RDONLY);
}

static long
try_write(void)
{
    return confined_open(folder, "in/file", O_WRONLY);
}

static long
try_make_in_out(void)
{
    return confined_open(folder, "in/out/new", O_WRONLY | O_CREAT);
}

static long
try_make_in(void)
{
    return confined_open(folder, "in/new", O_WRONLY | O_CREAT);
}

static long
try_other(void)
{
    return confined_open(folder, "other", O_RDONLY);
}

static long
try_make_beside(void)
{
    return confined_open(folder, "beside", O_WRONLY | O_CREAT);
}

static void
need_mount(void)
{
    inside(try_getpid);
    if (report->layers[STK_LAYER_MOUNT].state != STK_LAYER_ACTIVE)
        unit_skip(report->layers[STK_LAYER_MOUNT].reason);
}

static void
check_paths(void)
{
    need_mount();
    set("read", "in");
    set("write", "in/out");
    assert_int_equal(inside(try_read), 0);
    assert_int_equal(inside(try_write), -EROFS);
    assert_int_equal(inside(try_make_in), -EROFS);
    assert_int_equal(inside(try_make_in_out), 0);
    assert_int_equal(inside(try_other), -ENOENT);
    assert_int_equal(inside(try_make_beside), -EROFS);
    assert_int_equal(inside(try_stat_passwd), -ENOENT);
}

static void
test_change__paths_are_there_read_only_or_not(void **state)
{
    (void)state;
    as_nobody = NULL;
    check_paths();
}

static void
test_change__the_same_for_an_ordinary_user(void **state)
{
    (void)state;
    as_nobody = state;
    check_paths();
}

static void
test_change__what_is_below_a_writable_folder_may_be_read_only(void **state)
{
    (void)state;
    as_nobody = NULL;
    need_mount();
    set("write", "in");
    set("read", "in/out");
    assert_int_equal(inside(try_write), 0);
    assert_int_equal(inside(try_make_in), 0);
    assert_int_equal(inside(try_make_in_out), -EROFS);
}

static void
test_change__a_single_file(void **state)
{
    (void)state;
    as_nobody = NULL;
    need_mount();
    set("read", "in/file");
    assert_int_equal(inside(try_read), 0);
    assert_int_equal(inside(try_write), -EROFS);
    assert_int_equal(inside(try_make_in), -EROFS);
}

static long
enter_with_missing_path(void)
{
    stk_error err = STK_ERROR_INIT;
    int r = stk_namespaces_enter(&profile, report, &err);

    if (report->layers[STK_LAYER_MOUNT].state == STK_LAYER_ABSENT &&
        *report->layers[STK_LAYER_MOUNT].reason)
        return CONFINED_SKIP;
    return r == -STK_E_IO && strstr(err.message, "/missing: No such file")
               ? 0
               : -1;
}

static void
test_change__a_path_that_is_not_there_is_an_error(void **state)
{
    long r;

    (void)state;
    set("read", "missing");
    r = confined_try(NULL, NULL, enter_with_missing_path);
    if (r == CONFINED_SKIP)
        unit_skip("this machine has no mount namespaces");
    assert_int_equal(r, 0);
}

#define CASE(function) cmocka_unit_test_setup_teardown(function, begin, end)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_change__paths_are_there_read_only_or_not),
        CASE(test_change__the_same_for_an_ordinary_user),
        CASE(test_change__what_is_below_a_writable_folder_may_be_read_only),
        CASE(test_change__a_single_file),
        CASE(test_change__a_path_that_is_not_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
