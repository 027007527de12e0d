/* SPDX-License-Identifier: Apache-2.0 */
/* wire/ring.c: counters that only go up by one, a memory that stays. */
#include "wire/ring.h"

#include <fcntl.h>
#include <sys/mman.h>

#include "unit.h"

typedef struct rings {
    stk_ring host, worker;
    int memory;
} rings;

static rings
make_rings(void)
{
    rings at;

    assert_int_equal(stk_ring_new(&at.host, 4096, &at.memory, NULL), 0);
    assert_int_equal(stk_ring_attach(&at.worker, 4096, at.memory, NULL), 0);
    return at;
}

static void
clear(rings *at)
{
    stk_ring_clear(&at->host);
    stk_ring_clear(&at->worker);
    close(at->memory);
}

static void
test_ring__carries_a_piece_each_way(void **state)
{
    const stk_ring_piece piece = { 9000, 2 };
    rings at = make_rings();
    char text[4] = "";

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(stk_ring_look(&at.worker, RING_PIECE), 0);
        assert_int_equal(stk_ring_look(&at.host, RING_ROOM), 1);
        assert_false(stk_ring_put(&at.host, &piece, "abc", 3));
        assert_int_equal(stk_ring_look(&at.host, RING_ROOM), 0);
        assert_int_equal(stk_ring_look(&at.worker, RING_PIECE), 1);
        assert_int_equal(stk_ring_look(&at.host, RING_PIECE), 0);
        assert_int_equal(stk_ring_peek(&at.worker).total, 9000);
        assert_int_equal(stk_ring_peek(&at.worker).fds, 2);
        assert_false(stk_ring_take(&at.worker, text, 3));
        assert_string_equal(text, "abc");
        assert_int_equal(stk_ring_look(&at.host, RING_ROOM), 1);
        assert_false(stk_ring_put(&at.worker, &piece, "xyz", 3));
        assert_int_equal(stk_ring_look(&at.host, RING_PIECE), 1);
        assert_int_equal(stk_ring_take(&at.host, text, 3), RING_WAKE_NOBODY);
        assert_string_equal(text, "xyz");
    }
    clear(&at);
}

static void
test_put__tells_to_wake_who_sleeps_for_it_and_once(void **state)
{
    const stk_ring_piece piece = { 1, 0 };
    rings at = make_rings();
    char byte;

    (void)state;
    stk_ring_doze(&at.worker, RING_PIECE);
    assert_int_equal(stk_ring_put(&at.host, &piece, "x", 1), RING_WAKE_SOCKET);
    assert_true(stk_ring_rise(&at.worker));
    /* who waits for a reply is not woken because its request was taken */
    stk_ring_doze(&at.host, RING_PIECE);
    assert_int_equal(stk_ring_take(&at.worker, &byte, 1), RING_WAKE_NOBODY);
    assert_false(stk_ring_rise(&at.host));
    assert_int_equal(stk_ring_put(&at.host, &piece, "x", 1), RING_WAKE_NOBODY);
    stk_ring_doze(&at.host, RING_ROOM);
    assert_int_equal(stk_ring_take(&at.worker, &byte, 1), RING_WAKE_SOCKET);
    assert_true(stk_ring_rise(&at.host));
    clear(&at);
}

static void
test_put__tells_who_naps_from_who_sleeps(void **state)
{
    const stk_ring_piece piece = { 1, 0 };
    rings at = make_rings();
    char byte;

    (void)state;
    stk_ring_doze(&at.worker, RING_PIECE | RING_NAP);
    stk_ring_doze(&at.host, RING_ROOM | RING_NAP);
    assert_int_equal(stk_ring_put(&at.host, &piece, "x", 1), RING_WAKE_NAP);
    assert_true(stk_ring_rise(&at.worker));
    assert_int_equal(stk_ring_take(&at.worker, &byte, 1), RING_WAKE_NAP);
    assert_true(stk_ring_rise(&at.host));
    clear(&at);
}

static void
test_nap__does_not_begin_for_who_was_woken_before(void **state)
{
    const stk_ring_piece piece = { 1, 0 };
    rings at = make_rings();

    (void)state;
    stk_ring_doze(&at.worker, RING_PIECE | RING_NAP);
    assert_int_equal(stk_ring_put(&at.host, &piece, "x", 1), RING_WAKE_NAP);
    assert_int_equal(stk_ring_nap(&at.worker, RING_PIECE), STK_NAP_ENDED);
    clear(&at);
}

static void
test_look__takes_the_next_number_and_no_other(void **state)
{
    static const uint64_t lies[] = { 2, 3, 1000, UINT64_MAX };
    rings at = make_rings();

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(lies); i++) {
        atomic_store(&at.host.theirs->sent, lies[i]);
        assert_int_equal(stk_ring_look(&at.host, RING_PIECE), -1);
        atomic_store(&at.host.theirs->taken, lies[i]);
        if (lies[i] != UINT64_MAX) /* one less than 0: nothing was sent */
            assert_int_equal(stk_ring_look(&at.host, RING_ROOM), -1);
    }
    clear(&at);
}

static void
test_look__a_counter_that_goes_back_is_a_lie(void **state)
{
    const stk_ring_piece piece = { 1, 0 };
    rings at = make_rings();
    char byte;

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        stk_ring_put(&at.worker, &piece, "x", 1);
        stk_ring_take(&at.host, &byte, 1);
    }
    atomic_store(&at.host.theirs->sent, 4);
    assert_int_equal(stk_ring_look(&at.host, RING_PIECE), -1);
    clear(&at);
}

static void
test_new__makes_a_memory_that_cannot_be_cut_off(void **state)
{
    rings at = make_rings();

    (void)state;
    assert_int_equal(ftruncate(at.memory, 0), -1);
    assert_int_equal(ftruncate(at.memory, 1 << 20), -1);
    assert_int_equal(fcntl(at.memory, F_GETFD), FD_CLOEXEC);
    clear(&at);
}

/* An odd hint costs speed and nothing else. */
static void
test_apart__is_false_on_the_same_cpu(void **state)
{
    rings at = make_rings();

    (void)state;
    assert_true(stk_ring_apart(&at.host)); /* the worker said nothing yet */
    atomic_store(&at.host.theirs->cpu, atomic_load(&at.host.ours->cpu));
    for (unsigned i = 0; i < 100; i++) {
        uint32_t here = atomic_load(&at.host.ours->cpu);
        bool apart = stk_ring_apart(&at.host);

        if (atomic_load(&at.host.ours->cpu) == here) {
            assert_int_equal(apart, atomic_load(&at.host.theirs->cpu) != here);
            break;
        }
        atomic_store(&at.host.theirs->cpu, atomic_load(&at.host.ours->cpu));
    }
    clear(&at);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring__carries_a_piece_each_way),
        cmocka_unit_test(test_put__tells_to_wake_who_sleeps_for_it_and_once),
        cmocka_unit_test(test_put__tells_who_naps_from_who_sleeps),
        cmocka_unit_test(test_nap__does_not_begin_for_who_was_woken_before),
        cmocka_unit_test(test_look__takes_the_next_number_and_no_other),
        cmocka_unit_test(test_look__a_counter_that_goes_back_is_a_lie),
        cmocka_unit_test(test_new__makes_a_memory_that_cannot_be_cut_off),
        cmocka_unit_test(test_apart__is_false_on_the_same_cpu),
    };

    return cmocka_run_group_tests_name("wire/ring", tests, NULL, NULL);
}
