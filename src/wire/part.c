/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that shares the host's CPU, moved to another. */
#include "wire/part.h"

#include <poll.h>
#include <sched.h>

#include "base/pidfd.h"

#define FIRST 16u        /* waits before the first trial */
#define MOST  (1u << 16) /* and before one after many in vain */
#define TRIAL 4096u      /* waits: some ticks of the scheduler's */
#define SLACK 500000     /* ns: what it takes to be moved */
#define STALL 200000     /* ns: others ran, which says little once */
#define SHORT 20000u     /* ns: longer waits are not about switches */
#define SLOW  200000u    /* ns: more than any CPU takes to wake up */

/* The number is its own as long as its zygote has not seen it end. */
static bool
find_pid(stk_part *part, int pidfd)
{
    struct pollfd end = { pidfd, POLLIN, 0 };

    if (part->pid == 0)
        part->pid = (int)stk_pidfd_pid(pidfd);
    return part->pid > 0 && poll(&end, 1, 0) == 0;
}

static bool
set_cpus(const stk_part *part, const cpu_set_t *cpus)
{
    return sched_setaffinity(part->pid, sizeof *cpus, cpus) == 0;
}

/* Onto our CPU (`here`) or off it: who runs, or is to run, where it may not,
 * is moved at once, and who sleeps is woken elsewhere. What it might use is
 * in `all`. */
static bool
confine(stk_part *part, int pidfd, bool here, cpu_set_t *all)
{
    int cpu = sched_getcpu();
    cpu_set_t some;

    if (cpu < 0 || cpu >= CPU_SETSIZE || !find_pid(part, pidfd) ||
        sched_getaffinity(part->pid, sizeof *all, all) < 0)
        return false;
    some = *all;
    CPU_CLR(cpu, &some);
    if (CPU_COUNT(&some) == 0 || !CPU_ISSET(cpu, all))
        return false;
    if (here) {
        CPU_ZERO(&some);
        CPU_SET(cpu, &some);
    }
    return set_cpus(part, &some);
}

/* One that works for long is better off where nobody else is. */
bool
stk_part_join(stk_part *part, int pidfd)
{
    if (part->off || part->slow || !confine(part, pidfd, true, &part->all))
        return false;
    part->trial = 0;
    part->together = 0;
    return true;
}

void
stk_part_resume(stk_part *part, uint64_t took)
{
    part->slow = took > SLOW;
}

void
stk_part_refresh(stk_part *part)
{
    part->wanted = FIRST;
    part->together = 0;
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
    if (!confine(part, pidfd, false, &part->all)) {
        part->off = true;
        return false;
    }
    part->trial = TRIAL;
    part->credit = SLACK;
    return true;
}

void
stk_part_settle(stk_part *part)
{
    if (!set_cpus(part, &part->all))
        part->off = true;
}

static void
end_trial(stk_part *part, bool gained, int pidfd)
{
    part->trial = 0;
    if (gained) {
        part->wanted = FIRST;
        return;
    }
    part->wanted = part->wanted < MOST / 4 ? 4 * part->wanted : MOST;
    if (confine(part, pidfd, true, &part->all))
        stk_part_settle(part);
}

void
stk_part_end(stk_part *part, int pidfd, bool apart, uint64_t took)
{
    int64_t ns = took < STALL ? (int64_t)took : STALL;

    if (part->trial) {
        part->credit += part->usual - ns;
        part->together = apart ? 0 : part->together + 1;
        if (part->credit < 0)
            end_trial(part, false, pidfd);
        else if (--part->trial == 0 || part->together == FIRST)
            end_trial(part, part->credit > SLACK, pidfd);
    } else if (apart || took > SHORT) {
        part->together = 0;
    } else {
        part->together++;
        part->usual += (ns - part->usual) / 8;
    }
}
