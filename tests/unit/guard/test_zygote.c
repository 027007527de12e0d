/* SPDX-License-Identifier: Apache-2.0 */
/* guard/zygote.c: what it is asked is answered when somebody looks. */
#include "guard/zygote.h"

#include <fcntl.h>
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
    how = (stk_isolate_how){ program ? program : self, argv, FAKE_VERSION };
    return stk_zygote_new(out, &how, &profile, stk_text_printf("%s\n", name),
                          0, n, true, &err);
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
    assert_int_equal(stk_zygote_collect(z, NULL, &err), 0);
    assert_true(z->greeted);
    assert_int_equal(z->n_ordered, 0);
    assert_int_equal(z->n_ready, 2);
    assert_true(stk_standby_lives(&z->ready[0]));
    assert_int_equal(stk_zygote_collect(z, NULL, &err),
                     0); /* nothing to come */
    assert_int_equal(stk_zygote_order(z, 2, true, &err), 0);
    assert_int_equal(z->n_ready, 2);
    assert_int_equal(stk_zygote_collect(z, NULL, &err), 0);
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
    assert_int_equal(stk_zygote_collect(z, NULL, &err), -STK_E_UNSUPPORTED);
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
    assert_int_equal(stk_zygote_collect(z, NULL, &err), -STK_E_INVALID);
    assert_int_equal(z->n_ready, 0);
    assert_int_equal(z->n_ordered, 0);
    stk_zygote_free(z);
}

static void
test_collect__another_python_is_refused(void **state)
{
    stk_zygote *z = zygote_new("foreign", 1);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, NULL, &err), -STK_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "is of another Python: \"2.7\""));
    assert_false(z->greeted);
    stk_zygote_free(z);
}

static void
test_collect__so_is_one_that_sees_it_for_itself(void **state)
{
    stk_zygote *z = zygote_new("alien", 1);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, NULL, &err), -STK_E_UNSUPPORTED);
    assert_non_null(strstr(
        err.message, "is of another Python, this one is \"3.99.1 (fake)\""));
    stk_zygote_free(z);
}

static void
test_collect__a_program_that_ends_is_named_with_its_exit_code(void **state)
{
    stk_zygote *z = zygote_new("failing", 1);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, NULL, &err), -STK_E_IO);
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
        result = stk_zygote_collect(z, NULL, &err);
    assert_int_equal(result, -STK_E_IO);
    assert_string_equal(err.message,
                        "/bin/true ended before it was ready (exit code 0)");
    stk_zygote_free(z);
}

/* ---- what it asks ------------------------------------------------------ */

static unsigned n_asked, n_unlocked;
static int to_return;

static int
answer_with_a_descriptor(void *payload, stk_preloaded *loaded, enum stk_op op,
                         stk_reader *question, stk_preload_answer *out)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    unsigned char digest[STK_DIGEST_BYTES] = { 0 };
    stk_token token;

    assert_ptr_equal(payload, &n_asked);
    assert_int_equal(op, STK_OP_IMPORT);
    assert_int_equal(stk_reader_expect(question, STK_VALUE_TEXT, &token, &err),
                     0);
    assert_int_equal(stk_preloaded_add(loaded, "m", digest, &err), 0);
    assert_int_equal(n_unlocked, 1);
    n_asked++;
    stk_writer_begin(out->writer, STK_FRAME_HEAD, &bounds);
    stk_writer_none(out->writer);
    out->fds[out->n_fds++] = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return to_return;
}

static void
unlock(stk_zygote *z)
{
    (void)z;
    n_unlocked++;
}

static void
lock(stk_zygote *z)
{
    (void)z;
    n_unlocked--;
}

static void
lock_and_stop(stk_zygote *z)
{
    lock(z);
    z->stopped = true;
}

static const stk_preloader preloader = { answer_with_a_descriptor, &n_asked,
                                         7 };
static const stk_zygote_host host = { &preloader, unlock, lock };

static void
test_collect__what_it_asks_in_its_hello_is_answered(void **state)
{
    stk_zygote *z = zygote_new("curious", 1);
    int before = dup(0), after;

    (void)state;
    close(before);
    n_asked = 0;
    to_return = 0;
    if (stk_zygote_collect(z, &host, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(n_asked, 2);
    assert_true(z->greeted);
    assert_true(stk_preloaded_has(z->loaded, "m"));
    stk_zygote_free(z);
    after = dup(0);
    close(after);
    assert_true(after <= before);
}

static void
test_collect__nobody_answers_what_it_asks(void **state)
{
    stk_zygote *z = zygote_new("curious", 1);

    (void)state;
    assert_int_equal(stk_zygote_collect(z, NULL, &err), -STK_E_INVALID);
    assert_non_null(strstr(err.message, " asks when nothing is preloaded"));
    stk_zygote_free(z);
}

/* By then it has run what is not ours. */
static void
test_collect__nothing_is_answered_once_it_was_greeted(void **state)
{
    stk_zygote *z = zygote_new("late", 1);

    (void)state;
    n_asked = 0;
    assert_int_equal(stk_zygote_collect(z, &host, &err), 0);
    assert_int_equal(stk_zygote_order(z, 1, true, &err), 0);
    assert_int_equal(stk_zygote_collect(z, &host, &err), -STK_E_INVALID);
    assert_non_null(strstr(err.message, " asks when nothing is preloaded"));
    assert_int_equal(n_asked, 0);
    stk_zygote_free(z);
}

static void
test_collect__it_does_not_ask_for_ever(void **state)
{
    stk_zygote *z = zygote_new("endless", 1);

    (void)state;
    n_asked = 0;
    to_return = 0;
    assert_int_equal(stk_zygote_collect(z, &host, &err), -STK_E_LIMIT);
    assert_non_null(strstr(err.message, " asks for more than 4000 modules"));
    assert_int_equal(n_asked, 4000);
    stk_zygote_free(z);
}

static void
test_collect__who_answers_may_give_it_up(void **state)
{
    static const stk_zygote_host stopping = { &preloader, unlock,
                                              lock_and_stop };
    stk_zygote *z = zygote_new("curious", 1);

    (void)state;
    to_return = -1;
    assert_int_equal(stk_zygote_collect(z, &host, &err), -STK_E_STATE);
    assert_string_equal(err.message,
                        "what is preloaded was asked for in vain");
    stk_zygote_free(z);
    z = zygote_new("curious", 1);
    to_return = 0;
    assert_int_equal(stk_zygote_collect(z, &stopping, &err), -STK_E_STATE);
    stk_zygote_free(z);
}

static void
test_forget__closes_and_ends_nobody(void **state)
{
    stk_zygote *z = zygote_new("honest", 1);
    int status;
    pid_t pid;

    (void)state;
    assert_int_equal(stk_zygote_collect(z, NULL, &err), 0);
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
        cmocka_unit_test(test_collect__what_it_asks_in_its_hello_is_answered),
        cmocka_unit_test(test_collect__nobody_answers_what_it_asks),
        cmocka_unit_test(
            test_collect__nothing_is_answered_once_it_was_greeted),
        cmocka_unit_test(test_collect__it_does_not_ask_for_ever),
        cmocka_unit_test(test_collect__who_answers_may_give_it_up),
        cmocka_unit_test(test_forget__closes_and_ends_nobody),
    };

    fake_begin_program(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
