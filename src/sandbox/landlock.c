/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock, by raw system calls: the headers of a build machine may be older
 * than the kernel. The numbers are those of Linux, linux/landlock.h. */
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

#define ASK_VERSION 1u /* LANDLOCK_CREATE_RULESET_VERSION */
#define RULE_PATH   1  /* LANDLOCK_RULE_PATH_BENEATH */
#define RULE_PORT   2  /* LANDLOCK_RULE_NET_PORT */

/* LANDLOCK_ACCESS_FS_*, and the ABI that brought them */
#define FS_EXECUTE     (1ull << 0)
#define FS_WRITE_FILE  (1ull << 1)
#define FS_READ_FILE   (1ull << 2)
#define FS_READ_DIR    (1ull << 3)
#define FS_REMOVE_DIR  (1ull << 4)
#define FS_REMOVE_FILE (1ull << 5)
#define FS_MAKE_DIR    (1ull << 7)
#define FS_MAKE_REG    (1ull << 8)
#define FS_ABI_1       ((1ull << 13) - 1)
#define FS_REFER       (1ull << 13) /* 2 */
#define FS_TRUNCATE    (1ull << 14) /* 3 */
#define FS_IOCTL_DEV   (1ull << 15) /* 5 */

/* what a rule for something that is no directory may speak of */
#define FS_OF_FILES                                                           \
    (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)

#define FS_READS (FS_READ_FILE | FS_READ_DIR)
#define FS_WRITES                                                             \
    (FS_READS | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE |              \
     FS_MAKE_DIR | FS_MAKE_REG | FS_REFER | FS_TRUNCATE)

#define NET_BIND    (1ull << 0) /* 4 */
#define NET_CONNECT (1ull << 1) /* 4 */
#define SCOPE_ALL   3ull        /* 6: abstract sockets, signals */

typedef struct ruleset_attr {
    uint64_t fs, net, scoped;
} ruleset_attr;

typedef struct __attribute__((packed)) path_attr {
    uint64_t allowed;
    int32_t parent;
} path_attr;

typedef struct port_attr {
    uint64_t allowed, port;
} port_attr;

int stk_landlock_newest = STK_LANDLOCK_ANY;

int
stk_landlock_abi(void)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);

    if (version < 1)
        return 0;
    return version < stk_landlock_newest ? (int)version : stk_landlock_newest;
}

static uint64_t
handled_fs(int abi)
{
    return FS_ABI_1 | (abi >= 2 ? FS_REFER : 0) |
           (abi >= 3 ? FS_TRUNCATE : 0) | (abi >= 5 ? FS_IOCTL_DEV : 0);
}

static int
create_ruleset(int abi)
{
    ruleset_attr attr = { handled_fs(abi), NET_BIND | NET_CONNECT, SCOPE_ALL };
    size_t size = abi >= 6   ? sizeof attr
                  : abi >= 4 ? 2 * sizeof(uint64_t)
                             : sizeof(uint64_t);

    return (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
}

/* ---- rules -------------------------------------------------------------- */

static int
add_path(int ruleset, const char *path, uint64_t allowed, stk_error *err)
{
    STK_CLEANUP(stk_closep) int fd = open(path, O_PATH | O_CLOEXEC);
    path_attr attr;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "the profile opens %.200s", path);
    if (!S_ISDIR(st.st_mode))
        allowed &= FS_OF_FILES;
    attr = (path_attr){ allowed, fd };
    if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &attr, 0) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "landlock_add_rule for %.200s", path);
    return 0;
}

static int
add_paths(int ruleset, const stk_words *paths, uint64_t allowed,
          stk_error *err)
{
    const char *at = paths->text;

    for (uint32_t i = 0; i < paths->n; i++, at += strlen(at) + 1) {
        int r = add_path(ruleset, at, allowed, err);

        if (r < 0)
            return r;
    }
    return 0;
}

static int
add_ports(int ruleset, const stk_ports *ports, uint64_t allowed,
          stk_error *err)
{
    for (uint32_t i = 0; i < ports->n; i++) {
        port_attr attr = { allowed, ports->ports[i] };

        if (syscall(SYS_landlock_add_rule, ruleset, RULE_PORT, &attr, 0) < 0)
            return stk_error_set_errno(err, STK_E_IO, errno,
                                       "landlock_add_rule for port %u",
                                       (unsigned)ports->ports[i]);
    }
    return 0;
}

static int
add_rules(int ruleset, const stk_profile *profile, int abi, stk_error *err)
{
    uint64_t handled = handled_fs(abi);
    int r = add_paths(ruleset, &profile->read, FS_READS, err);

    if (r == 0)
        r = add_paths(ruleset, &profile->write, FS_WRITES & handled, err);
    if (r == 0 && abi >= 4)
        r = add_ports(ruleset, &profile->connect, NET_CONNECT, err);
    if (r == 0 && abi >= 4)
        r = add_ports(ruleset, &profile->listen, NET_BIND, err);
    return r;
}

/* ---- all of it ---------------------------------------------------------- */

static void
note_old(stk_sandbox_report *report, enum stk_layer layer, int abi, int needed)
{
    char reason[48];

    if (abi >= needed) {
        stk_layers_active(report, layer, abi);
        return;
    }
    snprintf(reason, sizeof reason, "Landlock has ABI %d, it came with %d",
             abi, needed);
    stk_layers_absent(report, layer, reason, 0);
}

static void
note_missing(stk_sandbox_report *report, int number)
{
    const char *step = "landlock_create_ruleset";

    stk_layers_absent(report, STK_LAYER_LANDLOCK, step, number);
    stk_layers_absent(report, STK_LAYER_LANDLOCK_NETWORK, step, number);
    stk_layers_absent(report, STK_LAYER_LANDLOCK_SCOPE, step, number);
}

int
stk_landlock_restrict(const stk_profile *profile, stk_sandbox_report *report,
                      stk_error *err)
{
    STK_CLEANUP(stk_closep) int ruleset = -1;
    int abi = stk_landlock_abi(), r;

    if (abi > 0)
        ruleset = create_ruleset(abi);
    if (ruleset < 0) {
        note_missing(report, errno);
        return 0;
    }
    r = add_rules(ruleset, profile, abi, err);
    if (r < 0)
        return r;
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        return stk_error_set_errno(err, STK_E_IO, errno,
                                   "landlock_restrict_self");
    stk_layers_active(report, STK_LAYER_LANDLOCK, abi);
    note_old(report, STK_LAYER_LANDLOCK_NETWORK, abi, 4);
    note_old(report, STK_LAYER_LANDLOCK_SCOPE, abi, 6);
    return 0;
}
