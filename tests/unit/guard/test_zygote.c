/* SPDX-License-Identifier: Apache-2.0 */
/* guard/zygote.c: one zygote for each profile, as long as it lives. */
#include "guard/zygote.h"

#include "fakezygote.h"

static stk_error err;

/* One worker of `name`; returns what stk_zygote_fork() did. */
static int
fork_one(const char *name, int *pidfd)
{
    stk_profile profile = fake_profile(name);
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    stk_channel *channel;
    int sock = -1, memory = -1, result;

    assert_int_equal(stk_channel_new(&channel, &options, &sock, &memory, &err),
                     0);
    result = stk_zygote_fork(&profile, sock, memory, pidfd, &err);
    stk_channel_free(channel);
    close(sock);
    close(memory);
    return result;
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

/* Whose child the worker is. Ends the worker. */
static pid_t
zygote_of(int pidfd)
{
    char path[64];
    pid_t zygote;

    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
    snprintf(path, sizeof path, "/proc/%ld/status", number_of(path, "Pid:"));
    zygote = (pid_t)number_of(path, "PPid:");
    stk_spawn_kill(pidfd);
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
    stk_zygotes_stop();
}

static void
test_fork__a_zygote_that_died_has_a_successor(void **state)
{
    pid_t first = zygote_for("honest");

    (void)state;
    assert_int_equal(kill(first, SIGKILL), 0);
    assert_int_not_equal(zygote_for("honest"), first);
    stk_zygotes_stop();
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
test_stop__leaves_no_process(void **state)
{
    pid_t zygote = zygote_for("honest");

    (void)state;
    stk_zygotes_stop();
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
        cmocka_unit_test(test_stop__leaves_no_process),
    };

    fake_begin_program(argc, argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
