/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ctrl-C and its like, held back while something is half made: what is held
 * back ends the process once that is put away.
 */
#ifndef STK_CLI_INTERRUPT_H
#define STK_CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

/* SIGINT, SIGTERM and SIGHUP. */
void cli_interrupt_signals(sigset_t *set);

/* Holds them back from now on, except what the process ignores anyway. */
void cli_interrupt_hold(void);

/* Whether one of them waits. */
bool cli_interrupt_waits(void);

/* Waits until `fd` can be read: true; false when a signal that is held back
 * came first. */
bool cli_interrupt_wait(int fd);

/* Lets them through: what waits ends the process here. */
void cli_interrupt_release(void);

#endif
