/* SPDX-License-Identifier: Apache-2.0 */
/* What a process took of the machine: its clock, and /proc. */
#include "guard/usage.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/pidfd.h"

#define LINE_MAX_READ 256
#define KIBIBYTE      1024u

/* The number behind `key` in a file of lines `key number`; or 0. */
static long long
read_number(const char *path, const char *key)
{
    char line[LINE_MAX_READ];
    size_t length = strlen(key);
    long long number = 0;
    FILE *file = fopen(path, "re");

    if (!file)
        return 0;
    while (number == 0 && fgets(line, sizeof line, file))
        if (!strncmp(line, key, length))
            number = strtoll(line + length, NULL, 10);
    fclose(file);
    return number;
}

static uint64_t
cpu_of(pid_t pid)
{
    struct timespec time;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 ||
        clock_gettime(clock, &time) < 0)
        return 0;
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) +
           (uint64_t)time.tv_nsec;
}

static uint64_t
memory_of(pid_t pid)
{
    char path[64];
    long long kilobytes;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    kilobytes = read_number(path, "VmHWM:");
    return kilobytes > 0 ? (uint64_t)kilobytes * KIBIBYTE : 0;
}

/* Of one that has ended the number may be another's. */
static bool
is_running(int pidfd)
{
    struct pollfd end = { pidfd, POLLIN, 0 };

    return pidfd >= 0 && poll(&end, 1, 0) == 0;
}

static pid_t
find_pid(int pidfd, pid_t *pid)
{
    if (*pid <= 0 || !is_running(pidfd))
        *pid = stk_pidfd_pid(pidfd);
    return *pid;
}

stk_usage
stk_usage_read(int pidfd, pid_t *pid)
{
    stk_usage usage = { 0, 0 };

    if (find_pid(pidfd, pid) > 0) {
        usage.cpu_ns = cpu_of(*pid);
        usage.memory = memory_of(*pid);
    }
    return usage;
}

uint64_t
stk_usage_cpu(int pidfd, pid_t *pid)
{
    return find_pid(pidfd, pid) > 0 ? cpu_of(*pid) : 0;
}
