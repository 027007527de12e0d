/* SPDX-License-Identifier: Apache-2.0 */
/* guard/fork.c: a child can use the guard, whatever its parent's threads
 * held when it was made. */
#include "guards.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>

static atomic_bool stop;

/* Holds every lock of a guard in turn. */
static void *
keep_busy(void *payload)
{
    stk_guard *guard = payload;
    unsigned turn = 0;

    while (!atomic_load(&stop)) {
        guards_ask(guard, "json", "app");
        if (++turn % 16 == 0)
            stk_guard_reload(guard, NULL);
    }
    return NULL;
}

/* The exit code of a child that asks, reloads and closes. */
static int
child_status(stk_guard *guard)
{
    pid_t pid = fork();
    int status = -1;

    if (pid == 0) {
        alarm(120); /* a lock that is held for ever ends it */
        if (guards_ask(guard, "os", "app") < 0 ||
            stk_guard_reload(guard, NULL) < 0)
            _exit(1);
        stk_guard_close(guard);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* gcc says it in one way, clang in another. */
#if defined(__SANITIZE_ADDRESS__)
#define UNIT_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNIT_ASAN 1
#endif
#endif

static void
test_fork__children_use_the_guard_of_a_busy_parent(void **state)
{
#ifdef UNIT_ASAN
    (void)state, (void)keep_busy;
    unit_skip("ASan's allocator keeps a lock that a fork met");
#else
    stk_guard *guard =
        guards_new(state, "default = allow\n[modules]\nos = deny\n");
    pthread_t threads[3];

    atomic_store(&stop, false);
    for (size_t i = 0; i < UNIT_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, keep_busy, guard),
                         0);
    for (int i = 0; i < 20; i++)
        assert_int_equal(child_status(guard), 0);
    atomic_store(&stop, true);
    for (size_t i = 0; i < UNIT_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    stk_guard_free(guard);
    guards_count(state, 21, 0);
#endif
}

static void
test_fork__freed_guard_is_forgotten(void **state)
{
    stk_guard *first = guards_new(state, "default = allow\n");
    stk_guard *second = guards_new(state, "default = allow\n");
    int status;
    pid_t pid;

    stk_guard_free(first);
    assert_int_equal(child_status(second), 0);
    stk_guard_free(second);
    pid = fork();
    if (pid == 0)
        _exit(0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        unit_test_in_folder(
            test_fork__children_use_the_guard_of_a_busy_parent),
        unit_test_in_folder(test_fork__freed_guard_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
