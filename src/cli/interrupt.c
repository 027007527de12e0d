/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and its like, held back while something is half made. */
#include "cli/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

#define N_NUMBERS (sizeof numbers / sizeof numbers[0])

/* -1: nothing is held back, or nothing tells of it */
static int held_fd = -1;
static sigset_t held, before;
static bool holds;

void
cli_interrupt_signals(sigset_t *set)
{
    sigemptyset(set);
    for (size_t i = 0; i < N_NUMBERS; i++)
        sigaddset(set, numbers[i]);
}

void
cli_interrupt_hold(void)
{
    struct sigaction action;

    if (holds)
        return;
    sigemptyset(&held);
    for (size_t i = 0; i < N_NUMBERS; i++)
        if (sigaction(numbers[i], NULL, &action) == 0 &&
            action.sa_handler != SIG_IGN)
            sigaddset(&held, numbers[i]);
    sigprocmask(SIG_BLOCK, &held, &before);
    held_fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
    holds = true;
}

bool
cli_interrupt_waits(void)
{
    sigset_t waiting;

    if (!holds || sigpending(&waiting) < 0)
        return false;
    sigandset(&waiting, &waiting, &held);
    return !sigisemptyset(&waiting);
}

bool
cli_interrupt_wait(int fd)
{
    struct pollfd both[] = { { held_fd, POLLIN, 0 }, { fd, POLLIN, 0 } };

    while (poll(both, 2, -1) < 0 && errno == EINTR)
        ;
    return both[0].revents == 0;
}

void
cli_interrupt_release(void)
{
    if (!holds)
        return;
    if (held_fd >= 0)
        close(held_fd);
    held_fd = -1;
    holds = false;
    sigprocmask(SIG_SETMASK, &before, NULL);
}
