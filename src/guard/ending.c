/* SPDX-License-Identifier: Apache-2.0 */
/* How a worker ended. What it says of itself is no more than a number. */
#include "guard/ending.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/pidfd.h"
#include "base/unit.h"

#define WAIT_MS 300 /* its socket is closed before it has ended */
#define REAP_MS 50  /* until the zygote has waited for it */

/* ---- once it was waited for: Linux 6.15 ------------------------------ */

/* Of <linux/pidfd.h>, which may be older. */
typedef struct pidfd_info {
    uint64_t mask, cgroup;
    uint32_t ids[11];
    int32_t exit_code;
} pidfd_info;

#define INFO_GET  _IOWR(0xFF, 11, pidfd_info)
#define INFO_EXIT (UINT64_C(1) << 3)

_Static_assert(sizeof(pidfd_info) == 64, "as the kernel has it");

static bool
read_reaped(int pidfd, stk_ending *out)
{
    pidfd_info info = { .mask = INFO_EXIT };

    if (ioctl(pidfd, INFO_GET, &info) < 0 || !(info.mask & INFO_EXIT))
        return false;
    out->status = info.exit_code;
    return true;
}

/* ---- before that ----------------------------------------------------- */

/* What is in /proc/PID/stat: the fields behind the name, which may hold
 * anything. */
enum { STATE = 3, USER_TIME = 14, SYSTEM_TIME = 15, EXIT_CODE = 52 };

static bool
take_fields(char *line, stk_ending *out)
{
    char *at = strrchr(line, ')'), *rest = NULL;
    uint64_t ticks = 0, second = (uint64_t)sysconf(_SC_CLK_TCK);
    int n = STATE;

    at = at ? strtok_r(at + 1, " \n", &rest) : NULL;
    if (!at || strcmp(at, "Z") != 0)
        return false;
    for (; at; at = strtok_r(NULL, " \n", &rest), n++) {
        if (n == USER_TIME || n == SYSTEM_TIME)
            ticks += strtoull(at, NULL, 10);
        if (n == EXIT_CODE)
            out->status = (int)strtol(at, NULL, 10);
    }
    out->cpu_ms = ticks * 1000 / second;
    return n > EXIT_CODE;
}

/* Of a zombie, whose number is nobody else's as long as it is one. 0 is what
 * a kernel says, too, that does not tell this user. */
static bool
read_zombie(int pidfd, stk_ending *out)
{
    char line[1024], path[64];
    pid_t pid = stk_pidfd_pid(pidfd);
    bool there = false;
    FILE *file;

    if (pid <= 0)
        return false;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    if (fgets(line, sizeof line, file))
        there = take_fields(line, out);
    fclose(file);
    return there && out->status != 0 && stk_pidfd_pid(pidfd) == pid;
}

stk_ending
stk_ending_read(int pidfd)
{
    stk_ending ending = { false, 0, STK_ENDING_UNTIMED };
    struct pollfd end = { pidfd, POLLIN, 0 }, reaped = { pidfd, 0, 0 };

    if (pidfd < 0 || poll(&end, 1, WAIT_MS) != 1)
        return ending;
    ending.known = read_zombie(pidfd, &ending) || read_reaped(pidfd, &ending);
    /* whom the kernel does not tell of a zombie it tells of one that is gone
     */
    if (!ending.known && poll(&reaped, 1, REAP_MS) >= 0)
        ending.known = read_reaped(pidfd, &ending);
    return ending;
}

/* ---- in words -------------------------------------------------------- */

static const struct {
    int number;
    const char *name, *why;
} signals[] = {
    { SIGABRT, "SIGABRT", ", as native code is that finds itself broken" },
    { SIGBUS, "SIGBUS", ", as native code is that crashes" },
    { SIGFPE, "SIGFPE", ", as native code is that crashes" },
    { SIGILL, "SIGILL", ", as native code is that crashes" },
    { SIGKILL, "SIGKILL", ", as the kernel does where memory is short" },
    { SIGSEGV, "SIGSEGV", ", as native code is that crashes" },
    { SIGSYS, "SIGSYS", ", for a system call" },
    { SIGXCPU, "SIGXCPU", "" },
    { SIGXFSZ, "SIGXFSZ", ", for a file beyond `output` of its profile" },
};

/* By the clock that it is killed by it took longer than by the one that
 * others see. */
static bool
is_spent(const stk_ending *ending, const stk_profile *profile)
{
    int number = WTERMSIG(ending->status);

    if (profile->cpu_ms == STK_UNLIMITED)
        return false;
    return number == SIGXCPU ||
           (number == SIGKILL && ending->cpu_ms > profile->cpu_ms / 2);
}

static void
tell_signal(char *out, size_t size, const stk_ending *ending,
            const stk_profile *profile)
{
    int number = WTERMSIG(ending->status);
    const char *name = NULL, *why = "";
    char cpu[STK_UNIT_TEXT_MAX], text[32];

    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signals[i].number == number)
            name = signals[i].name, why = signals[i].why;
    snprintf(text, sizeof text, "signal %d", number);
    if (!name)
        name = text;
    if (is_spent(ending, profile))
        snprintf(
            out, size,
            ": killed by %s, as when `cpu = %s` of [sandbox %s] is used up%s",
            name, stk_unit_ms(cpu, profile->cpu_ms), profile->name,
            ending->cpu_ms == STK_ENDING_UNTIMED && number == SIGKILL
                ? ", or memory is short"
                : "");
    else
        snprintf(out, size, ": killed by %s%s", name, why);
}

void
stk_ending_text(char *out, size_t size, const stk_ending *ending,
                const stk_profile *profile)
{
    *out = '\0';
    if (ending->known && WIFEXITED(ending->status))
        snprintf(out, size, ": exit status %d", WEXITSTATUS(ending->status));
    else if (ending->known && WIFSIGNALED(ending->status))
        tell_signal(out, size, ending, profile);
}
