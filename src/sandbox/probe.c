/* SPDX-License-Identifier: Apache-2.0 */
/* Each kernel feature tried for real, in a child that ends with the try. */
#include "sandbox/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define PATIENCE_MS 15000

/* What a child reports: which step failed and how, or its level. */
typedef struct report {
    int failed; /* errno, or 0 */
    int level;
    char step[48];
} report;

static void
fail(report *out, const char *step, int number)
{
    out->failed = number ? number : EIO;
    snprintf(out->step, sizeof out->step, "%s", step);
}

/* ---- the tries, each in its child ----------------------------------- */

static void
try_no_new_privs(report *out)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        fail(out, "prctl", errno);
    else if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        fail(out, "the flag did not hold", ENOSYS);
}

/* Return codes lie: a filter counts when a denied call is seen denied. */
static void
try_seccomp_filter(report *out)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int r;

    if (!filter) {
        fail(out, "seccomp_init", ENOMEM);
        return;
    }
    r = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EDOM), SCMP_SYS(getppid), 0);
    if (r == 0)
        r = seccomp_load(filter);
    if (r < 0)
        fail(out, "seccomp_load", -r);
    else if (syscall(SYS_getppid) != -1 || errno != EDOM)
        fail(out, "the filter did not bind", ENOSYS);
    seccomp_release(filter);
}

static void
try_seccomp_notify(report *out)
{
    scmp_filter_ctx filter = NULL;
    int r;

    if (seccomp_api_get() < 5) {
        fail(out, "seccomp_api_get", ENOSYS);
        return;
    }
    filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter) {
        fail(out, "seccomp_init", ENOMEM);
        return;
    }
    r = seccomp_rule_add(filter, SCMP_ACT_NOTIFY, SCMP_SYS(getppid), 0);
    if (r == 0)
        r = seccomp_load(filter);
    if (r < 0) /* EBUSY: a container runtime listens already */
        fail(out, "seccomp_load", -r);
    else if (seccomp_notify_fd(filter) < 0)
        fail(out, "seccomp_notify_fd", ENOSYS);
    seccomp_release(filter);
}

static int
write_text(const char *path, const char *text)
{
    STK_CLEANUP(stk_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);
    size_t length = strlen(text);

    if (fd < 0)
        return -1;
    return write(fd, text, length) == (ssize_t)length ? 0 : -1;
}

/* unshare() alone proves nothing: AppArmor may let it pass and refuse the
 * mount that a sandbox is made of. */
static void
try_user_namespaces(report *out)
{
    char map[64];
    unsigned uid = (unsigned)geteuid();

    snprintf(map, sizeof map, "0 %u 1", uid);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        fail(out, "unshare", errno);
    else if (write_text("/proc/self/uid_map", map) < 0)
        fail(out, "uid_map", errno);
    else if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        fail(out, "mount private", errno);
    else if (mount("tmpfs", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, NULL) < 0)
        fail(out, "mount tmpfs", errno);
}

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#define LANDLOCK_ASK_VERSION 1u /* LANDLOCK_CREATE_RULESET_VERSION */

static void
try_landlock(report *out)
{
    long version =
        syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_ASK_VERSION);

    if (version < 0)
        fail(out, "landlock_create_ruleset", errno);
    else
        out->level = (int)version;
}

/* ---- the children --------------------------------------------------- */

static const struct feature {
    const char *name, *what;
    bool must;
    void (*run)(report *out);
} features[STK_FEATURE_COUNT] = {
    [STK_FEATURE_NO_NEW_PRIVS] = { "no_new_privs",
                                   "a process gives up gaining privileges",
                                   true, try_no_new_privs },
    [STK_FEATURE_SECCOMP_FILTER] = { "seccomp_filter",
                                     "system calls are refused", true,
                                     try_seccomp_filter },
    [STK_FEATURE_SECCOMP_NOTIFY] = { "seccomp_notify",
                                     "refused system calls are named", false,
                                     try_seccomp_notify },
    [STK_FEATURE_USER_NAMESPACES] = { "user_namespaces",
                                      "a process gets an empty world of its "
                                      "own",
                                      false, try_user_namespaces },
    [STK_FEATURE_LANDLOCK] = { "landlock", "files are closed off by path",
                               false, try_landlock },
};

static void
run_child(const struct feature *feature, int fd)
{
    report out;

    memset(&out, 0, sizeof out);
    feature->run(&out);
    if (write(fd, &out, sizeof out) != (ssize_t)sizeof out)
        _exit(1);
    _exit(0);
}

/* One report, whole, within the time that is left; else false. */
static bool
await_report(int fd, report *out)
{
    uint64_t end = stk_clock_monotonic_ns() + PATIENCE_MS * 1000000ull;
    struct pollfd waiting = { fd, POLLIN, 0 };

    for (;;) {
        uint64_t now = stk_clock_monotonic_ns();
        int r;

        if (now >= end)
            return false;
        r = poll(&waiting, 1, (int)((end - now) / 1000000u) + 1);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return false;
        return read(fd, out, sizeof *out) == (ssize_t)sizeof *out;
    }
}

static void
reap(pid_t child)
{
    kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}

static void
fill_probe(stk_probe *probe, bool answered, const report *out)
{
    probe->present = answered && out->failed == 0;
    probe->level = probe->present ? out->level : 0;
    if (!answered)
        snprintf(probe->reason, sizeof probe->reason,
                 "the try was killed or did not end");
    else if (out->failed)
        snprintf(probe->reason, sizeof probe->reason, "%.47s: %.40s",
                 out->step, strerror(out->failed));
}

static int
probe_one(stk_probe *probe, const struct feature *feature, stk_error *err)
{
    STK_CLEANUP(stk_closep) int ours = -1;
    report out;
    int ends[2];
    pid_t child;
    bool answered;

    memset(probe, 0, sizeof *probe);
    probe->name = feature->name;
    probe->what = feature->what;
    probe->must = feature->must;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno, "cannot make a pipe");
    ours = ends[0];
    child = fork();
    if (child == 0)
        run_child(feature, ends[1]);
    close(ends[1]);
    if (child < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "cannot start a process");
    memset(&out, 0, sizeof out);
    answered = await_report(ours, &out);
    reap(child);
    out.step[sizeof out.step - 1] = '\0';
    fill_probe(probe, answered, &out);
    return 0;
}

int
stk_probe_features(stk_probe probes[STK_FEATURE_COUNT], stk_error *err)
{
    for (int i = 0; i < STK_FEATURE_COUNT; i++) {
        int r = probe_one(&probes[i], &features[i], err);

        if (r < 0)
            return r;
    }
    return 0;
}

unsigned
stk_probe_libseccomp(char version[STK_PROBE_VERSION_MAX])
{
    const struct scmp_version *loaded = seccomp_version();

    if (loaded)
        snprintf(version, STK_PROBE_VERSION_MAX, "%u.%u.%u", loaded->major,
                 loaded->minor, loaded->micro);
    else
        snprintf(version, STK_PROBE_VERSION_MAX, "unknown");
    return seccomp_api_get();
}
