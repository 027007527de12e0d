/* SPDX-License-Identifier: Apache-2.0 */
/* A world of its own; its root is root.c's. */
#include "sandbox/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "sandbox/limits.h"
#include "sandbox/root.h"

#define STACK_SIZE (16u << 10)

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

static int
write_other(pid_t process, const char *file, const char *text)
{
    char path[48];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)process, file);
    return write_text(path, text);
}

/* Root and nobody, as outside; written from outside. */
static int
map_other(pid_t process)
{
    char map[48];

    snprintf(map, sizeof map, "0 0 1\n%u %u 1\n", STK_NOBODY, STK_NOBODY);
    if (write_other(process, "uid_map", map) < 0)
        return -1;
    return write_other(process, "gid_map", map);
}

/* The one user that it is; written from outside, too. */
static int
map_alike(pid_t process, unsigned uid, unsigned gid)
{
    char map[48];

    write_other(process, "setgroups", "deny");
    snprintf(map, sizeof map, "%u %u 1", uid, uid);
    if (write_other(process, "uid_map", map) < 0)
        return -1;
    snprintf(map, sizeof map, "%u %u 1", gid, gid);
    return write_other(process, "gid_map", map);
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

/* One after the other: what is not to be had is left out. */
static void
enter_each(const stk_profile *profile, stk_sandbox_report *report)
{
    enter_user(report);
    /* without one, root can have the others all the same */
    if (!(profile->calls & STK_CALLS_NETWORK))
        enter_one(report, STK_LAYER_NET, CLONE_NEWNET);
    enter_one(report, STK_LAYER_IPC, CLONE_NEWIPC);
    enter_one(report, STK_LAYER_UTS, CLONE_NEWUTS);
}

/* ---- made ahead --------------------------------------------------------- */

/* Not that of mounts: to be moved into one is to leave a chroot. */
static const struct {
    enum stk_layer layer;
    int flag;
    const char *file;
} kinds[STK_NAMESPACES_AHEAD] = {
    { STK_LAYER_USER, CLONE_NEWUSER, "ns/user" },
    { STK_LAYER_NET, CLONE_NEWNET, "ns/net" },
    { STK_LAYER_IPC, CLONE_NEWIPC, "ns/ipc" },
    { STK_LAYER_UTS, CLONE_NEWUTS, "ns/uts" },
};

static int
flags_ahead(const stk_profile *profile)
{
    int flags = 0;

    for (size_t i = 0; i < STK_NAMESPACES_AHEAD; i++)
        flags |= kinds[i].flag;
    return profile->calls & STK_CALLS_NETWORK ? flags & ~CLONE_NEWNET : flags;
}

typedef struct holder {
    int flags;
    int made[2], leave[2]; /* pipes: a byte says so, the end says so */
} holder;

/* A process, since no thread has a user namespace of its own; it has the
 * memory of its parent, and with it the errno: neither of them looks at it. */
__attribute__((no_sanitize("address", "undefined"))) static int
hold(void *payload)
{
    const holder *h = payload;
    char byte = 'm';

    close(h->leave[1]); /* or it would wait for itself */
    if (unshare(h->flags) == 0 && write(h->made[1], &byte, 1) == 1)
        while (read(h->leave[0], &byte, 1) > 0)
            ;
    return 0;
}

/* What it made is there as long as one of these is open. */
static void
take_ahead(stk_namespaces *out, pid_t process, int flags)
{
    unsigned uid = (unsigned)geteuid(), gid = (unsigned)getegid();
    char path[48];

    if ((uid == 0 ? map_other(process) : map_alike(process, uid, gid)) < 0)
        return;
    for (size_t i = 0; i < STK_NAMESPACES_AHEAD; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", (int)process,
                 kinds[i].file);
        if (flags & kinds[i].flag)
            out->fds[i] = open(path, O_RDONLY | O_CLOEXEC);
    }
}

/* What `h` says stays as it is: the other process reads it, too. */
static void
make_ahead(stk_namespaces *out, holder *h)
{
    unsigned char stack[STACK_SIZE] __attribute__((aligned(16)));
    pid_t process = clone(hold, stack + sizeof stack, CLONE_VM, h);
    char byte;

    close(h->made[1]);
    if (process > 0 && read(h->made[0], &byte, 1) == 1)
        take_ahead(out, process, h->flags);
    close(h->leave[1]);
    while (process > 0 && waitpid(process, NULL, __WALL) < 0 && errno == EINTR)
        ; /* it has our stack */
    close(h->made[0]);
    close(h->leave[0]);
}

void
stk_namespaces_make(stk_namespaces *out, const stk_profile *profile)
{
    holder h = { flags_ahead(profile), { -1, -1 }, { -1, -1 } };

    *out = (stk_namespaces)STK_NAMESPACES_INIT;
    if (pipe2(h.made, O_CLOEXEC) < 0)
        return;
    if (pipe2(h.leave, O_CLOEXEC) == 0) {
        make_ahead(out, &h);
        return;
    }
    close(h.made[0]);
    close(h.made[1]);
}

static bool
are_made(const stk_namespaces *made, int flags)
{
    for (size_t i = 0; i < STK_NAMESPACES_AHEAD; i++)
        if ((flags & kinds[i].flag) && made->fds[i] < 0)
            return false;
    return true;
}

static void
join_one(stk_sandbox_report *report, size_t i, int fd)
{
    if (setns(fd, kinds[i].flag) == 0)
        stk_layers_active(report, kinds[i].layer, 0);
    else
        enter_one(report, kinds[i].layer, kinds[i].flag);
}

/* The one of users first: the others are its own. */
static bool
join_made(const stk_namespaces *made, const stk_profile *profile,
          stk_sandbox_report *report)
{
    int flags = flags_ahead(profile);

    if (!are_made(made, flags) || setns(made->fds[0], kinds[0].flag) < 0)
        return false;
    stk_layers_active(report, kinds[0].layer, 0);
    for (size_t i = 1; i < STK_NAMESPACES_AHEAD; i++)
        if (flags & kinds[i].flag)
            join_one(report, i, made->fds[i]);
    return true;
}

/* ---- all of it ---------------------------------------------------------- */

int
stk_namespaces_join(stk_namespaces *made, const stk_profile *profile,
                    stk_sandbox_report *report, stk_error *err)
{
    int r = stk_limits_one_thread(err);

    if (r < 0)
        return r;
    if (profile->calls & STK_CALLS_NETWORK)
        stk_layers_unused(report, STK_LAYER_NET);
    if (!join_made(made, profile, report))
        enter_each(profile, report);
    for (size_t i = 0; i < STK_NAMESPACES_AHEAD; i++)
        stk_closep(&made->fds[i]);
    if (report->layers[STK_LAYER_UTS].state == STK_LAYER_ACTIVE)
        rename_host();
    if (!enter_one(report, STK_LAYER_MOUNT, CLONE_NEWNS))
        return 0;
    return stk_root_change(profile, report, err);
}

int
stk_namespaces_enter(const stk_profile *profile, stk_sandbox_report *report,
                     stk_error *err)
{
    stk_namespaces none = STK_NAMESPACES_INIT;

    return stk_namespaces_join(&none, profile, report, err);
}

bool
stk_namespaces_alone(const stk_sandbox_report *report)
{
    return report->layers[STK_LAYER_USER].state == STK_LAYER_ACTIVE;
}
