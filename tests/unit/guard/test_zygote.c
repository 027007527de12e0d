/* SPDX-License-Identifier: Apache-2.0 */
/* guard/zygote.c: what it is asked is answered when somebody looks. */
#include "guard/zygote.h"

#include <sys/wait.h>

#include "base/text.h"

#include "fakezygote.h"

static stk_error err;

/* What collecting, or starting it, returned. */
static int
start(stk_zygote **out, const char *name, const char *program, unsigned n)
{
    static char self[PATH_MAX];
    static const char *argv[] = { self, "zygote", NULL };
    static stk_isolate_how how;
    stk_profile profile = fake_profile(name);
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);

    assert_true(length > 0);
    self[length] = '\0';
    how = (stk_isolate_how){ program ? program : self, argv, FAKE_VERSION,
                             NULL, 0 };
    return stk_zygote_new(out, &how, &profile, stk_text_printf("%s\n", name),
                          n, true, &err);
}

static stk_zygote *
zygote_new(const char *name, unsigned n)
{
    stk_zygote *z = NULL;

    assert_int_equal(start(&z, name, NULL, n), 0);
    return z;
}

static void
test_collect__what_was_ordered_with_the_greeting(void **state)
{
    stk_zygote *z = zygote_new("honest", 2);

    (void)state;
    assert_int_equal(z->n_ordered, 2);
    assert_int_equal(stk_zygote_collect(z, &err), 0);
    assert_true(z->greeted);
    assert_int_equal(z->n_ordered, 0);
    assert_int_equal(z->n_ready, 2);
    assert_true(stk_standby_lives(&z->ready[0]));
    assert_int_equal(stk_zygote_collect(z, &err), 0); /* nothing to come */
    assert_int_equal(stk_zygote_order(z, 2, true, &err), 0);
    assert_int_equal(z->n_ready, 2);
    assert_int_equal(stk_zygote_collect(z, &err), 0);
    assert_int_equal(z->n_ready, 4);
    stk_zygote_free(z);
}

static void
test_free__ends_what_was_ordered_and_never_collected(void **state)
{
    stk_zygote *z = zygote_new("honest", 1);
    pid_t pid = z->child.pid;

    (void)state;
    stk_zygote_free(z);
    assert_int_equal(kill(pid, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void
test_collect__a_zygote_that_refuses_says_why(void **state)
{
    stk_zygote *z = zygote_new("unwilling", 1);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, &err), -STK_E_UNSUPPORTED);
    assert_string_equal(err.message, "no spoons");
    assert_false(z->greeted);
    assert_int_equal(z->n_ordered, 0);
    stk_zygote_free(z);
}

static void
test_collect__a_worker_without_a_pidfd_is_refused(void **state)
{
    stk_zygote *z = zygote_new("forgetful", 2);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, &err), -STK_E_INVALID);
    assert_int_equal(z->n_ready, 0);
    assert_int_equal(z->n_ordered, 0);
    stk_zygote_free(z);
}

static void
test_collect__another_python_is_refused(void **state)
{
    stk_zygote *z = zygote_new("foreign", 1);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, &err), -STK_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "is of another Python: \"2.7\""));
    assert_false(z->greeted);
    stk_zygote_free(z);
}

static void
test_collect__so_is_one_that_sees_it_for_itself(void **state)
{
    stk_zygote *z = zygote_new("alien", 1);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, &err), -STK_E_UNSUPPORTED);
    assert_non_null(strstr(
        err.message, "is of another Python, this one is \"3.99.1 (fake)\""));
    stk_zygote_free(z);
}

static void
test_collect__a_program_that_ends_is_named_with_its_exit_code(void **state)
{
    stk_zygote *z = zygote_new("failing", 1);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, &err), -STK_E_IO);
    assert_non_null(
        strstr(err.message, "ended before it was ready (exit code 7)"));
    stk_zygote_free(z);
}

/* It may have ended before it is asked anything. */
static void
test_new__so_is_one_that_is_no_zygote(void **state)
{
    stk_zygote *z = NULL;
    int result = start(&z, "honest", "/bin/true", 1);

    (void)state;
    if (result == 0)
        result = stk_zygote_collect(z, &err);
    assert_int_equal(result, -STK_E_IO);
    assert_string_equal(err.message,
                        "/bin/true ended before it was ready (exit code 0)");
    stk_zygote_free(z);
}

static void
test_forget__closes_and_ends_nobody(void **state)
{
    stk_zygote *z = zygote_new("honest", 1);
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(stk_zygote_collect(z, &err), 0);
    pid = fork();
    if (pid == 0) {
        stk_zygote_forget(z);
        _exit(z->n_ready == 0 && !z->channel ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(stk_standby_lives(&z->ready[0]));
    stk_zygote_free(z);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collect__what_was_ordered_with_the_greeting),
        cmocka_unit_test(test_free__ends_what_was_ordered_and_never_collected),
        cmocka_unit_test(test_collect__a_zygote_that_refuses_says_why),
        cmocka_unit_test(test_collect__a_worker_without_a_pidfd_is_refused),
        cmocka_unit_test(test_collect__another_python_is_refused),
        cmocka_unit_test(test_collect__so_is_one_that_sees_it_for_itself),
        cmocka_unit_test(
            test_collect__a_program_that_ends_is_named_with_its_exit_code),
        cmocka_unit_test(test_new__so_is_one_that_is_no_zygote),
        cmocka_unit_test(test_forget__closes_and_ends_nobody),
    };

    fake_begin_program(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
