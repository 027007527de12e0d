/* SPDX-License-Identifier: Apache-2.0 */
/* The number of the process behind a pidfd. */
#ifndef STK_BASE_PIDFD_H
#define STK_BASE_PIDFD_H

#include <sys/types.h>

/* 0 or less: it is gone, or not to be seen from here. Whoever uses it has to
 * know that the process was not waited for yet: else it may be another's. */
pid_t stk_pidfd_pid(int pidfd);

#endif
