/* SPDX-License-Identifier: Apache-2.0 */
/* A short sleep at a word of the memory that both map. */
#include "wire/nap.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Not the private kind: the peer is another process. */
static long
call_futex(_Atomic uint32_t *word, int op, uint32_t value,
           const struct timespec *timeout)
{
    return syscall(SYS_futex, word, op, value, timeout, NULL, 0);
}

enum stk_nap
stk_nap_take(_Atomic uint32_t *word, uint32_t value)
{
    const struct timespec most = { 0, STK_NAP_NS };

    if (call_futex(word, FUTEX_WAIT, value, &most) == 0 || errno == EAGAIN)
        return STK_NAP_ENDED;
    /* what else may go wrong is as if nobody came: the socket is left */
    return errno == EINTR ? STK_NAP_INTERRUPTED : STK_NAP_LONG;
}

void
stk_nap_end(_Atomic uint32_t *word)
{
    call_futex(word, FUTEX_WAKE, 1, NULL);
}
