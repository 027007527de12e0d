/* SPDX-License-Identifier: Apache-2.0 */
/* wire/nap.c: who naps wakes up, for whatever reason. */
#include "wire/nap.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "unit.h"

static _Atomic uint32_t *
new_word(void)
{
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(memory != MAP_FAILED);
    return memory;
}

static void
test_take__does_not_begin_where_the_word_is_another(void **state)
{
    _Atomic uint32_t *word = new_word();

    (void)state;
    assert_int_equal(stk_nap_take(word, 5), STK_NAP_ENDED);
    munmap(word, 4096);
}

static void
test_take__is_short_where_nobody_comes(void **state)
{
    _Atomic uint32_t *word = new_word();
    uint64_t before = stk_clock_monotonic_ns();

    (void)state;
    assert_int_equal(stk_nap_take(word, 0), STK_NAP_LONG);
    assert_true(stk_clock_monotonic_ns() - before >= STK_NAP_NS);
    munmap(word, 4096);
}

/* Another process, over and over: it cannot know when the nap begins. */
static void
test_end__wakes_another_process_up(void **state)
{
    _Atomic uint32_t *word = new_word();
    unsigned ended = 0;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        alarm(120);
        for (;;) {
            stk_nap_end(word);
            usleep(100);
        }
    }
    /* a minute, should the other not come to run */
    for (unsigned i = 0; i < 60000000000 / STK_NAP_NS && !ended; i++)
        ended += stk_nap_take(word, 0) == STK_NAP_ENDED;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_true(ended > 0);
    munmap(word, 4096);
}

static pthread_t napper;
static atomic_bool rested;

static void
on_signal(int number)
{
    (void)number;
}

static void *
disturb(void *unused)
{
    (void)unused;
    while (!atomic_load(&rested)) {
        usleep(2000);
        pthread_kill(napper, SIGUSR1);
    }
    return NULL;
}

static void
test_take__comes_back_for_a_signal(void **state)
{
    struct sigaction action = { .sa_handler = on_signal }, before;
    _Atomic uint32_t *word = new_word();
    unsigned interrupted = 0;
    pthread_t thread;

    (void)state;
    napper = pthread_self();
    sigaction(SIGUSR1, &action, &before);
    pthread_create(&thread, NULL, disturb, NULL);
    for (unsigned i = 0; i < 60000000000 / STK_NAP_NS && !interrupted; i++)
        interrupted += stk_nap_take(word, 0) == STK_NAP_INTERRUPTED;
    atomic_store(&rested, true);
    pthread_join(thread, NULL);
    sigaction(SIGUSR1, &before, NULL);
    assert_true(interrupted > 0);
    munmap(word, 4096);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_take__does_not_begin_where_the_word_is_another),
        cmocka_unit_test(test_take__is_short_where_nobody_comes),
        cmocka_unit_test(test_end__wakes_another_process_up),
        cmocka_unit_test(test_take__comes_back_for_a_signal),
    };

    return cmocka_run_group_tests_name("wire/nap", tests, NULL, NULL);
}
