/* SPDX-License-Identifier: Apache-2.0 */
/* A zygote whose host is gone ends, whatever it is at. */
#include "worker/orphan.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker/zygote.h"

static void *
watch(void *payload)
{
    const stk_orphan *orphan = payload;
    struct pollfd watched[] = { { STK_ZYGOTE_HOST, POLLIN, 0 },
                                { orphan->over, POLLIN, 0 } };

    while (poll(watched, 2, -1) < 0 && errno == EINTR)
        continue;
    if (watched[0].revents)
        _exit(0);
    return NULL;
}

void
stk_orphan_watch(stk_orphan *orphan)
{
    orphan->thread.running = false;
    orphan->over = eventfd(0, EFD_CLOEXEC);
    if (orphan->over >= 0)
        stk_thread_start(&orphan->thread, watch, orphan);
}

void
stk_orphan_end(stk_orphan *orphan)
{
    const uint64_t once = 1;

    if (orphan->over < 0)
        return;
    if (write(orphan->over, &once, sizeof once) < 0)
        return; /* what was loaded has closed it: nobody can call it off */
    stk_thread_join(&orphan->thread);
    close(orphan->over);
}
