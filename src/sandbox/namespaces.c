/* SPDX-License-Identifier: Apache-2.0 */
/* A world of its own; its root is root.c's. */
#include "sandbox/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "sandbox/limits.h"
#include "sandbox/root.h"

/* ---- who is who --------------------------------------------------------- */

static int
write_text(const char *path, const char *text)
{
    STK_CLEANUP(stk_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd < 0)
        return -1;
    return stk_fd_write(fd, text, strlen(text));
}

/* What anybody may write of himself: one user, himself. */
static int
map_self(unsigned uid, unsigned gid)
{
    char map[48];

    /* not there before Linux 3.19 */
    write_text("/proc/self/setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (write_text("/proc/self/uid_map", map) < 0)
        return -1;
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    return write_text("/proc/self/gid_map", map);
}

/* Root and nobody, as outside; written from outside. */
static int
map_other(pid_t process)
{
    char path[48], map[48];

    snprintf(map, sizeof map, "0 0 1\n%u %u 1\n", STK_NOBODY, STK_NOBODY);
    snprintf(path, sizeof path, "/proc/%d/uid_map", (int)process);
    if (write_text(path, map) < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/%d/gid_map", (int)process);
    return write_text(path, map);
}

/* ---- root's: a process that stays outside writes the map ---------------- */

typedef struct mapper {
    pid_t pid;
    int go; /* owned; a byte there says that the namespace is made */
} mapper;

static void
run_mapper(pid_t process, int go)
{
    char byte;
    bool done = read(go, &byte, 1) == 1 && map_other(process) == 0;

    _exit(done ? 0 : 1);
}

static int
start_mapper(mapper *out)
{
    pid_t self = getpid();
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    out->pid = fork();
    if (out->pid == 0) {
        close(ends[1]);
        run_mapper(self, ends[0]);
    }
    close(ends[0]);
    if (out->pid < 0) {
        close(ends[1]);
        return -1;
    }
    out->go = ends[1];
    return 0;
}

/* True when it wrote the map; without `made` it is only ended. */
static bool
end_mapper(mapper *m, bool made)
{
    int status = -1;

    if (made && write(m->go, "g", 1) != 1)
        made = false;
    close(m->go);
    while (waitpid(m->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return made && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- the user namespace ------------------------------------------------- */

static void
enter_user_as_root(stk_sandbox_report *report)
{
    mapper m = { -1, -1 };
    bool made;
    int number;

    if (start_mapper(&m) < 0) {
        stk_layers_absent(report, STK_LAYER_USER, "fork", errno);
        return;
    }
    made = unshare(CLONE_NEWUSER) == 0;
    number = errno;
    /* in a container the map of two may be refused, and that of one not */
    if (end_mapper(&m, made) || (made && map_self(0, 0) == 0))
        stk_layers_active(report, STK_LAYER_USER, 0);
    else
        stk_layers_absent(report, STK_LAYER_USER, made ? "uid_map" : "unshare",
                          made ? errno : number);
}

static void
enter_user(stk_sandbox_report *report)
{
    unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();

    if (uid == 0)
        enter_user_as_root(report);
    else if (unshare(CLONE_NEWUSER) < 0)
        stk_layers_absent(report, STK_LAYER_USER, "unshare", errno);
    else if (map_self(uid, gid) < 0)
        stk_layers_absent(report, STK_LAYER_USER, "uid_map", errno);
    else
        stk_layers_active(report, STK_LAYER_USER, 0);
}

/* ---- the others --------------------------------------------------------- */

static bool
enter_one(stk_sandbox_report *report, enum stk_layer layer, int flag)
{
    if (unshare(flag) == 0) {
        stk_layers_active(report, layer, 0);
        return true;
    }
    stk_layers_absent(report, layer, "unshare", errno);
    return false;
}

/* uname(2) tells whose machine this is */
static void
rename_host(void)
{
    static const char name[] = "sandbox";

    if (sethostname(name, sizeof name - 1) < 0 || setdomainname("", 0) < 0)
        return;
}

int
stk_namespaces_enter(const stk_profile *profile, stk_sandbox_report *report,
                     stk_error *err)
{
    int r = stk_limits_one_thread(err);

    if (r < 0)
        return r;
    enter_user(report);
    /* without one, root can have the others all the same */
    if (profile->calls & STK_CALLS_NETWORK)
        stk_layers_unused(report, STK_LAYER_NET);
    else
        enter_one(report, STK_LAYER_NET, CLONE_NEWNET);
    enter_one(report, STK_LAYER_IPC, CLONE_NEWIPC);
    if (enter_one(report, STK_LAYER_UTS, CLONE_NEWUTS))
        rename_host();
    if (!enter_one(report, STK_LAYER_MOUNT, CLONE_NEWNS))
        return 0;
    return stk_root_change(profile, report, err);
}

bool
stk_namespaces_alone(const stk_sandbox_report *report)
{
    return report->layers[STK_LAYER_USER].state == STK_LAYER_ACTIVE;
}
