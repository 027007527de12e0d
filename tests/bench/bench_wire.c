/* SPDX-License-Identifier: Apache-2.0 */
/*
 * There and back between two processes: a channel against a bare SEQPACKET
 * socket with the same bytes, in turns in one run. Awake: one call after the
 * other. Asleep: a pause of a millisecond before each. Prints the medians
 * and their ratios as lines of JSON.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/channel.h"

#define TURNS 5u
#define LARGE (4u << 20)

static char *buffer;
static int child_cpu = -1; /* where children are to run, or -1: anywhere */

typedef struct pair {
    stk_channel *channel; /* or a socket */
    int socket;
    pid_t child;
} pair;

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static void
pin(int cpu)
{
    cpu_set_t one;

    if (cpu < 0)
        return;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    sched_setaffinity(0, sizeof one, &one);
}

static void
echo_channel(const stk_channel_options *options, int socket, int memory)
{
    const unsigned char *data;
    stk_channel *channel;
    size_t length;

    if (stk_channel_attach(&channel, options, socket, memory, NULL) < 0)
        die("attach");
    while (stk_channel_receive(channel, &data, &length, 0, NULL) == 0)
        /* what is large goes one way: the reply says that it came */
        stk_channel_send(channel, data, length > 65536 ? 1 : length, 0, NULL);
    _exit(0);
}

static pair
start_channel(unsigned spin)
{
    stk_channel_options options = STK_CHANNEL_OPTIONS_INIT;
    pair made = { .socket = -1 };
    int socket, memory;

    options.spin = spin;
    if (stk_channel_new(&made.channel, &options, &socket, &memory, NULL) < 0)
        die("channel");
    made.child = fork();
    if (made.child == 0) {
        pin(child_cpu);
        stk_channel_free(made.channel);
        echo_channel(&options, socket, memory);
    }
    close(socket);
    close(memory);
    return made;
}

static pair
start_socket(void)
{
    pair made = { .channel = NULL };
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
        die("socketpair");
    made.child = fork();
    if (made.child == 0) {
        pin(child_cpu);
        ssize_t n;

        close(ends[0]);
        while ((n = recv(ends[1], buffer, LARGE, 0)) > 0)
            send(ends[1], buffer, (size_t)n, 0);
        _exit(0);
    }
    close(ends[1]);
    made.socket = ends[0];
    return made;
}

static void
finish(pair *at)
{
    stk_channel_free(at->channel);
    if (at->socket >= 0)
        close(at->socket);
    /* the other child has a copy of our end: this one sees no end */
    kill(at->child, SIGKILL);
    waitpid(at->child, NULL, 0);
}

/* As the host calls: with a deadline that is far away. */
static void
call(pair *at, size_t length)
{
    uint64_t deadline = stk_clock_monotonic_ns() + UINT64_C(60000000000);
    const unsigned char *data;
    size_t got;

    if (!at->channel) {
        if (send(at->socket, buffer, length, 0) != (ssize_t)length ||
            recv(at->socket, buffer, LARGE, 0) != (ssize_t)length)
            die("socket");
    } else if (stk_channel_send(at->channel, buffer, length, deadline, NULL) <
                   0 ||
               stk_channel_receive(at->channel, &data, &got, deadline, NULL) <
                   0) {
        die("channel");
    }
}

static int
compare_times(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

/* Median of `calls`, in ns. */
static double
measure(pair *at, size_t length, unsigned calls, bool asleep)
{
    const struct timespec pause = { 0, 1000000 };
    uint64_t *times = calloc(calls, sizeof *times);
    double median;

    if (!times)
        die("calloc");
    for (unsigned i = 0; i < calls; i++) {
        uint64_t before;

        if (asleep)
            nanosleep(&pause, NULL);
        before = stk_clock_monotonic_ns();
        call(at, length);
        times[i] = stk_clock_monotonic_ns() - before;
    }
    qsort(times, calls, sizeof *times, compare_times);
    median = (double)times[calls / 2];
    free(times);
    return median;
}

static double
best(const double *turns)
{
    double found = turns[0];

    for (unsigned i = 1; i < TURNS; i++)
        if (turns[i] < found)
            found = turns[i];
    return found;
}

static void
compare(const char *what, size_t length, unsigned calls, bool asleep)
{
    double ours[TURNS], theirs[TURNS], a, b;

    for (unsigned i = 0; i < TURNS; i++) {
        pair channel = start_channel(300), socket = start_socket();

        measure(&channel, length, 100, false);
        measure(&socket, length, 100, false);
        ours[i] = measure(&channel, length, calls, asleep);
        theirs[i] = measure(&socket, length, calls, asleep);
        finish(&channel);
        finish(&socket);
    }
    a = best(ours);
    b = best(theirs);
    printf("{\"bench\": \"wire\", \"case\": \"%s\", \"bytes\": %zu, "
           "\"ns\": [%.0f, %.0f], \"ratio\": %.3f, \"at_most\": 1.0, "
           "\"turns\": [",
           what, length, a, b, a / b);
    for (unsigned i = 0; i < TURNS; i++)
        printf("%s[%.0f, %.0f]", i ? ", " : "", ours[i], theirs[i]);
    printf("]}\n");
    fflush(stdout);
}

/* Both on one CPU: looking for the peer must cost nothing there. And each on
 * its own, where it pays. */
static void
compare_pinned(void)
{
    cpu_set_t before;
    int here = sched_getcpu();

    if (sched_getaffinity(0, sizeof before, &before) < 0)
        die("sched_getaffinity");
    pin(here);
    compare("one cpu", 64, 1000, false);
    for (int cpu = 0; cpu < CPU_SETSIZE && child_cpu < 0; cpu++)
        if (cpu != here && CPU_ISSET(cpu, &before))
            child_cpu = cpu;
    if (child_cpu >= 0)
        compare("two cpus", 64, 3000, false);
    child_cpu = -1;
    sched_setaffinity(0, sizeof before, &before);
}

static void
measure_large(void)
{
    pair channel = start_channel(300);
    double ns;

    measure(&channel, LARGE, 3, false);
    ns = measure(&channel, LARGE, 15, false);
    printf("{\"bench\": \"wire\", \"case\": \"in pieces\", \"bytes\": %u, "
           "\"ns\": [%.0f], \"bytes_a_second\": %.0f}\n",
           LARGE, ns, LARGE / ns * 1e9);
    finish(&channel);
}

int
main(void)
{
    buffer = calloc(1, LARGE);
    if (!buffer)
        die("calloc");
    compare("awake", 64, 3000, false);
    compare("asleep", 64, 100, true);
    compare_pinned();
    compare("awake", 16384, 1000, false);
    measure_large();
    free(buffer);
    return 0;
}
