/* SPDX-License-Identifier: Apache-2.0 */
/* The filter of a profile, compiled once and loaded often. */
#include "sandbox/seccomp.h"

#include <errno.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/file.h"
#include "sandbox/syscalls.h"

#define SET_MODE_FILTER 1u        /* SECCOMP_SET_MODE_FILTER */
#define NEW_LISTENER    (1u << 3) /* SECCOMP_FILTER_FLAG_NEW_LISTENER */

/* ---- compiling -------------------------------------------------------- */

static void
release_filter(scmp_filter_ctx *filter)
{
    if (*filter)
        seccomp_release(*filter);
}

/* A socket that was bound to no port listens on one that the kernel chooses,
 * and Landlock sees no bind(2). */
static bool
is_of(const stk_call_rule *rule, const stk_profile *profile, uint32_t groups)
{
    return rule->group & groups && rule->number >= 0 &&
           (rule->number != SCMP_SYS(listen) || profile->listen.n > 0);
}

/* What is allowed whatever its arguments needs no rule for some of them. */
static bool
is_free(uint32_t groups, int number)
{
    size_t n;
    const stk_call_rule *rules = stk_syscalls_rules(&n);

    for (size_t i = 0; i < n; i++)
        if (rules[i].number == number && rules[i].group & groups &&
            rules[i].n_tests == 0)
            return true;
    return false;
}

static int
add_rule(scmp_filter_ctx filter, const stk_call_rule *rule)
{
    uint32_t action = rule->refusal ? SCMP_ACT_ERRNO((uint32_t)rule->refusal)
                                    : SCMP_ACT_ALLOW;
    int r = seccomp_rule_add_array(filter, action, rule->number, rule->n_tests,
                                   rule->tests);

    return r == -EEXIST ? 0 : r; /* two groups have the same call */
}

static int
add_rules(scmp_filter_ctx filter, const stk_profile *profile, uint32_t groups)
{
    size_t n;
    const stk_call_rule *rules = stk_syscalls_rules(&n);

    for (size_t i = 0; i < n; i++) {
        int r;

        if (!is_of(&rules[i], profile, groups) ||
            (rules[i].n_tests && is_free(groups, rules[i].number)))
            continue;
        r = add_rule(filter, &rules[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* libseccomp writes programs to a file alone: here one in memory. */
static int
export_program(struct sock_fprog *out, scmp_filter_ctx filter)
{
    STK_CLEANUP(stk_closep)
    int fd = memfd_create("stockade-filter", MFD_CLOEXEC);
    STK_CLEANUP(stk_freep) struct sock_filter *code = NULL;
    struct stat st;
    int r;

    if (fd < 0)
        return -errno;
    r = seccomp_export_bpf(filter, fd);
    if (r < 0)
        return r;
    if (fstat(fd, &st) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return -errno;
    if (st.st_size == 0 || (size_t)st.st_size % sizeof *code ||
        (size_t)st.st_size / sizeof *code > BPF_MAXINSNS)
        return -EINVAL; /* RLIMIT_FSIZE cuts without a word */
    code = malloc((size_t)st.st_size);
    if (!code)
        return -ENOMEM;
    if (stk_fd_read(fd, code, (size_t)st.st_size) != st.st_size)
        return -EIO;
    out->len = (unsigned short)((size_t)st.st_size / sizeof *code);
    out->filter = STK_STEAL(code);
    return 0;
}

static int
compile(struct sock_fprog *out, uint32_t otherwise, const stk_profile *profile)
{
    uint32_t groups = stk_syscalls_closure(profile->calls);
    STK_CLEANUP(release_filter)
    scmp_filter_ctx filter = seccomp_init(otherwise);
    int r;

    if (!filter)
        return -ENOSYS;
    /* x32 and i386 have the same calls under other numbers */
    r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
                         SCMP_ACT_KILL_PROCESS);
    if (r == 0)
        r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    if (r == 0)
        r = add_rules(filter, profile, groups);
    if (r == 0)
        r = export_program(out, filter);
    return r;
}

int
stk_filter_build(stk_filter *filter, const stk_profile *profile,
                 stk_error *err)
{
    int r;

    stk_filter_clear(filter);
    r = compile(&filter->quiet, SCMP_ACT_ERRNO(EPERM), profile);
    if (r < 0)
        return stk_error_set_errno(
            err, r == -ENOMEM ? STK_E_MEMORY : STK_E_UNSUPPORTED, -r,
            "cannot compile the filter of system calls");
    /* a libseccomp that sees no notifications in this kernel refuses */
    if (compile(&filter->notify, SCMP_ACT_NOTIFY, profile) < 0)
        filter->notify.len = 0;
    return 0;
}

void
stk_filter_clear(stk_filter *filter)
{
    free(filter->notify.filter);
    free(filter->quiet.filter);
    *filter = (stk_filter)STK_FILTER_INIT;
}

/* ---- loading ---------------------------------------------------------- */

static int
load_program(const struct sock_fprog *program, unsigned flags)
{
    if (program->len == 0) {
        errno = ENOSYS;
        return -1;
    }
    return (int)syscall(SYS_seccomp, SET_MODE_FILTER, flags, program);
}

int
stk_filter_load(const stk_filter *filter, int *listener,
                stk_sandbox_report *report, stk_error *err)
{
    int fd;

    if (listener) {
        fd = load_program(&filter->notify, NEW_LISTENER);
        *listener = fd;
        if (fd >= 0) {
            stk_layers_active(report, STK_LAYER_SECCOMP, 0);
            stk_layers_active(report, STK_LAYER_NOTIFY, 0);
            return 0;
        }
        stk_layers_absent(report, STK_LAYER_NOTIFY, "seccomp", errno);
    } else
        stk_layers_absent(report, STK_LAYER_NOTIFY, "nobody listens", 0);
    if (load_program(&filter->quiet, 0) < 0) {
        int number = errno;

        stk_layers_absent(report, STK_LAYER_SECCOMP, "seccomp", number);
        return stk_error_set_errno(err, STK_E_UNSUPPORTED, number,
                                   "cannot load the filter of system calls");
    }
    stk_layers_active(report, STK_LAYER_SECCOMP, 0);
    return 0;
}
