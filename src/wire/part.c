/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that shares the host's CPU, moved to another. */
#include "wire/part.h"

#include <poll.h>
#include <sched.h>

#include "base/pidfd.h"

#define FIRST 64u        /* waits before the first trial */
#define MOST  (1u << 16) /* and before one after many in vain */
#define TRIAL 4096u      /* waits: some ticks of the scheduler's */
#define SLACK 300000     /* ns: what it takes to be moved */
#define SHORT 20000u     /* ns: longer waits are not about switches */

/* The number is its own as long as its zygote has not seen it end. */
static bool
find_pid(stk_part *part, int pidfd)
{
    struct pollfd end = { pidfd, POLLIN, 0 };

    if (part->pid == 0)
        part->pid = (int)stk_pidfd_pid(pidfd);
    return part->pid > 0 && poll(&end, 1, 0) == 0;
}

/* Onto our CPU (`here`) or off it: who runs, or is to run, where it may not,
 * is moved at once. */
static bool
move(stk_part *part, int pidfd, bool here)
{
    int cpu = sched_getcpu();
    cpu_set_t all, some;

    if (cpu < 0 || cpu >= CPU_SETSIZE || !find_pid(part, pidfd) ||
        sched_getaffinity(part->pid, sizeof all, &all) < 0)
        return false;
    some = all;
    CPU_CLR(cpu, &some);
    if (CPU_COUNT(&some) == 0 || !CPU_ISSET(cpu, &all))
        return false;
    if (here) {
        CPU_ZERO(&some);
        CPU_SET(cpu, &some);
    }
    return sched_setaffinity(part->pid, sizeof some, &some) == 0 &&
           sched_setaffinity(part->pid, sizeof all, &all) == 0;
}

bool
stk_part_begin(stk_part *part, int pidfd, bool apart)
{
    if (part->off || part->trial || apart)
        return false;
    if (part->wanted == 0)
        part->wanted = FIRST;
    if (part->together < part->wanted)
        return false;
    part->together = 0;
    if (!move(part, pidfd, false)) {
        part->off = true;
        return false;
    }
    part->trial = TRIAL;
    part->credit = SLACK;
    return true;
}

static void
end_trial(stk_part *part, bool gained, int pidfd)
{
    part->trial = 0;
    if (gained) {
        part->wanted = FIRST;
        return;
    }
    part->wanted = part->wanted < MOST / 8 ? 8 * part->wanted : MOST;
    move(part, pidfd, true);
}

void
stk_part_end(stk_part *part, int pidfd, bool apart, uint64_t took)
{
    int64_t ns = took < INT32_MAX ? (int64_t)took : INT32_MAX;

    if (part->trial) {
        part->credit += part->usual - ns;
        if (part->credit < 0)
            end_trial(part, false, pidfd);
        else if (--part->trial == 0)
            end_trial(part, true, pidfd);
    } else if (apart || took > SHORT) {
        part->together = 0;
    } else {
        part->together++;
        part->usual += (ns - part->usual) / 8;
    }
}
