/* SPDX-License-Identifier: Apache-2.0 */
/* guard/spares.c: one zygote for each profile, as long as it lives, and
 * workers that are ready before they are wanted. */
#include "guard/spares.h"

#include <poll.h>
#include <sys/wait.h>

#include "guard/overseer.h"
#include "sandbox/notified.h"

#include "fakezygote.h"

static stk_error err;

static uint64_t last_zygote;

static stk_profile
profile_with(const char *name, unsigned spares)
{
    stk_profile profile = fake_profile(name);

    profile.spares = spares;
    return profile;
}

static int
take_one(const stk_profile *profile, int *pidfd)
{
    stk_standby one = STK_STANDBY_INIT;
    stk_preloaded *loaded = NULL;
    int result =
        stk_spares_take(&one, &last_zygote, &loaded, profile, NULL, &err);

    stk_preloaded_free(loaded);
    if (result == 0) {
        *pidfd = dup(one.pidfd);
        stk_standby_clear(&one, false);
    }
    return result;
}

static int
fork_one(const char *name, int *pidfd)
{
    stk_profile profile = fake_profile(name);

    return take_one(&profile, pidfd);
}

static long
number_of(const char *path, const char *key)
{
    char line[256];
    long number = 0;
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, key, strlen(key)))
            number = strtol(line + strlen(key), NULL, 10);
    fclose(file);
    return number;
}

static pid_t
process_of(int pidfd)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    return (pid_t)number_of(path, "Pid:");
}

/* Whose child the worker is. Ends the worker: it is no child any more. */
static pid_t
zygote_of(int pidfd)
{
    struct pollfd end = { .fd = pidfd, .events = POLLIN };
    char path[64];
    pid_t zygote;

    snprintf(path, sizeof path, "/proc/%d/status", (int)process_of(pidfd));
    zygote = (pid_t)number_of(path, "PPid:");
    stk_spawn_kill(pidfd);
    assert_int_equal(poll(&end, 1, 60000), 1);
    close(pidfd);
    assert_true(zygote > 1);
    return zygote;
}

/* The first: nothing is prepared before it. */
static void
test_fork__before_it_is_said_how_is_refused(void **state)
{
    int pidfd;

    (void)state;
    assert_false(stk_isolate_is_prepared());
    assert_int_equal(fork_one("honest", &pidfd), -STK_E_STATE);
    fake_prepare();
    assert_true(stk_isolate_is_prepared());
}

static int
zygote_for(const char *name)
{
    int pidfd = -1;

    if (fork_one(name, &pidfd) < 0)
        fail_msg("%s", err.message);
    return zygote_of(pidfd);
}

static void
test_fork__a_profile_has_one_zygote_and_another_its_own(void **state)
{
    pid_t first = zygote_for("honest");

    (void)state;
    assert_int_equal(zygote_for("honest"), first);
    assert_int_not_equal(zygote_for("silent"), first);
    stk_spares_stop();
}

static void
test_fork__a_zygote_that_died_has_a_successor(void **state)
{
    pid_t first = zygote_for("honest");

    (void)state;
    assert_int_equal(kill(first, SIGKILL), 0);
    assert_int_not_equal(zygote_for("honest"), first);
    stk_spares_stop();
}

static void
test_fork__another_python_is_refused(void **state)
{
    int pidfd;

    (void)state;
    assert_int_equal(fork_one("foreign", &pidfd), -STK_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "is of another Python: \"2.7\""));
}

static void
test_take__a_zygote_that_ends_at_once_is_told(void **state)
{
    int pidfd;

    (void)state;
    assert_int_equal(fork_one("failing", &pidfd), -STK_E_IO);
    assert_non_null(
        strstr(err.message, "ended before it was ready (exit code 7)"));
}

static bool
has_ended(pid_t pid)
{
    char line[256] = "";
    char path[64];
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file || !fgets(line, sizeof line, file))
        line[0] = '\0';
    if (file)
        fclose(file);
    return !line[0] || strstr(line, ") Z ");
}

/* Children of `zygote` that live: it waits for none of them. */
static unsigned
children_of(pid_t zygote, pid_t children[8])
{
    char path[64];
    unsigned n = 0;
    long one;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)zygote,
             (int)zygote);
    file = fopen(path, "re");
    assert_non_null(file);
    while (n < 8 && fscanf(file, "%ld", &one) == 1)
        if (!has_ended((pid_t)one))
            children[n++] = (pid_t)one;
    fclose(file);
    return n;
}

/* Forked, or on their way. */
static void
await_children(pid_t zygote, unsigned n)
{
    pid_t children[8];

    for (int i = 0; i < 60000 && children_of(zygote, children) != n; i++)
        usleep(1000);
    assert_int_equal(children_of(zygote, children), n);
}

static void
test_refill__as_many_are_ready_as_the_profile_says(void **state)
{
    stk_profile profile = profile_with("honest", 2);
    pid_t children[8], zygote;
    int pidfd = -1;

    (void)state;
    assert_int_equal(take_one(&profile, &pidfd), 0);
    zygote = zygote_of(pidfd);
    stk_spares_refill(last_zygote);
    stk_spares_refill(last_zygote); /* they are on their way */
    await_children(zygote, 2);
    children_of(zygote, children);
    assert_int_equal(take_one(&profile, &pidfd), 0);
    assert_true(process_of(pidfd) == children[0] ||
                process_of(pidfd) == children[1]);
    assert_int_equal(zygote_of(pidfd), zygote);
    stk_spares_refill(last_zygote + 1); /* nobody's */
    stk_spares_refill(last_zygote);
    await_children(zygote, 2);
    stk_spares_stop();
}

static void
test_take__no_spare_is_given_twice(void **state)
{
    stk_profile profile = profile_with("honest", 4);
    int pidfds[12];

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(pidfds); i++) {
        assert_int_equal(take_one(&profile, &pidfds[i]), 0);
        for (unsigned k = 0; k < i; k++)
            assert_int_not_equal(process_of(pidfds[i]), process_of(pidfds[k]));
        stk_spares_refill(last_zygote);
    }
    for (unsigned i = 0; i < UNIT_COUNT(pidfds); i++)
        close(pidfds[i]);
    stk_spares_stop();
}

static void
test_take__a_spare_that_died_is_not_given(void **state)
{
    stk_profile profile = profile_with("honest", 1);
    pid_t children[8], zygote;
    int pidfd = -1;

    (void)state;
    assert_int_equal(stk_isolate_warm(&profile, NULL, &err), 0);
    assert_int_equal(take_one(&profile, &pidfd), 0);
    zygote = zygote_of(pidfd);
    stk_spares_refill(last_zygote);
    await_children(zygote, 1);
    children_of(zygote, children);
    assert_int_equal(kill(children[0], SIGKILL), 0);
    for (int i = 0; i < 60000 && !has_ended(children[0]); i++)
        usleep(1000);
    assert_int_equal(take_one(&profile, &pidfd), 0);
    assert_int_not_equal(process_of(pidfd), children[0]);
    assert_int_equal(zygote_of(pidfd), zygote);
    stk_spares_stop();
}

static void
test_warm__the_first_is_ready_before_it_is_wanted(void **state)
{
    stk_profile profile = profile_with("honest", 2);
    pid_t zygote;
    int pidfd = -1;

    (void)state;
    assert_int_equal(stk_isolate_warm(&profile, NULL, &err), 0);
    assert_int_equal(stk_isolate_warm(&profile, NULL, &err), 0); /* is there */
    assert_int_equal(take_one(&profile, &pidfd), 0);
    zygote = zygote_of(pidfd);
    await_children(zygote, 1);
    stk_spares_stop();
}

/* ---- what was preloaded ------------------------------------------------- */

static unsigned n_answered;
static bool nested;

static int
answer_slowly(void *payload, stk_preloaded *loaded, enum stk_op op,
              stk_reader *question, stk_preload_answer *out)
{
    stk_value_bounds bounds = STK_VALUE_BOUNDS_INIT;
    const stk_profile *profile = payload;

    (void)loaded;
    (void)op;
    (void)question;
    n_answered++;
    usleep(20000);
    if (nested) {
        const stk_preloader within = { answer_slowly, payload, 5 };
        stk_standby one = STK_STANDBY_INIT;
        stk_preloaded *other = NULL;

        nested = false;
        assert_int_equal(stk_spares_take(&one, &last_zygote, &other, profile,
                                         &within, &err),
                         0);
        stk_preloaded_free(other);
        stk_standby_clear(&one, true);
    }
    stk_writer_begin(out->writer, STK_FRAME_HEAD, &bounds);
    stk_writer_none(out->writer);
    out->fds[out->n_fds++] = dup(0);
    return 0;
}

static stk_preloaded *
take_loaded(const stk_profile *profile, uint64_t stamp, pid_t *zygote)
{
    const stk_preloader preloader = { answer_slowly,
                                      (void *)(uintptr_t)profile, stamp };
    stk_standby one = STK_STANDBY_INIT;
    stk_preloaded *loaded = NULL;
    uint64_t id;

    if (stk_spares_take(&one, &id, &loaded, profile, &preloader, NULL) < 0)
        return NULL;
    *zygote = zygote_of(dup(one.pidfd));
    stk_standby_clear(&one, true);
    return loaded;
}

static void
test_take__one_of_an_older_policy_is_ended_without_its_workers(void **state)
{
    stk_profile profile = profile_with("curious", 1);
    pid_t first, second, third;
    stk_preloaded *held = take_loaded(&profile, 5, &first);

    (void)state;
    assert_non_null(held);
    stk_preloaded_free(take_loaded(&profile, 6, &second));
    assert_int_not_equal(first, second);
    assert_int_equal(kill(first, 0), 0); /* it has a worker */
    stk_preloaded_free(held);
    stk_preloaded_free(take_loaded(&profile, 7, &third));
    assert_int_equal(kill(first, 0), -1);
    assert_int_equal(kill(second, 0), -1);
    assert_int_equal(kill(third, 0), 0);
    stk_spares_stop();
}

static void *
take_in_a_thread(void *zygote)
{
    stk_profile profile = profile_with("curious", 1);

    stk_preloaded_free(take_loaded(&profile, 5, zygote));
    return NULL;
}

static void
test_take__what_another_thread_answers_is_waited_for(void **state)
{
    pid_t zygotes[3] = { 1, 2, 3 };
    pthread_t threads[3];

    (void)state;
    n_answered = 0;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, take_in_a_thread, &zygotes[i]),
            0);
    for (unsigned i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(zygotes[0], zygotes[1]);
    assert_int_equal(zygotes[1], zygotes[2]);
    assert_int_equal(n_answered, 2);
    stk_spares_stop();
}

static void
test_take__who_answers_may_want_another_meanwhile(void **state)
{
    stk_profile profile = profile_with("curious", 1);
    pid_t zygote;

    (void)state;
    n_answered = 0;
    nested = true;
    stk_preloaded_free(take_loaded(&profile, 5, &zygote));
    assert_int_equal(n_answered, 4);
    stk_spares_stop();
}

static void
test_warm__what_is_preloaded_is_waited_for(void **state)
{
    stk_profile profile = profile_with("curious", 1);
    const stk_preloader preloader = { answer_slowly, &profile, 5 };
    pid_t zygote;

    (void)state;
    n_answered = 0;
    assert_int_equal(stk_isolate_warm(&profile, &preloader, &err), 0);
    assert_int_equal(n_answered, 2);
    stk_preloaded_free(take_loaded(&profile, 5, &zygote));
    assert_int_equal(n_answered, 2);
    stk_spares_stop();
}

static stk_standby
take(const stk_profile *profile)
{
    stk_standby one = STK_STANDBY_INIT;
    stk_preloaded *loaded = NULL;

    assert_int_equal(
        stk_spares_take(&one, &last_zygote, &loaded, profile, NULL, &err), 0);
    stk_preloaded_free(loaded);
    return one;
}

/* The last that is ready is the first that is given. */
static void
test_rouse__who_takes_gets_the_one_that_was_roused(void **state)
{
    stk_profile profile = profile_with("honest", 2);
    stk_profile other = profile_with("honest", 3);
    stk_standby one;

    (void)state;
    fake_prepare();
    stk_isolate_rouse(&profile, STK_OP_RUN); /* nothing is there yet */
    assert_int_equal(stk_isolate_warm(&profile, NULL, &err), 0);
    stk_isolate_rouse(&other, STK_OP_RUN);
    one = take(&profile); /* waits until both were forked */
    assert_false(one.roused);
    stk_standby_clear(&one, true);
    for (unsigned i = 0; i < 10000 && !one.roused; i++) {
        stk_isolate_rouse(&profile, STK_OP_RUN);
        one = take(&profile);
        if (!one.roused) { /* it was not locked down by then */
            stk_standby_clear(&one, true);
            stk_spares_refill(last_zygote);
        }
    }
    assert_true(one.roused);
    assert_int_equal(one.report.layers[STK_LAYER_LANDLOCK].level, 3);
    stk_standby_clear(&one, true);
    stk_isolate_stop();
}

static long
do_nothing(void)
{
    return 0;
}

/* Where there is a thread for that. */
static void
test_refill__what_they_say_is_heard_before_they_are_wanted(void **state)
{
    const stk_overseen who = { NULL, "plugins.reports", "strict" };
    stk_profile profile = profile_with("honest", 1);
    stk_standby one = STK_STANDBY_INIT;
    stk_oversight *at = NULL;
    int listener = -1, answers;
    stk_child child;

    (void)state;
    if (!notified_start(&child, &answers, &listener, do_nothing))
        unit_skip("this machine does not notify of system calls");
    assert_int_equal(
        stk_overseer_watch(&at, &who, listener, child.pidfd, 100, &err), 0);
    fake_prepare();
    for (unsigned i = 0; i < 100 && !one.heard; i++) {
        stk_standby_clear(&one, true);
        one = take(&profile);
        stk_spares_refill(last_zygote);
        usleep(50000);
    }
    assert_true(one.heard);
    assert_false(one.roused);
    stk_standby_clear(&one, true);
    stk_oversight_free(at);
    stk_child_end(&child);
    close(answers);
    stk_isolate_stop();
}

/* What it said is lost with it: the next one says it to who takes. */
static void
test_rouse__one_that_could_not_lock_itself_down_is_not_given(void **state)
{
    stk_profile profile = profile_with("refusing", 1);
    stk_standby one;

    (void)state;
    assert_int_equal(stk_isolate_warm(&profile, NULL, &err), 0);
    for (unsigned i = 0; i < 200; i++) {
        stk_isolate_rouse(&profile, STK_OP_LOAD);
        usleep(1000);
    }
    one = take(&profile);
    assert_false(one.roused);
    stk_standby_clear(&one, true);
    stk_isolate_stop();
}

static void
test_warm__what_is_refused_is_told_to_who_takes(void **state)
{
    stk_profile profile = profile_with("unwilling", 1);
    int pidfd;

    (void)state;
    assert_int_equal(stk_isolate_warm(&profile, NULL, &err), 0);
    assert_int_equal(take_one(&profile, &pidfd), -STK_E_UNSUPPORTED);
    assert_string_equal(err.message, "no spoons");
    stk_spares_stop();
}

static void
test_fork__a_child_takes_none_of_its_parents(void **state)
{
    stk_profile profile = profile_with("honest", 1);
    pid_t zygote, pid;
    int pidfd = -1, status;

    (void)state;
    assert_int_equal(take_one(&profile, &pidfd), 0);
    zygote = zygote_of(pidfd);
    stk_spares_refill(last_zygote);
    await_children(zygote, 1);
    pid = fork();
    if (pid == 0) {
        bool own =
            take_one(&profile, &pidfd) == 0 && zygote_of(pidfd) != zygote;

        stk_spares_stop();
        _exit(own ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    await_children(zygote, 1);
    assert_int_equal(take_one(&profile, &pidfd), 0);
    assert_int_equal(zygote_of(pidfd), zygote);
    stk_spares_stop();
}

static void
test_stop__leaves_no_process(void **state)
{
    pid_t zygote = zygote_for("honest");

    (void)state;
    stk_spares_stop();
    assert_int_equal(kill(zygote, 0), -1);
    assert_int_equal(errno, ESRCH);
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fork__before_it_is_said_how_is_refused),
        cmocka_unit_test(
            test_fork__a_profile_has_one_zygote_and_another_its_own),
        cmocka_unit_test(test_fork__a_zygote_that_died_has_a_successor),
        cmocka_unit_test(test_fork__another_python_is_refused),
        cmocka_unit_test(test_take__a_zygote_that_ends_at_once_is_told),
        cmocka_unit_test(test_refill__as_many_are_ready_as_the_profile_says),
        cmocka_unit_test(test_take__no_spare_is_given_twice),
        cmocka_unit_test(test_take__a_spare_that_died_is_not_given),
        cmocka_unit_test(test_warm__the_first_is_ready_before_it_is_wanted),
        cmocka_unit_test(
            test_take__one_of_an_older_policy_is_ended_without_its_workers),
        cmocka_unit_test(test_take__what_another_thread_answers_is_waited_for),
        cmocka_unit_test(test_take__who_answers_may_want_another_meanwhile),
        cmocka_unit_test(test_warm__what_is_preloaded_is_waited_for),
        cmocka_unit_test(test_rouse__who_takes_gets_the_one_that_was_roused),
        cmocka_unit_test(
            test_refill__what_they_say_is_heard_before_they_are_wanted),
        cmocka_unit_test(
            test_rouse__one_that_could_not_lock_itself_down_is_not_given),
        cmocka_unit_test(test_warm__what_is_refused_is_told_to_who_takes),
        cmocka_unit_test(test_fork__a_child_takes_none_of_its_parents),
        cmocka_unit_test(test_stop__leaves_no_process),
    };

    fake_begin_program(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
