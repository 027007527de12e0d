/* SPDX-License-Identifier: Apache-2.0 */
/* wire/bell.c: packets, descriptors, the end. */
#include "wire/bell.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "unit.h"

typedef struct ends {
    int ours, theirs;
    stk_bell_fds came;
} ends;

static ends
make_ends(unsigned maximum)
{
    ends at = { .came = { .maximum = maximum } };
    int pair[2];

    assert_int_equal(
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    at.ours = pair[0];
    at.theirs = pair[1];
    return at;
}

static void
close_ends(ends *at)
{
    stk_bell_close(at->came.fds, at->came.count);
    close(at->ours);
    if (at->theirs >= 0)
        close(at->theirs);
}

static void
test_hear__tells_a_ring_from_nothing_and_from_the_end(void **state)
{
    ends at = make_ends(0);

    (void)state;
    assert_int_equal(stk_bell_hear(at.ours, &at.came, false), STK_BELL_NONE);
    assert_int_equal(stk_bell_ring(at.theirs), STK_BELL_RANG);
    assert_int_equal(stk_bell_hear(at.ours, &at.came, true), STK_BELL_RANG);
    assert_int_equal(stk_bell_ring(at.theirs), STK_BELL_RANG);
    close(at.theirs);
    at.theirs = -1;
    assert_int_equal(stk_bell_hear(at.ours, &at.came, false), STK_BELL_RANG);
    assert_int_equal(stk_bell_hear(at.ours, &at.came, false), STK_BELL_DEAD);
    assert_int_equal(stk_bell_ring(at.ours), STK_BELL_DEAD);
    close_ends(&at);
}

static void
test_ring__never_waits(void **state)
{
    ends at = make_ends(0);

    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(stk_bell_ring(at.theirs), STK_BELL_RANG);
    close_ends(&at);
}

static void
test_hear__fails_where_there_is_no_socket(void **state)
{
    stk_bell_fds came = { .maximum = 0 };

    (void)state;
    assert_int_equal(stk_bell_hear(-1, &came, false), STK_BELL_FAILED);
    assert_int_equal(stk_bell_ring(-1), STK_BELL_FAILED);
    assert_int_equal(stk_bell_send_fds(-1, (int[]){ 0 }, 1, false),
                     STK_BELL_FAILED);
}

static void
test_hear__keeps_descriptors_in_order_until_they_are_claimed(void **state)
{
    ends at = make_ends(3);
    int first[2], second, claimed[3];
    unsigned before;

    (void)state;
    assert_int_equal(pipe2(first, O_CLOEXEC), 0);
    second = open("/dev/null", O_RDONLY | O_CLOEXEC);
    before = unit_count_fds();
    assert_int_equal(stk_bell_send_fds(at.theirs, first, 2, false),
                     STK_BELL_RANG);
    assert_int_equal(stk_bell_ring(at.theirs), STK_BELL_RANG);
    assert_int_equal(stk_bell_send_fds(at.theirs, &second, 1, true),
                     STK_BELL_RANG);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(stk_bell_hear(at.ours, &at.came, false),
                         STK_BELL_RANG);
    assert_int_equal(at.came.count, 3);
    assert_int_equal(unit_count_fds(), before + 3);
    stk_bell_claim(&at.came, claimed, 2);
    assert_int_equal(at.came.count, 1);
    assert_int_equal(write(claimed[1], "x", 1), 1); /* the end to write to */
    assert_int_equal(fcntl(claimed[0], F_GETFD), FD_CLOEXEC);
    stk_bell_claim(&at.came, claimed + 2, 1);
    assert_int_equal(at.came.count, 0);
    stk_bell_close(claimed, 3);
    assert_int_equal(unit_count_fds(), before);
    stk_bell_close(first, 2);
    close(second);
    close_ends(&at);
}

/* More than fit in our buffer, too: the kernel closes those, we the rest. */
static void
test_hear__closes_descriptors_that_are_too_many(void **state)
{
    const int fds[STK_BELL_FDS_MAX] = { 0 };
    unsigned before;

    (void)state;
    for (unsigned maximum = 0; maximum < 3; maximum++) {
        ends at = make_ends(maximum);

        before = unit_count_fds();
        assert_int_equal(stk_bell_send_fds(at.theirs, fds, maximum + 1, false),
                         STK_BELL_RANG);
        assert_int_equal(stk_bell_hear(at.ours, &at.came, false),
                         STK_BELL_LIED);
        assert_int_equal(at.came.count, maximum);
        assert_int_equal(unit_count_fds(), before + maximum);
        close_ends(&at);
    }
}

static void
test_hear__takes_no_other_packet(void **state)
{
    static const char *const packets[] = { "x", "f", "bb", "B" };

    (void)state;
    for (size_t i = 0; i < 2 * UNIT_COUNT(packets); i++) {
        const char *packet = packets[i / 2];
        ends at = make_ends(i % 2);

        assert_int_equal(send(at.theirs, packet, strlen(packet), 0),
                         strlen(packet));
        assert_int_equal(stk_bell_hear(at.ours, &at.came, false),
                         STK_BELL_LIED);
        close_ends(&at);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_hear__tells_a_ring_from_nothing_and_from_the_end),
        cmocka_unit_test(test_ring__never_waits),
        cmocka_unit_test(test_hear__fails_where_there_is_no_socket),
        cmocka_unit_test(
            test_hear__keeps_descriptors_in_order_until_they_are_claimed),
        cmocka_unit_test(test_hear__closes_descriptors_that_are_too_many),
        cmocka_unit_test(test_hear__takes_no_other_packet),
    };

    return cmocka_run_group_tests_name("wire/bell", tests, NULL, NULL);
}
