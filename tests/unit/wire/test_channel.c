/* SPDX-License-Identifier: Apache-2.0 */
/* wire/channel.c: frames there and back, and peers that lie. */
#include "wire/channel.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "peer.h"

/* ---- honest ------------------------------------------------------------ */

static void
test_channel__carries_frames_of_any_length_up_to_the_maximum(void **state)
{
    stk_channel_options options = small_options();
    const size_t lengths[] = { 1,    2,    4095, 4096,
                               4097, 8192, 8193, options.maximum };
    peer at = start_peer(&options, echo);

    (void)state;
    for (unsigned turn = 0; turn < 3; turn++)
        for (size_t i = 0; i < UNIT_COUNT(lengths); i++)
            assert_echoes(at.channel, lengths[i]);
    assert_int_equal(end_peer(&at), 0);
}

static void
test_channel__works_without_spinning_and_with_much_of_it(void **state)
{
    const unsigned spins[] = { 0, 1, 20000 };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(spins); i++) {
        stk_channel_options options = small_options();
        peer at;

        options.spin = spins[i];
        at = start_peer(&options, echo);
        for (unsigned turn = 0; turn < 2000; turn++)
            assert_echoes(at.channel, 1 + turn % 64);
        assert_echoes(at.channel, 50000);
        assert_int_equal(end_peer(&at), 0);
    }
}

static void
tell_twice_and_echo(worker *at)
{
    const unsigned char *data;
    size_t length;

    while (stk_channel_receive(at->channel, &data, &length, 0, NULL) == 0) {
        stk_channel_send(at->channel, "one", 3, 0, NULL);
        stk_channel_send(at->channel, "two", 3, 0, NULL);
        stk_channel_send(at->channel, data, length, 0, NULL);
    }
}

static void
test_channel__keeps_frames_of_one_side_in_order(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, tell_twice_and_echo);
    const unsigned char *data;
    size_t length;

    (void)state;
    for (unsigned i = 0; i < 500; i++) {
        const char *expected[] = { "one", "two", "ask" };

        assert_int_equal(
            stk_channel_send(at.channel, "ask", 3, in_a_while(), NULL), 0);
        for (unsigned n = 0; n < 3; n++) {
            assert_int_equal(stk_channel_receive(at.channel, &data, &length,
                                                 in_a_while(), NULL),
                             0);
            assert_int_equal(length, 3);
            assert_memory_equal(data, expected[n], 3);
        }
    }
    assert_int_equal(end_peer(&at), 0);
}

static void
test_send__refuses_what_is_no_frame_and_stays_open(void **state)
{
    stk_channel_options options = small_options();
    char large[5001] = "";
    stk_error err = STK_ERROR_INIT;
    peer at;

    (void)state;
    options.sends = 5000; /* what the peer takes, not what we do */
    at = start_peer(&options, echo);
    assert_int_equal(
        stk_channel_send(at.channel, large, sizeof large, in_a_while(), &err),
        -STK_E_LIMIT);
    assert_string_equal(err.message, "a frame of more than 5000 bytes");
    assert_int_equal(stk_channel_send(at.channel, "", 0, in_a_while(), NULL),
                     -STK_E_STATE);
    assert_int_equal(stk_channel_fate(at.channel), STK_FATE_OPEN);
    assert_echoes(at.channel, 5000);
    assert_int_equal(end_peer(&at), 0);
}

static void
test_new__refuses_slots_that_are_no_pages(void **state)
{
    const size_t slots[] = { 0, 1, 4095, 5000, (1u << 20) + 4096, SIZE_MAX };
    stk_channel_options options = small_options();
    stk_channel *channel = NULL;
    int socket = -1, memory = -1;

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(slots); i++) {
        options.slot = slots[i];
        assert_int_equal(
            stk_channel_new(&channel, &options, &socket, &memory, NULL),
            -STK_E_STATE);
    }
    assert_null(channel);
    assert_int_equal(socket, -1);
}

static void
test_attach__refuses_a_memory_of_another_size(void **state)
{
    stk_channel_options options = small_options();
    stk_channel *host, *other = NULL;
    stk_error err = STK_ERROR_INIT;
    int socket, memory;

    (void)state;
    assert_int_equal(stk_channel_new(&host, &options, &socket, &memory, NULL),
                     0);
    options.slot = 8192;
    assert_int_equal(
        stk_channel_attach(&other, &options, socket, memory, &err),
        -STK_E_STATE);
    assert_string_equal(err.message, "the shared memory has another size");
    assert_int_equal(fcntl(socket, F_GETFD), -1); /* taken over */
    close(memory);
    stk_channel_free(host);
}

/* ---- a worker that is confined ----------------------------------------- */

#define ALLOW(number)                                                         \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                      \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* What the strict profile allows of this room, and malloc's. Anything else
 * kills. */
static void
confine(void)
{
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        ALLOW(SYS_recvfrom),
        ALLOW(SYS_sendto),
        ALLOW(SYS_futex),
        ALLOW(SYS_restart_syscall), /* of a futex, when it was stopped */
        ALLOW(SYS_exit_group),
        ALLOW(SYS_mmap),
        ALLOW(SYS_munmap),
        ALLOW(SYS_mremap),
        ALLOW(SYS_brk),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_fprog program = { UNIT_COUNT(filter), filter };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        _exit(71);
}

static void
confine_and_echo(worker *at)
{
    confine();
    echo(at);
}

static void
test_channel__a_worker_needs_no_other_system_calls(void **state)
{
    const unsigned spins[] = { 0, 300 };

    (void)state;
#ifdef __SANITIZE_ADDRESS__
    unit_skip("the sanitizer needs system calls of its own");
#endif
    for (size_t i = 0; i < UNIT_COUNT(spins); i++) {
        stk_channel_options options = small_options();
        peer at;

        options.spin = spins[i];
        at = start_peer(&options, confine_and_echo);
        for (unsigned turn = 0; turn < 100; turn++)
            assert_echoes(at.channel, 1 + turn * 100);
        assert_int_equal(end_peer(&at), 0);
    }
}

/* ---- descriptors ------------------------------------------------------- */

static void
read_a_descriptor(worker *at)
{
    const unsigned char *data;
    int fds[STK_CHANNEL_FDS_MAX];
    char text[8] = "";
    size_t length;

    stk_channel_expect_fds(at->channel, 2);
    stk_channel_receive(at->channel, &data, &length, 0, NULL);
    if (stk_channel_steal_fds(at->channel, fds) == 2 &&
        pread(fds[1], text, 6, 0) == 6)
        stk_channel_send_fds(at->channel, text, 6, fds, 1, 0, NULL);
    pause();
}

static int
make_file(const char *text)
{
    int fd = memfd_create("test", MFD_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    return fd;
}

static void
test_send_fds__hands_descriptors_over_both_ways(void **state)
{
    stk_channel_options options = small_options();
    const int files[] = { make_file("first"), make_file("second") };
    const unsigned char *data;
    char text[8] = "";
    int fds[STK_CHANNEL_FDS_MAX];
    size_t length;
    peer at;

    (void)state;
    options.fds = 1;
    at = start_peer(&options, read_a_descriptor);
    assert_int_equal(
        stk_channel_send_fds(at.channel, "x", 1, files, 2, in_a_while(), NULL),
        0);
    assert_int_equal(
        stk_channel_receive(at.channel, &data, &length, in_a_while(), NULL),
        0);
    assert_memory_equal(data, "second", 6);
    assert_int_equal(stk_channel_steal_fds(at.channel, fds), 1);
    assert_int_equal(pread(fds[0], text, 5, 0), 5);
    assert_string_equal(text, "first");
    assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(stk_channel_steal_fds(at.channel, fds), 0);
    close(fds[0]);
    close(files[0]);
    close(files[1]);
    kill(at.pid, SIGKILL);
    assert_int_equal(end_peer(&at), -SIGKILL);
}

/* ---- hostile ----------------------------------------------------------- */

static void
say_more_than_allowed(worker *at)
{
    publish(at, 1, (1u << 20) + 1, 0);
    pause();
}

static void
say_nothing_at_length(worker *at)
{
    publish(at, 1, 0, 0);
    pause();
}

static void
say_more_than_there_is(worker *at)
{
    publish(at, 1, UINT64_MAX, 0);
    pause();
}

static void
test_receive__refuses_lengths_that_cannot_be(void **state)
{
    const char *said = "the worker broke the rules: a frame that is too long, "
                       "or empty";

    (void)state;
    assert_ends(say_more_than_allowed, STK_FATE_LIED, said);
    assert_ends(say_nothing_at_length, STK_FATE_LIED, said);
    assert_ends(say_more_than_there_is, STK_FATE_LIED, said);
}

/* The first piece of two is right; then the frame grows. */
static void
change_the_length(worker *at)
{
    publish(at, 1, 5000, 0);
    while (atomic_load(&at->own->taken) != 0 ||
           atomic_load(&at->host->taken) != 1)
        ;
    publish(at, 2, 900000, 0);
    pause();
}

static void
test_receive__refuses_a_frame_that_grows(void **state)
{
    (void)state;
    assert_ends(change_the_length, STK_FATE_LIED,
                "the worker broke the rules: a frame that changed its length");
}

static void
send_a_long_packet(worker *at)
{
    send(at->socket, "bb", 2, 0);
    pause();
}

static void
send_another_packet(worker *at)
{
    send(at->socket, "x", 1, 0);
    pause();
}

static void
say_f_without_descriptors(worker *at)
{
    send(at->socket, "f", 1, 0);
    pause();
}

static void
hand_over(worker *at, unsigned n)
{
    char room[CMSG_SPACE(16 * sizeof(int))] = "";
    struct iovec io = { room, 1 };
    struct msghdr message = { .msg_iov = &io,
                              .msg_iovlen = 1,
                              .msg_control = room,
                              .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    char f = 'f';

    io.iov_base = &f;
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(n * sizeof(int));
    for (unsigned i = 0; i < n; i++)
        memcpy(CMSG_DATA(header) + i * sizeof(int), &at->socket, sizeof(int));
    sendmsg(at->socket, &message, 0);
}

static void
hand_over_one(worker *at)
{
    hand_over(at, 1);
    pause();
}

static void
hand_over_sixteen(worker *at)
{
    hand_over(at, 16);
    pause();
}

static void
test_receive__refuses_other_packets_and_keeps_no_descriptor(void **state)
{
    const char *said = "the worker broke the rules: a packet of another kind";
    unsigned before = unit_count_fds();

    (void)state;
    assert_ends(send_a_long_packet, STK_FATE_LIED, said);
    assert_ends(send_another_packet, STK_FATE_LIED, said);
    assert_ends(say_f_without_descriptors, STK_FATE_LIED, said);
    assert_ends(hand_over_one, STK_FATE_LIED, said);
    assert_ends(hand_over_sixteen, STK_FATE_LIED, said);
    assert_int_equal(unit_count_fds(), before);
}

static void
promise_descriptors(worker *at)
{
    publish(at, 1, 10, 1);
    pause();
}

static void
promise_too_many(worker *at)
{
    publish(at, 1, 10, UINT64_C(0x100000001));
    pause();
}

static void
test_receive__refuses_descriptors_that_are_only_promised(void **state)
{
    stk_channel_options options = small_options();
    const unsigned char *data;
    stk_error err = STK_ERROR_INIT;
    size_t length;
    peer at;

    (void)state;
    assert_ends(promise_descriptors, STK_FATE_LIED,
                "the worker broke the rules: descriptors that nobody wants");
    options.fds = 1;
    at = start_peer(&options, promise_descriptors);
    assert_int_equal(
        stk_channel_receive(at.channel, &data, &length, in_a_while(), &err),
        -STK_E_INVALID);
    assert_string_equal(
        err.message,
        "the worker broke the rules: descriptors that did not come");
    kill_peer(&at);
    at = start_peer(&options, promise_too_many);
    assert_int_equal(
        stk_channel_receive(at.channel, &data, &length, in_a_while(), NULL),
        -STK_E_INVALID);
    kill_peer(&at);
}

/* Rewrites slot and counters as fast as it can, around each frame. */
static void
rewrite_while_it_is_read(worker *at)
{
    uint64_t n = 0;

    for (;;) {
        publish(at, ++n, 4000, 0);
        while (atomic_load(&at->host->taken) != n) {
            memset(at->slot, (int)n, 4000);
            atomic_store(&at->own->total, n * 977);
            atomic_store(&at->own->total, 4000);
            memset(at->slot, (int)~n, 4000);
        }
    }
}

/* Whatever length is seen, it is one that was checked, and the copy stays. */
static void
test_receive__hands_out_a_copy_that_no_longer_changes(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, rewrite_while_it_is_read);
    const unsigned char *data;
    size_t length;
    int r;

    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        unsigned char copy[4096];

        r = stk_channel_receive(at.channel, &data, &length, in_a_while(),
                                NULL);
        if (r < 0) /* a length that was a lie, or a frame that changed */
            break;
        assert_true(length > 0 && length <= options.maximum);
        if (length > sizeof copy)
            continue;
        memcpy(copy, data, length);
        sched_yield();
        assert_memory_equal(copy, data, length);
    }
    assert_true(r == 0 || stk_channel_fate(at.channel) == STK_FATE_LIED);
    kill_peer(&at);
}

static void
test_send_fds__ends_at_the_deadline_when_the_socket_is_full(void **state)
{
    stk_channel_options options = small_options();
    peer at = start_peer(&options, stay_silent);
    const int fds[] = { 0 };

    (void)state;
    while (send(stk_channel_fd(at.channel), "b", 1, MSG_DONTWAIT) == 1)
        ;
    assert_int_equal(
        stk_channel_send_fds(at.channel, "x", 1, fds, 1, in_ms(100), NULL),
        -STK_E_IO);
    assert_int_equal(stk_channel_fate(at.channel), STK_FATE_SILENT);
    kill_peer(&at);
}

static void
test_free__closes_nothing_that_has_the_number_since(void **state)
{
    stk_channel_options options = small_options();
    stk_channel *channel;
    int socket, memory, number, other;

    (void)state;
    assert_int_equal(
        stk_channel_new(&channel, &options, &socket, &memory, NULL), 0);
    number = stk_channel_fd(channel);
    close(number);
    other = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_int_equal(other, number);
    stk_channel_free(channel);
    assert_true(fcntl(other, F_GETFD) >= 0);
    close(other);
    close(socket);
    close(memory);
}

/* Naps before it answers, and says of itself that it runs nowhere. */
static void
answer_asleep(worker *at)
{
    for (uint64_t n = 1;; n++) {
        while (atomic_load(&at->host->sent) < n)
            sched_yield();
        atomic_store(&at->own->taken, n);
        atomic_store(&at->own->asleep, RING_PIECE | RING_NAP);
        publish(at, n, 1, 0);
    }
}

static uint64_t
call_and_count(stk_channel *channel)
{
    const unsigned char *data;
    stk_channel_stats stats;
    size_t length;

    assert_int_equal(stk_channel_send(channel, "x", 1, in_a_while(), NULL), 0);
    assert_int_equal(
        stk_channel_receive(channel, &data, &length, in_a_while(), NULL), 0);
    stk_channel_stats_get(channel, &stats);
    return stats.joined;
}

static void
test_has__is_true_when_receive_would_not_wait(void **state)
{
    stk_channel_options options = small_options();
    const unsigned char *data;
    size_t length;
    peer at;

    (void)state;
    at = start_peer(&options, answer_asleep);
    assert_false(stk_channel_has(at.channel));
    assert_int_equal(stk_channel_send(at.channel, "x", 1, in_a_while(), NULL),
                     0);
    while (!stk_channel_has(at.channel))
        sched_yield();
    assert_int_equal(stk_channel_receive(at.channel, &data, &length, 0, NULL),
                     0);
    assert_false(stk_channel_has(at.channel));
    kill(at.pid, SIGKILL);
    assert_int_not_equal(
        stk_channel_receive(at.channel, &data, &length, in_a_while(), NULL),
        0);
    assert_true(stk_channel_has(at.channel));
    kill_peer(&at);
}

static void
test_begin__tells_calls_after_a_pause_from_answers(void **state)
{
    stk_channel_options options = small_options();
    uint64_t deadline = in_a_while();
    cpu_set_t all;
    int pidfd;
    peer at;

    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    if (CPU_COUNT(&all) < 2)
        unit_skip("one CPU");
    at = start_peer(&options, answer_asleep);
    pidfd = (int)syscall(SYS_pidfd_open, at.pid, 0);
    if (pidfd < 0)
        unit_skip("no pidfd_open on this machine");
    stk_channel_watch(at.channel, pidfd);
    stk_channel_begin(at.channel, deadline);
    assert_int_equal(call_and_count(at.channel), 0);
    usleep(2000); /* its answer may have taken long */
    stk_channel_begin(at.channel, deadline += SECOND);
    assert_int_equal(call_and_count(at.channel), 1);
    assert_int_equal(call_and_count(at.channel), 1);
    stk_channel_begin(at.channel, deadline);
    assert_int_equal(call_and_count(at.channel), 1);
    kill_peer(&at);
    close(pidfd);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(
            test_channel__carries_frames_of_any_length_up_to_the_maximum),
        cmocka_unit_test(
            test_channel__works_without_spinning_and_with_much_of_it),
        cmocka_unit_test(test_channel__keeps_frames_of_one_side_in_order),
        cmocka_unit_test(test_send__refuses_what_is_no_frame_and_stays_open),
        cmocka_unit_test(test_new__refuses_slots_that_are_no_pages),
        cmocka_unit_test(test_attach__refuses_a_memory_of_another_size),
        cmocka_unit_test(test_channel__a_worker_needs_no_other_system_calls),
        cmocka_unit_test(test_send_fds__hands_descriptors_over_both_ways),
        cmocka_unit_test(test_receive__refuses_lengths_that_cannot_be),
        cmocka_unit_test(test_receive__refuses_a_frame_that_grows),
        cmocka_unit_test(
            test_receive__refuses_other_packets_and_keeps_no_descriptor),
        cmocka_unit_test(
            test_receive__refuses_descriptors_that_are_only_promised),
        cmocka_unit_test(
            test_receive__hands_out_a_copy_that_no_longer_changes),
        cmocka_unit_test(
            test_send_fds__ends_at_the_deadline_when_the_socket_is_full),
        cmocka_unit_test(test_free__closes_nothing_that_has_the_number_since),
        cmocka_unit_test(test_has__is_true_when_receive_would_not_wait),
        cmocka_unit_test(test_begin__tells_calls_after_a_pause_from_answers),
    };

    return cmocka_run_group_tests_name("wire/channel", tests, NULL, NULL);
}
