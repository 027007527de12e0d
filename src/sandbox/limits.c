/* SPDX-License-Identifier: Apache-2.0 */
/* What a process gives up for good. */
#include "sandbox/limits.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/spawn.h"
#include "sandbox/syscalls.h"

/* One more than the socket: seccomp gives its listener a descriptor. */
#define FILES_NONE 8u
#define FILES_SOME 256u

/* ---- threads ----------------------------------------------------------- */

static int
count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    const struct dirent *one;
    int n = 0;

    if (!tasks)
        return -1;
    while ((one = readdir(tasks)))
        n += one->d_name[0] != '.';
    closedir(tasks);
    return n;
}

/* The kernel says it without /proc, which an empty root has not: to leave a
 * group of one thread is nothing, to leave a larger one is EINVAL. */
int
stk_limits_one_thread(stk_error *err)
{
    int n = 1;

    if (unshare(CLONE_THREAD) < 0)
        n = errno == EINVAL ? 2 : count_threads();
    if (n == 1)
        return 0;
    return stk_error_set(err, STK_E_STATE, "%s",
                         n > 1 ? "a process with threads cannot be locked down"
                               : "cannot tell how many threads there are");
}

/* ---- who it is --------------------------------------------------------- */

int
stk_limits_identity(stk_sandbox_report *report, stk_error *err)
{
    if (getuid() != 0 && geteuid() != 0) {
        stk_layers_active(report, STK_LAYER_UNROOT, 0);
        return 0;
    }
    if (setgroups(0, NULL) < 0)
        stk_layers_absent(report, STK_LAYER_UNROOT, "setgroups", errno);
    else if (setresgid(STK_NOBODY, STK_NOBODY, STK_NOBODY) < 0)
        stk_layers_absent(report, STK_LAYER_UNROOT, "setresgid", errno);
    else if (setresuid(STK_NOBODY, STK_NOBODY, STK_NOBODY) < 0)
        stk_layers_absent(report, STK_LAYER_UNROOT, "setresuid", errno);
    else if (setresuid(-1, 0, -1) == 0)
        return stk_error_set(err, STK_E_IO, "root was given up and came back");
    else
        stk_layers_active(report, STK_LAYER_UNROOT, 0);
    return 0;
}

/* ---- privileges -------------------------------------------------------- */

static bool
has_ended(int pidfd)
{
    struct pollfd parent = { pidfd, POLLIN, 0 };

    return poll(&parent, 1, 0) != 0;
}

int
stk_limits_privileges(int parent, stk_sandbox_report *report, stk_error *err)
{
    if (parent >= 0) {
        if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
            return stk_error_set_errno(err, STK_E_IO, errno,
                                       "PR_SET_PDEATHSIG");
        /* it may have ended before that: nobody would ever tell */
        if (has_ended(parent))
            return stk_error_set(err, STK_E_STATE,
                                 "the process that forked this one is gone");
    }
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "PR_SET_DUMPABLE");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        stk_layers_absent(report, STK_LAYER_NO_NEW_PRIVS, "prctl", errno);
        return stk_error_set_errno(err, STK_E_UNSUPPORTED, errno,
                                   "PR_SET_NO_NEW_PRIVS");
    }
    stk_layers_active(report, STK_LAYER_NO_NEW_PRIVS, 0);
    return 0;
}

/* ---- descriptors ------------------------------------------------------- */

int
stk_limits_descriptors(int sock, stk_error *err)
{
    if (sock < 0)
        return stk_error_set(err, STK_E_INVALID, "a worker needs its socket");
    if (sock != STK_WORKER_FD && dup2(sock, STK_WORKER_FD) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot move the socket");
    if (stk_spawn_close_from(STK_WORKER_FD + 1) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot close what was inherited");
    return 0;
}

/* ---- rlimits ----------------------------------------------------------- */

typedef struct limit {
    int resource;
    const char *name;
    rlim_t value;
} limit;

static int
set_limit(const limit *one, stk_sandbox_report *report, stk_error *err)
{
    struct rlimit now = { one->value, one->value };
    const char *name = one->name;

    if (setrlimit((__rlimit_resource_t)one->resource, &now) < 0) {
        int number = errno;

        /* what is bounded more tightly from outside stays so */
        if (number != EPERM ||
            getrlimit((__rlimit_resource_t)one->resource, &now) < 0 ||
            now.rlim_max > one->value) {
            stk_layers_absent(report, STK_LAYER_LIMITS, name, number);
            return stk_error_set_errno(err, STK_E_UNSUPPORTED, number,
                                       "cannot limit %s", name);
        }
    }
    if (getrlimit((__rlimit_resource_t)one->resource, &now) == 0 &&
        now.rlim_cur <= one->value && now.rlim_max <= one->value)
        return 0;
    stk_layers_absent(report, STK_LAYER_LIMITS, name, 0);
    return stk_error_set(err, STK_E_UNSUPPORTED,
                         "the limit of %s did not hold", name);
}

/* Whole seconds, rounded up: the kernel counts no others. */
static rlim_t
cpu_limit(const stk_profile *profile)
{
    if (profile->cpu_ms == STK_UNLIMITED)
        return RLIM_INFINITY;
    return profile->cpu_ms / 1000 + (profile->cpu_ms % 1000 != 0);
}

int
stk_limits_resources(const stk_profile *profile, stk_sandbox_report *report,
                     stk_error *err)
{
    bool threads = profile->calls & STK_CALLS_THREADS;
    bool writes = profile->calls & STK_CALLS_FILES_WRITE;
    bool opens = stk_syscalls_closure(profile->calls) &
                 (STK_CALLS_FILES_READ | STK_CALLS_ASYNCIO);
    const limit all[] = {
        { RLIMIT_AS, "memory", profile->memory },
        { RLIMIT_CPU, "cpu", cpu_limit(profile) },
        { RLIMIT_FSIZE, "file size", writes ? profile->output : 0 },
        { RLIMIT_NPROC, "processes", threads ? profile->processes : 0 },
        { RLIMIT_NOFILE, "descriptors", opens ? FILES_SOME : FILES_NONE },
        { RLIMIT_CORE, "core files", 0 },
        { RLIMIT_MEMLOCK, "locked memory", 0 },
        { RLIMIT_MSGQUEUE, "message queues", 0 },
        { RLIMIT_RTPRIO, "real-time priority", 0 },
    };

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        int r = set_limit(&all[i], report, err);

        if (r < 0)
            return r;
    }
    stk_layers_active(report, STK_LAYER_LIMITS, 0);
    return 0;
}

/* ---- capabilities ------------------------------------------------------ */

static bool
has_none(void)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];

    memset(data, 0xFF, sizeof data);
    if (syscall(SYS_capget, &head, data) < 0)
        return false;
    for (int i = 0; i < 2; i++)
        if (data[i].effective || data[i].permitted || data[i].inheritable)
            return false;
    return true;
}

int
stk_limits_capabilities(stk_sandbox_report *report, stk_error *err)
{
    struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2];

    memset(data, 0, sizeof data);
    /* before Linux 4.3 there are none to clear */
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &head, data) < 0 || !has_none()) {
        stk_layers_absent(report, STK_LAYER_CAPABILITIES, "capset", errno);
        return stk_error_set_errno(err, STK_E_UNSUPPORTED, errno,
                                   "cannot drop the capabilities");
    }
    stk_layers_active(report, STK_LAYER_CAPABILITIES, 0);
    return 0;
}
